/* Ends that wait for the RST that belongs to them: what is reported of each, in which order, and when at the latest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collect_fixture.h"
#include "hold.h"
#include "id.h"

#define ENDED_NS (5 * NSEC_PER_SEC) /* all of them */

struct fixture {
	struct collect_fixture collect;
	struct hold hold;
	struct stream_decoder *dec;
};

static int setup(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	*state = x;
	if (!x)
		return -1;
	collect_fixture_init(&x->collect);
	hold_init(&x->hold, &x->collect.c, -1, true); /* without the map every socket is taken for destroyed */
	return stream_decoder_new(&x->dec);
}

static int teardown(void **state)
{
	struct fixture *x = *state;

	stream_decoder_free(x->dec);
	hold_deinit(&x->hold);
	collect_fixture_deinit(&x->collect);
	free(x);
	return 0;
}

#define HOLD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static struct abi_sock end_of(u64 cookie, u8 old_state)
{
	return (struct abi_sock){
	    .size = sizeof(struct abi_sock),
	    .kind = ABI_END,
	    .cookie = cookie,
	    .ktime_ns = ENDED_NS,
	    .family = 2,
	    .protocol = IPPROTO_TCP,
	    .old_state = old_state,
	    .state = STATE_CLOSE,
	    .bits = ABI_HAS_CONN,
	    .conn_flags = CONN_BORN | CONN_ENDED,
	};
}

static void arrive(struct fixture *x, struct abi_sock a)
{
	hold_take(&x->hold, &a);
}

static void arrive_reset(struct fixture *x, u64 cookie, u32 bits, u8 generation)
{
	arrive(x, (struct abi_sock){
		      .size = sizeof(struct abi_sock),
		      .kind = ABI_RESET,
		      .cookie = cookie,
		      .bits = bits,
		      .generation = generation,
		      .resets = bits ? 1 : 0,
		      .conn_flags = bits ? CONN_BORN | CONN_RESET : 0,
		  });
}

/* Reports all that is complete at this time, like the loop that reads the ring. */
static void settle(struct fixture *x, u64 later)
{
	while (hold_settle(&x->hold, ENDED_NS + later))
		;
}

/* The next record that was sent, except for names; its kind, or 0 for none. */
static int next(struct fixture *x, struct record *rec)
{
	struct error err = {};
	int r;

	do {
		r = stream_next(x->dec, &x->collect.c.out.before, rec, &err);
		if (!r)
			r = stream_next(x->dec, &x->collect.c.out.after, rec, &err);
		assert_true(r >= 0);
	} while (r && rec->kind == RECORD_NAME);
	return r ? (int)rec->kind : 0;
}

static void expect_end(struct fixture *x, u64 cookie, u16 resets)
{
	struct record rec;

	assert_int_equal(next(x, &rec), RECORD_SOCKET);
	assert_int_equal(rec.socket->id, cookie);
	assert_int_equal(rec.socket->resets, resets);
	assert_int_equal(!!(rec.socket->flags & SOCKET_ABORTED), 1);
}

static void expect_nothing(struct fixture *x)
{
	struct record rec;

	assert_int_equal(next(x, &rec), 0);
}

/* When its states were entered comes before the end itself, whose event takes it. */
static void test_states_come_first(void **state)
{
	struct fixture *x = *state;
	struct abi_sock a = end_of(1, STATE_LAST_ACK);
	struct record rec;

	a.left_ns = ENDED_NS - 9;
	a.last_ns = ENDED_NS - 4;
	arrive(x, a);
	assert_int_equal(next(x, &rec), RECORD_LIFE);
	assert_int_equal(rec.life->id, 1);
	assert_true(rec.life->left_ns == ENDED_NS - 9 && rec.life->last_ns == ENDED_NS - 4);
	assert_int_equal(next(x, &rec), RECORD_SOCKET);
	assert_int_equal(rec.socket->rx_pkts, 0);
	expect_nothing(x);
	a.protocol = IPPROTO_UDP; /* these are datagrams, then */
	a.cookie = 2;
	arrive(x, a);
	assert_int_equal(next(x, &rec), RECORD_SOCKET);
	assert_true(rec.socket->rx_pkts == ENDED_NS - 9);
}

static void test_reset_belongs_to_its_end(void **state)
{
	struct fixture *x = *state;

	arrive(x, end_of(1, STATE_ESTABLISHED));
	settle(x, 0);
	expect_nothing(x);
	arrive_reset(x, 1, ABI_HAS_CONN, 0);
	settle(x, 0);
	expect_end(x, 1, 1);
	expect_nothing(x);
}

/* The softirq destroys the socket first: its entry is gone, and only the cookie is known. */
static void test_reset_of_a_destroyed_socket(void **state)
{
	struct fixture *x = *state;

	arrive(x, end_of(1, STATE_FIN_WAIT2));
	settle(x, HOLD_SETTLE_NS - 1);
	expect_nothing(x);
	arrive_reset(x, 1, 0, 0);
	settle(x, HOLD_SETTLE_NS - 1);
	expect_end(x, 1, 1);
}

static void test_reset_of_another_generation(void **state)
{
	struct fixture *x = *state;
	struct record rec;

	arrive(x, end_of(1, STATE_ESTABLISHED));
	arrive_reset(x, 1, ABI_HAS_CONN, 1);
	assert_int_equal(next(x, &rec), RECORD_RESETS);
	assert_int_equal(rec.resets->id, id_make(1, 1));
	settle(x, HOLD_SETTLE_NS);
	expect_end(x, 1, 0);
}

/* An event after an end that is not held is sent at once. */
static void test_reset_that_comes_too_late(void **state)
{
	struct fixture *x = *state;
	struct record rec;

	arrive(x, end_of(1, STATE_ESTABLISHED));
	settle(x, HOLD_WAIT_NS);
	expect_end(x, 1, 0);
	arrive_reset(x, 1, ABI_HAS_CONN, 0);
	assert_int_equal(next(x, &rec), RECORD_RESETS);
	assert_int_equal(rec.resets->resets, 1);
}

static void test_order_is_kept(void **state)
{
	struct fixture *x = *state;

	arrive(x, end_of(1, STATE_ESTABLISHED));
	arrive(x, end_of(2, STATE_SYN_SENT));
	arrive(x, end_of(3, STATE_CLOSE_WAIT));
	arrive_reset(x, 3, ABI_HAS_CONN, 0);
	settle(x, 0);
	expect_nothing(x);
	arrive_reset(x, 1, ABI_HAS_CONN, 0);
	settle(x, 0);
	expect_end(x, 1, 1);
	expect_end(x, 2, 0);
	expect_end(x, 3, 1);
}

static void test_an_orderly_end_waits_for_nothing(void **state)
{
	struct fixture *x = *state;
	struct abi_sock end = end_of(1, STATE_LAST_ACK), received = end_of(2, STATE_ESTABLISHED);
	struct record rec;

	arrive(x, end);
	received.conn_flags |= CONN_RESET;
	arrive(x, received);
	assert_int_equal(next(x, &rec), RECORD_SOCKET);
	assert_int_equal(next(x, &rec), RECORD_SOCKET);
}

static void test_number_is_bounded(void **state)
{
	struct fixture *x = *state;
	struct record rec;

	for (u64 i = 1; i <= HOLD_MAX + 3; i++)
		arrive(x, end_of(i, STATE_ESTABLISHED));
	for (u64 i = 1; i <= 3; i++)
		expect_end(x, i, 0);
	expect_nothing(x);
	settle(x, HOLD_SETTLE_NS);
	for (u64 i = 4; i <= HOLD_MAX + 3; i++) {
		assert_int_equal(next(x, &rec), RECORD_SOCKET);
		assert_int_equal(rec.socket->id, i);
	}
}

/* A pass that does not find the socket any more must not report it gone before its end. */
static void test_socket_is_not_forgotten(void **state)
{
	struct fixture *x = *state;
	struct entry *e = entries_get(&x->collect.sockets.entries, 1);

	e->sum = 1;
	arrive(x, end_of(1, STATE_ESTABLISHED));
	assert_int_equal(e->ending, 1);
	assert_true(e->flags & ENTRY_ENDED);
	settle(x, HOLD_SETTLE_NS);
	expect_end(x, 1, 0);
	assert_int_equal(entries_find(&x->collect.sockets.entries, 1)->ending, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HOLD_TEST(test_states_come_first),
	    HOLD_TEST(test_reset_belongs_to_its_end),
	    HOLD_TEST(test_reset_of_a_destroyed_socket),
	    HOLD_TEST(test_reset_of_another_generation),
	    HOLD_TEST(test_reset_that_comes_too_late),
	    HOLD_TEST(test_order_is_kept),
	    HOLD_TEST(test_an_orderly_end_waits_for_nothing),
	    HOLD_TEST(test_number_is_bounded),
	    HOLD_TEST(test_socket_is_not_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
