/* Overview: what is wrong, the worst first, and below it the processes and the remote hosts that move most. The cursor
 * is in what is wrong; a click on the other lists opens their views. */
#include "view_overview.h"

#include <string.h>

#include "finding_table.h"
#include "table_view.h"
#include "view_findings.h"
#include "view_folds.h"

#define SIDE_BY_SIDE 140 /* columns from which the two lists stand beside each other */
#define BELOW_LEAST 5    /* lines that each of them has at least: its title, headings, a few rows */

enum { PROCESSES, HOSTS, PARTS };

struct overview {
	struct table_view wrong; /* first: views are cast to it */
	struct view *parts[PARTS];
	struct pane at[PARTS]; /* where they were drawn last */
};

static const struct view_class *const classes[PARTS] = {&view_processes_class, &view_hosts_class};

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

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	struct overview *o;
	int r = findings_view_open(v, app, &view_overview_class, sizeof(*o), err);

	if (r < 0)
		return r;
	o = overview_of(*v);
	for (size_t i = 0; i < PARTS && r == 0; i++) {
		r = classes[i]->open(&o->parts[i], app, arg, err);
		if (r == 0)
			table_view_of(o->parts[i])->aside = true;
	}
	if (r < 0)
		close_view(*v);
	return r;
}

/* -- drawing ------------------------------------------------------------------------------------------------- */

static void draw_part(struct overview *o, size_t i, const struct pane *p)
{
	struct pane rows = pane_part(p, 0, 1, p->w, p->h - 1);
	int x = 1 + pane_put(p, 0, 1, -1, STYLE_TITLE, classes[i]->title);

	pane_put(p, 0, x + 2, p->w - x - 2, STYLE_LABEL, "by what they receive and send");
	o->at[i] = *p;
	o->parts[i]->pane = *p;
	table_view_draw_rows(table_view_of(o->parts[i]), &rows);
}

/* What is wrong takes what it needs, as long as the others keep some lines; the rest is theirs. */
static void draw(struct view *v, const struct pane *p)
{
	struct overview *o = overview_of(v);
	bool beside = p->w >= SIDE_BY_SIDE;
	int parts = beside ? 1 : PARTS, wanted = 3 + (int)MAX(list_count(o->wrong.list), 1U);
	int room = p->h - parts * BELOW_LEAST, above = room < 4 ? p->h : MIN(wanted, room);
	int height = (p->h - above) / parts;
	struct pane wrong = pane_part(p, 0, 0, p->w, above);

	memset(o->at, 0, sizeof(o->at));
	table_view_draw(v, &wrong);
	for (size_t i = 0; i < PARTS && above < p->h; i++) {
		int half = p->w / 2;
		struct pane part = beside ? pane_part(p, i ? half + 1 : 0, above, i ? p->w - half - 1 : half, height)
					  : pane_part(p, 0, above + (int)i * height, p->w, height);

		draw_part(o, i, &part);
	}
}

/* -- keys, ticks, work --------------------------------------------------------------------------------------- */

static void mouse(struct view *v, const struct mouse *m)
{
	struct overview *o = overview_of(v);

	for (size_t i = 0; m->kind == MOUSE_PRESS && i < PARTS; i++) {
		const struct pane *at = &o->at[i];
		int x = v->pane.x + m->x - at->x, y = v->pane.y + m->y - at->y;

		if (x >= 0 && x < at->w && y >= 0 && y < at->h) {
			app_show_view(v->app, classes[i]);
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
		bits |= table_view_needs(overview_of(v)->parts[i]);
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
    .work = work,
    .answer = table_view_answer,
    .needs = needs,
};
