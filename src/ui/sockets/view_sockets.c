/* The view of all sockets. */
#include <math.h>

#include "interception_table.h"
#include "socket.h"
#include "socket_table.h"
#include "table_view.h"
#include "units.h"
#include "view_group.h"
#include "view_packets.h"
#include "view_rtt.h"
#include "view_sockets.h"

static void open_page(struct table_view *s, const struct view_class *class, const struct row *r)
{
	app_open(s->view.app, class, r->s.id);
}

static void open_socket(struct table_view *s, const void *row)
{
	open_page(s, &view_socket_class, row);
}

static void open_packets(struct table_view *s)
{
	const struct row *r = table_view_selected(s);

	if (r)
		open_page(s, &view_packets_class, r);
}

/* One that the filter hides is opened as a page. */
static void go_to_peer(struct table_view *s)
{
	const struct row *r = table_view_selected(s);
	const struct row *peer = r ? socket_find_peer(s->view.app, r) : NULL;

	if (peer && !table_view_go_to(s, peer->s.id))
		open_socket(s, peer);
}

static bool action(struct table_view *s, enum action a)
{
	const struct filter_target filter = table_view_filter_target(s);

	switch (a) {
	case ACTION_PACKETS: open_packets(s); return true;
	case ACTION_PEER: go_to_peer(s); return true;
	case ACTION_RTT: view_rtt_of_list(s); return true;
	case ACTION_DETAILS: view_group_open_owner(s->view.app, table_view_selected(s)); return true;
	case ACTION_USER: filters_choose_user(s->view.app, &filter); return true;
	default: return false;
	}
}

static struct row *row_of(const struct table_view *s, u64 id)
{
	u32 index = model_find(s->view.app->model, id);

	return index == IDMAP_NONE ? NULL : model_row(s->view.app->model, index);
}

/* Filters ask for it: it lies in the row. */
static void tag(struct table_view *s, u64 id, bool tagged)
{
	struct row *r = row_of(s, id);

	if (r)
		r->tagged = tagged;
}

static void tagged_text(const struct table_view *s, char *text, size_t size)
{
	char rx[UNITS_MAX], tx[UNITS_MAX];
	double rx_rate = 0, tx_rate = 0;

	for (size_t i = 0; i < s->tag_count; i++) {
		const struct row *r = row_of(s, s->tags[i]);

		rx_rate += r && !isnan(r->rx_rate) ? (double)r->rx_rate : 0;
		tx_rate += r && !isnan(r->tx_rate) ? (double)r->tx_rate : 0;
	}
	rate_short(s->view.app->units, rx_rate, rx);
	rate_short(s->view.app->units, tx_rate, tx);
	snprintf(text, size, "rx %s/s tx %s/s", rx, tx);
}

static const struct table_view_ops ops = {
    .open = open_socket,
    .tag = tag,
    .tagged = tagged_text,
    .action = action,
};

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	(void)arg;
	return table_view_open(v, app, &view_sockets_class, &socket_table, app->model, &ops, err);
}

const struct view_class view_sockets_class = {
    .name = "sockets",
    .title = "Sockets",
    .help = "every TCP and UDP socket: owner, rates, what holds it back",
    .scope = SCOPE_LIST | SCOPE_SOCKETS,
    .top = true,
    .table = &socket_table,
    .open = open_view,
    TABLE_VIEW_CLASS,
};

static int open_interceptions(struct view **v, struct app *app, u64 arg, struct error *err)
{
	(void)arg;
	return table_view_open(v, app, &view_interceptions_class, &interception_table, app->model, &ops, err);
}

const struct view_class view_interceptions_class = {
    .name = "interceptions",
    .title = "Interceptions",
    .help = "sockets that BPF programs, filters or kernel TLS take over",
    .scope = SCOPE_LIST,
    .top = true,
    .table = &interception_table,
    .open = open_interceptions,
    TABLE_VIEW_CLASS,
};
