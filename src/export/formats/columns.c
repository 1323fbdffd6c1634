/* The sets of columns of an output that a table names. */
#include "columns.h"

#include "named.h"

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
static int columns_add_all(struct columns *c, const struct table *t, enum export_format format,
			   bool (*wanted)(const struct column *column, enum export_format format))
{
	table_each (t, column) {
		int r = !wanted(column, format) || columns_have(c, column) ? 0 : columns_add(c, column);

		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_usual(const struct column *c, enum export_format format)
{
	(void)format;
	return !c->extra;
}

int columns_default(struct columns *c, const struct table *t, enum export_format format)
{
	if (format == EXPORT_TEXT)
		return t->text ? columns_add_names(c, t, t->text) : columns_add_shown(c, t);
	return t->contract ? columns_add_names(c, t, t->contract) : columns_add_all(c, t, format, is_usual);
}

/* Layers, names of hosts and what is asked for cost something for each packet, and histories fill pages: they come only
 * where they were asked for. */
static bool is_free(const struct column *c, enum export_format format)
{
	(void)format;
	return !(c->needs & (NEEDS_LAYERS | NEEDS_NAMES | NEEDS_REQUESTS)) && !c->series;
}

int columns_extra(struct columns *c, const struct table *t, enum export_format format)
{
	if (format == EXPORT_TEXT && t->text_extra)
		return columns_add_names(c, t, t->text_extra);
	return columns_add_all(c, t, format, is_free);
}

_Static_assert(1 << EXPORT_TEXT == OUTPUT_TEXT && 1 << EXPORT_JSON == OUTPUT_JSON && 1 << EXPORT_CSV == OUTPUT_CSV,
	       "column.with_layers has the formats' bits");

static bool is_of_layers(const struct column *c, enum export_format format)
{
	return c->with_layers >> format & 1;
}

int columns_layers(struct columns *c, const struct table *t, enum export_format format)
{
	return columns_add_all(c, t, format, is_of_layers);
}

bool column_is_contract(const struct table *t, const struct column *c)
{
	size_t n = 0;

	while (t->contract && t->contract[n])
		n++;
	return n ? named_find(t->contract, sizeof(*t->contract), n, c->name) < n : !c->extra;
}
