/* The verdict `limited`: what held a socket back between two samples. A pure function of both samples. */
#pragma once

#include "row.h"

struct limited_sample {
	const struct record_socket *s; /* the newer sample, of a connection that is not over */
	u64 elapsed_us;                /* between the samples; 0: there is only one */
	/* Growth of the chrono counters; busy contains the two others (tcp_get_info_chrono_stats). */
	u64 busy_us, rwnd_us, sndbuf_us;
	bool chrono;  /* the three above are known */
	bool moved;   /* payload was sent or received */
	u64 rx_bytes; /* payload received between the samples; UDP: read */
	u64 tx_bytes; /* payload acknowledged between the samples */
	u64 tx_pkts;  /* growth of record_socket.tx_pkts */
	u32 lost;     /* segments that were lost: resent_judge() */
	u32 drops;    /* growth of record_socket.drops */
	u32 unread;   /* record_socket.recvq in the older one */
};

/* Retransmitted segments of which it is unknown yet whether they were lost. Kept for each row: small. */
struct resent {
	u8 suspects; /* 255: or more */
	u8 probes;   /* tail loss probes among the retransmits, not counted in suspects */
	u16 ms;      /* since the oldest; 65535: or more */
};

/* Between two samples. */
struct resent_since {
	u64 retrans, tlp, dsack; /* growth of record_socket's retrans, retrans_tlp, dsack_dups */
	u64 elapsed_us;          /* 0: not known */
};

/* How many of them were lost, as far as is known now: what the peer has reported as received twice (DSACK) was not, and
 * a tail loss probe only asks. The report comes a round trip later: until then the answer is 0, unless recovery is
 * going on, or round trips are short compared with the time between the samples. */
u32 resent_judge(struct resent *r, const struct record_socket *s, const struct resent_since *since);

/* Notes r->limited as the newest of the row's verdicts. */
void limited_push(struct row *r);

enum limited limited_verdict(const struct limited_sample *l);
/* At now_ns, for a socket that nothing new was reported about: a stall continues, anything else is idle. */
enum limited limited_quiet(const struct record_socket *s, enum limited before, u64 now_ns);
/* Can limited_quiet() say nothing else than `now` from here on? */
bool limited_is_final(const struct record_socket *s, enum limited now);
