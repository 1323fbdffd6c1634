/* The pass over the sockets that a file holds. It begins anew with each tick, unless it has not come to its end:
 * descriptors can be made by the million. */
#pragma once

#include "pass.h"
#include "record.h"

#define WANTED_MAX 4096 /* a quarter of ABI_WANTED_SLOTS */

struct files {
	struct pass pass;
	u64 begun_ns;           /* when it began, the one that goes on or was the last */
	u64 took_ns;            /* from beginning to end, of the last whole one */
	u32 ticks;              /* over how many it went so far */
	u32 whole_ticks;        /* … and the last whole one */
	bool whole;             /* it came to its end in this tick */
	bool unread;            /* a tick of it was never read */
	u64 seen;               /* sockets that the last whole one has seen */
	u64 wanted[WANTED_MAX]; /* what it is to write out whole */
	u32 wanted_count;
};

struct collector;

/* A tick begins; delivered: the one before has been read. */
void files_next(struct collector *c, bool delivered);
/* A part of the pass, or all of it, in the tick that began at tick_ns. */
void files_tick(struct collector *c, u64 tick_ns);
/* What depends on a whole pass is done: what it was asked for has been told. */
void files_done(struct collector *c);
