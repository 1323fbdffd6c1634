/* Ports: what each source and destination has taken of its namespace's local ports, who holds them, and for how long
 * they last. */
#include "socket_folds.h"

#define HOST 4026531840U /* as rows_tcp() has it */

static u32 mini_share;
static u64 last_id;

static int setup(void **state)
{
	mini_share = 1;
	last_id = 0;
	folds_setup(&ports_fold, "raddr");
	apply(m, RECORD_HELLO, &(struct record_hello){.start_ns = ROWS_SECOND / 2});
	return 0;
}

/* Ports 40000 to 40099 but 20 of them. */
static void put_range(u32 netns, u8 reuse)
{
	struct record_ports p = {
	    .netns = netns, .kept = 20, .reuse_delay_ms = 1000, .first = 40000, .last = 40099, .reuse = reuse};

	apply(m, RECORD_PORTS, &p);
}

static struct record_socket opened(u16 lport, const char *raddr)
{
	return rows_tcp(++last_id, "10.0.0.1", lport, raddr, 443);
}

static void put_many(u16 lport, u32 count, const char *raddr)
{
	while (count--)
		put(opened(lport++, raddr));
}

static struct record_socket waiting(u16 lport, const char *raddr, u64 since_ns)
{
	struct record_socket s = opened(lport, raddr);

	s.state = STATE_TIME_WAIT;
	s.dir = DIR_UNKNOWN;
	s.has = HAS_REMOTE | (since_ns ? HAS_STATE_TIME : 0);
	s.state_ns = since_ns;
	return s;
}

/* Of sockets in TIME-WAIT one in mini_share is sent. */
static void finish_tick(u64 tick)
{
	struct record_tick r = rows_tick_of(tick);

	r.mini_share = mini_share;
	finish_with(&r);
}

static void test_taken(void **state)
{
	struct record_socket in = opened(40050, "10.0.0.9"), udp = opened(40051, "10.0.0.9");

	put_range(HOST, 0);
	put_many(40000, 20, "10.0.0.2");
	put(opened(40000, "10.0.0.3")); /* free again for another destination */
	put(opened(39999, "10.0.0.3")); /* bound by hand, not from the range */
	put(opened(40100, "10.0.0.3"));
	put(opened(40099, "10.0.0.4"));
	in.dir = DIR_IN;
	put(in);
	udp.proto = IPPROTO_UDP;
	put(udp);
	finish_tick(1);
	assert_int_equal(fold_rows(f, true), 3);
	expect("10.0.0.4", "ports_used=1");
	expect("10.0.0.2", "ports_used=20; ports_range=80; ports_share=0.250000; laddr=10.0.0.1");
	expect("10.0.0.2", "label=10.0.0.1 to 10.0.0.2:443; sampled=");
	expect("10.0.0.3", "ports_used=1; connections=3");
}

/* Without the range nothing is said of it; another namespace's is not ours. */
static void test_unknown(void **state)
{
	put_range(HOST + 1, 0);
	put(opened(40000, "10.0.0.2"));
	put(waiting(40001, "10.0.0.2", ROWS_SECOND)); /* perhaps a server's */
	finish_tick(1);
	expect("10.0.0.2", "ports_used=; ports_range=; ports_share=; ports_rate=; ports_left_us=; connections=1");
	expect("10.0.0.2", "members=1");
	/* A range that cannot be one is none. */
	apply(m, RECORD_PORTS, &(struct record_ports){.netns = HOST, .first = 5, .last = 4});
	apply(m, RECORD_PORTS, &(struct record_ports){.netns = HOST, .first = 5, .last = 9, .kept = 6});
	apply(m, RECORD_PORTS, &(struct record_ports){.netns = HOST, .first = 0, .last = 9});
	assert_null(model_ports(m, HOST));
	put_range(HOST, 0);
	finish_tick(2);
	expect("10.0.0.2", "ports_used=2");
	/* All of it is kept: there is nothing to have a share of. */
	apply(m, RECORD_PORTS, &(struct record_ports){.netns = HOST, .first = 40000, .last = 40001, .kept = 2});
	finish_tick(3);
	expect("10.0.0.2", "ports_share=; ports_range=0");
}

static void test_namespaces(void **state)
{
	struct record_socket s = opened(40000, "10.0.0.2");

	put(s);
	s.id = ++last_id;
	s.netns++;
	put(s);
	s.id = ++last_id;
	s.netns_cookie = 7;
	put(s);
	s = opened(40000, "10.0.0.2");
	s.laddr[3]++;
	put(s);
	s = opened(40000, "10.0.0.2");
	s.rport++;
	put(s);
	finish_tick(1);
	assert_int_equal(fold_rows(f, true), 5);
}

/* When connect() may take the port of a connection that is only waited out. */
static void test_reuse(void **state)
{
	struct record_socket lo;

	put_range(HOST, 2);
	put(waiting(40000, "10.0.0.2", ROWS_SECOND));
	lo = waiting(40001, "127.0.0.1", ROWS_SECOND);
	memcpy(lo.laddr, lo.raddr, 4);
	put(lo);
	put(waiting(40002, "10.0.0.3", 0)); /* since when is not known */
	finish_tick(1);
	expect("127.0.0.1", "ports_waiting=1; reusable=0; ports_used=1");
	finish_tick(2);
	expect("127.0.0.1", "reusable=1; ports_used=0; ports_waiting=1");
	expect("10.0.0.2", "reusable=0; ports_used=1");
	put_range(HOST, 1);
	finish_tick(3);
	expect("10.0.0.2", "reusable=1");
	expect("10.0.0.3", "reusable=0");
	put_range(HOST, 0);
	finish_tick(4);
	expect("127.0.0.1", "reusable=0");
}

/* Of many in TIME-WAIT the collector sends one in so many: they stand for the others, also where it is said who has
 * most. */
static void test_sampled(void **state)
{
	struct record_socket s;

	put_range(HOST, 0);
	put_many(40000, 3, "10.0.0.2");
	for (u16 i = 0; i < 2; i++) {
		s = waiting((u16)(40010 + i), "10.0.0.2", ROWS_SECOND);
		s.has |= HAS_OWNER;
		s.pid = 200;
		strcpy((char *)s.comm, "short");
		put(s);
	}
	finish_tick(1);
	expect("10.0.0.2", "ports_used=5; holder=app");
	mini_share = 8;
	finish_tick(2);
	expect("10.0.0.2", "ports_used=19; ports_waiting=16; sampled=8; holder=short; holder_pid=200");
	expect("10.0.0.2", "holder_sockets=16");
}

/* Two of a name are two: the one with most is told. */
static void test_holder(void **state)
{
	struct record_socket s;

	put_many(40000, 3, "10.0.0.2"); /* app, 100 */
	for (u16 i = 0; i < 4; i++) {
		s = opened((u16)(40010 + i), "10.0.0.2");
		s.pid = 300 + i % 2;
		strcpy((char *)s.comm, "many");
		put(s);
	}
	s = opened(40020, "10.0.0.3");
	s.has &= ~(u64)HAS_OWNER;
	put(s);
	finish_tick(1);
	expect("10.0.0.2", "holder=app; holder_pid=100; comm=; holder_sockets=3");
	expect("10.0.0.3", "holder=; holder_sockets=");
}

/* bind() has chosen the port, for every destination: they are one row. Not if others may share it. */
static void test_bound(void **state)
{
	struct record_socket s;

	put_range(HOST, 0);
	for (u16 i = 0; i < 6; i++) {
		s = opened((u16)(40000 + i), i % 2 ? "10.0.0.2" : "10.0.0.3");
		s.flags |= SOCKET_BOUND | (i == 4 ? SOCKET_REUSEADDR : i == 5 ? SOCKET_REUSEPORT : 0);
		put(s);
	}
	s = opened(40010, "10.0.0.4");
	s.flags |= SOCKET_BOUND;
	s.laddr[3]++;
	put(s);
	put(opened(40011, "10.0.0.4"));
	finish_tick(1);
	assert_int_equal(fold_rows(f, true), 5);
	expect("", "ports_used=4; rport=443; bound=true; label=10.0.0.1 to any, by bind()");
	expect("10.0.0.3", "ports_used=1; label=10.0.0.1 to 10.0.0.3:443");
	/* Its port is its own for as long as it waits. */
	s = opened(40012, "10.0.0.9");
	s.flags |= SOCKET_BOUND;
	put(s);
	finish_tick(2);
	s.state = STATE_TIME_WAIT;
	s.has = HAS_REMOTE;
	s.flags = SOCKET_NO_FILE;
	put(s);
	finish_tick(3);
	expect("", "ports_used=5; ports_waiting=1");
}

static void put_born(u16 lport, u64 tick)
{
	struct record_socket s = opened(lport, "10.0.0.2");

	s.has |= HAS_BIRTH;
	s.birth_ns = tick * ROWS_SECOND - ROWS_SECOND / 2;
	put(s);
}

/* Three more in each second: when the range is used up. */
static void test_growth(void **state)
{
	u16 lport = 40000;

	put_range(HOST, 0);
	put_many(lport, 20, "10.0.0.2");
	lport += 20;
	for (u64 tick = 1; tick <= 11; tick++) {
		for (unsigned i = 0; i < 3; i++)
			put_born(lport++, tick);
		finish_tick(tick);
		if (tick == 1)
			expect("10.0.0.2", "ports_rate=6"); /* 3 in half a second: it has not been seen for longer */
		if (tick < 11)
			expect("10.0.0.2", "ports_growth=");
	}
	expect("10.0.0.2", "ports_used=53; ports_rate=3; ports_growth=3; ports_left_us=9000000");
	/* It stops, and there is no end in sight. */
	for (u64 tick = 12; tick <= 32; tick++)
		finish_tick(tick);
	expect("10.0.0.2", "ports_rate=0; ports_growth=0; ports_left_us=");
	put_many(lport, 27, "10.0.0.2");
	finish_tick(33);
	expect("10.0.0.2", "ports_left_us=0");
}

/* A destination that appears while others are watched had nothing before. */
static void test_growth_of_new(void **state)
{
	put_range(HOST, 0);
	put_many(40000, 1, "10.0.0.2");
	finish_tick(10);
	put_many(40000, 40, "10.0.0.3");
	finish_tick(11);
	expect("10.0.0.3", "ports_growth=");
	finish_tick(20);
	expect("10.0.0.3", "ports_growth=4; ports_left_us=10000000");
	expect("10.0.0.2", "ports_growth=0");
}

static void test_ended(void **state)
{
	struct record_socket s = opened(40000, "10.0.0.2");

	put_range(HOST, 0);
	put(s);
	finish_tick(1);
	s.flags |= SOCKET_ENDED;
	s.ended_ns = 2 * ROWS_SECOND;
	put(s);
	finish_tick(2);
	finish_tick(3); /* it is there for a tick */
	assert_int_equal(fold_rows(f, false), 0);
	expect("10.0.0.2", "ports_used=0; ports_share=0.000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_taken),  TEST(test_unknown), TEST(test_namespaces), TEST(test_reuse),         TEST(test_sampled),
	    TEST(test_holder), TEST(test_bound),   TEST(test_growth),     TEST(test_growth_of_new), TEST(test_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
