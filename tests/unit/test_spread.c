/* RTTs and times to connect of the last ticks, as rows remember them. */
#include "rows.h"

#include "bounds.h"
#include "spread.h"

static struct model *m;
static struct spread s;

static int setup(void **state)
{
	memset(&s, 0, sizeof(s));
	m = fixture_new();
	return 0;
}

static int teardown(void **state)
{
	fixture_free(m);
	return 0;
}

/* What a connection has sent until a tick, and its RTT then. */
static struct row *put(u64 id, u64 tick, u64 sent, u32 rtt_us)
{
	struct record_socket r = rows_tcp(id, "10.0.0.1", 1000, "10.0.0.2", 443);

	r.sample_ns = tick * ROWS_SECOND;
	r.tx_bytes = sent;
	r.rtt_us = rtt_us;
	return rows_put(m, &r);
}

static struct record_socket over(u64 id, u64 ended_ns, u64 lasted_ns)
{
	struct record_socket r = rows_tcp(id, "10.0.0.1", 1001, "10.0.0.2", 443);

	r.has |= HAS_BIRTH;
	r.flags = SOCKET_ENDED;
	r.state = STATE_CLOSE;
	r.sample_ns = r.ended_ns = ended_ns;
	r.birth_ns = ended_ns - lasted_ns;
	r.tx_bytes = 10;
	r.rtt_us = 900;
	return r;
}

static void expect(unsigned age, u64 n, u64 usec)
{
	assert_int_equal(s.ticks[age].n, n);
	assert_int_equal(s.ticks[age].max_ns, usec * 1000);
	assert_int_equal(s.ticks[age].buckets[histogram_bucket(usec * 1000)], n);
}

/* Once in each tick in which data was acknowledged, with the RTT of that tick. */
static void a_tick_counts_what_was_acknowledged_in_it(void **state)
{
	struct row *r = put(1, 1, 10, 4000);

	rows_tick(m, 1);
	put(1, 2, 20, 5000);
	rows_tick(m, 2);
	put(1, 3, 20, 5000);
	rows_tick(m, 3);
	put(1, 4, 30, 50000);
	rows_tick(m, 4);
	spread_add_rtt(&s, m, r);
	expect(0, 1, 50000);
	expect(1, 0, 0);
	expect(2, 1, 5000);
	expect(3, 0, 0); /* the first tick does not know what came in it */
	memset(&s, 0, sizeof(s));
	rows_tick(m, 5);
	spread_add_rtt(&s, m, r);
	expect(0, 0, 0);
	expect(1, 1, 50000);
}

static void only_so_many_ticks(void **state)
{
	struct row *r = NULL;
	struct histogram_figures f;

	for (u64 tick = 1; tick <= SPREAD_TICKS + 10; tick++) {
		r = put(1, tick, tick, 4000);
		rows_tick(m, tick);
	}
	spread_add_rtt(&s, m, r);
	assert_true(spread_figures(&s, SPREAD_TICKS, &f));
	assert_int_equal(f.n, SPREAD_TICKS);
	expect(SPREAD_TICKS - 1, 1, 4000);
}

/* It sent in its last tick, or before; in TIME-WAIT nothing is known of what it was, and other protocols have none. */
static void what_has_ended_counts_in_its_last_tick(void **state)
{
	struct record_socket end;
	struct row *r;

	put(1, 1, 10, 4000);
	rows_tick(m, 1);
	put(1, 2, 20, 5000);
	rows_tick(m, 2);
	end = over(1, 3 * ROWS_SECOND - 5, 9 * ROWS_SECOND);
	end.tx_bytes = 30;
	r = rows_put(m, &end);
	rows_tick(m, 3);
	spread_add_rtt(&s, m, r);
	expect(0, 1, 900);
	expect(1, 1, 5000);
	memset(&s, 0, sizeof(s));
	rows_tick(m, 4);
	spread_add_rtt(&s, m, r);
	expect(0, 0, 0);
	expect(1, 1, 900);
	expect(2, 1, 5000);
}

/* One that was there for a moment has no history. One that had been silent for long does not count. */
static void short_ones_count_at_their_end(void **state)
{
	struct record_socket brief = over(1, 12 * ROWS_SECOND - 5, 3000);
	struct record_socket silent = over(2, 12 * ROWS_SECOND - 5, 9 * ROWS_SECOND);
	struct row *r, *old;

	put(2, 11, 10, 4000);
	rows_tick(m, 11);
	r = rows_put(m, &brief);
	old = rows_put(m, &silent);
	rows_tick(m, 12);
	spread_add_rtt(&s, m, r);
	spread_add_rtt(&s, m, old);
	expect(0, 1, 900);
	rows_tick(m, 13);
	rows_tick(m, 14);
	memset(&s, 0, sizeof(s));
	spread_add_rtt(&s, m, r);
	spread_add_rtt(&s, m, old);
	expect(0, 0, 0);
	expect(1, 0, 0);
	expect(2, 1, 900);
}

/* At the time when the connection was there: it took two SYNs. */
static void connecting_counts_when_it_was_done(void **state)
{
	struct record_socket r = rows_tcp(1, "10.0.0.1", 1000, "10.0.0.2", 443);

	rows_tick(m, 9);
	r.has |= HAS_BIRTH;
	r.birth_ns = 65 * ROWS_SECOND / 10;
	spread_add_connect(&s, m, rows_put(m, &r));
	r.connect_us = 1020000;
	spread_add_connect(&s, m, rows_put(m, &r));
	r.dir = DIR_IN;
	spread_add_connect(&s, m, rows_put(m, &r));
	expect(1, 1, 1020000);
	rows_tick(m, 9 + SPREAD_TICKS);
	r.dir = DIR_OUT;
	spread_add_connect(&s, m, rows_put(m, &r));
	expect(1, 1, 1020000);
	for (unsigned age = 2; age < SPREAD_TICKS; age++)
		expect(age, 0, 0);
}

/* What has ended goes, the oldest first, where there are too many: before that nothing is known of them. */
static void ends_reach_back_as_far_as_they_are_kept(void **state)
{
	struct record_socket end;

	model_keep_closed(m, 3);
	for (u64 tick = 1; tick <= 9; tick++) {
		assert_int_equal(model_ended_since(m), tick <= 3 ? 0 : (tick - 3) * ROWS_SECOND - 5);
		end = over(tick, tick * ROWS_SECOND - 5, 3000);
		rows_put(m, &end);
		rows_tick(m, tick);
	}
	assert_int_equal(spread_reach(m, model_ended_since(m)), 2);
	assert_int_equal(spread_reach(m, 0), SPREAD_TICKS);
	assert_int_equal(spread_reach(m, ROWS_SECOND), 8);
}

/* Two paths in one picture: what half of all takes at most is what the near one takes, not the middle of a bucket. */
static void figures_are_those_of_the_paths(void **state)
{
	struct histogram_figures f;

	assert_false(spread_figures(&s, 1, &f));
	for (u64 tick = 1; tick <= 3; tick++) {
		for (u64 id = 1; id <= 5; id++)
			put(id, tick, tick, id <= 3 ? 4500 + (u32)tick * 100 : 50000);
		rows_tick(m, tick);
	}
	for (u64 id = 1; id <= 5; id++)
		spread_add_rtt(&s, m, put(id, 3, 3, 4800));
	assert_true(spread_figures(&s, 1, &f));
	assert_int_equal(f.n, 5);
	assert_int_equal(f.p50_ns, 4800000);
	assert_true(spread_figures(&s, SPREAD_TICKS, &f));
	assert_int_equal(f.n, 10);
	assert_int_equal(f.p50_ns, (3 * 4700000 + 5 * 4800000) / 8);
	assert_int_equal(f.p99_ns, 50000000);
	assert_int_equal(f.max_ns, 50000000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_tick_counts_what_was_acknowledged_in_it), TEST(only_so_many_ticks),
	    TEST(what_has_ended_counts_in_its_last_tick),    TEST(short_ones_count_at_their_end),
	    TEST(connecting_counts_when_it_was_done),        TEST(figures_are_those_of_the_paths),
	    TEST(ends_reach_back_as_far_as_they_are_kept)};

	return cmocka_run_group_tests_name("spread", tests, NULL, NULL);
}
