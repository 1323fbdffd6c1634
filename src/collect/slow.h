/* The slow turn: through all namespaces, for the sockets that no file holds, and for what only tells inside. */
#pragma once

#include "aside.h"
#include "pass.h"
#include "record.h"

#define SLOW_PASSES 2 /* over TCP and over UDP sockets */

enum slow_stage { SLOW_RESTS, SLOW_VISITS, SLOW_SEARCHES };

struct slow {
	enum slow_stage stage;
	u32 next, end; /* namespaces by their index: the one whose turn it is; those known at the beginning */
	bool moving;   /* only to those in which sockets move */
	bool visiting; /* the visit of next goes on */
	bool again;    /* … for the second time, for the values of what the first had found */
	bool searched; /* those that were lost have been looked for, in this turn */
	struct pass passes[SLOW_PASSES];
	struct aside aside;      /* reads for them */
	struct bpf_link *values; /* owned: the iterator over the map no_file; NULL until it is needed */
	u64 ended_ns;            /* when the last turn of either kind did */
	u64 begun_ns;            /* when the turn began that goes on, or was the last */
	u64 worked_ns;           /* what it has taken of all ticks so far */
	u32 ticks;               /* over how many it went so far */
};

struct collector;

/* After a whole pass over files: a part of the turn, if one goes on or is due. */
void slow_tick(struct collector *c);
/* Each tick: new values of the sockets that the turns have found. */
void slow_values(struct collector *c);
/* false: its thread does not come back; it keeps *s, and what the process has open. */
bool slow_deinit(struct slow *s) must_check;
/* Is no turn under way? */
static inline bool slow_rests(const struct slow *s)
{
	return s->stage == SLOW_RESTS;
}
