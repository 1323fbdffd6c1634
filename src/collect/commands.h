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
/* Notes each whole command of r->in in the collector; *tick: the next tick should come soon. false: the stream is
 * broken, and the collector's last words say why. */
bool commands_decode(struct commands *r, struct collector *c, bool *tick);
