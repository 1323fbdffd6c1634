/* A column's value as text: short and scaled for the screen, exact for the batch formats; its colour and its order. */
#include "table.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "id.h"
#include "text.h"
#include "units.h"
#include "wall.h"

static bool is_wildcard(const struct value *v)
{
	static const u8 zero[16];

	return memcmp(v->address, zero, v->family == 6 ? 16 : 4) == 0;
}

/* "10.0.0.5:443", "[::1]:22", "*:22"; "10.0.0.5" without a port. */
static void endpoint_format(const struct value *v, char *dst)
{
	bool port = v->integer != PORT_NONE, wildcard = port && is_wildcard(v);
	bool brackets = port && !wildcard && v->family == 6;

	if (brackets)
		*dst++ = '[';
	if (wildcard)
		*dst++ = '*';
	else
		dst += address_format(v->address, v->family, dst, INET6_ADDRSTRLEN);
	if (brackets)
		*dst++ = ']';
	if (port) {
		*dst++ = ':';
		units_plain(dst, v->integer);
	}
}

static void id_format(u64 id, char *dst, size_t size)
{
	if (id_generation(id))
		snprintf(dst, size, "%" PRIu64 ".%u", id_cookie(id), id_generation(id));
	else
		units_plain(dst, id_cookie(id));
}

void column_value(const struct column *c, const void *picture, const void *row, struct value *v)
{
	memset(v, 0, offsetof(struct value, buffer));
	if (!c->get(c, picture, row, v)) {
		v->kind = VALUE_NONE;
		return;
	}
	if (v->kind == VALUE_ADDRESS) {
		if (c->unit == UNIT_ENDPOINT)
			endpoint_format(v, v->buffer);
		else
			address_format(v->address, v->family, v->buffer, sizeof(v->buffer));
		v->text = v->buffer;
	} else if (c->unit == UNIT_ID) {
		id_format(v->integer, v->buffer, sizeof(v->buffer));
		v->text = v->buffer;
	}
}

/* With commas as far as the width goes. */
static void signed_format(const struct column *c, s64 n, char *dst)
{
	char digits[UNITS_MAX];

	units_grouped(digits, n < 0 ? -(u64)n : (u64)n);
	if (strlen(digits) + (n < 0) <= c->width)
		snprintf(dst, UNITS_MAX, "%s%s", n < 0 ? "-" : "", digits);
	else
		snprintf(dst, UNITS_MAX, "%" PRId64, n);
}

static void scaled_format(const struct column *c, u64 n, char *dst)
{
	if (!c->exact || units_plain(dst, n) > c->width)
		units_count(dst, n);
}

/* What is rare is still told from what never happens. */
static void events_format(double n, char *dst)
{
	if (n > 0 && n < 9.95)
		snprintf(dst, UNITS_MAX, n < 0.05 ? "<0.1" : "%.1f", n);
	else
		units_count(dst, (u64)(n + 0.5));
}

/* The number as the screen shows it; the units_* formatters keep within the widths of the table. */
void column_format_number(const struct column *c, const struct value *v, enum rate_units units, char *dst)
{
	switch (c->unit) {
	case UNIT_BOOL: strcpy(dst, v->integer ? "yes" : "no"); break;
	case UNIT_COUNT:
	case UNIT_BYTES:
	case UNIT_SEGMENTS: scaled_format(c, v->integer, dst); break;
	case UNIT_RATE: rate_short(units, v->number, dst); break;
	case UNIT_USEC: units_usec(dst, v->integer); break;
	case UNIT_NSEC: units_nsec(dst, v->integer); break;
	case UNIT_EVENTS: events_format(v->number, dst); break;
	case UNIT_SHARE:
		if (c->exact)
			units_share(dst, v->number);
		else
			snprintf(dst, UNITS_MAX, "%.0f%%", v->number * 100);
		break;
	case UNIT_FACTOR: snprintf(dst, UNITS_MAX, "%.2f", v->number); break;
	case UNIT_SIGNED: signed_format(c, (s64)v->integer, dst); break;
	case UNIT_TIME:
	case UNIT_TIME_NSEC: wall_clock(dst, UNITS_MAX, v->integer, 6); break;
	default: units_plain(dst, v->integer); break;
	}
}

/* Copies src, cut with a "+" at the end if it is too wide. */
static size_t copy_cut(const char *src, size_t columns, char *dst, size_t size)
{
	size_t n = text_copy(dst, size, src);

	if (text_width(dst) <= columns)
		return n;
	n = text_fit(dst, columns - 1, NULL);
	dst[n++] = '+';
	dst[n] = '\0';
	return n;
}

/* All texts of a list, with a separator between. */
static size_t list_text(const struct column *c, const void *picture, const void *row, const struct value *v,
			char separator, char *dst, size_t size)
{
	size_t at = 0;

	dst[0] = '\0';
	for (size_t i = 0; i < v->integer && at + 2 < size; i++) {
		if (i)
			dst[at++] = separator;
		at += c->item(picture, row, i, dst + at, size - at);
	}
	return at;
}

#define MIX_SHOWN 3 /* words of a mix that are told */

/* The place of the largest amount of those that are left; MIX_WORDS: there is none. */
static unsigned largest(const u32 amounts[MIX_WORDS])
{
	unsigned best = MIX_WORDS;

	for (unsigned i = 0; i < MIX_WORDS; i++)
		if (amounts[i] && (best == MIX_WORDS || amounts[i] > amounts[best]))
			best = i;
	return best;
}

size_t column_mix(const struct column *c, const u32 amounts[MIX_WORDS], char *dst, size_t size)
{
	u32 left[MIX_WORDS];
	u64 all = 0;
	size_t n = 0;
	unsigned at;

	for (unsigned i = 0; i < MIX_WORDS; i++)
		all += left[i] = amounts[i];
	*dst = '\0';
	for (unsigned i = 0; i < MIX_SHOWN && (at = largest(left)) < MIX_WORDS; i++) {
		u64 percent = ((u64)left[at] * 100 + all / 2) / all;

		if (percent)
			n = text_join(dst, size, " ", "%s %u%%", c->word(at), (unsigned)percent);
		else
			n = text_join(dst, size, " ", "%s <1%%", c->word(at));
		left[at] = 0;
	}
	return n;
}

COLUMN_GETTER(column_get_mix)
{
	u8 amounts[MIX_WORDS];
	u32 wide[MIX_WORDS];

	if (!c->mix(picture, row, amounts))
		return 0;
	for (unsigned i = 0; i < MIX_WORDS; i++)
		wide[i] = amounts[i];
	v->buffer[0] = '\0';
	return column_mix(c, wide, v->buffer, sizeof(v->buffer)) && value_text(v, v->buffer);
}

size_t column_spark(const struct column *c, const void *picture, const void *row, size_t cells, enum charset set,
		    char *dst, size_t size)
{
	struct series s;

	if (!c->series(c, picture, row, &s))
		return 0;
	return spark_text(&s, cells, set, dst, size);
}

/* "[0,1.5,null]", oldest first; bounded by SERIES_MAX. */
static size_t series_print(const struct series *s, char *dst, size_t size)
{
	text_copy(dst, size, "[");
	for (size_t i = 0; i < s->count; i++)
		if (isfinite(s->values[i]))
			text_join(dst, size, i ? "," : "", "%.9g", (double)s->values[i]);
		else
			text_join(dst, size, i ? "," : "", "null");
	return text_join(dst, size, "", "]");
}

size_t column_format(const struct column *c, const void *picture, const void *row, enum rate_units units, char *dst,
		     size_t size)
{
	char text[sizeof(((struct value *)0)->buffer)];
	struct value v;
	size_t n;

	if (!size)
		return 0;
	dst[0] = '\0';
	if (c->series)
		return column_spark(c, picture, row, c->width, CHARSET_ASCII, dst, size);
	column_value(c, picture, row, &v);
	if (v.kind == VALUE_NONE)
		return 0;
	if (v.kind == VALUE_LIST)
		return list_text(c, picture, row, &v, ' ', dst, size);
	if (v.kind == VALUE_NUMBER)
		column_format_number(c, &v, units, text);
	n = copy_cut(v.kind == VALUE_NUMBER ? text : v.text, c->flex ? size : c->width, dst, size);
	if (c->unit == UNIT_STATE)
		text_upper(dst);
	if (c->blanks)
		text_blanks(dst);
	return n;
}

/* A number in full. */
static void number_print(const struct column *c, const struct value *v, char *dst, size_t size)
{
	if (c->unit == UNIT_BOOL)
		snprintf(dst, size, "%s", v->integer ? "true" : "false");
	else if (c->unit == UNIT_NSEC)
		snprintf(dst, size, "%.3f", v->number);
	else if (c->unit == UNIT_SHARE)
		snprintf(dst, size, "%.6f", v->number);
	else if (c->unit == UNIT_FACTOR || c->unit == UNIT_EVENTS)
		snprintf(dst, size, "%.6g", v->number);
	else if (c->unit == UNIT_TIME || c->unit == UNIT_TIME_NSEC)
		wall_unix(dst, size, v->integer, c->unit == UNIT_TIME ? 6 : 9);
	else if (c->unit == UNIT_SIGNED)
		snprintf(dst, size, "%" PRId64, (s64)v->integer);
	else if (c->unit == UNIT_RATE && c->size == 0)
		snprintf(dst, size, "%.1f", v->number);
	else
		units_plain(dst, v->integer);
}

size_t column_print(const struct column *c, const void *picture, const void *row, char *dst, size_t size)
{
	char text[400];
	struct series s;
	struct value v;

	if (!size)
		return 0;
	dst[0] = '\0';
	if (c->series)
		return c->series(c, picture, row, &s) ? series_print(&s, dst, size) : 0;
	column_value(c, picture, row, &v);
	switch (v.kind) {
	case VALUE_NONE: return 0;
	case VALUE_LIST: return list_text(c, picture, row, &v, '\n', dst, size);
	case VALUE_NUMBER: number_print(c, &v, text, sizeof(text)); return text_copy(dst, size, text);
	default: return text_copy(dst, size, v.text);
	}
}

bool column_is_number(const struct column *c)
{
	switch (c->unit) {
	case UNIT_TEXT:
	case UNIT_ADDRESS:
	case UNIT_ENDPOINT:
	case UNIT_STATE:
	case UNIT_ID:
	case UNIT_DEVICE:
	case UNIT_LIST: return false;
	default: return true;
	}
}

int value_severity(const void *row, const struct value *v)
{
	(void)row;
	return v->severity;
}

int table_severity(const struct table *t, const struct column *c, const void *picture, const void *row)
{
	struct value v;

	if (!c->severity && !(c->alarm > 0))
		return 0;
	v.severity = 0;
	if (table_ended(t, row) || !c->get(c, picture, row, &v))
		return 0;
	if (c->severity)
		return c->severity(row, &v);
	return v.number >= c->alarm ? 2 : v.number >= c->warn ? 1 : 0;
}

bool column_is_real(const struct column *c)
{
	return c->unit == UNIT_EVENTS || c->unit == UNIT_FACTOR || c->unit == UNIT_SHARE || c->unit == UNIT_SIGNED ||
	       (c->unit == UNIT_RATE && c->size == 0);
}

static int compare_addresses(const struct value *a, const struct value *b)
{
	int d;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	d = memcmp(a->address, b->address, a->family == 6 ? 16 : 4);
	return d ? d : (a->integer > b->integer) - (a->integer < b->integer);
}

int column_compare(const struct column *c, const struct value *a, const struct value *b)
{
	if (a->kind == VALUE_ADDRESS)
		return compare_addresses(a, b);
	if (c->unit == UNIT_STATE)
		return strcmp(a->text, b->text);
	if (a->kind == VALUE_TEXT && c->unit != UNIT_ID)
		return a->text == b->text ? 0 : strcmp(a->text, b->text);
	if (column_is_real(c))
		return (a->number > b->number) - (a->number < b->number);
	return (a->integer > b->integer) - (a->integer < b->integer);
}

int table_compare(const struct table *t, const struct column *c, const void *picture, const void *a, const void *b,
		  bool descending)
{
	struct value va, vb;
	int known_a = c->get(c, picture, a, &va), known_b = c->get(c, picture, b, &vb), d;
	u64 ida = t->id(a), idb = t->id(b);

	if (known_a && known_b) {
		d = column_compare(c, &va, &vb);
		if (d)
			return (d < 0) == descending ? 1 : -1;
	} else if (known_a != known_b) {
		return known_a ? -1 : 1;
	}
	return (ida > idb) - (ida < idb);
}
