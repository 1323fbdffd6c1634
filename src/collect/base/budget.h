/* Limits the collector's CPU time. Its passes visit sockets, descriptors and namespaces, of which others can make any
 * number. What does not fit into one tick continues in the next. */
#pragma once

#include <stdbool.h>

#include "record.h"

#define BUDGET_PERCENT 25 /* of one CPU, if the command line does not say */

struct budget {
	double share;    /* of one CPU: above 0, at most 1 */
	u64 interval_ns; /* from tick to tick */
	u64 start_ns;
	u64 at_ns, cpu_ns; /* at the last refill: the time, and the CPU time of the process */
	double left_ns;    /* CPU time left at that moment; below 0: overdrawn */
};

/* When a piece of work has to stop: by CPU time of the process, and by the clock. */
struct slice {
	u64 cpu_ns, wall_ns;
};

/* percent: of one CPU; 0: BUDGET_PERCENT. The first second of CPU time is free, so that the first picture is
 * complete. */
void budget_init(struct budget *b, u32 percent);
/* At the start of a tick: adds the share of the time since the last one, subtracts what was used. */
void budget_refill(struct budget *b, u64 interval_ns);
/* What is left of this tick, at most wall_ns by the clock. Never nothing, so that each tick makes some progress. */
struct slice budget_slice(const struct budget *b, u64 wall_ns);
/* How much of a tick, by the clock, a pass over the sockets may take. */
u64 budget_wall(const struct budget *b);
bool slice_over(const struct slice *s);
