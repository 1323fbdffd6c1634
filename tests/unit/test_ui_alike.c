/* Rows that look alike on the screen: the network namespace comes by itself, stays a while, and goes. */
#include <sys/socket.h>
#include <unistd.h>

#include "rows.h"

#include "app.h"
#include "bounds.h"
#include "choose.h"
#include "fixture.h"
#include "table_view.h"
#include "views.h"

#define HOST 4026531840U
#define CONTAINER 4026532345U
#define STAYS 10 /* ticks */

struct world {
	struct ui_options o;
	struct model *m;
	struct feed *feed;
	struct app *app;
	struct record_socket s[2];
	u64 ticks;
	int peer;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct error err = {};
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	w->peer = fds[1];
	w->o.config = "/nonexistent/config.ini";
	w->app = calloc(1, sizeof(*w->app));
	w->m = fixture_new();
	assert_int_equal(feed_open(&w->feed, w->m, fds[0], &err), 0);
	for (u32 i = 0; i < 2; i++)
		w->s[i] = (struct record_socket){.id = i + 1,
						 .has = HAS_OWNER,
						 .netns = i ? CONTAINER : HOST,
						 .laddr = {127, 0, 0, 1},
						 .lport = 5432,
						 .pid = 100 + i,
						 .comm = "postgres",
						 .family = 4,
						 .proto = IPPROTO_TCP,
						 .state = STATE_LISTEN};
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	app_deinit(w->app);
	feed_free(w->feed);
	fixture_free(w->m);
	close(w->peer);
	free(w->app);
	free(w);
	return 0;
}

static void begin(struct world *w, int columns)
{
	struct error err = {};

	assert_int_equal(app_init(w->app, &w->o, ui_views, w->feed, w->m, true, &err), 0);
	assert_int_equal(canvas_resize(&w->app->canvas, columns, 24), 0);
}

static void tick(struct world *w, unsigned sockets)
{
	for (unsigned i = 0; i < sockets; i++)
		apply(w->m, RECORD_SOCKET, &w->s[i]);
	rows_tick(w->m, ++w->ticks);
	app_tick(w->app);
	while (!table_view_work(app_view(w->app), 0))
		;
	app_draw(w->app);
}

static bool has_netns(const struct world *w)
{
	return layout_find(&table_view_of(app_view(w->app))->layout, table_find(&socket_table, "netns")) >= 0;
}

static void it_comes_and_goes(void **state)
{
	struct world *w = *state;

	begin(w, 100);
	tick(w, 1);
	assert_false(has_netns(w));
	tick(w, 2);
	assert_true(has_netns(w));
	apply(w->m, RECORD_GONE, &(struct record_gone){.id = 2, .time_ns = 5});
	model_keep_closed(w->m, 0);
	for (unsigned i = 1; i < STAYS; i++) {
		tick(w, 1);
		assert_true(has_netns(w));
	}
	tick(w, 1);
	assert_false(has_netns(w));
}

/* The program, an end or the protocol differ: no more is needed. */
static void not_where_rows_differ(void **state)
{
	struct world *w = *state;

	begin(w, 100);
	strcpy((char *)w->s[1].comm, "nginx");
	tick(w, 2);
	assert_false(has_netns(w));
	strcpy((char *)w->s[1].comm, "postgres");
	w->s[1].lport = 5433;
	tick(w, 2);
	assert_false(has_netns(w));
	w->s[1].lport = 5432;
	w->s[1].laddr[3] = 2;
	tick(w, 2);
	assert_false(has_netns(w));
	w->s[1].laddr[3] = 1;
	w->s[1].raddr[15] = 1;
	tick(w, 2);
	assert_false(has_netns(w));
	w->s[1].raddr[15] = 0;
	w->s[1].proto = IPPROTO_UDP;
	tick(w, 2);
	assert_false(has_netns(w));
	w->s[1].proto = IPPROTO_TCP;
	w->s[1].netns = HOST;
	tick(w, 2);
	assert_false(has_netns(w));
}

/* Those that the user chose stay as they are; on 80 columns only the local end gives way: it is the same in both rows.
 */
static void at_the_cost_of_the_local_end(void **state)
{
	cleanup_choice struct table_choice c = choose(&socket_table, NULL, NULL, "pid,comm");
	struct world *w = *state;

	w->o.rows = &c;
	begin(w, 100);
	tick(w, 2);
	assert_false(has_netns(w));
	app_deinit(w->app);
	*w->app = (struct app){};
	w->o.rows = NULL;
	begin(w, 80);
	tick(w, 2);
	assert_true(has_netns(w));
	assert_int_equal(layout_find(&table_view_of(app_view(w->app))->layout, table_find(&socket_table, "local")), -1);
	assert_int_equal(table_view_of(app_view(w->app))->layout.count, 10);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    T(it_comes_and_goes),
	    T(not_where_rows_differ),
	    T(at_the_cost_of_the_local_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
