/* Converts raw samples to records. Formulas follow tcp_get_info() and inet_diag_msg of net/ipv4 (6.18). */
#include "convert.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "cleanup.h"
#include "id.h"

#define CHRONO_BUSY 1   /* enum tcp_chrono: BUSY, RWND_LIMITED, SNDBUF_LIMITED */
#define AHEAD_MAX 65536 /* jiffies that may pass while a sample is taken */

static const u8 mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

struct tick_clock tick_clock_now(void)
{
	struct timespec t = {};

	clock_getres(CLOCK_MONOTONIC_COARSE, &t);
	return (struct tick_clock){.ns_per_jiffy = t.tv_nsec ? (u64)t.tv_nsec : 4000000};
}

/* The state that shows which FINs there were: for an ended connection, the one before CLOSE. */
static unsigned last_state(const struct abi_sock *a)
{
	return a->kind == ABI_END ? a->old_state : a->state;
}

static bool fin_sent(const struct abi_sock *a)
{
	switch (last_state(a)) {
	case STATE_FIN_WAIT1:
	case STATE_FIN_WAIT2:
	case STATE_CLOSING:
	case STATE_LAST_ACK:
	case STATE_TIME_WAIT: return true;
	default: return false;
	}
}

u64 convert_rx_bytes(const struct abi_sock *a)
{
	u64 fin = a->bits & ABI_SOCK_DONE ? 1 : 0;

	return a->bytes_received > fin ? a->bytes_received - fin : 0;
}

enum sock_dir convert_dir(const struct abi_sock *a)
{
	u64 written, sent;

	if (a->state == STATE_LISTEN || (a->kind == ABI_END && a->old_state == STATE_LISTEN))
		return DIR_LISTEN;
	if (a->bits & ABI_HAS_CONN && a->conn_flags & CONN_BORN)
		return (enum sock_dir)a->dir;
	if (a->bits & ABI_DIR_KNOWN)
		return (enum sock_dir)a->dir;
	if (last_state(a) == STATE_SYN_SENT)
		return DIR_OUT;
	if (a->bits & ABI_REPAIR || last_state(a) == STATE_CLOSE || a->state == STATE_NEW_SYN_RECV)
		return DIR_UNKNOWN;
	/* bytes_sent has neither SYN nor FIN; bytes_acked and the sequence space have both. */
	written = a->bytes_acked + (a->snd_nxt - a->snd_una);
	sent = a->bytes_sent - a->bytes_retrans + (fin_sent(a) && a->snd_nxt == a->write_seq ? 1 : 0);
	if (written == sent)
		return DIR_IN;
	return written == sent + 1 ? DIR_OUT : DIR_UNKNOWN;
}

u64 convert_tx_bytes(const struct abi_sock *a)
{
	u64 syn = 0, fin = fin_sent(a) && a->snd_una == a->write_seq ? 1 : 0;
	u64 sent_once = a->bytes_sent - a->bytes_retrans;
	u64 acked = a->bytes_acked;
	enum sock_dir dir = convert_dir(a);

	/* Still there after an end that we did not see: whether SYN and FIN were in the counters is not known any
	 * more. */
	if (last_state(a) == STATE_CLOSE && !(a->bits & ABI_REPAIR))
		return MIN(acked, sent_once);
	if (a->bits & ABI_HAS_CONN && a->conn_flags & CONN_REPAIRED)
		syn = 0;
	else if (dir == DIR_OUT || (dir == DIR_UNKNOWN && acked > sent_once + fin))
		syn = 1;
	return acked > syn + fin ? acked - syn - fin : 0;
}

static void convert_address(const u8 *from, u8 *to, bool mapped)
{
	memset(to, 0, 16);
	if (mapped)
		memcpy(to, from + 12, 4);
	else
		memcpy(to, from, 16);
}

static bool all_zero(const u8 *p, size_t n)
{
	while (n > 0 && !p[n - 1])
		n--;
	return n == 0;
}

/* An AF_INET6 socket that uses IPv4 has mapped addresses; the wildcard keeps the socket's family. */
static void convert_addresses(const struct abi_sock *a, struct record_socket *s)
{
	bool mapped = a->family == AF_INET6 && memcmp(a->laddr, mapped_prefix, sizeof(mapped_prefix)) == 0;

	s->family = a->family == AF_INET6 && !mapped ? 6 : 4;
	s->is_mapped = mapped;
	convert_address(a->laddr, s->laddr, mapped);
	convert_address(a->raddr, s->raddr, mapped);
	s->lport = a->lport;
	s->rport = a->rport;
	if (s->rport || !all_zero(s->raddr, sizeof(s->raddr))) /* not ::ffff:0.0.0.0 */
		s->has |= HAS_REMOTE;
}

static u64 jiffies_us(u64 jiffies, struct tick_clock clock)
{
	return jiffies * clock.ns_per_jiffy / NSEC_PER_USEC;
}

/* Jiffies from a stamp to the sample. The sample's jiffies are read before the socket's fields: a stamp that was set in
 * between lies in the future, and is not an age of 2^32. */
static u32 jiffies_since(const struct abi_sock *a, u32 stamp)
{
	u32 age = a->jiffies - stamp;

	return age > UINT32_MAX - AHEAD_MAX ? 0 : age;
}

/* tcp_get_info_chrono_stats(): the current interval is added, and busy includes both limits. A connection can end
 * within an interval (a close that aborts purges the write queue only after CLOSE): it then lasts until the end. */
static void convert_chrono(const struct abi_sock *a, struct tick_clock clock, struct record_socket *s)
{
	u64 us[3];

	for (unsigned i = 0; i < 3; i++) {
		u64 stat = a->chrono_stat[i];

		if (a->chrono_type == i + CHRONO_BUSY)
			stat += jiffies_since(a, a->chrono_start);
		us[i] = jiffies_us(stat, clock);
	}
	s->busy_us = us[0] + us[1] + us[2];
	s->rwnd_limited_us = us[1];
	s->sndbuf_limited_us = us[2];
	s->has |= HAS_CHRONO;
}

static u32 positive(u32 end, u32 start)
{
	return (s64)(int32_t)(end - start) > 0 ? end - start : 0;
}

static bool is_listener(const struct abi_sock *a)
{
	return a->protocol == IPPROTO_TCP && last_state(a) == STATE_LISTEN;
}

static void convert_queues(const struct abi_sock *a, struct record_socket *s)
{
	s->sndbuf = a->sndbuf;
	s->rcvbuf = a->rcvbuf;
	s->wmem_queued = a->wmem_queued;
	s->rmem_alloc = a->rmem_alloc;
	s->sk_backlog = a->backlog;
	s->drops = a->drops;
	s->has |= HAS_MEM | HAS_DROPS;
	if (is_listener(a)) {
		s->accept_queue = a->ack_backlog;
		s->accept_limit = a->max_ack_backlog;
		s->has |= HAS_ACCEPT;
	} else if (a->protocol == IPPROTO_TCP) {
		s->recvq = positive(a->rcv_nxt, a->copied_seq);
		s->sendq = positive(a->write_seq, a->snd_una);
	} else {
		/* sk_wmem_alloc starts at 1; udp_rqueue_get() */
		s->recvq = a->rmem_alloc;
		s->sendq = a->wmem_alloc ? a->wmem_alloc - 1 : 0;
	}
	/* A FIN takes a sequence number and is counted in the queue: ss shows it so. At an end only payload counts as
	 * unread or unsent. */
	if (a->kind == ABI_END && a->protocol == IPPROTO_TCP && !is_listener(a)) {
		s->recvq -= MIN(s->recvq, a->bits & ABI_SOCK_DONE ? 1U : 0U);
		s->sendq -= MIN(s->sendq, fin_sent(a) ? 1U : 0U);
	}
}

static void convert_rates(const struct abi_sock *a, struct record_socket *s)
{
	s->pacing_rate = a->pacing_rate;
	/* tcp_compute_delivery_rate() */
	if (a->rate_delivered && a->rate_interval_us) {
		s->delivery_rate = (u64)((unsigned __int128)a->rate_delivered * a->mss * 1000000 / a->rate_interval_us);
		s->has |= HAS_DELIVERY;
	}
}

static void convert_tcp(const struct abi_sock *a, struct tick_clock clock, struct record_socket *s)
{
	s->rx_pkts = a->segs_in;
	s->tx_pkts = a->segs_out;
	s->rx_bytes = convert_rx_bytes(a);
	s->tx_bytes = convert_tx_bytes(a);
	s->bytes_sent = a->bytes_sent;
	s->bytes_retrans = a->bytes_retrans;
	s->rtt_us = a->srtt_us >> 3;
	s->rttvar_us = a->mdev_us >> 2;
	s->minrtt_us = a->min_rtt_us;
	s->rto_us = (u32)jiffies_us(a->rto, clock);
	s->cwnd = a->cwnd;
	s->ssthresh = a->ssthresh;
	s->snd_wnd = a->snd_wnd;
	s->rcv_wnd = a->rcv_wnd;
	s->mss = a->mss;
	s->pmtu = a->pmtu;
	s->unacked = a->packets_out;
	s->lost = a->lost_out;
	s->sacked = a->sacked_out;
	s->retrans_out = a->retrans_out;
	s->inflight = (u32)MAX(0, (int)(a->packets_out - a->sacked_out - a->lost_out + a->retrans_out));
	s->reordering = a->reordering;
	s->retrans = a->total_retrans;
	s->dsack_dups = a->dsack_dups;
	s->ooo = a->ooo;
	s->notsent = positive(a->write_seq, a->snd_nxt);
	s->ca_state = a->ca_state;
	s->backoff = a->backoff;
	memcpy(s->cc, a->cc, sizeof(s->cc));
	memcpy(s->ulp, a->ulp, sizeof(s->ulp));
	s->has |= HAS_TCP | HAS_RX_BYTES | HAS_TX_BYTES | HAS_RX_PKTS | HAS_TX_PKTS;
	convert_chrono(a, clock, s);
	convert_rates(a, s);
}

static void convert_conn(const struct abi_sock *a, struct record_socket *s)
{
	bool born = a->bits & ABI_HAS_CONN && a->conn_flags & CONN_BORN;

	s->dir = (u8)convert_dir(a);
	if (born) {
		s->birth_ns = a->birth_ns;
		s->connect_us = a->connect_us;
		s->resets = a->resets;
		s->has |= HAS_BIRTH | HAS_RETRANS_SPLIT | HAS_RESETS;
		/* total_retrans is incremented first and was read first: a segment may have been sent again in
		 * between. */
		s->retrans = MAX(s->retrans, a->fast + a->rto_segs + a->tlp + a->syn);
	}
	if (a->bits & ABI_HAS_CONN && a->state_ns) {
		s->state_ns = a->state_ns;
		s->has |= HAS_STATE_TIME;
	}
	s->retrans_fast = a->fast;
	s->retrans_rto = a->rto_segs;
	s->retrans_tlp = a->tlp;
	s->retrans_syn = a->syn;
}

/* A socket without a flow has sent and received nothing since we started. */
static void convert_udp(const struct abi_sock *a, struct record_socket *s)
{
	s->rx_bytes = a->bytes_received;
	s->tx_bytes = a->bytes_sent;
	s->rx_pkts = a->udp_rx_pkts;
	s->tx_pkts = a->udp_tx_pkts;
	s->has |= HAS_RX_BYTES | HAS_TX_BYTES;
	if (!(a->bits & ABI_RX_PKTS_UNKNOWN))
		s->has |= HAS_RX_PKTS;
	if (!(a->bits & ABI_TX_PKTS_UNKNOWN))
		s->has |= HAS_TX_PKTS;
}

/* sk_wmem_queued counts what is not acknowledged, sent or not; sk_wmem_alloc (starting at 1) counts the clones below
 * TCP; both include the packets' overhead. The sequence numbers show how much of the former is in flight. */
static bool is_held_below(const struct abi_sock *a)
{
	u64 sent = positive(a->snd_nxt, a->snd_una), all = positive(a->write_seq, a->snd_una);

	return a->protocol == IPPROTO_TCP && a->packets_out && sent && a->wmem_alloc > 1 &&
	       (u64)(a->wmem_alloc - 1) * 2 * all >= a->wmem_queued * sent;
}

static u32 convert_flags(const struct abi_sock *a)
{
	static const struct {
		u32 bit, flag;
	} map[] = {{ABI_REUSE, SOCKET_REUSEADDR},
		   {ABI_REUSEPORT, SOCKET_REUSEPORT},
		   {ABI_V6ONLY, SOCKET_V6ONLY},
		   {ABI_CWND_LIMITED, SOCKET_CWND_LIMITED},
		   {ABI_APP_LIMITED, SOCKET_APP_LIMITED},
		   {ABI_REPAIR, SOCKET_REPAIR},
		   {ABI_MPTCP, SOCKET_MPTCP},
		   {ABI_KERNEL, SOCKET_KERNEL},
		   {ABI_PACING, SOCKET_PACING},
		   {ABI_PACED, SOCKET_PACED},
		   {ABI_TSQ_THROTTLED, SOCKET_TSQ_THROTTLED},
		   {ABI_PACING_MAX, SOCKET_PACING_MAX},
		   {ABI_SLOW, SOCKET_SLOW},
		   {ABI_NO_SPACE, SOCKET_NO_SPACE},
		   {ABI_NAGLE, SOCKET_NAGLE},
		   {ABI_END_SACKED, SOCKET_END_SACKED},
		   {ABI_BOUND, SOCKET_BOUND},
		   {ABI_TAKEN, SOCKET_INTERCEPTED}};
	u32 flags = (a->shutdown & 1 ? SOCKET_SHUT_RD : 0) | (a->shutdown & 2 ? SOCKET_SHUT_WR : 0);

	for (size_t i = 0; i < ARRAY_SIZE(map); i++)
		if (a->bits & map[i].bit)
			flags |= map[i].flag;
	if (is_held_below(a))
		flags |= SOCKET_TX_HELD;
	if (a->kind == ABI_NO_FILE || a->kind == ABI_MINI)
		flags |= SOCKET_NO_FILE;
	return flags;
}

/* In an orderly end both FINs went through, or it was a listener's; any other end lost something or was cut off. */
static bool aborted(const struct abi_sock *a)
{
	if (a->conn_flags & CONN_RESET)
		return true;
	switch (a->old_state) {
	case STATE_FIN_WAIT2:
	case STATE_TIME_WAIT:
	case STATE_LISTEN: return false;
	case STATE_CLOSING:
	case STATE_LAST_ACK: return a->snd_una != a->write_seq;
	default: return true;
	}
}

/* connect() failed before it sent a SYN. */
static bool is_unsent(const struct abi_sock *a)
{
	return a->old_state == STATE_SYN_SENT && !a->segs_out;
}

/* tcp_v4_connect() returns the errno without leaving it in sk_err. Between SYN_SENT and its SYN there is only
 * inet_hash_connect(), which finds no port. */
static u16 end_error(const struct abi_sock *a)
{
	return a->error ? a->error : is_unsent(a) ? EADDRNOTAVAIL : 0;
}

/* An end that TCP left no error for: the program closed, or it was the last step of an orderly end. */
static enum sock_ended_by ended_by_state(const struct abi_sock *a)
{
	if (a->conn_flags & CONN_RESET)
		return ENDED_RESET_SENT; /* tcp_reset() leaves an error for one that was received */
	switch (a->old_state) {
	case STATE_SYN_SENT: return ENDED_GAVE_UP;
	case STATE_LAST_ACK: return ENDED_REMOTE;
	case STATE_FIN_WAIT1:
	case STATE_FIN_WAIT2:
	case STATE_CLOSING:
	case STATE_TIME_WAIT:
	case STATE_LISTEN: return ENDED_LOCAL;
	default: return ENDED_UNKNOWN;
	}
}

/* How a TCP socket ended, from the state before, what TCP left in sk_err, and whether there was a RST. */
static enum sock_ended_by convert_ended_by(const struct abi_sock *a)
{
	switch (end_error(a)) {
	case 0: return ended_by_state(a);
	case ETIMEDOUT: return ENDED_TIMEOUT;
	case ECONNRESET: /* tcp_reset() */
	case EPIPE: return ENDED_RESET_RECEIVED;
	case ECONNREFUSED: /* or ICMP said so */ return a->conn_flags & CONN_RESET ? ENDED_RESET_RECEIVED : ENDED_ERROR;
	default: return ENDED_ERROR;
	}
}

static void convert_end(const struct abi_sock *a, struct record_socket *s)
{
	s->flags |= SOCKET_ENDED;
	s->ended_ns = a->ktime_ns;
	if (a->protocol != IPPROTO_TCP)
		return;
	s->flags |= aborted(a) ? SOCKET_ABORTED : 0;
	s->last_state = a->old_state;
	s->error = end_error(a);
	s->ended_by = (u8)convert_ended_by(a);
	if (is_unsent(a)) /* what has no meaning yet, or was not even read */
		s->has &= ~(u64)(HAS_TCP | HAS_CHRONO | HAS_MEM | HAS_DROPS | HAS_DELIVERY);
}

void convert_sock(const struct abi_sock *a, struct tick_clock clock, struct record_socket *s)
{
	bool mini = a->kind == ABI_MINI;

	*s = (struct record_socket){
	    .id = id_make(a->cookie, a->generation),
	    .sample_ns = a->ktime_ns,
	    .netns = a->netns,
	    .netns_cookie = a->netns_cookie,
	    .cgroup_id = a->cgroup_id,
	    .inode = (u32)a->inode, /* sockfs: get_next_ino() */
	    .ifindex = a->ifindex,
	    .via = a->via,
	    .proto = (u8)a->protocol,
	    .state = a->state,
	    .flags = convert_flags(a),
	    .minrtt_us = ~0U,
	    .ssthresh = 0x7fffffff,
	    .pacing_rate = ~0ULL,
	};
	if (a->cgroup_id)
		s->has |= HAS_CGROUP;
	convert_addresses(a, s);
	if (mini)
		return;
	if (a->family) { /* a UDP socket that never sent or received ends with its cookie only */
		s->uid = a->uid;
		s->has |= HAS_UID;
	}
	if (a->protocol == IPPROTO_TCP || a->kind != ABI_END)
		convert_queues(a, s);
	if (a->protocol == IPPROTO_TCP) {
		if (!is_listener(a))
			convert_tcp(a, clock, s);
		convert_conn(a, s);
		if (s->dir != DIR_OUT) /* accepted: its listener was bound */
			s->flags &= ~(u32)SOCKET_BOUND;
	} else {
		convert_udp(a, s);
		if (a->birth_ns)
			s->birth_ns = a->birth_ns;
	}
	if (a->kind == ABI_END)
		convert_end(a, s);
}

/* Time of an event, from a 32-bit jiffies stamp; 0: never. */
static u64 stamp_ns(const struct abi_sock *a, u32 stamp, struct tick_clock clock)
{
	u64 age = jiffies_since(a, stamp) * clock.ns_per_jiffy;

	return stamp && age < a->ktime_ns ? a->ktime_ns - age : 0;
}

/* When the pending timer fires, or fired a moment ago; 0: none is pending, or its expiry is implausible. */
static u64 expiry_ns(const struct abi_sock *a, const struct abi_info *i, struct tick_clock clock)
{
	s64 ns = (s64)(i->timer_expires - i->jiffies64);

	if (!i->timer || !i->timer_expires || __builtin_mul_overflow(ns, (s64)clock.ns_per_jiffy, &ns) ||
	    __builtin_add_overflow(ns, (s64)a->ktime_ns, &ns))
		return 0;
	return (u64)MAX((s64)1, ns);
}

void convert_info(const struct abi_sock *a, const struct abi_info *i, struct tick_clock clock, struct record_info *info)
{
	*info = (struct record_info){
	    .id = id_make(a->cookie, a->generation),
	    .max_pacing_rate = i->max_pacing_rate,
	    .bytes_acked = a->bytes_acked,
	    .bytes_received = a->bytes_received,
	    .lastsnd_ns = stamp_ns(a, i->lsndtime, clock),
	    .lastrcv_ns = stamp_ns(a, i->lrcvtime, clock),
	    .lastack_ns = stamp_ns(a, i->rcv_tstamp, clock),
	    .timer_expires_ns = expiry_ns(a, i, clock),
	    .data_segs_in = i->data_segs_in,
	    .data_segs_out = i->data_segs_out,
	    .segs_in = a->segs_in,
	    .segs_out = a->segs_out,
	    .delivered = i->delivered,
	    .delivered_ce = i->delivered_ce,
	    .ato_us = (u32)jiffies_us(i->ato, clock),
	    .rcv_mss = i->rcv_mss,
	    .advmss = i->advmss,
	    .rcv_rtt_us = i->rcv_rtt_us >> 3,
	    .rcv_space = i->rcv_space,
	    .rcv_ssthresh = i->rcv_ssthresh,
	    .reord_seen = i->reord_seen,
	    .rehash = i->rehash,
	    .wmem_alloc = a->wmem_alloc ? a->wmem_alloc - 1 : 0,
	    .fwd_alloc = i->fwd_alloc,
	    .omem_alloc = i->omem_alloc,
	    .mark = i->mark,
	    .priority = i->priority,
	    .timer = i->timer,
	    .timer_retrans = i->timer_retrans,
	    .tos = i->tos,
	    .tclass = i->tclass,
	    .class_id = i->class_id,
	    .has = INFO_CLASS_ID | (a->family == 10 ? INFO_TCLASS : 0),
	    .fd = a->kind == ABI_FILE ? a->fd : ~0U,
	    .probes = i->probes,
	    .options = i->options,
	    .snd_wscale = i->snd_wscale,
	    .rcv_wscale = i->rcv_wscale,
	    .snd_buf_locked = i->userlocks,
	    .shutdown = a->shutdown,
	    .ttl = i->ttl,
	    .mptcp_seq = i->mptcp_seq,
	    .mptcp_token_rem = i->mptcp_token_rem,
	    .mptcp_token_loc = i->mptcp_token_loc,
	    .mptcp_sfseq = i->mptcp_sfseq,
	    .mptcp_ssn_offset = i->mptcp_ssn_offset,
	    .mptcp_map_len = i->mptcp_map_len,
	    .mptcp_id_rem = i->mptcp_id_rem,
	    .mptcp_id_loc = i->mptcp_id_loc,
	    .mptcp_flags = i->mptcp_flags,
	};
	memcpy(info->state_entered_ns, i->state_at, sizeof(info->state_entered_ns));
}

#define TIME_WAIT_NS (60 * NSEC_PER_SEC) /* TCP_TIMEWAIT_LEN, include/net/tcp.h */
#define SINCE_STEP_NS (100 * NSEC_PER_MSEC)

u64 convert_mini_since(const struct abi_mini *m, struct tick_clock clock)
{
	u64 in_ns = (u64)MAX(m->expires_in, 0) * clock.ns_per_jiffy;
	u64 since = m->ktime_ns + MIN(in_ns, TIME_WAIT_NS) - TIME_WAIT_NS;

	return (since + SINCE_STEP_NS / 2) / SINCE_STEP_NS * SINCE_STEP_NS;
}

void convert_mini_info(const struct abi_mini *m, u64 id, struct tick_clock clock, struct record_info *info)
{
	s64 in_ns = (s64)m->expires_in * (s64)clock.ns_per_jiffy;

	*info = (struct record_info){
	    .id = id,
	    .has = INFO_TIMER_ALONE,
	    .timer = m->state == STATE_SYN_RECV ? TIMER_RETRANSMIT : TIMER_TIME_WAIT,
	    .timer_expires_ns = m->ktime_ns + (u64)MAX((s64)0, in_ns),
	};
}

void convert_netfilter(const struct abi_nf_times *t, struct record_netfilter *r)
{
	for (size_t i = 0; i < NETFILTER_HOOKS; i++) {
		for (size_t b = 0; b < LAYER_BUCKETS; b++) {
			r->buckets[i * LAYER_BUCKETS + b] += t->buckets[i][b];
			r->n[i] += t->buckets[i][b];
		}
		r->sum_ns[i] += t->sum_ns[i];
		r->max_ns[i] = MAX(r->max_ns[i], t->max_ns[i]);
		r->dropped[i] += t->dropped[i];
	}
	r->missed += t->missed;
}
