/* Sums over rows: what a group of them has in each column, as column.sum says. Only columns that somebody has asked for
 * are summed. Private to groups and folds. */
#pragma once

#include "group.h"
#include "histogram.h"
#include "list_private.h"

/* Of one column and one group; zeroed while no row has a value. A share needs two, one after the other. */
struct sum {
	union {
		u64 integer;
		double number;   /* where column_is_real(); SUM_RATIO: the parts; the next sum: of what */
		struct place of; /* SUM_SAME, SUM_MODE: a row that has the value */
		u32 newest;      /* SUM_P50, SUM_P99, SUM_TIMES: its last sample + 1, unless chosen */
		u32 mix;         /* SUM_MIX: its amounts + 1; 0: there are none */
		u32 times;       /* where the column has histograms: the group's + 1, unless chosen; 0: there is none */
	};
	u32 count;   /* rows of which it is known; SUM_MODE: that have this value; of samples, how many there are */
	u8 severity; /* the worst of theirs */
	bool mixed;  /* SUM_SAME: they do not agree */
	bool chosen; /* SUM_P50, SUM_P99: integer is the value */
};

/* The columns that are summed. Each has a slot, that it keeps. */
struct sums {
	const struct table *t;
	const void *picture; /* borrowed */
	struct summed {
		const struct column *column;
		int (*get)(const struct column *c, const void *picture, const void *row, struct value *v);
		u32 at; /* of its sums among those of a group */
		u8 sum; /* enum column_sum; here, too, as every row asks for it */
		bool real;
		bool keyed; /* SUM_SAME: all rows of a group agree, so that the first that knows it is enough */
	} * at;             /* owned; by slot */
	u32 count, cap;
	u32 width;  /* sums that a group has of all of them */
	u16 *slots; /* owned; slot + 1 by table_columns(): of the values, then of those to sort by; 0: none */
};

/* The values that are summed of a column: what it shows, or what it is sorted by (column.order). */
enum summed_values { SUMMED_SHOWN, SUMMED_CALM };

int sums_init(struct sums *s, const struct table *t, const void *picture) must_check;
void sums_deinit(struct sums *s);
/* From the next gathering on. 1: it was not summed before; 0; -ENOMEM. */
int sums_want(struct sums *s, const struct column *c, enum summed_values which);
/* All rows of a group have the same value there; before anything was gathered. -ENOMEM. */
int sums_want_keyed(struct sums *s, const struct column *c) must_check;

/* Groups with their sums: zero-initialise. A group of one row has none: what it has is asked of the row. Where there
 * are as many groups as rows, nearly all are such. */
struct gathered {
	struct group_sum *groups; /* owned */
	u32 count, cap;
	struct sum *sums;    /* owned; stride of each group that has any */
	u32 summed, sum_cap; /* groups that have; sums */
	struct idmap votes;  /* SUM_MODE: how many rows have a value, by a hash of group, column and value */
	u32 columns, stride; /* how many columns were summed when it began, and how many sums they have */
	struct sample {
		double value; /* UNIT_NSEC: in ns */
		u32 before;   /* the sample of the same sum before this one, + 1; 0: there is none */
	} * samples;          /* owned */
	u32 sample_count, sample_cap;
	struct mix {
		u32 amounts[MIX_WORDS];
	} * mixes; /* owned; of the groups that have any: those in which nothing happens have none */
	u32 mix_count, mix_cap;
	struct histogram *times; /* owned; of the groups that have any */
	u32 time_count, time_cap;
};

/* Where its first member is. */
static inline struct place first_of(const struct group_sum *group)
{
	return (struct place){.row = group->first, .mark = group->first_mark};
}

void gathered_deinit(struct gathered *g);
/* Empties it: from now on it is for the columns that are wanted. */
void gathered_begin(struct gathered *g, const struct sums *s);
/* Room for the groups below count, empty at first. -ENOMEM. */
int gathered_reserve(struct gathered *g, u32 count) must_check;
/* Where a group's label is to be written, empty at first. NULL: out of memory. */
char *gathered_label(struct gathered *g, u32 group);
/* What a row adds to a group. */
enum adds {
	ADDS_ALL,
	ADDS_NO_WORD, /* not to what is to be agreed on */
	ADDS_TICK,    /* to what is of the last tick alone; it is no member */
};
/* -ENOMEM: something is missing in the sums. */
int gathered_add(struct gathered *g, const struct sums *s, u32 group, const void *row, u32 index,
		 enum adds adds) must_check;
/* Forgets what was added: what a member adds (ADDS_ALL), or what was agreed on (ADDS_NO_WORD). -ENOMEM. */
int gathered_forget(struct gathered *g, const struct sums *s, u32 group, enum adds adds) must_check;
/* What the group has in a column. false: nothing is known, or it was not summed. */
bool gathered_value(const struct gathered *g, const struct sums *s, u32 group, const struct column *c,
		    enum summed_values which, struct value *v);
/* The histogram of a SUM_TIMES column, and its figures, which are exact. false: as above, or out of memory. */
bool gathered_times(const struct gathered *g, const struct sums *s, u32 group, const struct column *c,
		    struct histogram *h, struct histogram_figures *f);
