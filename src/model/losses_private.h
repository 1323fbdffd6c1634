/* Private to the model: where losses are kept. */
#pragma once

#include "idmap.h"
#include "losses.h"
#include "ring.h"

/* Drops that were charged to a socket, next to those that the socket has counted itself (sk_drops): what it does not
 * count are packets that never reached it. */
struct loss_charge {
	u64 id;
	u32 base;  /* what it had counted before */
	u32 count; /* charged since */
};

/* A listener whose counter of drops has moved, or to which drops were charged. */
struct loss_listener {
	u64 id;
	u64 owed_tick; /* model.ticks when it was last owed anything */
	u32 counter;   /* sk_drops, as it came last */
	u32 moved;     /* by how much, in this tick */
	u32 owed;      /* of events, what the counter has of them and has not been set off yet */
};

/* Rows of all namespaces that have the same ends: only of one alone is it known that it is meant. */
struct loss_rows {
	u32 live, closed;    /* how many */
	u32 row, row_closed; /* the last of each */
};

/* Packets of which the kernel named no socket. */
struct loss_want {
	u64 number;     /* of the first such event */
	u32 exact;      /* the row with these ends, or IDMAP_NONE */
	u32 swapped;    /* the other end, if that is ours */
	u32 bound;      /* one that has the local end only */
	u32 bound_next; /* the next want of the same local port */
	bool may_be_bound;
	u8 rank;       /* of bound: 2 its address, 1 any */
	u32 elsewhere; /* the want that has the same ends, whatever the namespace, in the two that follow; or IDMAP_NONE
			*/
	struct loss_rows any_exact, any_swapped;
};

struct losses {
	struct ring events;        /* of struct loss */
	struct idmap flows;        /* flow → low half of its newest event's number */
	struct loss_count *counts; /* owned */
	u32 count, cap;
	struct idmap count_ids;
	u64 total[LOSS_KINDS], total_before[LOSS_KINDS];
	u64 settled; /* events up to here are charged */
	bool known;
	struct record_losses worth;
	u64 untold;            /* refused by listeners, and only counted */
	u64 adopted;           /* for another host, and found to be of a socket of ours */
	bool all_told;         /* of the tick that is settled, every event of the kernel's was */
	u64 moved[LOSS_KINDS]; /* in the last tick */
	double rates[LOSS_KINDS];

	struct loss_charge *charges; /* owned */
	u32 charge_count, charge_cap;
	struct idmap charge_ids;

	struct loss_listener *listeners; /* owned */
	u32 listener_count;
	struct idmap listener_ids;

	/* A walk over all rows in search of those that packets belong to. */
	bool walking;
	u32 walk_next;
	u64 walk_to;             /* events up to here take part */
	struct loss_want *wants; /* owned */
	u32 want_count, want_cap;
	struct idmap by_flow, by_swapped, by_port, by_any, by_any_swapped;
};
