/* How each of several machines is, at the beginning of a tick: whether it is there, what it has lost, and its clock. */
#pragma once

#include "writer.h"

enum host_state {
	HOST_DOWN = 0, /* not connected: line.why says why, once it is known */
	HOST_STARTS,   /* connected, without a tick so far */
	HOST_UP,
	HOST_SILENT, /* connected, but its ticks have stopped */
	HOST_STATES,
};

#define OFFSET_TICKS 32

/* By how much a machine's clock is ahead of ours. What arrives has been under way, so each tick says too little by
 * that: the largest of the last ones is nearest. */
struct clock_offset {
	s64 most[2]; /* ns; of the present OFFSET_TICKS ticks, and of those before */
	u32 ticks;   /* of the present ones; 0: none yet */
	bool before;
};

void clock_offset_add(struct clock_offset *o, s64 ns);
/* false: not known yet. */
bool clock_offset(const struct clock_offset *o, s64 *ns);

struct host_line {
	const char *name; /* as --host calls it, borrowed */
	enum host_state state;
	bool heard;
	u64 age_ns; /* since its last tick, if heard */
	struct clock_offset offset;
	const struct model *m; /* its last picture; NULL: none */
	char why[256];         /* why it is down; "": not known, or it is not */
};

/* The tick's line, with one of these for each machine. Only JSON has them all; text says which of them are not up; CSV
 * has neither. page: for its time. */
void host_lines_begin(struct buf *out, enum export_format format, const struct page *page, double interval_s);
void host_lines_put(struct buf *out, enum export_format format, const struct host_line *l, u32 number);
void host_lines_end(struct buf *out, enum export_format format);
