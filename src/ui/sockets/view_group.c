/* The page of a process, or of whatever else sockets are gathered by: what holds its sockets back, what is wrong with
 * it, who it is, and what its sockets do together. */
#include "view_group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "exchange_sentence.h"
#include "finding_table.h"
#include "folds.h"
#include "members.h"
#include "page.h"
#include "panels.h"
#include "socket_get.h"
#include "socket_text.h"
#include "table_view.h"
#include "text.h"
#include "view_rtt.h"
#include "units.h"
#include "wall.h"

struct group_view {
	struct page_view page;
	const struct table *t; /* a fold of sockets */
	struct folded *rows;   /* owned: its picture, of this row alone where a filter leads down to it */
	struct query *query;   /* owned, borrowed by rows */
	u64 id;                /* of the row */
	u32 pid;               /* whose command line was asked for; 0: nobody's */
	struct members_look look;
	struct members members;
};

/* Columns of folds of sockets, as fields_draw() takes them. */
static const struct {
	const char *title, *columns;
} sections[] = {
    {"identity", "exe user uid cgroup container netns mntns pidns"},
    {"sockets", "members connections established syn_sent syn_recv close_wait time_wait"},
    {"rates", "rx_rate tx_rate new_rate=new/s fail_rate=failed/s"},
    {"bytes", "rx_bytes tx_bytes"},
    {"round-trip time of its connections", "minrtt_us rtt_p50_us rtt_p99_us"},
    {"loss", "retrans_share retrans_tick%sent_tick retrans drops drops_tick resets resets_tick"},
};
#define ELSEWHERE "label held_by pid comm cmdline started_at " EXCHANGE_SENTENCE /* on the page */

/* What view_group_open() hands over. */
struct wanted {
	const struct table *t;
	u64 id;
};

static struct group_view *group_of(struct view *v)
{
	return (struct group_view *)v;
}

static const void *row_of(const struct group_view *g)
{
	u32 index = fold_find(g->rows, g->id);

	return index == IDMAP_NONE ? NULL : fold_row(g->rows, index);
}

static bool value_of(const struct group_view *g, const char *name, struct value *v)
{
	const struct column *c = table_find(g->t, name);
	const void *row = row_of(g);

	v->kind = VALUE_NONE;
	if (c && row)
		column_value(c, g->rows, row, v);
	return v->kind != VALUE_NONE;
}

static void text_of(const struct group_view *g, const char *name, char *text, size_t size)
{
	const struct column *c = table_find(g->t, name);
	const void *row = row_of(g);

	*text = '\0';
	if (c && row)
		column_full(g->page.view.app, c, g->rows, row, text, size);
}

/* -- opening, ticks ------------------------------------------------------------------------------------------ */

static void close_view(struct view *v)
{
	struct group_view *g = group_of(v);

	if (g->pid)
		app_command(v->app, COMMAND_CMDLINE, 0);
	fold_free(g->rows);
	query_free(g->query);
	free(g);
}

/* Works until then. true: all is known. */
static bool work_until(struct group_view *g, u64 until)
{
	bool known = g->members.known && !g->look.fold;
	u64 now;

	while (!fold_whole(g->rows)) {
		now = now_ns();
		if (now >= until || fold_work(g->rows, until - now) < 0)
			return false;
	}
	if (known)
		return true;
	if (!members_work(&g->look, g->page.view.app->model, until))
		return false;
	g->members = g->look.found;
	g->look.fold = NULL;
	return true;
}

/* Once its row is there, the others need not be gathered any more. */
static void narrow(struct group_view *g)
{
	char filter[PROMPT_MAX + 1];
	const void *row = row_of(g);

	if (row && !g->t->fold->loose && fold_down(g->t, g->rows, row, filter, sizeof(filter)) &&
	    query_parse(&socket_table, filter, &g->query, NULL) == 0)
		fold_set_query(g->rows, g->query);
}

static void ask_command_line(struct group_view *g)
{
	struct value v;

	if (!table_find(g->t, "cmdline") || !value_of(g, "pid", &v))
		return;
	g->pid = (u32)v.integer;
	app_command(g->page.view.app, COMMAND_CMDLINE, g->pid);
}

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	const struct wanted *wanted = (const struct wanted *)(uintptr_t)arg;
	struct group_view *g = calloc(1, sizeof(*g));

	if (!g || fold_new(&g->rows, wanted->t, app->model) < 0) {
		free(g);
		return error_set(err, -ENOMEM, "out of memory");
	}
	g->page.view.app = app;
	g->t = wanted->t;
	g->id = wanted->id;
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		fields_want(g->t, g->rows, sections[i].columns);
	fields_want(g->t, g->rows, ELSEWHERE);
	members_begin(&g->look, g->t->fold, g->id);
	work_until(g, now_ns() + APP_ANSWER_NS / 2); /* the rest is drawing */
	*v = &g->page.view;
	return 0;
}

static bool work(struct view *v, u64 budget_ns)
{
	struct group_view *g = group_of(v);
	bool done = work_until(g, budget_ns ? now_ns() + budget_ns : UINT64_MAX);

	if (done && !g->query)
		narrow(g);
	if (done && !g->pid)
		ask_command_line(g);
	v->app->dirty |= done;
	return done;
}

static void tick(struct view *v)
{
	struct group_view *g = group_of(v);

	fold_invalidate(g->rows);
	members_begin(&g->look, g->t->fold, g->id);
}

static int look_at(struct view *v, const struct model *before, struct model *m)
{
	struct group_view *g = group_of(v);
	struct folded *rows;

	(void)before;
	if (fold_new(&rows, g->t, m) < 0)
		return -ENOMEM;
	fold_free(g->rows);
	g->rows = rows;
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		fields_want(g->t, g->rows, sections[i].columns);
	fields_want(g->t, g->rows, ELSEWHERE);
	if (g->query)
		fold_set_query(g->rows, g->query);
	return 0;
}

/* -- what is wrong ------------------------------------------------------------------------------------------- */

/* Shares of the time that they were not idle. */
static int draw_verdict(const struct group_view *g, const struct pane *p, int y)
{
	static const enum style styles[] = {STYLE_TEXT, STYLE_WARN, STYLE_ALARM};
	const u32 *held = g->members.held;
	unsigned most = LIMITED_APP;
	char text[320], mix[128];
	u64 all = 0;

	for (unsigned v = LIMITED_APP; v < LIMITED_COUNT; v++) {
		all += held[v];
		most = held[v] > held[most] ? v : most;
	}
	if (!all && held[LIMITED_IDLE])
		return y + pane_wrap(p, y, 1, STYLE_TEXT, "its sockets are idle: nothing holds them back");
	if (!all)
		return y;
	snprintf(text, sizeof(text), "what holds its sockets back, %u%% of the time: %s",
		 (unsigned)((held[most] * 100ULL + all / 2) / all), limited_help(most));
	text_of(g, "held_by", mix, sizeof(mix));
	if (held[most] < all && *mix)
		text_join(text, sizeof(text), " ", "(%s)", mix);
	return y + pane_wrap(p, y, 1, styles[limited_severity(most)], text);
}

/* Does it say that it is about the same pid, address …? */
static bool is_about(const struct group_view *g, const struct finding *of)
{
	const struct findings *all = g->page.view.app->findings;
	struct value ours, theirs;

	for (const char *const *name = g->t->fold->down; name && *name; name++) {
		const struct column *c = table_find(&finding_table, *name);

		if (!c || !value_of(g, *name, &ours))
			return false;
		column_value(c, all, of, &theirs);
		if (theirs.kind == VALUE_NONE || column_compare(c, &ours, &theirs) != 0)
			return false;
	}
	return g->t->fold->down != NULL;
}

static int draw_findings(const struct group_view *g, const struct pane *p, int y)
{
	const struct findings *all = g->page.view.app->findings;

	for (u32 i = 0; all && i < findings_end(all); i++) {
		const struct finding *of = findings_at(all, i);

		if (!of || !finding_speaks(of) || !is_about(g, of))
			continue;
		pane_put(p, y, 1, 1, finding_style(of), "!");
		y += pane_wrap(p, y, 3, finding_style(of), of->text);
	}
	return y;
}

/* -- the page ------------------------------------------------------------------------------------------------ */

/* The whole of it comes a moment after the page was opened, if the process is still there. */
static int draw_command_line(const struct group_view *g, const struct pane *p, int y)
{
	const struct process *process = g->pid ? model_process(g->page.view.app->model, g->pid) : NULL;
	const struct record_tick *now = model_tick(g->page.view.app->model);
	char line[3 * CMDLINE_MAX + 8], when[WALL_MAX], age[UNITS_MAX];
	struct value v;
	int x = 1;

	if (process && process->cmdline && *process->cmdline) {
		snprintf(line, sizeof(line), "%s%s", process->cmdline, process->cut ? "…" : "");
		y += pane_wrap(p, y, 1, STYLE_TEXT, line);
	}
	if (!value_of(g, "started_at", &v) || !wall_date(when, sizeof(when), v.integer, 0))
		return y;
	pane_piece(p, y, &x, "started ", STYLE_TEXT, when);
	if (now && now->realtime_ns > v.integer) {
		units_usec(age, (now->realtime_ns - v.integer) / NSEC_PER_USEC);
		x += pane_printf(p, y, x, STYLE_TEXT, "%s ago", age);
	}
	return y + 1;
}

static void draw_listeners(const struct group_view *g, struct flow *f)
{
	const struct model *m = g->page.view.app->model;
	const struct members *all = &g->members;

	for (u32 i = 0; i < MIN(all->listeners, (u32)MEMBERS_LISTENERS); i++) {
		u32 index = model_find(m, all->listener_ids[i]);
		char text[160], queue[32], limit[32];

		if (index == IDMAP_NONE)
			continue;
		socket_value(g->page.view.app, model_row(m, index), "local", text, sizeof(text));
		socket_value(g->page.view.app, model_row(m, index), "accept_queue", queue, sizeof(queue));
		socket_value(g->page.view.app, model_row(m, index), "accept_limit", limit, sizeof(limit));
		if (*queue && *limit)
			text_join(text, sizeof(text), "  ", "queue %s of %s", queue, limit);
		flow_field(f, NULL, STYLE_TEXT, text);
	}
	if (all->listeners > MEMBERS_LISTENERS)
		flow_printf(f, NULL, "and %u more", all->listeners - MEMBERS_LISTENERS);
}

static int draw_sections(const struct group_view *g, const struct fields *of, const struct pane *p, int y)
{
	struct flow f = flow_of(p, y);

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		flow_title(&f, sections[i].title);
		fields_draw(of, &f, sections[i].columns);
	}
	flow_title(&f, "listens on");
	draw_listeners(g, &f);
	return flow_end(&f);
}

static int draw_page(struct page_view *page, const struct pane *p, int y)
{
	static const struct panel panels[] = {
	    {"tx", "tx_rate", HISTORY_TX, STYLE_TX},
	    {"rx", "rx_rate", HISTORY_RX, STYLE_RX},
	    {"retransmits", "retrans_tick", HISTORY_RETRANS, STYLE_WARN},
	};
	const struct group_view *g = group_of(&page->view);
	struct fields of = {page->view.app, g->t, g->rows, row_of(g)};
	char text[GROUP_LABEL_MAX], key[32];
	int x = 1;

	text_of(g, "label", text, sizeof(text));
	pane_piece(p, y, &x, "", STYLE_TITLE, text);
	keymap_text(&page->view.app->keymap, ACTION_OPEN, " ", key, sizeof(key));
	snprintf(text, sizeof(text), "%s: its sockets", key);
	pane_piece(p, y++, &x, "", STYLE_LABEL, text);
	y = draw_verdict(g, p, y);
	y = exchange_sentence_draw(&of, p, y);
	y = draw_findings(g, p, y);
	y = draw_command_line(g, p, y);
	y = panels_draw(&of, g->members.moved ? &g->members.history : NULL, panels, ARRAY_SIZE(panels), p, y + 1);
	return draw_sections(g, &of, p, y);
}

static void draw(struct view *v, const struct pane *p)
{
	struct group_view *g = group_of(v);

	if (row_of(g)) {
		page_draw(&g->page, p, draw_page);
	} else if (fold_whole(g->rows)) {
		page_gone(&g->page, p, "it has no socket any more");
	} else {
		pane_printf(p, 0, 1, STYLE_LABEL, "…");
		g->page.lines = 1;
	}
}

static void open_sockets(struct group_view *g)
{
	char filter[PROMPT_MAX + 1];
	const void *row = row_of(g);

	if (row && fold_down(g->t, g->rows, row, filter, sizeof(filter)))
		table_view_lead(g->page.view.app, g->t->fold->of, filter);
}

static bool action(struct view *v, enum action a)
{
	const struct group_view *g = group_of(v);
	const void *row = row_of(g);

	if (a == ACTION_OPEN)
		open_sockets(group_of(v));
	else if (a == ACTION_RTT && row)
		view_rtt_of_group(v->app, g->t, g->rows, row);
	else
		return page_action(v, a);
	return true;
}

void view_group_open(struct app *app, const struct table *t, u64 id)
{
	struct wanted wanted = {t, id};

	app_open(app, &view_group_class, (u64)(uintptr_t)&wanted);
}

void view_group_open_owner(struct app *app, const struct row *r)
{
	if (r && r->s.has & HAS_OWNER)
		view_group_open(app, &processes_fold, group_process_key(app->model, r));
	else
		app_say(app, STYLE_WARN, "it is not known which process that is");
}

/* Calls are measured while somebody looks. */
static unsigned needs(struct view *v)
{
	(void)v;
	return NEEDS_EXCHANGES;
}

const struct view_class view_group_class = {
    .name = "group",
    .title = "Details",
    .help = "one process, host …: what holds its sockets back, and what they do together",
    .scope = SCOPE_GROUP,
    .open = open_view,
    .close = close_view,
    .draw = draw,
    .action = action,
    .mouse = page_mouse,
    .tick = tick,
    .look_at = look_at,
    .work = work,
    .needs = needs,
};
