/* The filter language (see docs/filters.md): ss's grammar, extended, over the columns of a table. Three-valued: a
 * comparison with an unknown value is unknown, and a row is shown only where the whole expression is true. */
#pragma once

#include "table.h"

struct query;

struct query_error {
	size_t column;  /* byte offset in the text where the error is, from 0 */
	char text[160]; /* one line */
};

/* Compiles text for the rows of a table. An empty or blank text yields *q == NULL, which matches everything. -EINVAL:
 * err says where. */
int query_parse(const struct table *t, const char *text, struct query **q, struct query_error *err) must_check;
/* The same of an expression over the rows of two tables, as far as it is about those of t: what only the other table
 * knows is taken for true. *q == NULL: all of it is about the other's. -EINVAL: neither knows some of it, or something
 * that is negated or joined by `or` is about both. */
int query_parse_part(const struct table *t, const struct table *other, const char *text, struct query **q,
		     struct query_error *err) must_check;
/* As query_parse(), of what a person types: what is no expression, and has no sign of one in it, is plain text that any
 * of the columns (borrowed until this returns) may contain; small letters stand for both. *plain says which it was. In
 * an expression such a text stands in quotes. */
int query_parse_typed(const struct table *t, const char *text, const struct column *const *columns, size_t count,
		      struct query **q, bool *plain, struct query_error *err) must_check;
void query_free(struct query *q);
/* In which units plain text sees rates; until then in bytes. q may be NULL. */
void query_set_units(struct query *q, enum rate_units units);
/* Does the row match? q may be NULL. Remembers verdicts of its patterns: one thread at a time. */
bool query_match(const struct query *q, const void *picture, const void *row);
/* Bits of enum column_needs that the expression needs. */
unsigned query_needs(const struct query *q);
/* Is there a time without a unit, which is therefore in microseconds? */
bool query_is_bare(const struct query *q);
/* Does it mention the state, so that the default set of states must not be added? */
bool query_names_state(const struct query *q);
