/* The CSV format (RFC 4180): one line of names, CRLF, quotes where needed, an empty field for an unknown value. */
#include <string.h>

#include "layer_head.h"

static bool is_number(const char *s)
{
	static const char digits[] = "0123456789";
	size_t n;

	s += *s == '-';
	n = strspn(s, digits);
	s += n;
	if (n && *s == '.' && strspn(s + 1, digits))
		s += 1 + strspn(s + 1, digits);
	return n && !*s;
}

/* Would a spreadsheet evaluate this? A program may call itself =HYPERLINK(...). A leading apostrophe makes it text. */
static bool is_formula(const char *text)
{
	return *text && strchr("=+-@\t\r", *text) && !is_number(text);
}

/* Appends a CSV field, quoted if necessary. A text that a spreadsheet would take for a formula (it begins with = + - @
 * or a control character) gets an apostrophe in front. */
static void csv_put_field(struct buf *out, const char *text)
{
	bool formula = is_formula(text);

	if (!formula && !text[strcspn(text, "\",\r\n")]) {
		buf_puts(out, text);
		return;
	}
	buf_puts(out, formula ? "\"'" : "\"");
	for (; *text; text++) {
		if (*text == '"')
			buf_putc(out, '"');
		buf_putc(out, *text);
	}
	buf_putc(out, '"');
}

/* How a line begins: what happened has its own time among its columns, and where there are several types each says its
 * own. Returns what stands before the first column. */
static const char *put_start(struct buf *out, const struct page *p, const char *time, const char *type)
{
	if (time && !p->t->events)
		buf_puts(out, time);
	else if (!p->t->events)
		page_put_time(out, p);
	if (p->t->type)
		buf_printf(out, "%s%s", p->t->events ? "" : ",", type);
	return p->t->events && !p->t->type ? "" : ",";
}

static void put_names(struct buf *out, const struct page *p)
{
	const char *comma = put_start(out, p, "time", "type");

	for (size_t i = 0; i < p->columns->count; i++, comma = ",")
		buf_printf(out, "%s%s", comma, p->columns->at[i]->name);
	buf_puts(out, "\r\n");
}

static void put_cell(struct buf *out, const void *picture, const struct column *c, const void *row)
{
	char cell[CELL_MAX];

	if (column_print(c, picture, row, cell, sizeof(cell)))
		csv_put_field(out, cell);
}

/* The alarms of the tick, where a line says its type: what a column of the same name has of them. */
static void put_events(struct buf *out, const struct page *p)
{
	const struct layer_event *e;
	u64 number = p->events;

	while ((e = page_next_event(p, &number))) {
		put_start(out, p, NULL, layer_event_table.name);
		for (size_t i = 0; i < p->columns->count; i++) {
			const struct column *c = table_find(&layer_event_table, p->columns->at[i]->name);

			buf_putc(out, ',');
			if (c)
				put_cell(out, p->m, c, e);
		}
		buf_puts(out, "\r\n");
	}
}

static void csv_head(struct buf *out, const struct page *p)
{
	if (p->number == 0)
		put_names(out, p);
	if (!p->t->events && p->t->type)
		put_events(out, p);
}

static void csv_row(struct buf *out, const struct page *p, const void *row)
{
	const char *comma = put_start(out, p, NULL, page_type(p, row));

	for (size_t i = 0; i < p->columns->count; i++, comma = ",") {
		buf_puts(out, comma);
		put_cell(out, p->picture, p->columns->at[i], row);
	}
	buf_puts(out, "\r\n");
}

const struct writer writer_csv = {.head = csv_head, .row = csv_row};
