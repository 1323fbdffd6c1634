/* The connections whose packets are kept: where each packet is in their streams of bytes. */
#pragma once

#include "idmap.h"
#include "packets_seen.h"

/* One direction of a connection. */
struct side {
	bool known; /* the next two are set */
	u32 raw;    /* a sequence number on the wire … */
	s64 at;     /* … and where it is in the stream of bytes, counted from the first one that was seen */
	s64 lowest;
	bool based;       /* base is decided */
	bool synced;      /* by a SYN */
	s64 base;         /* of the relative numbers */
	struct seen gone; /* by packets that were pushed out */
	struct seen now;
};

struct stream {
	u64 id;
	size_t packets; /* of it that are here: streams_entered(), streams_left() */
	u64 round;      /* of settling in which `now` was begun */
	bool used;
	u32 next_free;
	struct side side[2]; /* received, sent */
};

struct streams {
	struct stream *at; /* owned */
	u32 count, cap, free;
	u32 idle; /* without packets */
	struct idmap ids;
};

void streams_init(struct streams *s);
void streams_deinit(struct streams *s);
/* The number of the stream with this id, which is made if there is none. IDMAP_NONE: out of memory. */
u32 streams_get(struct streams *s, u64 id);
/* A packet of stream i came, or has left: streams without packets stay known until there are too many of them. */
void streams_entered(struct streams *s, u32 i);
void streams_left(struct streams *s, const struct packet *p);

/* Sets where the packet's numbers are. */
void stream_place(struct stream *s, struct packet *p);
/* Sets the packet's marks and relative numbers; of all that are here, in the order of time. round: a number for each
 * time that this is done. */
void stream_mark(struct stream *s, struct packet *p, u64 round);
