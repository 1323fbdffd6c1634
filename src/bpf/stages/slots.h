/* Stamps of packets on their way. A slot belongs to the packet that took it last; who finds another's there has lost
 * his, which is counted. */
#pragma once

#include "stamps.h"

extern struct rx_slot rx_slots[SLOTS];
extern struct tx_slot tx_slots[SLOTS];
extern struct rx_segment rx_segments[CPUS];
extern struct driver_call driver_calls[CPUS];
extern struct tx_held tx_held[SLOTS];

#define ECHO_SLOTS 2048 /* ICMP echo packets that came in and are not read, a power of two */

extern struct echo_slot echo_slots[ECHO_SLOTS];

static __always_inline struct rx_segment *segment_here(void)
{
	return &rx_segments[bpf_get_smp_processor_id() & (CPUS - 1)];
}

/* Quicker than count_stage(). */
static __always_inline void count_stamped(void)
{
	__sync_fetch_and_add(&segment_here()->stamped, 1);
}

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

/* Nobody is to find this skb's GRO entry any more: it went another way than to its device's stamp. */
static __always_inline void gro_forget(const struct sk_buff *skb)
{
	struct rx_slot *s = rx_slot(skb);

	if (s->gro_skb == (u64)skb)
		s->gro_skb = 0;
}

/* GRO entry of the packet whose slot it is; 0: it passed none. What another has stamped since is later than its
 * device's. */
static __always_inline u64 gro_time(const struct rx_slot *s)
{
	return s->gro_ns <= s->device_ns ? s->gro_ns : 0;
}

static __always_inline struct tx_held *tx_held_at(const struct sk_buff *skb)
{
	return &tx_held[slot_of(low_half(skb) >> 6)];
}

/* The driver has passed it on or given it back: that it is freed some time says nothing of the driver. */
static __always_inline void tx_held_forget(const struct sk_buff *skb)
{
	struct tx_held *h = tx_held_at(skb);

	if (h->skb == (u64)skb)
		h->skb = 0;
}

#define SEEN_SENT 1     /* at the driver's call */
#define SEEN_RECEIVED 2 /* at the device's stamp */

static __always_inline void note_seen(const struct sk_buff *skb, u64 by)
{
	struct tx_held *h = tx_held_at(skb);

	h->seen_by = (h->seen == (u64)skb ? h->seen_by : 0) | by;
	h->seen = (u64)skb;
}

/* Somebody frees an skb. One that is freed within its driver's call was dropped there, or copied: that is no
 * completion. */
static __always_inline void tx_freed(const struct sk_buff *skb)
{
	const struct driver_call *c = &driver_calls[bpf_get_smp_processor_id() & (CPUS - 1)];
	struct tx_held *h = tx_held_at(skb);

	if (h->skb != (u64)skb)
		return;
	h->skb = 0;
	if (!c->busy || c->skb != (u64)skb)
		trace_freed(h->key);
}

static __always_inline struct tx_slot *tx_slot(u32 sk_low, u32 seq)
{
	return &tx_slots[slot_of(sk_low ^ seq)];
}
