/* Made-up exchanges: a server that thinks long, clients of far hosts, what is no measure, and both
 * ends of a connection. */
#pragma once

#include "stream.h"

#define EXCHANGE_TICKS 12

/* A connection at this machine's end, whose row's id says its pid, too. */
struct made_socket {
	const char *comm;
	u8 laddr[4], raddr[4];
	u16 lport, rport;
	u8 dir;
	u32 rtt_us, minrtt_us;
};

void put_made_socket(struct buf *out, u64 id, const struct made_socket *made, u64 now_ns);
/* What a tick sees of them. */
void put_exchanges(struct buf *out, unsigned tick, u64 now_ns);
