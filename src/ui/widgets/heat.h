/* A heat map: how many values lay in each bucket of a histogram (histogram.h) in each of the last ticks. Time goes to
 * the right, durations go up, with their scale at the left; and beside it the histogram of all of these ticks. */
#pragma once

#include "canvas.h"
#include "types.h"

#define HEAT_TICKS 60 /* that it shows, where there is room */
#define HEAT_SCALE 7  /* columns at the left: a duration of at most 6 and a gap */

struct heat {
	const u32 *ticks[HEAT_TICKS]; /* HISTOGRAM_BUCKETS counts each, borrowed; the last tick first */
	unsigned count;               /* how many there are */
	bool lines;                   /* that join the buckets up to which half, and 99 %, of a tick's values lie */
	int bars;                     /* columns at the right: how many values each line has, as a bar; 0: none */
};

/* Of how many ticks it shows anything there. */
unsigned heat_fits(const struct pane *p, const struct heat *h);
/* false, and nothing is drawn: there is no value. */
bool heat_draw(const struct pane *p, enum charset set, const struct heat *h);
