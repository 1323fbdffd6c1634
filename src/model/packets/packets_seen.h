/* Which bytes of one direction of a connection were seen, and what that means for the next packet. */
#pragma once

#include "packet.h"

#define HOLES_MAX 16 /* missing ranges of bytes; of more the oldest is forgotten */

/* Everything below high, except the holes. */
struct seen {
	bool any;
	s64 high;
	unsigned count;
	struct hole {
		s64 from, to;
	} holes[HOLES_MAX];
};

/* Enters a packet for the first time. Returns PACKET_GAP (and how many bytes are missing before it), PACKET_LATE,
 * PACKET_AGAIN, or 0. */
u8 seen_enter(struct seen *s, const struct packet *p, s64 *gap);
