/* The time of packets in each layer: how often (buckets.h), the sum, and the longest.
 *
 * Every branch here is walked by the verifier, once for each that came before it in a program, and again in each turn
 * of a loop: hence numbers instead of branches, and functions of their own, which it walks once. */
#pragma once

#include "kernel.h"
#include "abi_stages.h"
#include "buckets.h"

/* In stamps.bpf.c. The bucket of a time; of four, 8 bits each, the first one's lowest. */
extern u32 bucket_of(u64 ns);
extern u64 four_buckets(u64 a, u64 b, u64 c, u64 d);
/* A socket is no more: the machine keeps what it had. sk: the key in socks. */
extern int histograms_fold(u64 sk);

/* All bits set if a number is negative, else none. As assembly: the compiler would make a branch of it. */
static __always_inline u64 sign_of(u64 number)
{
	asm volatile("%0 s>>= 63" : "+r"(number));
	return number;
}

/* 1 if it is there, 0 if not. */
static __always_inline u64 is_stamped(u64 stamp)
{
	u64 negative = stamp;

	asm volatile("%0 = -%0" : "+r"(negative));
	return (stamp | negative) >> 63;
}

/* The first of two stamps that is there. */
static __always_inline u64 first_stamp(u64 stamp, u64 next)
{
	return next ^ ((stamp ^ next) & -is_stamped(stamp));
}

/* count: 1, or 0 to add nothing. shared: other processors may write the same histogram now. */
static __always_inline void histogram_add(struct abi_histograms *h, u32 layer, u32 bucket, u64 ns, u32 count,
					  bool shared)
{
	u32 *in = &h->buckets[layer][bucket & (ABI_LAYER_BUCKETS - 1)];

	/* Of adding what it knows to be 0 the compiler would make another atomic operation, which 5.10 does not have.
	 */
	barrier_var(ns);
	if (shared) {
		__sync_fetch_and_add(in, count);
		__sync_fetch_and_add(&h->sum_ns[layer], ns);
	} else {
		*in += count;
		h->sum_ns[layer] += ns;
	}
	if (ns > h->max_ns[layer])
		h->max_ns[layer] = ns;
}

/* One layer, from a stamp to the next one, if both are there. Never negative: these may be stamps of two processors. */
static __always_inline void layer_add(struct abi_histograms *h, u32 layer, u64 from, u64 to, bool shared)
{
	u64 ns = to - from;

	if (!from || !to)
		return;
	ns &= ~sign_of(ns);
	histogram_add(h, layer, bucket_of(ns), ns, 1, shared);
}

static __always_inline u64 time_since(u64 *last, u64 stamp, u64 *known)
{
	u64 ns = stamp - *last, there = is_stamped(stamp);

	*known = there & is_stamped(*last);
	*last ^= (*last ^ stamp) & -there;
	return ns & ~sign_of(ns) & -*known;
}

/* Are all stamps there, one not before the other? Nearly always; then their differences are all there is to it. */
static __always_inline bool in_order(u64 a, u64 b, u64 c, u64 d, u64 e)
{
	return a && a <= b && b <= c && c <= d && d <= e;
}

/* Four layers one after the other, from five stamps: from one to the next that is there, so that what is missing
 * between is the later layer's. This stands in a loop: no branches but one. */
static __always_inline void layers_add(struct abi_histograms *h, u32 layer, u64 from, u64 a, u64 b, u64 c, u64 d)
{
	u64 ns[4] = {a - from, b - a, c - b, d - c}, known[4] = {1, 1, 1, 1}, buckets;

	if (!in_order(from, a, b, c, d)) {
		ns[0] = time_since(&from, a, &known[0]);
		ns[1] = time_since(&from, b, &known[1]);
		ns[2] = time_since(&from, c, &known[2]);
		ns[3] = time_since(&from, d, &known[3]);
	}
	buckets = four_buckets(ns[0], ns[1], ns[2], ns[3]);
	for (u32 i = 0; i < 4; i++)
		histogram_add(h, layer + i, buckets >> 8 * i, ns[i], known[i], false);
}

static __always_inline void layer_add_shared(struct abi_histograms *h, u32 layer, u64 *from, u64 to)
{
	u64 ns = to - *from;

	if (!to)
		return;
	if (*from) {
		ns &= ~sign_of(ns);
		histogram_add(h, layer, bucket(ns), ns, 1, true);
	}
	*from = to;
}

/* The same of a histogram that other processors may write, too, and outside a loop. */
static __always_inline void layers_add_shared(struct abi_histograms *h, u32 layer, u64 from, u64 a, u64 b, u64 c, u64 d)
{
	layer_add_shared(h, layer, &from, a);
	layer_add_shared(h, layer + 1, &from, b);
	layer_add_shared(h, layer + 2, &from, c);
	layer_add_shared(h, layer + 3, &from, d);
}
