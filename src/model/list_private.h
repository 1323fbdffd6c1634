/* Private to the list: keys that keep a column's order, and a sort of them that can be left and taken up again. */
#pragma once

#include "column_texts.h"
#include "list.h"

/* A row's place, ascending in (high, low, extra, id). The direction is already in the bits: descending inverts them,
 * and an unknown value is all ones in both directions. */
struct sort_key {
	u64 high, low;
	u64 id; /* also tells whether the row's slot was given to another socket since */
	u32 row;
	u32 extra; /* a port; ~0: unknown */
};

static inline bool sort_key_unknown(const struct sort_key *k)
{
	return k->extra == UINT32_MAX;
}

struct sorter;

/* -- list_rank.c: texts that a key cannot hold --------------------------------------------------------------------- */

/* Zero-initialise to start; it must not move. */
struct text_ranks {
	struct column_texts texts; /* those of the rows that were given a key */
	struct sort_key *keys;	   /* owned; one for each text, row being its number */
	u32 cap;
	size_t prefix; /* bytes that all texts begin with */
	bool failed;   /* out of memory: the numbers are not whole */
};

void text_ranks_deinit(struct text_ranks *r);
void text_ranks_clear(struct text_ranks *r);
u64 text_ranks_number(struct text_ranks *r, const char *text);
/* Begins to sort the texts. false: out of memory. */
bool text_ranks_start(struct text_ranks *r, struct sorter *s);
/* Order of two texts, by number, that agree in their keys. */
int text_ranks_compare(const struct text_ranks *r, u32 a, u32 b);
/* Once the texts are in order: ranks instead of numbers in the keys of the rows. */
void text_ranks_apply(struct text_ranks *r, struct sort_key *keys, u32 count, bool descending);

/* -- list_sort.c --------------------------------------------------------------------------------------------------- */

/* How a row gets its key. */
struct sort_order {
	const struct model *m;
	const struct column *column; /* NULL: order of appearance */
	bool descending;
	bool smooth_rx, smooth_tx; /* the smoothed rates stand for the column */
	struct text_ranks *ranks;  /* borrowed; NULL: high and low hold the whole text */
};

struct segment {
	u32 begin, end;
};

#define SEGMENTS_MAX 256

struct sorter {
	struct sort_key *keys; /* borrowed */
	const struct text_ranks *texts; /* borrowed; what the keys are of, NULL: of rows */
	struct segment pending[SEGMENTS_MAX]; /* parts whose insides are not in order; the parts are */
	u32 count;
	bool dividing; /* pending[count - 1] is being divided: */
	u32 left, right;
	struct sort_key pivot;
	u64 random;
};

/* ranks is cleared, and used where the column's texts can be longer than a key. */
void sort_order_init(struct sort_order *o, const struct model *m, const struct column *column, bool descending,
		     struct text_ranks *ranks);
void sort_key_make(const struct sort_order *o, const struct row *r, u32 index, struct sort_key *k);
/* high and low from the first bytes of a text. */
void sort_key_text(const char *text, struct sort_key *k);
/* The bits of a double as an unsigned number of the same order. */
u64 sort_key_double(double d);

void sorter_start(struct sorter *s, struct sort_key *keys, u32 count, const struct text_ranks *texts);
/* Works until the deadline (now_ns() clock; 0: none), on the parts within [first, last) before the others. Returns true
 * when everything is in order. */
bool sorter_work(struct sorter *s, u32 first, u32 last, u64 deadline);
/* The same until [first, last) is in its final order; the rest may be left. */
bool sorter_show(struct sorter *s, u32 first, u32 last, u64 deadline);
/* How many of count keys, in whatever order they lie, come before one. */
u32 sorter_rank(const struct sorter *s, u32 count, const struct sort_key *k);
