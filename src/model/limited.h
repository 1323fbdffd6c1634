/* The verdict `limited`: who held a TCP socket back between two samples. A pure function of what both samples say. */
#pragma once

#include "model.h"

struct limited_sample {
	const struct record_socket *s; /* the newer sample, of a connection that is not over */
	u64 elapsed_us;                /* between the samples; 0: there is only one */
	/* Growth of the chrono counters; busy contains the two others (tcp_get_info_chrono_stats). */
	u64 busy_us, rwnd_us, sndbuf_us;
	bool chrono;  /* these three are known */
	bool moved;   /* payload was sent or received */
	u64 tx_bytes; /* payload acknowledged between the samples */
	u32 retrans;  /* segments retransmitted between the samples */
};

/* Notes r->limited as the newest of the row's verdicts. */
void limited_push(struct row *r);

enum limited limited_verdict(const struct limited_sample *l);
/* For a socket of which nothing new was reported: a stall goes on, anything else is idle. */
enum limited limited_quiet(const struct record_socket *s, enum limited before);
