/* Back in time: the model of each moment that is kept is as it was; what is kept has a bound; and recordings that
 * rotate begin with the whole picture. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "clock.h"
#include "fixture.h"
#include "rows.h"
#include "model.h"
#include "past.h"
#include "store.h"
#include "totals.h"
#include "feed_fixture.h"

#define SOCKETS 40
#define TICKS 400

/* Each moves by another amount in each tick; every seventh only now and then, so that a key frame alone knows it. */
static u64 bytes_of(u64 id, u64 tick)
{
	return id % 7 ? id * 1000 * tick * tick : id * 1000 * (tick / 50);
}

static void put_tick_of(struct fixture *x, u64 tick)
{
	for (u64 id = 1; id <= SOCKETS; id++)
		if (id == 7 && tick >= TICKS / 2)
			continue;
		else if (tick == 1 || bytes_of(id, tick) != bytes_of(id, tick - 1))
			put_socket(x, tcp_sample(id, tick, bytes_of(id, tick), rows_scramble(id * tick) % 1000000));
	if (tick == TICKS / 2)
		stream_put(&x->out, RECORD_GONE, &(struct record_gone){.id = 7, .time_ns = tick_time(tick)});
	put_tick(x, tick, tick_time(tick), SEC);
}

static void play_ticks(struct fixture *x, u64 from, u64 to)
{
	for (u64 tick = from; tick <= to; tick++) {
		int r = FEED_MORE;

		put_tick_of(x, tick);
		while (r != FEED_TICK) {
			say(x);
			r = step(x, 1);
		}
	}
	while (step(x, FOREVER) == FEED_MORE)
		;
}

static void assert_moment(struct past_view *v, u64 tick, bool rates)
{
	const struct model *m = past_view_model(v);

	assert_true(past_view_is_whole(v));
	assert_int_equal(model_tick(m)->number, tick);
	for (u64 id = 1; id <= SOCKETS; id++) {
		u32 i = model_find(m, id);
		const struct row *r = i == IDMAP_NONE ? NULL : model_row(m, i);

		assert_non_null(r);
		assert_int_equal(r->closed, id == 7 && tick >= TICKS / 2);
		if (id != 7 || tick < TICKS / 2)
			assert_int_equal(r->s.rx_bytes, bytes_of(id, tick));
		if (rates && id % 7)
			assert_float_equal(r->rx_rate, (double)(bytes_of(id, tick) - bytes_of(id, tick - 1)), 1);
	}
}

static struct past_view *moment_of(struct fixture *x, u64 moment)
{
	struct past_view *v;
	struct error err;
	int r = 0;

	assert_int_equal(past_view_new(&v, feed_past(x->f), x->m, moment), 0);
	while (r == 0)
		r = past_view_work(v, 1, &err);
	assert_int_equal(r, 1);
	return v;
}

static void each_moment_is_as_it_was(void **state)
{
	struct fixture *x = *state;
	const struct past *p;

	live(x);
	assert_int_equal(feed_keep(x->f, 64 << 20), 0);
	play_ticks(x, 1, TICKS);
	p = feed_past(x->f);
	assert_int_equal(past_first(p), 1);
	assert_int_equal(past_last(p), TICKS);
	for (u64 n = 1; n <= TICKS; n += n < 30 ? 1 : 7) {
		struct past_view *v = moment_of(x, n);

		assert_int_equal(past_time(p, n), tick_time(n));
		assert_moment(v, n, n > 1);
		past_view_free(v);
	}
	assert_int_equal(past_find(p, 0), 1);
	assert_int_equal(past_find(p, tick_time(100) + 1), 100);
	assert_int_equal(past_find(p, tick_time(TICKS) * 2), TICKS);
}

/* A view goes on through segments, and while the stream does. */
static void it_goes_on(void **state)
{
	struct fixture *x = *state;
	struct past_view *v;
	struct error err;

	live(x);
	assert_int_equal(feed_keep(x->f, 64 << 20), 0);
	play_ticks(x, 1, 50);
	v = moment_of(x, 20);
	play_ticks(x, 51, 120);
	for (u64 n = 21; n <= 120; n++) {
		assert_true(past_view_go_on(v, n));
		assert_int_equal(past_view_work(v, 0, &err), 1);
		assert_moment(v, n, true);
	}
	assert_false(past_view_go_on(v, 119));
	assert_false(past_view_go_on(v, 121));
	past_view_free(v);
}

static void what_is_kept_has_a_bound(void **state)
{
	struct fixture *x = *state;
	const struct past *p;
	struct past_view *v;

	live(x);
	assert_int_equal(feed_keep(x->f, 100000), 0);
	play_ticks(x, 1, TICKS);
	p = feed_past(x->f);
	assert_true(past_first(p) > 1);
	assert_true(past_first(p) < TICKS - 20);
	assert_true(past_bytes(p) < 200000);
	assert_int_equal(past_view_new(&v, feed_past(x->f), x->m, past_first(p) - 1), -ENOENT);
	assert_int_equal(past_time(p, past_first(p) - 1), 0);
	v = moment_of(x, past_first(p));
	assert_moment(v, past_first(p), false);
	past_view_free(v);
}

/* What is being read is not dropped; what was read may be. */
static void what_is_read_stays(void **state)
{
	struct fixture *x = *state;
	struct past_view *v;
	struct error err;
	u64 first;

	live(x);
	assert_int_equal(feed_keep(x->f, 100000), 0);
	play_ticks(x, 1, 200);
	first = past_first(feed_past(x->f));
	assert_int_equal(past_view_new(&v, feed_past(x->f), x->m, first), 0);
	play_ticks(x, 201, 300);
	assert_int_equal(past_first(feed_past(x->f)), first);
	assert_int_equal(past_view_work(v, 0, &err), 1);
	assert_moment(v, first, false);
	play_ticks(x, 301, TICKS);
	assert_true(past_first(feed_past(x->f)) > first);
	assert_false(past_view_go_on(v, TICKS));
	past_view_free(v);
}

static u64 played(struct fixture *x, const char *path, u64 *first)
{
	struct model *m = fixture_new();
	struct error err = {};
	struct feed *f;
	u64 last = 0;
	int r;

	assert_int_equal(feed_replay(&f, m, path, 0, &err), 0);
	while ((r = feed_step(f, FOREVER, &err)) != FEED_END) {
		assert_true(r >= 0);
		if (r != FEED_TICK)
			continue;
		*first = last ? *first : model_tick(m)->number;
		assert_true(!last || model_tick(m)->number == last + 1);
		last = model_tick(m)->number;
		for (u64 id = 1; id <= SOCKETS; id++)
			if (id != 7 || last < TICKS / 2)
				assert_int_equal(model_row(m, model_find(m, id))->s.rx_bytes, bytes_of(id, last));
	}
	assert_false(feed_is_cut(f));
	feed_free(f);
	fixture_free(m);
	(void)x;
	return last;
}

/* Each of the two files can be played by itself, and they belong together; also if we are killed now. */
static void recordings_rotate(void **state)
{
	struct fixture *x = *state;
	struct error err = {};
	u64 first = 0, first_before = 0, last_before;
	char before[80];
	struct stat st;

	live(x);
	assert_int_equal(feed_record(x->f, x->path, &err), 0);
	feed_record_rotate(x->f, 60000);
	play_ticks(x, 1, TICKS);
	snprintf(before, sizeof(before), "%s.1", x->path);
	assert_int_equal(stat(before, &st), 0);
	assert_true(st.st_size >= 30000 && st.st_size < 45000);
	assert_int_equal(st.st_mode & 0777, 0600);
	last_before = played(x, before, &first_before);
	assert_int_equal(played(x, x->path, &first), TICKS);
	assert_true(first_before > 1);
	assert_int_equal(first, last_before);
	assert_null(feed_record_error(x->f));
	unlink(before);
}

/* What was read during a pause, and recorded, is in the new file, too. */
static void a_pause_loses_nothing(void **state)
{
	struct fixture *x = *state;
	struct error err = {};
	u64 first = 0;
	char before[80];

	live(x);
	assert_int_equal(feed_record(x->f, x->path, &err), 0);
	play_ticks(x, 1, 5);
	feed_pause(x->f, true);
	for (u64 n = 6; n <= 20; n++) {
		put_tick_of(x, n);
		say(x);
		assert_int_equal(step(x, FOREVER), FEED_IDLE);
	}
	feed_record_rotate(x->f, 2);
	feed_pause(x->f, false);
	for (int ticks = 0; ticks < 1; ticks += step(x, 1) == FEED_TICK)
		;
	feed_record_rotate(x->f, 1 << 30);
	while (step(x, FOREVER) != FEED_IDLE)
		;
	snprintf(before, sizeof(before), "%s.1", x->path);
	assert_int_equal(played(x, x->path, &first), 20);
	assert_int_equal(first, 6);
	unlink(before);
}

/* A name that is not ours to replace ends the recording, and says so. */
static void what_is_not_ours_is_left(void **state)
{
	struct fixture *x = *state;
	struct error err = {};
	char before[80];

	live(x);
	snprintf(before, sizeof(before), "%s.1", x->path);
	assert_int_equal(symlink("elsewhere", before), 0);
	assert_int_equal(feed_record(x->f, x->path, &err), 0);
	feed_record_rotate(x->f, 2);
	play_ticks(x, 1, 3);
	assert_non_null(strstr(feed_record_error(x->f), "symbolic link"));
	unlink(before);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    FEED_TEST(each_moment_is_as_it_was), FEED_TEST(it_goes_on),        FEED_TEST(what_is_kept_has_a_bound),
	    FEED_TEST(what_is_read_stays),       FEED_TEST(recordings_rotate), FEED_TEST(a_pause_loses_nothing),
	    FEED_TEST(what_is_not_ours_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
