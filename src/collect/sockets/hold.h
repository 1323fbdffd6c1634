/* Ends that are held back. A close with unread data or without lingering sends its RST behind CLOSE, and it belongs to
 * the end: such an end waits until nothing can follow it any more, and whatever ended later waits behind it. Nobody
 * waits longer than HOLD_WAIT_NS, nor do more than HOLD_MAX. */
#pragma once

#include <stdbool.h>

#include "buf.h"
#include "clock.h"
#include "convert.h"
#include "idmap.h"

#define HOLD_SETTLE_NS                                                                                                 \
	(10 * NSEC_PER_MSEC) /* a softirq that sends a RST for a socket which is destroyed is done by then */
#define HOLD_WAIT_NS (200 * NSEC_PER_MSEC) /* who closes is that long away from its RST at most */
#define HOLD_MAX 16384

struct collector;

struct hold {
	struct collector *c; /* borrowed: where it is told */
	struct buf held;     /* struct held_end, oldest first */
	struct idmap newest; /* cookie → number of its newest end that is held */
	u32 first;           /* number of the oldest */
	int conns_fd;        /* of the map conns: an entry goes as its socket is destroyed */
	bool resets_told;    /* the kernel tells of RSTs that are sent; else nothing is waited for */
};

void hold_init(struct hold *e, struct collector *c, int conns_fd, bool resets_told);
void hold_deinit(struct hold *e);
/* A record of the ring: an end is told or held back; a RST goes to the end that is held, else behind the one that was
 * told. */
void hold_take(void *hold, const void *record);
/* Tells the ends that are complete. True: some socket was found to be destroyed, and its RST may have reached the ring
 * in the meantime: to be called again after another look there. */
bool hold_settle(struct hold *e, u64 now);
