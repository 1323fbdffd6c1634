/* Lists of what happened: the cursor stays on the newest until it is moved, in either order of time. */
#include "loss_table.h"
#include "ui_fixture.h"

#define TICKS 12
#define DROPS 10 /* per tick */

/* Tick n brings the drops 10 n - 9 to 10 n. */
static void make_drops(const char *path, u64 drops)
{
	cleanup_buf struct buf b = {};
	struct record_hello hello = {.cpus = 2, .host = "web1"};

	stream_open(&b);
	stream_put(&b, RECORD_HELLO, &hello);
	for (u64 n = 1; n <= TICKS; n++) {
		struct record_tick t = {.number = n,
					.time_ns = n * SECOND,
					.realtime_ns = (1000000000 + n) * SECOND,
					.interval_ns = SECOND,
					.bpf_run_ns = UINT64_MAX,
					.netns_count = 1};

		for (u64 i = 1; i <= drops; i++) {
			struct record_loss l = {.time_ns = (n - 1) * SECOND + i,
						.location = 0xffffffff81000123,
						.length = (u32)(2000 - i),
						.lport = 443,
						.rport = (u16)(50000 + (n - 1) * DROPS + i),
						.segments = 1,
						.kind = LOSS_DROP,
						.family = 4,
						.proto = 6};

			stream_put(&b, RECORD_LOSS, &l);
		}
		stream_put(&b, RECORD_TICK, &t);
	}
	assert_int_equal(file_write_atomic(path, buf_at(&b), buf_len(&b), NULL), 0);
}

static void make_recording(const char *path)
{
	make_drops(path, DROPS);
}

static void make_quiet(const char *path)
{
	make_drops(path, 0);
}

static int setup(void **state)
{
	struct world *w = world_open(make_recording, (struct ui_options){.view = "drops"});

	for (int i = 0; i < 5; i++)
		tick(w);
	*state = w;
	return 0;
}

static struct table_view *list_of(struct world *w)
{
	return table_view_of(app_view(w->app));
}

/* Its number. */
static u64 selected(struct world *w)
{
	const struct loss *l = table_view_selected(list_of(w));

	return l ? l->number : 0;
}

static bool in_sight(struct world *w)
{
	const struct table_view *s = list_of(w);

	return s->top <= s->cursor && s->cursor < s->top + s->height;
}

static bool follows(struct world *w)
{
	assert_int_equal(seen(w, " follow "), table_view_follows_newest(list_of(w)));
	return table_view_follows_newest(list_of(w));
}

static void the_newest_is_first_and_followed(void **state)
{
	struct world *w = *state;

	assert_true(follows(w));
	assert_int_equal(selected(w), 50);
	tick(w);
	assert_int_equal(selected(w), 60);
	assert_int_equal(list_of(w)->cursor, 0);
	press(w, "j");
	assert_false(follows(w));
	assert_int_equal(selected(w), 59);
	tick(w);
	assert_int_equal(selected(w), 59);
	assert_true(in_sight(w));
	press(w, "F");
	assert_true(follows(w));
	assert_int_equal(selected(w), 70);
	press(w, "F");
	tick(w);
	assert_false(follows(w));
	assert_int_equal(selected(w), 70);
	press(w, "g");
	tick(w);
	assert_true(follows(w));
	assert_int_equal(selected(w), 90);
}

static void the_newest_is_last_and_followed(void **state)
{
	struct world *w = *state;
	u32 lines;

	press(w, "I");
	tick(w);
	lines = table_view_lines(list_of(w));
	assert_true(lines > list_of(w)->height);
	assert_true(follows(w));
	assert_int_equal(selected(w), 60);
	assert_int_equal(list_of(w)->cursor, lines - 1);
	assert_true(in_sight(w));
	press(w, "g");
	tick(w);
	assert_false(follows(w));
	assert_int_equal(selected(w), 1);
	assert_int_equal(list_of(w)->top, 0);
	press(w, "G");
	tick(w);
	assert_true(follows(w));
	assert_int_equal(selected(w), 80);
	press(w, "k");
	tick(w);
	assert_false(follows(w));
	assert_int_equal(selected(w), 79);
	press(w, "F");
	assert_int_equal(selected(w), 90);
	assert_true(in_sight(w));
}

/* Where a search ends, the cursor stays, the newest or not. */
static void what_was_found_is_not_left(void **state)
{
	struct world *w = *state;

	press(w, "j/:50050\n");
	assert_int_equal(selected(w), 50);
	assert_false(follows(w));
	tick(w);
	assert_int_equal(selected(w), 50);
}

/* < at the first column has nowhere to go, and does not turn the order round. */
static void the_order_stops_at_the_ends(void **state)
{
	struct world *w = *state;
	bool down;

	press(w, "I<<");
	list_sort(list_of(w)->list, &down);
	assert_false(down);
	press(w, ">>>>>>>>>>>>>>>>>>>>");
	assert_ptr_equal(list_sort(list_of(w)->list, &down),
			 list_of(w)->layout.columns[list_of(w)->layout.count - 1].column);
}

/* In another order nothing is at an end; F brings the order of time back. */
static void other_orders_follow_nothing(void **state)
{
	struct world *w = *state;

	press(w, "slength\n");
	assert_false(follows(w));
	tick(w);
	assert_int_equal(list_of(w)->top, 0);
	press(w, "F");
	assert_true(follows(w));
	assert_int_equal(selected(w), 60);
	press(w, "t");
	assert_true(table_view_is_tree(list_of(w)));
	assert_false(follows(w));
	press(w, "F");
	assert_true(seen(w, "is followed in the list, not in the tree"));
	tick(w);
	assert_int_equal(list_of(w)->cursor, 0);
}

static int setup_quiet(void **state)
{
	*state = world_open(make_quiet, (struct ui_options){.view = "drops"});
	return 0;
}

/* As long as a recording goes on nobody knows what it does not tell of. */
static void nothing_yet_is_not_nothing_at_all(void **state)
{
	struct world *w = *state;

	show(w);
	assert_true(seen(w, "looking at the drops"));
	tick(w);
	assert_true(seen(w, "none so far"));
	w->app->ended = true;
	show(w);
	assert_true(seen(w, "the recording holds no drops"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    T(the_newest_is_first_and_followed),
	    T(the_newest_is_last_and_followed),
	    T(what_was_found_is_not_left),
	    T(other_orders_follow_nothing),
	    T(the_order_stops_at_the_ends),
	    cmocka_unit_test_setup_teardown(nothing_yet_is_not_nothing_at_all, setup_quiet, teardown),
	};

	unsetenv("NO_COLOR");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
