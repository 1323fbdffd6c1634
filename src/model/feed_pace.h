/* The pace of a recording: when, on our clock, its next tick is due. Private to the feed. */
#pragma once

#include <stdbool.h>

#include "record.h"

struct pace {
	double speed;    /* 1: real time; 0: no waiting */
	bool started;    /* a tick has been played */
	u64 stream_ns;   /* stream time of the last tick played */
	u64 wall_ns;     /* our time at which it was due */
	u64 interval_ns; /* the stream's interval at that tick */
	u64 paused_ns;   /* when the pause began; 0: not paused */
};

/* Our time before which nothing of the next tick should be applied: after most of the interval, so that its records
 * come shortly before it, as they did live. 0: at once. */
u64 pace_records_due(const struct pace *p);
/* Our time at which a tick is due. 0: at once. */
u64 pace_tick_due(const struct pace *p, const struct record_tick *tick);
/* The tick was played at `now`. */
void pace_played(struct pace *p, const struct record_tick *tick, u64 now);
/* The same of a tick that was gone to: the pace is that of what follows. */
void pace_jumped(struct pace *p, const struct record_tick *tick, u64 now);
/* Moves what is due back by the length of a pause. */
void pace_pause(struct pace *p, bool paused, u64 now);
