/* What waits for the reader. The collector never blocks on it: a tick of which nothing was sent yet is replaced as a
 * whole by the next and counted as skipped; ends and other events are queued up to a bound, and counted beyond it.
 * Order is kept: an event that happened while a tick was being made goes out after that tick. A reader that keeps up
 * gets a tick in parts while it is made, so that it is never in memory as a whole. */
#pragma once

#include "buf.h"
#include "stream.h"

#define OUTBOX_EVENTS_MAX (256U << 20) /* bytes of queued events */

struct outbox {
	int fd;             /* non-blocking; not owned */
	struct buf sending; /* being written: nothing in it can be taken back */
	struct buf before;  /* ends, names, features and parts of a tick that go out before `tick`; never replaced */
	struct buf tick;    /* one whole tick, or the rest of one, or empty */
	struct buf after;   /* events that go out after it */
	bool in_pass;       /* a tick is being made: events go after it */
	bool held;          /* a tick was handed in and is not in `sending` yet; `tick` is empty if memory ran out */
	bool prompt;        /* hardly anything waited when the tick began: its parts may be sent early */
	bool begun;         /* a part was: the tick must be sent to its end */
	u64 tick_number;    /* of the tick that is held */
	u64 delivered;      /* number of the last tick that went into `sending` */
	u64 skipped;        /* ticks that were replaced */
	u64 lost_ends;      /* events that did not fit */
	bool peer_gone;     /* EPIPE, ECONNRESET */
};

void outbox_init(struct outbox *o, int fd);
void outbox_deinit(struct outbox *o);
/* Queues an event that may be dropped when the reader is far behind (an end). early: it goes ahead of the tick that is
 * being made, which contains nothing that contradicts it. */
void outbox_event(struct outbox *o, enum record_kind kind, const void *p, bool early);
/* Queues an event that is always kept (names, features, the last words). These are few and small. */
void outbox_keep(struct outbox *o, enum record_kind kind, const void *p);
/* Queues a name ahead of everything that waits, so that no record precedes its names. */
void outbox_name(struct outbox *o, const struct record_name *name);
/* Called before a tick is made. true: the one before was still held; it is dropped and counted as skipped. */
bool outbox_begin(struct outbox *o);
/* Hands in the whole tick, or the rest of it: takes the buffer's contents and leaves it empty. An empty buffer is a
 * tick that was lost; it counts as skipped when the next one begins. */
void outbox_tick(struct outbox *o, struct buf *tick, u64 number);
/* Takes what is ready of the tick that is being made, so that it can be sent meanwhile, and leaves an empty buffer.
 * While the reader is behind, the part stays in the buffer. */
void outbox_ahead(struct outbox *o, struct buf *part);
/* Writes as much as fits. */
void outbox_flush(struct outbox *o);
/* Is there anything to write? Not what waits for a tick that is still being made. */
bool outbox_waiting(const struct outbox *o);
/* Waits until everything is written, for at most ms. */
void outbox_drain(struct outbox *o, int ms);
