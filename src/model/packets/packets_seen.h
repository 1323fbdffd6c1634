/* Which bytes of one direction of a connection were seen, and what that says of the packet that comes next. */
#pragma once

#include "packet.h"

#define HOLES_MAX 16 /* ranges of bytes that were passed over; of more the oldest is forgotten */

/* All below high, but for the holes. */
struct seen {
	bool any;
	s64 high;
	unsigned count;
	struct hole {
		s64 from, to;
	} holes[HOLES_MAX];
};

/* Enters a packet that was not there before. Returns PACKET_GAP (with how many bytes are missing before it),
 * PACKET_LATE, PACKET_AGAIN, or 0. */
u8 seen_enter(struct seen *s, const struct packet *p, s64 *gap);
