/* Private to the past: its segments. */
#pragma once

#include "past.h"
#include "record.h"
#include "recording.h"
#include "ring.h"

#define PAST_NS_PER_BYTE 3.0 /* of the stream, until it has been measured */

struct segment {
	struct buf bytes;          /* of a recording that begins with a key frame */
	struct recorder *recorder; /* owned; NULL: it is over */
	u64 raw, key_raw;          /* bytes of the stream, and of the key frame; 0: that is not whole */
	u64 first;                 /* the moment of the key frame */
};

struct moment_kept {
	u64 time_ns, realtime_ns;
	u64 raw; /* past.raw then */
};

struct past {
	u64 bytes_max;
	struct segment **segments; /* owned, and so are they */
	u32 count, cap;
	u64 dropped;         /* segments: those that are there are numbered from it */
	u64 pinned;          /* that are numbered from this on are being read; ~0: none are */
	u64 raw;             /* bytes of the stream that were put, without key frames */
	struct ring moments; /* of struct moment_kept */
	double ns_per_byte;  /* that it takes to make a model of the stream, as it was last measured */
	bool failed;
};

/* NULL: it was dropped, or is not there yet. */
struct segment *past_segment(const struct past *p, u64 number);
/* Bytes of the stream up to a moment that is kept. */
u64 past_raw(const struct past *p, u64 moment);
