/* The model: how rows end, by way of TIME_WAIT or not, and with which totals. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bounds.h"
#include "rows_private.h"
#include "sample.h"

/* What a pass of iter/tcp knows of a TIME_WAIT minisock: addresses, no counters, no owner. */
static struct record_socket time_wait(u64 id, u64 number)
{
	struct record_socket full = tcp_sample(id, number, 0, 0);
	struct record_socket s = {
	    .id = id,
	    .has = HAS_REMOTE,
	    .sample_ns = full.sample_ns,
	    .netns = full.netns,
	    .lport = full.lport,
	    .rport = full.rport,
	    .flags = SOCKET_NO_FILE,
	    .family = 4,
	    .proto = IPPROTO_TCP,
	    .state = STATE_TIME_WAIT,
	};

	memcpy(s.laddr, full.laddr, sizeof(s.laddr));
	memcpy(s.raddr, full.raddr, sizeof(s.raddr));
	return s;
}

static void time_wait_keeps_what_was_known(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 1000, 2000);
	const struct row *r;

	s.resets = 3;
	s.drops = 4;
	s.has |= HAS_RESETS | HAS_DROPS;
	put(m, s);
	tick(m, 1);
	put(m, time_wait(1, 2));
	tick(m, 2);
	r = row_of(m, 1);
	assert_true(r->s.flags & SOCKET_SEEDED);
	assert_int_equal(r->s.resets, 3);
	assert_int_equal(r->s.drops, 4);
	assert_int_equal(r->closed, 0);
	assert_int_equal(r->s.state, STATE_TIME_WAIT);
	assert_int_equal(r->s.rx_bytes, 1000);
	assert_true(r->s.has & HAS_RX_BYTES && r->s.has & HAS_OWNER);
	assert_int_equal(r->s.pid, 2211);
	assert_int_equal(r->s.dir, DIR_IN);
	assert_int_equal(r->s.owner, OWNER_CREATOR);
	assert_true(r->s.flags & SOCKET_NO_FILE);
	assert_true(r->rx_rate == 0);
	assert_int_equal(model_totals(m)->by_state[STATE_TIME_WAIT], 1);
	assert_int_equal(model_totals(m)->by_state[STATE_ESTABLISHED], 0);
}

static void time_wait_after_the_end_lives_until_gone(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 1000, 0), end;

	put(m, s);
	tick(m, 1);
	end = ended(s, tick_time(1) + SEC / 2);
	end.rx_bytes = 1500;
	put(m, end);
	put(m, time_wait(1, 2));
	tick(m, 2);
	assert_near(model_totals(m)->rx_rate, 500 / 1.0);
	assert_int_equal(row_of(m, 1)->closed, 0);
	assert_int_equal(row_of(m, 1)->s.state, STATE_TIME_WAIT);
	assert_int_equal(row_of(m, 1)->s.ended_ns, 0);
	assert_int_equal(model_totals(m)->live, 1);
	assert_int_equal(model_totals(m)->closed, 0);
	put(m, time_wait(1, 3));
	tick(m, 3);
	assert_true(model_totals(m)->rx_rate == 0);
	put(m, end); /* sent again, late: from the full socket, not the minisock */
	tick(m, 4);
	assert_int_equal(row_of(m, 1)->closed, 0);
	assert_true(model_totals(m)->rx_rate == 0);
	gone(m, 1, tick_time(5));
	tick(m, 5);
	assert_int_equal(row_of(m, 1)->closed, 1);
	assert_int_equal(row_of(m, 1)->s.rx_bytes, 1500);
	assert_int_equal(row_of(m, 1)->s.ended_ns, tick_time(5));
	assert_true(model_totals(m)->rx_rate == 0);
	assert_int_equal(model_totals(m)->by_state[STATE_TIME_WAIT], 0);
}

/* A sample taken when the FIN arrives includes it in the bytes. */
static void end_without_the_fin_in_its_bytes(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 1000, 0), end;

	put(m, s);
	tick(m, 1);
	end = ended(s, tick_time(1) + SEC / 2);
	end.rx_bytes = 999;
	put(m, end);
	tick(m, 2);
	assert_int_equal(row_of(m, 1)->s.rx_bytes, 999);
	assert_true(model_totals(m)->rx_rate == 0);
	/* A sample with lower counters came too late. */
	end.rx_bytes = 998;
	put(m, end);
	tick(m, 3);
	assert_int_equal(row_of(m, 1)->s.rx_bytes, 999);
}

/* The pass saw the minisock before the end event was read. */
static void end_after_time_wait_adds_its_totals(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 1000, 0), end;

	put(m, s);
	tick(m, 1);
	put(m, time_wait(1, 2));
	end = ended(s, tick_time(1) + SEC / 2);
	end.rx_bytes = 1700;
	put(m, end);
	tick(m, 2);
	assert_int_equal(row_of(m, 1)->s.state, STATE_TIME_WAIT);
	assert_int_equal(row_of(m, 1)->closed, 0);
	assert_int_equal(row_of(m, 1)->s.rx_bytes, 1700);
	assert_true(fabs(model_totals(m)->rx_rate - 700) < 15);
}

static void stale_samples_change_nothing(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 2, 5000, 0);

	put(m, s);
	put(m, tcp_sample(1, 1, 100, 0));
	assert_int_equal(row_of(m, 1)->s.rx_bytes, 5000);
	put(m, ended(s, s.sample_ns + 10));
	put(m, s); /* written before the end, read after it */
	assert_int_equal(row_of(m, 1)->closed, 1);
	/* The file of a connection that ended is still open: that is no new life. */
	s = tcp_sample(1, 3, 5000, 0);
	s.state = STATE_CLOSE;
	put(m, s);
	assert_int_equal(row_of(m, 1)->closed, 1);
	tick(m, 3);
	assert_int_equal(model_totals(m)->live, 0);
}

static void final_totals_never_fall(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 5000, 5000), end;

	put(m, s);
	tick(m, 1);
	end = ended(s, tick_time(1) + 5);
	end.rx_bytes = 4000;
	end.has &= ~(u64)(HAS_OWNER | HAS_TX_BYTES | HAS_MEM);
	end.tx_bytes = 0;
	end.pid = 0;
	put(m, end);
	tick(m, 2);
	assert_int_equal(row_of(m, 1)->s.rx_bytes, 5000);
	assert_int_equal(row_of(m, 1)->s.tx_bytes, 5000);
	assert_int_equal(row_of(m, 1)->s.pid, 2211);
	assert_true(model_totals(m)->rx_rate == 0);
}

static void gone_closes_with_the_last_values(void **state)
{
	struct model *m = *state;

	put(m, udp_sample(9, 1, 700, 800));
	tick(m, 1);
	assert_int_equal(model_totals(m)->udp, 1);
	gone(m, 9, tick_time(2));
	gone(m, 9, tick_time(2));
	gone(m, 12345, tick_time(2));
	tick(m, 2);
	assert_int_equal(row_of(m, 9)->closed, 1);
	assert_int_equal(row_of(m, 9)->s.rx_bytes, 700);
	assert_int_equal(model_totals(m)->udp, 0);
	/* Only thought to be gone: a pass had skipped it. */
	put(m, udp_sample(9, 3, 900, 800));
	tick(m, 3);
	assert_int_equal(row_of(m, 9)->closed, 0);
	assert_int_equal(row_of(m, 9)->s.ended_ns, 0);
	assert_int_equal(model_totals(m)->udp, 1);
	assert_int_equal(model_totals(m)->closed, 0);
}

static void oldest_closed_rows_go_first(void **state)
{
	struct model *m = *state;

	model_keep_closed(m, 10);
	for (u64 id = 1; id <= 25; id++) {
		put(m, tcp_sample(id, 1, 0, 0));
		put(m, ended(tcp_sample(id, 1, 0, 0), tick_time(1) + SEC / 2 + id));
	}
	tick(m, 2);
	assert_int_equal(model_totals(m)->closed, 10);
	assert_int_equal(model_totals(m)->rows, 10);
	for (u64 id = 1; id <= 25; id++)
		assert_int_equal(row_of(m, id) != NULL, id > 15);
	assert_true(model_rows_end(m) <= 11); /* slots are used again */
	put(m, time_wait(20, 3));             /* leaves from the middle of the list */
	model_keep_closed(m, 4);
	assert_non_null(row_of(m, 20));
	assert_null(row_of(m, 21));
	assert_non_null(row_of(m, 22));
	model_keep_closed(m, 0);
	assert_null(row_of(m, 25));
	put(m, ended(tcp_sample(30, 3, 5, 5), tick_time(3)));
	assert_null(row_of(m, 30));
	tick(m, 4);
	assert_int_equal(model_totals(m)->rows, 1);
}

/* Connections that closed first, far more than rows are kept of. */
static struct record_socket closed_first(u64 id, u64 number)
{
	struct record_socket s = ended(tcp_sample(id, number, 1000 + id, 5000 + id), tick_time(number) + id);

	s.flags &= ~(u32)SOCKET_SEEDED;
	s.last_state = STATE_FIN_WAIT2;
	return s;
}

/* The slow turn finds their TIME_WAIT when the rows are gone. */
static void a_late_time_wait_has_its_totals(void **state)
{
	struct model *m = *state;
	struct record_socket s;

	model_keep_closed(m, 10);
	tick(m, 1);
	for (u64 id = 1; id <= 5000; id++)
		put(m, closed_first(id, 1));
	s = closed_first(6001, 1);
	s.flags |= SOCKET_ABORTED; /* leaves no TIME_WAIT; whoever has this id is another */
	put(m, s);
	s = closed_first(6002, 1);
	s.last_state = STATE_LAST_ACK;
	put(m, s);
	s = closed_first(6003, 1);
	s.rx_pkts = 1ULL << 32;
	put(m, s);
	for (u64 id = 7001; id <= 7011; id++)
		put(m, closed_first(id, 1));
	tick(m, 2);
	assert_near(model_totals(m)->rx_rate,
		    5000 * 1000.0 + 5000 * 5001 / 2 + 3 * 1000 + 6001 + 6002 + 6003 + 11 * 1000 + 11 * 7006);
	for (u64 id = 1; id <= 7000; id++) {
		assert_null(row_of(m, id));
		if (id > 5000 && id <= 6000)
			continue;
		put(m, time_wait(id, 3));
		if (id == 6003)
			break;
	}
	tick(m, 3);
	assert_true(model_totals(m)->rx_rate == 0); /* they were counted when they moved */
	for (u64 id = 1; id <= 5000; id++) {
		const struct row *r = row_of(m, id);

		assert_true(r->s.has & HAS_RX_BYTES && r->s.has & HAS_TX_BYTES && r->s.has & HAS_RX_PKTS);
		assert_int_equal(r->s.rx_bytes, 1000 + id);
		assert_int_equal(r->s.tx_bytes, 5000 + id);
		assert_int_equal(r->s.rx_pkts, (1000 + id) / 1000);
		assert_int_equal(r->s.tx_pkts, (5000 + id) / 1000);
		assert_int_equal(r->s.dir, DIR_IN);
		assert_int_equal(r->s.state, STATE_TIME_WAIT);
		assert_false(r->s.has & (HAS_TCP | HAS_CHRONO | HAS_MEM));
	}
	assert_false(row_of(m, 6001)->s.has & HAS_RX_BYTES);
	assert_false(row_of(m, 6002)->s.has & HAS_RX_BYTES);
	assert_false(row_of(m, 6003)->s.has & HAS_RX_PKTS);
	assert_true(row_of(m, 6003)->s.has & HAS_TX_PKTS);
	assert_int_equal(m->ends.ids.used, 1);
	assert_int_equal(m->ends.forgotten, 0);
}

static void totals_of_ends_are_bounded_and_let_go(void **state)
{
	struct model *m = *state;
	const u64 more = 1000;

	model_keep_closed(m, 0);
	tick(m, 1);
	for (u64 id = 1; id <= MODEL_ENDS_MAX + more; id++)
		put(m, closed_first(id, 1));
	assert_int_equal(m->ends.ids.used, MODEL_ENDS_MAX);
	assert_int_equal(m->ends.forgotten, more);
	tick(m, 2);
	put(m, time_wait(more, 2)); /* the oldest of all had to go */
	assert_false(row_of(m, more)->s.has & HAS_RX_BYTES);
	put(m, time_wait(more + 1, 2));
	assert_int_equal(row_of(m, more + 1)->s.rx_bytes, 1000 + more + 1);
	tick(m, 60);
	assert_int_equal(m->ends.ids.used, MODEL_ENDS_MAX - 1);
	put(m, time_wait(more + 2, 60));
	assert_true(row_of(m, more + 2)->s.has & HAS_RX_BYTES);
	tick(m, 80); /* no TIME_WAIT lasts that long */
	assert_int_equal(m->ends.ids.used, 0);
	assert_null(m->ends.lives.entries);
	put(m, closed_first(MODEL_ENDS_MAX * 2, 80)); /* and starts afresh */
	put(m, time_wait(MODEL_ENDS_MAX * 2, 81));
	assert_true(row_of(m, MODEL_ENDS_MAX * 2)->s.has & HAS_RX_BYTES);
	assert_int_equal(m->ends.forgotten, more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    MODEL_TEST(time_wait_keeps_what_was_known),   MODEL_TEST(time_wait_after_the_end_lives_until_gone),
	    MODEL_TEST(end_without_the_fin_in_its_bytes), MODEL_TEST(end_after_time_wait_adds_its_totals),
	    MODEL_TEST(stale_samples_change_nothing),     MODEL_TEST(final_totals_never_fall),
	    MODEL_TEST(gone_closes_with_the_last_values), MODEL_TEST(oldest_closed_rows_go_first),
	    MODEL_TEST(a_late_time_wait_has_its_totals),  MODEL_TEST(totals_of_ends_are_bounded_and_let_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
