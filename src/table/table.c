/* Finding columns: by name and its aliases, and by a name that was nearly typed. */
#include "table.h"

#include <string.h>
#include <strings.h>

#define NAME_MAX_LEN 32 /* longer words are nobody's misspelt column */

/* Bytes of the name without the unit that may be left off. */
static size_t stem_length(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && strcmp(name + n - 3, "_us") == 0 ? n - 3 : n;
}

static const char *alias(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->alias_count; i++)
		if (strcmp(name, t->aliases[i].alias) == 0)
			return t->aliases[i].name;
	return name;
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

const struct column *table_column(const struct table *t, size_t i)
{
	const struct column *c = table_next(t, NULL);

	while (c && i--)
		c = table_next(t, c);
	return c;
}

const struct column *table_find_predicate(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->predicate_count; i++)
		if (strcmp(name, t->predicates[i].name) == 0)
			return &t->predicates[i];
	return table_find(t, name);
}

const struct column *table_of_unit(const struct table *t, enum column_unit unit)
{
	table_each (t, c)
		if (c->unit == unit)
			return c;
	return NULL;
}

/* Edits (insert, delete, replace, swap of neighbours) that make the n bytes of b out of a. Both at most NAME_MAX_LEN.
 */
static unsigned distance(const char *a, size_t m, const char *b, size_t n)
{
	unsigned rows[3][NAME_MAX_LEN + 1];

	for (size_t j = 0; j <= n; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= m; i++) {
		unsigned *now = rows[i % 3], *last = rows[(i + 2) % 3], *older = rows[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			unsigned cost = a[i - 1] != b[j - 1];

			now[j] = MIN(MIN(last[j] + 1, now[j - 1] + 1), last[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = MIN(now[j], older[j - 2] + 1);
		}
	}
	return rows[m % 3][n];
}

static unsigned nearness(const char *typed, size_t len, const char *name)
{
	unsigned whole = distance(typed, len, name, MIN(strlen(name), (size_t)NAME_MAX_LEN));
	unsigned stem = distance(typed, len, name, MIN(stem_length(name), (size_t)NAME_MAX_LEN));

	return MIN(whole, stem);
}

size_t table_suggest(const struct table *t, const char *name, const struct column **out, size_t max)
{
	size_t len = strnlen(name, NAME_MAX_LEN + 1), found = 0;
	unsigned limit = len <= 3 ? 1 : len <= 8 ? 2 : 3;

	if (len == 0 || len > NAME_MAX_LEN)
		return 0;
	for (unsigned d = 0; d <= limit; d++)
		table_each (t, c)
			if (found < max && nearness(name, len, c->name) == d)
				out[found++] = c;
	return found;
}
