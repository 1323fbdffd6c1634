/* Converts bytes per second to text; nothing else does. */
#include "rates.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

void rate_short(enum rate_units units, double bytes_per_second, char *dst)
{
	units_rate(dst, units == RATE_BITS ? bytes_per_second * 8 : bytes_per_second);
}

void rate_text(enum rate_units units, double bytes_per_second, char *dst, size_t size)
{
	char text[UNITS_MAX], unit = units == RATE_BITS ? 'b' : 'B';
	size_t n;

	if (!(bytes_per_second >= 0)) {
		text_copy(dst, size, "…");
		return;
	}
	rate_short(units, bytes_per_second, text);
	n = strlen(text);
	if (n && strchr("kMGTPE", text[n - 1]))
		snprintf(dst, size, "%.*s %c%c/s", (int)n - 1, text, text[n - 1], unit);
	else
		snprintf(dst, size, "%s %c/s", text, unit);
}

void rate_format_number(enum rate_units units, const struct column *c, const struct value *v, char *dst)
{
	if (c->unit == UNIT_RATE)
		rate_short(units, v->number, dst);
	else
		column_format_number(c, v, dst);
}

size_t rate_format(enum rate_units units, const struct column *c, const void *picture, const void *row, char *dst,
		   size_t size)
{
	char text[UNITS_MAX];
	struct value v;

	if (c->unit != UNIT_RATE || units == RATE_BYTES)
		return column_format(c, picture, row, dst, size);
	text_copy(dst, size, "");
	column_value(c, picture, row, &v);
	if (v.kind != VALUE_NUMBER)
		return 0;
	rate_short(units, v.number, text);
	return text_copy(dst, size, text);
}
