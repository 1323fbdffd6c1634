/* Retransmits, drops and resets: what the object losses tells, with names for its numbers, as records. */
#pragma once

#include "record.h"
#include "abi.h"
#include "buf.h"
#include "hooks.h"
#include "outbox.h"
#include "symbols.h"
#include "entries.h"

struct ring_buffer;
struct reasons;

struct losses {
	struct hooks *hooks;      /* borrowed */
	struct ring_buffer *ring; /* owned; NULL: losses are not watched */
	struct reasons *reasons;  /* owned; names of the kernel's reasons */
	struct symbols symbols;
	struct buf waiting;        /* struct abi_loss: read and not told yet */
	struct idmap told;         /* key of a total → its place in totals */
	struct loss_total *totals; /* owned */
	u32 total_count, total_cap;
	u64 overflow; /* read and not kept */
	u64 since_ns;
};

/* The set is loaded: its events are read from now on. Why not is told in err. */
int losses_start(struct losses *l, struct hooks *h, struct error *err) must_check;
void losses_stop(struct losses *l);
/* To poll for reading; -1: not watched. */
int losses_fd(const struct losses *l);
/* Takes in what waits in the ring. */
void losses_read(struct losses *l);
/* What came since the last time, with its names, into out; the totals and what the events are worth into tick. */
void losses_tell(struct losses *l, const struct entries *table, struct outbox *out, struct buf *tick);
/* A tick was not read: its totals are told again. */
void losses_retell(struct losses *l);
/* Pure: from the kernel's units to the stream's. generation: of the socket with that cookie. */
void losses_convert(const struct abi_loss *a, u8 generation, struct record_loss *r);
