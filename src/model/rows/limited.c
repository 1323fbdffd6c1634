/* What held a socket back: worked out from the time that tcp_chrono spent in each stall, the congestion state, what is
 * in flight compared with the window, and what holds unsent data: pacing, or the queues below TCP. */
#include "limited.h"

#include <string.h>

#include "cleanup.h"
#include "clock.h"

/* The words, the severity (0 … 2), and the meaning of each. */
static const struct {
	const char *name, *help;
	int severity;
} verdicts[LIMITED_COUNT] = {
    [LIMITED_UNKNOWN] = {"unknown", "not known"},
    [LIMITED_IDLE] = {"idle", "nothing to send, nothing in flight, nothing received or unread"},
    [LIMITED_APP] = {"app", "the program: what it wrote is sent, and more could be carried"},
    [LIMITED_CWND] = {"cwnd", "the congestion window is full"},
    [LIMITED_RWND] = {"rwnd", "the receiver's window is full", 1},
    [LIMITED_SNDBUF] = {"sndbuf", "the send buffer is too small", 1},
    [LIMITED_LOSS] = {"loss", "segments were lost", 2},
    [LIMITED_PACED] = {"paced", "pacing: SO_MAX_PACING_RATE, or the congestion control's own rate"},
    [LIMITED_QDISC] = {"qdisc", "this machine's own queues: qdisc or driver hold what was sent"},
    [LIMITED_NOT_READING] = {"not_reading", "the program does not read, or too slowly: what came waits for it", 1},
    [LIMITED_NAGLE] = {"nagle", "a small write waits until the one before it is acknowledged: no TCP_NODELAY", 1},
    [LIMITED_CLOSE_WAIT] = {"close_wait", "the peer closed it seconds ago, the program has not", 1},
    [LIMITED_ACCEPT_FULL] = {"accept_full", "a listener whose program accepts too slowly: new connections are refused",
			     2},
    [LIMITED_QUEUE_FULL] = {"queue_full", "UDP whose program reads too slowly: the buffer is full, datagrams are lost",
			    2},
};

const char *limited_name(unsigned limited)
{
	return verdicts[limited < LIMITED_COUNT ? limited : LIMITED_UNKNOWN].name;
}

const char *limited_help(unsigned limited)
{
	return verdicts[limited < LIMITED_COUNT ? limited : LIMITED_UNKNOWN].help;
}

const char *limited_brief(unsigned limited)
{
	static const char *const names[LIMITED_COUNT] = {
	    [LIMITED_NOT_READING] = "unread",
	    [LIMITED_CLOSE_WAIT] = "clos-w",
	    [LIMITED_ACCEPT_FULL] = "full",
	    [LIMITED_QUEUE_FULL] = "full",
	};

	return limited < LIMITED_COUNT ? names[limited] : NULL;
}

const char *limited_operand(const char *typed)
{
	return strcmp(typed, limited_brief(LIMITED_NOT_READING)) == 0 ? limited_name(LIMITED_NOT_READING) : typed;
}

int limited_severity(unsigned limited)
{
	return limited < LIMITED_COUNT ? verdicts[limited].severity : 0;
}

/* -- the last ones ------------------------------------------------------------------------------------------------- */

_Static_assert(LIMITED_COUNT <= 16 && LIMITED_RECENT * 4 <= 40, "a verdict has 4 bits of row.verdicts");

void limited_push(struct row *r)
{
	r->verdicts = (u64)r->verdicts << 4 | r->limited;
}

unsigned limited_recent(const struct row *r, u64 tick, u8 counts[LIMITED_COUNT])
{
	u32 seen = (u32)tick >= r->first_tick ? (u32)tick - r->first_tick + 1 : 0;
	unsigned known = 0;

	memset(counts, 0, LIMITED_COUNT);
	for (unsigned i = 0; i < MIN(seen, (u32)LIMITED_RECENT); i++) {
		unsigned verdict = (u64)r->verdicts >> 4 * i & 15;

		if (verdict == LIMITED_UNKNOWN || verdict >= LIMITED_COUNT)
			continue;
		counts[verdict]++;
		known++;
	}
	return known;
}

/* -- what was lost ------------------------------------------------------------------------------------------------- */

static bool in_loss(const struct record_socket *s)
{
	return s->ca_state == CA_RECOVERY || s->ca_state == CA_LOSS;
}

#define SHORT 16 /* more round trips than this between two samples: the last one can be ignored */

static u8 grow(u8 *count, u64 by)
{
	*count = (u8)MIN(*count + by, (u64)UINT8_MAX);
	return *count;
}

/* A DSACK says that of a segment and its retransmit one was unnecessary, not which. Probes are likelier, because they
 * are a guess; if there are more reports than probes, suspects were received as well. */
static u64 believe(struct resent *r, u64 dsack)
{
	u64 of_probes = MIN(dsack, (u64)r->probes), of_suspects = MIN(dsack - of_probes, (u64)r->suspects);

	r->probes -= (u8)of_probes;
	r->suspects -= (u8)of_suspects;
	return of_suspects;
}

u32 resent_judge(struct resent *r, const struct record_socket *s, const struct resent_since *since)
{
	u64 wait_us = (u64)s->rtt_us + 4ULL * s->rttvar_us, tlp = MIN(since->tlp, since->retrans);
	u64 old = r->suspects, received;
	u32 lost = 0;

	r->ms = old || r->probes ? (u16)MIN(r->ms + since->elapsed_us / 1000, (u64)UINT16_MAX) : 0;
	grow(&r->suspects, since->retrans - tlp);
	grow(&r->probes, tlp);
	received = believe(r, since->dsack);
	old -= MIN(old, received);
	if (in_loss(s) || (wait_us * SHORT <= since->elapsed_us && !s->retrans_out)) {
		lost = r->suspects;
		*r = (struct resent){};
	} else if (r->ms * 1000ULL >= wait_us && r->ms) {
		lost = (u32)old;
		*r = (struct resent){.suspects = (u8)(r->suspects - old), .probes = (u8)MIN((u64)r->probes, tlp)};
	}
	return lost;
}

/* -- this one ------------------------------------------------------------------------------------------------------ */

/* tcp_sock.is_cwnd_limited is about the last window; what is in flight is current. */
static bool cwnd_full(const struct record_socket *s)
{
	return (s->flags & SOCKET_CWND_LIMITED) || (s->cwnd && s->inflight >= s->cwnd);
}

static bool unsent_or_unacked(const struct record_socket *s)
{
	return s->unacked || s->inflight || s->notsent;
}

/* Bytes of a segment that fq's pacing counts besides its payload: Ethernet, IPv4, TCP with time stamps. */
#define HEADERS 66

/* Did it send what pacing allows? Nine tenths of it, give or take a burst of two segments. Congestion controls without
 * pacing of their own get 120 % of cwnd / srtt (tcp_update_pacing_rate()), which they cannot reach. */
static bool at_pacing_rate(const struct limited_sample *l)
{
	const struct record_socket *s = l->s;
	double mss = MAX(s->mss, 1U), seconds = (double)l->elapsed_us / 1e6;
	double sent = ((double)l->tx_bytes + 2 * mss) * (mss + HEADERS) / mss;

	if (!(s->flags & SOCKET_PACING) || s->pacing_rate == UINT64_MAX || !s->pacing_rate || !l->elapsed_us)
		return false;
	return sent >= 0.9 * (double)s->pacing_rate * seconds;
}

/* Nothing is in flight, so no window can be full; the qdisc did not take the last segment (tcp_enter_cwr() after
 * NET_XMIT_DROP), and TCP tries again when a timer fires. */
static bool refused_below(const struct record_socket *s)
{
	return !s->unacked && s->ca_state == CA_CWR && !(s->flags & SOCKET_PACED);
}

/* The end of a large write is held back like that, too, but only until the next write: where segments are half full on
 * average, nothing is slow by it. */
static bool held_by_nagle(const struct limited_sample *l)
{
	const struct record_socket *s = l->s;

	return s->flags & SOCKET_NAGLE && s->notsent < s->mss && l->tx_bytes * 2 <= l->tx_pkts * s->mss;
}

/* Data waits, and the receiver would take it: what is TCP waiting for? Never the program, which has done its part. What
 * holds most of what is in flight decides: a shaper fills the congestion window, too, and determines BBR's pacing.
 * TCP's own pacing holds back what has not left TCP yet; fq's shows as a full queue, like a shaper's, but at the pacing
 * rate. */
static enum limited verdict_unsent(const struct limited_sample *l)
{
	const struct record_socket *s = l->s;
	bool paced = at_pacing_rate(l), pacing = s->flags & SOCKET_PACING;

	if (paced && s->flags & SOCKET_PACING_MAX)
		return LIMITED_PACED;
	if (s->flags & SOCKET_TX_HELD || refused_below(s))
		return LIMITED_QDISC;
	if (cwnd_full(s))
		return LIMITED_CWND;
	if (s->flags & SOCKET_TSQ_THROTTLED && !paced)
		return l->elapsed_us || !pacing ? LIMITED_QDISC : LIMITED_UNKNOWN;
	if (paced || (pacing && s->flags & SOCKET_PACED))
		return LIMITED_PACED;
	return held_by_nagle(l) ? LIMITED_NAGLE : LIMITED_UNKNOWN;
}

/* From one sample: only what is obvious. */
static enum limited verdict_at_once(const struct limited_sample *l)
{
	if (in_loss(l->s))
		return LIMITED_LOSS;
	if (!l->s->notsent)
		return LIMITED_UNKNOWN;
	return l->s->snd_wnd ? verdict_unsent(l) : LIMITED_RWND;
}

static bool can_be_limited(const struct record_socket *s)
{
	if (!(s->has & HAS_TCP))
		return false;
	switch (s->state) {
	case STATE_ESTABLISHED:
	case STATE_FIN_WAIT1:
	case STATE_FIN_WAIT2:
	case STATE_CLOSE_WAIT:
	case STATE_LAST_ACK:
	case STATE_CLOSING: return true;
	default: return false;
	}
}

/* What the program could read, bytes. A FIN is one byte in the queue, but nothing to read. */
static u32 unread(const struct record_socket *s)
{
	bool fin = s->state == STATE_CLOSE_WAIT || s->state == STATE_LAST_ACK || s->state == STATE_CLOSING;

	return s->has & HAS_MEM ? s->recvq - MIN(s->recvq, fin ? 1U : 0U) : 0;
}

#define CLOSE_WAIT_NS (5 * NSEC_PER_SEC) /* longer than a program needs that has only to notice and to close */

/* Where it is not known when the state was entered, it was before the sample. */
static bool left_open(const struct record_socket *s, u64 now_ns)
{
	u64 since = s->has & HAS_STATE_TIME ? s->state_ns : s->sample_ns;

	return s->state == STATE_CLOSE_WAIT && now_ns > since && now_ns - since >= CLOSE_WAIT_NS;
}

/* Nothing moved. */
static enum limited verdict_still(const struct record_socket *s, u64 now_ns)
{
	if (unread(s))
		return LIMITED_NOT_READING;
	return left_open(s, now_ns) ? LIMITED_CLOSE_WAIT : LIMITED_IDLE;
}

/* More waits than came since the sample before, so the program has read nothing of what waited then; or more than the
 * peer may still send: it is held back by this end. */
static bool reads_too_slowly(const struct limited_sample *l)
{
	u32 waits = unread(l->s);

	return waits && (waits > l->rx_bytes || waits > l->s->rcv_wnd);
}

/* sk_acceptq_is_full() */
static enum limited verdict_listener(const struct record_socket *s)
{
	return s->has & HAS_ACCEPT && s->accept_queue > s->accept_limit ? LIMITED_ACCEPT_FULL : LIMITED_UNKNOWN;
}

/* UDP. Drops alone do not say that the program was slow: a bad checksum is one, too. */
static enum limited verdict_datagrams(const struct limited_sample *l)
{
	const struct record_socket *s = l->s;
	bool read = !(s->has & HAS_RX_BYTES) || l->rx_bytes; /* or it is not known */

	if (l->elapsed_us && l->drops && (u64)unread(s) * 2 > s->rcvbuf)
		return LIMITED_QUEUE_FULL;
	return l->elapsed_us && l->unread && unread(s) && !read ? LIMITED_NOT_READING : LIMITED_UNKNOWN;
}

/* Was the socket stalled for most of its busy time? Less than a twentieth of the interval is noise: the chronos count
 * jiffies. */
static bool stall_rules(u64 stall, u64 other, u64 busy, u64 elapsed)
{
	u64 rest = busy - MIN(busy, stall + other);

	if (stall * 20 < elapsed || stall < other)
		return false;
	return stall * 2 > busy || stall > rest;
}

enum limited limited_verdict(const struct limited_sample *l)
{
	const struct record_socket *s = l->s;
	u64 elapsed = l->elapsed_us, busy, rwnd, sndbuf;

	if (s->proto != IPPROTO_TCP)
		return verdict_datagrams(l);
	if (s->state == STATE_LISTEN)
		return verdict_listener(s);
	if (s->state == STATE_SYN_SENT && s->has & HAS_TCP)
		return s->retrans || s->backoff ? LIMITED_LOSS : LIMITED_UNKNOWN;
	if (!can_be_limited(s))
		return LIMITED_UNKNOWN;
	if (!elapsed)
		return verdict_at_once(l);
	/* Without the chronos, only data in flight shows that it was busy. */
	busy = l->chrono ? MIN(l->busy_us, elapsed) : unsent_or_unacked(s) ? elapsed : 0;
	rwnd = l->chrono ? MIN(l->rwnd_us, busy) : 0;
	sndbuf = l->chrono ? MIN(l->sndbuf_us, busy - rwnd) : 0;
	if (!l->moved && !busy && !l->lost && !in_loss(s))
		return verdict_still(s, s->sample_ns);
	if (stall_rules(rwnd, sndbuf, busy, elapsed))
		return LIMITED_RWND;
	if (stall_rules(sndbuf, rwnd, busy, elapsed))
		return LIMITED_SNDBUF;
	if (in_loss(s) || l->lost)
		return LIMITED_LOSS;
	if (s->notsent)
		return verdict_unsent(l);
	if (busy * 2 >= elapsed && cwnd_full(s))
		return LIMITED_CWND;
	/* The kernel's time does not count it where the program came to wait after the last segment was sent. */
	if (s->flags & SOCKET_NO_SPACE && busy * 2 >= elapsed)
		return LIMITED_SNDBUF;
	return reads_too_slowly(l) ? LIMITED_NOT_READING : LIMITED_APP;
}

/* What came in the tick before, and was not read in this one. */
static enum limited quiet_datagrams(const struct record_socket *s)
{
	return unread(s) ? LIMITED_NOT_READING : LIMITED_UNKNOWN;
}

enum limited limited_quiet(const struct record_socket *s, enum limited before, u64 now_ns)
{
	if (s->proto != IPPROTO_TCP)
		return quiet_datagrams(s);
	if (s->state == STATE_LISTEN)
		return verdict_listener(s);
	if (!can_be_limited(s))
		return LIMITED_UNKNOWN;
	if (in_loss(s))
		return LIMITED_LOSS;
	return unsent_or_unacked(s) && before != LIMITED_UNKNOWN ? before : verdict_still(s, now_ns);
}

bool limited_is_final(const struct record_socket *s, enum limited now)
{
	return now != LIMITED_IDLE || s->proto != IPPROTO_TCP || s->state != STATE_CLOSE_WAIT;
}
