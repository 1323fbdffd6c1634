/* Stamps of packets on their way. A slot belongs to the packet that took it last; who finds another's there has lost his,
 * which is counted. */
#pragma once

#include "stages.h"

extern struct rx_slot rx_slots[SLOTS];
extern struct tx_slot tx_slots[SLOTS];
extern struct rx_segment rx_segments[CPUS];

static __always_inline struct rx_slot *rx_slot(const struct sk_buff *skb)
{
	return &rx_slots[slot_of(low_half(skb) >> 6)]; /* they begin at cache lines */
}

/* The stamps of a packet, or 0: it has none. */
static __always_inline struct rx_slot *rx_find(const struct sk_buff *skb)
{
	struct rx_slot *s = rx_slot(skb);

	if (s->skb != (u64)skb)
		s = 0;
	barrier_var(s); /* the caller's test is one of s: a second comparison would tell the verifier nothing */
	return s;
}

static __always_inline struct tx_slot *tx_slot(u32 sk_low, u32 seq)
{
	return &tx_slots[slot_of(sk_low ^ seq)];
}
