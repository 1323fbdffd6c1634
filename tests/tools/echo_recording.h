/* The part of a recording that holds ICMP echo packets: pings sent and answered, one that takes long to be read, one
 * whose reply is dropped, one from outside. */
#pragma once

#include "buf.h"

#define ECHO_TICKS 4

/* What was reported in tick number 2 … ECHO_TICKS, which ends at end_ns. */
void put_echoes(struct buf *out, unsigned tick, uint64_t end_ns);
/* Their layers until then. */
void put_echo_layers(struct buf *out, unsigned tick);
