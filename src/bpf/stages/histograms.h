/* The time of packets in each layer: how many (buckets.h), the sum, and the longest.
 *
 * The verifier walks every branch, once for each branch before it in the program, and again in each iteration of a
 * loop. Hence arithmetic instead of branches, and global functions, which it walks once. */
#pragma once

#include "kernel.h"
#include "abi_stages.h"
#include "buckets.h"

/* In stamps.bpf.c. The bucket of a time; of four times, 8 bits each, the first in the lowest. */
extern u32 bucket_of(u64 ns);
extern u64 four_buckets(u64 a, u64 b, u64 c, u64 d);
/* A socket is gone: adds its histograms to the machine's. sk: the key in socks. */
extern int histograms_fold(u64 sk);

/* All bits set if a number is negative, else none. In assembly, because the compiler would make a branch of it. */
static __always_inline u64 sign_of(u64 number)
{
	asm volatile("%0 s>>= 63" : "+r"(number));
	return number;
}

/* 1 if there is a stamp, else 0. */
static __always_inline u64 is_stamped(u64 stamp)
{
	u64 negative = stamp;

	asm volatile("%0 = -%0" : "+r"(negative));
	return (stamp | negative) >> 63;
}

/* The first of two stamps that exists. */
static __always_inline u64 first_stamp(u64 stamp, u64 next)
{
	return next ^ ((stamp ^ next) & -is_stamped(stamp));
}

/* count: 1, or 0 to add nothing. shared: other processors may write the same histogram at the same time. */
static __always_inline void histogram_add(struct abi_histograms *h, u32 layer, u32 bucket, u64 ns, u32 count,
					  bool shared)
{
	u32 *in = &h->buckets[layer][bucket & (ABI_LAYER_BUCKETS - 1)];

	/* If the compiler knew that it adds 0, it would use another atomic instruction, which 5.10 does not have. */
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

/* Adds the time from one stamp to the next, if both exist. Never negative: they may come from two processors. */
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

/* Do all stamps exist, in order? Nearly always; then the differences are all that is needed. */
static __always_inline bool in_order(u64 a, u64 b, u64 c, u64 d, u64 e)
{
	return a && a <= b && b <= c && c <= d && d <= e;
}

/* Adds four consecutive layers from five stamps: each time runs to the next stamp that exists, so if one is missing the
 * later layer gets the time. Used in a loop: one branch only. */
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

/* The same for a histogram that other processors may write, outside a loop. */
static __always_inline void layers_add_shared(struct abi_histograms *h, u32 layer, u64 from, u64 a, u64 b, u64 c, u64 d)
{
	layer_add_shared(h, layer, &from, a);
	layer_add_shared(h, layer + 1, &from, b);
	layer_add_shared(h, layer + 2, &from, c);
	layer_add_shared(h, layer + 3, &from, d);
}
