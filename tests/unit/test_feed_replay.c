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

/* -- compressed ---------------------------------------------------------------------------------------------------- */

/* Writes ticks as a recorder does that is killed after the last; where each tick's end is in the file. */
static void record_ticks(struct fixture *x, struct buf *file, u64 ticks, size_t *ends)
{
	struct recorder *r;
	struct error err = {};
	struct stat st;

	assert_int_equal(recorder_new(&r, x->path, &err), 0);
	stream_open(&x->out);
	for (u64 n = 1; n <= ticks; n++) {
		put_socket(x, tcp_sample(n, n, n * n * 12345, n));
		put_tick(x, n, T0 + (n - 1) * SEC, SEC);
		assert_int_equal(recorder_put(r, buf_at(&x->out), buf_len(&x->out)), 0);
		buf_reset(&x->out, 0);
		assert_int_equal(recorder_flush(r), 0);
		assert_int_equal(stat(x->path, &st), 0);
		ends[n] = (size_t)st.st_size;
	}
	assert_int_equal(file_read(x->path, 1 << 20, file, &err), 0);
	recorder_free(r);
}

static u64 ticks_of(struct fixture *x, const struct buf *file, size_t len, bool *cut)
{
	struct error err = {};
	u64 ticks = 0;
	int r;

	assert_int_equal(file_write_atomic(x->path, buf_at(file), len, &err), 0);
	open_recording(x, 0);
	while ((r = feed_step(x->f, FOREVER, &err)) != FEED_END && r >= 0)
		ticks += r == FEED_TICK;
	*cut = r >= 0 && feed_is_cut(x->f);
	feed_free(take(x->f));
	return ticks;
}

/* Wherever the file ends, each tick that was flushed is shown, and what is missing is said. */
static void cut_recording_plays_to_the_last_tick(void **state)
{
	struct fixture *x = *state;
	cleanup_buf struct buf file = {};
	size_t ends[4] = {};
	u64 whole = 0;
	bool cut;

	record_ticks(x, &file, 3, ends);
	for (size_t len = ends[1]; len <= ends[3]; len++) {
		while (whole < 3 && len >= ends[whole + 1])
			whole++;
		assert_true(ticks_of(x, &file, len, &cut) >= whole);
		assert_int_equal(cut, len != ends[whole]);
	}
	assert_int_equal(whole, 3);
	assert_int_equal(ends[3], buf_len(&file));
}

static void damaged_recording_is_refused(void **state)
{
	struct fixture *x = *state;
	cleanup_buf struct buf file = {};
	struct error err = {};
	size_t ends[4] = {};
	int r;

	record_ticks(x, &file, 3, ends);
	memset(buf_at(&file) + ends[2], 0xff, ends[3] - ends[2]);
	assert_int_equal(file_write_atomic(x->path, buf_at(&file), buf_len(&file), &err), 0);
	open_recording(x, 0);
	assert_int_equal(step(x, FOREVER), FEED_TICK);
	do
		r = feed_step(x->f, FOREVER, &err);
	while (r >= 0 && r != FEED_END);
	assert_int_equal(r, -EPROTO);
	assert_non_null(strstr(err.text, "damaged"));
}

/* -- from a moment on ---------------------------------------------------------------------------------------------- */

static void moments_are_parsed(void **state)
{
	static const char *const wrong[] = {"",        "+",         "90",    "+-1",    "+ 1",        "+1s",
					    "+nan",    "+1e10",     "24:00", "14:60",  "14:2",       "14:02:60",
					    "14:02:1", "14:02:11x", "1:02",  "14:02:", "14:02:11:00"};
	struct moment m;

	assert_true(moment_parse("+1.5", &m));
	assert_true(m.given && !m.clock && m.ns == SEC * 3 / 2);
	assert_true(moment_parse("14:02", &m));
	assert_true(m.given && m.clock && m.ns == (14 * 60 + 2) * 60 * SEC);
	assert_true(moment_parse("23:59:59", &m));
	assert_true(m.ns == (24 * 3600 - 1) * SEC);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (moment_parse(wrong[i], &m))
			fail_msg("'%s' is a moment", wrong[i]);
}

static u64 moment_of(const char *text, u64 realtime_s)
{
	const struct record_tick first = {.time_ns = T0, .realtime_ns = realtime_s * SEC + SEC / 2};
	struct moment m;

	assert_true(moment_parse(text, &m));
	return moment_ns(&m, &first) - T0;
}

/* 1773497131 is 2026-03-14 14:05:31 UTC. */
static void moments_come_next(void **state)
{
	setenv("TZ", "UTC", 1);
	assert_int_equal(moment_of("+90", 1773497131), 90 * SEC);
	assert_int_equal(moment_of("14:05:32", 1773497131), SEC / 2);
	assert_int_equal(moment_of("14:05:31", 1773497131), 0); /* that second has begun */
	assert_int_equal(moment_of("14:05:30", 1773497131), (24 * 3600 - 1) * SEC - SEC / 2);
	assert_int_equal(moment_of("14:06", 1773497131), 29 * SEC - SEC / 2);
	assert_int_equal(moment_of("00:00", UINT64_MAX / SEC - 1), 0); /* there is no such time any more */
}

/* As the screen's loop: ticks that are passed, then one that is shown. */
static u64 shown(struct fixture *x, u64 *passed)
{
	for (*passed = 0;; ++*passed) {
		assert_int_equal(feed_timeout_ms(x->f), 0);
		assert_int_equal(step(x, FOREVER), FEED_TICK);
		if (!feed_is_early(x->f))
			return model_tick(x->m)->number;
	}
}

/* A day between two ticks: none comes by itself. */
static void paused_replay_can_be_advanced(void **state)
{
	struct fixture *x = *state;
	u64 passed;

	write_recording(x, 9, 24 * 3600 * SEC);
	open_recording(x, 1);
	assert_int_equal(step(x, FOREVER), FEED_TICK);
	assert_int_equal(step(x, FOREVER), FEED_IDLE);
	feed_pause(x->f, true);
	feed_advance(x->f, 0);
	assert_int_equal(shown(x, &passed), 2);
	assert_int_equal(passed, 0);
	assert_int_equal(step(x, FOREVER), FEED_IDLE); /* it stands still again … */
	assert_int_equal(feed_timeout_ms(x->f), -1);
	feed_pause(x->f, false); /* … and goes on at its pace, after an hour at the most */
	assert_int_equal(step(x, FOREVER), FEED_IDLE);
	assert_in_range(feed_timeout_ms(x->f), 3600 * 1000 / 2, 3600 * 1000);
	feed_pause(x->f, true);
	feed_advance(x->f, 2 * 24 * 3600 * SEC);
	feed_advance(x->f, 24 * 3600 * SEC);
	assert_int_equal(shown(x, &passed), 5);
	assert_int_equal(passed, 2);
	feed_advance(x->f, 0);
	feed_advance(x->f, 0);
	assert_int_equal(shown(x, &passed), 7);
	feed_advance(x->f, 99 * 24 * 3600 * SEC); /* beyond the end: to the last */
	assert_int_equal(shown(x, &passed), 9);
	assert_int_equal(step(x, FOREVER), FEED_END);
	assert_false(feed_is_cut(x->f));
}

/* The pace itself, with times that are made up: no clock is read. */
static void pace_maps_time(void **state)
{
	struct pace p = {.speed = 2};
	struct record_tick t = {.number = 1, .time_ns = T0, .interval_ns = SEC};

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
	    FEED_TEST(paused_replay_can_be_advanced),
	    cmocka_unit_test(moments_are_parsed),
	    cmocka_unit_test(moments_come_next),
	    FEED_TEST(cut_recording_plays_to_the_last_tick),
	    FEED_TEST(damaged_recording_is_refused),
	    FEED_TEST(speed_0_gives_a_tick_per_step),
	    FEED_TEST(replay_keeps_the_pace),
	    FEED_TEST(bad_stamps_do_not_stop_a_replay),
	    FEED_TEST(paused_replay_waits),
	    cmocka_unit_test(pace_maps_time),
	    FEED_TEST(truncated_recording_simply_ends),
	    FEED_TEST(whole_recording_is_not_cut),
	    FEED_TEST(recording_that_ends_within_a_tick),
	    FEED_TEST(what_is_no_recording_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
