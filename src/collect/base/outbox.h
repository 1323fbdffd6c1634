/* What waits for the reader. The collector never blocks on it: a tick that was not begun to be sent is replaced whole
 * by the next and counted as skipped; ends and other events queue up to a bound and are counted beyond it. Order is
 * kept: an event that came while a tick was being read goes out after that tick. A reader that keeps up gets a tick in
 * parts while it is made, so that it is in memory nowhere as a whole. */
#pragma once

#include "buf.h"
#include "stream.h"

#define OUTBOX_EVENTS_MAX (256U << 20) /* bytes of queued events */

struct outbox {
	int fd;             /* non-blocking; not owned */
	struct buf sending; /* being written: must go out as it is */
	struct buf before;  /* ends, names, features and parts that go out before the tick; never replaced */
	struct buf tick;    /* one whole tick, or what is left of it, or empty */
	struct buf after;   /* events that go out after it */
	bool in_pass;       /* a tick is being made: events go behind it */
	bool held;          /* a tick was handed in and is not in sending yet; empty if memory was out */
	bool prompt;        /* hardly anything waited when the tick was begun: its parts may go ahead */
	bool begun;         /* one did: the tick goes out whole */
	u64 tick_number;    /* of the tick that is held */
	u64 delivered;      /* number of the last tick that went into sending */
	u64 skipped;        /* ticks that were replaced */
	u64 lost_ends;      /* events that did not fit */
	bool peer_gone;     /* EPIPE, ECONNRESET */
};

void outbox_init(struct outbox *o, int fd);
void outbox_deinit(struct outbox *o);
/* An event that may be dropped when the reader is far behind (an end). early: ahead of the tick that is being made,
 * which holds nothing that the event would contradict. */
void outbox_event(struct outbox *o, enum record_kind kind, const void *p, bool early);
/* An event that is always kept (names, features, the last words): few and small. */
void outbox_keep(struct outbox *o, enum record_kind kind, const void *p);
/* A name: before everything that waits, so that no record comes ahead of its names. */
void outbox_name(struct outbox *o, const struct record_name *name);
/* A tick is about to be made. Returns true if one was still held: it is dropped now and counted as skipped. */
bool outbox_begin(struct outbox *o);
/* Hands in the whole tick, or the rest of it: the buffer's contents are taken over, it is left empty. An empty one is a
 * tick that was lost: it counts as skipped when the next begins. */
void outbox_tick(struct outbox *o, struct buf *tick, u64 number);
/* Takes over what is ready of the tick that is being made, to be sent while the rest is made, and leaves an empty
 * buffer. While the reader is behind the part stays where it is. */
void outbox_ahead(struct outbox *o, struct buf *part);
/* Writes as much as fits. */
void outbox_flush(struct outbox *o);
/* Is there anything left to write? What waits for a tick that is being made cannot be written yet. */
bool outbox_waiting(const struct outbox *o);
/* Waits until everything is written, at most ms. */
void outbox_drain(struct outbox *o, int ms);
