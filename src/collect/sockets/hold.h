/* Ends that are held back. A close with unread data or without lingering sends its RST after CLOSE, and the RST belongs
 * to the end: such an end waits until nothing more can follow, and later ends wait behind it. None waits longer than
 * HOLD_WAIT_NS, and there are at most HOLD_MAX. */
#pragma once

#include <stdbool.h>

#include "buf.h"
#include "clock.h"
#include "convert.h"
#include "idmap.h"

#define HOLD_SETTLE_NS (10 * NSEC_PER_MSEC) /* after this a softirq that sends a RST for a destroyed socket is done */
#define HOLD_WAIT_NS (200 * NSEC_PER_MSEC)  /* a close takes at most this long until its RST */
#define HOLD_MAX 16384

struct collector;

struct hold {
	struct collector *c; /* borrowed: where it is told */
	struct buf held;     /* struct held_end, oldest first */
	struct idmap newest; /* cookie → number of its newest held end */
	u32 first;           /* number of the oldest */
	int conns_fd;        /* of the map conns: an entry is deleted when its socket is destroyed */
	bool resets_seen;    /* the kernel reports RSTs that are sent; otherwise nothing is held */
};

void hold_init(struct hold *e, struct collector *c, int conns_fd, bool resets_seen);
void hold_deinit(struct hold *e);
/* Takes a record from the ring. An end is reported or held; a RST is added to the held end, or reported after an end
 * that is no longer held. */
void hold_take(void *hold, const void *record);
/* Reports the ends that are complete. true: a socket was found destroyed, and its RST may have come since: call it
 * again after reading the ring. */
bool hold_settle(struct hold *e, u64 now);
