/* Findings: when a check speaks and when it falls silent, what it says, what is kept, and that those that come with
 * skbtop are right in themselves. */
#include <errno.h>
#include <stdlib.h>

#include "rows.h"

#include "check_folds.h"
#include "finding_table.h"
#include "findings_private.h"
#include "folds.h"
#include "model.h"
#include "sentence.h"

static struct model *m;
static struct findings *f;

/* Sockets by process, those with a backlog: said after two seconds, over after three. */
static const struct check slow = {
    .name = "slow",
    .severity = FINDING_WARNING,
    .of = &processes_fold,
    .each = "recvq > 100",
    .when = "members >= 2",
    .grave = "recvq >= 10k",
    .after = 2,
    .until = 3,
    .about = "comm,pid",
    .value = "recvq",
    .text = "{comm} leaves {recvq} in {members|socket|sockets}[ to {raddr}]",
    .grave_text = "{comm} leaves very much: {recvq}",
    .advice = "wake {comm}",
};

static int setup(void **state)
{
	struct error err = {};

	(void)state;
	assert_int_equal(model_new(&m), 0);
	assert_int_equal(findings_new(&f, m, &err), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	findings_free(f);
	model_free(m);
	return 0;
}

/* Only this check from now on. */
static void only(const struct check *c)
{
	struct error err = {};

	findings_free(f);
	f = calloc(1, sizeof(*f));
	assert_non_null(f);
	f->m = m;
	assert_int_equal(findings_add(f, c, &err), 0);
}

static void socket_of(u64 id, u32 pid, const char *raddr, u32 recvq)
{
	struct record_socket s = rows_tcp(id, "10.0.0.1", (u16)(1000 + id), raddr, 80);

	s.pid = pid;
	s.recvq = recvq;
	rows_put(m, &s);
}

static void tick(u64 second)
{
	rows_tick(m, second);
	findings_tick(f);
	assert_int_equal(findings_work(f, 0), 1);
}

static const struct finding *worst(void)
{
	return findings_worst(f, FINDING_INFO, 0);
}

static void test_holds(void **state)
{
	(void)state;
	only(&slow);
	socket_of(1, 7, "10.0.0.2", 200);
	tick(1);
	socket_of(2, 7, "10.0.0.2", 300);
	/* True from the second tick on, said two seconds later. */
	tick(2);
	assert_null(worst());
	tick(3);
	assert_null(worst());
	tick(4);
	assert_non_null(worst());
	assert_string_equal(worst()->text, "app leaves 500 B in 2 sockets to 10.0.0.2");
	assert_string_equal(worst()->advice, "wake app");
	assert_string_equal(worst()->filter, "pid = 7 and (recvq > 100)");
	assert_int_equal(worst()->severity, FINDING_WARNING);
	assert_true(worst()->value == 500);
	assert_int_equal(finding_since_us(f, worst()), 2000000);
	assert_int_equal(findings_count(f, FINDING_WARNING), 1);
	assert_int_equal(findings_count(f, FINDING_CRITICAL), 0);
}

/* Two seconds are two ticks, though the second comes a little early. */
static void test_ticks_that_jitter(void **state)
{
	struct record_tick t = {.time_ns = 2 * ROWS_SECOND, .interval_ns = ROWS_SECOND, .bpf_run_ns = UINT64_MAX};

	(void)state;
	only(&slow);
	socket_of(1, 7, "10.0.0.2", 200);
	socket_of(2, 7, "10.0.0.2", 300);
	for (t.number = 1; t.number <= 3; t.number++) {
		assert_null(worst());
		apply(m, RECORD_TICK, &t);
		findings_tick(f);
		assert_int_equal(findings_work(f, 0), 1);
		t.time_ns += ROWS_SECOND - NSEC_PER_MSEC;
	}
	assert_non_null(worst());
}

static void test_short_ones_are_not_said(void **state)
{
	(void)state;
	only(&slow);
	socket_of(1, 7, "10.0.0.2", 200);
	socket_of(2, 7, "10.0.0.2", 300);
	tick(1);
	tick(2);
	socket_of(2, 7, "10.0.0.2", 0);
	tick(3);
	socket_of(2, 7, "10.0.0.2", 300);
	/* It begins anew. */
	tick(4);
	tick(5);
	assert_null(worst());
	tick(6);
	assert_non_null(worst());
	assert_int_equal(finding_since_us(f, worst()), 2000000);
}

/* What is seen at instants need only be seen in half of the time. */
static void test_mostly(void **state)
{
	struct check c = slow;

	(void)state;
	c.mostly = true;
	only(&c);
	socket_of(1, 7, "10.0.0.2", 200);
	for (u64 second = 1; second <= 3; second++) {
		socket_of(2, 7, "10.0.0.2", second == 2 ? 0 : 300);
		tick(second);
	}
	assert_non_null(worst());
	assert_int_equal(finding_since_us(f, worst()), 2000000);
	/* In less than half of it is not mostly. */
	only(&c);
	for (u64 second = 4; second <= 9; second++) {
		socket_of(2, 7, "10.0.0.2", second == 4 || second == 8 ? 300 : 0);
		tick(second);
	}
	assert_null(worst());
	/* What was seldom so at first is said as soon as it is mostly so. */
	c.until = 10;
	only(&c);
	for (u64 second = 10; second <= 20; second++) {
		assert_null(worst());
		socket_of(2, 7, "10.0.0.2", second == 10 || second >= 18 ? 300 : 0);
		tick(second);
	}
	assert_non_null(worst());
	assert_int_equal(finding_since_us(f, worst()), 2000000);
}

static void test_ends(void **state)
{
	u64 id;

	(void)state;
	only(&slow);
	socket_of(1, 7, "10.0.0.2", 200);
	socket_of(2, 7, "10.0.0.2", 300);
	tick(1);
	tick(3);
	id = worst()->id;
	socket_of(2, 7, "10.0.0.2", 0);
	/* Gone from the fourth second on, and said for three more: it may come back. */
	tick(4);
	tick(6);
	assert_non_null(worst());
	tick(7);
	assert_null(worst());
	assert_int_equal(finding_table.rows(f, false), 0);
	assert_int_equal(finding_table.rows(f, true), 1);
	assert_int_equal(finding_since_us(f, findings_at(f, findings_find(f, id))), 3000000);
	/* It is kept for a minute after its end. */
	tick(4 + FINDINGS_KEEP_S - 1);
	assert_int_not_equal(findings_find(f, id), IDMAP_NONE);
	tick(4 + FINDINGS_KEEP_S);
	assert_int_equal(findings_find(f, id), IDMAP_NONE);
}

static void test_comes_back(void **state)
{
	u64 id;

	(void)state;
	only(&slow);
	socket_of(1, 7, "10.0.0.2", 200);
	socket_of(2, 7, "10.0.0.2", 300);
	tick(1);
	tick(3);
	id = worst()->id;
	/* A gap that is shorter than three seconds is none. */
	socket_of(2, 7, "10.0.0.2", 0);
	tick(4);
	socket_of(2, 7, "10.0.0.2", 300);
	tick(6);
	assert_int_equal(finding_since_us(f, worst()), 5000000);
	socket_of(2, 7, "10.0.0.2", 0);
	tick(7);
	tick(10);
	assert_null(worst());
	socket_of(2, 7, "10.0.0.2", 300);
	tick(11);
	assert_null(worst());
	tick(13);
	assert_int_equal(worst()->id, id);
	assert_int_equal(finding_since_us(f, worst()), 2000000);
}

static void test_grave(void **state)
{
	(void)state;
	only(&slow);
	socket_of(1, 7, "10.0.0.2", 200);
	socket_of(2, 7, "10.0.0.3", 9799);
	tick(1);
	tick(3);
	assert_int_equal(worst()->severity, FINDING_WARNING);
	assert_string_equal(worst()->text, "app leaves 10.0kB in 2 sockets");
	socket_of(2, 7, "10.0.0.3", 9800);
	tick(4);
	assert_int_equal(worst()->severity, FINDING_CRITICAL);
	assert_string_equal(worst()->text, "app leaves very much: 10.0kB");
	assert_int_equal(finding_since_us(f, worst()), 3000000);
}

/* The worst first, of these the newest. */
static void test_order_and_mute(void **state)
{
	(void)state;
	only(&slow);
	for (u32 pid = 1; pid <= 3; pid++) {
		socket_of(pid, pid, "10.0.0.2", 200);
		socket_of(10 + pid, pid, "10.0.0.2", pid == 2 ? 20000 : 300);
		tick(pid);
	}
	tick(5);
	assert_int_equal(findings_worst(f, FINDING_INFO, 0)->about[SUBJECT_pid].number, 2);
	assert_int_equal(findings_worst(f, FINDING_INFO, 1)->about[SUBJECT_pid].number, 3);
	assert_int_equal(findings_worst(f, FINDING_INFO, 2)->about[SUBJECT_pid].number, 1);
	assert_null(findings_worst(f, FINDING_INFO, 3));
	assert_int_equal(findings_count(f, FINDING_WARNING), 3);
	assert_int_equal(findings_count(f, FINDING_CRITICAL), 1);
	findings_mute(f, worst()->id, true);
	assert_int_equal(findings_worst(f, FINDING_INFO, 0)->about[SUBJECT_pid].number, 3);
	assert_int_equal(findings_count(f, FINDING_WARNING), 2);
}

/* What is muted stays so when it has gone and comes again. */
static void test_mute_lasts(void **state)
{
	u64 id;

	(void)state;
	only(&slow);
	socket_of(1, 7, "10.0.0.2", 200);
	socket_of(2, 7, "10.0.0.2", 300);
	tick(1);
	tick(3);
	id = worst()->id;
	findings_mute(f, id, true);
	socket_of(2, 7, "10.0.0.2", 0);
	tick(4);
	tick(10);
	tick(100);
	assert_int_equal(findings_find(f, id), IDMAP_NONE);
	socket_of(2, 7, "10.0.0.2", 300);
	tick(101);
	tick(103);
	assert_int_not_equal(findings_find(f, id), IDMAP_NONE);
	assert_null(worst());
	findings_mute(f, id, false);
	assert_non_null(worst());
}

static void test_bound(void **state)
{
	(void)state;
	only(&slow);
	for (u32 pid = 1; pid <= FINDINGS_EACH + 5; pid++) {
		socket_of(pid, pid, "10.0.0.2", 200);
		socket_of(1000 + pid, pid, "10.0.0.2", 200);
	}
	tick(1);
	tick(3);
	assert_int_equal(findings_count(f, FINDING_INFO), FINDINGS_EACH);
	assert_int_equal(findings_more(f), 5);
	/* Their places are free again afterwards. */
	for (u32 pid = 1; pid <= FINDINGS_EACH; pid++)
		socket_of(pid, pid, "10.0.0.2", 0);
	tick(4);
	tick(7);
	/* What is over does not wait for its minute where others need the room. */
	tick(8);
	tick(10);
	assert_int_equal(findings_count(f, FINDING_INFO), 5);
	assert_int_equal(findings_more(f), 0);
}

/* In slices there is the same as at once. */
static void test_slices(void **state)
{
	(void)state;
	only(&slow);
	for (u32 i = 1; i <= 4000; i++)
		socket_of(i, i % 50 + 1, "10.0.0.2", i % 2 ? 110 : 50);
	for (u64 second = 1; second <= 3; second += 2) {
		int r;

		rows_tick(m, second);
		findings_tick(f);
		while ((r = findings_work(f, 1)) == 0)
			;
		assert_int_equal(r, 1);
	}
	assert_int_equal(findings_count(f, FINDING_INFO), 25);
	assert_string_equal(worst()->text, "app leaves 8.8kB in 80 sockets to 10.0.0.2");
}

/* A tick that came during a round is looked at after it, though it was the last. */
static void test_last_tick(void **state)
{
	int r = 0;

	(void)state;
	only(&slow);
	for (u32 i = 1; i <= 4000; i++)
		socket_of(i, 7, "10.0.0.2", 200);
	tick(1);
	rows_tick(m, 2);
	findings_tick(f);
	assert_int_equal(findings_work(f, 1), 0);
	rows_tick(m, 3);
	findings_tick(f);
	for (unsigned i = 0; i < 100000 && r == 0; i++)
		r = findings_work(f, 1);
	assert_int_equal(r, 1);
	assert_int_equal(finding_since_us(f, worst()), 2000000);
}

static void test_pace(void **state)
{
	u64 round;

	(void)state;
	only(&slow);
	socket_of(1, 7, "10.0.0.2", 200);
	tick(1);
	round = f->round;
	tick(2);
	assert_int_equal(f->round, round + 1);
	/* As little as that of a CPU: it rests for a long time. */
	findings_pace(f, 1e-9);
	tick(3);
	assert_int_equal(f->round, round + 2);
	tick(4);
	assert_int_equal(f->round, round + 2);
}

#define PREEMPTED_NS (50 * NSEC_PER_MSEC)

/* The row of a table, after others have had the processor for a while. */
static const void *row_later(const void *picture, u32 index)
{
	const struct timespec t = {.tv_nsec = PREEMPTED_NS};

	nanosleep(&t, NULL);
	return socket_table.row(picture, index);
}

/* What others take of the processor during a round is not its cost: on a busy machine checks would fall silent. */
static void test_pace_when_preempted(void **state)
{
	struct table late = socket_table;
	const struct check check = {.name = "late", .of = &late, .text = "{comm}"};

	(void)state;
	late.row = row_later;
	only(&check);
	findings_pace(f, FINDINGS_SHARE);
	socket_of(1, 7, "10.0.0.2", 200);
	tick(1);
	assert_int_equal(findings_count(f, FINDING_INFO), 1);
	assert_true(f->cost > 0 && f->cost < PREEMPTED_NS / 2);
	assert_true(f->rest_until < now_ns() + (u64)(PREEMPTED_NS / FINDINGS_SHARE));
}

static void test_table(void **state)
{
	static const struct {
		const char *column, *text;
	} wanted[] = {{"check", "slow"}, {"severity", "warning"}, {"pid", "7"},
		      {"comm", "app"},   {"value", "500"},        {"since_us", "2000000"},
		      {"lport", ""},     {"raddr", ""},           {"trend", "[500,500]"}};
	char text[256];

	(void)state;
	only(&slow);
	socket_of(1, 7, "10.0.0.2", 200);
	socket_of(2, 7, "10.0.0.2", 300);
	tick(1);
	tick(3);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		column_print(table_find(&finding_table, wanted[i].column), f, worst(), text, sizeof(text));
		assert_string_equal(text, wanted[i].text);
	}
}

/* -- sentences ------------------------------------------------------------------------------------------------------
 */

static void says(const char *sentence, const char *wanted)
{
	char text[128];
	size_t n = sentence_format(&socket_table, sentence, m, model_row(m, 0), RATE_BYTES, text, sizeof(text));

	assert_string_equal(text, wanted);
	assert_int_equal(n, strlen(wanted));
}

static void test_sentences(void **state)
{
	struct record_socket s = rows_tcp(1, "10.0.0.1", 443, "10.0.0.2", 80);
	char text[8];

	(void)state;
	s.recvq = 12345;
	s.retrans = 1;
	s.rtt_us = 44000;
	s.has &= ~(u64)HAS_UID;
	rows_put(m, &s);
	says("plain", "plain");
	says("{comm} at {local} has {recvq}", "app at 10.0.0.1:443 has 12.3kB");
	says("{sendq} and {retrans|segment|segments}", "0 B and 1 segment");
	says("{cwnd|segment|segments}, {rtt}", "10 segments, 44.0ms");
	says("by {uid}", "by ?");
	says("a[ by {uid}] b", "a b");
	says("a[ by {comm}] b[ by {uid}]", "a by app b");
	says("{comm", "app");
	assert_int_equal(
	    sentence_format(&socket_table, "{comm} waits", m, model_row(m, 0), RATE_BYTES, text, sizeof(text)), 7);
	assert_string_equal(text, "app wai");
}

static void refuse(struct check c, const char *why)
{
	struct error err = {};

	assert_int_equal(findings_add(f, &c, &err), -EINVAL);
	if (!strstr(err.text, why))
		fail_msg("'%s' lacks '%s'", err.text, why);
}

static void test_wrong_checks(void **state)
{
	struct check c = slow;

	(void)state;
	c.when = "nothing > 3";
	refuse(c, "when: no column 'nothing'");
	c = slow;
	c.each = "(";
	refuse(c, "each");
	c = slow;
	c.of = &socket_table;
	refuse(c, "only folds");
	c = slow;
	c.text = "{comm} and {nothing}";
	refuse(c, "{nothing}");
	c = slow;
	c.about = "comm,recvq";
	refuse(c, "about recvq");
	c = slow;
	c.value = "nothing";
	refuse(c, "no column 'nothing'");
}

static void test_own(void **state)
{
	static const struct {
		const char *spec, *why;
	} wrong[] = {
	    {"warning; sockets; rtt > 3ms; 2", "it is SEVERITY; ROWS; CONDITION; SECONDS; SENTENCE"},
	    {"bad; sockets; rtt > 3ms; 2; b", "'bad' is not info, warning or critical"},
	    {"info; nothing; rtt > 3ms; 2; b",
	     "no rows 'nothing'; there are sockets, devices, cpus, counters, stacks, requests, listeners"},
	    {"info; sockets; rtt >; 2; b", "when: a value is missing"},
	    {"info; sockets; ; 2; b", "it would speak of every row"},
	    {"info; sockets; rtt > 3ms; 2m; b", "'2m' is not a number of seconds"},
	    {"info; sockets; rtt > 3ms; -1; b", "'-1' is not a number of seconds"},
	    {"info; sockets; rtt > 3ms; 3601; b", "'3601' is not a number of seconds"},
	    {"info; sockets; mark = 3; 2; b", "only asked for while they are shown"},
	    {"info; sockets; cwnd = 3; 2; {foo}", "{foo}"},
	};
	size_t before = findings_checks(f);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct error err = {};

		assert_int_equal(findings_add_own(f, "x", wrong[i].spec, &err), -EINVAL);
		if (!strstr(err.text, wrong[i].why) || !strstr(err.text, "check x: "))
			fail_msg("'%s' lacks '%s'", err.text, wrong[i].why);
	}
	assert_int_equal(findings_checks(f), before);
	assert_int_equal(findings_add_own(f, "unread", " info ; sockets;recvq > 100 ; 0s; {comm} has {recvq}; read; it",
					  &(struct error){}),
			 0);
	socket_of(1, 7, "10.0.0.2", 200);
	tick(1);
	assert_int_equal(findings_count(f, FINDING_INFO), 1);
	assert_string_equal(worst()->check->name, "unread");
	assert_string_equal(worst()->text, "app has 200 B");
	assert_string_equal(worst()->advice, "read; it");
	assert_int_equal(worst()->about[SUBJECT_rport].number, 80);
}

/* The setting is heeded with the next round. */
static void test_units(void **state)
{
	struct record_socket s = rows_tcp(1, "10.0.0.1", 443, "10.0.0.2", 80);

	(void)state;
	s.pacing_rate = 2500000;
	rows_put(m, &s);
	assert_int_equal(findings_add_own(f, "slow",
					  "info; sockets; sport = :443; 0; {pacing_rate}; above {pacing_rate}",
					  &(struct error){}),
			 0);
	tick(1);
	assert_string_equal(worst()->text, "2.5MB/s");
	findings_units(f, RATE_BITS);
	tick(2);
	assert_string_equal(worst()->text, "20.0Mb/s");
	assert_string_equal(worst()->advice, "above 20.0Mb/s");
}

/* Whoever starts skbtop does so when something is wrong already: of such sockets less is known. */
static void older_than_skbtop(u64 id, enum sock_state state, u32 retrans, u32 backoff)
{
	struct record_socket s = rows_tcp(id, "10.0.0.1", (u16)(1000 + id), "10.0.0.2", 80);

	s.has &= ~(HAS_STATE_TIME | HAS_BIRTH | HAS_RETRANS_SPLIT);
	s.state = state;
	s.retrans = retrans;
	s.tx_pkts = 100 * retrans;
	s.ssthresh = 10;
	s.backoff = (u8)backoff;
	rows_put(m, &s);
}

static void test_older_than_skbtop(void **state)
{
	static const char *const wanted[] = {"connect_unanswered", "loss", "close_wait"};

	(void)state;
	for (u64 second = 1; second <= 9; second++) {
		for (u64 id = 1; id <= 3; id++)
			older_than_skbtop(id, STATE_CLOSE_WAIT, 0, 0);
		older_than_skbtop(4, STATE_ESTABLISHED, (u32)(10 * second), 0);
		older_than_skbtop(5, STATE_SYN_SENT, 0, 2);
		tick(second);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		bool said = false;

		for (u32 k = 0; k < findings_end(f); k++)
			said |= findings_at(f, k) && strcmp(findings_at(f, k)->check->name, wanted[i]) == 0;
		if (!said)
			fail_msg("%s is not said", wanted[i]);
	}
}

/* setup() has compiled those that come with skbtop; each has what a person needs. */
static void test_all_are_whole(void **state)
{
	const struct check *c;

	(void)state;
	for (size_t i = 0; (c = check_at(i)); i++) {
		assert_true(c->name && c->text && c->advice && c->why && c->about && c->value && c->until);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(check_at(k)->name, c->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_holds, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_ticks_that_jitter, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_short_ones_are_not_said, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_mostly, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_comes_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_grave, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_order_and_mute, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_mute_lasts, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bound, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_slices, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_last_tick, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_pace, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_pace_when_preempted, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_table, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_sentences, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_wrong_checks, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_own, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_units, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_older_than_skbtop, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_all_are_whole, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
