/* The view of the layers: where the time of packets goes, of the machine, and below it the layers with most of it. The
 * layers are on while it is seen. */
#include <errno.h>

#include "layer_table.h"
#include "layers_view.h"
#include "units.h"
#include "view_layers.h"
#include "view_packets.h"
#include "view_sockets.h"

#define WATCH_AHEAD 10U

struct layers_focus layers_view_focus(const struct layers_view *s)
{
	const struct layer_row *r = table_view_selected(&s->list);

	if (!r || layer_row_layer(r) >= LAYER_COUNT)
		return (struct layers_focus){.layer = s->layer};
	return (struct layers_focus){r, layer_row_owner(r), layer_row_layer(r)};
}

/* The next layer that this kernel can tell apart. */
static void step_layer(struct layers_view *s, int step)
{
	for (int i = 1; i < LAYER_PARTS; i++) {
		enum layer next = (enum layer)((s->layer + (step > 0 ? i : LAYER_PARTS - i)) % LAYER_PARTS);

		if (model_layer_state(s->list.view.app->model, next) != LAYER_STAMPED)
			continue;
		s->layer = next;
		return;
	}
}

static void watch(struct layers_view *s)
{
	model_layers_watch(s->list.view.app->model, layers_view_focus(s).owner);
}

/* -- as a table -----------------------------------------------------------------------------------------------------
 */

static void open_page(struct table_view *s, const struct view_class *class, const struct layer_row *r)
{
	if (r && !layer_row_socket(r))
		app_say(s->view.app, STYLE_TEXT, "these packets are no socket's");
	else if (r)
		app_open(s->view.app, class, layer_row_owner(r));
}

static void open_socket(struct table_view *s, const void *row)
{
	open_page(s, &view_socket_class, row);
}

static bool other_action(struct table_view *s, enum action a)
{
	const struct filter_target filter = table_view_filter_target(s);

	switch (a) {
	case ACTION_PACKETS: open_page(s, &view_packets_class, table_view_selected(s)); return true;
	case ACTION_USER: filters_choose_user(s->view.app, &filter); return true;
	default: return false;
	}
}

static void counts(const struct table_view *s, char *text, size_t size)
{
	char n[UNITS_MAX];

	units_grouped(n, list_count(s->list));
	snprintf(text, size, "%s listed", n);
}

static bool nothing(const struct table_view *s, const struct pane *p, int y)
{
	if (*s->filter)
		return false;
	pane_put(p, y, p->w >= 40 ? 2 : 0, -1, STYLE_LABEL, "no socket had a packet in the last ticks");
	return true;
}

static const struct table_view_ops ops = {
    .size = sizeof(struct layers_view),
    .open = open_socket,
    .marks = layers_draw_worth,
    .counts = counts,
    .nothing = nothing,
    .action = other_action,
};

/* -- as a view ------------------------------------------------------------------------------------------------------
 */

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	int r = table_view_open(v, app, &view_layers_class, &layer_table, app->model, &ops, err);

	(void)arg;
	if (r < 0)
		return r;
	layers_view_of(*v)->layer = LAYER_RX_APP;
	layers_view_of(*v)->list.aside = true;
	/* The first figures come with the next tick: where that is far, one is asked for. */
	if (app->interval > 2)
		app_command(app, COMMAND_TICK_NOW, 0);
	return 0;
}

/* While the machine is looked at, it is its layers that are gone through. */
static bool action(struct view *v, enum action a)
{
	struct layers_view *s = layers_view_of(v);
	bool done = true;

	if ((a == ACTION_LEFT || a == ACTION_RIGHT) && table_view_is_aside(&s->list))
		step_layer(s, a == ACTION_LEFT ? -1 : 1);
	else
		done = table_view_action(v, a);
	watch(s);
	return done;
}

static void mouse(struct view *v, const struct mouse *m)
{
	table_view_mouse(v, m);
	watch(layers_view_of(v));
}

static void tick(struct view *v)
{
	struct layers_view *s = layers_view_of(v);

	/* Where only one direction is measured, its layers are those to look at. */
	if (model_layer_state(v->app->model, s->layer) != LAYER_STAMPED)
		step_layer(s, 1);
	/* Those on top are likely looked at next: then their picture is there. */
	for (u32 i = 0; i < WATCH_AHEAD; i++) {
		const struct layer_row *r = table_view_line(&s->list, i).row;

		if (r)
			model_layers_watch(v->app->model, layer_row_owner(r));
	}
	watch(s);
	table_view_tick(v);
}

const struct view_class view_layers_class = {
    .name = "layers",
    .title = "Layers",
    .help = "where the time of packets goes, layer by layer",
    .scope = SCOPE_LIST,
    .words = words_layers,
    .warm_up = 5,
    .top = true,
    .table = &layer_table,
    .open = open_view,
    .close = table_view_close,
    .draw = layers_view_draw,
    .action = action,
    .mouse = mouse,
    .tick = tick,
    .look_at = table_view_look_at,
    .marked = table_view_marked,
    .work = table_view_work,
    .answer = table_view_answer,
    .needs = table_view_needs,
};
