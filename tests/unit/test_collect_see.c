/* What the passes report of sockets, and what the collector then remembers of them. The records are made by the
 * test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collect_fixture.h"

#define COOKIE 77
#define TOLD 4711 /* checksum of layers that were sent */

static int setup(void **state)
{
	struct collect_fixture *x = calloc(1, sizeof(*x));

	if (!x)
		return -1;
	collect_fixture_init(x);
	*state = x;
	return 0;
}

static int teardown(void **state)
{
	collect_fixture_deinit(*state);
	free(*state);
	return 0;
}

#define SEE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static struct abi_sock held(u8 protocol, u8 state, u16 lport)
{
	return (struct abi_sock){
	    .size = sizeof(struct abi_sock),
	    .kind = ABI_FILE,
	    .cookie = COOKIE,
	    .family = 2,
	    .protocol = protocol,
	    .state = state,
	    .lport = lport,
	    .tgid = 1,
	    .comm = "program",
	};
}

/* Is it sent in this pass? */
static bool is_told(struct collector *c, struct abi_sock a)
{
	size_t before = buf_len(&c->tick);

	c->sockets->pass++;
	c->number++;
	see_record(c, &a);
	return buf_len(&c->tick) > before;
}

static u64 *layers_sum(struct collector *c)
{
	struct entry *e = entries_find(&c->sockets->entries, COOKIE);

	assert_non_null(e);
	return &e->layers_sum;
}

/* A connection in the making is no row yet, but may have packets before the tick is over. */
static void test_layers_before_their_socket(void **state)
{
	struct collector *c = &((struct collect_fixture *)*state)->c;

	assert_false(is_told(c, held(6, STATE_CLOSE, 0)));
	*layers_sum(c) = TOLD;
	assert_true(is_told(c, held(6, STATE_ESTABLISHED, 4000)));
	assert_int_equal(*layers_sum(c), 0);
}

static void test_layers_of_a_known_socket(void **state)
{
	struct collector *c = &((struct collect_fixture *)*state)->c;

	assert_true(is_told(c, held(17, STATE_CLOSE, 4000)));
	*layers_sum(c) = TOLD;
	assert_false(is_told(c, held(17, STATE_CLOSE, 4000)));
	assert_int_equal(*layers_sum(c), TOLD);
	assert_true(is_told(c, held(17, STATE_ESTABLISHED, 4000)));
	assert_int_equal(*layers_sum(c), TOLD);
}

static void test_layers_of_a_socket_that_ends_unseen(void **state)
{
	struct collector *c = &((struct collect_fixture *)*state)->c;
	struct abi_sock end = held(17, STATE_CLOSE, 4000);

	assert_false(is_told(c, held(6, STATE_CLOSE, 0)));
	*layers_sum(c) = TOLD;
	end.kind = ABI_END;
	see_end(c, &end);
	assert_int_equal(*layers_sum(c), 0);
}

/* As the slow turn reports it. */
static struct abi_sock held_by_none(u64 seen_ns)
{
	struct abi_sock a = held(6, STATE_ESTABLISHED, 4000);

	a.kind = ABI_NO_FILE;
	a.ktime_ns = seen_ns;
	return a;
}

static bool is_told_in_the_making(struct collector *c, u64 seen_ns)
{
	struct abi_mini m = {.size = sizeof(m),
			     .kind = ABI_MINI,
			     .state = STATE_NEW_SYN_RECV,
			     .cookie = COOKIE,
			     .ktime_ns = seen_ns,
			     .family = 4};
	size_t before = buf_len(&c->tick);

	see_record(c, (struct abi_sock *)&m);
	return buf_len(&c->tick) > before;
}

/* What was seen before ends that have come since does not bring back what is over. */
static void test_what_comes_late_is_no_news(void **state)
{
	struct collector *c = &((struct collect_fixture *)*state)->c;

	c->sockets->drained_ns = 1000;
	assert_false(is_told(c, held_by_none(999)));
	assert_false(is_told_in_the_making(c, 999));
	assert_null(entries_find(&c->sockets->entries, COOKIE));
	assert_true(c->sockets->slow_wanted);
	assert_true(is_told_in_the_making(c, 1000));
	assert_true(is_told(c, held_by_none(1000)));
}

/* … and that what is known is still there. */
static void test_what_comes_late_is_there(void **state)
{
	struct collector *c = &((struct collect_fixture *)*state)->c;
	struct entry *e;

	assert_true(is_told(c, held_by_none(1)));
	e = entries_find(&c->sockets->entries, COOKIE);
	e->misses = 2;
	c->sockets->drained_ns = 1000;
	assert_false(is_told(c, held_by_none(999)));
	assert_int_equal(e->misses, 0);
	assert_int_equal(e->pass, c->sockets->pass);
}

/* -- who holds it -------------------------------------------------------------------------------------------------- */

/* The record of the tick, if there is but one; its flags and owner. */
static struct record_socket told(struct collector *c)
{
	struct stream_decoder *dec;
	struct record_socket s;
	struct error err = {};
	struct buf in = {};
	struct record rec;

	assert_int_equal(stream_decoder_new(&dec), 0);
	stream_open(&in);
	buf_put(&in, buf_at(&c->tick), buf_len(&c->tick));
	assert_int_equal(stream_next(dec, &in, &rec, &err), 1);
	assert_int_equal(rec.kind, RECORD_SOCKET);
	s = *rec.socket;
	assert_int_equal(stream_next(dec, &in, &rec, &err), 0);
	stream_decoder_free(dec);
	buf_deinit(&in);
	return s;
}

static void test_what_was_there_first_is_seeded(void **state)
{
	struct collector *c = &((struct collect_fixture *)*state)->c;
	struct abi_sock a = held(6, STATE_ESTABLISHED, 4000);
	struct record_socket s;

	c->sockets->pass = 0;
	assert_true(is_told(c, a));
	s = told(c);
	assert_true(s.flags & SOCKET_SEEDED);
	assert_int_equal(s.owner, OWNER_SEEDED);
	assert_int_equal(s.pid, 1);
}

static void test_what_was_born_meanwhile_is_not(void **state)
{
	struct collector *c = &((struct collect_fixture *)*state)->c;
	struct abi_sock a = held(6, STATE_ESTABLISHED, 4000);
	struct record_socket s;

	c->sockets->pass = 0;
	a.conn_flags = CONN_BORN;
	assert_true(is_told(c, a));
	s = told(c);
	assert_false(s.flags & SOCKET_SEEDED);
	assert_int_equal(s.owner, OWNER_EXACT);
}

/* The counters of an older datagram socket are unknown until something was counted. */
static void test_nothing_counted_is_unknown(void **state)
{
	struct collector *c = &((struct collect_fixture *)*state)->c;
	struct abi_sock a = held(17, STATE_CLOSE, 4000);
	struct record_socket s;

	c->sockets->pass = 0;
	a.bits = ABI_HAS_FLOW;
	a.bytes_sent = 100;
	a.udp_tx_pkts = 1;
	assert_true(is_told(c, a));
	s = told(c);
	assert_true(s.has & HAS_TX_BYTES && s.has & HAS_TX_PKTS);
	assert_false(s.has & HAS_RX_BYTES || s.has & HAS_RX_PKTS);
}

static void test_what_no_hook_counts_is_unknown(void **state)
{
	struct collector *c = &((struct collect_fixture *)*state)->c;
	struct abi_sock a = held(6, STATE_ESTABLISHED, 4000);

	a.bits = ABI_HAS_CONN;
	a.conn_flags = CONN_BORN;
	c->sockets->unserved[0] = HAS_RESETS;
	c->sockets->unserved[1] = HAS_RETRANS_SPLIT;
	assert_true(is_told(c, a));
	assert_false(told(c).has & HAS_RESETS);
	assert_true(told(c).has & HAS_RETRANS_SPLIT);
}

/* Each process counts once, however many descriptors it has. */
static void test_holders_are_processes(void **state)
{
	struct collector *c = &((struct collect_fixture *)*state)->c;
	struct abi_sock a = held(6, STATE_ESTABLISHED, 4000);

	assert_true(is_told(c, a));
	see_record(c, &a);
	a.tgid = 2;
	see_record(c, &a);
	see_record(c, &a);
	assert_int_equal(entries_find(&c->sockets->entries, COOKIE)->owners, 2);
	assert_int_equal(c->sockets->seen, 1);
}

/* -- who waits for it ---------------------------------------------------------------------------------------------- */

struct waiting {
	struct source source;
	unsigned met;
};

static void meet(struct source *s, const struct abi_sock *a)
{
	assert_int_equal(a->cookie, COOKIE);
	((struct waiting *)s)->met++;
}

static void test_an_awaited_socket_is_met(void **state)
{
	struct collector *c = &((struct collect_fixture *)*state)->c;
	struct abi_sock other = held(6, STATE_ESTABLISHED, 4001);
	struct waiting w = {};

	c->sockets->awaited.met = meet;
	c->sockets->awaited.source = &w.source;
	is_told(c, held(6, STATE_ESTABLISHED, 4000));
	assert_int_equal(w.met, 0);
	c->sockets->awaited.cookie = COOKIE;
	other.cookie = COOKIE + 1;
	is_told(c, other);
	assert_int_equal(w.met, 0);
	is_told(c, held(6, STATE_ESTABLISHED, 4000));
	assert_int_equal(w.met, 1);
}

/* A listener, and its queues right behind it; how many bytes are sent of these. */
static size_t told_of_queues(struct collector *c, u32 tgid, u32 syn_queue)
{
	struct abi_listener l = {.size = sizeof(l), .kind = ABI_LISTENER, .cookie = COOKIE, .syn_queue = syn_queue};
	struct abi_sock a = held(6, STATE_LISTEN, 80);
	size_t before;

	a.tgid = tgid;
	see_record(c, &a);
	before = buf_len(&c->tick);
	see_record(c, (struct abi_sock *)&l);
	return buf_len(&c->tick) - before;
}

/* Once for all that hold it, and when they have changed, or the reader has lost its row. */
static void test_queues_of_a_listener(void **state)
{
	struct collector *c = &((struct collect_fixture *)*state)->c;

	c->sockets->pass++;
	assert_int_not_equal(told_of_queues(c, 1, 3), 0);
	assert_int_equal(told_of_queues(c, 2, 4), 0);
	c->sockets->pass++;
	assert_int_equal(told_of_queues(c, 1, 3), 0);
	c->sockets->pass++;
	assert_int_not_equal(told_of_queues(c, 1, 4), 0);
	entries_find(&c->sockets->entries, COOKIE)->sum = 0;
	c->sockets->pass++;
	assert_int_not_equal(told_of_queues(c, 1, 4), 0);
}

/* What has taken a socket over, right behind it. Returns how many bytes are sent of it. */
static size_t told_of_interception(struct collector *c, struct abi_sock a, u64 cookie)
{
	struct abi_interception i = {
	    .size = sizeof(i), .kind = ABI_INTERCEPTION, .cookie = cookie, .programs = {{7, "parse"}}};
	size_t before;

	see_record(c, &a);
	before = buf_len(&c->tick);
	see_record(c, (struct abi_sock *)&i);
	return buf_len(&c->tick) - before;
}

/* With each record of its socket, once for all that hold it, and not where that was left out. */
static void test_what_has_taken_a_socket_over(void **state)
{
	struct collector *c = &((struct collect_fixture *)*state)->c;
	struct abi_sock a = held(6, STATE_ESTABLISHED, 4000);

	c->sockets->pass++;
	assert_int_not_equal(told_of_interception(c, a, COOKIE), 0);
	assert_int_not_equal(buf_len(&c->out.before), 0); /* the program's name */
	a.tgid = 2;
	assert_int_equal(told_of_interception(c, a, COOKIE), 0);
	c->sockets->pass++;
	assert_int_equal(told_of_interception(c, a, COOKIE + 1), 0);
	c->sockets->pass++;
	assert_int_not_equal(told_of_interception(c, a, COOKIE), 0);
	entries_find(&c->sockets->entries, COOKIE)->flags |= ENTRY_ENDED;
	c->sockets->pass++;
	assert_int_equal(told_of_interception(c, a, COOKIE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SEE_TEST(test_layers_before_their_socket),
	    SEE_TEST(test_layers_of_a_known_socket),
	    SEE_TEST(test_layers_of_a_socket_that_ends_unseen),
	    SEE_TEST(test_what_comes_late_is_no_news),
	    SEE_TEST(test_what_comes_late_is_there),
	    SEE_TEST(test_what_was_there_first_is_seeded),
	    SEE_TEST(test_what_was_born_meanwhile_is_not),
	    SEE_TEST(test_nothing_counted_is_unknown),
	    SEE_TEST(test_what_no_hook_counts_is_unknown),
	    SEE_TEST(test_holders_are_processes),
	    SEE_TEST(test_an_awaited_socket_is_met),
	    SEE_TEST(test_queues_of_a_listener),
	    SEE_TEST(test_what_has_taken_a_socket_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
