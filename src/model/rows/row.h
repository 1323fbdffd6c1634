/* A socket, or a connection that has ended: its newest values, rates and graphs, and what holds it back. */
#pragma once

#include "record.h"

/* What held a socket back during the last tick. */
enum limited {
	LIMITED_UNKNOWN = 0, /* no second sample yet; nothing holds it back, or not visibly */
	LIMITED_IDLE,        /* nothing to send, nothing in flight, nothing received */
	LIMITED_APP,         /* the program: everything that it wrote was sent, and more would be */
	LIMITED_CWND,        /* the congestion window is full */
	LIMITED_RWND,        /* the receiver's window is full */
	LIMITED_SNDBUF,      /* the send buffer is too small */
	LIMITED_LOSS,        /* recovering from loss */
	LIMITED_PACED,       /* pacing: SO_MAX_PACING_RATE, or the congestion control's own rate */
	LIMITED_QDISC,       /* qdisc or driver of this machine hold what was sent, or refuse more */
	LIMITED_NOT_READING, /* the program does not read data that waits for it, or too slowly for the peer */
	LIMITED_NAGLE,       /* a small write waits until the one before it is acknowledged */
	LIMITED_CLOSE_WAIT,  /* the peer has closed, the program has not, for seconds */
	LIMITED_ACCEPT_FULL, /* a listener: more connections wait for accept() than its limit */
	LIMITED_QUEUE_FULL,  /* UDP: the receive buffer is full, datagrams are dropped */
	LIMITED_COUNT,
};

#define LIMITED_RECENT 10 /* verdicts that a row keeps, one per tick */

#define HISTORY_LEN 120 /* samples kept for each graph */

enum history_kind { HISTORY_RX, HISTORY_TX, HISTORY_RTT, HISTORY_CWND, HISTORY_RETRANS, HISTORY_KINDS };

/* A ring of samples, one per tick; NaN if the value was unknown. The newest is at [(next - 1) % HISTORY_LEN]. */
struct history {
	u32 next;                                 /* where the next sample goes */
	u32 count;                                /* valid samples, at most HISTORY_LEN */
	float values[HISTORY_KINDS][HISTORY_LEN]; /* bytes/s, bytes/s, us, segments, segments/tick */
};

/* That of so many ticks ago, 0: the newest; age below count. */
static inline float history_value(const struct history *h, enum history_kind kind, u32 age)
{
	return h->values[kind][(h->next + HISTORY_LEN - 1 - age) % HISTORY_LEN];
}

/* A socket, or a connection that has ended. */
struct row {
	struct record_socket s;     /* the newest values; s.id is the row's key: model_key() */
	struct history *history;    /* owned; NULL until the row has moved once (idle sockets carry none) */
	struct record_info *info;   /* owned; NULL unless asked for */
	float rx_rate, tx_rate;     /* bytes/s over the last tick; NaN: not known yet */
	float rx_smooth, tx_smooth; /* exponentially smoothed (about 5 ticks), for a calm sort; NaN: not known */
	u32 first_tick;             /* number of the tick in which it appeared; its lower half */
	u32 retrans_tick;           /* segments retransmitted in the last tick */
	u32 sent_tick;              /* segments or datagrams sent in it */
	u32 drops_tick : 24;        /* its packets that this machine dropped in it; all ones: or more */
	u32 resets_tick : 8;        /* RST segments of it; 255: or more */
	u64 verdicts : 40;          /* the last LIMITED_RECENT of limited, 4 bits each, the newest lowest */
	u8 limited;                 /* enum limited */
	u8 host;                    /* which machine it is on: model_set_host() */
	u8 live : 1;                /* 0: the slot is free */
	u8 tagged : 1;              /* the user's mark */
	u8 closed : 1;              /* ended or gone; kept for a while */
	u8 born : 1;                /* a connection that began in the last tick */
	u8 just_ended : 1;          /* it ended in the last tick */
	u8 connected : 1;           /* connect() has led to a connection in it: connect_us says how long that took */
	u8 past : 1;                /* of an event: as it was then */
};

/* The word in JSON and filters; on the screen blanks stand for its underscores. */
const char *limited_name(unsigned limited);
const char *limited_brief(unsigned limited); /* where there is no room for it; NULL: it has no short form */
/* For filters: "unread", as it was called before, is not_reading. */
const char *limited_operand(const char *typed);
/* The meaning of the word, for people. */
const char *limited_help(unsigned limited);
/* 0: normal, 1: worth a look, 2: bad. */
int limited_severity(unsigned limited);
/* How many of the last LIMITED_RECENT ticks, up to tick number `tick`, had each verdict; returns how many had one at
 * all. */
unsigned limited_recent(const struct row *r, u64 tick, u8 counts[LIMITED_COUNT]);
