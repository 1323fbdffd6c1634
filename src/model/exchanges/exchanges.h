/* Exchanges: a request and its answer on a TCP connection, or over UDP, and where their time went; the newest kept, and
 * of each socket its figures. Part of the model's picture. All times are nanoseconds. */
#pragma once

#include "store.h"

#define EXCHANGES_MAX 16384     /* that are kept; the oldest go first */
#define EXCHANGES_RECENT 10     /* ticks that the figures of a socket are of … */
#define EXCHANGES_OF_SOCKET 512 /* … and so many of its newest at most */

/* What a share of the time is of. */
enum exchange_place {
	PLACE_NETWORK, /* what a call waits for outside of this machine: the network, and the peer as far as it takes
			* longer than the network */
	PLACE_KERNEL,  /* from the data's arrival until the program runs again; where it is known */
	PLACE_PROGRAM,
	PLACES
};

/* One that is over. number counts all of the stream from 1. */
struct exchange {
	struct row r; /* first: the socket as it was then, but with the bytes and retransmits of the exchange alone;
		       * columns of sockets read it */
	u64 number;
	u64 tick;                      /* number of the tick that it came with */
	u64 before;                    /* number of the same socket's one before; 0: none */
	u64 begin_ns;                  /* CLOCK_MONOTONIC */
	u64 whole_ns;                  /* its parts together */
	u64 ns[EXCHANGE_PARTS];        /* 0 of those that its role does not have */
	u32 request, status;           /* what it was, and its answer: see requests.h */
	u64 wakeup_ns;                 /* of the wait, if has says so */
	u8 role;                       /* enum exchange_role */
	u8 flags;                      /* enum exchange_flags; 0: a measure of a call */
	u8 has;                        /* enum exchange_has */
	u8 slow;                       /* exchange_slowness() beside those of its socket before it */
	u64 other;                     /* number of the other end's, where both are on this machine; 0: not known */
	u64 call;                      /* of datagrams: the same at both ends; else 0 */
	bool behind;                   /* that is the client's, which speaks for both */
	bool served;                   /* of a client: what follows is known */
	u64 served_ns[EXCHANGE_PARTS]; /* the server's parts */
};

/* Of a socket over about the last EXCHANGES_RECENT ticks. */
struct exchange_figures {
	u32 n;                      /* that are a measure; 0: only the next is known */
	u32 overlaps;               /* that are none, because their directions overlapped */
	u64 p50_ns, p99_ns, max_ns; /* of the whole */
	u64 part_p50_ns[EXCHANGE_PARTS], part_p99_ns[EXCHANGE_PARTS];
	u64 time_ns;                  /* that they took together */
	u64 spent_ns[EXCHANGE_PARTS]; /* of it, in each part */
	u32 wakeups;                  /* of which it is known how long the program waited for the kernel … */
	u64 wakeup_ns;                /* … and that, together */
};

/* Those that are kept have the numbers oldest … newest; newest is 0: none yet. The slowest of each tick are kept
 * longer: model_exchange_slow(). */
u64 model_exchanges_newest(const struct model *m);
/* NULL: not kept any more, or not there yet. */
const struct exchange *model_exchange(const struct model *m, u64 number);
/* The slow ones that are not among these any more: how many; by their place below MODEL_EXCHANGES_SLOW, where some are
 * free (NULL); and the place of a number, or IDMAP_NONE. */
#define MODEL_EXCHANGES_SLOW 4096
u32 model_exchanges_slow(const struct model *m);
const struct exchange *model_exchange_slow(const struct model *m, u32 at);
u32 model_exchange_slow_find(const struct model *m, u64 number);
/* How many calls there were, ever: both ends of one are one. And how many server's ends of such calls are kept. */
u64 model_exchanges_calls(const struct model *m);
u32 model_exchanges_behind(const struct model *m);
/* Are they measured, as far as the stream has told? */
bool model_exchanges_on(const struct model *m);
/* Of all sockets: how many calls there were, per second over the last tick; NaN: not known. */
double model_exchanges_rate(const struct model *m);
/* That found no room in the kernel or on the way, or whose socket is not known, or that were replaced within their
 * tick. */
u64 model_exchanges_lost(const struct model *m);

/* How many a socket had per second in the last tick. NaN: it never had one, or they are not measured. */
double row_exchange_rate(const struct model *m, const struct row *r);
/* NULL: there were none. Worked out once a tick; valid until those of another row are asked for. */
const struct exchange_figures *row_exchange_figures(const struct model *m, const struct row *r);
/* The times that the percentiles of a part are of, or those of the whole (EXCHANGE_PARTS), in ns. Returns how many. */
u32 row_exchange_samples(const struct model *m, const struct row *r, enum exchange_part part,
			 double dst[EXCHANGES_OF_SOCKET]);
/* The last one of a socket; NULL: there is none, or it is not kept. */
const struct exchange *row_exchange(const struct model *m, const struct row *r);

/* Beside what is usual: 0: as always; 1: three times as long, and a millisecond longer; 2: ten times. */
u8 exchange_slowness(u64 ns, u64 usual_ns);
/* Of several, or of a part, there are no times; of one that was cut off there are, until then. */
static inline bool exchange_has_times(const struct exchange *x)
{
	return !(x->flags & (EXCHANGE_OVERLAP | EXCHANGE_PARTLY));
}
/* Has the role this part? */
bool exchange_has_part(unsigned role, enum exchange_part part);
/* Is it known how long this part of it took? Of datagrams only what somebody has seen is. */
static inline bool exchange_knows_part(const struct exchange *x, enum exchange_part part)
{
	return exchange_has_part(x->role, part) && (!x->call || x->ns[part]);
}
/* Where the time of a part goes. */
enum exchange_place exchange_part_place(enum exchange_part part);
/* "in" … "away" */
const char *exchange_part_name(unsigned part);
/* "?", "client", "server" */
const char *exchange_role_name(unsigned role);
/* "answered", "overlap", "partly", "no_answer", "cut", "reset", "timed_out" */
enum exchange_outcome {
	OUTCOME_ANSWERED,
	OUTCOME_OVERLAP,
	OUTCOME_PARTLY,
	OUTCOME_NO_ANSWER,
	OUTCOME_CUT,
	OUTCOME_RESET,
	OUTCOME_TIMED_OUT,
	OUTCOMES
};
enum exchange_outcome exchange_outcome(const struct exchange *x);
const char *exchange_outcome_name(unsigned outcome);
