/* What the rows of a fold were in the last pictures, for its columns that are lines of bars: kept from when somebody
 * asks for such a column, for rows that have had a value above 0. Private to folds. */
#pragma once

#include "table.h"

#define FOLD_SERIES 4            /* columns of a fold that can have one */
#define FOLD_HISTORIES_MAX 5000U /* rows that can, 2 kB each */

/* A ring of samples, one a picture; the newest is at [(next - 1) % SERIES_MAX]. */
struct fold_history {
	u32 next, count;
	float values[FOLD_SERIES][SERIES_MAX];
};

/* Zero-initialise. */
struct fold_series {
	const struct column *columns[FOLD_SERIES]; /* NULL: no more */
	u32 histories;
	u64 sampled; /* number of the last moment that a sample was taken of … */
	u32 span;    /* … and how many make a line */
};

/* From now on. Where there are too many of them it has none. */
void fold_series_want(struct fold_series *f, const struct column *c);
/* A sample of a row; *h is made when one is above 0. Without memory it has none. */
void fold_series_push(struct fold_series *f, struct fold_history **h, const float values[FOLD_SERIES]);
void fold_series_drop(struct fold_series *f, struct fold_history **h);
/* h may be NULL. false: there is none. */
bool fold_series_of(const struct fold_series *f, const struct fold_history *h, const struct column *c,
		    struct series *s);
