/* What the view of packets draws beside its table: who is traced, what was not kept, the legend, and the stages of each
 * packet as a bar. */
#include "packets_view.h"

#include "arm.h"
#include "packet_table.h"
#include "units.h"

static struct packets_sight look(const struct table_view *s)
{
	struct packets_sight sight = {};

	for (u32 i = 0; i < s->height; i++) {
		const struct packet *at = table_view_line(s, s->top + i).row;
		struct packet_times t;

		if (!at)
			continue;
		packet_times(&at->r, &t);
		sight.most = MAX(sight.most, t.total_ns);
		sight.merged[packet_is_tx(&at->r)] |= t.merged;
	}
	return sight;
}

/* -- the head ------------------------------------------------------------------------------------------------ */

/* Draws a piece if it fits; the first one is cut. */
static void piece(const struct pane *p, int y, int *x, enum style style, const char *fmt, ...) printf_like(5, 6);

static void piece(const struct pane *p, int y, int *x, enum style style, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int width;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	width = (int)text_width(text);
	if (*x > 1 && *x + width > p->w)
		return;
	pane_cell(p, y, *x, MIN(width, p->w - *x), false, style, text);
	*x += width + 2;
}

static void draw_who(const struct packets_view *s, const struct pane *p)
{
	const struct app *app = s->table.view.app;
	const struct packet *at = table_view_selected(&s->table);
	char owner[PACKET_TEXT], ends[PACKET_TEXT];
	int x = 1;

	if (s->id) {
		piece(p, 0, &x, STYLE_TITLE, "%s", *s->who ? s->who : "a socket that is gone");
		if (s->ended)
			piece(p, 0, &x, STYLE_CLOSED, "ended");
		if (s->id == ECHO_ID && at && packet_ends_text(&at->r, false, ends, sizeof(ends)))
			piece(p, 0, &x, STYLE_TEXT, "%s", ends);
	} else if (at) {
		packet_owner_text(app->model, &at->r, owner, sizeof(owner));
		packet_ends_text(&at->r, false, ends, sizeof(ends));
		piece(p, 0, &x, STYLE_TITLE, "%s%s%s %s", owner, *owner ? "  " : "", proto_name(at->r.proto), ends);
	}
	if (app->arm)
		piece(p, 0, &x, STYLE_LABEL, "armed by %s", arm_text(app->arm));
}

static uint32_t part_char(const struct table_view *s, bool tx, unsigned part)
{
	static const uint32_t shades[PACKET_PARTS] = {0x2591, 0x2592, 0x2593, 0x2588};

	/* Letters where there are no shades: m i t a, t i q n. */
	return s->view.app->charset == CHARSET_ASCII ? (uint32_t)packet_part_name(tx, part)[0] : shades[part];
}

/* Which shade is which part, up to how much time, and what this kernel does not stamp apart. */
static void draw_legend(const struct packets_view *s, const struct pane *p, int y)
{
	const struct packets_sight *sight = &s->sight;
	char n[UNITS_MAX];
	int x = 1;

	for (int tx = 0; tx < 2; tx++) {
		if (x + 34 > p->w)
			return;
		x += pane_put(p, y, x, -1, STYLE_LABEL, tx ? "tx" : "rx") + 1;
		for (unsigned i = 0; i < PACKET_PARTS; i++) {
			const char *name = packet_part_name(tx, i);

			pane_char(p, y, x++, STYLE_GRAPH, part_char(&s->table, tx, i));
			if (s->table.view.app->charset == CHARSET_ASCII)
				pane_char(p, y, x++, STYLE_LABEL, '=');
			x += pane_put(p, y, x, -1, STYLE_LABEL, name) + 1;
		}
		x++;
	}
	if (sight->most) {
		units_nsec(n, sight->most);
		piece(p, y, &x, STYLE_LABEL, "bar: 0 to %s", n);
	}
	for (unsigned i = 0; i < 2U * PACKET_PARTS; i++)
		if (sight->merged[i / PACKET_PARTS] & 1U << i % PACKET_PARTS)
			piece(p, y, &x, STYLE_DIM, "%s %s is within %s", i < PACKET_PARTS ? "rx" : "tx",
			      packet_part_name(i >= PACKET_PARTS, i % PACKET_PARTS),
			      packet_part_name(i >= PACKET_PARTS, i % PACKET_PARTS + 1));
}

void packets_above(struct table_view *table, const struct pane *p)
{
	struct packets_view *s = (struct packets_view *)table;

	s->sight = look(table);
	draw_who(s, p);
	draw_legend(s, p, 1);
}

/* -- what is not here ---------------------------------------------------------------------------------------- */

static void mark_number(const struct pane *p, int *x, int end, u64 count, const char *what)
{
	char n[UNITS_MAX], text[96];

	if (!count)
		return;
	units_grouped(n, count);
	snprintf(text, sizeof(text), "%s %s", n, what);
	table_view_mark(p, x, end, STYLE_WARN, text);
}

static const char *trace_words(const struct packets_view *s)
{
	const struct record_trace *t = packets_trace(model_packets(s->table.view.app->model));

	if (!s->table.view.app->live || (s->id && t->id == s->id))
		return NULL;
	if (s->id && !s->ended)
		return "trace not on yet";
	return t->id && !s->id ? "trace on" : "trace off";
}

void packets_alarms(const struct table_view *s, const struct pane *p, int *x, int end)
{
	struct packets_counts c = packets_counts(model_packets(s->view.app->model));
	char above[64], limit[UNITS_MAX];

	units_grouped(limit, c.limit);
	snprintf(above, sizeof(above), "above %s/s left out", limit);
	mark_number(p, x, end, c.lost, "lost");
	mark_number(p, x, end, c.limited, above);
	mark_number(p, x, end, c.unseen, "unseen");
	mark_number(p, x, end, c.pushed, "older not kept");
}

void packets_marks(const struct table_view *s, const struct pane *p, int *x, int end)
{
	const char *words = trace_words(packets_of(s));

	if (words)
		table_view_mark(p, x, end, STYLE_LABEL, words);
}

void packets_counts_text(const struct table_view *s, char *text, size_t size)
{
	char n[UNITS_MAX], of[UNITS_MAX];
	u32 all = list_examined(s->list);

	units_grouped(n, list_count(s->list));
	units_grouped(of, all);
	if (s->query)
		snprintf(text, size, "%s of %s packets", n, of);
	else
		snprintf(text, size, "%s packet%s", of, all == 1 ? "" : "s");
}

/* The payload of the tagged packets, and the time from the first of them to the last. */
void packets_tagged(const struct table_view *s, char *text, size_t size)
{
	u64 bytes = 0, first = UINT64_MAX, last = 0;
	char n[UNITS_MAX], apart[UNITS_MAX];

	for (size_t i = 0; i < s->tag_count; i++) {
		u32 slot = s->t->find(s->rows, s->tags[i]);
		const struct packet *at = slot == IDMAP_NONE ? NULL : s->t->row(s->rows, slot);

		if (!at)
			continue;
		bytes += at->r.payload;
		first = MIN(first, at->r.time_ns);
		last = MAX(last, at->r.time_ns);
	}
	units_grouped(n, bytes);
	units_nsec(apart, last - MIN(first, last));
	snprintf(text, size, "%s bytes, first to last %s", n, apart);
}

/* -- cells --------------------------------------------------------------------------------------------------- */

/* The parts in proportion: the whole bar is as long as the packet's time is of the longest in sight. */
static void draw_bar(const struct table_view *s, const struct packet *at, const struct pane *p, int y, int x, int w)
{
	struct packet_times t;
	u64 end = 0, most = packets_of(s)->sight.most;
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

bool packets_cell(const struct table_view *s, const struct column *c, const void *row, const struct pane *p, int y,
		  int x, int w)
{
	if (packet_cell(c) != PACKET_CELL_STAGES)
		return false;
	draw_bar(s, row, p, y, x, w);
	return true;
}

enum style packets_style(const struct table_view *s, const struct column *c, const void *row, enum style style)
{
	const struct packet *at = row;

	(void)s;
	if (packet_cell(c) != PACKET_CELL_DIR)
		return style;
	return packet_is_tx(&at->r) ? STYLE_TX : STYLE_RX;
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

bool packets_nothing(const struct table_view *table, const struct pane *p, int y)
{
	const struct packets_view *s = packets_of(table);
	const struct app *app = table->view.app;
	const struct record_feature *f = refused(app->model);
	int x = p->w >= 40 ? 2 : 0;
	char key[32];

	/* It is the filter that hides them. */
	if (list_examined(table->list))
		return false;
	if (f && (s->id || app->arm)) {
		pane_put(p, y, x, -1, STYLE_WARN, "packets cannot be traced here");
		pane_printf(p, y + 1, x, STYLE_LABEL, "%.32s: %.256s", (const char *)f->name, (const char *)f->reason);
		view_draw_doctor(p, y + 3, x);
	} else if (s->id && app->live && !s->ended) {
		pane_printf(p, y, x, STYLE_LABEL, "waiting for a packet of %s", s->who);
	} else if (s->id) {
		pane_printf(p, y, x, STYLE_LABEL,
			    app->live ? "it ended before a packet came" : "the recording holds no packet of it yet");
	} else if (app->arm || s->whose) {
		pane_printf(p, y, x, STYLE_LABEL, "waiting for a socket with %s",
			    app->arm ? arm_text(app->arm) : app->o->whose_text);
	} else {
		keymap_text(&app->keymap, ACTION_PACKETS, " ", key, sizeof(key));
		pane_put(p, y, x, -1, STYLE_TEXT, "no socket is traced");
		pane_printf(p, y + 2, x, STYLE_LABEL, "%s on a socket, or in its view, traces its packets", key);
		pane_put(p, y + 3, x, -1, STYLE_LABEL, "--arm EXPR traces the sockets for which EXPR comes true");
	}
	return true;
}
