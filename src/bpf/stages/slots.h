/* Stamps of packets on their way. A slot belongs to the packet that took it last; if a packet finds its slot taken by
 * another, its stamps are lost, which is counted. */
#pragma once

#include "stamps.h"

extern struct rx_slot rx_slots[SLOTS];
extern struct tx_slot tx_slots[SLOTS];
extern struct rx_segment rx_segments[CPUS];
extern struct driver_call driver_calls[CPUS];
extern struct tx_held tx_held[SLOTS];

#define ECHO_SLOTS 2048 /* received ICMP echo packets that are not read yet, a power of two */

extern struct echo_slot echo_slots[ECHO_SLOTS];

static __always_inline struct rx_segment *segment_here(void)
{
	return &rx_segments[bpf_get_smp_processor_id() & (CPUS - 1)];
}

/* Cheaper than count_stage(). */
static __always_inline void count_stamped(void)
{
	__sync_fetch_and_add(&segment_here()->stamped, 1);
}

static __always_inline struct rx_slot *rx_slot(const struct sk_buff *skb)
{
	return &rx_slots[slot_of(low_half(skb) >> 6)]; /* skbs are aligned to cache lines */
}

/* The stamps of a packet, or NULL: it has none. */
static __always_inline struct rx_slot *rx_find(const struct sk_buff *skb)
{
	struct rx_slot *s = rx_slot(skb);

	if (s->skb != (u64)skb)
		s = 0;
	barrier_var(s); /* so that the caller compares s itself: from another comparison the verifier would learn
			   nothing about s */
	return s;
}

/* Forgets this skb's GRO entry: it did not go to its device's stamp. */
static __always_inline void gro_forget(const struct sk_buff *skb)
{
	struct rx_slot *s = rx_slot(skb);

	if (s->gro_skb == (u64)skb)
		s->gro_skb = 0;
}

/* GRO entry of the slot's packet; 0: it passed none. A later skb at this address may have been stamped since, after the
 * device's stamp. */
static __always_inline u64 gro_time(const struct rx_slot *s)
{
	return s->gro_ns <= s->device_ns ? s->gro_ns : 0;
}

static __always_inline struct tx_held *tx_held_at(const struct sk_buff *skb)
{
	return &tx_held[slot_of(low_half(skb) >> 6)];
}

/* The driver has passed it on or given it back: freeing it is no longer a completion. */
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

/* An skb is freed. If that happens within its driver's call, it was dropped there, or copied: not a completion. */
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

/* -- what is left out ---------------------------------------------------------------------------------------------- */

/* While one packet in so many is measured: how many of a socket's packets have stamps and are on their way. Sockets may
 * share a number. It may be too large for a while (a packet was dropped), never too small: 0 says that this packet has
 * no stamps, without a look at its headers, or for its socket. */
extern u32 tx_awaited[SLOTS]; /* until a driver has accepted them */
extern u32 rx_awaited[SLOTS]; /* TCP: until they are read */

static __always_inline u32 *awaited_of(u32 *numbers, u32 sk_low)
{
	return &numbers[slot_of(sk_low >> 6)];
}

static __always_inline bool is_left_out(u32 *numbers, const struct sock *sk)
{
	return is_sparse() && !*awaited_of(numbers, low_half(sk));
}

static __always_inline u32 await(u32 *numbers, u32 sk_low)
{
	if (!is_sparse())
		return 0;
	__sync_fetch_and_add(awaited_of(numbers, sk_low), 1);
	return 1;
}

static __always_inline void await_no_more(u32 *numbers, u32 sk_low, u32 packets)
{
	if (packets)
		__sync_fetch_and_add(awaited_of(numbers, sk_low), -packets);
}

static __always_inline void tx_release(struct tx_slot *s)
{
	if (s->sk)
		await_no_more(tx_awaited, low_half((void *)s->sk), s->counted);
	s->sk = 0;
}
