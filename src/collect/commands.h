/* What the reader asks for. */
#pragma once

#include "buf.h"
#include "stream.h"

struct collector;

struct commands {
	struct stream_decoder *decoder; /* owned */
	struct buf in;
};

/* What the commands of one turn come to. */
struct wishes {
	u64 sample, trace;
	bool tick; /* soon */
};

/* 0, or negative errno. */
int commands_init(struct commands *r) must_check;
void commands_deinit(struct commands *r);
/* Reads what has come and brings the collector in line with the last that was asked: what was asked before that in the
 * same breath does not happen. false when the reader is gone, or broke the stream. */
bool commands_read(struct commands *r, struct collector *c);
/* Notes each command in r->in that is whole, in w and in what of the collector each sets; false: the stream is broken.
 */
bool commands_decode(struct commands *r, struct collector *c, struct wishes *w);
