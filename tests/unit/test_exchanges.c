/* Exchanges in the model: which socket each is of, a socket's figures, and what is missing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bounds.h"
#include "exchange_table.h"
#include "exchanges_private.h"
#include "folds.h"
#include "histogram.h"
#include "sample.h"
#include "socket_get.h"
#include "socket_table.h"

static struct record_exchange served(u64 id, u64 think_ms, u64 out_ms)
{
	return (struct record_exchange){
	    .id = id,
	    .begin_ns = SEC,
	    .ns = {[EXCHANGE_IN] = 1000000, [EXCHANGE_THINK] = think_ms * 1000000, [EXCHANGE_OUT] = out_ms * 1000000},
	    .rx_bytes = 7,
	    .tx_bytes = 8,
	    .retrans = 2,
	    .role = EXCHANGE_SERVER};
}

static void put_exchange(struct model *m, struct record_exchange x)
{
	apply(m, RECORD_EXCHANGE, &x);
}

static void measured_tick(struct model *m, u64 number)
{
	const struct record_exchanges on = {.on = 1};

	apply(m, RECORD_EXCHANGES, &on);
	tick(m, number);
}

static const char *cell(const struct table *t, const void *m, const char *column, const void *row, char *text,
			size_t size)
{
	assert_non_null(row);
	if (!column_print(table_find(t, column), m, row, text, size))
		*text = '\0';
	return text;
}

#define assert_cell(table, m, row, column, wanted)                                                                     \
	do {                                                                                                           \
		char text_[256];                                                                                       \
		assert_string_equal(cell(table, m, column, row, text_, sizeof(text_)), wanted);                        \
	} while (0)
#define assert_exchange(m, number, column, wanted)                                                                     \
	assert_cell(&exchange_table, m, model_exchange(m, number), column, wanted)
#define assert_socket(m, id, column, wanted) assert_cell(&socket_table, m, row_of(m, id), column, wanted)

static void one_has_its_socket_and_its_own_bytes(void **state)
{
	struct model *m = *state;

	put(m, tcp_sample(1, 1, 1000, 2000));
	put_exchange(m, served(1, 30, 9));
	measured_tick(m, 1);
	assert_int_equal(model_exchanges_newest(m), 1);
	assert_exchange(m, 1, "role", "server");
	assert_exchange(m, 1, "outcome", "answered");
	assert_exchange(m, 1, "call_us", "40000.000");
	assert_exchange(m, 1, "think_us", "30000.000");
	assert_exchange(m, 1, "wait_us", "0.000");
	assert_exchange(m, 1, "away_us", "");
	assert_exchange(m, 1, "rx_bytes", "7");
	assert_exchange(m, 1, "tx_bytes", "8");
	assert_exchange(m, 1, "retrans", "2");
	assert_exchange(m, 1, "parts", "think 75% out 23%, 2 sent again");
	assert_exchange(m, 1, "id", "1");
	assert_socket(m, 1, "rx_bytes", "1000");
}

/* Where a connection is short its end comes later than its exchange; what no row ever comes of is counted. */
static void its_socket_can_come_later(void **state)
{
	struct model *m = *state;

	put_exchange(m, served(1, 1, 1));
	put_exchange(m, served(2, 1, 1));
	measured_tick(m, 1);
	assert_int_equal(model_exchanges_newest(m), 0);
	measured_tick(m, 2);
	put(m, tcp_sample(1, 3, 0, 0));
	measured_tick(m, 3);
	assert_int_equal(model_exchanges_newest(m), 1);
	assert_exchange(m, 1, "id", "1");
	measured_tick(m, 4);
	assert_int_equal(model_exchanges_newest(m), 1);
	assert_int_equal(model_exchanges_lost(m), 1);
	measured_tick(m, 9);
	assert_int_equal(model_exchanges_lost(m), 1);
}

static void a_sockets_figures(void **state)
{
	struct model *m = *state;

	put(m, tcp_sample(1, 1, 0, 0));
	put(m, tcp_sample(2, 1, 0, 0));
	for (u64 i = 1; i <= 100; i++)
		put_exchange(m, served(1, i, 0));
	measured_tick(m, 1);
	put(m, tcp_sample(1, 2, 0, 0));
	for (u64 i = 101; i <= 200; i++)
		put_exchange(m, served(1, i, 0));
	measured_tick(m, 2);
	assert_socket(m, 1, "exch_rate", "100");
	assert_socket(m, 1, "exch_p50_us", "101000.000");
	assert_socket(m, 1, "exch_p99_us", "199000.000");
	assert_socket(m, 1, "exch_max_us", "201000.000");
	assert_socket(m, 1, "think_p50_us", "100000.000");
	assert_socket(m, 1, "think_p99_us", "198000.000");
	assert_socket(m, 1, "in_p99_us", "1000.000");
	assert_socket(m, 1, "away_p50_us", "");
	assert_socket(m, 1, "network_share", "0.009852");
	assert_socket(m, 1, "program_share", "0.990148");
	assert_socket(m, 1, "overlap_share", "0.000000");
	assert_socket(m, 2, "exch_rate", "");
	assert_socket(m, 2, "exch_p50_us", "");
	/* What is older than ten ticks says nothing now. */
	measured_tick(m, 11);
	assert_socket(m, 1, "exch_rate", "0");
	assert_socket(m, 1, "exch_p50_us", "151000.000");
	measured_tick(m, 13);
	assert_socket(m, 1, "exch_p50_us", "");
}

/* Processes: percentiles are of all exchanges of their sockets, shares of all their time; also of those that ended. */
static void figures_of_several(void **state)
{
	struct model *m = *state;
	struct record_socket other = tcp_sample(3, 1, 0, 0);
	const void *row;
	struct folded *f;

	other.pid = 1;
	put(m, tcp_sample(1, 1, 0, 0));
	put(m, tcp_sample(2, 1, 0, 0));
	put(m, other);
	for (u64 i = 0; i < 98; i++)
		put_exchange(m, served(1, 1, 0));
	put_exchange(m, served(2, 100, 95));
	put_exchange(m, served(2, 300, 0));
	put_exchange(m, (struct record_exchange){.id = 2, .role = EXCHANGE_SERVER, .flags = EXCHANGE_OVERLAP});
	put_exchange(m, served(3, 9, 0));
	measured_tick(m, 1);
	put(m, tcp_sample(1, 2, 0, 0));
	gone(m, 2, tick_time(2));
	measured_tick(m, 2);
	assert_int_equal(fold_new(&f, &processes_fold, m), 0);
	table_each (&processes_fold, c)
		fold_want(f, c);
	while (!fold_whole(f))
		assert_int_equal(fold_work(f, 0), 1);
	row = fold_row(f, fold_find(f, group_process_key(m, row_of(m, 1))));
	assert_cell(&processes_fold, f, row, "exch_p50_us", "2000.000");
	assert_cell(&processes_fold, f, row, "exch_p99_us", "196000.000");
	assert_cell(&processes_fold, f, row, "exch_max_us", "301000.000");
	assert_cell(&processes_fold, f, row, "exch_mean_us", "6930.000");
	assert_cell(&processes_fold, f, row, "think_p99_us", "100000.000");
	assert_cell(&processes_fold, f, row, "out_p50_us", "0.000");
	assert_cell(&processes_fold, f, row, "away_p50_us", "");
	assert_cell(&processes_fold, f, row, "network_share", "0.281385");
	assert_cell(&processes_fold, f, row, "program_share", "0.718615");
	assert_cell(&processes_fold, f, row, "kernel_share", "");
	assert_cell(&processes_fold, f, row, "overlap_share", "0.009901");
	fold_free(f);
}

static void wakeups(struct model *m, u64 id, u64 ns, u32 n)
{
	const struct record_stages on = {.sample = 1};
	struct record_layers r = {.id = id};

	r.n[LAYER_RX_APP] = r.n[LAYER_RX_WAKEUP] = n;
	r.sum_ns[LAYER_RX_APP] = r.sum_ns[LAYER_RX_WAKEUP] = ns * n;
	r.buckets[LAYER_RX_APP * LAYER_BUCKETS + histogram_bucket(ns)] = n;
	r.buckets[LAYER_RX_WAKEUP * LAYER_BUCKETS + histogram_bucket(ns)] = n;
	apply(m, RECORD_STAGES, &on);
	apply(m, RECORD_LAYERS, &r);
}

/* What the layers know of wake-ups is the kernel's part, and no more than the program has waited. */
static void the_kernels_part(void **state)
{
	struct record_exchange x = served(1, 4, 1);
	struct model *m = *state;

	x.ns[EXCHANGE_WAIT] = 4000000;
	put(m, tcp_sample(1, 1, 0, 0));
	put_exchange(m, x);
	put_exchange(m, x);
	measured_tick(m, 1);
	assert_socket(m, 1, "network_share", "0.200000");
	assert_socket(m, 1, "kernel_share", "");
	assert_socket(m, 1, "program_share", "0.800000");
	wakeups(m, 1, 1000000, 7);
	measured_tick(m, 2);
	assert_socket(m, 1, "network_share", "0.200000");
	assert_socket(m, 1, "kernel_share", "0.100000");
	assert_socket(m, 1, "program_share", "0.700000");
	wakeups(m, 1, 100000000, 100);
	measured_tick(m, 3);
	assert_socket(m, 1, "kernel_share", "0.400000");
	assert_socket(m, 1, "program_share", "0.400000");
}

/* Of the wait of a single one, where it is known: nothing is another thing than not known. */
static void the_wakeup_of_one(void **state)
{
	struct record_exchange x = served(1, 4, 1);
	struct model *m = *state;

	x.ns[EXCHANGE_WAIT] = 4000000;
	x.wakeup_ns = 3000000;
	put(m, tcp_sample(1, 1, 0, 0));
	put_exchange(m, x);
	x.has = EXCHANGE_HAS_WAKEUP;
	put_exchange(m, x);
	x.wakeup_ns = 0;
	put_exchange(m, x);
	measured_tick(m, 1);
	assert_exchange(m, 1, "wakeup_us", "");
	assert_exchange(m, 1, "parts", "in 10% wait 40% think 40% out 10%, 2 sent again");
	assert_exchange(m, 2, "wakeup_us", "3000.000");
	assert_exchange(m, 2, "parts", "in 10% wait 40% (wake-up 30%) think 40% out 10%, 2 sent again");
	assert_exchange(m, 3, "wakeup_us", "0.000");
	assert_exchange(m, 3, "parts", "in 10% wait 40% think 40% out 10%, 2 sent again");
}

/* Where it is known of most, the others are like these; of fewer it is not said. */
static void the_kernels_part_of_most(void **state)
{
	struct record_exchange x = served(1, 4, 1);
	struct model *m = *state;

	x.ns[EXCHANGE_WAIT] = 4000000;
	put(m, tcp_sample(1, 1, 0, 0));
	put_exchange(m, x);
	x.has = EXCHANGE_HAS_WAKEUP;
	x.wakeup_ns = 3000000;
	put_exchange(m, x);
	put_exchange(m, x);
	measured_tick(m, 1);
	assert_socket(m, 1, "kernel_share", "");
	put_exchange(m, x);
	measured_tick(m, 2);
	assert_socket(m, 1, "kernel_share", "0.300000");
	assert_socket(m, 1, "program_share", "0.500000");
}

/* A call stands out that takes far longer than those of its socket before; once all do, none does. */
static void a_slow_one_stands_out(void **state)
{
	static const u64 think_ms[] = {5, 5, 5, 5, 5, 5, 5, 5, 14, 21, 95, 30};
	static const u8 slow[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 1};
	struct model *m = *state;
	const struct column *call = table_find(&exchange_table, "call_us");
	const struct column *max = table_find(&socket_table, "exch_max_us");

	put(m, tcp_sample(1, 1, 0, 0));
	for (size_t i = 0; i < ARRAY_SIZE(think_ms); i++)
		put_exchange(m, served(1, think_ms[i], 0));
	for (u64 i = 0; i < 60; i++)
		put_exchange(m, served(1, 80, 0));
	measured_tick(m, 1);
	for (size_t i = 0; i < ARRAY_SIZE(slow); i++)
		assert_int_equal(table_severity(&exchange_table, call, m, model_exchange(m, i + 1)), slow[i]);
	assert_int_equal(table_severity(&exchange_table, call, m, model_exchange(m, 13)), 1);
	assert_int_equal(table_severity(&exchange_table, call, m, model_exchange(m, 72)), 0);
	assert_int_equal(table_severity(&socket_table, max, m, row_of(m, 1)), 0);
	/* What is usual in microseconds may take a millisecond. */
	assert_int_equal(exchange_slowness(900000, 1000), 0);
	assert_int_equal(exchange_slowness(1001000, 1000), 2);
}

static void what_is_no_measure_has_no_times(void **state)
{
	static const struct {
		u8 flags;
		const char *outcome;
	} cases[] = {{EXCHANGE_OVERLAP, "overlap"},
		     {EXCHANGE_PARTLY, "partly"},
		     {EXCHANGE_OVERLAP | EXCHANGE_NO_ANSWER, "no_answer"},
		     {EXCHANGE_PARTLY | EXCHANGE_CUT, "cut"}};
	struct model *m = *state;

	put(m, tcp_sample(1, 1, 0, 0));
	put_exchange(m, served(1, 10, 0));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct record_exchange x = served(1, 999, 0);

		x.flags = cases[i].flags;
		put_exchange(m, x);
	}
	measured_tick(m, 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_exchange(m, i + 2, "outcome", cases[i].outcome);
		assert_exchange(m, i + 2, "call_us", "");
		assert_exchange(m, i + 2, "think_us", "");
		assert_exchange(m, i + 2, "parts", "");
		assert_int_equal(table_severity(&exchange_table, table_find(&exchange_table, "outcome"), m,
						model_exchange(m, i + 2)),
				 i >= 2);
	}
	assert_socket(m, 1, "exch_max_us", "11000.000");
	assert_socket(m, 1, "overlap_share", "0.666667");
}

static void assert_places(struct model *m)
{
	u32 rows = 0;

	for (u32 i = 0; i < exchange_end(m); i++) {
		if (!exchange_row(m, i))
			continue;
		assert_int_equal(exchange_find(m, exchange_id(exchange_row(m, i))), i);
		rows++;
	}
	assert_int_equal(exchange_rows(m, false), rows);
}

/* More than are kept: the newest are, and a tick's slowest; what nobody has seen is counted. */
static void only_the_newest_are_kept(void **state)
{
	struct model *m = *state;

	put(m, tcp_sample(1, 1, 0, 0));
	for (u64 i = 0; i < EXCHANGES_MAX + 30; i++)
		put_exchange(m, served(1, 1, 0));
	measured_tick(m, 1);
	assert_int_equal(model_exchanges_newest(m), EXCHANGES_MAX + 30);
	assert_null(model_exchange(m, 30));
	assert_non_null(model_exchange(m, 31));
	assert_int_equal(model_exchanges_lost(m), 30 - EXCHANGES_SLOW_TICK);
	assert_int_equal(exchange_rows(m, false), EXCHANGES_MAX + EXCHANGES_SLOW_TICK);
	assert_places(m);
}

/* The slowest of each tick stay when thousands have come after them, and go when many more of these have. */
static void the_slowest_are_kept_longest(void **state)
{
	struct model *m = *state;
	const struct exchange *x;
	u64 number = 1;

	put(m, tcp_sample(1, 1, 0, 0));
	for (u64 i = 1; i <= 40; i++) {
		struct record_exchange one = served(1, i == 3 ? 500 : i == 5 ? 900 : i, 0);

		one.flags = i == 3 ? EXCHANGE_CUT : i == 5 ? EXCHANGE_OVERLAP : 0;
		put_exchange(m, one);
	}
	measured_tick(m, number++);
	assert_int_equal(exchange_rows(m, false), 40);
	for (u64 i = 0; i < EXCHANGES_MAX; i++)
		put_exchange(m, served(1, 1, 0));
	measured_tick(m, number++);
	assert_null(model_exchange(m, 3));
	x = exchange_row(m, exchange_find(m, 3));
	assert_int_equal(x->number, 3);
	assert_exchange(m, 41, "call_us", "2000.000");
	assert_cell(&exchange_table, m, x, "call_us", "501000.000");
	/* Of 1 … 40 ms the largest, and the one of 500, though it was cut off. */
	assert_int_equal(exchange_find(m, 25), IDMAP_NONE);
	assert_int_not_equal(exchange_find(m, 26), IDMAP_NONE);
	assert_int_equal(model_exchanges_slow(m), EXCHANGES_SLOW_TICK);
	assert_places(m);
	for (u64 i = 0; i < MODEL_EXCHANGES_SLOW / EXCHANGES_SLOW_TICK; i++) {
		for (u64 k = 0; k < EXCHANGES_SLOW_TICK; k++)
			put_exchange(m, served(1, 1, 0));
		measured_tick(m, number++);
	}
	assert_int_equal(exchange_find(m, 3), IDMAP_NONE);
	assert_places(m);
}

/* Of a connection over loopback. */
static struct record_socket end_of(u64 id, u64 number, bool server, u32 netns)
{
	struct record_socket s = tcp_sample(id, number, 0, 0);

	memset(s.laddr, 0, sizeof(s.laddr));
	memset(s.raddr, 0, sizeof(s.raddr));
	s.laddr[0] = s.raddr[0] = 127;
	s.laddr[3] = s.raddr[3] = 1;
	s.lport = server ? 80 : 40000;
	s.rport = server ? 40000 : 80;
	s.netns = netns;
	s.dir = server ? DIR_IN : DIR_OUT;
	return s;
}

static struct record_exchange asked(u64 id, u64 begin_ns, u64 away_ms)
{
	return (struct record_exchange){
	    .id = id, .begin_ns = begin_ns, .ns = {[EXCHANGE_AWAY] = away_ms * 1000000}, .role = EXCHANGE_CLIENT};
}

static struct record_exchange answered(u64 id, u64 begin_ns, u64 think_ms)
{
	struct record_exchange x = served(id, think_ms, 0);

	x.begin_ns = begin_ns;
	x.ns[EXCHANGE_IN] = 0;
	x.retrans = 0;
	return x;
}

/* Both ends are here: one call, told by the client with the parts of the server, which is there for who asks. */
static void both_ends_are_one(void **state)
{
	struct model *m = *state;

	put(m, end_of(1, 1, false, 7));
	put(m, end_of(2, 1, true, 7));
	/* The same addresses elsewhere are somebody else's. */
	put(m, end_of(3, 1, true, 8));
	put_exchange(m, asked(1, SEC, 10));
	put_exchange(m, answered(3, SEC + 1000, 3));
	put_exchange(m, answered(2, SEC + 1000, 9));
	put_exchange(m, answered(2, 2 * SEC + 1000, 18));
	put_exchange(m, asked(1, 2 * SEC, 20));
	/* Nobody's answer: it came before it was asked for. */
	put_exchange(m, answered(2, 4 * SEC, 1));
	put_exchange(m, asked(1, 5 * SEC, 10));
	measured_tick(m, 1);
	assert_exchange(m, 1, "other", "3");
	assert_exchange(m, 1, "parts", "away 100% (think 90%)");
	assert_exchange(m, 2, "other", "");
	assert_exchange(m, 3, "other", "1");
	assert_exchange(m, 3, "parts", "think 100%");
	assert_exchange(m, 4, "other", "5");
	assert_exchange(m, 5, "parts", "away 100% (think 90%)");
	assert_exchange(m, 6, "other", "");
	assert_exchange(m, 7, "other", "");
	for (u64 i = 1; i <= 7; i++)
		assert_int_equal(exchange_table.waiting(model_exchange(m, i)), i == 3 || i == 4);
	assert_int_equal(exchange_table.waiting_rows(m), 2);
	assert_int_equal(model_exchanges_calls(m), 5);
	assert_int_equal(exchange_rows(m, false), 7);
	measured_tick(m, 2);
	put_exchange(m, asked(1, 6 * SEC, 10));
	measured_tick(m, 3);
	assert_near(model_exchanges_rate(m), 1);
	put_exchange(m, answered(2, 6 * SEC, 10));
	measured_tick(m, 4);
	assert_near(model_exchanges_rate(m), 0);
	assert_int_equal(exchange_table.waiting_rows(m), 3);
	/* What goes is not hidden any more. */
	for (u64 i = 0; i < EXCHANGES_MAX; i++)
		put_exchange(m, asked(1, 9 * SEC, 1));
	measured_tick(m, 5);
	assert_int_equal(m->exchanges->behind, 0);
	assert_places(m);
}

/* Over other addresses the ends may be in different namespaces; but not if others have the same ends there. */
static void both_ends_in_two_namespaces(void **state)
{
	struct record_socket client, server, twin;
	struct model *m = *state;

	client = end_of(1, 1, false, 7);
	server = end_of(2, 1, true, 8);
	client.laddr[0] = client.raddr[0] = server.laddr[0] = server.raddr[0] = 10;
	twin = server;
	twin.id = 3;
	twin.netns = 9;
	put(m, client);
	put(m, server);
	put(m, twin);
	put_exchange(m, asked(1, SEC, 10));
	put_exchange(m, answered(2, SEC, 9));
	measured_tick(m, 1);
	assert_exchange(m, 1, "other", "2");
	client.id = 4;
	put(m, client);
	put_exchange(m, asked(4, 2 * SEC, 10));
	put_exchange(m, answered(3, 2 * SEC, 9));
	measured_tick(m, 2);
	assert_exchange(m, 3, "other", "");
	assert_exchange(m, 4, "other", "");
}

/* Of a connection that was over before its exchanges came. */
static void both_ends_of_short_ones(void **state)
{
	struct model *m = *state;

	put(m, end_of(1, 1, false, 7));
	put(m, end_of(2, 1, true, 7));
	measured_tick(m, 1);
	gone(m, 1, tick_time(2));
	gone(m, 2, tick_time(2));
	put_exchange(m, answered(2, SEC, 9));
	put_exchange(m, asked(1, SEC, 10));
	measured_tick(m, 2);
	assert_exchange(m, 2, "other", "1");
	model_keep_closed(m, 0);
	assert_int_equal(m->exchanges->flows.used, 0);
}

/* Two sockets' do not mix, and a row that is dropped leaves its place to another. */
static void each_socket_has_its_own(void **state)
{
	struct model *m = *state;

	model_keep_closed(m, 0);
	measured_tick(m, 1);
	for (u64 number = 2; number < 8; number += 2) {
		u64 a = 10 * number + 1, b = a + 1;

		put(m, tcp_sample(a, number, 0, 0));
		put(m, tcp_sample(b, number, 0, 0));
		put_exchange(m, served(a, 5, 0));
		put_exchange(m, served(b, 50, 0));
		put_exchange(m, served(a, 7, 0));
		measured_tick(m, number);
		assert_socket(m, a, "exch_max_us", "8000.000");
		assert_socket(m, a, "exch_rate", "2");
		assert_socket(m, b, "exch_max_us", "51000.000");
		assert_socket(m, b, "exch_rate", "1");
		gone(m, a, tick_time(number));
		gone(m, b, tick_time(number));
		measured_tick(m, number + 1);
		assert_null(row_of(m, a));
	}
	assert_int_equal(m->exchanges->end, 2);
}

static void off_there_are_none(void **state)
{
	const struct record_exchanges off = {.on = 0, .lost = 3, .untold = 4};
	struct model *m = *state;

	measured_tick(m, 1);
	put(m, tcp_sample(1, 2, 0, 0));
	put_exchange(m, served(1, 5, 0));
	measured_tick(m, 2);
	assert_near(model_exchanges_rate(m), 1);
	apply(m, RECORD_EXCHANGES, &off);
	tick(m, 3);
	assert_false(model_exchanges_on(m));
	assert_true(isnan(model_exchanges_rate(m)));
	assert_socket(m, 1, "exch_p50_us", "");
	assert_int_equal(model_exchanges_lost(m), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(one_has_its_socket_and_its_own_bytes, model_setup, model_teardown),
	    cmocka_unit_test_setup_teardown(its_socket_can_come_later, model_setup, model_teardown),
	    cmocka_unit_test_setup_teardown(a_sockets_figures, model_setup, model_teardown),
	    cmocka_unit_test_setup_teardown(figures_of_several, model_setup, model_teardown),
	    cmocka_unit_test_setup_teardown(the_kernels_part, model_setup, model_teardown),
	    cmocka_unit_test_setup_teardown(the_kernels_part_of_most, model_setup, model_teardown),
	    cmocka_unit_test_setup_teardown(the_wakeup_of_one, model_setup, model_teardown),
	    cmocka_unit_test_setup_teardown(a_slow_one_stands_out, model_setup, model_teardown),
	    cmocka_unit_test_setup_teardown(what_is_no_measure_has_no_times, model_setup, model_teardown),
	    cmocka_unit_test_setup_teardown(only_the_newest_are_kept, model_setup, model_teardown),
	    cmocka_unit_test_setup_teardown(the_slowest_are_kept_longest, model_setup, model_teardown),
	    cmocka_unit_test_setup_teardown(both_ends_are_one, model_setup, model_teardown),
	    cmocka_unit_test_setup_teardown(both_ends_in_two_namespaces, model_setup, model_teardown),
	    cmocka_unit_test_setup_teardown(both_ends_of_short_ones, model_setup, model_teardown),
	    cmocka_unit_test_setup_teardown(each_socket_has_its_own, model_setup, model_teardown),
	    cmocka_unit_test_setup_teardown(off_there_are_none, model_setup, model_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
