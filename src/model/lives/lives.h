/* What began and what ended: each connect(), accept(), listen(), failure and close of TCP while the stream went on, the
 * newest kept. Part of the model's picture. */
#pragma once

#include <stdbool.h>

#include "histogram.h"
#include <stdbool.h>

#include "histogram.h"
#include "store.h"

#define LIVES_MAX 16384 /* events that are kept, if nobody asks for more; the oldest go first */

enum life_event {
	LIFE_OPEN = 1, /* connect() was called */
	LIFE_ACCEPT,   /* a connection came in: its handshake is done */
	LIFE_LISTEN,
	LIFE_FAIL, /* connect() did not lead to a connection */
	LIFE_CLOSE,
	LIFE_EVENTS,
};

/* One event. number counts all events of the stream from 1. */
struct life {
	struct row r; /* first: the socket as it was then, with its rates unknown; columns of sockets read it. What was
		       * not known at a beginning (owner, connect_us) is added once it is. */
	u64 left_ns, last_ns; /* as in record_life; of an end */
	u64 number;
	u64 tick; /* number of the tick that it came with */
	u8 event; /* enum life_event */
};

/* The events that are kept, of struct life; and the number of the newest, 0: none yet. */
struct ring;
const struct ring *model_lives(const struct model *m);
u64 model_lives_newest(const struct model *m);
/* How many were replaced within the tick that they came with: nobody has seen them. */
u64 model_lives_unseen(const struct model *m);
/* NULL: not kept any more, or not there yet. */
const struct life *model_life(const struct model *m, u64 number);
/* How many there were since the stream's beginning, and per second over the last tick; NaN: not known. */
u64 model_lives_total(const struct model *m, enum life_event event);
double model_lives_rate(const struct model *m, enum life_event event);
/* From SYN to ESTABLISHED, of connections that were opened here in about the last ten ticks. false: there were none. */
bool model_connect_times(const struct model *m, struct histogram_figures *f);
/* The states of a socket that has ended, in order, each with its time, as far as they were seen; how many. That of a
 * connection that came in begins with ESTABLISHED. */
#define LIFE_STATES 4
struct life_state {
	u8 state; /* enum sock_state */
	u64 ns;
};
unsigned life_states(const struct life *l, struct life_state at[LIFE_STATES]);
/* When it happened, CLOCK_MONOTONIC ns. */
u64 life_time(const struct life *l);

/* "open", "accept", "listen", "fail", "close" */
const char *life_event_name(unsigned event);
