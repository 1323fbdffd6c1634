/* Lists of columns and orders from what is typed, and what is chosen as a whole. */
#include "choice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define NAME_MAX_LEN 64
#define SEPARATORS ", \t"

void columns_deinit(struct columns *c)
{
	free(c->at);
	*c = (struct columns){0};
}

int columns_add(struct columns *c, const struct column *column)
{
	const struct column **at = reallocarray(c->at, c->count + 1, sizeof(*at));

	if (!at)
		return -ENOMEM;
	c->at = at;
	c->at[c->count++] = column;
	return 0;
}

bool columns_have(const struct columns *c, const struct column *column)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->at[i] == column)
			return true;
	return false;
}

int columns_copy(struct columns *c, const struct columns *from)
{
	cleanup_columns struct columns copy = {0};

	for (size_t i = 0; i < from->count; i++)
		if (columns_add(&copy, from->at[i]) < 0)
			return -ENOMEM;
	columns_deinit(c);
	*c = copy;
	copy = (struct columns){0};
	return 0;
}

static int unknown_column(const struct table *t, const char *name, struct error *err)
{
	const struct column *near;

	if (table_suggest(t, name, &near, 1) == 1)
		return error_set(err, -EINVAL, "unknown column '%s'; did you mean %s?", name, near->name);
	return error_set(err, -EINVAL, "unknown column '%s'", name);
}

/* The column that the first n bytes name. */
static int find_column(const struct table *t, const char *text, size_t n, const struct column **column,
		       struct error *err)
{
	char name[NAME_MAX_LEN];

	snprintf(name, sizeof(name), "%.*s", (int)MIN(n, sizeof(name)), text);
	*column = n < sizeof(name) ? table_find(t, name) : NULL;
	return *column ? 0 : unknown_column(t, name, err);
}

int columns_parse(struct columns *c, const struct table *t, const char *list, struct error *err)
{
	const struct column *column;
	const char *p = list;

	do {
		size_t n = strcspn(p, SEPARATORS);
		int r;

		if (n == 0)
			return error_set(err, -EINVAL, "an empty column name in '%s'", list);
		r = find_column(t, p, n, &column, err);
		if (r < 0)
			return r;
		if (columns_add(c, column) < 0)
			return error_set(err, -ENOMEM, "out of memory");
		p += n;
		/* One comma, and blanks on both its sides. */
		p += strspn(p, " \t");
		if (*p == ',')
			p += 1 + strspn(p + 1, " \t");
		else if (!*p)
			return 0;
	} while (true);
}

size_t columns_text(const struct columns *c, char *dst, size_t size)
{
	*dst = '\0';
	for (size_t i = 0; i < c->count; i++)
		text_join(dst, size, ",", "%s", c->at[i]->name);
	return strlen(dst);
}

unsigned columns_needs(const struct columns *c)
{
	unsigned needs = 0;

	for (size_t i = 0; i < c->count; i++)
		needs |= c->at[i]->needs;
	return needs;
}

int table_parse_sort(const struct table *t, const char *spec, const struct column **column, bool *descending,
		     struct error *err)
{
	size_t n = strcspn(spec, ":");
	bool down = strcmp(spec + n, ":desc") == 0;
	int r;

	if (spec[n] && !down && strcmp(spec + n, ":asc") != 0)
		return error_set(err, -EINVAL, "'%s' is not COLUMN[:asc|:desc]", spec);
	r = find_column(t, spec, n, column, err);
	if (r == 0)
		*descending = spec[n] ? down : (*column)->descending;
	return r;
}

void table_choice_deinit(struct table_choice *c)
{
	query_free(c->query);
	columns_deinit(&c->columns);
	*c = (struct table_choice){0};
}

unsigned table_choice_needs(const struct table_choice *c)
{
	return columns_needs(&c->columns) | query_needs(c->query) | (c->sort ? c->sort->needs : 0U);
}
