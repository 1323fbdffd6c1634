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
