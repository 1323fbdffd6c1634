/* The histogram bucket of a time: two per octave from 128 ns up (LAYER_BUCKETS in record.h). Includers provide the
 * types, as for abi_stages.h, so that the arithmetic of the programs can be tested in user space. */
#pragma once

#include "abi.h"
#include "abi_stages.h"

/* By nine bits of a time, of which one of the eight upper ones is set or the time is short: two buckets to an octave.
 */
static const u8 octaves[512] = {
    [2] = 1,
    [3] = 2,
    [4 ... 5] = 3,
    [6 ... 7] = 4,
    [8 ... 11] = 5,
    [12 ... 15] = 6,
    [16 ... 23] = 7,
    [24 ... 31] = 8,
    [32 ... 47] = 9,
    [48 ... 63] = 10,
    [64 ... 95] = 11,
    [96 ... 127] = 12,
    [128 ... 191] = 13,
    [192 ... 255] = 14,
    [256 ... 383] = 15,
    [384 ... 511] = 16,
};

#define OCTAVES(ns, shift) octaves[(ns) >> (shift) & (sizeof(octaves) - 1)]

/* The bucket of a queue's length: 0, 1, 2 to 3, 4 to 7 …, the last is unbounded. Without a branch for each. */
static __always_inline u32 queue_bucket(u32 length)
{
	u32 b = 0;

	for (u32 i = 0; i < ABI_QUEUE_BUCKETS - 1; i++)
		b += !!(length >> i);
	return b;
}

/* In steps of eight octaves. */
static __always_inline u32 bucket(u64 ns)
{
	if (!(ns >> 15))
		return OCTAVES(ns, 6);
	if (!(ns >> 23))
		return 16 + OCTAVES(ns, 14);
	if (!(ns >> 31))
		return 32 + OCTAVES(ns, 22);
	return ns >> 38 ? ABI_LAYER_BUCKETS - 1 : 48 + OCTAVES(ns, 30);
}
