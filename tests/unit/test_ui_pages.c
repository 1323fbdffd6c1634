/* Pages of what is over: of a connection that only Lives still knows, with its black box; of a process that has no
 * socket any more; and what a page asks the collector for. */
#include "ui_fixture.h"

#include "bounds.h"
#include "lives.h"

static void open_world(struct world *w, const char *view)
{
	w->o.view = view;
	world_begin(w, 100, 30);
	rows_tick(w->model, ++w->ticks);
}

static struct record_socket connection(u64 id)
{
	struct record_socket s = rows_tcp(id, "10.0.0.1", 1000, "10.0.0.2", 443);

	s.sample_ns = (u64)2 * SECOND;
	return s;
}

static void put_end(struct world *w, u64 id)
{
	struct record_socket s = connection(id);
	struct record_loss l = {.id = id,
				.time_ns = 2 * SECOND - 5 * SECOND / 1000,
				.kind = LOSS_RESET_RECEIVED,
				.flags = LOSS_SOCKET,
				.family = 4,
				.proto = IPPROTO_TCP};

	s.flags = SOCKET_ENDED | SOCKET_ABORTED;
	s.state = STATE_CLOSE;
	s.last_state = STATE_ESTABLISHED;
	s.ended_by = ENDED_RESET_RECEIVED;
	s.ended_ns = 2 * SECOND;
	apply(w->model, RECORD_LOSS, &l);
	apply(w->model, RECORD_SOCKET, &s);
}

static void of_a_connection_that_only_lives_knows(void **state)
{
	struct world *w = *state;

	open_world(w, "lives");
	model_keep_closed(w->model, 0);
	put_end(w, 7);
	live_tick(w);
	assert_int_equal(model_find(w->model, 7), IDMAP_NONE);
	press(w, "g\n");
	assert_true(seen(w, "10.0.0.1:1000 -> 10.0.0.2:443"));
	assert_true(seen(w, "reset by the peer"));
	assert_true(seen(w, "reset received"));
	assert_true(seen(w, "end: reset-received"));
	/* It stays as long as somebody looks at it. */
	for (u64 id = 100; id < 100 + LIVES_MAX; id++)
		put_end(w, id);
	live_tick(w);
	assert_null(model_life(w->model, 1));
	assert_true(seen(w, "reset by the peer"));
}

/* The last command of this kind that was sent; ~0: none was. */
static u64 asked(struct world *w, u64 kind)
{
	struct record rec;
	u64 value = ~0ULL;
	ssize_t n;

	while ((n = read(w->peer, buf_room(&w->in, 4096), 4096)) > 0)
		buf_grown(&w->in, (size_t)n);
	while (stream_next(w->decoder, &w->in, &rec, NULL) > 0)
		if (rec.kind == RECORD_COMMAND && rec.command->kind == kind)
			value = rec.command->value;
	return value;
}

static void of_a_process(void **state)
{
	struct record_cmdline line = {.pid = 100, .whole = 1};
	struct world *w = *state;
	struct record_socket s = connection(7);

	open_world(w, "processes");
	apply(w->model, RECORD_SOCKET, &s);
	apply(w->model, RECORD_PROCESS, &(struct record_process){.pid = 100, .start_ns = SECOND, .exe = "/bin/app"});
	live_tick(w);
	press(w, "gi");
	assert_true(seen(w, "app[100]"));
	assert_true(seen(w, "/bin/app"));
	assert_int_equal(asked(w, COMMAND_CMDLINE), 100);
	memset(line.text, 'x', 300);
	memcpy(&line.text[300], " --end", 6);
	apply(w->model, RECORD_CMDLINE, &line);
	live_tick(w);
	assert_true(seen(w, " --end"));
	put_end(w, 7);
	live_tick(w);
	assert_true(seen(w, "app[100]")); /* what it did last belongs to this tick */
	model_keep_closed(w->model, 0);
	live_tick(w);
	live_tick(w);
	assert_true(seen(w, "it has no socket any more"));
	key(w, K_ESC);
	assert_int_equal(asked(w, COMMAND_CMDLINE), 0);
}

/* The programs that measure calls run while a page tells of them, not for the overview's sake. */
static void calls_are_measured(void **state)
{
	struct world *w = *state;
	struct record_socket s = connection(7);

	open_world(w, "overview");
	apply(w->model, RECORD_SOCKET, &s);
	live_tick(w);
	assert_int_equal(w->app->exchanges_asked, 0);
	key(w, '1');
	assert_int_equal(w->app->exchanges_asked, 0);
	press(w, "g\n");
	assert_int_equal(w->app->exchanges_asked, 1);
	press(w, "i");
	assert_int_equal(w->app->exchanges_asked, 1);
	key(w, K_ESC);
	key(w, K_ESC);
	assert_int_equal(w->app->exchanges_asked, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_live, teardown)
	const struct CMUnitTest tests[] = {
	    T(of_a_connection_that_only_lives_knows),
	    T(of_a_process),
	    T(calls_are_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
