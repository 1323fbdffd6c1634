/* A list: the rows that match a query, in the order of a column, kept up to date in slices of a few milliseconds, so
 * that 114,000 rows never delay a key. Filtering visits every row once; ordering is exact for the rows near the window
 * that is shown and completed when there is time. The batch formats use the same list, run to the end. */
#pragma once

#include "query.h"

struct list;

/* Of a table's rows, in a picture that must exist as long as the list. */
int list_new(struct list **l, const struct table *t, const void *picture) must_check;
void list_free(struct list *l);
/* Another picture of the same table, whose rows have other places: only what was asked for is left. */
void list_look_at(struct list *l, const void *picture);

/* Sets the filter. The query is borrowed: it must outlive its use; NULL shows all. If all rows are in order already, as
 * they are from the second query on, matching rows come out in order at once, and NULL is whole at once. */
void list_set_query(struct list *l, const struct query *q);
const struct query *list_query(const struct list *l);
/* Includes rows that have ended (default: false). */
void list_set_closed(struct list *l, bool closed);
/* Without rows that are only waited out (table.waiting), unless those that have ended are shown, too (default: false).
 */
void list_set_quiet(struct list *l, bool quiet);
/* Only rows for which only() is true, whatever the filter: what the list is of. NULL: all (default). To be called anew
 * when it answers otherwise. */
typedef bool list_only_fn(const void *context, const void *row);
void list_set_only(struct list *l, list_only_fn *only, const void *context);
/* A column of numbers is sorted by how much larger they are than in this picture (column_difference()). NULL, at first:
 * by what they are. */
void list_set_before(struct list *l, const void *before);
/* column NULL: order of appearance. A column with calmer values to sort by (column.order) is sorted by these. The old
 * order stays readable until the window that list_work() or list_show() is asked for has come out. An order that is
 * only inverted is whole at once: rows of the same value stay ordered by id, those without one stay last. */
void list_set_sort(struct list *l, const struct column *column, bool descending);
const struct column *list_sort(const struct list *l, bool *descending);

/* The picture has changed (a tick): work has to be done again; the old list stays readable until the new one is
 * whole. */
void list_invalidate(struct list *l);
/* Works for at most budget_ns (0: to the end) so that the rows [first, first + count) come out first. Returns true when
 * nothing is left to do. */
bool list_work(struct list *l, u32 first, u32 count, u64 budget_ns);
/* Like list_work(), but only until the window is final: then returns true, and at once if a list of the picture before
 * has the filter and the order that were asked for. count 0: until it is known which rows match, so that list_rank()
 * works. */
bool list_show(struct list *l, u32 first, u32 count, u64 budget_ns);
/* The position that a row will have once the list is whole, or IDMAP_NONE: not in it, or not known yet. O(rows). */
u32 list_rank(const struct list *l, u32 row);
/* Is the list complete for the current picture? */
bool list_whole(const struct list *l);

/* Rows that matched so far, and rows looked at. */
u32 list_count(const struct list *l);
u32 list_examined(const struct list *l);
/* Row index at a position, or IDMAP_NONE (also when that row has been freed since). */
u32 list_at(const struct list *l, u32 position);
/* Position of a row index, or IDMAP_NONE. O(1) after the first call for a finished list. */
u32 list_position(const struct list *l, u32 row);
/* Prefetches the row at a position that will be needed soon. */
void list_prefetch(const struct list *l, u32 position);
