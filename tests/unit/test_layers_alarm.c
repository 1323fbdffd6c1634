/* The alarm of the layers: it fires when a layer leaves its average, and not on noise; and streams that lie. */
#include "layers_fixture.h"

/* -- alarm --------------------------------------------------------------------------------------------------------- */

static u64 run_ticks(struct model *m, struct record_layers *r, u64 t, u64 count, u64 low_ns, u64 high_ns, u32 packets)
{
	for (u64 end = t + count; t < end; t++) {
		for (u32 i = 0; i < packets; i++)
			add(r, LAYER_RX_APP, low_ns + random_next() % (high_ns - low_ns + 1), 1);
		put(m, r);
		rows_tick(m, t);
	}
	return t;
}

static void alarm_fires_once_and_says_who(void **state)
{
	struct model *m = *state;
	struct record_layers r = {.id = 1};
	const struct layer_event *e;
	u64 t;

	model_layers_set_alarm(m, true);
	t = run_ticks(m, &r, 1, 30, 40 * USEC, 60 * USEC, 25);
	assert_int_equal(model_layer_events(m), 0);
	assert_int_equal(layers_alarm(m, of(m, 1)), 0);
	t = run_ticks(m, &r, t, 3, 400 * USEC, 600 * USEC, 25);
	assert_int_equal(model_layer_events(m), 1);
	e = model_layer_event(m, 1);
	assert_int_equal(e->id, 1);
	assert_int_equal(e->layer, LAYER_RX_APP);
	assert_int_equal(e->n, 25);
	assert_string_equal(e->who, "app[100] 10.0.0.1:443 > 10.0.0.2:4000");
	assert_true(e->average_ns > 40e3 && e->average_ns < 60e3);
	assert_true(e->mean_ns > 400e3 && e->mean_ns < 600e3);
	assert_int_equal(layers_alarm(m, of(m, 1)), 1U << LAYER_RX_APP);
	/* What lasts becomes the average; then the mark goes. */
	run_ticks(m, &r, t, 30, 400 * USEC, 600 * USEC, 25);
	assert_int_equal(model_layer_events(m), 1);
	assert_int_equal(layers_alarm(m, of(m, 1)), 0);
}

static void alarm_is_quiet_on_noise(void **state)
{
	struct model *m = *state;
	struct record_layers r = {.id = 1};
	u64 t = 1;

	model_layers_set_alarm(m, true);
	for (int i = 0; i < 20000; i++) {
		/* Each tick's level varies by half, and one packet in fifty is ten times as long. */
		u64 level = 50 * USEC + random_next() % (50 * USEC);

		for (int k = 0; k < 40; k++)
			add(&r, LAYER_RX_APP, random_next() % 50 ? level : level * 10, 1);
		put(m, &r);
		rows_tick(m, t++);
	}
	assert_int_equal(model_layer_events(m), 0);
}

static void alarm_needs_packets_time_and_to_be_on(void **state)
{
	struct model *m = *state;
	struct record_layers few = {.id = 1}, fast = {.id = 2};
	u64 t = 1;

	model_layers_set_alarm(m, true);
	t = run_ticks(m, &few, t, 30, 50 * USEC, 51 * USEC, LAYER_ALARM_PACKETS - 1);
	t = run_ticks(m, &few, t, 3, 5000 * USEC, 5001 * USEC, LAYER_ALARM_PACKETS - 1);
	t = run_ticks(m, &fast, t, 30, USEC, USEC + 100, 100);
	t = run_ticks(m, &fast, t, 3, 9 * USEC, 9 * USEC + 100, 100);
	assert_int_equal(model_layer_events(m), 0);
	model_layers_set_alarm(m, false);
	run_ticks(m, &fast, t, 3, 900 * USEC, 901 * USEC, 100);
	assert_int_equal(model_layer_events(m), 0);
	assert_int_equal(layers_alarm(m, of(m, 2)), 0);
}

static void events_are_bounded(void **state)
{
	struct model *m = *state;
	struct record_layers r = {.id = 0};
	u64 t = 1;

	model_layers_set_alarm(m, true);
	for (int i = 0; i < LAYER_EVENTS + 20; i++) {
		t = run_ticks(m, &r, t, 60, 50 * USEC, 51 * USEC, 20);
		t = run_ticks(m, &r, t, 1, 50000 * USEC, 50001 * USEC, 20);
		t = run_ticks(m, &r, t, 60, 50 * USEC, 51 * USEC, 20);
	}
	assert_true(model_layer_events(m) > LAYER_EVENTS);
	assert_null(model_layer_event(m, 0));
	assert_null(model_layer_event(m, model_layer_events(m) - LAYER_EVENTS));
	assert_non_null(model_layer_event(m, model_layer_events(m) - LAYER_EVENTS + 1));
	assert_string_equal(model_layer_event(m, model_layer_events(m))->who, "machine");
	assert_null(model_layer_event(m, model_layer_events(m) + 1));
}

/* -- hostile ------------------------------------------------------------------------------------------------------- */

static void nonsense_does_no_harm(void **state)
{
	struct model *m = *state;
	struct record_layers r;
	struct record_stages s;

	model_layers_set_alarm(m, true);
	for (u64 t = 1; t < 300; t++) {
		u64 *words = (u64 *)&r;

		for (size_t i = 0; i < sizeof(r) / sizeof(*words); i++)
			words[i] = random_next() % 4 ? random_next() >> random_next() % 64 : UINT64_MAX;
		for (size_t i = 0; i < sizeof(s) / sizeof(u64); i++)
			((u64 *)&s)[i] = random_next() % 3 ? random_next() : 0;
		r.id = random_next() % 3;
		put(m, &r);
		put(m, &r);
		if (random_next() % 2)
			apply(m, RECORD_STAGES, &s);
		rows_tick(m, t);
		for (int i = 0; i < LAYER_COUNT; i++) {
			for (int span = LAYERS_TICK; span <= LAYERS_SINCE; span++) {
				struct histogram_figures f;

				if (layer_figures(m, layers_row(of(m, r.id), i), (enum layers_span)span, &f))
					assert_true(f.p50_ns <= f.p99_ns && f.p99_ns <= f.max_ns && f.n);
			}
			layer_share(m, layers_row(of(m, r.id), i), LAYERS_RECENT);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(alarm_fires_once_and_says_who),
	    TEST(alarm_is_quiet_on_noise),
	    TEST(alarm_needs_packets_time_and_to_be_on),
	    TEST(events_are_bounded),
	    TEST(nonsense_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
