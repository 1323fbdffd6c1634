/* The scheduler's clock, by which it notes when tasks ran, beside the monotonic one: both run on alone, and drift apart
 * by some microseconds in a second. */
#pragma once

#include "hooks.h"

struct sched_clock {
	struct bpf_link *link; /* owned: runs the program that reads both */
	struct sched_look {
		u64 sched, ahead; /* the monotonic clock is ahead by so much (modulo 2^64), ns; sched 0: not known */
	} last, before;
};

/* The set of exchanges is loaded, or is about to be unloaded. Without the feature the clock stays unknown. */
void sched_clock_begin(struct sched_clock *s, const struct hooks *h);
void sched_clock_end(struct sched_clock *s);
/* Compares the clocks: once a tick. Sleeps a moment. */
void sched_clock_look(struct sched_clock *s, const struct hooks *h);
/* What the monotonic clock said then, ns; right to some microseconds. It was before that time: if the looks say it was
 * not, they were late, and are corrected. 0: not known. */
u64 sched_clock_monotonic(struct sched_clock *s, u64 sched, u64 before);
