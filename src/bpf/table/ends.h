/* Reports ends to the collector through the ring buffer. */
#pragma once

#include "table_maps.h"

/* Ends are read once a tick; the reader is woken earlier only when the ring fills up. */
#define ENDS_WAKE (1 << 20)

static __always_inline void submit_end(struct abi_sock *a)
{
	ring_submit(&ends, a, ENDS_WAKE);
}

/* A record to be filled in and submitted, or NULL: the ring is full, which is counted. */
static __always_inline struct abi_sock *reserve_end(u8 kind, u64 cookie, u64 now)
{
	struct abi_sock *a = bpf_ringbuf_reserve(&ends, sizeof(*a), 0);

	if (!a) {
		count_lost(lost_events);
		return 0;
	}
	__builtin_memset(a, 0, sizeof(*a));
	a->size = sizeof(*a);
	a->kind = kind;
	a->cookie = cookie;
	a->ktime_ns = now;
	return a;
}
