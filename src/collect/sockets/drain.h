/* Empties the ring buffer in time. A storm of short connections fills it within a few hundred milliseconds while it
 * keeps all CPUs busy. So a thread of real-time priority moves the records into memory, from which the collector takes
 * them; it does nothing else except raise the collector's priority when that falls behind. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "error.h"
#include "record.h"

#define DRAIN_BYTES_MAX (192U << 20) /* of records waiting for the collector */

struct ring_buffer;

/* Records, one after the other, in memory of which only the used pages exist. */
struct drain_space {
	u8 *at;
	size_t used;
	size_t touched; /* bytes that were used since memory was last returned */
};

struct drain {
	struct ring_buffer *ring;
	pthread_t thread;
	pid_t collector;                   /* the thread whose priority is raised */
	int nice;                          /* its normal nice value */
	int autogroup_fd;                  /* file with its group's nice value; -1: the kernel has none */
	u64 behind_ns;                     /* when too much was last waiting, 0: never */
	bool lifted;                       /* its priority is raised, because it was behind */
	pthread_mutex_t lock;              /* for the reading end of the ring, waiting and lost */
	size_t room;                       /* bytes in each space */
	struct drain_space waiting, taken; /* being filled; being processed by the collector */
	u64 lost;                          /* records that did not fit into waiting */
	int stop_fd;                       /* readable: the thread is to end */
	bool running;
};

/* Opens what only the process's original user may open, before confine(). Must precede drain_stop(). */
void drain_init(struct drain *d);
/* Starts on the ring buffer map_fd, whose records all have record_size bytes. Real-time priority may be refused:
 * records that are then lost in a storm are counted. */
int drain_start(struct drain *d, int map_fd, struct error *err) must_check;
void drain_stop(struct drain *d);

/* Hands every record that has come to `each`, in order. Not reentrant: `each` must not call it. */
void drain_take(struct drain *d, size_t record_size, void (*each)(void *context, const void *record), void *context);
/* Records lost so far because memory was full. */
u64 drain_lost(struct drain *d);
