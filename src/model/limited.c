/* Who held a socket back: from the time that tcp_chrono spent in each stall, the congestion state, and what is in
 * flight against the window. */
#include "limited.h"

#include <string.h>

const char *limited_name(unsigned limited)
{
	static const char *const names[] = {
	    [LIMITED_UNKNOWN] = "unknown", [LIMITED_IDLE] = "idle", [LIMITED_APP] = "app",
	    [LIMITED_CWND] = "cwnd",       [LIMITED_RWND] = "rwnd", [LIMITED_SNDBUF] = "sndbuf",
	    [LIMITED_LOSS] = "loss",
	};

	return limited < ARRAY_SIZE(names) ? names[limited] : names[LIMITED_UNKNOWN];
}

_Static_assert(LIMITED_COUNT <= 8, "a verdict has 3 bits");
_Static_assert(LIMITED_RECENT * 3 <= 32, "they share a word");

void limited_push(struct row *r)
{
	r->verdicts = (r->verdicts << 3 | r->limited) & (u32)((1ULL << 3 * LIMITED_RECENT) - 1);
}

unsigned limited_recent(const struct row *r, u64 tick, u8 counts[LIMITED_COUNT])
{
	u64 seen = tick >= r->first_tick ? tick - r->first_tick + 1 : 0;
	unsigned known = 0;

	memset(counts, 0, LIMITED_COUNT);
	for (unsigned i = 0; i < MIN(seen, (u64)LIMITED_RECENT); i++) {
		unsigned verdict = r->verdicts >> 3 * i & 7;

		if (verdict == LIMITED_UNKNOWN || verdict >= LIMITED_COUNT)
			continue;
		counts[verdict]++;
		known++;
	}
	return known;
}

static bool in_loss(const struct record_socket *s)
{
	return s->ca_state == CA_RECOVERY || s->ca_state == CA_LOSS;
}

/* tcp_sock.is_cwnd_limited speaks of the last window; what is in flight, of now. */
static bool cwnd_full(const struct record_socket *s)
{
	return (s->flags & SOCKET_CWND_LIMITED) || (s->cwnd && s->inflight >= s->cwnd);
}

static bool unsent_or_unacked(const struct record_socket *s)
{
	return s->unacked || s->inflight || s->notsent;
}

/* One sample alone: only what is plain at this moment. */
static enum limited verdict_at_once(const struct record_socket *s)
{
	if (in_loss(s))
		return LIMITED_LOSS;
	if (!s->snd_wnd && s->notsent)
		return LIMITED_RWND;
	if (s->cwnd && s->inflight >= s->cwnd && s->notsent)
		return LIMITED_CWND;
	return LIMITED_UNKNOWN;
}

static bool can_be_limited(const struct record_socket *s)
{
	if (s->proto != 6 || !(s->has & HAS_TCP))
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

/* Is this stall what the socket spent most of its busy time on? Less than a twentieth of the interval is noise: the
 * chronos count jiffies. */
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

	if (s->proto == 6 && s->state == STATE_SYN_SENT && s->has & HAS_TCP)
		return l->retrans || s->backoff ? LIMITED_LOSS : LIMITED_UNKNOWN;
	if (!can_be_limited(s))
		return LIMITED_UNKNOWN;
	if (!elapsed)
		return verdict_at_once(s);
	/* Without the chronos, data in flight is all that tells busy from not. */
	busy = l->chrono ? MIN(l->busy_us, elapsed) : unsent_or_unacked(s) ? elapsed : 0;
	rwnd = l->chrono ? MIN(l->rwnd_us, busy) : 0;
	sndbuf = l->chrono ? MIN(l->sndbuf_us, busy - rwnd) : 0;
	if (!l->moved && !busy && !l->retrans && !in_loss(s))
		return LIMITED_IDLE;
	if (stall_rules(rwnd, sndbuf, busy, elapsed))
		return LIMITED_RWND;
	if (stall_rules(sndbuf, rwnd, busy, elapsed))
		return LIMITED_SNDBUF;
	if (in_loss(s) || l->retrans)
		return LIMITED_LOSS;
	if (busy * 2 >= elapsed && cwnd_full(s))
		return LIMITED_CWND;
	return LIMITED_APP;
}

enum limited limited_quiet(const struct record_socket *s, enum limited before)
{
	if (!can_be_limited(s))
		return LIMITED_UNKNOWN;
	if (in_loss(s))
		return LIMITED_LOSS;
	return unsent_or_unacked(s) && before != LIMITED_UNKNOWN ? before : LIMITED_IDLE;
}
