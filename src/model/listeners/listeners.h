/* Listeners: their queues, what was accepted, and how long that took. Part of the model's picture. */
#pragma once

#include <stdbool.h>

#include "histogram.h"
#include "store.h"

struct listener {
	struct record_listener r; /* the newest values; r.id is the row's key */
	float accept_rate;        /* connections a second that were accepted in the last tick; NaN: not known */
	/* What it accepts, as a multiple of the mean of all SO_REUSEPORT listeners of its address and port; where none
	 * accept, what waits; NaN: there is only one, or too little has happened in the last 10 to 20 s. */
	float skew;
	bool alone; /* no other listener is in its namespace */
};

/* NULL: it is none, or nothing is known of its queues. */
const struct listener *model_listener(const struct model *m, const struct row *r);
/* How long connections took that were accepted in about the last ten ticks. false: there were none, or no hook sees
 * them. */
bool listener_figures(const struct model *m, const struct listener *l, enum listener_times which,
		      struct histogram_figures *f);
/* How many were completed since it is counted. */
u64 listener_handshakes(const struct record_listener *r);
/* The lengths of the accept queue that a bucket of record_listener.found stands for: "0", "4-7" with to "-". */
#define LISTENER_LENGTH_MAX 32
const char *listener_length(unsigned bucket, const char *to, char dst[LISTENER_LENGTH_MAX]);
