/* How much larger a row's numbers are than they were in another picture. */
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "idmap.h"
#include "units.h"

/* What is counted since the model was made, which is another's beginning. */
#define NEEDS_TOLD (NEEDS_EXCHANGES | NEEDS_REQUESTS | NEEDS_DATAGRAMS | NEEDS_NAMES)

bool table_has_differences(const struct table *t)
{
	return !t->events && !(t->needs & NEEDS_TOLD);
}

bool column_has_difference(const struct column *c)
{
	if (c->needs & NEEDS_TOLD || c->series || c->mix)
		return false;
	switch (c->unit) {
	case UNIT_COUNT:
	case UNIT_BYTES:
	case UNIT_RATE:
	case UNIT_USEC:
	case UNIT_SEGMENTS:
	case UNIT_EVENTS:
	case UNIT_FACTOR:
	case UNIT_SHARE:
	case UNIT_NSEC: return true;
	default: return false;
	}
}

static double number_of(const struct column *c, const struct value *v)
{
	return column_is_real(c) ? v->number : (double)v->integer;
}

bool column_difference(const struct table *t, const struct column *c, const void *picture, const void *row,
		       const void *before, double *difference)
{
	struct value now, then;
	u32 at;

	if (!column_has_difference(c) || !c->get(c, picture, row, &now))
		return false;
	at = t->find(before, t->id(row));
	*difference = number_of(c, &now);
	if (at == IDMAP_NONE)
		return true;
	if (!c->get(c, before, t->row(before, at), &then))
		return false;
	*difference -= number_of(c, &then);
	return true;
}

void column_shorten_difference(char *text)
{
	char *point = strchr(text, '.'), *end = point ? point + 1 + strspn(point + 1, "0123456789") : NULL;

	if (point)
		memmove(point, end, strlen(end) + 1);
}

size_t column_format_difference(const struct column *c, double difference, enum rate_units units, char *dst,
				size_t size)
{
	struct value v = {.kind = VALUE_NUMBER, .number = fabs(difference), .integer = (u64)fabs(difference)};
	char text[UNITS_MAX];

	column_format_number(c, &v, units, text);
	/* So little that it is not seen. */
	if (!difference || *text == '<' || strpbrk(text, "123456789") == NULL)
		return (size_t)snprintf(dst, size, "0");
	return (size_t)snprintf(dst, size, "%c%s", difference < 0 ? '-' : '+', text);
}
