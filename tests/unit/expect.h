/* What a row has in some of its columns, in one line, for the tests of tables. Include after cmocka. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "table.h"
#include "text.h"

/* fmt is "members=4; comm=web; pid=": values as a batch writes them, nothing for one that is not known. */
#define expect_cells(t, picture, row, ...) expect_cells_at(__FILE__, __LINE__, t, picture, row, __VA_ARGS__)

static inline void printf_like(6, 7) expect_cells_at(const char *file, int line, const struct table *t,
						     const void *picture, const void *row, const char *fmt, ...)
{
	char wanted[512], names[sizeof(wanted)], got[sizeof(wanted)] = "", cell[256], *rest = names;
	va_list ap;

	_assert_true(cast_ptr_to_largest_integral_type(row), "the row", file, line);
	va_start(ap, fmt);
	assert_in_range(vsnprintf(wanted, sizeof(wanted), fmt, ap), 1, sizeof(wanted) - 1);
	va_end(ap);
	strcpy(names, wanted);
	for (char *next; rest; rest = next) {
		next = strstr(rest, "; ");
		if (next)
			*next++ = '\0', next++;
		rest[strcspn(rest, "=")] = '\0';
		assert_non_null(table_find(t, rest));
		if (!column_print(table_find(t, rest), picture, row, cell, sizeof(cell)))
			*cell = '\0';
		text_join(got, sizeof(got), "; ", "%s=%s", rest, cell);
	}
	_assert_string_equal(got, wanted, file, line);
}
