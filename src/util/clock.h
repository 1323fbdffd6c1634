/* The clocks that the two ends share. All times are nanoseconds in a uint64_t. */
#pragma once

#include <stdint.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000ULL
#define NSEC_PER_MSEC 1000000ULL
#define NSEC_PER_USEC 1000ULL

static inline uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

/* CLOCK_MONOTONIC: the clock of bpf_ktime_get_ns() and of every *_ns field of the stream. */
static inline uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* CLOCK_REALTIME - CLOCK_MONOTONIC. Two clocks cannot be read at once, so of a few readings the shortest is used: being
 * preempted between the two would otherwise be an error of that length. */
uint64_t realtime_offset_ns(void);

/* CPU time that this process has used, user and system. */
static inline uint64_t cpu_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}
