/* Overview: what is wrong, the worst first, and below it the processes and the remote hosts that move most, the slowest
 * calls, if these are measured, and the devices that are in trouble, if any is. The cursor is in what is wrong; a click
 * on the other lists opens their views. */
#include "view_overview.h"

#include <errno.h>
#include <string.h>

#include "devices_table.h"
#include "finding_table.h"
#include "table_view.h"
#include "view_devices.h"
#include "view_findings.h"
#include "view_folds.h"
#include "view_sockets.h"

#define SIDE_BY_SIDE 140 /* columns from which the two lists stand beside each other */
#define BELOW_LEAST 5    /* lines that each of them has at least: its title, headings, a few rows */
#define SOME_LEAST 3     /* … and those of calls and devices, which are no longer than they need to be */
#define SOME_MOST 7

enum { PROCESSES, HOSTS, BESIDE, CALLS = BESIDE, DEVICES, PARTS };

struct overview {
	struct table_view wrong; /* first: views are cast to it */
	struct view *parts[PARTS];
	struct pane at[PARTS]; /* where they were drawn last */
};

static const struct {
	const struct view_class *class;
	const char *what;
	const char *filter; /* NULL: all rows */
	const char *sort;   /* NULL: the table's own */
	bool unasked;       /* what it needs is not asked for */
} parts[PARTS] = {
    [PROCESSES] = {&view_processes_class, "by what they receive and send"},
    [HOSTS] = {&view_hosts_class, "by what they receive and send"},
    [CALLS] = {&view_exchanges_class, "the slowest", .sort = "call_us:desc", .unasked = true},
    [DEVICES] = {&view_devices_class, "in trouble", "known trouble"},
};

static struct overview *overview_of(struct view *v)
{
	return (struct overview *)v;
}

static void close_view(struct view *v)
{
	struct overview *o = overview_of(v);

	for (size_t i = 0; i < PARTS; i++)
		if (o->parts[i])
			o->parts[i]->class->close(o->parts[i]);
	table_view_close(v);
}

static int open_part(struct overview *o, size_t i, struct app *app, u64 arg, struct error *err)
{
	const struct column *by;
	struct query_error wrong;
	bool down;
	int r = parts[i].class->open(&o->parts[i], app, arg, err);

	if (r < 0)
		return r;
	table_view_of(o->parts[i])->aside = true;
	if (parts[i].filter && !table_view_set_filter(table_view_of(o->parts[i]), parts[i].filter, &wrong))
		return error_set(err, -ENOMEM, "out of memory");
	if (parts[i].sort && table_parse_sort(parts[i].class->table, parts[i].sort, &by, &down, err) == 0)
		table_view_set_sort(table_view_of(o->parts[i]), by, down);
	return 0;
}

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	struct overview *o;
	int r = findings_view_open(v, app, &view_overview_class, sizeof(*o), err);

	if (r < 0)
		return r;
	o = overview_of(*v);
	for (size_t i = 0; i < PARTS && r == 0; i++)
		r = open_part(o, i, app, arg, err);
	if (r < 0)
		close_view(*v);
	return r;
}

/* -- drawing ------------------------------------------------------------------------------------------------- */

static void draw_part(struct overview *o, size_t i, const struct pane *p)
{
	struct pane rows = pane_part(p, 0, 1, p->w, p->h - 1);
	int x = 1 + pane_put(p, 0, 1, -1, STYLE_TITLE, parts[i].class->title);

	pane_put(p, 0, x + 2, p->w - x - 2, STYLE_LABEL, parts[i].what);
	o->at[i] = *p;
	o->parts[i]->pane = *p;
	table_view_draw_rows(table_view_of(o->parts[i]), &rows);
}

/* Processes and hosts: beside each other where there is room, else below each other. */
static void draw_movers(struct overview *o, const struct pane *p, bool beside)
{
	int half = p->w / 2, height = beside ? p->h : p->h / BESIDE;

	for (int i = 0; i < BESIDE && p->h; i++) {
		struct pane part = beside ? pane_part(p, i ? half + 1 : 0, 0, i ? p->w - half - 1 : half, height)
					  : pane_part(p, 0, i * height, p->w, height);

		draw_part(o, (size_t)i, &part);
	}
}

/* Lines of a part at the bottom, of so many that are left: none where it has no rows. */
static int height_of(const struct overview *o, size_t i, int left)
{
	int rows = (int)list_count(table_view_of(o->parts[i])->list);
	int height = rows ? MIN(MIN(rows + SOME_LEAST - 1, SOME_MOST), left) : 0;

	return height < SOME_LEAST ? 0 : height;
}

/* What is wrong takes what it needs, as long as the others keep some lines; the rest is theirs. */
static void draw(struct view *v, const struct pane *p)
{
	struct overview *o = overview_of(v);
	bool beside = p->w >= SIDE_BY_SIDE;
	int least = (beside ? 1 : BESIDE) * BELOW_LEAST, wanted = 3 + (int)MAX(list_count(o->wrong.list), 1U);
	int room = p->h - least - height_of(o, DEVICES, SOME_LEAST), above = room < 4 ? p->h : MIN(wanted, room);
	int left = MAX(p->h - above - least, 0), devices = height_of(o, DEVICES, left);
	int calls = height_of(o, CALLS, left - devices), below = p->h - above - calls - devices;
	struct pane wrong = pane_part(p, 0, 0, p->w, above), movers = pane_part(p, 0, above, p->w, below);
	struct pane slow = pane_part(p, 0, above + below, p->w, calls);
	struct pane rest = pane_part(p, 0, above + below + calls, p->w, devices);

	memset(o->at, 0, sizeof(o->at));
	table_view_draw(v, &wrong);
	draw_movers(o, &movers, beside);
	if (slow.h)
		draw_part(o, CALLS, &slow);
	if (rest.h)
		draw_part(o, DEVICES, &rest);
}

/* -- keys, ticks, work --------------------------------------------------------------------------------------- */

static void mouse(struct view *v, const struct mouse *m)
{
	struct overview *o = overview_of(v);

	for (size_t i = 0; m->kind == MOUSE_PRESS && i < PARTS; i++) {
		const struct pane *at = &o->at[i];
		int x = v->pane.x + m->x - at->x, y = v->pane.y + m->y - at->y;

		if (x >= 0 && x < at->w && y >= 0 && y < at->h) {
			if (!parts[i].filter)
				app_show_view(v->app, parts[i].class);
			else
				table_view_lead(v->app, parts[i].class->table, parts[i].filter);
			return;
		}
	}
	table_view_mouse(v, m);
}

static void tick(struct view *v)
{
	table_view_tick(v);
	for (size_t i = 0; i < PARTS; i++)
		table_view_tick(overview_of(v)->parts[i]);
}

static int look_at(struct view *v, const struct model *before, struct model *m)
{
	int r = 0;

	for (size_t i = 0; i < PARTS && r == 0; i++)
		r = table_view_look_at(overview_of(v)->parts[i], before, m);
	return r;
}

static int marked(struct view *v)
{
	int r = 0;

	for (size_t i = 0; i < PARTS && r == 0; i++)
		r = table_view_marked(overview_of(v)->parts[i]);
	return r;
}

static bool work(struct view *v, u64 budget_ns)
{
	struct overview *o = overview_of(v);
	bool done = table_view_work(v, budget_ns);

	for (size_t i = 0; i < PARTS && done; i++)
		done = table_view_work(o->parts[i], budget_ns);
	return done;
}

static unsigned needs(struct view *v)
{
	unsigned bits = table_view_needs(v);

	for (size_t i = 0; i < PARTS; i++)
		bits |= parts[i].unasked ? 0 : table_view_needs(overview_of(v)->parts[i]);
	return bits;
}

const struct view_class view_overview_class = {
    .name = "overview",
    .title = "Overview",
    .help = "what is wrong, and who moves most",
    .scope = SCOPE_LIST | SCOPE_FINDINGS,
    .key = ACTION_OVERVIEW,
    .top = true,
    .says_findings = true,
    .table = &finding_table,
    .warm_up = 8,
    .open = open_view,
    .close = close_view,
    .draw = draw,
    .action = table_view_action,
    .mouse = mouse,
    .tick = tick,
    .look_at = look_at,
    .marked = marked,
    .work = work,
    .answer = table_view_answer,
    .needs = needs,
};
