/* The rows of the table of layers: they come and go with their sockets; and netfilter's hooks, which are the machine's.
 */
#include "bounds.h"
#include "layers_fixture.h"

/* -- of sockets ------------------------------------------------------------------------------------------------------
 */

static void rows_take_their_layers_with_them(void **state)
{
	struct model *m = *state;
	struct record_socket s = rows_tcp(0, "10.0.0.1", 443, "10.0.0.2", 4000);
	struct record_layers r = {};

	for (u64 id = 10; id < 60; id++) {
		s.id = r.id = id;
		rows_put(m, &s);
		add(&r, LAYER_RX_APP, id * USEC, 1);
		put(m, &r);
		r = (struct record_layers){};
	}
	rows_tick(m, 1);
	/* Every other one goes, in an order of its own. */
	model_keep_closed(m, 0);
	for (u64 id = 58; id >= 10; id -= 2) {
		struct record_gone g = {.id = id, .time_ns = 2 * ROWS_SECOND};

		apply(m, RECORD_GONE, &g);
		assert_int_equal(model_find(m, id), IDMAP_NONE);
	}
	rows_tick(m, 2);
	for (u64 id = 11; id < 60; id += 2)
		assert_int_equal(figures(m, id, LAYER_RX_APP, LAYERS_SINCE).max_ns, id * USEC);
	/* Histograms of an unknown socket are ignored. */
	r = (struct record_layers){.id = 12345};
	put(m, &r);
	assert_int_equal(model_find(m, 12345), IDMAP_NONE);
}

static void rows_beyond_the_bound_are_counted(void **state)
{
	struct model *m = *state;
	struct record_socket s = rows_tcp(0, "10.0.0.1", 443, "10.0.0.2", 4000);
	struct record_layers r = {};

	add(&r, LAYER_RX_APP, USEC, 1);
	for (u64 id = 100; id < 100 + LAYERS_ROWS_MAX + 7; id++) {
		s.id = r.id = id;
		rows_put(m, &s);
		put(m, &r);
	}
	rows_tick(m, 1);
	assert_int_equal(model_layers_left_out(m), 7);
	assert_null(of(m, 100 + LAYERS_ROWS_MAX + 6));
}

/* -- netfilter's hooks --------------------------------------------------------------------------------------------- */

static void put_hook(struct record_netfilter *r, enum netfilter_hook hook, u64 ns, u32 count)
{
	r->n[hook] += count;
	r->sum_ns[hook] += ns * count;
	r->max_ns[hook] = MAX(r->max_ns[hook], ns);
	r->buckets[hook * LAYER_BUCKETS + histogram_bucket(ns)] += count;
}

static void put_both(struct model *m, const struct record_netfilter *r, u64 tick)
{
	struct record_layers machine = {};

	add(&machine, LAYER_RX_IP, 5000, 10);
	put(m, &machine);
	apply(m, RECORD_NETFILTER, r);
	rows_tick(m, tick);
}

static void hooks_are_the_machines(void **state)
{
	struct model *m = *state;
	struct record_netfilter r = {.missed = 3};
	struct histogram_figures f;

	assert_null(model_netfilter(m));
	put_hook(&r, NETFILTER_LOCAL_IN, 3000, 10);
	put_hook(&r, NETFILTER_FORWARD, 1000, 5);
	r.dropped[NETFILTER_LOCAL_IN] = 2;
	put_both(m, &r, 1);
	assert_int_equal(model_netfilter(m)->dropped[NETFILTER_LOCAL_IN], 2);
	assert_int_equal(model_netfilter(m)->missed, 3);
	assert_true(layer_figures(m, model_hook(m, NETFILTER_LOCAL_IN), LAYERS_SINCE, &f));
	assert_int_equal(f.n, 10);
	assert_int_equal(f.max_ns, 3000);
	assert_true(fabs(f.mean_ns - 3000) < 1);
	assert_true(fabs(layer_mean(m, model_hook(m, NETFILTER_LOCAL_IN), LAYERS_SINCE) - 3000) < 1);
	assert_true(fabs(layer_share(m, model_hook(m, NETFILTER_LOCAL_IN), LAYERS_SINCE) - 0.75) < 1e-9);
	/* The layers' own shares know nothing of them. */
	assert_true(fabs(layer_share(m, layers_row(of(m, 0), LAYER_RX_IP), LAYERS_SINCE) - 1) < 1e-9);
	assert_false(layer_figures(m, model_hook(m, NETFILTER_LOCAL_OUT), LAYERS_SINCE, &f));
	assert_true(isnan(layer_mean(m, model_hook(m, NETFILTER_LOCAL_OUT), LAYERS_SINCE)));
	assert_false(layer_figures(m, model_hook(m, NETFILTER_HOOKS), LAYERS_SINCE, &f));
	assert_false(known(m, 0, LAYER_COUNT, LAYERS_SINCE));
	put_hook(&r, NETFILTER_LOCAL_IN, 7000, 4);
	put_both(m, &r, 2);
	assert_true(layer_figures(m, model_hook(m, NETFILTER_LOCAL_IN), LAYERS_TICK, &f));
	assert_int_equal(f.n, 4);
	assert_int_equal(f.max_ns, 7000);
	assert_false(layer_figures(m, model_hook(m, NETFILTER_FORWARD), LAYERS_TICK, &f));
	assert_true(layer_figures(m, model_hook(m, NETFILTER_FORWARD), LAYERS_RECENT, &f));
}

static void hooks_begin_anew(void **state)
{
	struct model *m = *state;
	struct record_netfilter r = {};
	struct histogram_figures f;

	put_hook(&r, NETFILTER_POST_ROUTING, 3000, 10);
	put_both(m, &r, 1);
	r = (struct record_netfilter){};
	put_hook(&r, NETFILTER_POST_ROUTING, 500, 4);
	put_both(m, &r, 2);
	assert_true(layer_figures(m, model_hook(m, NETFILTER_POST_ROUTING), LAYERS_SINCE, &f));
	assert_int_equal(f.n, 4);
	stages(m, 0, 0, 0);
	rows_tick(m, 3);
	assert_null(model_netfilter(m));
	assert_false(layer_figures(m, model_hook(m, NETFILTER_POST_ROUTING), LAYERS_SINCE, &f));
}

static void hooks_have_names(void **state)
{
	assert_string_equal(layer_name(LAYER_HOOKS + NETFILTER_PRE_ROUTING), "nf_pre_routing");
	for (unsigned i = 0; i < NETFILTER_HOOKS; i++)
		assert_string_equal(layer_name(LAYER_HOOKS + i) + strlen("nf_"), netfilter_hook_name(i));
	assert_string_equal(layer_name(LAYER_WORDS), "?");
	assert_string_equal(layer_short_name(LAYER_WORDS), "?");
	assert_string_equal(netfilter_hook_name(NETFILTER_HOOKS), "?");
}

/* -- their places ---------------------------------------------------------------------------------------------------
 */

static void put_rx_ip(struct model *m, u64 id)
{
	struct record_layers r = {.id = id};

	add(&r, LAYER_RX_IP, 1000 + id, 5);
	put(m, &r);
}

/* How many rows there are; each is found by its name, and no two have one. */
static unsigned check_rows(struct model *m)
{
	unsigned count = 0;
	u64 age = 0;

	for (u32 i = 0; i < layer_rows_end(m); i++) {
		const struct layer_row *r = layer_rows_at(m, i);

		if (!r)
			continue;
		assert_int_equal(layer_rows_find(m, layer_row_id(r)), i);
		assert_true(count == 0 || layer_row_age(r) > age);
		age = layer_row_age(r);
		count++;
	}
	return count;
}

static void rows_are_found_by_their_names(void **state)
{
	struct model *m = *state;
	struct record_netfilter r = {};
	const struct layer_row *ip;

	assert_int_equal(check_rows(m), 0);
	put_hook(&r, NETFILTER_FORWARD, 1000, 5);
	put_both(m, &r, 1);
	put_rx_ip(m, ECHO_ID);
	put_rx_ip(m, 1);
	put_rx_ip(m, 2);
	rows_tick(m, 2);
	assert_int_equal(check_rows(m), 5);
	ip = layers_row(of(m, 2), LAYER_RX_IP);
	assert_int_equal(layer_row_owner(ip), 2);
	assert_ptr_equal(layer_row_socket(ip), model_row(m, model_find(m, 2)));
	assert_ptr_equal(layer_row_layers(ip), of(m, 2));
	assert_int_equal(layer_row_layer(ip), LAYER_RX_IP);
	assert_null(layer_row_socket(model_hook(m, NETFILTER_FORWARD)));
	assert_null(layer_row_layers(model_hook(m, NETFILTER_FORWARD)));
	assert_int_equal(layer_row_layer(model_hook(m, NETFILTER_FORWARD)), LAYER_HOOKS + NETFILTER_FORWARD);
	/* A layer of which nothing is known has no row. */
	assert_int_equal(layer_rows_find(m, layer_row_id(layers_row(of(m, 2), LAYER_RX_APP))), IDMAP_NONE);
	stages(m, 0, 0, 0);
	rows_tick(m, 3);
	assert_int_equal(check_rows(m), 0);
}

/* The others stay where they are when a socket goes, and a new one takes its place. */
static void rows_stay_where_they_are(void **state)
{
	struct model *m = *state;
	struct record_socket s = rows_tcp(3, "10.0.0.1", 443, "10.0.0.2", 4001);
	const struct layer_row *second;
	u32 first_at, second_at;

	put_rx_ip(m, 1);
	put_rx_ip(m, 2);
	rows_tick(m, 1);
	second = layers_row(of(m, 2), LAYER_RX_IP);
	first_at = layer_rows_find(m, layer_row_id(layers_row(of(m, 1), LAYER_RX_IP)));
	second_at = layer_rows_find(m, layer_row_id(second));
	model_keep_closed(m, 0);
	apply(m, RECORD_GONE, &(struct record_gone){.id = 1, .time_ns = 2 * ROWS_SECOND});
	rows_tick(m, 2);
	assert_int_equal(model_find(m, 1), IDMAP_NONE);
	assert_null(layer_rows_at(m, first_at));
	assert_ptr_equal(layer_rows_at(m, second_at), second);
	rows_put(m, &s);
	put_rx_ip(m, 3);
	rows_tick(m, 3);
	assert_int_equal(layer_row_owner(layer_rows_at(m, first_at)), 3);
	assert_true(layer_row_age(layer_rows_at(m, first_at)) > layer_row_age(second));
	assert_ptr_equal(layer_rows_at(m, second_at), second);
	assert_int_equal(layer_rows_end(m), second_at - LAYER_RX_IP + LAYER_COUNT);
	apply(m, RECORD_GONE, &(struct record_gone){.id = 2, .time_ns = 4 * ROWS_SECOND});
	apply(m, RECORD_GONE, &(struct record_gone){.id = 3, .time_ns = 4 * ROWS_SECOND});
	rows_tick(m, 4);
	for (s.id = 4; s.id < 6; s.id++) {
		rows_put(m, &s);
		put_rx_ip(m, s.id);
	}
	rows_tick(m, 5);
	assert_int_equal(layer_rows_end(m), second_at - LAYER_RX_IP + LAYER_COUNT);
	assert_int_equal(layer_rows_find(m, layer_row_id(layers_row(of(m, 5), LAYER_RX_IP))), second_at);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(rows_take_their_layers_with_them),
	    TEST(rows_beyond_the_bound_are_counted),
	    TEST(rows_are_found_by_their_names),
	    TEST(rows_stay_where_they_are),
	    TEST(hooks_are_the_machines),
	    TEST(hooks_begin_anew),
	    TEST(hooks_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
