/* The part of a recording that holds packets: a web request with a loss, and two datagrams before it. */
#pragma once

#include "buf.h"

#define PACKET_TCP_ID 1 /* 10.0.0.1:443 -> 10.0.0.2:50001 */
#define PACKET_UDP_ID 2 /* 10.0.0.1:53 -> 10.0.0.2:50002 */

/* Names of devices, of a reason and of a function. */
void put_packet_names(struct buf *out);
/* What was reported in tick number 2 … 4, which ends at end_ns. */
void put_packets(struct buf *out, unsigned tick, uint64_t end_ns);
