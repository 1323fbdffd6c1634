/* The view of packets on a live stream: what the collector is asked for, and what is drawn when packets come and go. */
#include "ui_fixture.h"

#include "bounds.h"
#include "choose.h"
#include "packet_make.h"
#include "packets_view.h"
#include "view_packets.h"

#define NONE (UINT64_MAX - 1) /* no id */

/* The last trace that was asked for; none since the last call: NONE. */
static u64 last_asked(struct world *w)
{
	u64 id = NONE;
	struct record rec;
	struct error err = {};
	ssize_t n;
	void *room;

	while ((room = buf_room(&w->in, 4096)) && (n = recv(w->peer, room, 4096, MSG_DONTWAIT)) > 0)
		buf_grown(&w->in, (size_t)n);
	while (stream_next(w->decoder, &w->in, &rec, &err) == 1)
		if (rec.kind == RECORD_COMMAND && rec.command->kind == COMMAND_TRACE)
			id = rec.command->value;
	return id;
}

/* The same of sockets: UINT64_MAX is none. */
static u64 asked(struct world *w)
{
	u64 id = last_asked(w);

	return id == NONE ? UINT64_MAX : id;
}

static void put_socket(struct world *w, u64 id, u32 rtt_us)
{
	struct record_socket s = rows_tcp(id, "10.0.0.1", 443, "10.0.0.2", (u16)(50000 + id));

	s.rtt_us = rtt_us;
	rows_put(w->model, &s);
}

static void put_packet(struct world *w, u64 id, u64 number)
{
	struct record_packet r = make_packet(number, number * MS, true, 1000 + (u32)number * 10, 1, 10);

	r.id = id;
	apply(w->model, RECORD_PACKET, &r);
}

static void test_trace_while_open(void **state)
{
	struct world *w = *state;

	world_begin(w, 120, 30);
	put_socket(w, 7, 1000);
	live_tick(w);
	assert_int_equal(asked(w), UINT64_MAX);
	key(w, 'p');
	assert_int_equal(asked(w), 7);
	assert_true(seen(w, "waiting for a packet of app[100]  tcp 10.0.0.1:443 -> 10.0.0.2:50007"));
	assert_true(seen(w, "trace not on yet"));
	put_packet(w, 7, 1);
	put_packet(w, 8, 2);
	/* What has come since the tick has no numbers yet, though all are looked at anew. */
	key(w, '>');
	assert_true(seen(w, "waiting for a packet"));
	key(w, '<');
	apply(w->model, RECORD_TRACE, &(struct record_trace){.id = 7, .packets = 1, .lost = 3});
	live_tick(w);
	assert_true(seen(w, "Packets  3 lost"));
	assert_false(seen(w, "trace"));
	key(w, K_ENTER);
	assert_true(seen(w, "packet 1"));
	key(w, K_ESC);
	assert_int_equal(asked(w), UINT64_MAX);
	key(w, K_ESC);
	assert_int_equal(asked(w), 0);
}

/* From the view of one socket; and the list stays when the socket has gone. */
static void test_socket_ends(void **state)
{
	struct world *w = *state;

	world_begin(w, 120, 30);
	put_socket(w, 7, 1000);
	live_tick(w);
	key(w, K_ENTER);
	key(w, 'p');
	assert_int_equal(asked(w), 7);
	put_packet(w, 7, 1);
	live_tick(w);
	apply(w->model, RECORD_GONE, &(struct record_gone){.id = 7, .time_ns = 5});
	model_keep_closed(w->model, 0);
	live_tick(w);
	assert_true(seen(w, "app[100]  tcp 10.0.0.1:443 -> 10.0.0.2:50007  ended"));
	assert_true(seen(w, "1 packet"));
}

/* The number of the packet that the cursor is on. */
static u64 cursor_on(struct world *w)
{
	const struct packet *p = table_view_selected(table_view_of(app_view(w->app)));

	return p ? p->r.number : 0;
}

static void test_cursor(void **state)
{
	struct world *w = *state;

	world_begin(w, 120, 30);
	packets_keep(model_packets(w->model), 50);
	put_socket(w, 7, 1000);
	live_tick(w);
	key(w, 'p');
	for (u64 i = 1; i <= 40; i++)
		put_packet(w, 7, i);
	live_tick(w);
	assert_true(seen(w, "follow"));
	key(w, 'k');
	assert_int_equal(cursor_on(w), 39);
	assert_false(seen(w, "follow"));
	/* It stays on its packet while others come and the oldest go … */
	for (u64 i = 41; i <= 70; i++)
		put_packet(w, 7, i);
	live_tick(w);
	assert_int_equal(cursor_on(w), 39);
	assert_true(seen(w, "Packets  20 older not kept"));
	assert_true(seen(w, "50 packets"));
	/* … until that goes, too. */
	for (u64 i = 71; i <= 120; i++)
		put_packet(w, 7, i);
	live_tick(w);
	assert_true(cursor_on(w) > 70);
	key(w, 'F');
	assert_true(seen(w, "follow"));
	assert_int_equal(cursor_on(w), 120);
	key(w, '/');
	press(w, "no such text\nn");
	assert_true(seen(w, "not found: no such text"));
}

static void test_arm(void **state)
{
	struct world *w = *state;

	w->o.arm = "rtt > 50ms";
	world_begin(w, 120, 30);
	put_socket(w, 7, 1000);
	put_socket(w, 8, 60000);
	live_tick(w);
	assert_int_equal(asked(w), 8);
	/* Who looks at another socket has the trace; it goes back when the view is left. */
	app_show_view(w->app, &view_packets_class);
	show(w);
	assert_true(seen(w, "armed by rtt > 50ms"));
	assert_int_equal(asked(w), UINT64_MAX);
	app_pop(w->app);
	assert_int_equal(app_push(w->app, &view_packets_class, 7, NULL), 0);
	assert_int_equal(asked(w), 7);
	live_tick(w);
	key(w, K_ESC);
	assert_int_equal(asked(w), 8);
}

static void test_filter_picks(void **state)
{
	cleanup_choice struct table_choice c = choose(&socket_table, "rtt > 50ms", NULL, NULL);
	struct world *w = *state;

	w->o.view = "packets";
	w->o.whose = c.query;
	w->o.whose_text = c.text;
	world_begin(w, 120, 30);
	assert_int_equal(asked(w), UINT64_MAX);
	put_socket(w, 7, 1000);
	live_tick(w);
	assert_true(seen(w, "waiting for a socket with rtt > 50ms"));
	put_socket(w, 8, 60000);
	live_tick(w);
	assert_int_equal(asked(w), 8);
}

/* What tells which socket is asked for while the view is seen. */
static void test_filter_needs(void **state)
{
	cleanup_choice struct table_choice c = choose(&socket_table, "rx_app_p99 > 1ms", NULL, NULL);
	struct world *w = *state;

	w->o.view = "packets";
	w->o.whose = c.query;
	w->o.whose_text = c.text;
	world_begin(w, 120, 30);
	assert_int_equal(w->app->layers_asked, 1);
	key(w, '1');
	assert_int_equal(w->app->layers_asked, 0);
}

static void test_nothing_traced(void **state)
{
	struct world *w = *state;

	w->o.view = "packets";
	world_begin(w, 120, 30);
	live_tick(w);
	assert_true(seen(w, "no socket is traced"));
	apply(w->model, RECORD_FEATURE,
	      &(struct record_feature){.name = "stamp: a device's queue", .reason = "not permitted", .required = 1});
	assert_int_equal(app_push(w->app, &view_packets_class, 7, NULL), 0);
	show(w);
	assert_true(seen(w, "packets cannot be traced here"));
	assert_true(seen(w, "stamp: a device's queue: not permitted"));
}

/* -I: the view is of echo packets, and of none that are a socket's. */
static void test_echo(void **state)
{
	struct world *w = *state;
	struct record_packet r = make_packet(1, 5 * MS, true, 0, 0, 56);

	w->o.view = "packets";
	w->o.echo = true;
	world_begin(w, 120, 30);
	live_tick(w);
	assert_true(last_asked(w) == ECHO_ID);
	assert_true(seen(w, "waiting for a packet of icmp echo of this machine"));
	r.id = ECHO_ID;
	r.proto = IPPROTO_ICMP;
	r.icmp_type = 8;
	r.echo_id = 4711;
	apply(w->model, RECORD_PACKET, &r);
	put_packet(w, 8, 2);
	apply(w->model, RECORD_TRACE, &(struct record_trace){.id = ECHO_ID, .packets = 1});
	live_tick(w);
	assert_true(seen(w, "icmp echo of this machine  10.0.0.1 -> 10.0.0.2"));
	assert_true(seen(w, "1 packet "));
	assert_true(seen(w, "id 4711"));
	assert_false(seen(w, "trace not on yet"));
	/* Off with the view, on with it. */
	key(w, '1');
	assert_true(last_asked(w) == 0);
	app_show_view(w->app, &view_packets_class);
	assert_true(last_asked(w) == ECHO_ID);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_live, teardown)
	const struct CMUnitTest tests[] = {
	    T(test_trace_while_open), T(test_socket_ends),    T(test_cursor), T(test_arm),
	    T(test_filter_picks),     T(test_nothing_traced), T(test_echo),   T(test_filter_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
