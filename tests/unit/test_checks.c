/* The checks that come with skbtop, on sockets and events made by hand: where each speaks, what it says, and where it
 * must not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "findings.h"
#include "life_table.h"
#include "loss_make.h"

static struct model *m;
static struct findings *f;
static u64 now, last_id;
static const char *never; /* a check that must not speak in any tick; NULL: each may */

static int setup(void **state)
{
	struct error err = {};

	(void)state;
	m = fixture_new();
	now = last_id = 0;
	never = NULL;
	assert_int_equal(findings_new(&f, m, &err), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	findings_free(f);
	fixture_free(m);
	return 0;
}

/* What is said of this check; NULL: nothing. */
static const struct finding *said(const char *check)
{
	const struct finding *n;

	for (size_t i = 0; (n = findings_worst(f, FINDING_INFO, i)); i++)
		if (strcmp(n->check->name, check) == 0)
			return n;
	return NULL;
}

static void next_tick(void)
{
	tick(m, ++now);
	findings_tick(f);
	assert_int_equal(findings_work(f, 0), 1);
	if (never && said(never))
		fail_msg("tick %u says: %s", (unsigned)now, said(never)->text);
}

static void next_ticks(u32 count)
{
	while (count--)
		next_tick();
}

#define assert_said(check, severity_, text_)                                                                           \
	do {                                                                                                           \
		assert_non_null(said(check));                                                                          \
		assert_string_equal(said(check)->text, text_);                                                         \
		assert_int_equal(said(check)->severity, FINDING_##severity_);                                          \
	} while (0)

/* -- resets -------------------------------------------------------------------------------------------------------- */

struct end {
	u8 dir, by, last_state;
	u32 rx, tx, recvq, sendq;
	const char *peer, *here, *share; /* what the columns have */
};

/* One that ends in the tick that comes. */
static void put_end(const struct end *e)
{
	struct record_socket s = tcp_sample(++last_id, now + 1, e->rx, e->tx);

	s.dir = e->dir;
	s.recvq = e->recvq;
	s.sendq = e->sendq;
	put(m, s);
	s = ended(s, tick_time(now + 1) - SEC / 2);
	s.ended_by = e->by;
	s.last_state = e->last_state;
	put(m, s);
}

static void assert_column(const char *name, const char *wanted)
{
	char text[64] = "";

	column_print(table_find(&life_table, name), m, model_life(m, model_lives_newest(m)), text, sizeof(text));
	assert_string_equal(text, wanted);
}

#define CUT "1", "", "1.000000"
#define CUT_HERE "", "1", "1.000000"
#define WHOLE "", "", "0.000000"

static void test_cut_off(void **state)
{
	static const struct end ends[] = {
	    {DIR_OUT, ENDED_RESET_RECEIVED, STATE_ESTABLISHED, 0, 100, 0, 0, CUT},   /* no answer */
	    {DIR_OUT, ENDED_RESET_RECEIVED, STATE_ESTABLISHED, 900, 100, 0, 7, CUT}, /* none to the last */
	    {DIR_OUT, ENDED_RESET_RECEIVED, STATE_CLOSE_WAIT, 900, 100, 0, 129, CUT},
	    {DIR_OUT, ENDED_RESET_RECEIVED, STATE_CLOSE_WAIT, 900, 100, 0, 128, WHOLE}, /* close_notify */
	    {DIR_OUT, ENDED_RESET_RECEIVED, STATE_ESTABLISHED, 900, 100, 50, 0, WHOLE}, /* that can be read */
	    {DIR_OUT, ENDED_RESET_RECEIVED, STATE_ESTABLISHED, 0, 0, 0, 0, WHOLE},
	    {DIR_IN, ENDED_RESET_RECEIVED, STATE_ESTABLISHED, 100, 9000, 0, 3025, CUT},
	    {DIR_IN, ENDED_RESET_RECEIVED, STATE_FIN_WAIT1, 100, 900, 0, 3024, WHOLE}, /* read, by a client with TLS */
	    {DIR_IN, ENDED_RESET_RECEIVED, STATE_ESTABLISHED, 100, 0, 0, 0, WHOLE},    /* it asked, and went away */
	    {DIR_IN, ENDED_RESET_RECEIVED, STATE_ESTABLISHED, 0, 20, 0, 3025, WHOLE},  /* a health check: our banner */
	    {DIR_OUT, ENDED_RESET_SENT, STATE_ESTABLISHED, 900, 100, 0, 0, WHOLE},     /* SO_LINGER */
	    {DIR_OUT, ENDED_RESET_SENT, STATE_ESTABLISHED, 900, 100, 500, 0, WHOLE},   /* it knows enough */
	    {DIR_OUT, ENDED_RESET_SENT, STATE_ESTABLISHED, 900, 100, 0, 3025, CUT_HERE},
	    {DIR_IN, ENDED_RESET_SENT, STATE_ESTABLISHED, 100, 0, 129, 0, CUT_HERE},
	    {DIR_IN, ENDED_RESET_SENT, STATE_ESTABLISHED, 100, 0, 128, 0, WHOLE},
	    {DIR_IN, ENDED_RESET_SENT, STATE_FIN_WAIT2, 100, 900, 0, 0, WHOLE}, /* a farewell came after the close */
	    {DIR_IN, ENDED_LOCAL, STATE_FIN_WAIT2, 100, 900, 500, 5000, WHOLE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		put_end(&ends[i]);
		assert_column("cut_by_peer", ends[i].peer);
		assert_column("cut_here", ends[i].here);
		assert_column("cut_share", ends[i].share);
	}
}

static const struct end cut = {.dir = DIR_OUT, .by = ENDED_RESET_RECEIVED, .tx = 100};
static const struct end whole = {.dir = DIR_OUT, .by = ENDED_LOCAL, .tx = 100, .rx = 100};

/* So many of each, in every one of so many ticks. */
static void put_ends(u32 cuts, u32 wholes, u32 ticks)
{
	while (ticks--) {
		for (u32 i = 0; i < cuts; i++)
			put_end(&cut);
		for (u32 i = 0; i < wholes; i++)
			put_end(&whole);
		next_tick();
	}
}

static void test_resets(void **state)
{
	(void)state;
	put_ends(1, 1, 12);
	assert_said("resets", WARNING,
		    "nginx: 50% of 10 connections with 203.0.113.9 broke off in 5 s, 5 reset by the peer before it had "
		    "answered or acknowledged all");
	put_ends(4, 0, 5);
	assert_int_equal(said("resets")->severity, FINDING_CRITICAL);
}

/* Clients that go away are no fault, nor are a few, nor is a burst, nor what was reset in order. */
static void test_no_resets(void **state)
{
	const struct end spared = {.dir = DIR_OUT, .by = ENDED_RESET_SENT, .tx = 100, .rx = 100};

	(void)state;
	never = "resets";
	put_ends(2, 9, 12);
	put_ends(0, 9, 5);
	for (u32 i = 0; i < 12; i++)
		put_ends(i % 2, 0, 1);
	put_ends(0, 1, 5);
	put_ends(50, 0, 1);
	put_ends(0, 1, 10);
	for (u32 i = 0; i < 120; i++) {
		put_end(&spared);
		if (i % 10 == 9)
			next_tick();
	}
}

/* -- who does not accept, read or close ---------------------------------------------------------------------------- */

/* A listener, with what is in its queue and has come in so far. */
static void put_listener(u64 id, u32 waiting, u64 handshakes)
{
	struct record_listener l = {.id = id,
				    .has = LISTENER_HAS_COUNTS,
				    .sample_ns = tick_time(now + 1),
				    .found[0] = handshakes,
				    .accept_queue = waiting};
	struct record_socket s = tcp_sample(id, now + 1, 0, 0);

	s.has = HAS_OWNER | HAS_ACCEPT;
	s.state = STATE_LISTEN;
	s.dir = DIR_LISTEN;
	s.accept_queue = waiting;
	s.accept_limit = 128;
	put(m, s);
	apply(m, RECORD_LISTENER, &l);
}

/* With a request that nobody has read. */
static struct record_socket unread(u64 id, u8 state)
{
	struct record_socket s = tcp_sample(id, now + 1, 100, 0);

	s.recvq = 100 + (state == STATE_CLOSE_WAIT);
	s.state = state;
	return s;
}

static void put_unread(bool accepted)
{
	for (u64 id = 2; id < 6; id++) {
		struct record_socket s = unread(id, id == 2 ? STATE_ESTABLISHED : STATE_CLOSE_WAIT);

		s.has |= HAS_BIRTH;
		s.birth_ns = tick_time(s.state == STATE_ESTABLISHED ? 2 : 1);
		if (!accepted) {
			s.has &= ~(u64)HAS_OWNER;
			s.flags |= SOCKET_NO_FILE;
		}
		put(m, s);
	}
}

static void test_not_accepting(void **state)
{
	(void)state;
	put_unread(false);
	for (u32 i = 0; i < 8; i++) {
		put_listener(1, 4, 4);
		next_tick();
		assert_true(i >= 5 || !said("not_accepting"));
	}
	assert_said("not_accepting", WARNING,
		    "nginx does not accept: 4 connections wait on port 443, for up to 7.0s, most from 203.0.113.9");
	assert_null(said("not_reading"));
	assert_null(said("close_wait"));
}

static void test_not_reading(void **state)
{
	(void)state;
	never = "not_accepting";
	put_unread(true);
	for (u32 i = 0; i < 8; i++) {
		put_listener(1, 0, 4);
		next_tick();
	}
	assert_said("not_reading", WARNING, "nginx does not read: 403 B wait for it in 4 sockets");
	assert_non_null(said("close_wait"));
}

/* Who accepts, though some always wait for a moment. */
static void test_accepting(void **state)
{
	(void)state;
	never = "not_accepting";
	for (u32 i = 0; i < 12; i++) {
		put_listener(1, 4, 4 + 5 * i);
		next_tick();
	}
}

/* -- time-outs ----------------------------------------------------------------------------------------------------- */

/* A connection of 203.0.113.9 to which no acknowledgement comes: what it has to send, and had acknowledged. */
static struct record_socket timed_out(u32 sendq, u32 tx, bool end_sacked, u32 resent)
{
	struct record_socket s = tcp_sample(++last_id, now + 1, 0, tx);

	s.backoff = 2;
	s.unacked = 3;
	s.sendq = sendq;
	s.flags |= end_sacked ? SOCKET_END_SACKED : 0;
	s.bytes_retrans = resent;
	s.pmtu = 1500;
	return s;
}

static void put_ticks(struct record_socket s, u32 ticks)
{
	while (ticks--) {
		s.sample_ns = tick_time(now + 1);
		put(m, s);
		next_tick();
	}
}

static void test_black_hole(void **state)
{
	struct record_socket s = timed_out(5000, 0, true, 10 * 1448);

	(void)state;
	never = "rto_backoff";
	put_ticks(s, 4);
	assert_null(said("pmtu_black_hole"));
	put_ticks(s, 1);
	assert_said("pmtu_black_hole", WARNING,
		    "nginx: packets of 1,500 B do not reach 203.0.113.9, smaller ones do: 1 connection stands still");
	s.backoff = 4;
	put_ticks(s, 1);
	assert_int_equal(said("pmtu_black_hole")->severity, FINDING_CRITICAL);
}

static void test_black_hole_of_bulk(void **state)
{
	(void)state;
	never = "rto_backoff";
	put_ticks(timed_out(200000, 1447, false, 0), 5);
	assert_non_null(said("pmtu_black_hole"));
}

/* Nothing small has come through since, or full segments had before, or they are lost at random. */
static void test_path_is_broken(void **state)
{
	const struct record_socket ways[] = {timed_out(5000, 0, false, 3000), timed_out(1447, 100, true, 3000),
					     timed_out(5000, 1448, false, 3000),
					     timed_out(5000, 90000, true, 17 * 1448)};

	(void)state;
	never = "pmtu_black_hole";
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct record_socket s = ways[i];

		put_ticks(s, 6);
		assert_said("rto_backoff", WARNING,
			    "nginx: 1 connection gets no acknowledgement from 203.0.113.9, time-out doubled 2 times");
		s.backoff = 0;
		put_ticks(s, 8);
		assert_null(said("rto_backoff"));
	}
}

/* Some of what is sent is lost; and where all is, that is another check's. */
static void test_loss(void **state)
{
	struct record_socket s = tcp_sample(1, 1, 0, 90000);

	(void)state;
	s.has |= HAS_RETRANS_SPLIT;
	for (u32 i = 0; i < 16; i++) {
		s.backoff = i < 8 ? 2 : 1;
		s.tx_pkts += 100;
		s.retrans += 5;
		s.retrans_fast += 5;
		put_ticks(s, 1);
		assert_true(i >= 8 || !said("loss"));
	}
	assert_said("loss", WARNING, "nginx: packets to 203.0.113.9 are lost, 5.0% of what 1 connection sent");
}

/* It is the host that is gone, if most of its connections do not even get small segments through. */
static void test_one_of_many(void **state)
{
	(void)state;
	never = "pmtu_black_hole";
	for (u32 i = 0; i < 2; i++)
		put(m, timed_out(100, 90000, false, 100));
	put_ticks(timed_out(5000, 0, true, 3000), 6);
	assert_non_null(said("rto_backoff"));
}

/* -- packets dropped here ------------------------------------------------------------------------------------------ */

enum { NETFILTER = 12, RPFILTER, NO_SOCKET };

static void put_reason(u32 number, const char *text)
{
	struct record_name n = {.kind = NAME_DROP_REASON, .key = number};

	strcpy((char *)n.text, text);
	apply(m, RECORD_NAME, &n);
}

static struct record_socket reasons_and_socket(void)
{
	put_reason(NETFILTER, "NETFILTER_DROP");
	put_reason(RPFILTER, "IP_RPFILTER");
	put_reason(NO_SOCKET, "NO_SOCKET");
	return tcp_sample(1, 1, 0, 0);
}

/* So many in the tick that comes. */
static void put_drops(struct record_loss r, u32 count)
{
	r.time_ns = tick_time(now + 1) - SEC / 2;
	while (count--)
		lose(m, r);
	next_tick();
}

static void test_local_drop(void **state)
{
	struct record_socket s = reasons_and_socket();
	struct record_loss r = drop_of(&s);

	(void)state;
	put(m, s);
	strcpy((char *)r.dev, "eth0");
	put_drops(r, 2);
	assert_null(said("local_drop"));
	put_drops(r, 1);
	assert_said("local_drop", WARNING,
		    "packet filter: 3 packets of nginx with 203.0.113.9 port 51822 dropped here at eth0 in 10 s "
		    "(NETFILTER_DROP)");
	assert_string_equal(said("local_drop")->advice, "nft list ruleset (or iptables-save) has the rule");
	assert_string_equal(said("local_drop")->filter,
			    "netns = 4026531840 and pid = 2211 and dropped_by = \"packet filter\" and ifname = eth0");
	put_drops(r, 97);
	assert_int_equal(said("local_drop")->severity, FINDING_CRITICAL);
	put_ticks(s, 30);
	assert_null(said("local_drop"));
}

/* What nobody here has asked for, or nobody misses. */
static void test_strangers_are_dropped(void **state)
{
	struct record_socket s = reasons_and_socket(), listener = s, over = tcp_sample(3, 1, 0, 0);
	struct record_loss r = drop_of(&s), drops[6];

	(void)state;
	never = "local_drop";
	put(m, s);
	listener.id = 2;
	listener.has &= ~(u64)HAS_REMOTE;
	listener.state = STATE_LISTEN;
	listener.dir = DIR_LISTEN;
	listener.lport = 22;
	put(m, listener);
	over.rport++;
	over.state = STATE_TIME_WAIT;
	put(m, over);
	for (u32 i = 0; i < ARRAY_SIZE(drops); i++)
		drops[i] = r;
	drops[0].rport += 9;
	drops[1].lport = 22;
	drops[1].flags |= LOSS_LOCAL;
	drops[1].tcp_flags = TCP_SYN;
	drops[2].reason = NO_SOCKET;
	drops[3].end_seq = r.seq;
	drops[4].end_seq = r.seq + 1;
	drops[4].tcp_flags = TCP_FIN;
	drops[5].rport = over.rport;
	for (u32 i = 0; i < ARRAY_SIZE(drops); i++)
		put_drops(drops[i], 50);
}

/* Nobody need have wanted what the reverse path filter drops; and what has no route has no header. */
static void test_dropped_before_it_has_a_socket(void **state)
{
	struct record_socket s = reasons_and_socket();
	struct record_loss r = drop_of(&s);

	(void)state;
	r.reason = RPFILTER;
	put_drops(r, 3);
	assert_said("local_drop", WARNING,
		    "reverse path filter: 3 packets with 203.0.113.9 port 51822 dropped here in 10 s (IP_RPFILTER)");
	put(m, s);
	put_reason(RPFILTER, "IP_OUTNOROUTES");
	r.seq = r.end_seq = r.length = 0;
	r.flags |= LOSS_TX;
	put_drops(r, 3);
	assert_said("local_drop", WARNING,
		    "no route: 3 packets of nginx with 203.0.113.9 port 51822 dropped here in 10 s (IP_OUTNOROUTES)");
}

/* -- TIME-WAIT ----------------------------------------------------------------------------------------------------- */

/* So many sockets of a state, and of a program that opened them, from 100 ports of which each takes one; and a limit.
 */
static void put_opened(u32 count, u8 state, u32 limit, u8 reuse)
{
	const struct record_ports ports = {.netns = 4026531840U,
					   .first = 40000,
					   .last = 40099,
					   .reuse = reuse,
					   .reuse_delay_ms = 1000,
					   .time_wait_max = limit};

	apply(m, RECORD_PORTS, &ports);
	for (u32 i = 0; i < count; i++) {
		struct record_socket s = tcp_sample(++last_id, now + 1, 0, 0);

		s.dir = DIR_OUT;
		s.lport = (u16)(40000 + last_id);
		s.rport = 443;
		put(m, s);
		s.state = state;
		s.has |= HAS_STATE_TIME;
		s.state_ns = tick_time(now + 1);
		put(m, s);
	}
}

static void test_time_wait(void **state)
{
	(void)state;
	never = "ports_used";
	put_opened(49, STATE_TIME_WAIT, 0, 0);
	next_ticks(4);
	assert_null(said("time_wait"));
	put_opened(1, STATE_TIME_WAIT, 0, 0);
	next_ticks(3);
	assert_said("time_wait", WARNING,
		    "nginx: 50% of the local ports to 203.0.113.9 port 443 wait in TIME-WAIT: 50 of 100");
	put_opened(48, STATE_ESTABLISHED, 0, 0);
	next_ticks(3);
	assert_said("time_wait", CRITICAL,
		    "nginx: TIME-WAIT has used up the local ports to 203.0.113.9 port 443: 50 of 100");
}

/* Where it can be reused. */
static void test_time_wait_takes_nothing(void **state)
{
	(void)state;
	never = "time_wait";
	put_opened(60, STATE_TIME_WAIT, 1000, 1);
	now++;
	next_ticks(4);
	assert_null(said("time_wait_limit"));
}

/* Where more are held, these are what takes them. */
static void test_ports_are_held(void **state)
{
	(void)state;
	never = "time_wait";
	put_opened(60, STATE_ESTABLISHED, 0, 0);
	put_opened(39, STATE_TIME_WAIT, 0, 0);
	next_ticks(4);
	assert_non_null(said("ports_used"));
}

static void test_time_wait_limit(void **state)
{
	(void)state;
	put_opened(45, STATE_TIME_WAIT, 50, 1);
	next_ticks(3);
	assert_said("time_wait_limit", WARNING, "45 of at most 50 sockets are in TIME-WAIT, 45 made by nginx");
	put_opened(5, STATE_TIME_WAIT, 50, 1);
	next_tick();
	assert_said("time_wait_limit", CRITICAL,
		    "connections end without TIME-WAIT: there are 50 of at most 50, 50 made by nginx");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_cut_off, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_resets, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_no_resets, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_not_accepting, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_not_reading, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_accepting, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_black_hole, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_black_hole_of_bulk, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_path_is_broken, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_loss, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_one_of_many, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_local_drop, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_strangers_are_dropped, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_dropped_before_it_has_a_socket, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_time_wait, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_time_wait_takes_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_ports_are_held, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_time_wait_limit, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
