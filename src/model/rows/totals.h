/* The figures of the whole machine. */
#pragma once

#include "row.h"

struct model;

struct totals {
	u32 rows, live, closed;         /* rows in the model */
	u32 tcp, udp, other, netns;     /* live sockets */
	u32 by_state[STATE_COUNT];      /* live TCP sockets */
	u32 intercepted;                /* live sockets with SOCKET_INTERCEPTED, but for those in TIME_WAIT */
	u32 owners_known, owners_exact; /* live sockets except TIME_WAIT and request sockets, which nobody holds */
	double rx_rate,
	    tx_rate;         /* sums over all sockets, including those that ended in this tick; bytes/s; NaN at first */
	double retrans_rate; /* segments/s */
	double retrans_share; /* retransmitted segments / segments sent in the tick; NaN: none sent */
	double missed_share;  /* the same without tail loss probes, which are no sign of loss */
	double drops_rate;    /* sk_drops of all sockets, per second; NaN: not known */
	double resets_rate;   /* NaN: not known */
	double collector_cpu; /* share of one CPU over the last tick, 0 … ; NaN at first */
	double bpf_cpu;       /* sampled share of one CPU; NaN: never sampled */
	u64 lost;             /* everything that was lost or left out, summed from the last tick record */
};

const struct totals *model_totals(const struct model *m);
/* Histories of the totals: HISTORY_RX, HISTORY_TX and HISTORY_RETRANS. Never NULL. */
const struct history *model_history(const struct model *m);
