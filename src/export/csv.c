/* The CSV format (RFC 4180): names once, CRLF, quotes where they are needed, an empty field for what is not known. */
#include <string.h>

#include "writer.h"

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

/* What a spreadsheet would work out: a program may call itself =HYPERLINK(...). An apostrophe makes it text there. */
static bool is_formula(const char *text)
{
	return *text && strchr("=+-@\t\r", *text) && !is_number(text);
}

void csv_put_field(struct buf *out, const char *text)
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

/* What happened has its own time. */
static void csv_head(struct buf *out, const struct page *p)
{
	if (p->number > 0)
		return;
	buf_puts(out, p->t->events ? "type" : "time");
	for (size_t i = 0; i < p->columns->count; i++)
		buf_printf(out, ",%s", p->columns->at[i]->name);
	buf_puts(out, "\r\n");
}

static void csv_row(struct buf *out, const struct page *p, const void *row)
{
	char cell[CELL_MAX];

	if (p->t->events)
		buf_puts(out, page_type(p, row));
	else
		page_put_time(out, p);
	for (size_t i = 0; i < p->columns->count; i++) {
		buf_putc(out, ',');
		if (column_print(p->columns->at[i], p->m, row, cell, sizeof(cell)))
			csv_put_field(out, cell);
	}
	buf_puts(out, "\r\n");
}

const struct writer writer_csv = {.head = csv_head, .row = csv_row};
