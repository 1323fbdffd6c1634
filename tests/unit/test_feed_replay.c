/* The feed, playing a recording: its pace, its pauses, and files that are none. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "clock.h"
#include "feed_fixture.h"
#include "feed_pace.h"
#include "file.h"

static void write_recording(struct fixture *x, u64 ticks, u64 interval)
{
	struct error err = {};

	stream_open(&x->out);
	for (u64 n = 1; n <= ticks; n++) {
		put_socket(x, tcp_sample(n, n, n, n));
		put_tick(x, n, T0 + (n - 1) * interval, interval);
	}
	assert_int_equal(file_write_atomic(x->path, buf_at(&x->out), buf_len(&x->out), &err), 0);
}

static void open_recording(struct fixture *x, double speed)
{
	struct error err = {};

	assert_int_equal(feed_replay(&x->f, x->m, x->path, speed, &err), 0);
	assert_int_equal(feed_fd(x->f), -1);
	assert_int_equal(feed_command(x->f, COMMAND_INFO, 1), 0);
}

static void speed_0_gives_a_tick_per_step(void **state)
{
	struct fixture *x = *state;

	write_recording(x, 5, SEC);
	open_recording(x, 0);
	for (u64 n = 1; n <= 5; n++) {
		assert_int_equal(feed_timeout_ms(x->f), 0);
		assert_int_equal(step(x, FOREVER), FEED_TICK);
		assert_int_equal(model_tick(x->m)->number, n);
		assert_int_equal(model_totals(x->m)->live, n);
	}
	assert_int_equal(step(x, FOREVER), FEED_END);
}

/* Plays to the end as an event loop would; returns the wall time from the first tick to the last, in ns. */
static u64 play(struct fixture *x, u64 ticks)
{
	u64 first = 0, last = 0, seen = 0;

	for (;;) {
		int r = step(x, 10 * NSEC_PER_MSEC);

		if (r == FEED_END)
			break;
		if (r == FEED_TICK) {
			last = now_ns();
			first = first ? first : last;
			seen++;
		} else if (r == FEED_IDLE) {
			assert_true(feed_timeout_ms(x->f) >= 0);
			poll(NULL, 0, feed_timeout_ms(x->f));
		}
	}
	assert_int_equal(seen, ticks);
	return last - first;
}

static void replay_keeps_the_pace(void **state)
{
	struct fixture *x = *state;

	/* 5 ticks over 400 ms of the recording, at twice the speed: never sooner than 200 ms. */
	write_recording(x, 5, SEC / 10);
	open_recording(x, 2);
	assert_true(play(x, 5) >= SEC / 5 - 5 * NSEC_PER_MSEC);
}

static void bad_stamps_do_not_stop_a_replay(void **state)
{
	struct fixture *x = *state;
	struct error err = {};

	stream_open(&x->out);
	put_tick(x, 1, T0, UINT64_MAX);
	put_tick(x, 2, 5, 0);
	put_tick(x, 3, 5, 0);
	put_tick(x, 4, UINT64_MAX, 0);
	assert_int_equal(file_write_atomic(x->path, buf_at(&x->out), buf_len(&x->out), &err), 0);
	open_recording(x, 1e9); /* an hour at the most, a billion times as fast */
	play(x, 4);
}

static void paused_replay_waits(void **state)
{
	struct fixture *x = *state;

	write_recording(x, 2, 3600 * SEC);
	open_recording(x, 1);
	assert_int_equal(step(x, FOREVER), FEED_TICK);
	assert_int_equal(step(x, FOREVER), FEED_IDLE);
	assert_true(feed_timeout_ms(x->f) > 0);
	feed_pause(x->f, true);
	assert_int_equal(feed_timeout_ms(x->f), -1);
	assert_int_equal(step(x, FOREVER), FEED_IDLE);
	feed_pause(x->f, false);
	assert_true(feed_timeout_ms(x->f) > 0);
}

/* The pace itself, with times that are made up: no clock is read. */
static void pace_maps_time(void **state)
{
	struct pace p = {.speed = 2};
	struct record_tick t = {.number = 1, .time_ns = T0, .interval_ns = SEC};

	(void)state;
	assert_int_equal(pace_tick_due(&p, &t), 0); /* the first at once */
	assert_int_equal(pace_records_due(&p), 0);
	pace_played(&p, &t, 100 * SEC);
	t.time_ns += 4 * SEC;
	assert_true(pace_tick_due(&p, &t) == 102 * SEC);
	assert_true(pace_records_due(&p) == 100 * SEC + SEC / 10 * 4);
	pace_pause(&p, true, 101 * SEC);
	pace_pause(&p, true, 105 * SEC);
	pace_pause(&p, false, 111 * SEC);
	assert_true(pace_tick_due(&p, &t) == 112 * SEC);
	pace_played(&p, &t, 112 * SEC + 5); /* a little late: the next is not */
	t.time_ns += 2 * SEC;
	assert_true(pace_tick_due(&p, &t) == 113 * SEC);
	pace_played(&p, &t, 500 * SEC); /* very late: on from here */
	t.time_ns += 2 * SEC;
	assert_true(pace_tick_due(&p, &t) == 501 * SEC);
	t.time_ns = 7; /* backwards: at once */
	assert_true(pace_tick_due(&p, &t) == 500 * SEC);
	t.time_ns = UINT64_MAX; /* a gap counts an hour at the most */
	assert_true(pace_tick_due(&p, &t) == 500 * SEC + 1800 * SEC);
	p.speed = 1e-300;
	assert_true(pace_tick_due(&p, &t) == 500 * SEC + 24 * 3600 * SEC);
}

static void truncated_recording_simply_ends(void **state)
{
	struct fixture *x = *state;
	struct stat st;

	write_recording(x, 3, SEC);
	assert_int_equal(stat(x->path, &st), 0);
	assert_int_equal(truncate(x->path, st.st_size - 7), 0);
	open_recording(x, 0);
	assert_int_equal(step(x, FOREVER), FEED_TICK);
	assert_int_equal(step(x, FOREVER), FEED_TICK);
	assert_false(feed_is_cut(x->f));
	assert_int_equal(step(x, FOREVER), FEED_END);
	assert_true(feed_is_cut(x->f));
}

/* After the last tick only what belongs to none may come. */
static void whole_recording_is_not_cut(void **state)
{
	struct fixture *x = *state;
	const struct record_bye bye = {.text = "that was all"};
	struct error err = {};

	stream_open(&x->out);
	put_tick(x, 1, T0, SEC);
	stream_put(&x->out, RECORD_BYE, &bye);
	assert_int_equal(file_write_atomic(x->path, buf_at(&x->out), buf_len(&x->out), &err), 0);
	open_recording(x, 0);
	assert_int_equal(step(x, FOREVER), FEED_TICK);
	assert_int_equal(step(x, FOREVER), FEED_END);
	assert_false(feed_is_cut(x->f));
}

static void recording_that_ends_within_a_tick(void **state)
{
	struct fixture *x = *state;
	struct error err = {};

	stream_open(&x->out);
	put_tick(x, 1, T0, SEC);
	put_socket(x, tcp_sample(1, 2, 10, 20));
	assert_int_equal(file_write_atomic(x->path, buf_at(&x->out), buf_len(&x->out), &err), 0);
	open_recording(x, 0);
	assert_int_equal(step(x, FOREVER), FEED_TICK);
	assert_int_equal(step(x, FOREVER), FEED_END);
	assert_true(feed_is_cut(x->f));
}

static void what_is_no_recording_is_refused(void **state)
{
	struct fixture *x = *state;
	struct error err = {};
	struct feed *f = NULL;

	assert_int_equal(feed_replay(&f, x->m, x->path, 1, &err), -ENOENT);
	assert_non_null(strstr(err.text, x->path));
	assert_int_equal(feed_replay(&f, x->m, x->path, -1, &err), -EINVAL);
	assert_int_equal(feed_replay(&f, x->m, x->path, NAN, &err), -EINVAL);
	assert_int_equal(file_write_atomic(x->path, "", 0, &err), 0);
	open_recording(x, 0);
	assert_int_equal(step(x, FOREVER), -EPROTO);
	feed_free(x->f);
	assert_int_equal(file_write_atomic(x->path, "#!/bin/sh\nexit 0\n", 17, &err), 0);
	open_recording(x, 0);
	assert_int_equal(step(x, FOREVER), -EPROTO);
	feed_free(x->f);
	x->f = NULL;
	assert_int_equal(feed_replay(&x->f, x->m, x->dir, 0, &err), 0);
	assert_true(step(x, FOREVER) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    FEED_TEST(speed_0_gives_a_tick_per_step),   FEED_TEST(replay_keeps_the_pace),
	    FEED_TEST(bad_stamps_do_not_stop_a_replay), FEED_TEST(paused_replay_waits),
	    cmocka_unit_test(pace_maps_time),           FEED_TEST(truncated_recording_simply_ends),
	    FEED_TEST(whole_recording_is_not_cut),      FEED_TEST(recording_that_ends_within_a_tick),
	    FEED_TEST(what_is_no_recording_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
