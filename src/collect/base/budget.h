/* How much CPU time the collector may take. Its passes go over whatever others make: sockets, descriptors, namespaces.
 * What does not fit into one tick goes on in the next. */
#pragma once

#include <stdbool.h>

#include "record.h"

#define BUDGET_PERCENT 25 /* of one CPU, unless the command line says otherwise */

struct budget {
	double share;    /* of one CPU: above 0, at most 1 */
	u64 interval_ns; /* from tick to tick */
	u64 start_ns;
	u64 at_ns, cpu_ns; /* at the last refill: now, and what the process had used */
	double left_ns;    /* CPU time that was left then; below 0: too much was used */
};

/* Until when a piece of work may go on: CPU time of the process, and the clock. */
struct slice {
	u64 cpu_ns, wall_ns;
};

/* percent of one CPU; 0: BUDGET_PERCENT. The first second of CPU time is free, so that the first picture is whole. */
void budget_init(struct budget *b, u32 percent);
/* A tick begins: what the time since the last one is worth comes in, what was used meanwhile goes out. */
void budget_refill(struct budget *b, u64 interval_ns);
/* What is left of this tick, at most wall_ns by the clock. Never nothing: each tick gets on. */
struct slice budget_slice(const struct budget *b, u64 wall_ns);
/* The time, by the clock, that a pass over the sockets may take of a tick. */
u64 budget_wall(const struct budget *b);
bool slice_over(const struct slice *s);
