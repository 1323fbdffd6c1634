/* Shared by the parts of the metrics: rows that have series of their own, and how a sample is written. */
#pragma once

#include "fold.h"
#include "list.h"
#include "metrics.h"

#define METRIC_LABELS_MAX 512 /* bytes of all labels of a series */
#define METRIC_COLUMNS 32     /* of a table that are metrics */

/* A series for each metric of a table; NaN: not known, and not written. */
struct metric_series {
	char labels[METRIC_LABELS_MAX]; /* as they are written; "": nobody has the place */
	u64 id;                         /* of the row */
	u32 rank;                       /* in this tick; UINT32_MAX: the row is gone */
	u64 gone_ns;                    /* when it was first missed */
	double values[METRIC_COLUMNS];
};

/* The rows of a fold. What they did in a tick is added, when the tick comes, to the counters of the row if it has a
 * place then, else to those of "other". So what stands there never moves: no counter falls when a row ends or loses its
 * place, and what all series grow by is what all rows did. */
struct metric_table {
	const struct table *t;
	struct folded *fold;
	struct list *list;
	const struct column *columns[METRIC_COLUMNS];
	size_t column_count;
	struct metric_series *series; /* owned; top of them */
	struct idmap places;          /* by the row's id: the series, of the last tick */
	u32 top, left_out;            /* rows without a place in this tick */
	struct metric_series other;
};

/* The i-th table with metrics; NULL past the end. */
const struct table *metric_table_at(size_t i);
/* -ENOMEM; it has to be released in any case. */
int metric_table_init(struct metric_table *t, const struct table *of, u32 top, const struct model *m) must_check;
void metric_table_deinit(struct metric_table *t);
/* A tick is whole. -ENOMEM. */
int metric_table_take(struct metric_table *t, const struct model *m) must_check;
void metric_table_put(struct buf *out, const struct metric_table *t);

/* The metadata of a family: # TYPE, # UNIT, # HELP. The name is without "skbtop_", and begins with prefix and "_" where
 * there is one. */
void metric_put_head(struct buf *out, const char *prefix, const char *name, const char *help);
/* One sample; labels "" without any. NaN: nothing is written. */
void metric_put(struct buf *out, const char *prefix, const char *name, const char *labels, double value);
/* Appends NAME="VALUE" to labels, after a comma where there is something before. */
void metric_label(char labels[METRIC_LABELS_MAX], const char *name, const char *value);
bool metric_is_counter(const char *name);

/* By the collector's cause: what was lost. Zero-initialise. */
#define METRIC_LOSSES 256 /* of them; what comes later is "other" */
struct metric_losses {
	struct metric_loss {
		char labels[METRIC_LABELS_MAX];
		u64 count;
	} at[METRIC_LOSSES + 1];
	size_t count;
};
