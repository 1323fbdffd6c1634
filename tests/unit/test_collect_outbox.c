/* What waits for the reader: order of events, names and ticks, what is replaced and what is lost, and partial writes.
 * The test is the reader: it decodes what came through a socket and looks at the order. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "outbox.h"

#define LOG_MAX 8192
#define MANY 400 /* records that make a tick far larger than the socket takes at once */

struct seen {
	enum record_kind kind;
	u64 tag; /* id of a gone, number of a tick, of the tick that a part is of, key of a name */
};

struct fixture {
	struct outbox out;
	int fds[2]; /* the collector's end, the reader's */
	struct stream_decoder *dec;
	struct buf in;
	struct seen log[LOG_MAX]; /* sockets are counted, not logged */
	size_t count, sockets;
	u64 seed;
};

static int teardown(void **state)
{
	struct fixture *x = *state;

	for (int i = 0; i < 2; i++)
		if (x->fds[i] >= 0)
			close(x->fds[i]);
	outbox_deinit(&x->out);
	stream_decoder_free(x->dec);
	buf_deinit(&x->in);
	free(x);
	return 0;
}

#define OUTBOX_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static u64 random_next(struct fixture *x)
{
	x->seed = x->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return x->seed >> 33;
}

/* -- the reader ---------------------------------------------------------------------------------------------------- */

static void note(struct fixture *x, enum record_kind kind, u64 tag)
{
	assert_true(x->count < LOG_MAX);
	x->log[x->count++] = (struct seen){kind, tag};
}

static void decode(struct fixture *x)
{
	struct error err = {};
	struct record rec;
	int r;

	while ((r = stream_next(x->dec, &x->in, &rec, &err)) > 0) {
		switch (rec.kind) {
		case RECORD_GONE: note(x, rec.kind, rec.gone->id); break;
		case RECORD_TICK: note(x, rec.kind, rec.tick->number); break;
		case RECORD_NAME: note(x, rec.kind, rec.name->key); break;
		case RECORD_OWNERS: note(x, rec.kind, rec.owners->id); break;
		case RECORD_SOCKET:
			/* No two records of a tick are the same, and none is damaged. */
			assert_true(rec.socket->rx_bytes == rec.socket->id * 3);
			x->sockets++;
			break;
		default: fail();
		}
	}
	assert_string_equal(err.text, "");
	assert_int_equal(r, 0);
}

/* Reads at most max bytes; false if there was nothing. */
static bool take_in(struct fixture *x, size_t max)
{
	void *room = buf_room(&x->in, max);
	ssize_t n = read(x->fds[1], room, max);

	if (n <= 0)
		return false;
	buf_grown(&x->in, (size_t)n);
	decode(x);
	return true;
}

static void take_all(struct fixture *x)
{
	do
		outbox_flush(&x->out);
	while (take_in(x, 65536) || outbox_waiting(&x->out));
	assert_int_equal(buf_len(&x->in), 0);
}

static int setup(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));
	int small = 1; /* the kernel makes it its minimum */

	*state = x;
	x->seed = 3;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, x->fds) < 0)
		return -1;
	setsockopt(x->fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	outbox_init(&x->out, x->fds[0]);
	if (stream_decoder_new(&x->dec) < 0)
		return -1;
	take_all(x); /* the schemas: however long they are, each case begins with an empty socket */
	return 0;
}

#define assert_log(x, ...)                                                                                             \
	do {                                                                                                           \
		const struct seen _want[] = {__VA_ARGS__};                                                             \
		assert_int_equal((x)->count, ARRAY_SIZE(_want));                                                       \
		for (size_t _i = 0; _i < ARRAY_SIZE(_want); _i++) {                                                    \
			assert_int_equal((x)->log[_i].kind, _want[_i].kind);                                           \
			assert_int_equal((x)->log[_i].tag, _want[_i].tag);                                             \
		}                                                                                                      \
	} while (0)

#define EVENT(tag)                                                                                                     \
	{                                                                                                              \
		RECORD_GONE, tag                                                                                       \
	}
#define TICK(number)                                                                                                   \
	{                                                                                                              \
		RECORD_TICK, number                                                                                    \
	}
#define PART(number)                                                                                                   \
	{                                                                                                              \
		RECORD_OWNERS, number                                                                                  \
	}
#define NAME(key)                                                                                                      \
	{                                                                                                              \
		RECORD_NAME, key                                                                                       \
	}

/* -- the collector ------------------------------------------------------------------------------------------------- */

static void event(struct fixture *x, u64 tag)
{
	outbox_event(&x->out, RECORD_GONE, &(struct record_gone){.id = tag, .time_ns = 1}, false);
}

static void early(struct fixture *x, u64 tag)
{
	outbox_event(&x->out, RECORD_GONE, &(struct record_gone){.id = tag, .time_ns = 1}, true);
}

static void name(struct fixture *x, u64 key)
{
	outbox_name(&x->out, &(struct record_name){.kind = NAME_USER, .key = key, .text = "root"});
}

static void put_sockets(struct buf *tick, u64 number, unsigned sockets)
{
	for (unsigned i = 0; i < sockets; i++) {
		u64 id = number * 1000000 + i;
		struct record_socket s = {.id = id, .rx_bytes = id * 3, .comm = "nginx", .cc = "cubic", .rtt_us = i};

		stream_put(tick, RECORD_SOCKET, &s);
	}
}

/* A part of the tick that is being made; what the reader is too far behind for is left in part. */
static void ahead(struct fixture *x, struct buf *part, u64 number, unsigned sockets)
{
	stream_put(part, RECORD_OWNERS, &(struct record_owners){.id = number});
	put_sockets(part, number, sockets);
	outbox_ahead(&x->out, part);
}

static void hand_in(struct fixture *x, u64 number, unsigned sockets)
{
	struct buf tick = {};

	put_sockets(&tick, number, sockets);
	stream_put(&tick, RECORD_TICK, &(struct record_tick){.number = number});
	outbox_tick(&x->out, &tick, number);
	assert_int_equal(buf_len(&tick), 0);
	buf_deinit(&tick);
}

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

/* Memory was out: an empty tick is handed in. The next must tell its news again. */
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

/* Memory was out for the rest: the next tick tells all again. */
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

/* -- random ----------------------------------------------------------------------------------------------------------
 */

#define STEPS 12000

struct story {
	u64 began; /* ticks */
	struct buf part;
	u64 parts; /* that went ahead */
	u64 events, names;
	u64 began_at[STEPS + 1]; /* of each event: ticks that had begun */
	u64 held_at[STEPS + 1];  /* of each event: the tick that it belongs behind, 0: none */
	u64 named_at[STEPS + 1];
};

static void random_step(struct fixture *x, struct story *s)
{
	switch (random_next(x) % 8) {
	case 0:
		if (x->out.in_pass) {
			stream_put(&s->part, RECORD_TICK, &(struct record_tick){.number = s->began});
			outbox_tick(&x->out, &s->part, s->began);
		} else if (random_next(x) % 4 == 0) {
			outbox_begin(&x->out);
			s->began++;
		}
		break;
	case 1:
	case 2:
		s->events++;
		s->began_at[s->events] = s->began;
		s->held_at[s->events] = x->out.in_pass || x->out.delivered != s->began ? s->began : 0;
		event(x, s->events);
		break;
	case 3:
		if (x->out.in_pass) {
			s->names++;
			s->named_at[s->names] = s->began;
			name(x, s->names);
		}
		break;
	case 4: outbox_flush(&x->out); break;
	case 5:
		if (x->out.in_pass) {
			ahead(x, &s->part, s->began, (unsigned)(random_next(x) % 10));
			s->parts += !buf_len(&s->part);
		}
		break;
	default: take_in(x, 1 + random_next(x) % 777);
	}
}

/* Every event and name once and in order; names before their tick, events behind theirs and before all that began
 * later. Behind a part comes nothing of another tick until its own is whole. */
static void check_story(const struct fixture *x, const struct story *s)
{
	u64 tick = 0, events = 0, names = 0, ticks = 0, part = 0;

	for (size_t i = 0; i < x->count; i++) {
		u64 tag = x->log[i].tag;

		switch (x->log[i].kind) {
		case RECORD_TICK:
			assert_true(tag > tick && (part <= tick || part == tag));
			tick = tag;
			ticks++;
			break;
		case RECORD_OWNERS:
			assert_true(tag > tick && (part <= tick || part == tag));
			part = tag;
			break;
		case RECORD_GONE:
			assert_int_equal(tag, ++events);
			assert_true(tick <= s->began_at[tag]);
			for (size_t k = i + 1; s->held_at[tag] && k < x->count; k++)
				assert_false(x->log[k].kind == RECORD_TICK && x->log[k].tag <= s->held_at[tag]);
			break;
		default: assert_int_equal(tag, ++names); assert_true(tick < s->named_at[tag]);
		}
	}
	assert_int_equal(events, s->events);
	assert_int_equal(names, s->names);
	assert_int_equal(ticks + x->out.skipped, s->began);
	assert_true(ticks > 10 && x->out.skipped > 10 && events > 1000 && s->parts > 10);
}

static void any_order_of_events_keeps_the_rules(void **state)
{
	struct fixture *x = *state;
	cleanup_free struct story *s = calloc(1, sizeof(*s));

	for (unsigned i = 0; i < STEPS; i++)
		random_step(x, s);
	if (x->out.in_pass)
		hand_in(x, s->began, 0);
	take_all(x);
	check_story(x, s);
	buf_deinit(&s->part);
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

static void pieces_of_any_size_decode_to_the_same(void **state)
{
	struct fixture *x = *state;

	outbox_begin(&x->out);
	hand_in(x, 1, MANY);
	for (u64 i = 1; i <= 100; i++)
		event(x, i);
	while (outbox_waiting(&x->out)) {
		outbox_flush(&x->out);
		while (take_in(x, 1 + random_next(x) % 61))
			;
	}
	take_all(x);
	assert_int_equal(x->sockets, MANY);
	assert_int_equal(x->count, 101);
	for (u64 i = 1; i <= 100; i++)
		assert_int_equal(x->log[i].tag, i);
}

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
	    OUTBOX_TEST(any_order_of_events_keeps_the_rules),
	    OUTBOX_TEST(pieces_of_any_size_decode_to_the_same),
	    OUTBOX_TEST(a_pipe_is_written_too),
	    OUTBOX_TEST(a_reader_that_is_gone_is_noticed),
	    OUTBOX_TEST(draining_ends_with_the_last_byte_or_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
