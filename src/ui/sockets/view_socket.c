/* The view of one socket: its owner, what holds it back, its history, and every field that is known. */
#include <errno.h>
#include <netinet/in.h>

#include "exchange_sentence.h"
#include "idmap.h"
#include "page.h"
#include "panels.h"
#include "socket.h"
#include "socket_table.h"
#include "socket_text.h"
#include "text.h"
#include "units.h"
#include "view_group.h"
#include "view_packets.h"
#include "view_rtt.h"
#include "view_sockets.h"

struct socket_view {
	struct page_view page;
	u64 id;
	struct port port; /* of a listener */
	struct life end;  /* a copy: of one that is over; number 0: it is not, or is not kept */
	struct story story;
};

static struct socket_view *socket_of(struct view *v)
{
	return (struct socket_view *)v;
}

/* The details come with the next tick: if that is far away, a tick is requested. */
static void ask_details(struct socket_view *s)
{
	struct app *app = s->page.view.app;

	if (!app->info_all)
		app_command(app, COMMAND_INFO, s->id);
	if (app->interval > 2)
		app_command(app, COMMAND_TICK_NOW, 0);
}

/* As it was, where it is not kept otherwise. */
static const struct row *row_of(const struct socket_view *s)
{
	u32 index = model_find(s->page.view.app->model, s->id);
	const struct row *r = index == IDMAP_NONE ? NULL : model_row(s->page.view.app->model, index);

	return r && r->live ? r : s->end.number ? &s->end.r : NULL;
}

static void find_end(struct socket_view *s)
{
	const struct model *m = s->page.view.app->model;
	const struct life *l;

	for (u64 n = model_lives_newest(m); (l = model_life(m, n)); n--)
		if (l->r.s.id == s->id && l->r.closed) {
			s->end = *l;
			return;
		}
}

static void look(struct socket_view *s)
{
	const struct row *r = row_of(s);

	if ((!r || r->closed) && s->end.number == 0)
		find_end(s);
	r = row_of(s);
	if (r)
		socket_tell(s->page.view.app, r, s->end.number ? &s->end : NULL, &s->story);
}

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	struct socket_view *s = calloc(1, sizeof(*s));

	if (!s)
		return error_set(err, -ENOMEM, "out of memory");
	s->page.view.app = app;
	s->id = arg;
	ask_details(s);
	look(s);
	*v = &s->page.view;
	return 0;
}

static void close_view(struct view *v)
{
	if (!v->app->info_all)
		app_command(v->app, COMMAND_INFO, 0);
	free(v);
}

/* -- who ---------------------------------------------------------------------------------------------------- */

static int draw_identity(const struct socket_view *s, const struct row *r, const struct pane *p, int y)
{
	const struct app *app = s->page.view.app;
	char text[512], comm[64];
	int x = 1;

	socket_value(app, r, "comm", comm, sizeof(comm));
	if (r->s.has & HAS_OWNER)
		snprintf(text, sizeof(text), "%s[%u]", comm, r->s.pid);
	else
		snprintf(text, sizeof(text), "owner unknown");
	pane_piece(p, y, &x, "", STYLE_TITLE, text);
	socket_value(app, r, "user", text, sizeof(text));
	pane_piece(p, y, &x, "", STYLE_TEXT, text);
	if (!*text) {
		socket_value(app, r, "uid", text, sizeof(text));
		pane_piece(p, y, &x, "uid ", STYLE_TEXT, text);
	}
	socket_ends(app, r, text, sizeof(text));
	/* On a narrow screen the addresses have a line of their own. */
	if (x + (int)text_width(text) > p->w) {
		y++;
		x = 1;
	}
	pane_cell(p, y, x, MAX(p->w - x, 1), false, STYLE_TEXT, text);
	x += (int)text_width(text) + 2;
	socket_value(app, r, "state", text, sizeof(text));
	if (x + 12 > p->w) {
		y++;
		x = 1;
	}
	pane_piece(p, y, &x, "", r->closed ? STYLE_CLOSED : STYLE_TITLE, text);
	socket_value(app, r, "state_us", text, sizeof(text));
	pane_piece(p, y, &x, "for ", STYLE_TEXT, text);
	pane_piece(p, y, &x, "", STYLE_TEXT, r->s.dir && r->s.dir != DIR_LISTEN ? dir_name(r->s.dir) : "");
	socket_value(app, r, "ifname", text, sizeof(text));
	pane_piece(p, y, &x, "dev ", STYLE_TEXT, text);
	socket_value(app, r, "netns", text, sizeof(text));
	pane_piece(p, y, &x, "netns ", STYLE_TEXT, text);
	socket_value(app, r, "cgroup", text, sizeof(text));
	pane_piece(p, y, &x, "cgroup ", STYLE_TEXT, text);
	return y + 1;
}

/* The verdict in as many lines as it needs. */
static int draw_verdict(const struct socket_view *s, const struct row *r, const struct pane *p, int y)
{
	char text[512];
	enum style style = socket_verdict(s->page.view.app, r, text, sizeof(text));

	return *text ? y + pane_wrap(p, y, 1, style, text) : y;
}

static int draw_facts(const struct socket_view *s, const struct row *r, const struct pane *p, int y)
{
	char text[64];
	int x = 1;

	if (r->s.has & HAS_OWNER)
		pane_piece(p, y, &x, "owner ", STYLE_TEXT, owner_name(r->s.owner));
	if ((r->s.has & HAS_OWNER) && r->s.owners > 1) {
		snprintf(text, sizeof(text), "%u processes", r->s.owners);
		pane_piece(p, y, &x, "held by ", STYLE_TEXT, text);
	}
	socket_value(s->page.view.app, r, "id", text, sizeof(text));
	pane_piece(p, y, &x, "id ", STYLE_TEXT, text);
	/* How long it has been opening stands beside its state. */
	if (!r->closed && r->s.state != STATE_SYN_SENT) {
		socket_value(s->page.view.app, r, "age_us", text, sizeof(text));
		pane_piece(p, y, &x, "age ", STYLE_TEXT, text);
	}
	return y + 1;
}

/* -- graphs ------------------------------------------------------------------------------------------------- */

static int draw_graphs(const struct app *app, const struct row *r, const struct pane *p, int y)
{
	static const struct panel panels[] = {
	    {"tx", "tx_rate", HISTORY_TX, STYLE_TX},
	    {"rx", "rx_rate", HISTORY_RX, STYLE_RX},
	    {"rtt", "rtt_us", HISTORY_RTT, STYLE_GRAPH},
	    {"cwnd", "cwnd", HISTORY_CWND, STYLE_GRAPH},
	    {"retransmits", "retrans", HISTORY_RETRANS, STYLE_WARN},
	};
	struct fields of = {app, &socket_table, app->model, r};

	return panels_draw(&of, r->history, panels, r->s.proto == IPPROTO_TCP ? ARRAY_SIZE(panels) : 2, p, y);
}

/* -- view --------------------------------------------------------------------------------------------------- */

static int draw_page(struct page_view *page, const struct pane *p, int y)
{
	struct socket_view *s = socket_of(&page->view);
	const struct app *app = page->view.app;
	const struct row *r = row_of(s);
	struct fields of = {app, &socket_table, app->model, r};

	y = draw_identity(s, r, p, y);
	y = draw_verdict(s, r, p, y);
	y = exchange_sentence_draw(&of, p, y);
	y = exchange_calls_draw(app->model, r, p, y);
	y = draw_facts(s, r, p, y);
	y = socket_draw_layers(app, r, p, y);
	y = draw_graphs(app, r, p, y + 1);
	y = socket_draw_port(app, r, &s->port, p, y - 1);
	y = socket_draw_story(app, &s->story, p, y);
	return socket_draw_fields(app, r, p, y);
}

static void draw(struct view *v, const struct pane *p)
{
	struct socket_view *s = socket_of(v);

	if (row_of(s))
		page_draw(&s->page, p, draw_page);
	else
		page_gone(&s->page, p, "this connection is gone and not kept any more");
}

const struct row *socket_find_peer(struct app *app, const struct row *r)
{
	const struct row *peer = model_peer(app->model, r);
	bool asked = app->nat_asked || !app->live;

	if (peer)
		return peer;
	app->nat_wanted = true;
	app_ask_needs(app);
	app_say(app, STYLE_WARN, "no other end of this is known on this machine%s",
		asked ? "" : " yet: once more in a moment, when translated addresses are known, too");
	return NULL;
}

/* Its page takes this one's place. */
static void turn_to_peer(struct socket_view *s)
{
	const struct row *r = row_of(s), *peer = r ? socket_find_peer(s->page.view.app, r) : NULL;

	if (!peer)
		return;
	s->id = peer->s.id;
	s->end.number = 0;
	s->page.scroll = 0;
	ask_details(s);
	look(s);
}

static void tick(struct view *v)
{
	look(socket_of(v));
}

static void open_rtt(const struct socket_view *s)
{
	const struct row *r = row_of(s);
	char id[64], filter[80], ends[160];

	if (!r)
		return;
	socket_value(s->page.view.app, r, "id", id, sizeof(id));
	snprintf(filter, sizeof(filter), "id = %s", id);
	socket_ends(s->page.view.app, r, ends, sizeof(ends));
	view_rtt_of(s->page.view.app, filter, ends);
}

static bool action(struct view *v, enum action a)
{
	switch (a) {
	case ACTION_PACKETS: app_open(v->app, &view_packets_class, socket_of(v)->id); return true;
	case ACTION_RTT: open_rtt(socket_of(v)); return true;
	case ACTION_PEER: turn_to_peer(socket_of(v)); return true;
	case ACTION_DETAILS: view_group_open_owner(v->app, row_of(socket_of(v))); return true;
	default: return page_action(v, a);
	}
}

/* Calls are measured, and redirected bytes counted, while somebody looks. */
static unsigned needs(struct view *v)
{
	const struct row *r = row_of(socket_of(v));

	if (!r)
		return 0;
	return (r->s.proto == IPPROTO_TCP && r->s.dir != DIR_LISTEN ? NEEDS_EXCHANGES : 0U) |
	       (r->s.flags & SOCKET_INTERCEPTED ? NEEDS_REDIRECTS : 0U);
}

const struct view_class view_socket_class = {
    .name = "socket",
    .title = "Socket",
    .help = "one socket: everything that is known of it",
    .scope = SCOPE_SOCKET,
    .open = open_view,
    .close = close_view,
    .draw = draw,
    .action = action,
    .mouse = page_mouse,
    .tick = tick,
    .needs = needs,
};
