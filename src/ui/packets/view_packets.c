/* The view of a socket's packets, or of all that were kept: a table; while it is open the kernel traces them. Whose
 * they are, and what its keys do. What it draws itself has a file of its own. */
#include <errno.h>

#include "arm.h"
#include "idmap.h"
#include "packet_table.h"
#include "packets_view.h"
#include "socket_text.h"
#include "text.h"
#include "view_packets.h"

/* -- whose --------------------------------------------------------------------------------------------------- */

/* Who it is, as long as it is known; afterwards what was known last stays. */
static void look(struct packets_view *s)
{
	const struct app *app = s->table.view.app;
	u32 index = s->id ? model_find(app->model, s->id) : IDMAP_NONE;
	const struct row *r = index == IDMAP_NONE ? NULL : model_row(app->model, index);
	char ends[200];

	if (s->id == ECHO_ID) {
		text_copy(s->who, sizeof(s->who), "icmp echo of this machine");
		return;
	}
	s->ended = s->id && (!r || r->closed);
	if (!r)
		return;
	socket_ends(app, r, ends, sizeof(ends));
	if (r->s.has & HAS_OWNER)
		snprintf(s->who, sizeof(s->who), "%.16s[%u]  %s", (const char *)r->s.comm, r->s.pid, ends);
	else
		text_copy(s->who, sizeof(s->who), ends);
}

/* As long as it is waited for a socket, those of others would pass for the ones that were asked for. */
static bool is_wanted(const void *view, const void *row)
{
	const struct packets_view *s = view;

	return s->id ? ((const struct packet *)row)->r.id == s->id : !s->whose || s->table.view.app->arm;
}

static void trace(struct packets_view *s, u64 id)
{
	s->id = id;
	app_trace(s->table.view.app, id);
	look(s);
	list_set_only(s->table.list, is_wanted, s);
	table_view_restart(&s->table, true);
}

/* --view packets --filter EXPR: the first socket for which it is true. */
static void pick(struct packets_view *s)
{
	const struct model *m = s->table.view.app->model;
	u32 index = s->whose && !s->id ? arm_first(m, s->whose) : IDMAP_NONE;

	if (index != IDMAP_NONE)
		trace(s, model_row(m, index)->s.id);
}

/* -- export -------------------------------------------------------------------------------------------------- */

static int file_accept(void *ctx, const char *text, struct query_error *err)
{
	struct app *app = ctx;
	struct error why = {};
	char count[48];
	int r;

	if (!*text)
		return setup_file_refused(err, -EINVAL, "a name is needed");
	r = app->o->write_packets(text, app->model, app->export_id, &why);
	if (r < 0)
		return setup_file_refused(err, r, why.text);
	table_counted(&packet_table, (u64)r, count, sizeof(count));
	app_say(app, STYLE_TEXT, "written: %s, %s", text, count);
	return 0;
}

/* The name of a file for the packets of a socket; id 0: for all. */
static void ask_file(struct app *app, u64 id)
{
	static const struct prompt_ops ops = {file_accept, NULL, NULL};

	if (!app->o->write_packets) {
		app_say(app, STYLE_WARN, "no capture files here");
		return;
	}
	app->export_id = id;
	setup_ask_name(app, "export", "all packets that are kept, as pcapng for Wireshark", ".pcapng", &ops);
}

/* -- the view ------------------------------------------------------------------------------------------------ */

static void open_packet(struct table_view *s, const void *row)
{
	app_open(s->view.app, &view_packet_class, ((const struct packet *)row)->serial);
}

/* Of all packets, those of the socket of the one under the cursor. */
static void open_socket(struct table_view *s)
{
	const struct packet *at = table_view_selected(s);

	if (packets_of(s)->id)
		app_say(s->view.app, STYLE_TEXT, "these are the packets of one socket");
	else if (at)
		app_open(s->view.app, &view_packets_class, at->r.id);
}

static bool action(struct table_view *s, enum action a)
{
	switch (a) {
	case ACTION_PACKETS: open_socket(s); return true;
	case ACTION_EXPORT: ask_file(s->view.app, packets_of(s)->id); return true;
	default: return false;
	}
}

static const struct table_view_ops ops = {
    .size = sizeof(struct packets_view),
    .lines = PACKETS_LINES,
    .open = open_packet,
    .above = packets_above,
    .cell = packets_cell,
    .alarms = packets_alarms,
    .marks = packets_marks,
    .tagged = packets_tagged,
    .counts = packets_counts_text,
    .nothing = packets_nothing,
    .style = packets_style,
    .action = action,
};

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	const struct table *t = (arg ? arg == ECHO_ID : app->o->echo) ? &echo_table : &packet_table;
	int r = table_view_open(v, app, &view_packets_class, t, app->model, &ops, err);
	struct packets_view *s;

	if (r < 0)
		return r;
	s = (struct packets_view *)*v;
	s->whose = arg ? NULL : app->o->whose;
	trace(s, !arg && app->o->echo ? ECHO_ID : arg);
	pick(s);
	return 0;
}

static void close_view(struct view *v)
{
	app_trace(v->app, 0);
	table_view_close(v);
}

static void tick(struct view *v)
{
	struct packets_view *s = (struct packets_view *)v;

	pick(s);
	look(s);
	table_view_tick(v);
}

const struct view_class view_packets_class = {
    .name = "packets",
    .title = "Packets",
    .help = "one socket's packets, stage by stage, while it is open",
    .scope = SCOPE_LIST | SCOPE_PACKETS,
    .words = words_packets,
    .warm_up = 3,
    .top = true,
    .table = &packet_table,
    .traces = true,
    .open = open_view,
    .close = close_view,
    .draw = table_view_draw,
    .action = table_view_action,
    .mouse = table_view_mouse,
    .tick = tick,
    .look_at = table_view_look_at,
    .work = table_view_work,
    .answer = table_view_answer,
    .needs = table_view_needs,
};
