/* The JSON format: one object per line, a tick line first. Unknown values are absent. */
#include "json.h"

#include <string.h>

#include "layer_head.h"
#include "text.h"
#include "writer.h"

#define REPLACEMENT 0xfffdU

static void put_char(struct buf *out, const char *s, size_t n, u32 c)
{
	if (c == '"' || c == '\\')
		buf_putc(out, '\\');
	if (c < 0x20 || c == 0x7f)
		buf_printf(out, "\\u%04x", (unsigned)c);
	else if (c == REPLACEMENT && n == 1)
		buf_puts(out, "\xef\xbf\xbd");
	else
		buf_put(out, s, n);
}

/* How many bytes from here on stand for themselves. */
static size_t plain_bytes(const char *text)
{
	size_t n = 0;

	while (text[n] >= ' ' && text[n] < 0x7f && text[n] != '"' && text[n] != '\\')
		n++;
	return n;
}

void json_put_string(struct buf *out, const char *text)
{
	size_t len = strlen(text), n;
	u32 c = 0;

	buf_putc(out, '"');
	for (; (n = text_decode(text, len, &c)) > 0; text += n, len -= n) {
		size_t plain = plain_bytes(text);

		if (plain)
			buf_put(out, text, n = plain);
		else
			put_char(out, text, n, c);
	}
	buf_putc(out, '"');
}

static void put_name(struct buf *out, const struct column *c)
{
	buf_puts(out, ",\"");
	buf_puts(out, c->name);
	buf_puts(out, "\":");
}

static void put_list(struct buf *out, const struct page *p, const struct column *c, const void *row, size_t n)
{
	char text[CELL_MAX];

	for (size_t i = 0; i < n; i++) {
		buf_putc(out, i ? ',' : '[');
		c->item(p->picture, row, i, text, sizeof(text));
		json_put_string(out, text);
	}
	buf_putc(out, ']');
}

/* The value, after its name where that is wanted. false: it is not known, and nothing is appended. */
static bool put_cell(struct buf *out, const struct page *p, const struct column *c, const void *row, bool named)
{
	char cell[CELL_MAX];
	struct value v;

	if (c->unit == UNIT_LIST) {
		if (!c->get(c, p->picture, row, &v))
			return false;
		if (named)
			put_name(out, c);
		put_list(out, p, c, row, v.integer);
		return true;
	}
	if (!column_print(c, p->picture, row, cell, sizeof(cell)))
		return false;
	if (named)
		put_name(out, c);
	if (column_is_number(c))
		buf_puts(out, cell);
	else
		json_put_string(out, cell);
	return true;
}

bool json_put_cell(struct buf *out, const struct page *p, const struct column *c, const void *row)
{
	return put_cell(out, p, c, row, false);
}

static void put_value(struct buf *out, const struct page *p, const struct column *c, const void *row)
{
	put_cell(out, p, c, row, true);
}

/* Columns that the screen shows as text are objects here. */
static void put_object(struct buf *out, const struct page *p, const struct column *c, const void *row)
{
	size_t len = buf_len(out);

	put_name(out, c);
	if (!c->object(p->picture, row, out) && !out->failed)
		out->end = out->start + len;
}

/* The alarms of the tick, which are the model's, whatever the rows are of. */
static void put_events(struct buf *out, const struct page *p)
{
	struct page events = *p;
	const struct layer_event *e;
	u64 number = p->events;

	events.picture = p->m;
	while ((e = page_next_event(p, &number))) {
		buf_printf(out, "{\"type\":\"%s\"", layer_event_table.name);
		table_each (&layer_event_table, c)
			put_value(out, &events, c, e);
		buf_puts(out, "}\n");
	}
}

static void json_head(struct buf *out, const struct page *p)
{
	json_put_tick(out, p);
	if (!p->t->events)
		put_events(out, p);
}

static void json_row(struct buf *out, const struct page *p, const void *row)
{
	buf_printf(out, "{\"type\":\"%s\"", page_type(p, row));
	for (size_t i = 0; i < p->columns->count; i++)
		(p->columns->at[i]->object ? put_object : put_value)(out, p, p->columns->at[i], row);
	buf_puts(out, "}\n");
}

const struct writer writer_json = {.head = json_head, .row = json_row};
