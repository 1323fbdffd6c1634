/* Listeners: what waits at a port, whose it is, and what its connections are together. */
#include "socket_folds.h"

#include "bounds.h"
#include "listeners.h"

static struct record_socket listening(u64 id, const char *laddr, u16 port, u32 queue, u32 limit)
{
	struct record_socket s = rows_tcp(id, laddr, port, NULL, 0);

	s.state = STATE_LISTEN;
	s.dir = DIR_LISTEN;
	s.has = (s.has & ~(u64)(HAS_TCP | HAS_CHRONO | HAS_RX_BYTES | HAS_TX_BYTES)) | HAS_ACCEPT;
	s.accept_queue = queue;
	s.accept_limit = limit;
	s.pid = 7;
	strcpy((char *)s.comm, "master");
	return s;
}

static struct record_socket accepted(u64 id, u16 port, u64 rx_bytes)
{
	struct record_socket s = rows_tcp(id, "10.0.0.1", port, "10.0.0.2", (u16)(2000 + id));

	s.dir = DIR_IN;
	s.rx_bytes = rx_bytes;
	return s;
}

static int setup(void **state)
{
	return folds_setup(&listeners_fold, "lport");
}

/* With a tick whose pass has looked at all sockets. */
static void finish_whole(u64 tick)
{
	struct record_tick r = rows_tick_of(tick);

	r.pass = tick;
	r.pass_ns = r.time_ns;
	r.pass_whole = PASS_FILES;
	finish_with(&r);
}

static void test_queue(void **state)
{
	struct record_socket waits = accepted(12, 80, 5);

	waits.flags |= SOCKET_NO_FILE;
	put(listening(1, "0.0.0.0", 80, 3, 128));
	put(listening(2, "0.0.0.0", 80, 4, 128)); /* SO_REUSEPORT */
	put(listening(3, "127.0.0.1", 22, 0, 10));
	put(accepted(10, 80, 100));
	put(accepted(11, 80, 50));
	put(waits);
	put(rows_tcp(20, "10.0.0.1", 443, "10.0.0.3", 443)); /* out */
	finish(1);
	assert_int_equal(fold_rows(f, true), 2);
	expect("80", "accept_queue=7; accept_limit=256");
	/* Who waits is in the queue, and in no program's hands. */
	expect("80", "connections=2; members=5; rx_bytes=155; label=tcp :80");
	/* Nobody is connected: there is still a row. */
	expect("22", "connections=0; laddr=127.0.0.1; rx_bytes=");
}

/* The owner is who listens, not who serves the connections. */
static void test_owner(void **state)
{
	put(accepted(10, 80, 1));
	put(listening(1, "0.0.0.0", 80, 0, 128));
	put(accepted(11, 80, 1));
	finish(1);
	expect("80", "comm=master; pid=7; state=listen; laddr=0.0.0.0; raddr=");
}

/* A full queue is bad, whatever there is room for in another. */
static void test_full(void **state)
{
	const struct column *c = table_find(&listeners_fold, "accept_queue");

	put(listening(1, "0.0.0.0", 80, 2, 2));
	put(listening(2, "0.0.0.0", 80, 0, 1000));
	put(listening(3, "0.0.0.0", 22, 2, 1000));
	finish(1);
	assert_int_equal(table_severity(&listeners_fold, c, f, at("80")), 2);
	assert_int_equal(table_severity(&listeners_fold, c, f, at("22")), 0);
}

static void test_ended(void **state)
{
	struct record_socket s = listening(1, "0.0.0.0", 80, 0, 128), t = accepted(10, 80, 3);

	put(s);
	put(t);
	finish(1);
	s.flags |= SOCKET_ENDED;
	s.ended_ns = 2 * ROWS_SECOND;
	put(s);
	t.state = STATE_TIME_WAIT;
	put(t);
	finish(2);
	/* What it did in its last tick is still to be seen. */
	assert_false(fold_ended(at("80")));
	finish(3);
	/* What is only waited out holds nothing open. */
	assert_true(fold_ended(at("80")));
	assert_int_equal(fold_rows(f, false), 0);
	/* One connection outlives the listener. */
	put(accepted(11, 80, 4));
	finish(4);
	assert_false(fold_ended(at("80")));
	expect("80", "accept_queue=; connections=1");
}

/* Ports of different namespaces have nothing to do with each other. */
static void test_places(void **state)
{
	struct record_socket s = listening(2, "0.0.0.0", 80, 1, 1), t = listening(3, "::", 80, 0, 1);

	put(listening(1, "0.0.0.0", 80, 0, 1));
	s.netns++;
	put(s);
	put(t);
	finish(1);
	assert_int_equal(fold_rows(f, false), 2);
	expect("80", "accept_limit=2; laddr=");
}

/* -- queues -------------------------------------------------------------------------------------------------------- */

static struct record_listener queues(u64 id, u64 tick, u64 handshakes, u32 waiting)
{
	return (struct record_listener){.id = id,
					.has = LISTENER_HAS_COUNTS,
					.sample_ns = tick * ROWS_SECOND,
					.found[3] = handshakes,
					.accept_queue = waiting,
					.accept_high = waiting + 1,
					.accept_high_60s = waiting,
					.syn_queue = 5,
					.syn_limit = 100};
}

static void put_queues(u64 id, u64 tick, u64 handshakes, u32 waiting)
{
	struct record_listener l = queues(id, tick, handshakes, waiting);

	apply(m, RECORD_LISTENER, &l);
}

/* What left the queue is what came less by how much it has grown. */
static void test_rates(void **state)
{
	put(listening(1, "0.0.0.0", 80, 10, 128));
	put_queues(1, 1, 50, 10);
	finish(1);
	expect("80", "accept_rate=; accept_high=11; accept_high_60s=10; syn_queue=5; syn_limit=100");
	expect("80", "syn_share=0.050000; accept_high_share=0.078125; accept_queue_met=4-7:50; accept_peak=");
	put_queues(1, 2, 80, 25);
	finish(2);
	expect("80", "accept_rate=15");
	/* No record: nothing has come, and nothing was accepted. */
	finish_whole(3);
	expect("80", "accept_rate=0");
	put_queues(1, 4, 80, 5);
	finish(4);
	expect("80", "accept_rate=20");
	/* listen() once more: the counters begin anew, and nobody knows what became of those that waited. */
	put_queues(1, 5, 3, 1);
	finish(5);
	put_queues(1, 6, 9, 0);
	finish(6);
	expect("80", "accept_rate=7");
}

/* A queue that was longer a while ago; and what each of the lengths is called. */
static void test_lengths(void **state)
{
	struct record_listener l = queues(1, 1, 0, 4);

	put(listening(1, "0.0.0.0", 80, 4, 128));
	l.accept_high_60s = 160;
	l.found[0] = 3;
	l.found[1] = 2;
	l.found[2] = 1;
	l.found[17] = 7;
	apply(m, RECORD_LISTENER, &l);
	finish(1);
	expect("80", "accept_peak=160; accept_high_share=1.250000; accept_queue_met=0:3 1:2 2-3:1 65536+:7");
}

/* A listener that did not fit in, and one that always sends cookies. */
static void test_unknown_queues(void **state)
{
	struct record_listener l = queues(1, 1, 0, 4);

	put(listening(1, "0.0.0.0", 80, 4, 128));
	put(listening(2, "0.0.0.0", 81, 4, 128));
	l.has = 0;
	l.syn_limit = 0;
	apply(m, RECORD_LISTENER, &l);
	finish(1);
	finish_whole(2);
	expect("80", "accept_high=; accept_rate=; syn_limit=; syn_queue=5");
	expect("81", "syn_queue=");
	expect("80", "accept_wait_p99_us=");
}

static void test_times(void **state)
{
	struct record_listener l = queues(1, 1, 100, 0);

	put(listening(1, "0.0.0.0", 80, 0, 128));
	l.n[LISTENER_WAIT] = l.buckets[histogram_bucket(1000000)] = 100;
	l.max_ns[LISTENER_WAIT] = 1200000;
	apply(m, RECORD_LISTENER, &l);
	finish(1);
	l.n[LISTENER_WHOLE] = l.buckets[LAYER_BUCKETS + histogram_bucket(5000000)] = 1;
	l.max_ns[LISTENER_WHOLE] = 5000000;
	apply(m, RECORD_LISTENER, &l);
	finish(2);
	expect("80", "accept_wait_p99_us=1044; syn_to_accept_p50_us=4597");
	/* Of long ago it says nothing. */
	for (u64 t = 3; t < 30; t++)
		finish_whole(t);
	expect("80", "accept_wait_p99_us=");
}

static void put_sibling(u64 id, const char *laddr, u32 waiting)
{
	struct record_socket s = listening(id, laddr, 80, waiting, 128);

	s.flags |= SOCKET_REUSEPORT;
	put(s);
}

static void expect_skew(u64 id, const char *wanted)
{
	const struct row *r = model_row(m, model_find(m, model_key(m, id)));
	char text[64];

	column_print(table_find(&socket_table, "reuseport_skew"), m, r, text, sizeof(text));
	assert_string_equal(text, wanted);
}

/* Of what they accept, if they do; those of another address are nothing to them. */
static void test_skew(void **state)
{
	put_sibling(1, "0.0.0.0", 0);
	put_sibling(2, "0.0.0.0", 30);
	put_sibling(3, "10.0.0.1", 50);
	put(listening(4, "0.0.0.0", 80, 90, 128));
	put_queues(1, 1, 100, 0);
	put_queues(2, 1, 100, 30);
	put_queues(3, 1, 100, 50);
	put_queues(4, 1, 100, 90);
	finish(1);
	expect_skew(1, "0");
	expect_skew(2, "2");
	expect_skew(3, "");
	expect_skew(4, "");
	put_queues(1, 2, 130, 0);
	put_queues(2, 2, 110, 30);
	finish(2);
	expect_skew(1, "1.5");
	expect_skew(2, "0.5");
	expect("80", "reuseport_skew=1.5");
}

static void put_counter(u64 tick, u64 value)
{
	struct record_space s = {.id = 3, .netns = 4026531840U, .time_ns = tick * ROWS_SECOND};
	struct record_counter c = {.space = 3, .number = 5, .value = value};

	apply(m, RECORD_SPACE, &s);
	if (value)
		apply(m, RECORD_COUNTER, &c);
}

/* What a namespace counts is a listener's only where there is no other. */
static void test_alone(void **state)
{
	rows_name(m, NAME_COUNTER, 5, 0, "TcpExtListenOverflows");
	put(listening(1, "0.0.0.0", 80, 10, 128));
	put_queues(1, 1, 50, 10);
	put_counter(1, 100);
	finish(1);
	expect("80", "overflow_rate=");
	put_counter(2, 107);
	finish(2);
	expect("80", "overflow_rate=7; cookies_rate=0");
	put(listening(2, "0.0.0.0", 81, 10, 128));
	put_queues(2, 3, 50, 10);
	put_counter(3, 109);
	finish(3);
	expect("80", "overflow_rate=; cookies_rate=");
}

/* It goes with its row. */
static void test_forgotten(void **state)
{
	struct record_gone g = {.id = 1, .time_ns = 2 * ROWS_SECOND};

	model_keep_closed(m, 0);
	put(listening(1, "0.0.0.0", 80, 10, 128));
	put(listening(2, "0.0.0.0", 81, 10, 128));
	put_queues(1, 1, 50, 10);
	put_queues(2, 1, 50, 3);
	put_queues(9, 1, 50, 3);
	put_queues(0, 1, 50, 3);
	finish(1);
	apply(m, RECORD_GONE, &g);
	finish(2);
	finish(3);
	put(listening(1, "0.0.0.0", 80, 10, 128));
	finish(4);
	expect("80", "accept_high=");
	expect("81", "accept_high=4");
}

/* Handshakes that go on, and a connection that waits for accept(). */
static void test_who_waits(void **state)
{
	struct record_socket opening = rows_tcp(20, "10.0.0.1", 80, "10.0.0.2", 99), waits = accepted(21, 80, 0);

	opening.state = STATE_NEW_SYN_RECV;
	opening.dir = DIR_UNKNOWN;
	waits.flags |= SOCKET_NO_FILE;
	waits.has |= HAS_BIRTH;
	waits.birth_ns = ROWS_SECOND / 2;
	put(listening(1, "0.0.0.0", 80, 1, 128));
	put(opening);
	put(accepted(22, 80, 0));
	put(waits);
	finish(2);
	expect("80", "members=4; syn_recv=1; waiting_client=10.0.0.2; accept_waiting_us=1500000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_queue), TEST(test_owner),     TEST(test_full),           TEST(test_ended), TEST(test_places),
	    TEST(test_rates), TEST(test_lengths),   TEST(test_unknown_queues), TEST(test_times), TEST(test_skew),
	    TEST(test_alone), TEST(test_forgotten), TEST(test_who_waits)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
