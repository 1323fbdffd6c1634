/* Finds columns: by name and alias, and by a misspelt name. */
#include "table.h"

#include <string.h>
#include <strings.h>

#include "named.h"
#include "text.h"
#include "units.h"

const char *table_title(const struct table *t, const struct column *c, char buffer[TITLE_MAX])
{
	if (c->sum != SUM_LABEL || !t->one)
		return c->title;
	text_copy(buffer, TITLE_MAX, t->one);
	text_upper(buffer);
	return buffer;
}

size_t table_counted(const struct table *t, u64 n, char *dst, size_t size)
{
	char number[UNITS_MAX];

	units_grouped(number, n);
	snprintf(dst, size, "%s %s", number, n == 1 ? t->one : t->many);
	return strlen(dst);
}

/* Bytes of the name without the unit that may be left off. */
static size_t stem_length(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && strcmp(name + n - 3, "_us") == 0 ? n - 3 : n;
}

static const char *alias(const struct table *t, const char *name)
{
	const struct column_alias *aliases = table_source(t)->aliases;
	size_t n = table_source(t)->alias_count, i = n ? named_find(&aliases->alias, sizeof(*aliases), n, name) : 0;

	return i < n ? aliases[i].name : name;
}

const struct column *table_find(const struct table *t, const char *name)
{
	size_t len;

	name = alias(t, name);
	len = strlen(name);
	table_each (t, c)
		if (strcmp(name, c->name) == 0)
			return c;
	table_each (t, c)
		if (len == stem_length(c->name) && strncmp(name, c->name, len) == 0)
			return c;
	table_each (t, c)
		if (strcasecmp(name, c->title) == 0)
			return c;
	return NULL;
}

const struct column *table_find_predicate(const struct table *t, const char *name)
{
	size_t n = t->predicate_count;
	size_t i = n ? named_find(&t->predicates->name, sizeof(*t->predicates), n, name) : 0;

	return i < n ? &t->predicates[i] : table_find(t, name);
}

const struct column *table_of_unit(const struct table *t, enum column_unit unit)
{
	table_each (t, c)
		if (c->unit == unit)
			return c;
	return NULL;
}

static unsigned nearness(const char *typed, size_t len, const char *name)
{
	unsigned whole = named_distance(typed, len, name, strlen(name));
	unsigned stem = named_distance(typed, len, name, stem_length(name));

	return MIN(whole, stem);
}

size_t table_suggest(const struct table *t, const char *name, const struct column **out, size_t max)
{
	size_t len = strlen(name), found = 0;
	unsigned limit = len <= 3 ? 1 : len <= 8 ? 2 : 3;

	if (len == 0)
		return 0;
	for (unsigned d = 0; d <= limit; d++)
		table_each (t, c)
			if (found < max && nearness(name, len, c->name) == d)
				out[found++] = c;
	return found;
}
