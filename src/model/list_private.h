/* Private to the list: keys that keep a column's order, and a sort of them that can be left and taken up again. */
#pragma once

#include "list.h"

/* A row's place, ascending in (high, low, extra, id). The direction is already in the bits: descending inverts them,
 * and an unknown value is all ones in both directions. */
struct sort_key {
	u64 high, low;
	u64 id; /* also tells whether the row's slot was given to another socket since */
	u32 row;
	u32 extra; /* a port; ~0: unknown */
};

/* How keys that agree in high and low are told apart: by asking the rows, where the text is longer than a key. */
struct sort_order {
	const struct model *m;
	const struct column *column; /* NULL: order of appearance */
	bool descending;
	bool smooth_rx, smooth_tx; /* the smoothed rates stand for the column */
	bool deep;		   /* texts can be longer than high and low hold */
};

struct segment {
	u32 begin, end;
};

#define SEGMENTS_MAX 256

struct sorter {
	struct sort_key *keys; /* borrowed */
	struct sort_order order;
	struct segment pending[SEGMENTS_MAX]; /* parts whose insides are not in order; the parts are */
	u32 count;
	bool dividing; /* pending[count - 1] is being divided: */
	u32 left, right;
	struct sort_key pivot;
	u64 random;
};

void sort_order_init(struct sort_order *o, const struct model *m, const struct column *column, bool descending);
void sort_key_make(const struct sort_order *o, const struct row *r, u32 index, struct sort_key *k);

void sorter_start(struct sorter *s, struct sort_key *keys, u32 count, const struct sort_order *o);
/* Works until the deadline (now_ns() clock; 0: none), on the parts within [first, last) before the others. Returns true
 * when everything is in order. */
bool sorter_work(struct sorter *s, u32 first, u32 last, u64 deadline);
