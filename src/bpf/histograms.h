/* The time of packets in each layer: how often, by two buckets to an octave from 128 ns up (see LAYER_BUCKETS in record.h), the
 * sum, and the longest.
 *
 * Every branch here is walked by the verifier, once for each that came before it in a program, and again in each turn of a
 * loop: hence numbers instead of branches, and functions of their own, which it walks once. */
#pragma once

#include "kernel.h"
#include "abi_stages.h"

/* In stages.bpf.c. The bucket of a time; of four, 8 bits each, the first one's lowest. */
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
static __always_inline void histogram_add(struct abi_histograms *h, u32 layer, u32 bucket, u64 ns, u64 count, bool shared)
{
	u32 *in = &h->buckets[layer][bucket & (ABI_LAYER_BUCKETS - 1)];

	/* Of adding what it knows to be 0 the compiler would make another atomic operation, which 5.10 does not have. */
	barrier_var(ns);
	if (shared) {
		__sync_fetch_and_add(in, count);
		__sync_fetch_and_add(&h->sum_ns[layer], ns);
	} else {
		*in += count;
		h->sum_ns[layer] += ns;
	}
	h->max_ns[layer] ^= (h->max_ns[layer] ^ ns) & sign_of(h->max_ns[layer] - ns);
}

/* From one stamp to the next one that is there: what is missing between is the later layer's. Never negative: these may be
 * stamps of two processors. *count: 1, or 0 if one of them is missing; then the time is 0. */
static __always_inline u64 time_between(u64 *from, u64 to, u64 *count)
{
	u64 ns = to - *from, there = is_stamped(to);

	*count = there & is_stamped(*from);
	*from ^= (*from ^ to) & -there;
	return ns & ~sign_of(ns) & -*count;
}

/* One layer, from a stamp to the next one. */
static __always_inline void layer_add(struct abi_histograms *h, u32 layer, u64 from, u64 to, bool shared)
{
	u64 count, ns = time_between(&from, to, &count);

	if (count)
		histogram_add(h, layer, bucket_of(ns), ns, 1, shared);
}

/* Four layers one after the other, from five stamps. */
static __always_inline void layers_add(struct abi_histograms *h, u32 layer, u64 from, u64 a, u64 b, u64 c, u64 d, bool shared)
{
	u64 counts[4], ns[4], buckets;

	ns[0] = time_between(&from, a, &counts[0]);
	ns[1] = time_between(&from, b, &counts[1]);
	ns[2] = time_between(&from, c, &counts[2]);
	ns[3] = time_between(&from, d, &counts[3]);
	buckets = four_buckets(ns[0], ns[1], ns[2], ns[3]);
	histogram_add(h, layer, buckets, ns[0], counts[0], shared);
	histogram_add(h, layer + 1, buckets >> 8, ns[1], counts[1], shared);
	histogram_add(h, layer + 2, buckets >> 16, ns[2], counts[2], shared);
	histogram_add(h, layer + 3, buckets >> 24, ns[3], counts[3], shared);
}
