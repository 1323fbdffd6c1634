/* How long something took in each of the last ticks: round trips, or the way from SYN to ESTABLISHED. Nothing is kept
 * for it: it is made, when somebody looks, of the histories of rows (row.h) and of what rows and events say about their
 * beginnings. So it reaches as far back as these do, and is there at once, in a recording, too. */
#pragma once

#include "histogram.h"
#include "store.h"

#define SPREAD_TICKS 60

/* About 47 kB. Zeroed: nothing happened. */
struct spread {
	struct histogram ticks[SPREAD_TICKS];      /* in ns; the last tick first */
	u64 sums[SPREAD_TICKS][HISTOGRAM_BUCKETS]; /* of the values in each bucket */
};

/* Did the peer acknowledge data of the row in the last tick? Then its RTT was measured there; an older one would tell
 * of another time. */
static inline bool row_has_fresh_rtt(const struct row *r)
{
	return r->s.has & HAS_TCP && r->s.rtt_us && r->tx_rate > 0;
}

/* How many whole ticks there were since then, at most SPREAD_TICKS. ns: CLOCK_MONOTONIC; 0: since ever. */
unsigned spread_reach(const struct model *m, u64 ns);
/* Adds the smoothed RTT of a row once for each tick in which it was fresh. A row without a history has the last tick
 * alone; one that was over within a tick or two, the tick of its end. */
void spread_add_rtt(struct spread *s, const struct model *m, const struct row *r);
/* Adds how long connect() took, where it led to a connection; at the time when it did. */
void spread_add_connect(struct spread *s, const struct model *m, const struct row *r);
/* Of the last so many ticks together; p50 and p99 are the mean of the bucket that they lie in. false: there were none.
 */
bool spread_figures(const struct spread *s, unsigned ticks, struct histogram_figures *f);
