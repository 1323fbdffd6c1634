/* What the reader asks for. */
#pragma once

#include "buf.h"
#include "collector.h"
#include "stream.h"

struct commands {
	struct source source;
	struct stream_decoder *decoder; /* owned */
	struct buf in;
};

/* 0, or negative errno. */
int commands_init(struct commands *r) must_check;
void commands_deinit(struct commands *r);
/* Notes each command in r->in that is whole in what of the collector it sets; *tick: the next tick is to come soon.
 * false: the stream is broken, and the collector's last words say how. */
bool commands_decode(struct commands *r, struct collector *c, bool *tick);
