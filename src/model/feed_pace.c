/* Maps times of a recording to our clock, tick by tick, so that a pause, a slow reader or a bad stamp shifts later
 * ticks instead of piling them up. */
#include "feed_pace.h"

#include "cleanup.h"
#include "clock.h"

#define RECORDS_SHARE 0.8                     /* of the interval, before the next tick's records are applied */
#define GAP_MAX (3600 * NSEC_PER_SEC)         /* the longest interval that is waited for */
#define LATE_MAX NSEC_PER_SEC                 /* if it is later than this: continue from now */
#define WAIT_MAX (24 * 3600.0 * NSEC_PER_SEC) /* at the slowest speed */

/* Converts a span of the stream's time to a span of ours. */
static u64 pace_scale(const struct pace *p, double stream_ns)
{
	return (u64)MIN(stream_ns / p->speed, WAIT_MAX);
}

u64 pace_records_due(const struct pace *p)
{
	if (!p->started || !(p->speed > 0))
		return 0;
	return p->wall_ns + pace_scale(p, RECORDS_SHARE * (double)MIN(p->interval_ns, GAP_MAX));
}

u64 pace_tick_due(const struct pace *p, const struct record_tick *tick)
{
	if (!p->started || !(p->speed > 0))
		return 0;
	if (tick->time_ns <= p->stream_ns)
		return p->wall_ns;
	return p->wall_ns + pace_scale(p, (double)MIN(tick->time_ns - p->stream_ns, GAP_MAX));
}

void pace_played(struct pace *p, const struct record_tick *tick, u64 now)
{
	u64 due = pace_tick_due(p, tick);

	p->wall_ns = p->started && due + LATE_MAX > now ? due : now;
	p->stream_ns = tick->time_ns;
	p->interval_ns = tick->interval_ns;
	p->started = true;
}

void pace_jumped(struct pace *p, const struct record_tick *tick, u64 now)
{
	p->started = false;
	pace_played(p, tick, now);
	if (p->paused_ns)
		p->paused_ns = now;
}

void pace_pause(struct pace *p, bool paused, u64 now)
{
	if (paused && !p->paused_ns) {
		p->paused_ns = now;
	} else if (!paused && p->paused_ns) {
		p->wall_ns += now - p->paused_ns;
		p->paused_ns = 0;
	}
}
