/* Private to the model: how exchanges come in. */
#pragma once

#include "exchanges.h"
#include "rows_private.h"

/* One whose socket is not known yet: where it is as short as that, the socket's end comes a tick or two later. */
struct exchange_coming {
	struct record_exchange rec;
	u64 tick; /* that it came with */
};
#define EXCHANGE_PATIENCE 3 /* ticks */

/* Of a socket. */
struct exchange_socket {
	u64 id;       /* its key */
	u64 flow;     /* hash of its ends; 0: it is in no index */
	u64 peer;     /* key of the other end; 0: not known … */
	u8 asked;     /* … after so many questions */
	u64 newest;   /* number of its last one */
	u64 tick;     /* that one's */
	u32 n;        /* that came with that tick */
	u32 figures;  /* index of its figures, if they are of … */
	u64 figured;  /* … this round */
	u32 learned;  /* measures that … */
	u64 usual_ns; /* … this is the mean of, the last ones' above all */
};

#define EXCHANGES_SLOW_TICK 16 /* that are kept longer, of each tick */

/* Zeroed but for the ring. */
struct exchange_slow {
	struct ring kept;                         /* of struct exchange, in the order of their numbers */
	struct exchange top[EXCHANGES_SLOW_TICK]; /* of the tick that comes in, in any order */
	u32 count;
	u64 least_ns; /* what the quickest of them took */
};

struct model_exchanges {
	struct ring events; /* of struct exchange */
	struct exchange_slow slow;
	struct idmap flows;             /* hash of a socket's ends → index in sockets */
	u64 pairs;                      /* of two ends of one call, ever */
	u32 behind;                     /* of events: server's ends of those */
	struct exchange_coming *coming; /* owned: of this tick, and those before whose sockets are not known */
	u32 coming_count, coming_cap;
	u32 settled, kept; /* of these, in this tick: so many so far, and those that are still not known */
	u32 calls;         /* of this tick, so far: both ends are one */
	struct idmap ids;  /* a socket's key → index in sockets */
	struct exchange_socket *sockets; /* owned */
	u32 end, cap;
	u64 looked_up; /* the last key that was looked up; 0: none */
	u32 found;     /* what it led to */
	u32 *free;     /* owned: indices below the end that are free */
	u32 free_count, free_cap;
	struct exchange_figures *figures; /* owned: those that were asked for since … */
	u32 figure_count, figure_cap;
	u64 round;                                         /* … this tick, counted from 1 */
	void (*over)(struct model *m, struct exchange *x); /* called for each, once it is filled in; NULL: nobody is */
	bool on;
	u64 lost, unseen;
	double rate;
};

/* As model_exchange(), for who adds to it what else is known. */
static inline struct exchange *exchange_get(const struct model *m, u64 number)
{
	return ring_get(&m->exchanges->events, number);
}

/* -ENOMEM. */
int exchanges_init(struct model *m) must_check;
void exchanges_deinit(struct model *m);
int take_exchange(struct model *m, const struct record_exchange *rec) must_check;
void take_exchanges(struct model *m, const struct record_exchanges *rec);
/* Takes in what came with the tick, until deadline_ns (0: to the end). true: it is done. */
bool exchanges_settle(struct model *m, u64 deadline_ns);
/* Then the tick is whole, and took elapsed_ns (0: unknown). */
void exchanges_end_tick(struct model *m, u64 elapsed_ns);
/* One that is known by what is said, of a socket as `end` shows it; NULL: there is no room. Then, once it is filled in,
 * what it belongs to: the server's end of the same call, or NULL. */
struct exchange *exchange_say(struct model *m, const struct row *r, const struct row *end,
			      const struct record_exchange *rec);
void exchange_said(struct model *m, struct exchange *x, struct exchange *server);
/* What is kept of a row, whether or not they are measured; NULL: it never had one. */
struct exchange_socket *exchange_kept(const struct model *m, const struct row *r);
/* What is kept of a row; NULL: it never had one, or they are not measured. */
struct exchange_socket *exchange_socket(const struct model *m, const struct row *r);
/* Says whether a measure of the socket is slow beside those before, and remembers it. */
void exchange_learn(struct exchange_socket *s, struct exchange *x);
/* A socket that is kept from now on, with its key and ends; and not any more. */
void exchange_pairs_meet(struct model *m, struct exchange_socket *s, const struct row *r);
void exchange_pairs_drop(struct model_exchanges *e, const struct exchange_socket *s);
/* Looks for the other end of an exchange of the socket that has just come. true: both are one call. */
bool exchange_pair(struct model *m, struct exchange_socket *s, const struct row *r, struct exchange *x);

/* Both ends of one call. */
void exchange_join(struct model *m, struct exchange *client, struct exchange *server);

/* One more of this tick: is it among the slowest? */
void exchange_slow_offer(struct exchange_slow *s, const struct exchange *x);
/* Keeps the slowest. Returns how many of them have a number below first: nobody has seen them otherwise. */
u32 exchange_slow_end_tick(struct exchange_slow *s, u64 first);
/* It is known better now. */
void exchange_slow_renew(struct model_exchanges *e, const struct exchange *x);

/* The row with this key is gone. */
void exchanges_drop(struct model *m, u64 id);
