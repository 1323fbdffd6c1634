/* Rates, smoothed rates, totals and histories: what a tick makes of the samples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bounds.h"
#include "model.h"
#include "rows_private.h"
#include "sample.h"

static void seeded_socket_has_no_rate_at_first(void **state)
{
	struct model *m = *state;

	put(m, tcp_sample(1, 1, 1000000, 2000000));
	tick(m, 1);
	assert_nan(row_of(m, 1)->rx_rate);
	assert_nan(row_of(m, 1)->tx_smooth);
	assert_nan(model_totals(m)->rx_rate);
	assert_nan(model_totals(m)->retrans_rate);
	assert_nan(model_totals(m)->collector_cpu);
	assert_nan(model_tick_seconds(m));
	put(m, tcp_sample(1, 2, 1500000, 2000100));
	tick(m, 2);
	assert_near(row_of(m, 1)->rx_rate, 500000);
	assert_near(row_of(m, 1)->tx_rate, 100);
	assert_near(row_of(m, 1)->rx_smooth, 500000);
	assert_near(model_totals(m)->rx_rate, 500000);
	assert_near(model_totals(m)->collector_cpu, 0.02);
	assert_near(model_tick_seconds(m), 1);
}

static void rate_divides_by_the_time_between_samples(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 0, 0);

	put(m, s);
	tick(m, 1);
	s = tcp_sample(1, 2, 1000, 3000);
	s.sample_ns += SEC / 2; /* found late in a long pass */
	put(m, s);
	tick(m, 2);
	assert_near(row_of(m, 1)->rx_rate, 1000 / 1.5);
	assert_near(row_of(m, 1)->tx_rate, 3000 / 1.5);
}

/* A tick worked out in slices: nothing is published until all rows are visited. */
static void tick_in_slices(void **state)
{
	struct model *m = *state;
	struct record_tick t = {.number = 2, .time_ns = tick_time(2), .interval_ns = SEC};
	unsigned slices = 1;

	for (u64 id = 1; id <= 1000; id++)
		put(m, tcp_sample(id, 1, 0, 0));
	tick(m, 1);
	assert_true(model_work(m, 1));
	for (u64 id = 1; id <= 1000; id++)
		put(m, tcp_sample(id, 2, 100, 0));
	model_begin_tick(m, &t);
	assert_int_equal(model_tick(m)->number, 1);
	for (; !model_work(m, 1); slices++)
		assert_nan(model_totals(m)->rx_rate);
	assert_true(slices > 2);
	assert_int_equal(model_tick(m)->number, 2);
	assert_near(model_totals(m)->rx_rate, 100000);
	/* A record that comes before the end finishes the tick first. */
	t.number = 3;
	t.time_ns = tick_time(3);
	put(m, tcp_sample(1, 3, 150, 0));
	model_begin_tick(m, &t);
	put(m, tcp_sample(1, 4, 350, 0));
	assert_int_equal(model_tick(m)->number, 3);
	assert_near(row_of(m, 1)->rx_rate, 50);
	tick(m, 4);
	assert_near(row_of(m, 1)->rx_rate, 200);
}

static void skipped_ticks_divide_by_the_true_time(void **state)
{
	struct model *m = *state;

	put(m, tcp_sample(1, 1, 0, 0));
	tick(m, 1);
	put(m, tcp_sample(1, 5, 8000, 0));
	tick(m, 5);
	assert_near(row_of(m, 1)->rx_rate, 2000);
	assert_near(model_totals(m)->rx_rate, 2000);
}

/* A socket that has not changed is not sent: when it wakes up, its bytes belong to the last tick, not to its sleep. */
static void rate_after_a_rest_counts_from_the_last_tick(void **state)
{
	struct model *m = *state;

	put(m, tcp_sample(1, 1, 0, 0));
	for (u64 n = 1; n <= 9; n++)
		tick(m, n);
	put(m, tcp_sample(1, 10, 5000, 0));
	tick(m, 10);
	assert_near(row_of(m, 1)->rx_rate, 5000);
}

static void quiet_row_falls_to_zero_and_decays(void **state)
{
	struct model *m = *state;
	double before;

	put(m, tcp_sample(1, 1, 0, 0));
	tick(m, 1);
	tick(m, 2);
	assert_near(row_of(m, 1)->rx_rate, 0); /* nothing was said: nothing moved */
	put(m, tcp_sample(1, 3, 90000, 0));
	tick(m, 3);
	before = row_of(m, 1)->rx_smooth;
	assert_true(before > 0);
	tick(m, 4);
	assert_true(row_of(m, 1)->rx_rate == 0);
	assert_true(row_of(m, 1)->rx_smooth > 0 && row_of(m, 1)->rx_smooth < before);
	for (u64 n = 5; n < 60; n++)
		tick(m, n);
	assert_true(row_of(m, 1)->rx_smooth == 0);
	assert_true(model_totals(m)->rx_rate == 0);
}

static void birth_under_watch_counts_whole(void **state)
{
	struct model *m = *state;

	put(m, tcp_sample(1, 1, 0, 0));
	tick(m, 1);
	put(m, born(tcp_sample(2, 2, 4000, 500), tick_time(1) + SEC / 2));
	/* Born before the last tick, yet never seen: when its bytes came is not known. */
	put(m, born(tcp_sample(3, 2, 4000, 500), tick_time(1) - SEC / 2));
	tick(m, 2);
	assert_near(row_of(m, 2)->rx_rate, 4000);
	assert_near(row_of(m, 2)->tx_rate, 500);
	assert_nan(row_of(m, 3)->rx_rate);
	assert_near(model_totals(m)->rx_rate, 4000);
}

static void reset_counter_starts_anew(void **state)
{
	struct model *m = *state;

	put(m, tcp_sample(1, 1, 1000, 1000));
	tick(m, 1);
	put(m, tcp_sample(1, 2, 10, 2000));
	tick(m, 2);
	assert_nan(row_of(m, 1)->rx_rate);
	assert_near(row_of(m, 1)->tx_rate, 1000);
	assert_true(model_totals(m)->rx_rate == 0);
	put(m, tcp_sample(1, 3, 310, 2000));
	tick(m, 3);
	assert_near(row_of(m, 1)->rx_rate, 300);
}

static void unknown_bytes_have_no_rate(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 1000, 1000);

	s.has &= ~(u64)(HAS_RX_BYTES | HAS_RX_PKTS);
	put(m, s);
	tick(m, 1);
	tick(m, 2);
	assert_nan(row_of(m, 1)->rx_rate);
	assert_true(row_of(m, 1)->tx_rate == 0);
	put(m, tcp_sample(1, 3, 5000, 1000)); /* known from now on: no jump from nothing */
	tick(m, 3);
	assert_nan(row_of(m, 1)->rx_rate);
	put(m, tcp_sample(1, 4, 5100, 1000));
	tick(m, 4);
	assert_near(row_of(m, 1)->rx_rate, 100);
}

static void another_generation_is_another_row(void **state)
{
	struct model *m = *state;
	u64 next = 1ULL << 56 | 7;

	put(m, tcp_sample(7, 1, 90000, 0));
	tick(m, 1);
	put(m, born(tcp_sample(next, 2, 100, 0), tick_time(1) + 1));
	tick(m, 2);
	assert_ptr_not_equal(row_of(m, 7), row_of(m, next));
	assert_near(row_of(m, next)->rx_rate, 100);
	assert_int_equal(model_totals(m)->live, 2);
}

static void end_counts_the_rest_once(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 1000, 0), end;

	put(m, s);
	tick(m, 1);
	end = ended(s, tick_time(1) + SEC / 4);
	end.rx_bytes = 3000;
	put(m, end);
	put(m, end); /* reported twice */
	tick(m, 2);
	/* Over the tick, not over the quarter second that it lived in it. */
	assert_near(model_totals(m)->rx_rate, 2000);
	assert_near(row_of(m, 1)->rx_rate, 2000);
	assert_int_equal(row_of(m, 1)->closed, 1);
	put(m, end);
	tick(m, 3);
	assert_true(model_totals(m)->rx_rate == 0);
	assert_true(row_of(m, 1)->rx_rate == 0);
	assert_int_equal(row_of(m, 1)->s.rx_bytes, 3000);
	assert_int_equal(model_totals(m)->closed, 1);
	assert_int_equal(model_totals(m)->live, 0);
}

static void end_of_a_stranger_counts_whole(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 1000, 70), old;

	s.flags = 0;
	tick(m, 1);
	put(m, ended(s, tick_time(1) + SEC / 4));
	/* Older than the collector: its bytes were not carried in this tick. */
	old = ended(tcp_sample(2, 1, 1ULL << 40, 0), tick_time(1) + SEC / 4);
	put(m, old);
	tick(m, 2);
	assert_near(model_totals(m)->rx_rate, 1000);
	assert_near(model_totals(m)->tx_rate, 70);
	assert_int_equal(model_totals(m)->closed, 2);
	tick(m, 3);
	assert_true(model_totals(m)->rx_rate == 0);
}

static void rows_dropped_before_the_tick_still_count(void **state)
{
	struct model *m = *state;

	model_keep_closed(m, 3);
	tick(m, 1);
	for (u64 id = 1; id <= 100; id++) {
		struct record_socket s =
		    ended(born(tcp_sample(id, 1, 10, 20), tick_time(1) + id), tick_time(1) + 2 * id);

		s.retrans = 2;
		s.resets = 1;
		s.has |= HAS_RESETS;
		put(m, s);
	}
	tick(m, 2);
	assert_near(model_totals(m)->retrans_rate, 200);
	assert_near(model_totals(m)->resets_rate, 100);
	assert_int_equal(model_totals(m)->closed, 3);
	assert_near(model_totals(m)->rx_rate, 1000);
	assert_near(model_totals(m)->tx_rate, 2000);
	tick(m, 3);
	assert_true(model_totals(m)->rx_rate == 0);
}

static void retransmits_drops_and_resets(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 0, 100000), u = udp_sample(2, 1, 0, 0);

	put(m, s);
	tick(m, 1);
	assert_nan(model_totals(m)->drops_rate);
	assert_nan(model_totals(m)->resets_rate);
	u.drops = 50;
	put(m, u);
	s = tcp_sample(1, 2, 0, 200000);
	s.has |= HAS_RESETS;
	s.retrans = 5;
	s.retrans_tlp = 3;
	put(m, s);
	tick(m, 2);
	assert_int_equal(row_of(m, 1)->retrans_tick, 5);
	assert_near(model_totals(m)->retrans_rate, 5);
	assert_near(model_totals(m)->retrans_share, 0.05);
	assert_near(model_totals(m)->missed_share, 0.02);
	assert_true(model_totals(m)->drops_rate == 0); /* the 50 were before us */
	assert_true(model_totals(m)->resets_rate == 0);
	u = udp_sample(2, 3, 0, 0);
	u.drops = 57;
	put(m, u);
	tick(m, 3);
	assert_int_equal(row_of(m, 2)->drops_tick, 7);
	assert_near(model_totals(m)->drops_rate, 7);
	assert_int_equal(row_of(m, 1)->retrans_tick, 0);
	assert_nan(model_totals(m)->retrans_share);
	tick(m, 4);
	assert_true(model_totals(m)->drops_rate == 0);
	gone(m, 2, tick_time(4) + 1);
	tick(m, 5); /* it was still known in this one */
	assert_true(model_totals(m)->drops_rate == 0);
	tick(m, 6);
	assert_nan(model_totals(m)->drops_rate);
}

static void history_begins_with_movement_and_ends_in_silence(void **state)
{
	struct model *m = *state;
	const struct history *h;
	u64 n;

	put(m, tcp_sample(1, 1, 1000, 0));
	tick(m, 1);
	tick(m, 2);
	assert_null(row_of(m, 1)->history);
	put(m, tcp_sample(1, 3, 3000, 0));
	tick(m, 3);
	h = row_of(m, 1)->history;
	assert_non_null(h);
	assert_int_equal(h->count, 1);
	assert_near(h->values[HISTORY_RX][0], 2000);
	assert_near(h->values[HISTORY_RTT][0], 48000);
	assert_near(h->values[HISTORY_CWND][0], 10);
	for (n = 4; n < 3 + HISTORY_LEN; n++)
		tick(m, n);
	h = row_of(m, 1)->history;
	assert_non_null(h);
	assert_int_equal(h->count, HISTORY_LEN);
	assert_true(h->values[HISTORY_RX][(h->next + HISTORY_LEN - 1) % HISTORY_LEN] == 0);
	assert_near(h->values[HISTORY_RX][h->next % HISTORY_LEN], 2000);
	tick(m, n);
	assert_null(row_of(m, 1)->history);
	assert_int_equal(model_history(m)->count, HISTORY_LEN);
}

static void histories_are_bounded(void **state)
{
	struct model *m = *state;
	const u64 rows = MODEL_HISTORIES_MAX + 500;

	for (u64 n = 1; n <= 8; n++) {
		u32 histories = 0, before = 0;

		for (u64 id = 1; id <= rows; id++) {
			before += n > 1 && row_of(m, id)->history;
			put(m, tcp_sample(id, n, n * 100, 0));
		}
		tick(m, n);
		for (u64 id = 1; id <= rows; id++)
			histories += row_of(m, id)->history != NULL;
		assert_in_range(histories - before, 0, MODEL_HISTORIES_PER_TICK);
		assert_true(histories <= MODEL_HISTORIES_MAX);
		assert_true(n < 2 || histories > before || histories == MODEL_HISTORIES_MAX);
	}
	for (u64 n = 9; n <= 9 + HISTORY_LEN; n++)
		tick(m, n);
	for (u64 id = 1; id <= rows; id++)
		assert_null(row_of(m, id)->history);
	put(m, tcp_sample(rows, 150, 10000, 0)); /* room again */
	tick(m, 150);
	assert_non_null(row_of(m, rows)->history);
}

/* A request socket has no counters; what its child has carried by the next tick was carried since. */
static void bytes_after_the_handshake_count(void **state)
{
	struct model *m = *state;
	struct record_socket s = born(tcp_sample(1, 1, 0, 0), tick_time(1) + 5);

	s.state = STATE_NEW_SYN_RECV;
	s.has = HAS_REMOTE | HAS_BIRTH;
	s.rx_bytes = 12345; /* means nothing */
	put(m, s);
	tick(m, 1);
	tick(m, 2);
	put(m, born(tcp_sample(1, 3, 700, 0), tick_time(1) + 5));
	tick(m, 3);
	assert_near(row_of(m, 1)->rx_rate, 700);
	assert_near(model_totals(m)->rx_rate, 700);
}

/* Ends a tick that is a part of a pass over files. */
static void part(struct model *m, u64 number, u64 pass, u64 begun, bool whole)
{
	struct record_tick t = {
	    .number = number,
	    .time_ns = tick_time(number),
	    .interval_ns = SEC,
	    .pass = pass,
	    .pass_ns = tick_time(begun),
	    .pass_whole = whole ? PASS_FILES : 0,
	};

	apply(m, RECORD_TICK, &t);
}

static void a_pass_over_several_ticks_leaves_the_others_as_they_were(void **state)
{
	struct model *m = *state;

	put(m, tcp_sample(1, 1, 0, 0));
	put(m, tcp_sample(2, 1, 0, 0));
	part(m, 1, 1, 1, true);
	/* The second pass takes three ticks. */
	put(m, tcp_sample(1, 2, 1000, 0));
	part(m, 2, 2, 2, false);
	assert_near(row_of(m, 1)->rx_rate, 1000);
	part(m, 3, 2, 2, false);
	assert_near(row_of(m, 1)->rx_rate, 1000);
	put(m, tcp_sample(2, 4, 6000, 0));
	part(m, 4, 2, 2, true);
	assert_near(row_of(m, 1)->rx_rate, 1000);
	assert_near(row_of(m, 2)->rx_rate, 2000);
	assert_near(model_totals(m)->rx_rate, 3000);
	/* And the third two: by the first's samples, three seconds apart; the second has come to rest. */
	put(m, tcp_sample(1, 5, 7000, 0));
	part(m, 5, 3, 5, false);
	assert_near(row_of(m, 1)->rx_rate, 2000);
	assert_near(row_of(m, 2)->rx_rate, 2000);
	part(m, 6, 3, 5, true);
	assert_near(row_of(m, 1)->rx_rate, 2000);
	assert_near(row_of(m, 2)->rx_rate, 0);
	assert_near(model_totals(m)->rx_rate, 2000);
}

static void an_end_in_a_long_pass_stands_for_the_time_since_it_was_read(void **state)
{
	struct model *m = *state;

	put(m, tcp_sample(1, 1, 0, 0));
	part(m, 1, 1, 1, true);
	put(m, tcp_sample(1, 2, 1000, 0));
	part(m, 2, 2, 2, false);
	for (u64 n = 3; n <= 5; n++)
		part(m, n, 2, 2, n == 5);
	put(m, tcp_sample(1, 6, 5000, 0));
	part(m, 6, 3, 6, false);
	put(m, ended(tcp_sample(1, 9, 8000, 0), tick_time(9)));
	part(m, 9, 3, 6, false);
	assert_in_range((u64)row_of(m, 1)->rx_rate, 900, 1100);
}

/* Of what only slow turns come to. */
static void slow_part(struct model *m, u64 number, u64 turn, u64 begun)
{
	struct record_tick t = {
	    .number = number,
	    .time_ns = tick_time(number),
	    .interval_ns = SEC,
	    .pass = number,
	    .pass_ns = tick_time(number),
	    .slow_turn = turn,
	    .slow_ns = tick_time(begun),
	    .pass_whole = PASS_FILES | PASS_SLOW,
	};

	apply(m, RECORD_TICK, &t);
}

static struct record_socket slow(struct record_socket s)
{
	s.flags |= SOCKET_SLOW | SOCKET_NO_FILE;
	return s;
}

static void between_slow_turns_a_rate_stays(void **state)
{
	struct model *m = *state;

	put(m, slow(tcp_sample(1, 1, 0, 0)));
	slow_part(m, 1, 1, 1);
	for (u64 n = 2; n <= 10; n++)
		slow_part(m, n, 1, 1);
	put(m, slow(tcp_sample(1, 11, 30000, 0)));
	slow_part(m, 11, 2, 11);
	assert_near(row_of(m, 1)->rx_rate, 3000);
	for (u64 n = 12; n <= 20; n++) {
		slow_part(m, n, 2, 11);
		assert_near(row_of(m, 1)->rx_rate, 3000);
		assert_near(model_totals(m)->rx_rate, 3000);
	}
	slow_part(m, 21, 3, 21);
	assert_near(row_of(m, 1)->rx_rate, 0);
	assert_near(model_totals(m)->rx_rate, 0);
}

static void tick_record_feeds_the_truth_meter(void **state)
{
	struct model *m = *state;
	struct record_tick t = {.number = 1, .time_ns = T0, .bpf_run_ns = 2000000, .bpf_window_ns = SEC};

	t.lost_events = 1;
	t.lost_ends = 2;
	t.lost_conns = 4;
	t.lost_flows = 8;
	t.lost_lookups = 16;
	t.skipped_ticks = 32;
	t.missed_runs = 64;
	apply(m, RECORD_TICK, &t);
	assert_int_equal(model_totals(m)->lost, 127);
	assert_near(model_totals(m)->bpf_cpu, 0.002);
	t.number = 2;
	t.time_ns += SEC;
	t.bpf_run_ns = UINT64_MAX;
	t.lost_ends = UINT64_MAX;
	apply(m, RECORD_TICK, &t);
	assert_nan(model_totals(m)->bpf_cpu);
	assert_true(model_totals(m)->lost == UINT64_MAX);
	/* A clock that stands still gives no rates and no infinity. */
	t.number = 3;
	apply(m, RECORD_TICK, &t);
	assert_nan(model_totals(m)->rx_rate);
	assert_nan(model_tick_seconds(m));
}

static void rows_add_up_to_the_machine(void **state)
{
	struct model *m = *state;
	double sum = 0;

	for (u64 id = 1; id <= 500; id++)
		put(m, tcp_sample(id, 1, id, 0));
	tick(m, 1);
	for (u64 id = 1; id <= 500; id += 2)
		put(m, tcp_sample(id, 2, id * 1000, 0));
	for (u64 id = 1001; id <= 1100; id++)
		put(m, ended(born(tcp_sample(id, 1, 12345, 0), tick_time(1) + 1), tick_time(1) + 10 * id));
	tick(m, 2);
	for (u32 i = 0; i < model_rows_end(m); i++)
		sum += model_row(m, i)->live ? (double)model_row(m, i)->rx_rate : 0;
	assert_near(sum, model_totals(m)->rx_rate);
	assert_near(sum, 999.0 * 250 * 250 + 100 * 12345);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    MODEL_TEST(seeded_socket_has_no_rate_at_first),
	    MODEL_TEST(tick_in_slices),
	    MODEL_TEST(rate_divides_by_the_time_between_samples),
	    MODEL_TEST(skipped_ticks_divide_by_the_true_time),
	    MODEL_TEST(rate_after_a_rest_counts_from_the_last_tick),
	    MODEL_TEST(quiet_row_falls_to_zero_and_decays),
	    MODEL_TEST(birth_under_watch_counts_whole),
	    MODEL_TEST(reset_counter_starts_anew),
	    MODEL_TEST(unknown_bytes_have_no_rate),
	    MODEL_TEST(another_generation_is_another_row),
	    MODEL_TEST(end_counts_the_rest_once),
	    MODEL_TEST(end_of_a_stranger_counts_whole),
	    MODEL_TEST(rows_dropped_before_the_tick_still_count),
	    MODEL_TEST(retransmits_drops_and_resets),
	    MODEL_TEST(history_begins_with_movement_and_ends_in_silence),
	    MODEL_TEST(histories_are_bounded),
	    MODEL_TEST(bytes_after_the_handshake_count),
	    MODEL_TEST(a_pass_over_several_ticks_leaves_the_others_as_they_were),
	    MODEL_TEST(an_end_in_a_long_pass_stands_for_the_time_since_it_was_read),
	    MODEL_TEST(between_slow_turns_a_rate_stays),
	    MODEL_TEST(tick_record_feeds_the_truth_meter),
	    MODEL_TEST(rows_add_up_to_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
