/* What the reader asks for. */
#pragma once

#include "buf.h"
#include "stream.h"

struct collector;

struct requests {
	struct stream_decoder *decoder; /* owned */
	struct buf in;
};

/* What the requests of one turn come to. */
struct wishes {
	u64 sample, trace;
	bool tick; /* soon */
};

/* 0, or negative errno. */
int requests_init(struct requests *r) must_check;
void requests_deinit(struct requests *r);
/* Reads what has come and brings the collector in line with the last that was asked: what was asked before that in the
 * same breath does not happen. false when the reader is gone, or broke the stream. */
bool requests_read(struct requests *r, struct collector *c);
/* Notes each request in r->in that is whole, in w and in what of the collector each sets; false: the stream is broken.
 */
bool requests_decode(struct requests *r, struct collector *c, struct wishes *w);
