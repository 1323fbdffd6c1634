/* Made-up sockets that something has taken over. */
#pragma once

#include "stream.h"

#define INTERCEPTION_TICKS 4

void put_interception_names(struct buf *out);
/* What a tick sees of them; made from a sample of a socket. */
void put_interceptions(struct buf *out, unsigned tick, const struct record_socket *sample);
