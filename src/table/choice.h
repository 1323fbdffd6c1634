/* What is chosen of a table: which rows, in which order, with which columns. Words become this in one place; the screen
 * and the batch take it compiled. */
#pragma once

#include "error.h"
#include "query.h"

/* A list of columns in the order of display. Owns the array, not what it points to. */
struct columns {
	const struct column **at;
	size_t count;
};

void columns_deinit(struct columns *c);
/* Appends a column. -ENOMEM. */
int columns_add(struct columns *c, const struct column *column) must_check;
bool columns_have(const struct columns *c, const struct column *column);
/* Takes the columns of another list in place of its own. -ENOMEM: it is as it was. */
int columns_copy(struct columns *c, const struct columns *from) must_check;
/* Appends the columns "a,b,…" of a table; blanks separate, too. -EINVAL: err names the wrong word and what would be
 * right; -ENOMEM. */
int columns_parse(struct columns *c, const struct table *t, const char *list, struct error *err) must_check;
/* The opposite. Returns bytes; what has no room is cut. */
size_t columns_text(const struct columns *c, char *dst, size_t size);
/* Bits of enum column_needs of all of them. */
unsigned columns_needs(const struct columns *c);

#define cleanup_columns cleanup(columns_deinit)

/* Reads "COLUMN[:asc|:desc]"; without a direction that of the column's first press. -EINVAL: as columns_parse(). */
int table_parse_sort(const struct table *t, const char *spec, const struct column **column, bool *descending,
		     struct error *err) must_check;

struct table_choice {
	const struct table *t;
	const char *text;          /* borrowed: the filter as it can be typed; NULL: none */
	bool plain;                /* it is text that a column may contain */
	struct query *query;       /* owned: the same, compiled; NULL: all rows */
	const struct column *sort; /* NULL: none was named */
	bool descending;
	struct columns columns; /* count 0: none were named */
};

void table_choice_deinit(struct table_choice *c);
/* Bits of enum column_needs of all that is chosen. */
unsigned table_choice_needs(const struct table_choice *c);
