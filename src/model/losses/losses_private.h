/* Private to the model: how losses are kept, and processed as records and ticks come. */
#pragma once

#include "losses.h"
#include "rows_private.h"

/* Drops that were charged to a socket, in addition to those that it has counted itself (sk_drops), which do not include
 * packets that never reached it. */
struct loss_charge {
	u64 id;
	u32 base;  /* its own counter before */
	u32 count; /* charged since */
};

/* A listener whose drop counter has moved, or that drops were charged to. */
struct loss_listener {
	u64 id;
	u64 owed_tick;    /* model.ticks when `owed` last grew */
	u32 counter;      /* its last sk_drops */
	u32 moved;        /* growth in this tick */
	u32 refused;      /* SYNs, and last ACKs of handshakes, that it refused in the tick … */
	u64 refused_tick; /* … that is this one, as model.ticks counts it once it is whole */
	u32 owed; /* drops with events that the counter includes and that were not subtracted from its growth yet */
};

/* Rows of all namespaces that have the same ends: a packet is charged only if there is exactly one. */
struct loss_rows {
	u32 live, closed;    /* how many */
	u32 row, row_closed; /* the last of each */
};

/* Packets for which the kernel named no socket. */
struct loss_want {
	u64 number;     /* of the first such event */
	u32 exact;      /* the row with these ends, or IDMAP_NONE */
	u32 swapped;    /* the row with the ends swapped, if the other end is local */
	u32 bound;      /* a row that has only the local end */
	u32 bound_next; /* the next want of the same local port */
	bool may_be_bound;
	u8 rank;       /* how well `bound` matches: 2 by its address, 1 by a wildcard */
	u32 elsewhere; /* the want with the same ends in any namespace, in the two arrays that follow; or IDMAP_NONE */
	struct loss_rows any_exact, any_swapped;
};

struct losses {
	struct ring events;        /* of struct loss */
	struct idmap flows;        /* flow → low half of its newest event's number */
	struct loss_count *counts; /* owned */
	u32 count, cap;
	struct idmap count_ids;
	u64 total[LOSS_KINDS], total_before[LOSS_KINDS];
	u64 settled; /* events up to this one are charged */
	bool known;
	struct record_losses worth;
	u64 untold;    /* refused by listeners, and only counted */
	u64 adopted;   /* for another host, but found to belong to a socket on this machine */
	bool all_told; /* every event of the tick that is settled was reported by the kernel */

	struct loss_charge *charges; /* owned */
	u32 charge_count, charge_cap;
	struct idmap charge_ids;

	struct loss_listener *listeners; /* owned */
	u32 listener_count;
	struct idmap listener_ids;

	/* The walk over all rows to find the owners of packets. */
	bool walking;
	u32 walk_next;
	u64 walk_to;             /* events up to this one take part */
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
/* Of a key frame: what was charged to a socket, and what is known of a listener's counter. -ENOMEM. */
int take_charge(struct model *m, const struct record_charge *rec) must_check;
int losses_load_charge(struct model *m, u64 id, const struct record_charge *rec) must_check;
void losses_load_listener(struct model *m, u64 id, const struct record_charge *rec);
/* Charges the tick's events, before its rates are worked out; until deadline_ns (0: to the end). true: done. */
bool losses_settle(struct model *m, u64 deadline_ns);
/* The tick is whole, and took elapsed_ns (0: unknown): its sums. */
struct tick_losses losses_end_tick(struct model *m, u64 elapsed_ns);
/* New values of a socket: adds the drops that were charged to it. */
void losses_add_charged(const struct model *m, struct record_socket *fresh);
/* New values of a socket as they came: its drops become those that are charged to it. r: its row before; NULL: it is
 * new. */
void losses_own_drops(struct model *m, const struct row *r, struct record_socket *fresh);
/* Charges n more drops to a row. */
void losses_charge(struct model *m, struct slot *s, u32 n);
/* An event was charged to this row. */
void losses_note_charged(struct model *m, const struct row *r, const struct loss *e);
/* The tick's events are charged: makes events of what listeners have refused besides. */
void losses_refuse(struct model *m);
/* Adds an event as it is. */
int loss_add(struct model *m, const struct record_loss *rec, struct error *err) must_check;
/* Counts n more like this event that are in none of the stream's totals. */
int loss_count_own(struct model *m, const struct record_loss *r, u32 n, struct error *err) must_check;
/* The peer of this socket has reported segments that it received twice. */
void losses_note_dsack(struct model *m, const struct record_socket *s, u32 segments);
/* Marks a retransmit whose segment was dropped on this machine. */
void loss_find_drop(const struct model *m, struct loss *e);
/* NULL: not kept any more. */
static inline struct loss *loss_slot(const struct model *m, u64 number)
{
	return ring_get(&m->losses->events, number);
}
static inline u64 losses_newest(const struct losses *l)
{
	return l->events.end - 1;
}
