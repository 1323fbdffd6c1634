/* The view of what began and ended: the newest first, or gathered by program, remote or outcome. */
#include <math.h>
#include <stdio.h>

#include "life_table.h"
#include "table_view.h"
#include "units.h"
#include "socket_event.h"
#include "view_rtt.h"
#include "view_sockets.h"

/* The page knows it as long as it is listed here. */
static void open_socket(struct table_view *s, const void *row)
{
	app_open(s->view.app, &view_socket_class, ((const struct life *)row)->r.s.id);
}

static bool action(struct table_view *s, enum action a)
{
	if (a == ACTION_RTT)
		view_rtt_of_list(s);
	return a == ACTION_RTT || socket_event_action(s, a);
}

/* "3.0/s fail" */
static void mark_rate(const struct table_view *s, const struct pane *p, int *x, int end, enum life_event event)
{
	double rate = model_lives_rate(s->view.app->model, event);
	char text[32], n[UNITS_MAX];

	if (isnan(rate) || rate <= 0)
		return;
	units_rate(n, rate);
	snprintf(text, sizeof(text), "%s/s %s", n, life_event_name(event));
	table_view_mark(p, x, end, event == LIFE_FAIL ? STYLE_WARN : STYLE_DIM, text);
}

static void marks(const struct table_view *s, const struct pane *p, int *x, int end)
{
	char text[64], p50[UNITS_MAX], p99[UNITS_MAX];
	struct histogram_figures f;

	mark_rate(s, p, x, end, LIFE_FAIL);
	mark_rate(s, p, x, end, LIFE_OPEN);
	mark_rate(s, p, x, end, LIFE_ACCEPT);
	mark_rate(s, p, x, end, LIFE_CLOSE);
	if (!model_connect_times(s->view.app->model, &f))
		return;
	units_nsec(p50, f.p50_ns);
	units_nsec(p99, f.p99_ns);
	snprintf(text, sizeof(text), "connect p50 %s p99 %s", p50, p99);
	table_view_mark(p, x, end, STYLE_DIM, text);
}

/* What is missing here. */
static void alarms(const struct table_view *s, const struct pane *p, int *x, int end)
{
	const struct model *m = s->view.app->model;
	const struct record_tick *tick = model_tick(m);
	u64 lost = tick ? tick->lost_events + tick->lost_ends + tick->lost_conns : 0;

	table_view_alarm(p, x, end, lost + model_lives_unseen(m), "did not fit");
}

static void counts(const struct table_view *s, char *text, size_t size)
{
	table_view_counts(s, model_lives_newest(s->view.app->model), text, size);
}

static bool nothing(const struct table_view *s, const struct pane *p, int y)
{
	if (s->query && model_lives_newest(s->view.app->model))
		return false;
	pane_put(p, y, p->w >= 40 ? 2 : 0, -1, STYLE_LABEL, "nothing has opened or closed so far");
	return true;
}

/* The time stands out of what has just come. */
static enum style style_of(const struct table_view *s, const struct column *c, const void *row, enum style style)
{
	const struct record_tick *tick = model_tick(s->view.app->model);
	const struct life *l = row;

	return c->unit == UNIT_TIME && !(tick && l->tick == tick->number) ? STYLE_DIM : style;
}

static const struct table_view_ops ops = {
    .open = open_socket,
    .alarms = alarms,
    .marks = marks,
    .counts = counts,
    .nothing = nothing,
    .style = style_of,
    .action = action,
};

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	(void)arg;
	return table_view_open(v, app, &view_lives_class, &life_table, app->model, &ops, err);
}

const struct view_class view_lives_class = {
    .name = "lives",
    .title = "Lives",
    .help = "each connection that opens, fails or closes, and how it ended",
    .scope = SCOPE_LIST | SCOPE_EVENTS | SCOPE_SOCKETS,
    .words = words_lives,
    .top = true,
    .table = &life_table,
    .open = open_view,
    TABLE_VIEW_CLASS,
};
