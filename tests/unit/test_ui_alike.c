/* Rows that look alike on the screen: the network namespace comes by itself, stays a while, and goes. */
#include "ui_fixture.h"

#include "bounds.h"
#include "choose.h"

#define HOST 4026531840U
#define CONTAINER 4026532345U
#define STAYS 10 /* ticks */

static struct record_socket sockets[2];

static int setup(void **state)
{
	for (u32 i = 0; i < 2; i++)
		sockets[i] = (struct record_socket){.id = i + 1,
						    .has = HAS_OWNER,
						    .netns = i ? CONTAINER : HOST,
						    .laddr = {127, 0, 0, 1},
						    .lport = 5432,
						    .pid = 100 + i,
						    .comm = "postgres",
						    .family = 4,
						    .proto = IPPROTO_TCP,
						    .state = STATE_LISTEN};
	return world_live(state);
}

static void tick_with(struct world *w, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		apply(w->model, RECORD_SOCKET, &sockets[i]);
	live_tick(w);
}

static bool has_netns(const struct world *w)
{
	return layout_find(&table_view_of(app_view(w->app))->layout, table_find(&socket_table, "netns")) >= 0;
}

static void it_comes_and_goes(void **state)
{
	struct world *w = *state;

	world_begin(w, 100, 24);
	tick_with(w, 1);
	assert_false(has_netns(w));
	tick_with(w, 2);
	assert_true(has_netns(w));
	apply(w->model, RECORD_GONE, &(struct record_gone){.id = 2, .time_ns = 5});
	model_keep_closed(w->model, 0);
	for (unsigned i = 1; i < STAYS; i++) {
		tick_with(w, 1);
		assert_true(has_netns(w));
	}
	tick_with(w, 1);
	assert_false(has_netns(w));
}

/* The program, an end or the protocol differ: no more is needed. */
static void not_where_rows_differ(void **state)
{
	struct world *w = *state;

	world_begin(w, 100, 24);
	strcpy((char *)sockets[1].comm, "nginx");
	tick_with(w, 2);
	assert_false(has_netns(w));
	strcpy((char *)sockets[1].comm, "postgres");
	sockets[1].lport = 5433;
	tick_with(w, 2);
	assert_false(has_netns(w));
	sockets[1].lport = 5432;
	sockets[1].laddr[3] = 2;
	tick_with(w, 2);
	assert_false(has_netns(w));
	sockets[1].laddr[3] = 1;
	sockets[1].raddr[15] = 1;
	tick_with(w, 2);
	assert_false(has_netns(w));
	sockets[1].raddr[15] = 0;
	sockets[1].proto = IPPROTO_UDP;
	tick_with(w, 2);
	assert_false(has_netns(w));
	sockets[1].proto = IPPROTO_TCP;
	sockets[1].netns = HOST;
	tick_with(w, 2);
	assert_false(has_netns(w));
}

/* Those that the user chose stay as they are; on 80 columns only the local end gives way: it is the same in both rows.
 */
static void at_the_cost_of_the_local_end(void **state)
{
	cleanup_choice struct table_choice c = choose(&socket_table, NULL, NULL, "pid,comm");
	struct world *w = *state;

	w->o.rows = &c;
	world_begin(w, 100, 24);
	tick_with(w, 2);
	assert_false(has_netns(w));
	app_deinit(w->app);
	*w->app = (struct app){};
	w->o.rows = NULL;
	world_begin(w, 80, 24);
	tick_with(w, 2);
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
