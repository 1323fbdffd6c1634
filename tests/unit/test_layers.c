/* The layers: percentiles against an exact sort, spans, merged layers, counters that begin anew, history. */
#include "layers_fixture.h"
#include "layer_table.h"

/* -- figures ------------------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

/* Within the bucket of the exact value, and never above the longest. */
static void check_percentiles(struct model *m, u64 (*next)(void), u64 id)
{
	struct record_layers r = {.id = id};
	struct histogram_figures f;
	u64 v[SAMPLES], sum = 0;
	unsigned b;

	for (size_t i = 0; i < SAMPLES; i++) {
		v[i] = next();
		sum += v[i];
		add(&r, LAYER_RX_TCP, v[i], 1);
	}
	qsort(v, SAMPLES, sizeof(v[0]), compare);
	put(m, &r);
	rows_tick(m, id);
	f = figures(m, id, LAYER_RX_TCP, LAYERS_SINCE);
	assert_int_equal(f.n, SAMPLES);
	assert_int_equal(f.max_ns, v[SAMPLES - 1]);
	assert_true(fabs(f.mean_ns - (double)sum / SAMPLES) < 1e-3 * f.mean_ns);
	b = histogram_bucket(v[SAMPLES / 2 - 1]);
	assert_in_range(f.p50_ns, histogram_bucket_start(b), MIN(histogram_bucket_start(b + 1), f.max_ns));
	b = histogram_bucket(v[SAMPLES * 99 / 100 - 1]);
	assert_in_range(f.p99_ns, histogram_bucket_start(b), MIN(histogram_bucket_start(b + 1), f.max_ns));
	assert_true(f.p50_ns <= f.p99_ns && f.p99_ns <= f.max_ns);
}

static u64 next_even(void)
{
	return 1000 + random_next() % 100000;
}

static u64 next_long_tailed(void)
{
	return (u64)(2000 * exp(3 * random_unit() * random_unit() * 4));
}

/* Below the first bucket's end and above the last one's beginning. */
static u64 next_extreme(void)
{
	return random_next() % 2 ? random_next() % 128 : (60ULL << 30) + random_next() % 1000;
}

static void percentiles_lie_in_their_bucket(void **state)
{
	check_percentiles(*state, next_even, 1);
	check_percentiles(*state, next_long_tailed, 2);
}

static void percentiles_of_the_extremes(void **state)
{
	check_percentiles(*state, next_extreme, 1);
}

static void interpolation_is_near(void **state)
{
	struct record_layers r = {.id = 1};
	struct histogram_figures f;

	for (u64 ns = 1024; ns < 2048; ns++)
		add(&r, LAYER_RX_IP, ns, 10);
	put(*state, &r);
	rows_tick(*state, 1);
	f = figures(*state, 1, LAYER_RX_IP, LAYERS_SINCE);
	assert_in_range(f.p50_ns, 1530, 1542);
	assert_in_range(f.p99_ns, 2030, 2047);
}

static void one_packet(void **state)
{
	struct record_layers r = {.id = 1};
	struct histogram_figures f;

	add(&r, LAYER_TX_NIC, 5000, 1);
	put(*state, &r);
	rows_tick(*state, 1);
	f = figures(*state, 1, LAYER_TX_NIC, LAYERS_TICK);
	assert_int_equal(f.n, 1);
	assert_int_equal(f.max_ns, 5000);
	assert_true(f.p50_ns <= 5000 && f.p99_ns <= 5000 && f.p50_ns >= 4096);
	assert_false(known(*state, 1, LAYER_RX_MAC, LAYERS_SINCE));
}

/* -- spans --------------------------------------------------------------------------------------------------------- */

static void spans_look_back_as_far_as_they_say(void **state)
{
	struct model *m = *state;
	struct record_layers r = {.id = 1};
	u64 t = 1;

	add(&r, LAYER_RX_APP, 900 * USEC, 100);
	put(m, &r);
	rows_tick(m, t++);
	for (; t <= 30; t++) {
		add(&r, LAYER_RX_APP, 10 * USEC, 10);
		put(m, &r);
		rows_tick(m, t);
		assert_int_equal(figures(m, 1, LAYER_RX_APP, LAYERS_TICK).n, 10);
		assert_true(figures(m, 1, LAYER_RX_APP, LAYERS_TICK).max_ns < 13 * USEC);
		/* The longest of all is exact as long as it is within the span. */
		if (t <= SLIDING_RECENT_TICKS / 2)
			assert_int_equal(figures(m, 1, LAYER_RX_APP, LAYERS_RECENT).max_ns, 900 * USEC);
	}
	assert_in_range(figures(m, 1, LAYER_RX_APP, LAYERS_RECENT).n, 50, 100);
	assert_true(figures(m, 1, LAYER_RX_APP, LAYERS_RECENT).max_ns < 13 * USEC);
	assert_true(layer_mean(m, layers_row(of(m, 1), LAYER_RX_APP), LAYERS_RECENT) == 10000.0);
	assert_int_equal(figures(m, 1, LAYER_RX_APP, LAYERS_SINCE).n, 100 + 29 * 10);
	assert_int_equal(figures(m, 1, LAYER_RX_APP, LAYERS_SINCE).max_ns, 900 * USEC);
}

static void silence_ages(void **state)
{
	struct model *m = *state;
	struct record_layers r = {.id = 1}, machine = {.id = 0};
	u64 t = 1;

	for (; t <= 8; t++) {
		add(&r, LAYER_RX_APP, 10 * USEC, 10);
		put(m, &r);
		rows_tick(m, t);
	}
	for (u64 quiet = 1; quiet < SLIDING_RECENT_TICKS; quiet++, t++) {
		add(&machine, LAYER_RX_APP, 10 * USEC, 1);
		put(m, &machine);
		rows_tick(m, t);
		assert_false(known(m, 1, LAYER_RX_APP, LAYERS_TICK));
		assert_true(known(m, 1, LAYER_RX_APP, LAYERS_RECENT));
	}
	rows_tick(m, t++);
	assert_false(known(m, 1, LAYER_RX_APP, LAYERS_RECENT));
	assert_int_equal(figures(m, 1, LAYER_RX_APP, LAYERS_SINCE).n, 80);
	/* And it comes back with what is new alone. */
	add(&r, LAYER_RX_APP, 10 * USEC, 3);
	put(m, &r);
	rows_tick(m, t++);
	assert_int_equal(figures(m, 1, LAYER_RX_APP, LAYERS_TICK).n, 3);
	assert_int_equal(figures(m, 1, LAYER_RX_APP, LAYERS_RECENT).n, 3);
}

static void counters_that_fell_begin_anew(void **state)
{
	struct model *m = *state;
	struct record_layers r = {.id = 1}, again = {.id = 1};

	stages(m, 1, 0, 0);
	add(&r, LAYER_RX_APP, 900 * USEC, 100);
	put(m, &r);
	rows_tick(m, 1);
	add(&again, LAYER_RX_APP, 10 * USEC, 5);
	put(m, &again);
	rows_tick(m, 2);
	for (int span = LAYERS_TICK; span <= LAYERS_SINCE; span++) {
		assert_int_equal(figures(m, 1, LAYER_RX_APP, span).n, 5);
		assert_int_equal(figures(m, 1, LAYER_RX_APP, span).max_ns, 10 * USEC);
	}
}

static void off_and_on_begins_anew(void **state)
{
	struct model *m = *state;
	struct record_layers r = {.id = 1}, again = {.id = 1};

	stages(m, 1, 0, 0);
	add(&r, LAYER_RX_APP, 10 * USEC, 5);
	put(m, &r);
	rows_tick(m, 1);
	/* Its last word may come before or after the last histograms. */
	stages(m, 0, 0, 0);
	put(m, &r);
	rows_tick(m, 2);
	assert_false(model_layers_on(m));
	assert_false(known(m, 1, LAYER_RX_APP, LAYERS_SINCE));
	assert_true(isnan(layer_mean(m, layers_row(of(m, 1), LAYER_RX_APP), LAYERS_SINCE)));
	/* More than before: the counts alone would not tell. */
	add(&again, LAYER_RX_APP, 20 * USEC, 50);
	stages(m, 1, 0, 0);
	put(m, &again);
	rows_tick(m, 3);
	assert_int_equal(figures(m, 1, LAYER_RX_APP, LAYERS_TICK).n, 50);
	assert_true(layer_mean(m, layers_row(of(m, 1), LAYER_RX_APP), LAYERS_SINCE) == 20000.0);
}

static void histograms_may_come_before_their_stages(void **state)
{
	struct model *m = *state;
	struct record_layers r = {.id = 1};

	add(&r, LAYER_RX_APP, 10 * USEC, 5);
	put(m, &r);
	stages(m, 7, 0, 0);
	rows_tick(m, 1);
	assert_int_equal(figures(m, 1, LAYER_RX_APP, LAYERS_SINCE).n, 5);
	assert_int_equal(model_stages(m)->sample, 7);
}

/* 2^32 packets of one bucket: differences stay right, and the percentiles of all are not made up. */
static void buckets_that_wrap_around(void **state)
{
	struct model *m = *state;
	struct record_layers r = {.id = 1};

	add(&r, LAYER_RX_APP, 10 * USEC, UINT32_MAX - 5);
	put(m, &r);
	rows_tick(m, 1);
	add(&r, LAYER_RX_APP, 10 * USEC, 100);
	put(m, &r);
	rows_tick(m, 2);
	assert_int_equal(figures(m, 1, LAYER_RX_APP, LAYERS_TICK).n, 100);
	assert_false(known(m, 1, LAYER_RX_APP, LAYERS_SINCE));
	assert_true(layer_mean(m, layers_row(of(m, 1), LAYER_RX_APP), LAYERS_SINCE) == 10000.0);
}

/* -- merged, shares ------------------------------------------------------------------------------------------------ */

static void merged_layers_have_no_figures(void **state)
{
	struct model *m = *state;
	struct record_layers r = {.id = 1};

	stages(m, 1, 1U << LAYER_RX_MAC | 1U << LAYER_RX_IP | 1U << LAYER_TX_IP, 1U << LAYER_TX_NIC);
	for (int i = 0; i < LAYER_PARTS; i++)
		add(&r, (enum layer)i, 4 * USEC, 10);
	put(m, &r);
	rows_tick(m, 1);
	assert_false(known(m, 1, LAYER_RX_MAC, LAYERS_SINCE));
	assert_false(known(m, 1, LAYER_RX_IP, LAYERS_SINCE));
	assert_false(known(m, 1, LAYER_TX_IP, LAYERS_SINCE));
	assert_false(known(m, 1, LAYER_TX_NIC, LAYERS_SINCE));
	assert_int_equal(model_layer_state(m, LAYER_TX_NIC), LAYER_ABSENT);
	assert_int_equal(model_layer_includes(m, LAYER_RX_TCP), 1U << LAYER_RX_MAC | 1U << LAYER_RX_IP);
	assert_int_equal(model_layer_includes(m, LAYER_RX_APP), 0);
	assert_int_equal(model_layer_includes(m, LAYER_TX_TCP), 0);
	assert_int_equal(model_layer_includes(m, LAYER_TX_QDISC), 1U << LAYER_TX_IP);
	assert_true(layer_share(m, layers_row(of(m, 1), LAYER_RX_APP), LAYERS_SINCE) == 0.5);
	assert_true(isnan(layer_share(m, layers_row(of(m, 1), LAYER_RX_IP), LAYERS_SINCE)));
}

static void expect(const struct model *m, const struct layers *l, enum layer layer, const char *wakeup_share)
{
	char text[32] = "";

	column_print(table_find(&layer_table, "wakeup_share"), m, layers_row(l, layer), text, sizeof(text));
	assert_string_equal(text, wakeup_share);
}

static void shares_add_up(void **state)
{
	struct model *m = *state;
	struct record_layers r = {.id = 1};
	double sum = 0;

	add(&r, LAYER_RX_MAC, 2 * USEC, 10);
	add(&r, LAYER_RX_IP, 3 * USEC, 10);
	add(&r, LAYER_RX_TCP, 5 * USEC, 10);
	add(&r, LAYER_RX_APP, 90 * USEC, 5);
	add(&r, LAYER_TX_TCP, 7 * USEC, 10);
	add(&r, LAYER_RX_WAKEUP, 50 * USEC, 5);
	add(&r, LAYER_RX_GRO, 1 * USEC, 5);
	add(&r, LAYER_TX_ACK, 40 * USEC, 3);
	put(m, &r);
	rows_tick(m, 1);
	for (int i = LAYER_RX_MAC; i <= LAYER_RX_APP; i++)
		sum += layer_share(m, layers_row(of(m, 1), i), LAYERS_RECENT);
	assert_true(fabs(sum - 1) < 1e-9);
	assert_true(fabs(layer_share(m, layers_row(of(m, 1), LAYER_RX_APP), LAYERS_RECENT) - 0.9) < 1e-9);
	assert_true(layer_share(m, layers_row(of(m, 1), LAYER_TX_TCP), LAYERS_RECENT) == 1);
	assert_true(layers_time(m, of(m, 1), LAYERS_RX, LAYERS_RECENT) == 100e3 + 450e3);
	assert_true(layers_time(m, of(m, 1), LAYERS_RX | LAYERS_TX, LAYERS_RECENT) == 100e3 + 450e3 + 70e3);
	assert_true(layers_time(m, of(m, 2), LAYERS_RX, LAYERS_RECENT) == 0);
	/* A part is spread over all packets of its layer; one that never was is not known, nor is the part of nothing.
	 */
	assert_true(layers_part(m, of(m, 1), LAYER_RX_GRO, LAYERS_RECENT) == 500);
	assert_true(layers_part(m, of(m, 1), LAYER_RX_WAKEUP, LAYERS_RECENT) == 50e3);
	assert_true(isnan(layers_part(m, of(m, 1), LAYER_TX_DIRECT, LAYERS_RECENT)));
	assert_true(isnan(layers_part(m, of(m, 1), LAYER_RX_MAC, LAYERS_RECENT)));
	expect(m, of(m, 1), LAYER_RX_APP, "0.555556");
	expect(m, of(m, 1), LAYER_RX_TCP, "");
	/* What is part of none stands for itself. */
	assert_true(layers_part(m, of(m, 1), LAYER_TX_ACK, LAYERS_RECENT) == 40e3);
	assert_true(isnan(layer_share(m, layers_row(of(m, 1), LAYER_TX_ACK), LAYERS_RECENT)));
}

static void parts_that_cannot_be_had(void **state)
{
	struct model *m = *state;
	struct record_layers r = {.id = 1};
	struct record_stages s = {.sample = 1, .absent = 1U << LAYER_TX_DIRECT};

	add(&r, LAYER_TX_QDISC, 9 * USEC, 10);
	add(&r, LAYER_TX_DIRECT, 2 * USEC, 10);
	add(&r, LAYER_TX_PACED, 4 * USEC, 5);
	put(m, &r);
	apply(m, RECORD_STAGES, &s);
	rows_tick(m, 1);
	assert_true(isnan(layers_part(m, of(m, 1), LAYER_TX_DIRECT, LAYERS_RECENT)));
	assert_true(layers_part(m, of(m, 1), LAYER_TX_PACED, LAYERS_RECENT) == 2000);
	assert_string_equal(layer_name(LAYER_TX_DIRECT), "tx_direct");
	assert_string_equal(layer_short_name(LAYER_RX_GRO), "gro");
}

/* -- history ------------------------------------------------------------------------------------------------------- */

static void history_is_kept_of_the_machine_and_of_who_is_watched(void **state)
{
	struct model *m = *state;
	struct record_layers machine = {}, r = {.id = 1};

	model_layers_watch(m, 1);
	model_layers_watch(m, 777);
	for (u64 t = 1; t <= LAYERS_HISTORY + 5; t++) {
		add(&machine, LAYER_RX_APP, 10 * USEC, (u32)t);
		put(m, &machine);
		if (t % 2) {
			add(&r, LAYER_RX_APP, 10 * USEC, 1);
			put(m, &r);
		}
		rows_tick(m, t);
	}
	for (unsigned age = 0; age < LAYERS_HISTORY; age++) {
		unsigned b = histogram_bucket(10 * USEC);

		assert_int_equal(model_layers_heat(m, 0, LAYER_RX_APP, age)[b], LAYERS_HISTORY + 5 - age);
		assert_int_equal(model_layers_heat(m, 1, LAYER_RX_APP, age)[b], age % 2 ? 0 : 1);
		assert_int_equal(model_layers_heat(m, 0, LAYER_RX_MAC, age)[b], 0);
	}
	assert_null(model_layers_heat(m, 0, LAYER_RX_APP, LAYERS_HISTORY));
	assert_null(model_layers_heat(m, 2, LAYER_RX_APP, 0));
	assert_null(model_layers_heat(m, 777, LAYER_RX_APP, 0));
}

static void who_was_looked_at_longest_ago_goes(void **state)
{
	struct model *m = *state;
	struct record_socket s = rows_tcp(0, "10.0.0.1", 443, "10.0.0.2", 4000);
	struct record_layers machine = {};

	for (u64 id = 10; id < 10 + LAYERS_WATCHED; id++) {
		s.id = id;
		rows_put(m, &s);
		model_layers_watch(m, id);
	}
	model_layers_watch(m, 10);
	model_layers_watch(m, 1);
	put(m, &machine);
	rows_tick(m, 1);
	assert_non_null(model_layers_heat(m, 10, LAYER_RX_APP, 0));
	assert_null(model_layers_heat(m, 11, LAYER_RX_APP, 0));
	assert_non_null(model_layers_heat(m, 12, LAYER_RX_APP, 0));
	assert_non_null(model_layers_heat(m, 1, LAYER_RX_APP, 0));
}

/* Echo packets are a row of their own, part of no socket and not of the machine; it is reset with the layers. */
static void echo_is_apart(void **state)
{
	struct model *m = *state;
	struct record_layers r = {.id = ECHO_ID}, machine = {};
	struct histogram_figures f;
	char who[96];

	stages(m, 1, 0, 0);
	add(&machine, LAYER_RX_IP, 5 * USEC, 7);
	add(&r, LAYER_RX_IP, 9 * USEC, 3);
	put(m, &machine);
	put(m, &r);
	rows_tick(m, 1);
	assert_true(layer_figures(m, layers_row(model_layers_echo(m), LAYER_RX_IP), LAYERS_SINCE, &f));
	assert_int_equal(f.n, 3);
	assert_int_equal(f.max_ns, 9 * USEC);
	assert_true(layer_figures(m, layers_row(model_layers(m), LAYER_RX_IP), LAYERS_SINCE, &f));
	assert_int_equal(f.n, 7);
	layer_row_who(layers_row(model_layers_echo(m), LAYER_RX_IP), who, sizeof(who));
	assert_string_equal(who, "icmp echo");
	stages(m, 0, 0, 0);
	rows_tick(m, 2);
	assert_false(layer_figures(m, layers_row(model_layers_echo(m), LAYER_RX_IP), LAYERS_SINCE, &f));
	stages(m, 1, 0, 0);
	memset(&r, 0, sizeof(r));
	r.id = ECHO_ID;
	add(&r, LAYER_RX_IP, 2 * USEC, 1);
	put(m, &r);
	rows_tick(m, 3);
	assert_true(layer_figures(m, layers_row(model_layers_echo(m), LAYER_RX_IP), LAYERS_SINCE, &f));
	assert_int_equal(f.n, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(percentiles_lie_in_their_bucket),
	    TEST(percentiles_of_the_extremes),
	    TEST(interpolation_is_near),
	    TEST(one_packet),
	    TEST(spans_look_back_as_far_as_they_say),
	    TEST(silence_ages),
	    TEST(counters_that_fell_begin_anew),
	    TEST(off_and_on_begins_anew),
	    TEST(histograms_may_come_before_their_stages),
	    TEST(buckets_that_wrap_around),
	    TEST(merged_layers_have_no_figures),
	    TEST(shares_add_up),
	    TEST(parts_that_cannot_be_had),
	    TEST(history_is_kept_of_the_machine_and_of_who_is_watched),
	    TEST(who_was_looked_at_longest_ago_goes),
	    TEST(echo_is_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
