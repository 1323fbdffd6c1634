/* Drawing the packets: who is traced and what was not kept, the headings, and a line for each packet with its stages as
 * a bar. */
#include <inttypes.h>
#include <string.h>

#include "arm.h"
#include "packets_view.h"
#include "text.h"
#include "units.h"
#include "wall.h"

#define GUTTER 1 /* the column for the cursor's mark */

enum cell_kind {
	CELL_TIME,
	CELL_DIR,
	CELL_FLAGS,
	CELL_SEQ,
	CELL_ACK,
	CELL_LEN,
	CELL_WIN,
	CELL_LOCAL,
	CELL_REMOTE,
	CELL_DEVICES,
	CELL_BAR,
	CELL_TOTAL,
	CELL_NOTE,
	CELL_KINDS
};

/* In the order of the screen. What ranks highest goes first where room is short; 0 is not there. */
struct cell_info {
	const char *title;
	u8 width, wide; /* on screens of WIDE columns and more */
	bool right;
	u8 rank;
};

static const struct cell_info socket_infos[CELL_KINDS] = {
    [CELL_TIME] = {"TIME", 12, 15, false, 1},       [CELL_DIR] = {"DIR", 3, 3, false, 2},
    [CELL_FLAGS] = {"FLAGS", 5, 5, false, 5},       [CELL_SEQ] = {"SEQ", 11, 11, true, 8},
    [CELL_ACK] = {"ACK", 11, 11, true, 9},          [CELL_LEN] = {"LEN", 5, 6, true, 4},
    [CELL_WIN] = {"WIN", 5, 5, true, 11},           [CELL_REMOTE] = {"REMOTE", 21, 21, false, 12},
    [CELL_DEVICES] = {"DEVICES", 9, 11, false, 10}, [CELL_BAR] = {"STAGES", 8, 10, false, 7},
    [CELL_TOTAL] = {"TOTAL", 6, 6, true, 3},        [CELL_NOTE] = {"NOTE", 20, 20, false, 6},
};

/* ICMP echo: of any two hosts, without acknowledgement and window. */
static const struct cell_info echo_infos[CELL_KINDS] = {
    [CELL_TIME] = {"TIME", 12, 15, false, 1},     [CELL_DIR] = {"DIR", 3, 3, false, 2},
    [CELL_FLAGS] = {"TYPE", 5, 5, false, 5},      [CELL_SEQ] = {"SEQ", 5, 6, true, 6},
    [CELL_LEN] = {"LEN", 5, 6, true, 10},         [CELL_LOCAL] = {"LOCAL", 15, 15, false, 9},
    [CELL_REMOTE] = {"REMOTE", 15, 15, false, 4}, [CELL_DEVICES] = {"DEVICES", 9, 11, false, 11},
    [CELL_BAR] = {"STAGES", 6, 10, false, 8},     [CELL_TOTAL] = {"TOTAL", 6, 6, true, 3},
    [CELL_NOTE] = {"NOTE", 20, 20, false, 7},
};

static const struct cell_info *infos_of(const struct packets_view *s)
{
	return s->id == ECHO_ID ? echo_infos : socket_infos;
}

#define WIDE 110
#define BAR_MOST 32
#define NOTE_ENOUGH 48

/* Where each column stands; width 0: not shown. */
struct plan {
	int x[CELL_KINDS], width[CELL_KINDS];
};

static void make_plan(const struct packets_view *s, int room, struct plan *plan)
{
	const struct cell_info *infos = infos_of(s);
	int used = 0, x = GUTTER, spare;

	*plan = (struct plan){};
	for (int rank = 1; rank <= CELL_KINDS; rank++) {
		for (int k = 0; k < CELL_KINDS; k++) {
			int w = room >= WIDE ? infos[k].wide : infos[k].width;

			/* Of one socket, the remote end stands in the head. */
			if (infos[k].rank != rank || (k == CELL_REMOTE && s->id && s->id != ECHO_ID))
				continue;
			if (used + w + 1 <= room - GUTTER + 1 || rank == 1) {
				plan->width[k] = rank == 1 ? MIN(w, MAX(room - GUTTER, 1)) : w;
				used += w + 1;
			}
		}
	}
	spare = MAX(room - GUTTER + 1 - used, 0);
	/* The note first, then the bar, then the note again. */
	if (plan->width[CELL_NOTE]) {
		int more = CLAMP(NOTE_ENOUGH - plan->width[CELL_NOTE], 0, spare), bar = 0;

		if (plan->width[CELL_BAR])
			bar = CLAMP(BAR_MOST - plan->width[CELL_BAR], 0, spare - more);
		plan->width[CELL_BAR] += bar;
		plan->width[CELL_NOTE] += spare - bar;
	}
	for (int k = 0; k < CELL_KINDS; k++) {
		plan->x[k] = x;
		x += plan->width[k] ? plan->width[k] + 1 : 0;
	}
}

/* -- texts --------------------------------------------------------------------------------------------------- */

static void relative_text(bool known, s64 n, char *text, size_t size)
{
	char digits[UNITS_MAX];

	*text = '\0';
	if (!known)
		return;
	units_grouped(digits, (u64)(n < 0 ? -n : n));
	/* Beyond a gigabyte the column has no room for the commas. */
	if (n > 999999999 || n < -99999999)
		snprintf(text, size, "%" PRId64, n);
	else
		snprintf(text, size, "%s%s", n < 0 ? "-" : "", digits);
}

static void total_text(const struct packet *p, char *text)
{
	struct packet_times t;

	packet_times(&p->r, &t);
	*text = '\0';
	if (t.known)
		packet_duration(text, t.total_ns);
}

static void remote_text(const struct packet *p, char *text, size_t size)
{
	char ends[PACKET_TEXT];
	const char *arrow;

	packet_ends_text(&p->r, false, ends, sizeof(ends));
	arrow = strstr(ends, " -> ");
	text_copy(text, size, arrow ? arrow + 4 : ends);
}

static void local_text(const struct packet *p, char *text, size_t size)
{
	char ends[PACKET_TEXT];
	size_t n = packet_ends_text(&p->r, false, ends, sizeof(ends));
	const char *arrow = strstr(ends, " -> ");

	snprintf(text, size, "%.*s", (int)(arrow ? (size_t)(arrow - ends) : n), ends);
}

/* text has PACKET_TEXT bytes. */
static void cell_text(const struct packets_view *s, const struct packet *p, enum cell_kind k, bool fine, char *text)
{
	const struct model *m = s->view.app->model;
	const struct record_packet *r = &p->r;

	*text = '\0';
	switch (k) {
	case CELL_TIME: wall_clock(text, PACKET_TEXT, model_realtime(m, r->time_ns), fine ? 6 : 3); break;
	case CELL_DIR: text_copy(text, PACKET_TEXT, packet_is_tx(r) ? "tx" : "rx"); break;
	case CELL_FLAGS: packet_flags_text(r, text, PACKET_TEXT); break;
	case CELL_SEQ:
		relative_text(p->marks & PACKET_HAS_SEQ || packet_is_echo(r),
			      packet_is_echo(r) ? r->echo_seq : p->rel_seq, text, PACKET_TEXT);
		break;
	case CELL_ACK: relative_text(p->marks & PACKET_HAS_ACK, p->rel_ack, text, PACKET_TEXT); break;
	case CELL_LEN: snprintf(text, PACKET_TEXT, "%" PRIu32, r->payload); break;
	case CELL_WIN:
		if (r->proto == IPPROTO_TCP)
			units_count(text, r->window);
		break;
	case CELL_LOCAL:
		if (s->id == ECHO_ID)
			local_text(p, text, PACKET_TEXT);
		break;
	case CELL_REMOTE: remote_text(p, text, PACKET_TEXT); break;
	case CELL_DEVICES: packet_devices_text(m, r, text, PACKET_TEXT); break;
	case CELL_TOTAL: total_text(p, text); break;
	case CELL_NOTE: packet_note(m, p, text, PACKET_TEXT); break;
	default: break;
	}
}

void packets_line_text(const struct packets_view *s, const struct packet *p, char *text, size_t size)
{
	char cell[PACKET_TEXT];

	*text = '\0';
	for (int k = 0; k < CELL_KINDS; k++) {
		cell_text(s, p, (enum cell_kind)k, true, cell);
		if (*cell)
			text_join(text, size, "  ", "%s", cell);
	}
}

/* -- the head ------------------------------------------------------------------------------------------------ */

/* Draws a piece if it fits. */
static void piece(const struct pane *p, int y, int *x, enum style style, const char *fmt, ...) printf_like(5, 6);

static void piece(const struct pane *p, int y, int *x, enum style style, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (*x > 1 && *x + (int)text_width(text) > p->w)
		return;
	*x += pane_put(p, y, *x, -1, style, text) + 2;
}

static void draw_who(const struct packets_view *s, const struct pane *p, int y)
{
	const struct packet *at = packets_line(s, s->cursor);
	const struct model *m = s->view.app->model;
	const struct arm *arm = s->view.app->arm;
	char owner[PACKET_TEXT], ends[PACKET_TEXT];
	int x = 1;

	if (s->id) {
		piece(p, y, &x, STYLE_TITLE, "%s", *s->who ? s->who : "a socket that is gone");
		if (s->ended)
			piece(p, y, &x, STYLE_CLOSED, "ended");
		if (s->id == ECHO_ID && at && packet_ends_text(&at->r, false, ends, sizeof(ends)))
			piece(p, y, &x, STYLE_TEXT, "%s", ends);
	} else if (at) {
		packet_owner_text(m, &at->r, owner, sizeof(owner));
		packet_ends_text(&at->r, false, ends, sizeof(ends));
		piece(p, y, &x, STYLE_TITLE, "%s%s%s %s", owner, *owner ? "  " : "", proto_name(at->r.proto), ends);
	}
	if (arm)
		piece(p, y, &x, STYLE_LABEL, "armed by %s", arm_text(arm));
}

static void draw_counts(const struct packets_view *s, const struct pane *p, int y)
{
	const struct app *app = s->view.app;
	struct packets_counts c = packets_counts(model_packets(app->model));
	const struct record_trace *t = packets_trace(model_packets(app->model));
	char n[UNITS_MAX], of[UNITS_MAX];
	int x = 1;

	units_grouped(n, s->count);
	if (s->count && !s->follow) {
		units_grouped(of, s->cursor + 1);
		piece(p, y, &x, STYLE_TEXT, "%s of %s packets", of, n);
	} else {
		piece(p, y, &x, STYLE_TEXT, "%s packet%s", n, s->count == 1 ? "" : "s");
	}
	units_grouped(n, c.lost);
	piece(p, y, &x, c.lost ? STYLE_WARN : STYLE_DIM, "%s lost", n);
	units_grouped(n, c.limited);
	units_grouped(of, c.limit);
	if (c.limited)
		piece(p, y, &x, STYLE_WARN, "%s above %s/s not told", n, of);
	units_grouped(n, c.unseen);
	if (c.unseen)
		piece(p, y, &x, STYLE_WARN, "%s unseen", n);
	units_grouped(n, c.pushed);
	if (c.pushed)
		piece(p, y, &x, STYLE_WARN, "%s older not kept", n);
	if (app->live && (!s->id || t->id != s->id))
		piece(p, y, &x, STYLE_LABEL,
		      s->id && !s->ended ? "trace not on yet"
		      : t->id && !s->id  ? "trace on"
					 : "trace off");
	if (s->follow && s->count)
		piece(p, y, &x, STYLE_MARK, " follow ");
	if (*s->needle)
		piece(p, y, &x, STYLE_LABEL, "find \"%.40s\"%s", s->needle, s->searching ? " …" : "");
}

static uint32_t part_char(const struct packets_view *s, bool tx, unsigned part)
{
	static const uint32_t shades[PACKET_PARTS] = {0x2591, 0x2592, 0x2593, 0x2588};

	/* Letters where there are no shades: m i t a, t i q n. */
	return s->view.app->charset == CHARSET_ASCII ? (uint32_t)packet_part_name(tx, part)[0] : shades[part];
}

/* Which shade is which part, up to how much time, and what this kernel does not stamp apart. */
static void draw_legend(const struct packets_view *s, const struct pane *p, int y, u64 most, const unsigned merged[2])
{
	char n[UNITS_MAX];
	int x = 1;

	for (int tx = 0; tx < 2; tx++) {
		if (x + 34 > p->w)
			return;
		x += pane_put(p, y, x, -1, STYLE_LABEL, tx ? "tx" : "rx") + 1;
		for (unsigned i = 0; i < PACKET_PARTS; i++) {
			const char *name = packet_part_name(tx, i);

			pane_char(p, y, x++, STYLE_GRAPH, part_char(s, tx, i));
			if (s->view.app->charset == CHARSET_ASCII)
				pane_char(p, y, x++, STYLE_LABEL, '=');
			x += pane_put(p, y, x, -1, STYLE_LABEL, name) + 1;
		}
		x++;
	}
	if (most) {
		packet_duration(n, most);
		piece(p, y, &x, STYLE_LABEL, "bar: 0 to %s", n);
	}
	for (unsigned i = 0; i < 2U * PACKET_PARTS; i++)
		if (merged[i / PACKET_PARTS] & 1U << i % PACKET_PARTS)
			piece(p, y, &x, STYLE_DIM, "%s %s is within %s", i < PACKET_PARTS ? "rx" : "tx",
			      packet_part_name(i >= PACKET_PARTS, i % PACKET_PARTS),
			      packet_part_name(i >= PACKET_PARTS, i % PACKET_PARTS + 1));
}

/* -- lines --------------------------------------------------------------------------------------------------- */

/* The parts in proportion: the whole bar is as long as the packet's time is of the longest in sight. */
static void draw_bar(const struct packets_view *s, const struct packet *at, u64 most, const struct pane *p, int y,
		     int x, int w)
{
	struct packet_times t;
	u64 end = 0;
	unsigned part = 0;
	int length;

	packet_times(&at->r, &t);
	if (!t.known || !most)
		return;
	length = (int)MAX((double)w * (double)t.total_ns / (double)most + 0.5, 1.0);
	length = MIN(length, w);
	/* Each cell shows the part that its middle lies in. */
	end = t.part_ns[0];
	for (int i = 0; i < length; i++) {
		double middle = (double)t.total_ns * ((double)i + 0.5) / (double)length;

		while (part + 1 < PACKET_PARTS && (!(t.known & 1U << part) || (double)end < middle))
			end += t.part_ns[++part];
		pane_char(p, y, x + i, STYLE_GRAPH, part_char(s, packet_is_tx(&at->r), part));
	}
}

static void show_match(const struct packets_view *s, const struct pane *p, int y, int x, int w, bool right,
		       const char *text)
{
	const char *hit = *s->needle ? packets_match(s, text) : NULL;
	int width = (int)text_width(text), before = 0;
	char head[PACKET_TEXT];

	if (!hit)
		return;
	snprintf(head, sizeof(head), "%.*s", (int)(hit - text), text);
	before = (int)text_width(head);
	if (before >= w) {
		pane_style(p, y, x, w, STYLE_MATCH);
		return;
	}
	pane_style(p, y, (right && width <= w ? x + w - width : x) + before,
		   MIN((int)text_width(s->needle), w - before), STYLE_MATCH);
}

static enum style cell_style(const struct packet *p, enum cell_kind k, const char *text)
{
	static const enum style severities[] = {STYLE_TEXT, STYLE_WARN, STYLE_ALARM};

	if (k == CELL_NOTE)
		return severities[packet_severity(p)];
	if (k == CELL_DIR)
		return packet_is_tx(&p->r) ? STYLE_TX : STYLE_RX;
	if (k == CELL_FLAGS && p->r.tcp_flags & TCP_RST && p->r.proto == IPPROTO_TCP)
		return STYLE_WARN;
	return strcmp(text, "0") == 0 ? STYLE_DIM : STYLE_TEXT;
}

static void draw_line(const struct packets_view *s, const struct plan *plan, u32 i, u64 most, const struct pane *p,
		      int y)
{
	const struct cell_info *infos = infos_of(s);
	const struct packet *at = packets_line(s, i);
	char text[PACKET_TEXT];

	for (int k = 0; at && k < CELL_KINDS; k++) {
		int x = plan->x[k], w = plan->width[k];

		if (!w)
			continue;
		if (k == CELL_BAR) {
			draw_bar(s, at, most, p, y, x, w);
			continue;
		}
		cell_text(s, at, (enum cell_kind)k, w >= infos[k].wide, text);
		if (k == CELL_REMOTE || k == CELL_LOCAL)
			pane_tail(p, y, x, w, STYLE_TEXT, text);
		else
			pane_cell(p, y, x, w, infos[k].right, cell_style(at, (enum cell_kind)k, text), text);
		show_match(s, p, y, x, w, infos[k].right, text);
	}
	if (i != s->cursor)
		return;
	pane_put(p, y, 0, 1, STYLE_TEXT, ">");
	pane_ground(p, y, 0, p->w, STYLE_SELECTED);
}

static void draw_heading(const struct packets_view *s, const struct plan *plan, const struct pane *p, int y)
{
	const struct cell_info *infos = infos_of(s);

	pane_fill(p, y, 0, p->w, STYLE_HEADING);
	for (int k = 0; k < CELL_KINDS; k++)
		if (plan->width[k])
			pane_cell(p, y, plan->x[k], plan->width[k], infos[k].right, STYLE_TEXT, infos[k].title);
}

/* -- nothing to show ----------------------------------------------------------------------------------------- */

/* Why this kernel cannot stamp packets at all; NULL: it can, or has not tried yet. */
static const struct record_feature *refused(const struct model *m)
{
	const struct record_feature *f;

	for (size_t i = 0; (f = model_feature(m, i)); i++)
		if (f->required && !f->hook[0] && strncmp((const char *)f->name, "stamp: ", 7) == 0)
			return f;
	return NULL;
}

static void draw_nothing(const struct packets_view *s, const struct pane *p, int y)
{
	const struct app *app = s->view.app;
	const struct record_feature *f = refused(app->model);
	int x = p->w >= 40 ? 2 : 0;
	char key[32];

	if (f && (s->id || app->arm)) {
		pane_put(p, y, x, -1, STYLE_WARN, "packets cannot be traced here");
		pane_printf(p, y + 1, x, STYLE_LABEL, "%.32s: %.256s; --doctor tells more", (const char *)f->name,
			    (const char *)f->reason);
	} else if (s->id && app->live && !s->ended) {
		pane_printf(p, y, x, STYLE_LABEL, "waiting for a packet of %s", s->who);
	} else if (s->id) {
		pane_printf(p, y, x, STYLE_LABEL,
			    app->live ? "it ended before a packet came" : "the recording holds no packet of it yet");
	} else if (app->arm || s->query) {
		pane_printf(p, y, x, STYLE_LABEL, "waiting for a socket with %s",
			    app->arm ? arm_text(app->arm) : app->o->whose_text);
	} else {
		keymap_text(&app->keymap, ACTION_PACKETS, " ", key, sizeof(key));
		pane_put(p, y, x, -1, STYLE_TEXT, "no socket is traced");
		pane_printf(p, y + 2, x, STYLE_LABEL, "%s on a socket, or in its view, traces its packets", key);
		pane_put(p, y + 3, x, -1, STYLE_LABEL, "--arm EXPR traces the sockets for which EXPR comes true");
	}
}

void packets_draw(struct view *v, const struct pane *p)
{
	struct packets_view *s = packets_of(v);
	unsigned merged[2] = {0, 0};
	struct plan plan;
	u64 most = 0;
	int y = p->h >= 12 ? PACKETS_HEAD_LINES : p->h >= 8 ? 2 : p->h >= 5 ? 1 : 0, heading;

	make_plan(s, p->w, &plan);
	heading = p->h >= 2 ? y : -1;
	s->height = (u32)MAX(p->h - y - (heading >= 0), 0);
	packets_keep_in_sight(s);
	for (u32 i = s->top; i < s->count && i - s->top < s->height; i++) {
		const struct packet *at = packets_line(s, i);
		struct packet_times t;

		if (!at)
			continue;
		packet_times(&at->r, &t);
		most = MAX(most, t.total_ns);
		merged[packet_is_tx(&at->r)] |= t.merged;
	}
	if (y >= 1)
		draw_who(s, p, 0);
	if (y >= 2)
		draw_counts(s, p, 1);
	if (y >= 3)
		draw_legend(s, p, 2, most, merged);
	if (heading >= 0)
		draw_heading(s, &plan, p, heading);
	y += heading >= 0;
	if (!s->count)
		draw_nothing(s, p, y);
	for (u32 i = 0; i < s->height && s->top + i < s->count; i++)
		draw_line(s, &plan, s->top + i, most, p, y + (int)i);
}
