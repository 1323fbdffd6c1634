/* Several cumulative histograms that are updated tick by tick, and their values in the last tick, in about the last
 * ten, and since the beginning. The caller numbers the ticks from 1. */
#pragma once

#include <stddef.h>

#include "cleanup.h"
#include "histogram.h"

#define SLIDING_RECENT_TICKS 10 /* length of "recent" */

enum sliding_span {
	SLIDING_TICK,   /* the last tick */
	SLIDING_RECENT, /* about the last SLIDING_RECENT_TICKS: not more, and at least half if there are values in each
			   tick */
	SLIDING_SINCE,  /* since the beginning */
};

/* Where a span begins. NULL is the beginning of all. */
enum sliding_marks {
	SLIDING_MARK_TICK, /* the tick before the last values */
	SLIDING_MARK_NEAR, /* up to half of "recent" before its last update … */
	SLIDING_MARK_FAR,  /* … and the one before that */
	SLIDING_MARKS,
};

struct sliding_mark;

/* Made by sliding_init(). */
struct sliding {
	size_t count;                             /* number of histograms */
	uint64_t first, last;                     /* ticks of the first and the last values; last 0: there are none */
	struct histogram *now;                    /* owned */
	struct sliding_mark *mark[SLIDING_MARKS]; /* owned */
};

/* -ENOMEM leaves it empty: count 0. */
int sliding_init(struct sliding *s, size_t count) must_check;
void sliding_deinit(struct sliding *s);

/* Starts afresh in this tick. */
void sliding_begin(struct sliding *s, uint64_t tick);
/* Can these (count of them) not be a later state of the last ones? */
bool sliding_fell(const struct sliding *s, const struct histogram *values);
/* Sets the state of all in this tick; if called several times in a tick, the last counts. -ENOMEM: nothing has
 * changed. */
int sliding_take(struct sliding *s, uint64_t tick, const struct histogram *values) must_check;

/* How many values the i-th histogram had in a span that ends with tick `now`, which is over; *sum_ns is their sum.
 * Cheaper than sliding_get(). */
uint64_t sliding_count(const struct sliding *s, size_t i, enum sliding_span span, uint64_t now, uint64_t *sum_ns);
/* The values of the i-th histogram in the span. false, and all zeroes: there were none. */
bool sliding_get(const struct sliding *s, size_t i, enum sliding_span span, uint64_t now, struct histogram *h);
