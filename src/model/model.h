/* The model: one consistent picture of all sockets, made from the record stream. Rows live in slabs and are named by
 * an index that stays theirs for life; rates, histories, totals and the verdict `limited` are worked out when a tick is
 * whole. No terminal, no kernel, no I/O: records in, picture out. Single-threaded. */
#pragma once

#include "error.h"
#include "record.h"
#include "stream.h"

struct model;
struct packets;

/* Who held a socket back during the last tick. */
enum limited {
	LIMITED_UNKNOWN = 0, /* no second sample yet, not TCP, listening; or data waits and nothing says for what */
	LIMITED_IDLE,        /* nothing to send, nothing in flight, nothing received */
	LIMITED_APP,         /* the program: what it wrote is sent, and more could be carried */
	LIMITED_CWND,        /* the congestion window is full */
	LIMITED_RWND,        /* the receiver's window is full */
	LIMITED_SNDBUF,      /* the send buffer is too small */
	LIMITED_LOSS,        /* recovering from loss */
	LIMITED_PACED,       /* pacing: SO_MAX_PACING_RATE, or the congestion control's own rate */
	LIMITED_QDISC,       /* qdisc or driver of this machine hold what was sent, or refuse more */
	LIMITED_UNREAD,      /* nothing moves, and the program does not read what waits for it */
	LIMITED_COUNT,
};

#define LIMITED_RECENT 10 /* verdicts that a row keeps, one per tick */

#define HISTORY_LEN 120 /* samples kept for each graph */

enum history_kind { HISTORY_RX, HISTORY_TX, HISTORY_RTT, HISTORY_CWND, HISTORY_RETRANS, HISTORY_KINDS };

/* A ring of samples, one per tick; NaN where the value was not known. Newest is at [(next - 1) % HISTORY_LEN]. */
struct history {
	u32 next;                                 /* where the next sample goes */
	u32 count;                                /* valid samples, at most HISTORY_LEN */
	float values[HISTORY_KINDS][HISTORY_LEN]; /* bytes/s, bytes/s, us, segments, segments/tick */
};

/* A socket, or a connection that has ended. */
struct row {
	struct record_socket s;     /* the newest values */
	struct history *history;    /* owned; NULL until the row has moved once (idle sockets carry none) */
	struct record_info *info;   /* owned; NULL unless asked for */
	u64 tick;                   /* number of the tick in which the row last changed */
	u64 first_tick;             /* number of the tick in which it appeared */
	float rx_rate, tx_rate;     /* bytes/s over the last tick; NaN: not known yet */
	float rx_smooth, tx_smooth; /* exponentially smoothed (about 5 ticks), for a calm sort; NaN: not known */
	u32 retrans_tick;           /* segments retransmitted in the last tick */
	u32 drops_tick;
	u64 verdicts : 40; /* the last LIMITED_RECENT of limited, 4 bits each, the newest lowest */
	u8 limited;        /* enum limited */
	u8 live;           /* 0: the slot is free */
	u8 tagged : 1;     /* the user's mark */
	u8 closed : 1;     /* ended or gone; kept for a while */
};

struct totals {
	u32 rows, live, closed;         /* rows in the model */
	u32 tcp, udp, other, netns;     /* live sockets */
	u32 by_state[STATE_COUNT];      /* live TCP sockets */
	u32 owners_known, owners_exact; /* live sockets but TIME_WAIT and request sockets, which nobody holds */
	double rx_rate, tx_rate; /* sum over all sockets, ended ones of this tick included; bytes/s; NaN at first */
	double retrans_rate;     /* segments/s */
	double retrans_share;    /* retransmitted segments / segments sent in the tick; NaN: none sent */
	double missed_share;     /* the same without tail loss probes, which nobody is known to have missed */
	double drops_rate;       /* sk_drops of all sockets, per second; NaN: not known */
	double resets_rate;      /* NaN: not known */
	double collector_cpu;    /* share of one CPU over the last tick, 0 … ; NaN at first */
	double bpf_cpu;          /* sampled share of one CPU; NaN: never sampled */
	u64 lost;                /* everything lost or left out, summed from the last tick record */
};

int model_new(struct model **m) must_check;
void model_free(struct model *m);

/* How much a stream may make us keep: rows at a time, and bytes for them and for what is known of their sockets (all
 * else has bounds of its own, some 300 MB in all). What goes beyond is refused by model_apply(). At first:
 * MODEL_ROWS_MAX rows. */
void model_limit(struct model *m, u32 rows, u64 bytes);
#define MODEL_ROWS_MAX (1U << 22)

/* Takes one record in. O(1) except RECORD_TICK, which works out the rates of the rows that moved. Returns 1 when the
 * record ended a tick (the picture is whole), 0 otherwise, negative errno on failure (-ENOMEM, -E2BIG: a limit). */
int model_apply(struct model *m, const struct record *rec, struct error *err) must_check;

/* A tick in slices, instead of model_apply(RECORD_TICK): begun once, then worked on until it is whole. Until then the
 * totals are those of the tick before. A record that is applied meanwhile finishes it first. */
void model_begin_tick(struct model *m, const struct record_tick *tick);
/* Works until deadline_ns (now_ns() clock; 0: to the end), at least on some rows. Returns true when no tick is left to
 * work on. */
bool model_work(struct model *m, u64 deadline_ns);

/* Closed rows are kept at most this many (oldest dropped first; default 10,000) … */
void model_keep_closed(struct model *m, u32 count);

/* -- reading the picture ------------------------------------------------------------------------------------------ */

/* One past the largest row index in use; rows between may be free (row->live == 0). */
u32 model_rows_end(const struct model *m);
/* The row at an index below model_rows_end(). Its address stays the same for the row's life. */
struct row *model_row(const struct model *m, u32 index);
/* The row of a socket id, or IDMAP_NONE. */
u32 model_find(const struct model *m, u64 id);
const struct totals *model_totals(const struct model *m);
/* Histories of the totals: HISTORY_RX, HISTORY_TX and HISTORY_RETRANS. Never NULL. */
const struct history *model_history(const struct model *m);
/* The last whole tick, or NULL before the first. */
const struct record_tick *model_tick(const struct model *m);
/* Seconds between the last two ticks; NaN before the second. */
double model_tick_seconds(const struct model *m);
/* The collector's greeting, or NULL. */
const struct record_hello *model_hello(const struct model *m);
/* The collector's last words, or NULL. */
const struct record_bye *model_bye(const struct model *m);
/* Features in the order that the collector told them; NULL past the end. */
const struct record_feature *model_feature(const struct model *m, size_t i);
/* A name that the stream gave (cleaned for display), or NULL. scope as in record_name. */
const char *model_name(const struct model *m, enum name_kind kind, u64 key, u64 scope);
/* The name of the device that a socket is bound to; NULL: not bound, not known, or the device is gone. */
const char *model_device(const struct model *m, const struct record_socket *s);
/* The packets of traced sockets (packets.h): the model fills and owns the store. Never NULL. */
struct packets *model_packets(const struct model *m);
/* A counter that rises each time the picture changes (a tick, or rows appearing before the first tick). */
u64 model_generation(const struct model *m);

const char *limited_name(unsigned limited);
/* What the word says, for people. */
const char *limited_help(unsigned limited);
/* 0 nothing to look at, 1 worth a look, 2 bad. */
int limited_severity(unsigned limited);
/* How many of the last LIMITED_RECENT ticks, of which the last is number tick, had each verdict; returns how many had
 * one at all. */
unsigned limited_recent(const struct row *r, u64 tick, u8 counts[LIMITED_COUNT]);

/* Wall-clock time (CLOCK_REALTIME ns) of a monotonic stamp of the stream; 0 if unknown. */
u64 model_realtime(const struct model *m, u64 monotonic_ns);
