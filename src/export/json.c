/* The JSON format: one object per line, a tick line first. What is not known is absent. */
#include "json.h"

#include <string.h>

#include "layer_rows.h"
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

void json_put_string(struct buf *out, const char *text)
{
	size_t len = strlen(text), n;
	u32 c = 0;

	buf_putc(out, '"');
	for (; (n = text_decode(text, len, &c)) > 0; text += n, len -= n)
		put_char(out, text, n, c);
	buf_putc(out, '"');
}

static void json_head(struct buf *out, const struct page *p)
{
	json_put_tick(out, p);
	json_put_events(out, p);
}

/* When the connection ended, unix seconds: not a column, as it is told once and has no unit of theirs. */
static void put_end(struct buf *out, const struct model *m, const struct row *r)
{
	u64 ns = r->s.ended_ns ? model_realtime(m, r->s.ended_ns) : 0;

	if (!ns)
		return;
	buf_puts(out, ",\"ended_at\":");
	put_unix_time(out, ns);
}

/* What the screen shows as bars is an object here. */
static void put_layers(struct buf *out, const struct model *m, const struct row *r)
{
	size_t len = buf_len(out);

	buf_puts(out, ",\"layers\":");
	if (!json_put_layers(out, m, row_layers(m, r)) && !out->failed)
		out->end = out->start + len;
}

static void json_row(struct buf *out, const struct page *p, const struct row *r)
{
	char cell[CELL_MAX];

	buf_puts(out, "{\"type\":\"socket\"");
	if (r->closed)
		put_end(out, p->m, r);
	for (size_t i = 0; i < p->columns->count; i++) {
		const struct column *c = p->columns->at[i];

		if (c->unit == UNIT_TEXT && strcmp(c->name, "layers") == 0) {
			put_layers(out, p->m, r);
			continue;
		}
		if (!column_print(c, p->m, r, cell, sizeof(cell)))
			continue;
		buf_puts(out, ",\"");
		buf_puts(out, c->name);
		buf_puts(out, "\":");
		if (column_is_number(c))
			buf_puts(out, cell);
		else
			json_put_string(out, cell);
	}
	buf_puts(out, "}\n");
}

const struct writer writer_json = {.head = json_head, .row = json_row};
