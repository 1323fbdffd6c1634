/* What begins and ends, as events: which records make one, once, with what was known then and became known later. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "expect.h"
#include "life_table.h"
#include "rows_private.h"
#include "sample.h"

static const struct life *newest(const struct model *m)
{
	return model_life(m, model_lives_newest(m));
}

/* A connection whose birth was seen, by whom it is not known yet. */
static struct record_socket nobodys(u64 id, u8 dir, u64 number)
{
	struct record_socket s = born(tcp_sample(id, number, 0, 0), tick_time(number) - SEC / 2);

	s.dir = dir;
	s.has &= ~(u64)HAS_OWNER;
	s.pid = 0;
	memset(s.comm, 0, sizeof(s.comm));
	return s;
}

static struct record_socket over(struct record_socket s, u64 ended_ns, u8 last_state, u8 by, u16 error)
{
	s = ended(s, ended_ns);
	s.last_state = last_state;
	s.ended_by = by;
	s.error = error;
	return s;
}

/* Of event number n. */
#define expect(m, n, ...) expect_cells(&life_table, m, model_life(m, n), __VA_ARGS__)

static void older_connections_only_end(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 10, 20);

	put(m, s);
	tick(m, 1);
	assert_int_equal(model_lives_newest(m), 0);
	put(m, over(s, tick_time(2), STATE_LAST_ACK, ENDED_REMOTE, 0));
	assert_int_equal(model_lives_newest(m), 1);
	assert_int_equal(newest(m)->event, LIFE_CLOSE);
	assert_true(life_time(newest(m)) == tick_time(2));
	expect(m, 1, "outcome=remote; rx_bytes=10; duration_us="); /* nobody saw its beginning */
}

static void a_beginning_knows_nothing_of_the_end(void **state)
{
	static const struct {
		u8 dir;
		const char *event, *state;
	} kinds[] = {{DIR_OUT, "open", "syn-sent"}, {DIR_IN, "accept", "estab"}, {DIR_LISTEN, "listen", "listen"}};
	struct model *m = *state;

	for (u64 i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct record_socket s = born(tcp_sample(1 + i, 1, 10, 20), tick_time(1) - SEC / 4);

		s.dir = kinds[i].dir;
		s.retrans = 3;
		put(m, over(s, tick_time(1), STATE_ESTABLISHED, ENDED_TIMEOUT, ETIMEDOUT));
		assert_int_equal(model_lives_newest(m), 2 * i + 2);
		expect(m, 2 * i + 1, "event=%s; state=%s", kinds[i].event, kinds[i].state);
		expect(m, 2 * i + 1, "outcome=; rx_bytes=; retrans=; duration_us=; comm=nginx");
		assert_true(life_time(model_life(m, 2 * i + 1)) == tick_time(1) - SEC / 4);
		expect(m, 2 * i + 2, "event=close; errno=ETIMEDOUT; duration_us=250000; retrans=3");
	}
}

static void what_a_beginning_lacked_is_added(void **state)
{
	struct model *m = *state;
	struct record_socket s = nobodys(1, DIR_OUT, 1), other = nobodys(2, DIR_IN, 1);

	put(m, s);
	put(m, other);
	tick(m, 1);
	expect(m, 1, "pid=; connect_us=");
	s.sample_ns += SEC;
	s.connect_us = 77;
	put(m, s);
	expect(m, 1, "connect_us=77");
	expect(m, 2, "connect_us=");
	s.sample_ns += SEC;
	s.has |= HAS_OWNER;
	s.pid = 5;
	memcpy(s.comm, "curl", 5);
	s.rx_bytes = 99;
	put(m, s);
	expect(m, 1, "pid=5; comm=curl; rx_bytes=");
	expect(m, 2, "pid=");
	assert_int_equal(model_lives_newest(m), 2);
	/* Who holds it now has not opened it. */
	s.sample_ns += SEC;
	s.pid = 6;
	put(m, s);
	expect(m, 1, "pid=5");
}

/* Bound, and seen by a tick before it listens. */
static void what_was_known_before_begins(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 0, 0);

	s.state = STATE_CLOSE;
	s.has &= ~(u64)HAS_REMOTE;
	s.dir = DIR_UNKNOWN;
	put(m, s);
	tick(m, 1);
	s.state = STATE_LISTEN;
	s.dir = DIR_LISTEN;
	s.sample_ns += SEC;
	put(m, born(s, tick_time(2)));
	assert_int_equal(model_lives_newest(m), 1);
	assert_int_equal(newest(m)->event, LIFE_LISTEN);
	s.sample_ns += SEC;
	put(m, born(s, tick_time(2)));
	put(m, over(born(s, tick_time(2)), tick_time(3), STATE_LISTEN, ENDED_LOCAL, 0));
	assert_int_equal(model_lives_newest(m), 2);
}

static void a_failure_says_why(void **state)
{
	static const struct {
		u8 by;
		u16 error;
		const char *outcome;
		int severity;
	} ends[] = {{ENDED_RESET_RECEIVED, ECONNREFUSED, "ECONNREFUSED", 1},
		    {ENDED_TIMEOUT, ETIMEDOUT, "ETIMEDOUT", 2},
		    {ENDED_ERROR, EADDRNOTAVAIL, "EADDRNOTAVAIL", 2},
		    {ENDED_ERROR, ENOTTY, "other", 2},
		    {ENDED_GAVE_UP, 0, "gave-up", 1}};
	struct model *m = *state;

	for (u64 i = 0; i < ARRAY_SIZE(ends); i++) {
		put(m, over(nobodys(1 + i, DIR_OUT, 1), tick_time(1), STATE_SYN_SENT, ends[i].by, ends[i].error));
		assert_int_equal(newest(m)->event, LIFE_FAIL);
		expect(m, model_lives_newest(m), "outcome=%s; failed=1", ends[i].outcome);
		assert_int_equal(table_severity(&life_table, table_find(&life_table, "outcome"), m, newest(m)),
				 ends[i].severity);
	}
}

/* A TIME_WAIT goes on with the row, before its end was told or after; a RST may still come. */
static void an_end_is_told_once(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 10, 20), waits = s, end;

	put(m, s);
	tick(m, 1);
	waits.state = STATE_TIME_WAIT;
	waits.has = HAS_REMOTE;
	waits.sample_ns = tick_time(3);
	put(m, waits);
	assert_int_equal(model_lives_newest(m), 0);
	end = over(s, tick_time(2), STATE_FIN_WAIT2, ENDED_LOCAL, 0);
	put(m, end);
	assert_int_equal(row_of(m, 1)->s.state, STATE_TIME_WAIT);
	assert_int_equal(row_of(m, 1)->s.ended_by, ENDED_LOCAL);
	assert_int_equal(model_lives_newest(m), 1);
	assert_true(life_time(newest(m)) == tick_time(2));
	put(m, end);
	waits.sample_ns = tick_time(4);
	put(m, waits);
	apply(m, RECORD_GONE, &(struct record_gone){.id = 1, .time_ns = tick_time(5)});
	apply(m, RECORD_RESETS, &(struct record_resets){.id = 1, .resets = 1, .time_ns = tick_time(5)});
	assert_int_equal(model_lives_newest(m), 1);
	expect(m, 1, "outcome=local");
}

static void a_late_reset_is_how_it_ended(void **state)
{
	struct model *m = *state;

	put(m, tcp_sample(1, 1, 10, 20));
	put(m, over(tcp_sample(1, 1, 10, 20), tick_time(2), STATE_ESTABLISHED, ENDED_UNKNOWN, 0));
	apply(m, RECORD_RESETS, &(struct record_resets){.id = 1, .resets = 1, .time_ns = tick_time(2)});
	assert_int_equal(row_of(m, 1)->s.ended_by, ENDED_RESET_SENT);
	assert_int_equal(model_lives_newest(m), 1);
}

static void only_tcp(void **state)
{
	struct model *m = *state;
	struct record_socket s = born(udp_sample(1, 1, 10, 20), tick_time(1));

	put(m, s);
	put(m, ended(s, tick_time(2)));
	assert_int_equal(model_lives_newest(m), 0);
}

static void the_newest_are_kept(void **state)
{
	struct model *m = *state;
	u32 found = 0;

	for (u64 i = 1; i <= LIVES_MAX + 5; i++)
		put(m, nobodys(i, DIR_OUT, 1));
	assert_int_equal(model_lives_newest(m), LIVES_MAX + 5);
	assert_null(model_life(m, 5));
	assert_non_null(model_life(m, 6));
	assert_int_equal(life_table.rows(m, true), LIVES_MAX);
	for (u32 i = 0; i < life_table.end(m); i++) {
		const struct life *l = life_table.row(m, i);

		found += l && life_table.find(m, life_table.id(l)) == i;
	}
	assert_int_equal(found, LIVES_MAX);
	assert_int_equal(life_table.find(m, 5), IDMAP_NONE);
	assert_int_equal(model_lives_unseen(m), 5);
	/* What one lacked that is gone already goes nowhere. */
	put(m, tcp_sample(1, 2, 0, 0));
	expect(m, LIVES_MAX + 1, "pid=");
	/* Those of a tick that is over have been seen. */
	tick(m, 1);
	put(m, nobodys(LIVES_MAX + 6, DIR_OUT, 2));
	assert_int_equal(model_lives_unseen(m), 5);
	/* Another one of the same numbers is not taken for it. */
	assert_int_equal(model_life(m, LIVES_MAX + 1)->r.s.id, LIVES_MAX + 1);
}

static void check_states(struct model *m, const char *text, const char *old_state_us)
{
	expect(m, model_lives_newest(m), "states=%s; old_state_us=%s", text, old_state_us);
}

/* The end of a connection that began 500 ms before tick 1, at tick 2, and when it changed its states. */
static void put_states(struct model *m, struct record_socket s, u8 last_state, u64 left_ns, u64 last_ns)
{
	apply(m, RECORD_LIFE, &(struct record_life){.id = s.id, .left_ns = left_ns, .last_ns = last_ns});
	put(m, over(s, tick_time(2), last_state, ENDED_LOCAL, 0));
}

static void states_and_their_times(void **state)
{
	const u64 left = tick_time(2) - SEC / 5, last = tick_time(2) - SEC / 10;
	struct model *m = *state;
	struct record_socket out = nobodys(1, DIR_OUT, 1), in = nobodys(2, DIR_IN, 1), old = tcp_sample(3, 1, 0, 0);
	struct record_socket listens = nobodys(4, DIR_LISTEN, 1);

	out.connect_us = 300000;
	in.connect_us = 300000; /* not a state of its own */
	put_states(m, out, STATE_FIN_WAIT2, left, last);
	check_states(m, "syn-sent 300ms  estab 1.0s  fin-wait-1 100ms  fin-wait-2 100ms", "100000");
	put_states(m, in, STATE_LAST_ACK, left, last);
	check_states(m, "estab 1.3s  close-wait 100ms  last-ack 100ms", "100000");
	put_states(m, old, STATE_CLOSING, left, last);
	check_states(m, "fin-wait-1 100ms  closing 100ms", "100000");
	in.id = 5;
	put_states(m, in, STATE_CLOSE_WAIT, left, left);
	check_states(m, "estab 1.3s  close-wait 200ms", "200000");
	in.id = 6;
	put_states(m, in, STATE_ESTABLISHED, 0, in.birth_ns);
	check_states(m, "estab 1.5s", "1500000");
	out.id = 7;
	out.connect_us = 0;
	put_states(m, out, STATE_SYN_SENT, 0, out.birth_ns);
	check_states(m, "syn-sent 1.5s", "1500000");
	put_states(m, listens, STATE_LISTEN, 0, listens.birth_ns);
	check_states(m, "listen 1.5s", "1500000");
	/* Of another socket; and of one whose life nobody saw. */
	old.id = 8;
	put(m, over(old, tick_time(2), STATE_LAST_ACK, ENDED_REMOTE, 0));
	check_states(m, "", "");
	expect(m, 1, "states=");
}

/* Stamps that contradict each other make no time of ages. */
static void states_of_a_stream_that_lies(void **state)
{
	struct model *m = *state;
	struct record_socket s = nobodys(1, DIR_OUT, 1);
	struct life_state at[LIFE_STATES];

	s.connect_us = UINT32_MAX;
	put_states(m, s, STATE_FIN_WAIT2, UINT64_MAX, 1);
	assert_true(life_states(newest(m), at) <= LIFE_STATES);
	for (unsigned i = 0; i < life_states(newest(m), at); i++)
		assert_true(at[i].ns <= tick_time(2));
}

static void counts_and_times(void **state)
{
	struct model *m = *state;
	struct record_socket s = nobodys(1, DIR_OUT, 1);
	struct histogram_figures f;

	tick(m, 1);
	assert_true(isnan(model_lives_rate(m, LIFE_OPEN)));
	for (u64 i = 1; i <= 4; i++) {
		s = nobodys(i, DIR_OUT, 2);
		put(m, s);
	}
	tick(m, 2);
	assert_near(model_lives_rate(m, LIFE_OPEN), 4);
	assert_near(model_lives_rate(m, LIFE_FAIL), 0);
	assert_false(model_connect_times(m, &f));
	s.connect_us = 1000;
	s.sample_ns += SEC;
	put(m, s);
	s.sample_ns += 1; /* told again, but only once established */
	put(m, s);
	s = nobodys(9, DIR_IN, 3); /* that is another time */
	s.connect_us = 5000;
	put(m, s);
	put(m, over(nobodys(1, DIR_OUT, 2), tick_time(3), STATE_SYN_SENT, ENDED_GAVE_UP, 0));
	tick(m, 3);
	assert_near(model_lives_rate(m, LIFE_OPEN), 0);
	assert_near(model_lives_rate(m, LIFE_FAIL), 1);
	assert_int_equal(model_lives_total(m, LIFE_OPEN), 4);
	assert_int_equal(model_lives_total(m, LIFE_ACCEPT), 1);
	assert_true(model_connect_times(m, &f));
	assert_int_equal(f.n, 1);
	assert_int_equal(f.max_ns, 1000000);
	for (u64 i = 4; i < 20; i++)
		tick(m, i);
	assert_false(model_connect_times(m, &f));
}

static const char *label(const struct model *m, size_t group, u64 number, char *text)
{
	life_groups[group].label(m, model_life(m, number), text, GROUP_LABEL_MAX);
	return text;
}

static void groups_by_outcome(void **state)
{
	const struct table_group *by = &life_groups[2];
	struct model *m = *state;
	char text[GROUP_LABEL_MAX];

	put(m, over(nobodys(1, DIR_OUT, 1), tick_time(1), STATE_SYN_SENT, ENDED_ERROR, ENETUNREACH));
	put(m, over(nobodys(2, DIR_OUT, 1), tick_time(1), STATE_SYN_SENT, ENDED_ERROR, EHOSTUNREACH));
	put(m, over(nobodys(3, DIR_OUT, 1), tick_time(1), STATE_SYN_SENT, ENDED_ERROR, ENETUNREACH));
	assert_string_equal(by->name, "outcome");
	assert_string_equal(label(m, 2, 1, text), "open");
	assert_string_equal(label(m, 2, 2, text), "fail ENETUNREACH");
	assert_string_equal(label(m, 2, 4, text), "fail EHOSTUNREACH");
	assert_true(by->key(m, model_life(m, 2)) == by->key(m, model_life(m, 6)));
	assert_true(by->key(m, model_life(m, 2)) != by->key(m, model_life(m, 4)));
	assert_true(by->key(m, model_life(m, 1)) == by->key(m, model_life(m, 3)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    MODEL_TEST(older_connections_only_end),
	    MODEL_TEST(a_beginning_knows_nothing_of_the_end),
	    MODEL_TEST(what_a_beginning_lacked_is_added),
	    MODEL_TEST(what_was_known_before_begins),
	    MODEL_TEST(a_failure_says_why),
	    MODEL_TEST(an_end_is_told_once),
	    MODEL_TEST(a_late_reset_is_how_it_ended),
	    MODEL_TEST(only_tcp),
	    MODEL_TEST(the_newest_are_kept),
	    MODEL_TEST(states_and_their_times),
	    MODEL_TEST(states_of_a_stream_that_lies),
	    MODEL_TEST(counts_and_times),
	    MODEL_TEST(groups_by_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
