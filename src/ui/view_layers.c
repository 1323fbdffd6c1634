/* The view of the layers: where the time of packets goes, of the machine and of the sockets with most of it. The layers
 * are on while it is seen. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "array.h"
#include "clock.h"
#include "idmap.h"
#include "layers_view.h"
#include "socket_table.h"

#define WATCH_AHEAD 10U

static const struct {
	const char *title, *help;
} sorts[LAYERS_SORTS] = {
    [LAYERS_BY_TIME] = {"TIME", "time of all its packets in all layers, over the last ten ticks"},
    [LAYERS_BY_P50] = {"P50", "half of the packets took less, in the layer that is chosen"},
    [LAYERS_BY_P99] = {"P99", "99 of 100 packets took less, in the layer that is chosen"},
    [LAYERS_BY_MAX] = {"MAX", "the longest, in the layer that is chosen"},
    [LAYERS_BY_N] = {"N", "packets in the layer that is chosen"},
    [LAYERS_BY_PID] = {"PID", "the process"},
};

const char *layers_sort_title(enum layers_sort sort)
{
	return sorts[sort].title;
}

/* -- the list ----------------------------------------------------------------------------------------------- */

static const struct row *find_row(const struct layers_view *s, u64 id)
{
	u32 index = model_find(s->view.app->model, id);
	const struct row *r = index == IDMAP_NONE ? NULL : model_row(s->view.app->model, index);

	return r && r->live ? r : NULL;
}

const struct layers *layers_view_entry(const struct layers_view *s, u32 i, const struct row **r)
{
	*r = i < s->count ? find_row(s, s->list[i].id) : NULL;
	return *r ? row_layers(s->view.app->model, *r) : NULL;
}

static double sort_key(const struct layers_view *s, const struct row *r, const struct layers *l, double time)
{
	const struct model *m = s->view.app->model;
	struct histogram_figures f;

	if (s->sort == LAYERS_BY_TIME)
		return time;
	if (s->sort == LAYERS_BY_PID)
		return r->s.has & HAS_OWNER ? (double)r->s.pid : NAN;
	if (!layers_figures(m, l, s->layer, LAYERS_RECENT, &f))
		return NAN;
	switch (s->sort) {
	case LAYERS_BY_P50: return (double)f.p50_ns;
	case LAYERS_BY_P99: return (double)f.p99_ns;
	case LAYERS_BY_MAX: return (double)f.max_ns;
	default: return (double)f.n;
	}
}

/* What is not known comes last, whatever the direction. */
static int compare(const void *a, const void *b, void *ctx)
{
	const struct layers_entry *x = a, *y = b;
	const struct layers_view *s = ctx;

	if (isnan(x->key) != isnan(y->key))
		return isnan(x->key) ? 1 : -1;
	if (x->key < y->key || x->key > y->key)
		return (x->key < y->key) == s->ascending ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* Finds the cursor's socket again; where it has gone, the cursor stays where it is on the screen. */
static void settle(struct layers_view *s)
{
	if (!s->moved || !s->count) {
		s->cursor = 0;
		s->id = 0;
		return;
	}
	for (u32 i = 0; i < s->count; i++) {
		if (s->list[i].id == s->id) {
			s->cursor = i;
			return;
		}
	}
	s->cursor = MIN(s->cursor, s->count - 1);
	s->id = s->list[s->cursor].id;
}

static void make_list(struct layers_view *s)
{
	const struct model *m = s->view.app->model;
	u32 rows = model_layers_rows(m);

	s->count = 0;
	if (array_reserve(&s->list, &s->cap, rows, sizeof(*s->list)) < 0)
		return;
	for (u32 i = 0; i < rows; i++) {
		u64 id = model_layers_row(m, i);
		const struct row *r = find_row(s, id);
		const struct layers *l = r ? row_layers(m, r) : NULL;
		double time = layers_time(m, l, LAYERS_RX | LAYERS_TX, LAYERS_RECENT);

		if (!(time > 0) || r->closed || !query_match(s->query, m, r))
			continue;
		s->list[s->count++] = (struct layers_entry){id, sort_key(s, r, l, time)};
	}
	if (s->count)
		qsort_r(s->list, s->count, sizeof(*s->list), compare, s);
	settle(s);
}

/* -- opening ------------------------------------------------------------------------------------------------ */

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	struct layers_view *s = calloc(1, sizeof(*s));
	const struct table_choice *rows = app->o->rows;

	(void)arg;
	if (!s)
		return error_set(err, -ENOMEM, "out of memory");
	s->view.app = app;
	s->layer = LAYER_RX_APP;
	s->query = rows && rows->t == &socket_table ? rows->query : NULL;
	make_list(s);
	/* The first figures come with the next tick: where that is far, one is asked for. */
	if (app->interval > 2)
		app_command(app, COMMAND_TICK_NOW, 0);
	*v = &s->view;
	return 0;
}

static void close_view(struct view *v)
{
	struct layers_view *s = layers_view_of(v);

	free(s->list);
	free(s);
}

static unsigned needs(struct view *v)
{
	return NEEDS_LAYERS | query_needs(layers_view_of(v)->query);
}

/* -- keys --------------------------------------------------------------------------------------------------- */

static void move_to(struct layers_view *s, s64 to)
{
	/* Above the first socket is the machine. */
	s->moved = to >= 0 && s->count > 0;
	s->cursor = s->moved ? (u32)MIN(to, (s64)s->count - 1) : 0;
	s->id = s->moved ? s->list[s->cursor].id : 0;
	model_layers_watch(s->view.app->model, s->id);
}

/* The next layer that this kernel can tell apart. */
static void step_layer(struct layers_view *s, int step)
{
	for (int i = 1; i < LAYER_PARTS; i++) {
		enum layer next = (enum layer)((s->layer + (step > 0 ? i : LAYER_PARTS - i)) % LAYER_PARTS);

		if (model_layer_state(s->view.app->model, next) != LAYER_STAMPED)
			continue;
		s->layer = next;
		make_list(s);
		return;
	}
}

static void sort_by(struct layers_view *s, enum layers_sort sort, bool ascending)
{
	s->sort = sort;
	s->ascending = ascending;
	make_list(s);
}

static void sort_accept(void *ctx, struct chooser *c)
{
	struct layers_view *s = ctx;
	enum layers_sort sort = (enum layers_sort)c->cursor;

	sort_by(s, sort, sort == s->sort ? !s->ascending : sort == LAYERS_BY_PID);
}

static void choose_sort(struct layers_view *s)
{
	static const struct chooser_ops ops = {.accept = sort_accept};
	struct chooser *c = &s->view.app->chooser;
	int r = 0;

	chooser_open(c, CHOOSER_ONE, "sort by", &ops, s);
	for (size_t i = 0; i < LAYERS_SORTS && r == 0; i++)
		r = chooser_add(c, sorts[i].title, sorts[i].help, false, NULL);
	c->cursor = s->sort;
	if (r < 0)
		chooser_close(c);
}

static void shift_sort(struct layers_view *s, int step)
{
	enum layers_sort sort = (enum layers_sort)CLAMP((int)s->sort + step, 0, LAYERS_SORTS - 1);

	sort_by(s, sort, sort == LAYERS_BY_PID);
}

static void open_selected(struct layers_view *s)
{
	struct error err = {};

	if (s->id && app_push(s->view.app, &view_socket_class, s->id, &err) < 0)
		app_say(s->view.app, STYLE_ERROR, "%s", err.text);
}

static bool action(struct view *v, enum action a)
{
	struct layers_view *s = layers_view_of(v);
	s64 page = MAX((s64)s->height - 1, 1), at = s->moved ? (s64)s->cursor : -1;

	switch (a) {
	case ACTION_UP: move_to(s, at - 1); return true;
	case ACTION_DOWN: move_to(s, at + 1); return true;
	case ACTION_PAGE_UP: move_to(s, at - page); return true;
	case ACTION_PAGE_DOWN: move_to(s, at + page); return true;
	case ACTION_HOME: move_to(s, -1); return true;
	case ACTION_END: move_to(s, (s64)s->count - 1); return true;
	case ACTION_LEFT: step_layer(s, -1); return true;
	case ACTION_RIGHT: step_layer(s, 1); return true;
	case ACTION_OPEN: open_selected(s); return true;
	case ACTION_SORT: choose_sort(s); return true;
	case ACTION_SORT_LEFT: shift_sort(s, -1); return true;
	case ACTION_SORT_RIGHT: shift_sort(s, 1); return true;
	case ACTION_INVERT: sort_by(s, s->sort, !s->ascending); return true;
	default: return false;
	}
}

static void mouse(struct view *v, const struct mouse *m)
{
	struct layers_view *s = layers_view_of(v);
	s64 at = s->moved ? (s64)s->cursor : -1, line = (s64)s->top + m->y - s->list_line;

	if (m->kind != MOUSE_PRESS) {
		move_to(s, at + (m->kind == MOUSE_WHEEL_UP ? -3 : 3));
		return;
	}
	if (m->y < s->list_line || line >= (s64)s->count || line >= (s64)(s->top + s->height))
		return;
	if (line == at)
		open_selected(s);
	else
		move_to(s, line);
}

static void tick(struct view *v)
{
	struct layers_view *s = layers_view_of(v);

	/* Where only one direction is measured, its layers are those to look at. */
	if (model_layer_state(v->app->model, s->layer) != LAYER_STAMPED)
		step_layer(s, 1);
	make_list(s);
	/* Those on top are likely looked at next: then their picture is there. */
	for (u32 i = 0; i < MIN(s->count, WATCH_AHEAD); i++)
		model_layers_watch(v->app->model, s->list[i].id);
	model_layers_watch(v->app->model, s->id);
}

const struct view_class view_layers_class = {
    .name = "layers",
    .title = "Layers",
    .help = "where the time of packets goes: each layer of the stack, the machine and its sockets",
    .scope = SCOPE_LAYERS,
    .words = words_layers,
    .warm_up = 5,
    .top = true,
    .table = &socket_table,
    .asks = NEEDS_LAYERS,
    .open = open_view,
    .close = close_view,
    .draw = layers_view_draw,
    .action = action,
    .mouse = mouse,
    .tick = tick,
    .needs = needs,
};
