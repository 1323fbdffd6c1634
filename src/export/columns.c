/* The sets of columns of an output: those that a table names, or that the user names. */
#include "columns.h"

#include <errno.h>
#include <string.h>

#define NAME_MAX_LEN 64

const char *export_format_name(unsigned format)
{
	static const char *const names[] = {"text", "json", "csv", "pcapng"};

	return format < ARRAY_SIZE(names) ? names[format] : NULL;
}

void columns_deinit(struct columns *c)
{
	free(c->at);
	*c = (struct columns){};
}

static int columns_add(struct columns *c, const struct column *column)
{
	const struct column **at = reallocarray(c->at, c->count + 1, sizeof(*at));

	if (!at)
		return -ENOMEM;
	c->at = at;
	c->at[c->count++] = column;
	return 0;
}

static bool columns_have(const struct columns *c, const struct column *column)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->at[i] == column)
			return true;
	return false;
}

/* names ends with NULL. A name that the table lacks would be a mistake of ours: the unit test resolves them all. */
static int columns_add_names(struct columns *c, const struct table *t, const char *const *names)
{
	for (; *names; names++) {
		const struct column *column = table_find(t, *names);
		int r = !column || columns_have(c, column) ? 0 : columns_add(c, column);

		if (r < 0)
			return r;
	}
	return 0;
}

static int unknown_column(const struct table *t, const char *name, struct error *err)
{
	const struct column *near;

	if (table_suggest(t, name, &near, 1) == 1)
		return error_set(err, -EINVAL, "unknown column '%s'; did you mean %s?", name, near->name);
	return error_set(err, -EINVAL, "unknown column '%s'", name);
}

int columns_parse(struct columns *c, const struct table *t, const char *list, struct error *err)
{
	for (const char *p = list;; p++) {
		size_t n = strcspn(p, ",");
		char name[NAME_MAX_LEN];
		const struct column *column;

		if (n == 0)
			return error_set(err, -EINVAL, "an empty column name in '%s'", list);
		snprintf(name, sizeof(name), "%.*s", (int)MIN(n, sizeof(name)), p);
		column = n < sizeof(name) ? table_find(t, name) : NULL;
		if (!column)
			return unknown_column(t, name, err);
		if (columns_add(c, column) < 0)
			return error_set(err, -ENOMEM, "out of memory");
		p += n;
		if (!*p)
			return 0;
	}
}

static int columns_add_shown(struct columns *c, const struct table *t)
{
	for (size_t i = 0; i < t->shown_count; i++) {
		const char *const name[] = {t->shown[i].name, NULL};
		int r = t->shown[i].base ? columns_add_names(c, t, name) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

/* All that wanted() says yes to and that are not there yet. */
static int columns_add_all(struct columns *c, const struct table *t, bool (*wanted)(const struct column *column))
{
	table_each (t, column) {
		int r = !wanted(column) || columns_have(c, column) ? 0 : columns_add(c, column);

		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_usual(const struct column *c)
{
	return !c->extra;
}

int columns_default(struct columns *c, const struct table *t, enum export_format format)
{
	if (format == EXPORT_TEXT)
		return t->text ? columns_add_names(c, t, t->text) : columns_add_shown(c, t);
	return t->contract ? columns_add_names(c, t, t->contract) : columns_add_all(c, t, is_usual);
}

/* The layers cost something for each packet, and histories fill pages: they come only where they were asked for. */
static bool is_free(const struct column *c)
{
	return !(c->needs & NEEDS_LAYERS) && !c->series;
}

int columns_extra(struct columns *c, const struct table *t, enum export_format format)
{
	if (format == EXPORT_TEXT && t->text_extra)
		return columns_add_names(c, t, t->text_extra);
	return columns_add_all(c, t, is_free);
}

/* In JSON one object holds them all; a person takes in the bars, and how bad it gets. */
static bool is_bars(const struct column *c)
{
	return c->needs & NEEDS_LAYERS && c->unit == UNIT_TEXT;
}

static bool is_figure(const struct column *c)
{
	return c->needs & NEEDS_LAYERS && c->unit != UNIT_TEXT;
}

static bool is_told(const struct column *c)
{
	return is_bars(c) || (is_figure(c) && strstr(c->name, "_p99_"));
}

int columns_layers(struct columns *c, const struct table *t, enum export_format format)
{
	return columns_add_all(c, t, format == EXPORT_JSON ? is_bars : format == EXPORT_CSV ? is_figure : is_told);
}

unsigned columns_needs(const struct columns *c)
{
	unsigned needs = 0;

	for (size_t i = 0; i < c->count; i++)
		needs |= c->at[i]->needs;
	return needs;
}

bool column_is_contract(const struct table *t, const struct column *c)
{
	for (const char *const *name = t->contract; name && *name; name++)
		if (strcmp(c->name, *name) == 0)
			return true;
	return !t->contract && !c->extra;
}
