/* The turns of a TCP conversation, of what its socket does: which exchange a segment, a read or a send call belongs to,
 * and what the exchange's parts are when it is over. No byte of the payload is looked at. Pure arithmetic, so that it
 * is tested in user space: includers provide the types, as for abi_exchanges.h. All callers hold the socket's lock. */
#pragma once

#include "abi_exchanges.h"

/* Who is silent for so long after the answer has arrived, and then sends or receives more without having been asked,
 * pushes: that is no part of the answer. */
#define TURN_SILENCE_NS 1000000000ULL

/* What the socket says of itself. */
struct turn_socket {
	u64 rx_bytes, tx_bytes; /* received; written, whether or not they were sent */
	u32 retrans;
	bool unread; /* data are queued that were not read */
};

static inline __attribute__((always_inline)) u64 turn_span(u64 from, u64 to)
{
	return to > from ? to - from : 0;
}

/* The set of places, of which there are mask + 1, where what is known of a socket may be. Cookies are numbers in a row:
 * this spreads them evenly (Fibonacci hashing). */
static inline __attribute__((always_inline)) u32 turn_set_of(u64 cookie, u32 mask)
{
	return (u32)(cookie * 0x9e3779b97f4a7c15ULL >> 40) & mask;
}

/* Takes a place that nobody has, whoever else tries it at the same time: who alone has counted himself has it. Before
 * Linux 5.12 programs have no other atomic operation. */
static inline __attribute__((always_inline)) bool turn_claim(struct abi_turn *t)
{
	volatile u32 *claims = &t->claims;

	if (*claims)
		return false;
	__sync_fetch_and_add(&t->claims, 1);
	if (*claims == 1)
		return true;
	__sync_fetch_and_add(&t->claims, -1);
	return false;
}

/* The last thing that a place's owner does. */
static inline __attribute__((always_inline)) void turn_leave(struct abi_turn *t, u64 *cookie)
{
	*cookie = 0;
	__sync_fetch_and_add(&t->claims, -1);
}

/* So much has happened by now. */
static inline __attribute__((always_inline)) void turn_note(struct abi_turn *t, const struct turn_socket *s)
{
	t->rx_now = s->rx_bytes;
	t->tx_now = s->tx_bytes;
	t->retrans_now = s->retrans;
}

/* At the first sight of a socket. fresh: nothing was sent or received on it before. */
static inline __attribute__((always_inline)) void turn_meet(struct abi_turn *t, u64 cookie, u8 role, bool fresh)
{
	t->cookie = cookie;
	t->role = role;
	t->phase = ABI_IDLE;
	t->told = 0;
	t->poller = 0;
	t->again = fresh ? 0 : ABI_PARTLY;
}

static inline __attribute__((always_inline)) void turn_begin(struct abi_turn *t, u64 now, const struct turn_socket *s)
{
	t->asked_first = t->asked_last = now;
	t->told_first = t->told_last = t->read = t->acked = 0;
	t->rx_begin = t->rx_now = s->rx_bytes;
	t->tx_begin = t->tx_now = s->tx_bytes;
	t->retrans_begin = t->retrans_now = s->retrans;
	t->flags = t->again;
	t->again = 0;
	t->phase = ABI_ASKED;
}

static inline __attribute__((always_inline)) void turn_server_parts(const struct abi_turn *t, u64 ns[ABI_PARTS])
{
	u64 answered = t->told_first ?: t->asked_last, read = t->read;

	/* What was read before its last segment came was not read whole, nor is it read after the answer has begun. */
	read = read < t->asked_last ? t->asked_last : read;
	read = read > answered ? answered : read;
	ns[ABI_IN] = turn_span(t->asked_first, t->asked_last);
	ns[ABI_WAIT] = turn_span(t->asked_last, read);
	ns[ABI_THINK] = turn_span(read, answered);
	ns[ABI_WRITE] = turn_span(answered, t->told_last);
	ns[ABI_OUT] = turn_span(t->told_last, t->acked);
}

static inline __attribute__((always_inline)) void turn_client_parts(const struct abi_turn *t, u64 ns[ABI_PARTS])
{
	ns[ABI_WRITE] = turn_span(t->asked_first, t->asked_last);
	ns[ABI_AWAY] = turn_span(t->asked_last, t->told_first);
	ns[ABI_IN] = turn_span(t->told_first, t->told_last);
	ns[ABI_WAIT] = turn_span(t->told_last, t->read);
}

/* A poller was woken for the exchange: when did it run? It had been switched to so often at its first read since. If
 * never since then, it was no more than about to sleep; if several times, it is not known when the first time was. */
static inline __attribute__((always_inline)) void turn_poller_ran(struct abi_turn *t, u32 switches, u64 arrived)
{
	u32 since = switches - t->switches;

	if (since == 1)
		t->woken = arrived;
	else
		t->reader = since ? ABI_READER_UNKNOWN : ABI_READER_ELSEWHERE;
}

/* How much of its wait the kernel took to wake the program up, if that can be said. */
static inline __attribute__((always_inline)) void turn_wakeup(const struct abi_turn *t, struct abi_exchange *x)
{
	u64 ns = t->reader == ABI_READER_SLEEPS
		     ? turn_span(t->role == ABI_SERVER ? t->asked_last : t->told_last, t->woken)
		     : 0;

	x->has = t->reader == ABI_READER_UNKNOWN ? 0 : ABI_HAS_WAKEUP;
	x->wakeup_ns = ns < x->ns[ABI_WAIT] ? ns : x->ns[ABI_WAIT];
	if (t->reader == ABI_READER_POLLS) {
		x->has = t->woken ? ABI_HAS_ARRIVED : 0;
		x->wakeup_ns = t->woken;
	}
}

/* When the last of what it was to read was queued. */
static inline __attribute__((always_inline)) u64 turn_queued_at(const struct abi_exchange *x)
{
	return x->begin_ns + x->ns[ABI_IN] + (x->role == ABI_CLIENT ? x->ns[ABI_WRITE] + x->ns[ABI_AWAY] : 0);
}

/* The same of a poller that ran at this time, by the clock of the exchange. */
static inline __attribute__((always_inline)) void turn_arrived(struct abi_exchange *x, u64 ran)
{
	u64 ns = turn_span(turn_queued_at(x), ran);

	x->has = ABI_HAS_WAKEUP;
	x->wakeup_ns = ns < x->ns[ABI_WAIT] ? ns : x->ns[ABI_WAIT];
}

/* Is its next read the first since something was queued, for which a poller was woken? */
static inline __attribute__((always_inline)) bool turn_polled(const struct abi_turn *t)
{
	return t->reader == ABI_READER_POLLS && !t->woken;
}

/* It is over: its parts, and what makes it no measure. false: it was told before. */
static inline __attribute__((always_inline)) bool turn_finish(struct abi_turn *t, struct abi_exchange *x)
{
	x->cookie = t->cookie;
	x->begin_ns = t->asked_first;
	x->rx_bytes = t->rx_now - t->rx_begin;
	x->tx_bytes = t->tx_now - t->tx_begin;
	x->retrans = t->retrans_now - t->retrans_begin;
	x->role = t->role;
	x->flags = t->flags;
	x->reserved = 0;
	for (int i = 0; i < ABI_PARTS; i++)
		x->ns[i] = 0;
	if (t->role == ABI_SERVER)
		turn_server_parts(t, x->ns);
	else
		turn_client_parts(t, x->ns);
	turn_wakeup(t, x);
	t->phase = ABI_IDLE;
	return t->told != t->asked_first;
}

/* Has the answer arrived, as far as it was sent? */
static inline __attribute__((always_inline)) bool turn_is_whole(const struct abi_turn *t)
{
	if (t->phase != ABI_ANSWERED)
		return false;
	return t->role == ABI_SERVER ? t->acked != 0 : t->read >= t->told_last;
}

static inline __attribute__((always_inline)) u64 turn_last(const struct abi_turn *t)
{
	return t->role == ABI_SERVER ? t->acked : t->read;
}

/* Is it over, though nothing has followed? What comes later is no part of it. */
static inline __attribute__((always_inline)) bool turn_is_settled(const struct abi_turn *t, u64 now)
{
	return turn_is_whole(t) && now > turn_last(t) + TURN_SILENCE_NS;
}

/* Something was queued that the program is to read. */
static inline __attribute__((always_inline)) void turn_queued(struct abi_turn *t, enum abi_reader reader)
{
	t->reader = reader;
	t->woken = 0;
}

/* A segment has come that is about to be queued. acks: it acknowledges everything that was written; data: it has some
 * that are new, for this reader. true: an exchange is over, *x. */
static inline __attribute__((always_inline)) bool turn_segment(struct abi_turn *t, u64 now, const struct turn_socket *s,
							       bool acks, bool data, enum abi_reader reader,
							       struct abi_exchange *x)
{
	bool over = false;

	turn_note(t, s);
	if (acks && !t->acked && t->phase == (t->role == ABI_SERVER ? ABI_ANSWERED : ABI_ASKED))
		t->acked = now;
	if (!data)
		return false;
	if (t->role == ABI_SERVER) {
		if (t->phase == ABI_ANSWERED) {
			/* The next request, before the answer has arrived: what will be sent may be of either. */
			if (!t->acked) {
				t->flags |= ABI_OVERLAP;
				t->again |= ABI_OVERLAP;
			}
			over = turn_finish(t, x);
		}
		if (t->phase == ABI_IDLE)
			turn_begin(t, now, s);
		else
			t->asked_last = now;
		turn_queued(t, reader);
		return over;
	}
	if (t->phase == ABI_ASKED) {
		/* Who answers has received the request. */
		if (!t->acked)
			t->flags |= ABI_OVERLAP;
		t->told_first = t->told_last = now;
		t->phase = ABI_ANSWERED;
		turn_queued(t, reader);
	} else if (turn_is_settled(t, now)) {
		over = turn_finish(t, x);
	} else if (t->phase == ABI_ANSWERED) {
		t->told_last = now;
		turn_queued(t, reader);
	}
	return over;
}

/* The program has read up to copied_seq. */
static inline __attribute__((always_inline)) void turn_read(struct abi_turn *t, u64 now, u64 rx_bytes, u32 copied)
{
	t->rx_now = rx_bytes;
	if (copied == t->copied)
		return;
	t->copied = copied;
	t->woken = t->woken ?: now;
	if (t->role == ABI_SERVER ? t->phase == ABI_ASKED : t->phase == ABI_ANSWERED) {
		t->read = now;
	} else if (t->role == ABI_CLIENT && t->phase == ABI_ASKED) {
		/* It was queued where no segment is seen: the connection is half closed. */
		t->told_first = t->told_last = t->read = now;
		turn_queued(t, ABI_READER_UNKNOWN);
		t->phase = ABI_ANSWERED;
	}
}

/* A send call begins. true: an exchange is over, *x. */
static inline __attribute__((always_inline)) bool turn_send(struct abi_turn *t, u64 now, const struct turn_socket *s,
							    struct abi_exchange *x)
{
	bool over = false;

	turn_note(t, s);
	if (t->role == ABI_SERVER) {
		if (turn_is_settled(t, now))
			return turn_finish(t, x);
		if (t->phase == ABI_ASKED) {
			t->told_first = now;
			t->phase = ABI_ANSWERED;
		}
		t->told_last = now;
		t->acked = 0;
		return false;
	}
	if (t->phase == ABI_ANSWERED) {
		/* The next request, while there is an answer to read: what it belongs to is not known. */
		if (s->unread) {
			t->flags |= ABI_OVERLAP;
			t->again |= ABI_OVERLAP;
		}
		over = turn_finish(t, x);
	}
	if (t->phase == ABI_IDLE) {
		turn_begin(t, now, s);
	} else {
		t->asked_last = now;
		t->acked = 0;
	}
	return over;
}

/* How a connection ends. */
enum turn_end {
	TURN_BROKEN_OFF,  /* by its own program: what was not acknowledged has not arrived */
	TURN_RESET,       /* by the peer */
	TURN_TIMED_OUT,   /* the peer was not heard of any more */
	TURN_IN_ORDER,    /* everything was acknowledged, at the latest now */
	TURN_HALF_CLOSED, /* the same, but the peer had said that it would send no more: of its acknowledgements since
			     then none is seen, and this one can be much later */
};

/* It ends in the middle: what it was waiting for it has waited for until now. */
static inline __attribute__((always_inline)) void turn_cut(struct abi_turn *t, u64 now, enum turn_end how)
{
	bool server = t->role == ABI_SERVER;

	t->flags |= t->phase == ABI_ASKED ? ABI_NO_ANSWER : ABI_CUT;
	t->flags |= how == TURN_RESET ? ABI_BY_RESET : how == TURN_TIMED_OUT ? ABI_BY_TIMEOUT : 0;
	if (t->phase == ABI_ASKED)
		t->told_first = t->told_last = now;
	if (server ? !t->read : t->read < t->told_last)
		t->read = now;
	t->acked = now;
}

/* The connection has ended. true: an exchange is over, *x. */
static inline __attribute__((always_inline)) bool turn_end(struct abi_turn *t, u64 now, const struct turn_socket *s,
							   enum turn_end how, struct abi_exchange *x)
{
	if (t->phase == ABI_IDLE)
		return false;
	turn_note(t, s);
	if (how >= TURN_IN_ORDER && !t->acked && t->role == ABI_SERVER && t->phase == ABI_ANSWERED) {
		t->acked = now;
		t->flags |= how == TURN_HALF_CLOSED ? ABI_PARTLY : 0;
	}
	if (!turn_is_whole(t))
		turn_cut(t, now, how);
	return turn_finish(t, x);
}
