/* What waits for the reader: order of events, names and ticks, what is replaced and what is lost, and partial writes.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "outbox_fixture.h"

/* -- order --------------------------------------------------------------------------------------------------------- */

static void events_keep_their_place_around_a_tick(void **state)
{
	struct fixture *x = *state;

	event(x, 1);
	assert_false(outbox_begin(&x->out));
	event(x, 2); /* it may end what the tick shows alive */
	hand_in(x, 1, 3);
	event(x, 3);
	take_all(x);
	event(x, 4);
	assert_false(outbox_begin(&x->out));
	hand_in(x, 2, 0);
	take_all(x);
	assert_log(x, EVENT(1), TICK(1), EVENT(2), EVENT(3), EVENT(4), TICK(2));
	assert_int_equal(x->sockets, 3);
	assert_int_equal(x->out.delivered, 2);
	assert_int_equal(x->out.skipped, 0);
}

static void names_come_before_the_tick_that_needs_them(void **state)
{
	struct fixture *x = *state;

	outbox_begin(&x->out);
	event(x, 1);
	name(x, 7);
	hand_in(x, 1, 1);
	name(x, 8); /* of an end that waits behind the tick */
	take_all(x);
	assert_log(x, NAME(7), NAME(8), TICK(1), EVENT(1));
}

/* The end of a socket that the tick being made does not show need not wait for it. */
static void an_early_event_goes_ahead_of_the_tick_being_made(void **state)
{
	struct fixture *x = *state;

	outbox_begin(&x->out);
	early(x, 1);
	event(x, 2);
	early(x, 3);
	hand_in(x, 1, 0);
	early(x, 4); /* the tick is made: nothing is early any more */
	take_all(x);
	early(x, 5);
	take_all(x);
	assert_log(x, EVENT(1), EVENT(3), TICK(1), EVENT(2), EVENT(4), EVENT(5));
}

/* The tick is half written: what came during its pass goes ahead of what came since. */
static void events_stay_in_order_behind_a_tick_on_its_way(void **state)
{
	struct fixture *x = *state;

	outbox_begin(&x->out);
	event(x, 1);
	hand_in(x, 1, MANY);
	outbox_flush(&x->out);
	assert_true(outbox_waiting(&x->out));
	assert_int_equal(x->out.delivered, 1);
	event(x, 2);
	name(x, 7);
	event(x, 3);
	take_all(x);
	event(x, 4);
	take_all(x);
	assert_log(x, TICK(1), NAME(7), EVENT(1), EVENT(2), EVENT(3), EVENT(4));
	assert_int_equal(x->sockets, MANY);
}

static void events_of_a_pass_wait_for_its_tick(void **state)
{
	struct fixture *x = *state;

	outbox_begin(&x->out);
	event(x, 1);
	take_all(x);
	assert_int_equal(x->count, 0);
	assert_false(outbox_waiting(&x->out));
	hand_in(x, 1, 0);
	take_all(x);
	assert_log(x, TICK(1), EVENT(1));
}

/* -- a slow reader ------------------------------------------------------------------------------------------------- */

static void a_held_tick_is_replaced_and_counted(void **state)
{
	struct fixture *x = *state;

	outbox_begin(&x->out);
	hand_in(x, 1, MANY);
	outbox_flush(&x->out); /* 1 is on its way and goes out whole */
	assert_false(outbox_begin(&x->out));
	event(x, 1);
	hand_in(x, 2, MANY);
	assert_true(outbox_begin(&x->out));
	event(x, 2);
	hand_in(x, 3, MANY);
	assert_true(outbox_begin(&x->out));
	hand_in(x, 4, MANY);
	assert_int_equal(x->out.delivered, 1);
	take_all(x);
	assert_log(x, TICK(1), EVENT(1), EVENT(2), TICK(4));
	assert_int_equal(x->sockets, 2 * MANY);
	assert_int_equal(x->out.skipped, 2);
	assert_int_equal(x->out.delivered, 4);
	assert_false(outbox_begin(&x->out));
}

/* Out of memory: an empty tick is handed in. The next one must send its news again. */
static void a_tick_that_was_lost_counts_as_skipped(void **state)
{
	struct fixture *x = *state;

	outbox_begin(&x->out);
	event(x, 1);
	outbox_tick(&x->out, &(struct buf){}, 1);
	event(x, 2);
	take_all(x);
	assert_int_equal(x->out.delivered, 0);
	assert_true(outbox_begin(&x->out));
	hand_in(x, 2, 1);
	take_all(x);
	assert_log(x, EVENT(1), EVENT(2), TICK(2));
	assert_int_equal(x->out.skipped, 1);
	assert_false(outbox_begin(&x->out));
}

/* -- a tick in parts ----------------------------------------------------------------------------------------------- */

static void a_reader_that_keeps_up_gets_a_tick_in_parts(void **state)
{
	struct fixture *x = *state;
	struct buf part cleanup_buf = {};

	outbox_begin(&x->out);
	name(x, 1);
	ahead(x, &part, 1, 2);
	assert_int_equal(buf_len(&part), 0);
	take_all(x); /* though the tick is being made */
	assert_log(x, NAME(1), PART(1));
	assert_int_equal(x->sockets, 2);
	event(x, 1); /* of a socket that the part shows alive */
	early(x, 2);
	name(x, 2);
	ahead(x, &part, 1, 3);
	hand_in(x, 1, 1);
	take_all(x);
	assert_log(x, NAME(1), PART(1), EVENT(2), NAME(2), PART(1), TICK(1), EVENT(1));
	assert_int_equal(x->sockets, 6);
	assert_int_equal(x->out.delivered, 1);
	assert_false(outbox_begin(&x->out));
}

/* It stalls after the first part: the tick goes out whole all the same, and those behind it are replaced. */
static void a_tick_that_was_begun_is_not_replaced(void **state)
{
	struct fixture *x = *state;
	struct buf part cleanup_buf = {};

	outbox_begin(&x->out);
	ahead(x, &part, 1, MANY);
	assert_int_equal(buf_len(&part), 0);
	ahead(x, &part, 1, MANY);
	assert_int_equal(buf_len(&part), 0); /* one part may wait … */
	ahead(x, &part, 1, 5);
	assert_true(buf_len(&part) > 0); /* … no more */
	event(x, 1);
	outbox_tick(&x->out, &part, 1);
	assert_false(outbox_begin(&x->out));
	assert_int_equal(x->out.delivered, 1);
	event(x, 2);
	ahead(x, &part, 2, 5); /* far behind: nothing of this one goes ahead */
	assert_true(buf_len(&part) > 0);
	outbox_tick(&x->out, &part, 2);
	assert_true(outbox_begin(&x->out));
	hand_in(x, 3, 1);
	take_all(x);
	assert_log(x, PART(1), PART(1), PART(1), EVENT(1), EVENT(2), TICK(3));
	assert_int_equal(x->sockets, 2 * MANY + 6);
	assert_int_equal(x->out.skipped, 1);
}

/* Out of memory for the rest: the next tick sends everything again. */
static void a_tick_whose_rest_was_lost_counts_as_skipped(void **state)
{
	struct fixture *x = *state;
	struct buf part cleanup_buf = {};

	outbox_begin(&x->out);
	ahead(x, &part, 1, 1);
	part.failed = true;
	ahead(x, &part, 1, 1); /* has a hole */
	assert_true(buf_len(&part) > 0);
	buf_deinit(&part);
	outbox_tick(&x->out, &part, 1);
	assert_true(outbox_begin(&x->out));
	hand_in(x, 2, 1);
	take_all(x);
	assert_log(x, PART(1), TICK(2));
	assert_int_equal(x->sockets, 2);
	assert_int_equal(x->out.skipped, 1);
}

static void events_are_bounded_and_their_loss_counted(void **state)
{
	struct fixture *x = *state;
	struct record_socket s = {};
	u64 put = 0, more = 1000;
	size_t held;

	outbox_begin(&x->out);
	memset(&s, 0x11, sizeof(s));
	while (!x->out.lost_ends) {
		s.id = ++put;
		s.rx_bytes = put * 3;
		outbox_event(&x->out, RECORD_SOCKET, &s, false);
		assert_true(put < OUTBOX_EVENTS_MAX / 64);
	}
	for (u64 i = 1; i < more; i++)
		outbox_event(&x->out, RECORD_SOCKET, &s, false);
	assert_int_equal(x->out.lost_ends, more);
	held = buf_len(&x->out.before) + buf_len(&x->out.after);
	assert_in_range(held, OUTBOX_EVENTS_MAX, OUTBOX_EVENTS_MAX + 65536);
	outbox_keep(&x->out, RECORD_GONE, &(struct record_gone){.id = 5}); /* what must not be lost still fits */
	hand_in(x, 1, 0);
	take_all(x);
	assert_int_equal(x->sockets, put - 1);
	assert_log(x, TICK(1), EVENT(5));
	event(x, 6); /* there is room again */
	take_all(x);
	assert_int_equal(x->count, 3);
	assert_int_equal(x->out.lost_ends, more);
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

static void a_pipe_is_written_too(void **state)
{
	struct fixture *x = *state;
	int fds[2];

	assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
	for (int i = 0; i < 2; i++)
		close(x->fds[i]);
	x->fds[0] = x->out.fd = fds[1];
	x->fds[1] = fds[0];
	outbox_begin(&x->out);
	hand_in(x, 1, 4 * MANY);
	outbox_flush(&x->out);
	assert_true(outbox_waiting(&x->out));
	take_all(x);
	assert_int_equal(x->sockets, 4 * MANY);
	assert_log(x, TICK(1));
	close(fds[0]);
	x->fds[1] = -1;
	event(x, 1);
	signal(SIGPIPE, SIG_IGN); /* as the collector does */
	outbox_flush(&x->out);
	assert_true(x->out.peer_gone);
}

static void a_reader_that_is_gone_is_noticed(void **state)
{
	struct fixture *x = *state;

	signal(SIGPIPE, SIG_DFL); /* a socket needs no help against it */
	outbox_begin(&x->out);
	hand_in(x, 1, MANY);
	outbox_flush(&x->out);
	assert_false(x->out.peer_gone);
	close(x->fds[1]);
	x->fds[1] = -1;
	outbox_flush(&x->out);
	assert_true(x->out.peer_gone);
	event(x, 1);
	outbox_flush(&x->out);
	outbox_drain(&x->out, 3600000); /* does not wait for nobody */
	assert_true(x->out.peer_gone);
}

static void draining_ends_with_the_last_byte_or_the_time(void **state)
{
	struct fixture *x = *state;

	event(x, 1);
	outbox_drain(&x->out, 3600000); /* it fits: done at once */
	assert_false(outbox_waiting(&x->out));
	outbox_begin(&x->out);
	hand_in(x, 1, MANY);
	outbox_drain(&x->out, 1);
	assert_true(outbox_waiting(&x->out)); /* nobody reads */
	take_all(x);
	assert_log(x, EVENT(1), TICK(1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    OUTBOX_TEST(events_keep_their_place_around_a_tick),
	    OUTBOX_TEST(names_come_before_the_tick_that_needs_them),
	    OUTBOX_TEST(an_early_event_goes_ahead_of_the_tick_being_made),
	    OUTBOX_TEST(events_stay_in_order_behind_a_tick_on_its_way),
	    OUTBOX_TEST(events_of_a_pass_wait_for_its_tick),
	    OUTBOX_TEST(a_held_tick_is_replaced_and_counted),
	    OUTBOX_TEST(a_tick_that_was_lost_counts_as_skipped),
	    OUTBOX_TEST(a_reader_that_keeps_up_gets_a_tick_in_parts),
	    OUTBOX_TEST(a_tick_that_was_begun_is_not_replaced),
	    OUTBOX_TEST(a_tick_whose_rest_was_lost_counts_as_skipped),
	    OUTBOX_TEST(events_are_bounded_and_their_loss_counted),
	    OUTBOX_TEST(a_pipe_is_written_too),
	    OUTBOX_TEST(a_reader_that_is_gone_is_noticed),
	    OUTBOX_TEST(draining_ends_with_the_last_byte_or_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
