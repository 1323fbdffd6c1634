/* Emptying the ring buffer in time. A storm of short connections fills it in a few hundred milliseconds while it takes
 * all CPUs, so a thread of real-time priority moves what comes into memory, and does nothing else but lift the
 * collector when that falls behind; the collector takes it from there. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "error.h"
#include "record.h"

#define DRAIN_BYTES_MAX (192U << 20) /* waiting for the collector */

struct ring_buffer;

/* Records, end to end, in memory of which only what is touched exists. */
struct drain_space {
	u8 *at;
	size_t used;
	size_t touched; /* bytes that have been used since memory was given back last */
};

struct drain {
	struct ring_buffer *ring;
	pthread_t thread;
	pid_t collector;                   /* the thread that takes */
	int nice;                          /* its own */
	int autogroup_fd;                  /* its group's nice value; -1: the kernel has none */
	u64 behind_ns;                     /* when too much waited for it last, 0: never */
	bool lifted;                       /* it runs ahead of others, because it was behind */
	pthread_mutex_t lock;              /* of the ring's reading side, of waiting and lost */
	size_t room;                       /* bytes in each space */
	struct drain_space waiting, taken; /* filled; those that the collector works on */
	u64 lost;                          /* records that did not fit into waiting */
	int stop_fd;                       /* readable: the thread is to end */
	bool running;
};

/* Opens what only the owner of the process may, who the collector soon is no more (confine()). Always before
 * drain_stop(). */
void drain_init(struct drain *d);
/* Starts on the ring buffer map_fd whose records are all of record_size bytes. Real-time priority may be refused: then
 * what a storm costs is counted as lost. */
int drain_start(struct drain *d, int map_fd, struct error *err) must_check;
void drain_stop(struct drain *d);

/* Hands every record that has come to each, in order. Not reentrant: each must not call it. */
void drain_take(struct drain *d, size_t record_size, void (*each)(void *context, const void *record), void *context);
/* Records lost for want of memory so far. */
u64 drain_lost(struct drain *d);
