/* The verdict `limited`, on figures as real connections show them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"
#include "limited.h"
#include "rows_private.h"
#include "sample.h"

struct limited_case {
	const char *what;
	enum limited want;
	u8 state, ca_state, backoff;
	u32 cwnd, inflight, notsent, flags, lost, recvq;
	u32 acked_kb, pacing_kb; /* in the second; a second */
	u32 segments;            /* sent in the second */
	u32 received, rcv_wnd;   /* bytes */
	u32 in_state_ms;         /* 0: not known */
	bool moved, no_chrono, snd_wnd_zero, one_sample;
	u32 busy_ms, rwnd_ms, sndbuf_ms; /* of 1,000 */
};

#define EST .state = STATE_ESTABLISHED

static const struct limited_case cases[] = {
    {"silent ssh session", LIMITED_IDLE, EST, .cwnd = 10},
    {"the program does not read", LIMITED_NOT_READING, EST, .cwnd = 10, .recvq = 1},
    {"a FIN that waits is no data", LIMITED_IDLE, .state = STATE_CLOSE_WAIT, .cwnd = 10, .recvq = 1},
    {"the peer has closed, and it is still open", LIMITED_CLOSE_WAIT, .state = STATE_CLOSE_WAIT, .cwnd = 10, .recvq = 1,
     .in_state_ms = 5000},
    {"the peer has closed a moment ago", LIMITED_IDLE, .state = STATE_CLOSE_WAIT, .cwnd = 10, .in_state_ms = 4999},
    {"the peer has closed long ago, but we send", LIMITED_APP, .state = STATE_CLOSE_WAIT, .cwnd = 10, .moved = true,
     .in_state_ms = 60000},
    {"open for long is not left open", LIMITED_IDLE, EST, .cwnd = 10, .in_state_ms = 60000},
    {"data before the FIN is", LIMITED_NOT_READING, .state = STATE_CLOSE_WAIT, .cwnd = 10, .recvq = 2},
    {"it is being read, some is left", LIMITED_APP, EST, .cwnd = 10, .recvq = 900, .received = 900, .moved = true},
    {"some comes and is left, and some was left before", LIMITED_NOT_READING, EST, .cwnd = 10, .recvq = 901,
     .received = 900, .moved = true},
    {"a reader that keeps the peer's window small", LIMITED_NOT_READING, EST, .cwnd = 10, .recvq = 50001,
     .received = 900000, .rcv_wnd = 50000, .moved = true},
    {"a reader that keeps up", LIMITED_APP, EST, .cwnd = 10, .recvq = 50000, .received = 900000, .rcv_wnd = 50000,
     .moved = true},
    {"it does not read, but what it sends is held back", LIMITED_CWND, EST, .cwnd = 10, .inflight = 10, .notsent = 5000,
     .recvq = 900, .moved = true, .busy_ms = 1000},
    {"a key press and its echo", LIMITED_APP, EST, .cwnd = 10, .moved = true, .busy_ms = 4},
    {"download: we only receive", LIMITED_APP, EST, .cwnd = 10, .moved = true},
    {"upload over a long path, window full", LIMITED_CWND, EST, .cwnd = 142, .inflight = 142, .notsent = 1 << 20,
     .moved = true, .busy_ms = 1000},
    {"the same between two acknowledgements", LIMITED_CWND, EST, .cwnd = 142, .inflight = 130, .notsent = 1 << 20,
     .flags = SOCKET_CWND_LIMITED, .moved = true, .busy_ms = 996},
    {"bursts with a full window, a third of the time", LIMITED_APP, EST, .cwnd = 10, .inflight = 10, .moved = true,
     .busy_ms = 330},
    {"busy all the time, half the window used", LIMITED_APP, EST, .cwnd = 100, .inflight = 50, .moved = true,
     .busy_ms = 1000},
    {"the reader does not read: zero window", LIMITED_RWND, EST, .cwnd = 10, .notsent = 65536, .snd_wnd_zero = true,
     .busy_ms = 1000, .rwnd_ms = 1000},
    {"slow reader", LIMITED_RWND, EST, .cwnd = 80, .inflight = 44, .moved = true, .busy_ms = 1000, .rwnd_ms = 640},
    {"slow reader, a lost segment", LIMITED_RWND, EST, .cwnd = 80, .inflight = 44, .lost = 1, .moved = true,
     .busy_ms = 1000, .rwnd_ms = 640},
    {"largest part though not half", LIMITED_RWND, EST, .cwnd = 80, .inflight = 80, .moved = true, .busy_ms = 1000,
     .rwnd_ms = 440, .sndbuf_ms = 180},
    {"one jiffy of it is noise", LIMITED_APP, EST, .cwnd = 10, .moved = true, .busy_ms = 4, .rwnd_ms = 4},
    {"SO_SNDBUF set too small", LIMITED_SNDBUF, EST, .cwnd = 300, .inflight = 12, .moved = true, .busy_ms = 1000,
     .sndbuf_ms = 870},
    {"the program waits for room, which the kernel does not count", LIMITED_SNDBUF, EST, .cwnd = 117, .inflight = 45,
     .moved = true, .busy_ms = 1000, .flags = SOCKET_NO_SPACE},
    {"it does for a moment", LIMITED_APP, EST, .cwnd = 117, .inflight = 45, .moved = true, .busy_ms = 499,
     .flags = SOCKET_NO_SPACE},
    {"more room is of no use", LIMITED_CWND, EST, .cwnd = 45, .inflight = 45, .moved = true, .busy_ms = 1000,
     .flags = SOCKET_NO_SPACE},
    {"send buffer against window", LIMITED_SNDBUF, EST, .cwnd = 300, .inflight = 300, .moved = true, .busy_ms = 1000,
     .rwnd_ms = 100, .sndbuf_ms = 600},
    {"fast recovery", LIMITED_LOSS, EST, .ca_state = CA_RECOVERY, .cwnd = 7, .inflight = 7, .moved = true,
     .busy_ms = 1000, .lost = 12},
    {"recovered within the tick", LIMITED_LOSS, EST, .cwnd = 7, .inflight = 7, .moved = true, .busy_ms = 1000,
     .lost = 3},
    {"the cable is out: nothing moves", LIMITED_LOSS, EST, .ca_state = CA_LOSS, .cwnd = 1, .inflight = 1,
     .busy_ms = 1000, .backoff = 5},
    {"disorder alone is no loss", LIMITED_CWND, EST, .ca_state = CA_DISORDER, .cwnd = 20, .inflight = 20, .moved = true,
     .busy_ms = 1000},
    {"chronos beyond the interval (jiffies)", LIMITED_RWND, EST, .cwnd = 20, .moved = true, .busy_ms = 1004,
     .rwnd_ms = 1004},
    {"kernel without chronos, window full", LIMITED_CWND, EST, .cwnd = 20, .inflight = 20, .moved = true,
     .no_chrono = true},
    {"kernel without chronos, silent", LIMITED_IDLE, EST, .cwnd = 20, .no_chrono = true},
    {"half closed, still sending", LIMITED_CWND, .state = STATE_CLOSE_WAIT, .cwnd = 20, .inflight = 20, .moved = true,
     .busy_ms = 900},
    {"SO_MAX_PACING_RATE, TCP's own timer", LIMITED_PACED, EST, .cwnd = 40, .notsent = 500000, .moved = true,
     .busy_ms = 1000, .acked_kb = 990, .pacing_kb = 1000, .flags = SOCKET_PACING | SOCKET_PACING_MAX | SOCKET_PACED},
    {"the same, between two bursts", LIMITED_PACED, EST, .cwnd = 40, .notsent = 500000, .moved = true, .busy_ms = 1000,
     .acked_kb = 990, .pacing_kb = 1000, .flags = SOCKET_PACING | SOCKET_PACING_MAX},
    {"the same, the window full at this moment", LIMITED_PACED, EST, .cwnd = 40, .inflight = 40, .notsent = 500000,
     .moved = true, .busy_ms = 1000, .acked_kb = 990, .pacing_kb = 1000, .flags = SOCKET_PACING | SOCKET_PACING_MAX},
    {"SO_MAX_PACING_RATE, fq keeps to it", LIMITED_PACED, EST, .cwnd = 40, .inflight = 6, .notsent = 500000,
     .moved = true, .busy_ms = 1000, .acked_kb = 945, .pacing_kb = 1000,
     .flags = SOCKET_PACING | SOCKET_PACING_MAX | SOCKET_PACED | SOCKET_TSQ_THROTTLED | SOCKET_TX_HELD},
    {"a rate that is never reached", LIMITED_CWND, EST, .cwnd = 40, .inflight = 40, .notsent = 500000, .moved = true,
     .busy_ms = 1000, .acked_kb = 990, .pacing_kb = 1200, .flags = SOCKET_PACING},
    {"a rate that nobody keeps to", LIMITED_CWND, EST, .cwnd = 40, .inflight = 40, .notsent = 500000, .moved = true,
     .busy_ms = 1000, .acked_kb = 1190, .pacing_kb = 1200},
    {"BBR's own rate", LIMITED_PACED, EST, .cwnd = 200, .inflight = 90, .notsent = 500000, .moved = true,
     .busy_ms = 1000, .acked_kb = 9800, .pacing_kb = 9900, .flags = SOCKET_PACING | SOCKET_PACED},
    {"a shaper below TCP", LIMITED_QDISC, EST, .cwnd = 40, .inflight = 12, .notsent = 500000, .moved = true,
     .busy_ms = 1000, .acked_kb = 1200, .flags = SOCKET_TSQ_THROTTLED},
    {"a shaper that has the whole window", LIMITED_QDISC, EST, .cwnd = 22, .inflight = 22, .notsent = 500000,
     .moved = true, .busy_ms = 1000, .acked_kb = 1200, .flags = SOCKET_CWND_LIMITED | SOCKET_TX_HELD},
    {"a shaper that BBR paces by", LIMITED_QDISC, EST, .cwnd = 22, .inflight = 11, .notsent = 500000, .moved = true,
     .busy_ms = 1000, .acked_kb = 1200, .pacing_kb = 1190, .flags = SOCKET_PACING | SOCKET_PACED | SOCKET_TX_HELD},
    {"a shaper whose queue is full", LIMITED_QDISC, EST, .ca_state = CA_CWR, .cwnd = 37, .notsent = 200000,
     .moved = true, .busy_ms = 1000, .acked_kb = 3, .pacing_kb = 30000, .flags = SOCKET_PACING},
    {"a small write behind a small write", LIMITED_NAGLE, EST, .cwnd = 40, .inflight = 1, .notsent = 90, .moved = true,
     .busy_ms = 900, .flags = SOCKET_NAGLE},
    {"small writes all the time", LIMITED_NAGLE, EST, .cwnd = 40, .inflight = 1, .notsent = 90, .moved = true,
     .busy_ms = 900, .acked_kb = 7, .segments = 10, .flags = SOCKET_NAGLE},
    {"the end of a large write", LIMITED_UNKNOWN, EST, .cwnd = 40, .inflight = 1, .notsent = 90, .moved = true,
     .busy_ms = 900, .acked_kb = 8, .segments = 10, .flags = SOCKET_NAGLE},
    {"a whole segment does not wait for that", LIMITED_UNKNOWN, EST, .cwnd = 40, .inflight = 1, .notsent = 1448,
     .moved = true, .busy_ms = 900, .flags = SOCKET_NAGLE},
    {"a full window comes first", LIMITED_CWND, EST, .cwnd = 40, .inflight = 40, .notsent = 90, .moved = true,
     .busy_ms = 900, .flags = SOCKET_NAGLE},
    {"one sample: a small write waits", LIMITED_NAGLE, EST, .cwnd = 40, .inflight = 1, .notsent = 90,
     .one_sample = true, .flags = SOCKET_NAGLE},
    {"data waits, and nothing says for what", LIMITED_UNKNOWN, EST, .cwnd = 40, .inflight = 3, .notsent = 900,
     .moved = true, .busy_ms = 1000, .acked_kb = 100},
    {"a full window with more to send, a third of the time", LIMITED_CWND, EST, .cwnd = 10, .inflight = 10,
     .notsent = 5000, .moved = true, .busy_ms = 330},
    {"one sample: TCP's timer is plain", LIMITED_PACED, EST, .cwnd = 40, .notsent = 500000, .one_sample = true,
     .pacing_kb = 1000, .flags = SOCKET_PACING | SOCKET_PACED},
    {"one sample: a queue below TCP, of fq's or not", LIMITED_UNKNOWN, EST, .cwnd = 40, .inflight = 5,
     .notsent = 500000, .one_sample = true, .pacing_kb = 1000, .flags = SOCKET_PACING | SOCKET_TSQ_THROTTLED},
    {"one sample: a shaper is plain", LIMITED_QDISC, EST, .cwnd = 40, .inflight = 5, .notsent = 500000,
     .one_sample = true, .flags = SOCKET_TSQ_THROTTLED},
    {"listener", LIMITED_UNKNOWN, .state = STATE_LISTEN, .cwnd = 10},
    {"TIME_WAIT", LIMITED_UNKNOWN, .state = STATE_TIME_WAIT, .cwnd = 10, .inflight = 10},
    {"first SYN on its way", LIMITED_UNKNOWN, .state = STATE_SYN_SENT, .cwnd = 10},
    {"SYN is not answered", LIMITED_LOSS, .state = STATE_SYN_SENT, .cwnd = 1, .backoff = 2},
    {"one sample tells little", LIMITED_UNKNOWN, EST, .cwnd = 10, .one_sample = true, .moved = true, .busy_ms = 1000},
    {"one sample: recovery is plain", LIMITED_LOSS, EST, .ca_state = CA_RECOVERY, .cwnd = 10, .one_sample = true},
    {"one sample: zero window is plain", LIMITED_RWND, EST, .cwnd = 10, .notsent = 5, .snd_wnd_zero = true,
     .one_sample = true},
    {"one sample: a full window with more to send is plain", LIMITED_CWND, EST, .cwnd = 10, .inflight = 10,
     .notsent = 5, .one_sample = true},
};

static void verdicts(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct limited_case *c = &cases[i];
		struct record_socket s = tcp_sample(1, 1, 0, 0);
		struct limited_sample l = {
		    .s = &s,
		    .elapsed_us = c->one_sample ? 0 : 1000000,
		    .busy_us = c->busy_ms * 1000,
		    .rwnd_us = c->rwnd_ms * 1000,
		    .sndbuf_us = c->sndbuf_ms * 1000,
		    .chrono = !c->no_chrono,
		    .moved = c->moved,
		    .tx_bytes = c->acked_kb * 1000,
		    .tx_pkts = c->segments,
		    .rx_bytes = c->received,
		    .lost = c->lost,
		};
		enum limited got;

		s.state = c->state;
		s.ca_state = c->ca_state;
		s.backoff = c->backoff;
		s.cwnd = c->cwnd;
		s.inflight = s.unacked = c->inflight;
		s.notsent = c->notsent;
		s.recvq = c->recvq;
		s.has |= HAS_MEM;
		s.flags = c->flags;
		s.pacing_rate = c->pacing_kb ? c->pacing_kb * 1000 : UINT64_MAX;
		s.snd_wnd = c->snd_wnd_zero ? 0 : s.snd_wnd;
		s.rcv_wnd = c->rcv_wnd ? c->rcv_wnd : 65535;
		s.sample_ns = 100 * NSEC_PER_SEC;
		s.has &= ~(u64)HAS_STATE_TIME;
		if (c->in_state_ms) {
			s.has |= HAS_STATE_TIME;
			s.state_ns = s.sample_ns - c->in_state_ms * 1000000ULL;
		}
		got = limited_verdict(&l);
		if (got != c->want)
			fail_msg("%s: %s, not %s", c->what, limited_name(got), limited_name(c->want));
	}
}

static void datagrams(void **state)
{
	struct record_socket s = udp_sample(1, 1, 5, 5);
	struct limited_sample l = {.s = &s, .elapsed_us = 1000000, .moved = true, .rx_bytes = 5, .drops = 1};

	s.has |= HAS_TCP | HAS_MEM | HAS_RX_BYTES;
	s.rcvbuf = 1000;
	s.recvq = 500;
	assert_int_equal(limited_verdict(&l), LIMITED_UNKNOWN);
	assert_int_equal(limited_quiet(&s, LIMITED_UNKNOWN, 0), LIMITED_NOT_READING);
	s.recvq = 501;
	assert_int_equal(limited_verdict(&l), LIMITED_QUEUE_FULL);
	assert_int_equal(limited_quiet(&s, LIMITED_QUEUE_FULL, 0), LIMITED_NOT_READING);
	l.drops = 0;
	assert_int_equal(limited_verdict(&l), LIMITED_UNKNOWN);
	l.rx_bytes = 0;
	assert_int_equal(limited_verdict(&l), LIMITED_UNKNOWN); /* it came a moment ago, perhaps */
	l.unread = 1;
	assert_int_equal(limited_verdict(&l), LIMITED_NOT_READING);
	s.has &= ~(u64)HAS_RX_BYTES; /* no hook tells what is read */
	assert_int_equal(limited_verdict(&l), LIMITED_UNKNOWN);
	s.recvq = 0;
	assert_int_equal(limited_quiet(&s, LIMITED_NOT_READING, 0), LIMITED_UNKNOWN);
}

static void listeners(void **state)
{
	struct record_socket s = tcp_sample(1, 1, 0, 0);
	struct limited_sample l = {.s = &s};

	s.state = STATE_LISTEN;
	s.has |= HAS_ACCEPT;
	s.accept_queue = s.accept_limit = 5;
	assert_int_equal(limited_verdict(&l), LIMITED_UNKNOWN);
	s.accept_queue = 6; /* the kernel lets in one more than the limit */
	assert_int_equal(limited_verdict(&l), LIMITED_ACCEPT_FULL);
	assert_int_equal(limited_quiet(&s, LIMITED_ACCEPT_FULL, 0), LIMITED_ACCEPT_FULL);
	s.accept_queue = 5;
	assert_int_equal(limited_quiet(&s, LIMITED_ACCEPT_FULL, 0), LIMITED_UNKNOWN);
}

/* A row at rest is not visited: one that the peer has closed is, until its time has come. */
static void model_waits_for_close_wait(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 0, 1000);

	s.state = STATE_CLOSE_WAIT;
	s.has &= ~(u64)HAS_STATE_TIME;
	put(m, s);
	for (u64 n = 1; n <= 6; n++) {
		tick(m, n);
		assert_int_not_equal(row_of(m, 1)->limited, LIMITED_CLOSE_WAIT);
	}
	tick(m, 7);
	assert_int_equal(row_of(m, 1)->limited, LIMITED_CLOSE_WAIT);
	for (u64 n = 8; n < 100; n++)
		tick(m, n);
	assert_int_equal(row_of(m, 1)->limited, LIMITED_CLOSE_WAIT);
	assert_int_equal(m->active_count, 0);
}

/* The same through the model, for a socket that is older than us: from the second sample on. */
static void model_judges_from_the_second_sample(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 0, 1000);

	s.busy_us = 50000000;
	s.rwnd_limited_us = 49000000;
	put(m, s);
	tick(m, 1);
	assert_int_equal(row_of(m, 1)->limited, LIMITED_UNKNOWN);
	tick(m, 2);
	assert_int_equal(row_of(m, 1)->limited, LIMITED_IDLE);
	s = tcp_sample(1, 3, 0, 900000);
	s.busy_us = 51000000;
	s.rwnd_limited_us = 49000000;
	s.inflight = s.unacked = s.cwnd = 30;
	put(m, s);
	tick(m, 3);
	assert_int_equal(row_of(m, 1)->limited, LIMITED_CWND);
	tick(m, 4); /* not a word of it: the stall goes on */
	assert_int_equal(row_of(m, 1)->limited, LIMITED_CWND);
	put(m, ended(s, tick_time(4) + 5));
	tick(m, 5);
	assert_int_equal(row_of(m, 1)->limited, LIMITED_UNKNOWN);
	/* Gone without an end, in the state that it was in. */
	s.id = 2;
	s.sample_ns = tick_time(5) + 1;
	put(m, s);
	tick(m, 6);
	s.sample_ns = tick_time(6) + 1;
	s.tx_bytes += 900000;
	s.busy_us += 1000000;
	put(m, s);
	gone(m, 2, tick_time(6) + 2);
	tick(m, 7);
	assert_int_equal(row_of(m, 2)->s.state, STATE_ESTABLISHED);
	assert_int_equal(row_of(m, 2)->limited, LIMITED_UNKNOWN);
}

/* The last ten verdicts of a row, no more of them than ticks that it was seen in. */
static void model_keeps_the_last_verdicts(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 0, 1000);
	u8 counts[LIMITED_COUNT];

	s.busy_us = 0;
	put(m, s);
	tick(m, 1);
	assert_int_equal(limited_recent(row_of(m, 1), 1, counts), 0);
	for (u64 n = 2; n <= 4; n++) {
		s = tcp_sample(1, n, 0, 1000 * n);
		s.busy_us = n * 1000000;
		s.ca_state = n == 3 ? CA_RECOVERY : CA_OPEN;
		s.inflight = s.unacked = s.cwnd = 30;
		put(m, s);
		tick(m, n);
	}
	assert_int_equal(limited_recent(row_of(m, 1), 4, counts), 3);
	assert_int_equal(counts[LIMITED_CWND], 2);
	assert_int_equal(counts[LIMITED_LOSS], 1);
	s = tcp_sample(1, 5, 0, 5000);
	s.busy_us = 4000000;
	put(m, s);
	for (u64 n = 5; n <= 40; n++)
		tick(m, n);
	assert_int_equal(limited_recent(row_of(m, 1), 40, counts), LIMITED_RECENT);
	assert_int_equal(counts[LIMITED_IDLE], LIMITED_RECENT);
	assert_int_equal(limited_recent(row_of(m, 1), 0, counts), 0);
}

/* Samples of one connection, 1 s apart unless said otherwise: what came with each, and what is known as lost. */
struct judged {
	u64 retrans, tlp, dsack;
	u32 lost;
	u8 ca_state;
	u8 retrans_out;
	u32 ms; /* 0: 1,000 */
};

static void judge(const char *what, u32 rtt_us, const struct judged *steps, size_t n)
{
	struct resent r = {};

	for (size_t i = 0; i < n; i++) {
		struct record_socket s = {
		    .rtt_us = rtt_us, .ca_state = steps[i].ca_state, .retrans_out = steps[i].retrans_out};
		struct resent_since since = {.retrans = steps[i].retrans,
					     .tlp = steps[i].tlp,
					     .dsack = steps[i].dsack,
					     .elapsed_us = (steps[i].ms ? steps[i].ms : 1000) * 1000};
		u32 lost = resent_judge(&r, &s, &since);

		if (lost != steps[i].lost)
			fail_msg("%s, step %zu: %u, not %u", what, i, lost, steps[i].lost);
	}
}

#define JUDGE(what, rtt_us, ...)                                                                                       \
	judge(what, rtt_us, (struct judged[]){__VA_ARGS__},                                                            \
	      sizeof((struct judged[]){__VA_ARGS__}) / sizeof(struct judged))

static void what_nobody_misses_is_not_lost(void **state)
{
	JUDGE("probes, reported as received twice", 50, {3, 3, 3, 0}, {2, 2, 1, 0}, {0, 0, 1, 0});
	JUDGE("probes that repaired", 50, {3, 3, 0, 0}, {0, 0, 0, 0});
	JUDGE("recovered at once, short way", 50, {4, 0, 0, 4}, {0, 0, 0, 0});
	JUDGE("a spurious recovery, short way", 50, {4, 0, 4, 0}, {0, 0, 0, 0});
	JUDGE("still under way, short way", 50, {4, 0, 0, 0, .retrans_out = 1}, {0, 0, 0, 4}, {0, 0, 0, 0});
	JUDGE("a long way: a second later it is known", 200000, {4, 0, 0, 0}, {0, 0, 0, 4}, {0, 0, 0, 0});
	JUDGE("a long way: a second later it is none", 200000, {4, 0, 0, 0}, {0, 0, 4, 0}, {0, 0, 0, 0});
	JUDGE("a long way: one of two", 200000, {2, 0, 0, 0}, {0, 0, 1, 1}, {0, 0, 0, 0});
	JUDGE("a report of a probe's is not one of a suspect's", 200000, {2, 1, 0, 0}, {0, 0, 1, 1}, {0, 0, 0, 0});
	JUDGE("goes on and on", 200000, {2, 0, 0, 0}, {3, 0, 0, 2}, {4, 0, 0, 3}, {0, 0, 0, 4}, {0, 0, 0, 0});
	JUDGE("short ticks", 200000, {2, 0, 0, 0, .ms = 100}, {0, 0, 0, 0, .ms = 100}, {0, 0, 0, 2, .ms = 100},
	      {0, 0, 0, 0, .ms = 100});
	JUDGE("short ticks, reported in time", 200000, {2, 0, 0, 0, .ms = 100}, {0, 0, 0, 0, .ms = 100},
	      {0, 0, 2, 0, .ms = 100}, {0, 0, 0, 0, .ms = 100});
	JUDGE("recovery is said at once, and once", 200000, {2, 0, 0, 2, .ca_state = CA_RECOVERY}, {0, 0, 0, 0});
	JUDGE("very many", 200000, {100000, 0, 0, 0}, {0, 0, 3, 252}, {0, 0, 0, 0});
	JUDGE("no hook told causes", 200000, {5, 0, 5, 0}, {0, 0, 0, 0});
	JUDGE("more probes than retransmits: a recording that lies", 50, {1, 9, 0, 0}, {0, 0, 9, 0});
}

/* Six healthy connections in which probes were sent too early, through the model; and one that lost a segment. */
static void model_tells_probes_from_loss(void **state)
{
	struct model *m = *state;

	for (u64 n = 1; n <= 4; n++) {
		for (u64 id = 1; id <= 7; id++) {
			struct record_socket s = tcp_sample(id, n, 0, 100000 * n);

			s.rtt_us = 50;
			s.busy_us = n * 400000;
			s.retrans = (u32)n;
			s.retrans_tlp = id == 7 ? 0 : (u32)n;
			s.dsack_dups = id == 7 ? 0 : (u32)n - 1; /* a report can come a tick later */
			put(m, s);
		}
		tick(m, n);
	}
	for (u64 id = 1; id <= 7; id++)
		assert_int_equal(row_of(m, id)->limited, id == 7 ? LIMITED_LOSS : LIMITED_APP);
	for (u64 n = 5; n <= 6; n++)
		tick(m, n);
	assert_int_equal(row_of(m, 7)->limited, LIMITED_IDLE);
}

static void names(void **state)
{
	assert_string_equal(limited_name(LIMITED_RWND), "rwnd");
	assert_string_equal(limited_name(LIMITED_UNKNOWN), "unknown");
	assert_string_equal(limited_name(200), "unknown");
	assert_string_equal(limited_operand("unread"), "not_reading"); /* as it was called before */
	assert_string_equal(limited_operand("app"), "app");
	for (unsigned v = 0; v < LIMITED_COUNT; v++) {
		assert_true(*limited_name(v) && *limited_help(v));
		assert_in_range(limited_severity(v), 0, 2);
	}
	assert_int_equal(limited_severity(LIMITED_COUNT), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(verdicts),
	    cmocka_unit_test(datagrams),
	    cmocka_unit_test(listeners),
	    MODEL_TEST(model_waits_for_close_wait),
	    MODEL_TEST(model_judges_from_the_second_sample),
	    MODEL_TEST(model_keeps_the_last_verdicts),
	    MODEL_TEST(model_tells_probes_from_loss),
	    cmocka_unit_test(what_nobody_misses_is_not_lost),
	    cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
