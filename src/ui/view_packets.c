/* The view of a socket's packets: while it is open the kernel traces them. Opening, the lines, cursor, actions. Drawing
 * and search have files of their own. */
#include <errno.h>
#include <string.h>

#include "array.h"
#include "arm.h"
#include "clock.h"
#include "idmap.h"
#include "packet_table.h"
#include "packets_view.h"
#include "socket_table.h"
#include "text.h"
#include "wall.h"

/* -- lines --------------------------------------------------------------------------------------------------- */

const struct packet *packets_line(const struct packets_view *s, u32 i)
{
	const struct packets *p = model_packets(s->view.app->model);

	return i < s->count && s->rows[i] < packets_count(p) ? packets_at(p, s->rows[i]) : NULL;
}

void packets_keep_in_sight(struct packets_view *s)
{
	u32 height = MAX(s->height, 1U);

	s->cursor = s->count ? MIN(s->cursor, s->count - 1) : 0;
	if (s->cursor < s->top)
		s->top = s->cursor;
	if (s->cursor >= s->top + height)
		s->top = s->cursor - height + 1;
	if (s->top + height > s->count)
		s->top = s->count > height ? s->count - height : 0;
}

static void adopt(struct packets_view *s)
{
	const struct packet *p = packets_line(s, s->cursor);

	s->key = p ? p->serial : 0;
}

/* The packets of the last whole tick, and the cursor on the one where it was. Those that have come since have no
 * numbers yet; those that were pushed out since are gone at once. */
static void refresh(struct packets_view *s)
{
	struct model *m = s->view.app->model;
	const struct packets *p = model_packets(m);
	u64 taken = packets_counts(p).taken;
	u32 line = s->cursor - MIN(s->top, s->cursor), at = IDMAP_NONE;

	if (taken == s->taken && model_generation(m) == s->generation)
		return;
	s->taken = taken;
	s->generation = model_generation(m);
	s->count = 0;
	/* Those of others would pass for the ones that were asked for. */
	if ((s->query && !s->id && !s->view.app->arm) ||
	    array_reserve(&s->rows, &s->room, (u32)packets_count(p), sizeof(*s->rows)) < 0)
		return;
	for (size_t i = 0; i < packets_count(p); i++) {
		const struct packet *x = packets_at(p, i);

		if ((s->id && x->r.id != s->id) || !packets_is_settled(p, x))
			continue;
		if (x->serial == s->key)
			at = s->count;
		s->rows[s->count++] = (u32)i;
	}
	if (s->follow)
		s->cursor = s->count ? s->count - 1 : 0;
	else if (at != IDMAP_NONE)
		s->cursor = at;
	s->top = s->cursor > line ? s->cursor - line : 0;
	packets_keep_in_sight(s);
	adopt(s);
}

void packets_move(struct packets_view *s, s64 to)
{
	if (!s->count)
		return;
	s->cursor = (u32)CLAMP(to, (s64)0, (s64)s->count - 1);
	/* Who goes to the end wants to see what comes. */
	s->follow = s->cursor == s->count - 1 && to >= (s64)s->cursor;
	packets_keep_in_sight(s);
	adopt(s);
}

/* -- opening ------------------------------------------------------------------------------------------------- */

static void close_view(struct view *v)
{
	struct packets_view *s = packets_of(v);

	app_trace(v->app, 0);
	free(s->rows);
	free(s);
}

/* Who it is, as long as it is known; afterwards what was known last stays. */
static void look(struct packets_view *s)
{
	const struct model *m = s->view.app->model;
	u32 index = s->id ? model_find(m, s->id) : IDMAP_NONE;
	const struct row *r = index == IDMAP_NONE ? NULL : model_row(m, index);
	char local[80], remote[80];

	if (s->id == ECHO_ID) {
		text_copy(s->who, sizeof(s->who), "icmp echo of this machine");
		return;
	}
	s->ended = s->id && (!r || r->closed);
	if (!r)
		return;
	column_format(table_find(&socket_table, "local"), m, r, local, sizeof(local));
	column_format(table_find(&socket_table, "remote"), m, r, remote, sizeof(remote));
	if (r->s.has & HAS_OWNER)
		snprintf(s->who, sizeof(s->who), "%.16s[%u]  %s %s%s%s", (const char *)r->s.comm, r->s.pid,
			 proto_name(r->s.proto), local, *remote ? " -> " : "", remote);
	else
		snprintf(s->who, sizeof(s->who), "%s %s%s%s", proto_name(r->s.proto), local, *remote ? " -> " : "",
			 remote);
}

static void trace(struct packets_view *s, u64 id)
{
	s->id = id;
	s->taken = UINT64_MAX;
	app_trace(s->view.app, id);
	/* Until the collector asks the kernel a tick may pass. */
	look(s);
	refresh(s);
}

/* --view packets --filter EXPR: the first socket for which it is true. */
static void pick(struct packets_view *s)
{
	u32 index = s->query && !s->id ? arm_first(s->view.app->model, s->query) : IDMAP_NONE;

	if (index != IDMAP_NONE)
		trace(s, model_row(s->view.app->model, index)->s.id);
}

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	struct packets_view *s = calloc(1, sizeof(*s));

	if (!s)
		return error_set(err, -ENOMEM, "out of memory");
	s->view.app = app;
	s->follow = true;
	s->height = 1;
	*v = &s->view;
	if (!arg && app->o->echo)
		arg = ECHO_ID;
	if (arg) {
		trace(s, arg);
		return 0;
	}
	s->query = app->o->whose;
	pick(s);
	s->taken = UINT64_MAX;
	refresh(s);
	return 0;
}

static void tick(struct view *v)
{
	struct packets_view *s = packets_of(v);

	pick(s);
	look(s);
	refresh(s);
}

/* -- export -------------------------------------------------------------------------------------------------- */

static int file_accept(void *ctx, const char *text, struct query_error *err)
{
	struct app *app = ctx;
	struct error why = {};
	char count[48];
	int r;

	if (!*text) {
		text_copy(err->text, sizeof(err->text), "a name is needed");
		return -EINVAL;
	}
	r = app->o->write_packets(text, app->model, app->export_id, &why);
	if (r < 0) {
		text_copy(err->text, sizeof(err->text), *why.text ? why.text : strerror(-r));
		err->column = 0;
		return r;
	}
	table_counted(&packet_table, (u64)r, count, sizeof(count));
	app_say(app, STYLE_TEXT, "written: %s, %s", text, count);
	return 0;
}

void packets_ask_file(struct app *app, u64 id)
{
	static const struct prompt_ops ops = {file_accept, NULL, NULL};
	char name[64];

	if (!app->o->write_packets) {
		app_say(app, STYLE_WARN, "no capture files here");
		return;
	}
	app->export_id = id;
	wall_file_name(name, sizeof(name), clock_ns(CLOCK_REALTIME), ".pcapng");
	prompt_open(&app->prompt, "export", "all packets that are kept, as pcapng for Wireshark", name, &ops, app,
		    &app->files);
}

/* -- actions ------------------------------------------------------------------------------------------------- */

static void open_packet(struct packets_view *s)
{
	struct error err = {};

	if (s->key && app_push(s->view.app, &view_packet_class, s->key, &err) < 0)
		app_say(s->view.app, STYLE_ERROR, "%s", err.text);
}

static void follow(struct packets_view *s)
{
	s->follow = !s->follow;
	if (s->follow)
		packets_move(s, (s64)s->count);
}

static bool back(struct packets_view *s)
{
	if (!*s->needle)
		return false;
	s->needle[0] = '\0';
	s->searching = false;
	return true;
}

static bool action(struct view *v, enum action a)
{
	struct packets_view *s = packets_of(v);
	s64 page = MAX((s64)s->height - 1, 1), at = s->cursor;

	switch (a) {
	case ACTION_UP: packets_move(s, at - 1); return true;
	case ACTION_DOWN: packets_move(s, at + 1); return true;
	case ACTION_PAGE_UP: packets_move(s, at - page); return true;
	case ACTION_PAGE_DOWN: packets_move(s, at + page); return true;
	case ACTION_HOME: packets_move(s, 0); return true;
	case ACTION_END: packets_move(s, (s64)s->count); return true;
	case ACTION_OPEN: open_packet(s); return true;
	case ACTION_BACK: return back(s);
	case ACTION_SEARCH: packets_ask_search(s); return true;
	case ACTION_SEARCH_NEXT: packets_search_again(s, 1); return true;
	case ACTION_SEARCH_PREV: packets_search_again(s, -1); return true;
	case ACTION_FOLLOW: follow(s); return true;
	case ACTION_EXPORT: packets_ask_file(v->app, s->id); return true;
	default: return false;
	}
}

static void mouse(struct view *v, const struct mouse *m)
{
	struct packets_view *s = packets_of(v);
	int first = v->pane.h - (int)s->height;
	u32 line;

	if (m->kind != MOUSE_PRESS) {
		packets_move(s, (s64)s->cursor + (m->kind == MOUSE_WHEEL_UP ? -3 : 3));
		return;
	}
	if (m->y < first)
		return;
	line = s->top + (u32)(m->y - first);
	if (line >= s->count)
		return;
	if (line == s->cursor)
		open_packet(s);
	else
		packets_move(s, line);
}

static bool work(struct view *v, u64 budget_ns)
{
	return packets_search_work(packets_of(v), budget_ns);
}

static void answer(struct view *v, u64 budget_ns)
{
	packets_search_work(packets_of(v), budget_ns);
}

static void draw(struct view *v, const struct pane *p)
{
	struct packets_view *s = packets_of(v);

	refresh(s);
	packets_draw(v, p);
}

const struct view_class view_packets_class = {
    .name = "packets",
    .title = "Packets",
    .help = "one socket's packets, stage by stage, while it is open",
    .scope = SCOPE_PACKETS,
    .words = words_packets,
    .warm_up = 3,
    .top = true,
    .table = &packet_table,
    .traces = true,
    .open = open_view,
    .close = close_view,
    .draw = draw,
    .action = action,
    .mouse = mouse,
    .tick = tick,
    .work = work,
    .answer = answer,
};
