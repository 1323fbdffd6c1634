/* Made-up connections that were opened from this machine, and those that stay within it. */
#pragma once

#include "stream.h"

#define LOCAL_TICKS 16

/* Names, and which local ports there are. */
void put_local_names(struct buf *out);
/* The connections of a tick: sample is one of make_recording's. */
void put_local(struct buf *out, unsigned tick, const struct record_socket *sample);
