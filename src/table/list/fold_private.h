/* Private to folds: a picture and its rows. */
#pragma once

#include "clock.h"
#include "fold.h"
#include "fold_series.h"
#include "sums.h"

#define SLAB 256 /* rows that are allocated together, so that their addresses stay */

#define GROWTH_NS (10 * NSEC_PER_SEC) /* at least; sockets in TIME-WAIT are looked at as rarely as that */

/* What a followed column was. */
struct mark {
	u64 ns; /* 0: not set */
	double n;
};

struct fold_row {
	u64 key;   /* 0: the index is free */
	u64 age;   /* counts the rows that there ever were */
	u64 since; /* the picture in which it appeared; 0: it was there at first */
	u32 index;
	bool ended;
	struct mark near, far;        /* up to GROWTH_NS ago, and up to twice that */
	char *label;                  /* owned; NULL: of a row that nobody has seen yet, or there is no memory */
	struct fold_history *history; /* owned; NULL: it has none */
};

struct folded {
	const struct table *t;     /* the fold */
	const struct table *of;    /* its source, and … */
	const void *picture;       /* … the source's picture; borrowed, but of a source that is a fold: */
	struct folded *inner;      /* owned; NULL: it is none */
	const struct query *query; /* which of the source's rows take part; borrowed; NULL: all */
	const void *source;        /* the picture of the table where the rows come from in the end; borrowed */
	struct sums sums;
	struct fold_series series;
	struct gathered shown, behind; /* by index */
	struct idmap keys;             /* to the index */
	struct fold_row **slabs;       /* owned */
	u32 slab_count, slab_cap;
	u32 end;   /* one past the largest index that was ever given */
	u32 *free; /* owned; indices below it that are free */
	u32 free_count, free_cap;
	u64 ages;
	u32 at, stop; /* in the source, while busy */
	bool busy, stale;
	u64 pictures; /* of the source, counted */
	u64 generation;
	u32 rows, alive; /* of shown */
	u64 followed_ns; /* the time of the last picture in which growth was followed; 0: there was none */
};

static inline struct fold_row *row_at(const struct folded *f, u32 index)
{
	return &f->slabs[index / SLAB][index % SLAB];
}

/* The source's column of which one of the fold's is the sum. */
static inline const struct column *column_of(const struct folded *f, const struct column *c)
{
	return table_columns(f->of) + (c - table_columns(f->t));
}

/* -- fold_columns.c ------------------------------------------------------------------------------------------------ */

/* The source's column of which fold_growth() tells the growth. */
const struct column *fold_followed(const struct folded *f);
/* What a row has of one of the fold's columns; 0: nothing. */
int fold_value(const struct column *c, const struct folded *f, const struct fold_row *r, struct value *v);
/* Names a row anew, by a row of the source. */
void fold_set_label(struct folded *f, struct fold_row *r, const void *row);
