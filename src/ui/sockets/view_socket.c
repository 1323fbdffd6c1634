/* The view of one socket: its owner, what holds it back, its history, and every field that is known. */
#include <errno.h>

#include "graph.h"
#include "idmap.h"
#include "page.h"
#include "socket.h"
#include "socket_text.h"
#include "text.h"
#include "units.h"
#include "view_packets.h"
#include "view_sockets.h"

struct socket_view {
	struct page_view page;
	u64 id;
	struct port port; /* of a listener */
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

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	struct socket_view *s = calloc(1, sizeof(*s));

	if (!s)
		return error_set(err, -ENOMEM, "out of memory");
	s->page.view.app = app;
	s->id = arg;
	ask_details(s);
	*v = &s->page.view;
	return 0;
}

static void close_view(struct view *v)
{
	if (!v->app->info_all)
		app_command(v->app, COMMAND_INFO, 0);
	free(v);
}

static const struct row *row_of(const struct socket_view *s)
{
	u32 index = model_find(s->page.view.app->model, s->id);
	const struct row *r = index == IDMAP_NONE ? NULL : model_row(s->page.view.app->model, index);

	return r && r->live ? r : NULL;
}

/* -- who ---------------------------------------------------------------------------------------------------- */

/* Draws a word and a value after each other if they fit; otherwise nothing. */
static void piece(const struct pane *p, int y, int *x, const char *word, enum style style, const char *value)
{
	int width = (int)(text_width(word) + text_width(value));

	if (!*value || *x + width > p->w)
		return;
	*x += pane_put(p, y, *x, -1, STYLE_LABEL, word);
	*x += pane_put(p, y, *x, -1, style, value) + 2;
}

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
	piece(p, y, &x, "", STYLE_TITLE, text);
	socket_value(app, r, "user", text, sizeof(text));
	piece(p, y, &x, "", STYLE_TEXT, text);
	if (!*text) {
		socket_value(app, r, "uid", text, sizeof(text));
		piece(p, y, &x, "uid ", STYLE_TEXT, text);
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
	piece(p, y, &x, "", r->closed ? STYLE_CLOSED : STYLE_TITLE, text);
	socket_value(app, r, "state_us", text, sizeof(text));
	piece(p, y, &x, "for ", STYLE_TEXT, text);
	piece(p, y, &x, "", STYLE_TEXT, r->s.dir && r->s.dir != DIR_LISTEN ? dir_name(r->s.dir) : "");
	socket_value(app, r, "ifname", text, sizeof(text));
	piece(p, y, &x, "dev ", STYLE_TEXT, text);
	socket_value(app, r, "netns", text, sizeof(text));
	piece(p, y, &x, "netns ", STYLE_TEXT, text);
	socket_value(app, r, "cgroup", text, sizeof(text));
	piece(p, y, &x, "cgroup ", STYLE_TEXT, text);
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
		piece(p, y, &x, "owner ", STYLE_TEXT, owner_name(r->s.owner));
	if ((r->s.has & HAS_OWNER) && r->s.owners > 1) {
		snprintf(text, sizeof(text), "%u processes", r->s.owners);
		piece(p, y, &x, "held by ", STYLE_TEXT, text);
	}
	socket_value(s->page.view.app, r, "id", text, sizeof(text));
	piece(p, y, &x, "id ", STYLE_TEXT, text);
	/* How long it has been opening stands beside its state. */
	if (!r->closed && r->s.state != STATE_SYN_SENT) {
		socket_value(s->page.view.app, r, "age_us", text, sizeof(text));
		piece(p, y, &x, "age ", STYLE_TEXT, text);
	}
	return y + 1;
}

/* -- graphs ------------------------------------------------------------------------------------------------- */

static const struct panel {
	const char *title, *column;
	enum history_kind kind;
	enum style style;
} panels[] = {
    {"tx", "tx_rate", HISTORY_TX, STYLE_TX},
    {"rx", "rx_rate", HISTORY_RX, STYLE_RX},
    {"rtt", "rtt_us", HISTORY_RTT, STYLE_GRAPH},
    {"cwnd", "cwnd", HISTORY_CWND, STYLE_GRAPH},
    {"retransmits", "retrans", HISTORY_RETRANS, STYLE_WARN},
};

static void top_text(enum rate_units units, enum history_kind kind, float max, char *text)
{
	*text = '\0';
	if (max <= 0)
		return;
	if (kind == HISTORY_RTT)
		units_usec(text, (uint64_t)max);
	else if (kind == HISTORY_RX || kind == HISTORY_TX)
		rate_short(units, (double)max, text);
	else
		units_rate(text, (double)max);
}

static void draw_panel(const struct socket_view *s, const struct row *r, const struct panel *panel,
		       const struct pane *p)
{
	const struct app *app = s->page.view.app;
	float samples[HISTORY_LEN];
	size_t n = graph_width_samples(app->charset, p->w);
	struct pane area = pane_part(p, 0, 1, p->w, p->h - 1);
	char text[128], top[UNITS_MAX];
	int x = 0;

	socket_value(app, r, panel->column, text, sizeof(text));
	piece(p, 0, &x, panel->title, STYLE_TEXT, " ");
	x--;
	piece(p, 0, &x, "", STYLE_TEXT, *text ? text : "-");
	graph_samples(r->history, panel->kind, samples, n);
	top_text(app->units, panel->kind, spark_max(samples, n), top);
	piece(p, 0, &x, "max ", STYLE_LABEL, top);
	graph_draw(&area, r->history, panel->kind, 0, app->charset, panel->style);
}

static int draw_graphs(const struct socket_view *s, const struct row *r, const struct pane *p, int y)
{
	int columns = p->w >= 110 ? (int)ARRAY_SIZE(panels) : p->w >= 66 ? 3 : p->w >= 44 ? 2 : 1;
	int width = (p->w - 1) / columns;
	int height = p->h >= 40 ? 5 : p->h >= 18 ? 3 : 2;

	if (!r->history)
		return y - 1;
	for (size_t i = 0; i < ARRAY_SIZE(panels); i++) {
		int at = y + (int)(i / (size_t)columns) * (height + 1);
		struct pane part = *p;

		if (r->s.proto != IPPROTO_TCP && panels[i].kind >= HISTORY_RTT)
			return at + (i % (size_t)columns ? height + 1 : 0);
		/* A panel that is partly scrolled out is drawn in place: the pane clips it. */
		part.x += 1 + (int)(i % (size_t)columns) * width;
		part.w = width - 2;
		part.h = height;
		if (at >= 0 && at + height <= p->h) {
			part.y += at;
			draw_panel(s, r, &panels[i], &part);
		}
	}
	return y + (int)((ARRAY_SIZE(panels) + (size_t)columns - 1) / (size_t)columns) * (height + 1);
}

/* -- view --------------------------------------------------------------------------------------------------- */

static int draw_page(struct page_view *page, const struct pane *p, int y)
{
	struct socket_view *s = socket_of(&page->view);
	const struct row *r = row_of(s);

	y = draw_identity(s, r, p, y);
	y = draw_verdict(s, r, p, y);
	y = draw_facts(s, r, p, y);
	y = socket_draw_states(s->page.view.app, r, p, y);
	y = socket_draw_layers(s->page.view.app, r, p, y);
	y = draw_graphs(s, r, p, y + 1);
	y = socket_draw_port(s->page.view.app, r, &s->port, p, y - 1);
	y = socket_draw_losses(s->page.view.app, r, p, y);
	return socket_draw_fields(s->page.view.app, r, p, y);
}

static void draw(struct view *v, const struct pane *p)
{
	struct socket_view *s = socket_of(v);
	char key[32];

	if (row_of(s)) {
		page_draw(&s->page, p, draw_page);
		return;
	}
	keymap_text(&v->app->keymap, ACTION_BACK, " ", key, sizeof(key));
	pane_printf(p, 0, 1, STYLE_LABEL, "this connection is gone and not kept any more; %s goes back", key);
	s->page.lines = 1;
}

const struct row *socket_find_peer(struct app *app, const struct row *r)
{
	const struct row *peer = model_peer(app->model, r);

	if (!peer)
		app_say(app, STYLE_WARN, "no other end of this is known on this machine");
	return peer;
}

/* Its page takes this one's place. */
static void turn_to_peer(struct socket_view *s)
{
	const struct row *r = row_of(s), *peer = r ? socket_find_peer(s->page.view.app, r) : NULL;

	if (!peer)
		return;
	s->id = peer->s.id;
	s->page.scroll = 0;
	ask_details(s);
}

static bool action(struct view *v, enum action a)
{
	switch (a) {
	case ACTION_PACKETS: app_open(v->app, &view_packets_class, socket_of(v)->id); return true;
	case ACTION_PEER: turn_to_peer(socket_of(v)); return true;
	default: return page_action(v, a);
	}
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
};
