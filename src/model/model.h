/* The model: one consistent picture of all sockets, made from the record stream. Rows live in slabs and are named by
 * an index that stays theirs for life; rates, histories, totals and the verdict `limited` are worked out when a tick is
 * whole. No terminal, no kernel, no I/O: records in, picture out. Single-threaded. What is in the picture is read by
 * store.h, totals.h, losses.h, layers.h and packets.h, how much is kept is set by bounds.h: they do without this
 * header, and so should who does not make a model. */
#pragma once

#include "cleanup.h"
#include "error.h"
#include "record.h"
#include "stream.h"

struct model;

int model_new(struct model **m) must_check;
void model_free(struct model *m);

/* Networks that remote addresses are gathered by; borrowed. NULL, at first: all of the usual length. */
struct prefixes;
void model_set_prefixes(struct model *m, const struct prefixes *p);

/* Which of several machines the records come from, 0 … 255; called before the first of them. Default: 0. */
void model_set_host(struct model *m, u32 number);

/* Takes one record in. O(1) except RECORD_TICK, which works out the rates of the rows that moved. Returns 1 when the
 * record ended a tick (the picture is whole), 0 otherwise, negative errno on failure (-ENOMEM, -E2BIG: a limit). */
int model_apply(struct model *m, const struct record *rec, struct error *err) must_check;

/* A tick in slices, instead of model_apply(RECORD_TICK): begun once, then worked on until it is whole. Until then the
 * totals are those of the tick before. A record that is applied in between finishes it first. */
void model_begin_tick(struct model *m, const struct record_tick *tick);
/* Works until deadline_ns (now_ns() clock; 0: to the end), at least on some rows. Returns true when no tick is left to
 * work on. */
bool model_work(struct model *m, u64 deadline_ns);

/* Writes the whole picture as records, for a model that begins in the middle of a stream: from RECORD_KEY to the tick's
 * own RECORD_TICK. What is in them, and what is not, is said in record_key.h. In slices: the writer is zeroed at first;
 * until it returns true (at the latest at deadline_ns, now_ns() clock, 0: to the end), no record is to be applied but
 * RECORD_HOST. There must have been a tick. If there is no memory out->failed says so. */
struct buf;
struct model_writer {
	u32 section, at; /* how far it has come */
};
bool model_write(const struct model *m, struct model_writer *w, struct buf *out, u64 deadline_ns);
/* The same bounds and settings as another has: networks, host, how much is kept. */
void model_set_like(struct model *m, const struct model *other);
