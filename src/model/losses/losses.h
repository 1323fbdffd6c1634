/* Retransmits, drops and resets: the newest events, each charged to a socket where one is found, and exact totals by
 * reason and place. Part of the model's picture. */
#pragma once

#include "store.h"

#define LOSS_BIT(kind) (1U << (kind))
#define LOSS_RESETS (LOSS_BIT(LOSS_RESET_SENT) | LOSS_BIT(LOSS_RESET_RECEIVED))

#define LOSSES_MAX 10000 /* events that are kept; the oldest go first */

enum loss_marks {
	LOSS_SPURIOUS = 1 << 0,     /* a retransmit of data that had arrived, as the peer's DSACK showed later */
	LOSS_DROPPED_HERE = 1 << 1, /* a retransmit whose segment was dropped on this machine */
	LOSS_BY_ADDRESS = 1 << 2,   /* the socket was found by the addresses, or by the local end only */
};

/* One event. number counts all events of the stream from 1. */
struct loss {
	struct record_loss
	    r; /* r.id: the socket that it is charged to, even if the kernel named none; 0: none was found */
	u64 number;
	u64 tick; /* number of the tick that it came with */
	u64 drop; /* LOSS_DROPPED_HERE: the number of the drop; 0: the kernel reported it itself */
	u8 marks; /* enum loss_marks */
	/* the model's own */
	u32 before; /* low half of the number of the flow's event before; itself: none */
	u32 want;
	u64 flow; /* hash of both ends, in either order */
};

/* A total. */
struct loss_count {
	struct record_loss_count r;
	bool refused; /* refused by listeners, of which nothing more is known: see LOSS_REFUSED */
	/* the model's own */
	u64 number, moved;
};

/* The events that are kept have numbers up to this; 0: none yet. */
u64 model_losses_newest(const struct model *m);
/* NULL: not kept any more, or not there yet. */
const struct loss *model_loss(const struct model *m, u64 number);
/* How complete the events are; NULL: losses are not watched (yet). */
const struct record_losses *model_losses(const struct model *m);
/* How many SYNs, and last ACKs of handshakes, this listener has refused in the last tick. false: losses are not watched
 * (yet). */
bool losses_refused(const struct model *m, const struct row *r, u32 *n);
/* The i-th total, NULL past the end. In no order. */
const struct loss_count *model_loss_count(const struct model *m, size_t i);
/* A total as an event of which nothing else is known. */
struct record_loss loss_count_event(const struct loss_count *c);
/* How many of them in the last tick. */
u64 loss_count_moved(const struct model *m, const struct loss_count *c);
/* The row of the socket that it is charged to, or NULL. */
const struct row *loss_row(const struct model *m, const struct loss *l);

/* What of this machine drops packets that somebody here wants. */
struct loss_cause {
	const char *reason; /* the kernel's */
	const char *by;     /* "packet filter" */
	const char *remedy;
	bool anyone; /* a fault whether or not a socket of this machine is known that wanted it */
};

/* NULL: none of these, as far as the kernel says why. */
const struct loss_cause *loss_cause(const struct model *m, const struct record_loss *r);
/* The same of a packet that somebody misses; NULL: of others. */
const struct loss_cause *loss_fault(const struct model *m, const struct loss *l);

/* -- words; "" if nothing is known --------------------------------------------------------------------------------- */

/* "drop", "retransmit", "reset" */
const char *loss_kind_name(unsigned kind);
/* The kernel's name of the reason, its number if it has no name; the cause of a retransmit. */
void loss_reason(const struct model *m, const struct record_loss *r, char *text, size_t size);
/* The function at an address: "nft_do_chain"; with the offset, "nft_do_chain+0x1f [nf_tables]". */
void loss_function(const struct model *m, u64 address, bool place, char *text, size_t size);
/* An invalid sequence number or checksum, by the name of the reason? */
bool loss_is_error(const struct model *m, const struct record_loss *r);
