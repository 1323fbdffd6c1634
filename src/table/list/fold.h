/* Folds: tables whose rows are gathered from another's by a key, with the same columns. A fold's picture is made when
 * somebody looks, of the source's, and brought up to date in slices: its rows stay as they were until the new ones are
 * whole. What is asked for of its columns is summed from then on. Rows that have ended count only where no other is in
 * their group, but for what they did in the last tick; such a group has ended, too, a tick later. A group's row keeps
 * its index and its address while any row is in it. */
#pragma once

#include "histogram.h"
#include "table.h"

struct folded;
struct query;

/* The columns of folds of a table: its own, of which a fold has those that say something of several rows. Once, before
 * main(), for table.folded. */
void fold_columns(struct column *folded, const struct column *columns, size_t count);

/* t is a fold; picture, borrowed, is that of the table where its rows come from in the end. -ENOMEM. */
int fold_new(struct folded **f, const struct table *t, const void *picture) must_check;
void fold_free(struct folded *f);
/* The source's picture has changed. */
void fold_invalidate(struct folded *f);
/* What the column shows, and what it is sorted by, is asked for soon. Otherwise what nobody has asked for yet is not
 * known at first: the asking makes fold_whole() false. */
void fold_want(struct folded *f, const struct column *c);
/* Only rows of the source for which it is true take part, from the next gathering on; borrowed. NULL: all. */
void fold_set_query(struct folded *f, const struct query *q);
/* For the getter of a SUM_OWN column: what the row has in one of its parts. false: not known (yet). */
bool fold_part(const struct column *c, const void *picture, const void *row, size_t part, struct value *v);
/* The same of a SUM_TIMES column, which is told by its getter: the histogram of its times, and the exact figures. */
bool fold_times(const void *picture, const void *row, column_getter *get, struct histogram *h,
		struct histogram_figures *f);
/* By how much fold.follows has grown in a second, over the last 10 to 20 s. false: not followed for that long yet. */
bool fold_growth(const void *picture, const void *row, double *per_second);
/* Gathers for at most budget_ns (0: to the end). 1: the rows are new, perhaps of a picture that was there before; 0:
 * call again; -ENOMEM: they are as they were. */
int fold_work(struct folded *f, u64 budget_ns) must_check;
/* Are the rows those of the present picture, with all that was asked for? */
bool fold_whole(const struct folded *f);
/* Brings a list up to date, to its end, and before it the fold that it is of; f NULL: it is of none. -ENOMEM. */
struct list;
int fold_list(struct folded *f, struct list *l) must_check;

/* The rows of the source that were gathered in a row, as a filter. false: there is no way down. */
bool fold_down(const struct table *t, const void *picture, const void *row, char *dst, size_t size);

/* The rest of a table that is a fold; its picture is a struct folded. */
u32 fold_end(const void *picture);
const void *fold_row(const void *picture, u32 index);
u64 fold_id(const void *row);
u32 fold_find(const void *picture, u64 id);
u64 fold_age(const void *row);
bool fold_ended(const void *row);
unsigned fold_look(const void *picture, const void *row);
u32 fold_rows(const void *picture, bool ended);
u64 fold_generation(const void *picture);
#define FOLD_TABLE                                                                                                     \
	.end = fold_end, .row = fold_row, .id = fold_id, .find = fold_find, .age = fold_age, .ended = fold_ended,      \
	.look = fold_look, .rows = fold_rows, .generation = fold_generation
