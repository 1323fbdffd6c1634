/* What all views have in common: words that fit, columns that make room, an order that need not be in sight. */
#include "ui_fixture.h"

#include <math.h>

#include "choose.h"
#include "clock.h"
#include "folds.h"
#include "ui.h"

#define SOCKETS 4

/* Two ports are listened on; the second has a connection with retransmits, and one that is only waited out. */
static void make_recording(const char *path)
{
	cleanup_buf struct buf b = {};
	struct record_hello hello = {.cpus = 2, .host = "web1"};
	struct record_socket s[SOCKETS];

	stream_open(&b);
	stream_put(&b, RECORD_HELLO, &hello);
	for (u64 i = 0; i < SOCKETS; i++)
		s[i] = (struct record_socket){.id = i + 1,
					      .has = HAS_UID | (i >= 2 ? HAS_REMOTE | HAS_TCP : HAS_ACCEPT),
					      .uid = 1000,
					      .retrans = 5,
					      .accept_limit = 128,
					      .lport = i ? 443 : 22,
					      .rport = 40000,
					      .family = 4,
					      .proto = IPPROTO_TCP,
					      .dir = i >= 2 ? DIR_IN : DIR_LISTEN,
					      .state = i < 2    ? STATE_LISTEN
						       : i == 2 ? STATE_ESTABLISHED
								: STATE_TIME_WAIT};
	for (u64 n = 1; n <= 3; n++) {
		struct record_tick t = {
		    .number = n, .time_ns = n * SECOND, .realtime_ns = n * SECOND, .interval_ns = SECOND};

		for (u64 i = 0; i < SOCKETS; i++) {
			s[i].sample_ns = n * SECOND;
			stream_put(&b, RECORD_SOCKET, &s[i]);
		}
		stream_put(&b, RECORD_TICK, &t);
	}
	assert_int_equal(file_write_atomic(path, buf_at(&b), buf_len(&b), NULL), 0);
}

static int setup(void **state)
{
	*state = world_open(make_recording, (struct ui_options){});
	return 0;
}

static void each_is_explained_in_80_columns(void **state)
{
	struct world *w = *state;

	assert_int_equal(canvas_resize(&w->app->canvas, 80, 40), 0);
	tick(w);
	press(w, "v");
	for (size_t i = 0; ui_views[i]; i++)
		if (ui_views[i]->top)
			assert_true(seen(w, ui_views[i]->help));
}

static void users_have_as_many_as_are_listed(void **state)
{
	struct world *w = *state;

	tick(w);
	assert_true(seen(w, "1 in TIME-WAIT hidden"));
	press(w, "u");
	assert_true(seen(w, "1000   3 sockets"));
}

/* Rates come with the second tick, but a listener has none. */
static void only_what_comes_is_waited_for(void **state)
{
	struct world *w = *state;
	char line[2048];
	int listeners = 0, connections = 0;

	tick(w);
	for (int y = 0; y < w->app->canvas.lines; y++) {
		line_at(w, y, line);
		listeners += strstr(line, "LISTEN") && !strstr(line, "…");
		connections += strstr(line, "ESTAB") && strstr(line, "…");
	}
	assert_int_equal(listeners, 2);
	assert_int_equal(connections, 1);
}

/* Two ticks that come upon each other, as after a pause. */
static void the_share_of_no_time_is_unknown(void **state)
{
	struct world *w = *state;
	u64 from = now_ns();

	tick(w);
	tick(w);
	if (now_ns() - from < APP_MEASURE_NS)
		assert_true(isnan(w->app->cpu));
	w->app->cpu_at -= 2 * APP_MEASURE_NS;
	tick(w);
	assert_false(isnan(w->app->cpu));
}

/* Of two columns with one rank a narrow screen would keep one whatever else had to go for it. */
static void columns_have_ranks_of_their_own(void **state)
{
	for (size_t i = 0; ui_views[i]; i++) {
		const struct table *t = ui_views[i]->table;
		bool taken[TABLE_RANKS + 1] = {};

		for (size_t j = 0; t && j < t->shown_count; j++) {
			if (t->shown[j].base && taken[t->shown[j].rank])
				fail_msg("%s: %s has the rank of another", t->name, t->shown[j].name);
			taken[t->shown[j].rank] |= t->shown[j].base;
		}
	}
}

/* A fold is put in order by what is summed up, whether it is seen or not. */
static void the_order_can_be_out_of_sight(void **state)
{
	struct world *w = *state;
	cleanup_choice struct table_choice c = choose(&listeners_fold, NULL, "retrans:desc", NULL);
	struct ui_options o = {.config = w->config, .rows = &c, .view = "listeners"};
	struct cells cells = {};
	struct error err = {};
	struct model *m = fixture_new();
	struct feed *f;

	assert_int_equal(feed_replay(&f, m, w->path, 0, &err), 0);
	assert_int_equal(ui_snapshot(&o, f, m, 40, 10, &cells, &err), 0);
	/* Behind two lines of the header, one of marks and one of headings: the cursor. */
	assert_string_equal(cells.cell[4 * 40].text, ">");
	assert_string_equal(cells.cell[4 * 40 + 3].text, "4");
	free(cells.cell);
	feed_free(f);
	fixture_free(m);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    T(each_is_explained_in_80_columns),
	    T(only_what_comes_is_waited_for),
	    T(the_share_of_no_time_is_unknown),
	    T(users_have_as_many_as_are_listed),
	    cmocka_unit_test(columns_have_ranks_of_their_own),
	    T(the_order_can_be_out_of_sight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
