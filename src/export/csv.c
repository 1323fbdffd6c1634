/* The CSV format (RFC 4180): one line of names, CRLF, quotes where needed, an empty field for an unknown value. */
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

/* Would a spreadsheet evaluate this? A program may call itself =HYPERLINK(...). A leading apostrophe makes it text. */
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

/* What happened has its own time, and says of which kind it is where there are several. */
static void csv_head(struct buf *out, const struct page *p)
{
	const char *comma = ",";

	if (p->number > 0)
		return;
	if (p->t->type)
		buf_puts(out, "type");
	else if (!p->t->events)
		buf_puts(out, "time");
	else
		comma = "";
	for (size_t i = 0; i < p->columns->count; i++, comma = ",")
		buf_printf(out, "%s%s", comma, p->columns->at[i]->name);
	buf_puts(out, "\r\n");
}

static void csv_row(struct buf *out, const struct page *p, const void *row)
{
	const char *comma = ",";
	char cell[CELL_MAX];

	if (p->t->type)
		buf_puts(out, p->t->type(row));
	else if (!p->t->events)
		page_put_time(out, p);
	else
		comma = "";
	for (size_t i = 0; i < p->columns->count; i++, comma = ",") {
		buf_puts(out, comma);
		if (column_print(p->columns->at[i], p->m, row, cell, sizeof(cell)))
			csv_put_field(out, cell);
	}
	buf_puts(out, "\r\n");
}

const struct writer writer_csv = {.head = csv_head, .row = csv_row};
