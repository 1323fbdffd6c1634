/* Made-up round trips: a near and a far host, of which the far one becomes farther, and who connects to them. */
#pragma once

#include "stream.h"

#define TIME_TICKS 64
#define TIME_FARTHER 40 /* the tick from which the far host's round trips take longer */

/* What a tick sees of them. */
void put_times(struct buf *out, unsigned tick, u64 now_ns);
