/* The sockets of a row of Processes, Hosts …, as a page needs them beside the row's own columns: found by a look at all
 * rows, in slices. */
#pragma once

#include "fold.h"
#include "limited.h"
#include "totals.h"

#define MEMBERS_LISTENERS 12 /* that are listed */

struct members {
	bool known;
	u32 held[LIMITED_COUNT]; /* ticks of the last LIMITED_RECENT, of all of them */
	u32 listeners;
	u64 listener_ids[MEMBERS_LISTENERS];
	bool moved;             /* one of them has a history */
	struct history history; /* rates and retransmits of those that are there, together */
};

/* The look that goes on. */
struct members_look {
	const struct fold *fold;
	u64 key;
	u32 next; /* index of a row */
	struct members found;
};

void members_begin(struct members_look *l, const struct fold *fold, u64 key);
/* Until then (now_ns()). true: l->found is whole. */
bool members_work(struct members_look *l, const struct model *m, u64 until_ns);
