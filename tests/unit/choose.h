/* What the command line would choose of a table, for tests without one. */
#pragma once

#include "choice.h"

/* Each word may be NULL. To be released with table_choice_deinit(). */
static inline struct table_choice choose(const struct table *t, const char *filter, const char *sort,
					 const char *columns)
{
	struct table_choice c = {.t = t, .text = filter};

	if (filter)
		assert_int_equal(query_parse(t, filter, &c.query, NULL), 0);
	if (sort)
		assert_int_equal(table_parse_sort(t, sort, &c.sort, &c.descending, NULL), 0);
	if (columns)
		assert_int_equal(columns_parse(&c.columns, t, columns, NULL), 0);
	return c;
}

#define cleanup_choice cleanup(table_choice_deinit)
