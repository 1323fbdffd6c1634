/* Cumulative histograms that come tick by tick, several together, and what was in the last tick, in about the last ten,
 * and since they were begun. Ticks are numbered by the caller, from 1. */
#pragma once

#include <stddef.h>

#include "cleanup.h"
#include "histogram.h"

#define SLIDING_RECENT_TICKS 10 /* that "recent" looks back */

enum sliding_span {
	SLIDING_TICK,   /* the last tick */
	SLIDING_RECENT, /* about the last SLIDING_RECENT_TICKS: not more, and at least half where values come in each */
	SLIDING_SINCE,  /* since they were begun */
};

/* Where a span begins. What is NULL is the beginning. */
enum sliding_marks {
	SLIDING_MARK_TICK, /* the tick before the last values */
	SLIDING_MARK_NEAR, /* up to half of "recent" back when it was last looked after … */
	SLIDING_MARK_FAR,  /* … and the one before that */
	SLIDING_MARKS,
};

struct sliding_mark;

/* Made by sliding_init(). */
struct sliding {
	size_t count;          /* histograms */
	uint64_t first, last;  /* the ticks of the first values and of the last; last 0: there are none */
	struct histogram *now; /* owned */
	struct sliding_mark *mark[SLIDING_MARKS]; /* owned */
};

/* -ENOMEM leaves it empty: count 0. */
int sliding_init(struct sliding *s, size_t count) must_check;
void sliding_deinit(struct sliding *s);

/* All begins anew in this tick. */
void sliding_begin(struct sliding *s, uint64_t tick);
/* Are these (count of them) no later state of the last ones? */
bool sliding_fell(const struct sliding *s, const struct histogram *values);
/* The state of all in this tick. The last of several in a tick counts. -ENOMEM: nothing was taken. */
int sliding_take(struct sliding *s, uint64_t tick, const struct histogram *values) must_check;

/* How many values the i-th histogram had in a span that ends with tick now, which is over; their sum goes to *sum_ns.
 * Cheaper than all of it. */
uint64_t sliding_count(const struct sliding *s, size_t i, enum sliding_span span, uint64_t now, uint64_t *sum_ns);
/* All that it had. false, and all zeroes: there was nothing. */
bool sliding_get(const struct sliding *s, size_t i, enum sliding_span span, uint64_t now, struct histogram *h);
