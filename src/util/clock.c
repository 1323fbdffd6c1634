/* The offset between two clocks. */
#include "clock.h"

#define TRIES 5
#define CLOSE_ENOUGH_NS (5 * NSEC_PER_USEC) /* nobody else had the processor meanwhile */

uint64_t realtime_offset_ns(void)
{
	uint64_t least = UINT64_MAX, offset = 0;

	for (int i = 0; i < TRIES && least > CLOSE_ENOUGH_NS; i++) {
		uint64_t before = now_ns(), real = clock_ns(CLOCK_REALTIME), took = now_ns() - before;

		if (took >= least)
			continue;
		least = took;
		offset = real - (before + took / 2);
	}
	return offset;
}
