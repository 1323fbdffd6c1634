/* Private to the model: where losses are kept, and what is done with them as records and ticks come. */
#pragma once

#include "losses.h"
#include "rows_private.h"

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

/* -ENOMEM. */
int losses_init(struct model *m) must_check;
void losses_deinit(struct model *m);
int take_loss(struct model *m, const struct record_loss *rec, struct error *err) must_check;
int take_loss_count(struct model *m, const struct record_loss_count *rec, struct error *err) must_check;
void take_losses(struct model *m, const struct record_losses *rec);
/* Charges what came in the tick, before its rates are worked out; until deadline_ns (0: to the end). true: done. */
bool losses_settle(struct model *m, u64 deadline_ns);
/* The tick is whole, and took elapsed_ns (0: not known): what it had. */
struct tick_losses losses_end_tick(struct model *m, u64 elapsed_ns);
/* New values of a socket: with the drops that were charged to it. */
void losses_add_charged(const struct model *m, struct record_socket *neu);
/* New values of a socket, as they came: its drops become those that are charged to it. r: what it was before; NULL: it
 * is new. */
void losses_own_drops(struct model *m, const struct row *r, struct record_socket *neu);
/* A row gets n drops more. */
void losses_charge(struct model *m, struct slot *s, u32 n);
/* An event was charged to this row. */
void losses_note_charged(struct model *m, const struct row *r, const struct loss *e);
/* The tick's events are charged: tells what listeners have refused beside them. */
void losses_refuse(struct model *m);
/* Takes an event in as it is. */
int loss_add(struct model *m, const struct record_loss *rec, struct error *err) must_check;
/* So many more like this event, which are in none of the stream's totals. */
int loss_count_own(struct model *m, const struct record_loss *r, u32 n, struct error *err) must_check;
/* The peer of this socket has reported segments that came twice. */
void losses_note_dsack(struct model *m, const struct record_socket *s, u32 segments);
/* Marks a retransmit whose segment was dropped on this machine. */
void loss_find_drop(const struct model *m, struct loss *e);
/* Hash of both ends of a flow, in no order; never 0. */
u64 loss_flow(u8 proto, const u8 *a, u16 aport, const u8 *b, u16 bport);
/* NULL: not kept any more. */
static inline struct loss *loss_slot(const struct model *m, u64 number)
{
	return ring_get(&m->losses->events, number);
}
static inline u64 losses_newest(const struct losses *l)
{
	return l->events.end - 1;
}
