/* The text format: aligned columns under a heading, units as on the screen, "-" for an unknown value. */
#include "text.h"

#include <string.h>

#include "layer_head.h"
#include "writer.h"

/* Events that come later cannot be measured: their columns have the width that they have on a wide screen. */
static size_t event_width(const struct table *t, const struct column *c)
{
	for (size_t i = 0; i < t->shown_count; i++)
		if (table_find(t, t->shown[i].name) == c)
			return t->shown[i].most > 30 ? 24 : t->shown[i].most;
	return c->flex ? 24 : c->width;
}

/* Columns that can grow get the width of their widest value; the others keep theirs. */
static void measure(const struct page *p)
{
	char cell[CELL_MAX], title[TITLE_MAX];

	for (size_t i = 0; i < p->columns->count; i++) {
		const struct column *c = p->columns->at[i];
		size_t width = MAX(p->t->events ? event_width(p->t, c) : (size_t)c->width,
				   text_width(table_title(p->t, c, title)));

		for (size_t k = 0; c->flex && !p->t->events && k < p->row_count; k++) {
			column_format(c, p->picture, p->t->row(p->picture, p->rows[k]), RATE_BYTES, cell, sizeof(cell));
			width = MAX(width, text_width(cell));
		}
		p->widths[i] = (u16)MIN(width, (size_t)UINT16_MAX);
	}
}

static void pad(struct buf *out, size_t n)
{
	void *room = n ? buf_room(out, n) : NULL;

	if (!room)
		return;
	memset(room, ' ', n);
	buf_grown(out, n);
}

/* Writes one cell. The last one of a line is not padded. */
static void put_cell(struct buf *out, const struct page *p, size_t i, const char *text)
{
	size_t used = text_width(text), gap = used < p->widths[i] ? p->widths[i] - used : 0;
	bool right = p->columns->at[i]->align == ALIGN_RIGHT, last = i + 1 == p->columns->count;

	if (right)
		pad(out, gap);
	buf_puts(out, text);
	if (last)
		return;
	pad(out, (right ? 0 : gap) + 1);
}

/* The last cells of a line may be empty: removes the blanks. */
static void end_line(struct buf *out)
{
	while (!out->failed && buf_len(out) && out->data[out->end - 1] == ' ')
		out->end--;
	buf_putc(out, '\n');
}

static void put_titles(struct buf *out, const struct page *p)
{
	char title[TITLE_MAX];

	for (size_t i = 0; i < p->columns->count; i++)
		put_cell(out, p, i, table_title(p->t, p->columns->at[i], title));
	end_line(out);
}

static void text_head(struct buf *out, const struct page *p)
{
	measure(p);
	if (p->t->events) {
		if (p->number == 0)
			put_titles(out, p);
		return;
	}
	if (p->number > 0)
		buf_putc(out, '\n');
	if (p->several)
		text_put_time(out, p);
	if (p->m && p->t->needs & NEEDS_LAYERS)
		text_put_stages(out, p->m);
	text_put_events(out, p);
	put_titles(out, p);
}

static void text_row(struct buf *out, const struct page *p, const void *row)
{
	char cell[CELL_MAX];

	for (size_t i = 0; i < p->columns->count; i++) {
		size_t n = column_format(p->columns->at[i], p->picture, row, RATE_BYTES, cell, sizeof(cell));

		put_cell(out, p, i, n ? cell : "-");
	}
	end_line(out);
}

const struct writer writer_text = {.head = text_head, .row = text_row};
