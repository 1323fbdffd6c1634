/* Made-up connections of which each begins and ends in its own way. */
#pragma once

#include "stream.h"

#define LIFE_TICKS 5

/* What a tick sees of them. */
void put_lives(struct buf *out, unsigned tick, u64 now_ns);
