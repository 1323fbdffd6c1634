/* A moment of a recording, as somebody names it: so long after its first tick, or a time of day. */
#pragma once

#include <stdbool.h>

#include "record.h"

struct moment {
	bool given;
	bool clock; /* ns is the local time of day, else it counts from the first tick */
	u64 ns;
};

/* "+90", "+1.5": seconds; "14:02", "14:02:11". false: it is neither. */
bool moment_parse(const char *text, struct moment *m);
/* When it is, on the clock of record_tick.time_ns, in a recording that begins with this tick: of a time of day the
 * first such time. */
u64 moment_ns(const struct moment *m, const struct record_tick *first);
