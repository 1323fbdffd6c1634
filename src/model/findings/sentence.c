/* Sentences with a row's numbers in them. */
#include "sentence.h"

#include <errno.h>
#include <string.h>

#include "text.h"
#include "units.h"

#define NAME_MAX_LEN 32

/* What stands between braces. */
struct slot {
	char name[NAME_MAX_LEN];
	char one[NAME_MAX_LEN], many[NAME_MAX_LEN]; /* "" both: the value alone */
};

static void part(char *dst, const char *from, const char *to)
{
	size_t n = MIN((size_t)(to - from), (size_t)NAME_MAX_LEN - 1);

	memcpy(dst, from, n);
	dst[n] = '\0';
}

/* Reads a slot behind its brace; returns what follows it. */
static const char *slot_read(const char *s, struct slot *slot)
{
	size_t name = strcspn(s, "|}"), one, many;

	*slot = (struct slot){};
	part(slot->name, s, s + name);
	s += name;
	if (*s == '|') {
		one = strcspn(++s, "|}");
		part(slot->one, s, s + one);
		s += one;
	}
	if (*s == '|') {
		many = strcspn(++s, "}");
		part(slot->many, s, s + many);
		s += many;
	}
	return *s ? s + 1 : s;
}

int sentence_columns(const struct table *t, const char *text, void (*each)(void *context, const struct column *c),
		     void *context, const char **wrong)
{
	for (const char *s = strchr(text, '{'); s; s = strchr(s, '{')) {
		const struct column *c;
		struct slot slot;

		*wrong = s;
		s = slot_read(s + 1, &slot);
		c = table_find(t, slot.name);
		if (!c)
			return -EINVAL;
		each(context, c);
	}
	return 0;
}

/* As people read it in a sentence: numbers in full while they are short, with their unit. */
static void value_text_of(const struct column *c, const struct value *v, enum rate_units units, char *dst, size_t size)
{
	char number[UNITS_MAX];

	if (v->kind != VALUE_NUMBER) {
		text_copy(dst, size, v->text);
		return;
	}
	switch (c->unit) {
	case UNIT_COUNT:
	case UNIT_SEGMENTS:
		units_grouped(number, v->integer);
		snprintf(dst, size, "%s", number);
		break;
	case UNIT_BYTES:
		(c->exact ? units_grouped : units_count)(number, v->integer);
		snprintf(dst, size, "%s%s", number, c->exact || v->integer < 1000 ? " B" : "B");
		break;
	case UNIT_RATE:
		rate_short(units, v->number, number);
		snprintf(dst, size, "%s%s", number, units == RATE_BITS ? "b/s" : "B/s");
		break;
	case UNIT_FACTOR: snprintf(dst, size, "%.1f", v->number); break;
	default:
		column_format_number(c, v, units, number);
		snprintf(dst, size, "%s", number);
		break;
	}
}

/* false: nothing is known. */
static bool slot_format(const struct table *t, const struct slot *slot, const void *picture, const void *row,
			enum rate_units units, char *dst, size_t size)
{
	const struct column *c = table_find(t, slot->name);
	struct value v;

	if (!c)
		return false;
	column_value(c, picture, row, &v);
	if (v.kind == VALUE_NONE || v.kind == VALUE_LIST)
		return false;
	value_text_of(c, &v, units, dst, size);
	if (*slot->one || *slot->many)
		text_join(dst, size, " ", "%s", v.integer == 1 ? slot->one : slot->many);
	return true;
}

struct out {
	char *dst;
	size_t size, len;
};

static void put(struct out *o, const char *text, size_t n)
{
	n = o->len + 1 < o->size ? MIN(n, o->size - o->len - 1) : 0;
	memcpy(o->dst + o->len, text, n);
	o->len += n;
	o->dst[o->len] = '\0';
}

size_t sentence_format(const struct table *t, const char *text, const void *picture, const void *row,
		       enum rate_units units, char *dst, size_t size)
{
	struct out o = {.dst = dst, .size = size};
	size_t before = 0; /* what stood there before a part that may go */
	bool within = false, known = true;

	*dst = '\0';
	for (const char *s = text; *s;) {
		char value[256];
		struct slot slot;

		if (*s == '{') {
			s = slot_read(s + 1, &slot);
			if (slot_format(t, &slot, picture, row, units, value, sizeof(value)))
				put(&o, value, strlen(value));
			else if (within)
				known = false;
			else
				put(&o, "?", 1);
			continue;
		}
		if (*s == '[') {
			before = o.len;
			within = known = true;
		} else if (*s == ']' && within) {
			o.len = known ? o.len : before;
			dst[o.len] = '\0';
			within = false;
		} else {
			put(&o, s, 1);
		}
		s++;
	}
	return o.len;
}
