/* The view of exchanges: requests and their answers, the newest first, and where the time of each went. */
#include <math.h>
#include <stdio.h>

#include "clock.h"
#include "exchange_table.h"
#include "packets.h"
#include "socket_event.h"
#include "units.h"
#include "view_packets.h"
#include "view_sockets.h"

/* Was a packet of its socket traced meanwhile? */
static bool was_traced(const struct model *m, const struct exchange *x)
{
	const struct packets *all = model_packets(m);

	for (size_t i = 0; i < packets_count(all); i++) {
		const struct record_packet *p = &packets_at(all, i)->r;

		if (p->id == x->r.s.id && p->time_ns >= x->begin_ns && p->time_ns <= x->begin_ns + x->whole_ns)
			return true;
	}
	return false;
}

#define AROUND_NS NSEC_PER_MSEC /* what a packet's stamps lie beside the exchange's edges, and more */

static double unix_seconds(const struct model *m, u64 ns)
{
	return (double)model_realtime(m, ns) / 1e9;
}

static void open_packets(struct app *app, const struct exchange *x)
{
	struct query_error err;
	struct table_view *s;
	char filter[96];

	snprintf(filter, sizeof(filter), "time >= %.6f and time <= %.6f",
		 unix_seconds(app->model, x->begin_ns - AROUND_NS),
		 unix_seconds(app->model, x->begin_ns + x->whole_ns + AROUND_NS));
	if (!app_open(app, &view_packets_class, x->r.s.id))
		return;
	s = table_view_of(app_view(app));
	s->given = table_view_set_filter(s, filter, &err);
}

/* Its packets, if they were traced; else its socket. */
static void open_exchange(struct table_view *s, const void *row)
{
	const struct exchange *x = row;

	if (was_traced(s->view.app->model, x))
		open_packets(s->view.app, x);
	else
		app_open(s->view.app, &view_socket_class, x->r.s.id);
}

static void marks(const struct table_view *s, const struct pane *p, int *x, int end)
{
	double rate = model_exchanges_rate(s->view.app->model);
	char text[32], n[UNITS_MAX];

	if (isnan(rate))
		return;
	units_rate(n, rate);
	snprintf(text, sizeof(text), "%s/s", n);
	table_view_mark(p, x, end, STYLE_DIM, text);
}

static void alarms(const struct table_view *s, const struct pane *p, int *x, int end)
{
	table_view_alarm(p, x, end, model_exchanges_lost(s->view.app->model), "did not fit");
}

static void counts(const struct table_view *s, char *text, size_t size)
{
	table_view_counts(s, model_exchanges_calls(s->view.app->model), text, size);
}

static bool nothing(const struct table_view *s, const struct pane *p, int y)
{
	const struct model *m = s->view.app->model;
	const struct record_feature *f = model_unserved(m, TELLS_EXCHANGES);
	int x = p->w >= 40 ? 2 : 0;

	if (s->query && model_exchanges_newest(m))
		return false;
	if (f) {
		table_view_draw_unserved(p, y, f, "exchanges be seen");
	} else {
		pane_put(p, y, x, -1, STYLE_LABEL,
			 model_exchanges_on(m) ? "no request was answered so far" : "the programs are being loaded");
	}
	return true;
}

static const struct table_view_ops ops = {
    .open = open_exchange,
    .alarms = alarms,
    .marks = marks,
    .counts = counts,
    .nothing = nothing,
    .action = socket_event_action,
};

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	(void)arg;
	return table_view_open(v, app, &view_exchanges_class, &exchange_table, app->model, &ops, err);
}

const struct view_class view_exchanges_class = {
    .name = "exchanges",
    .title = "Exchanges",
    .help = "each request and its answer, and where its time went",
    .scope = SCOPE_LIST | SCOPE_EVENTS | SCOPE_SOCKETS,
    .top = true,
    .table = &exchange_table,
    .warm_up = 3,
    .open = open_view,
    TABLE_VIEW_CLASS,
};
