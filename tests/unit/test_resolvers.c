/* Questions to name servers in the model: that each is one call and one exchange, however often it is asked, and what
 * is known of a server's answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exchange_table.h"
#include "findings.h"
#include "request_table.h"
#include "resolvers.h"
#include "sample.h"

#define MS 1000000ULL
#define ASKER 1  /* a socket of a program that asks … */
#define SECOND 2 /* … another of it … */
#define SERVER 3 /* … and the server's */

static const u8 here[4] = {127, 0, 0, 1};

static void put_socket(struct model *m, u64 id, u16 lport, const char *comm)
{
	struct record_socket s = udp_sample(id, 1, 0, 0);

	memcpy(s.laddr, here, 4);
	s.lport = lport;
	s.has &= ~(u64)HAS_REMOTE;
	s.pid = lport == 53 ? 530 : 100;
	memset(s.comm, 0, sizeof(s.comm));
	memcpy(s.comm, comm, strlen(comm));
	put(m, s);
}

static u64 reads; /* is it told when a datagram is read? */

static void pass(struct model *m, u64 number)
{
	const struct record_beginnings on = {.on = 1, .reads = reads};

	apply(m, RECORD_BEGINNINGS, &on);
	tick(m, number);
}

/* Ticks 1 and 2: the sockets have been there. */
static void begin(struct model *m, bool server)
{
	put_socket(m, ASKER, 40001, "curl");
	put_socket(m, SECOND, 40002, "curl");
	if (server)
		put_socket(m, SERVER, 53, "dnsd");
	pass(m, 1);
	pass(m, 2);
}

/* A message for "a.example", flags as on the wire, at so many ms after tick 2. */
static void message(struct model *m, u64 id, u64 ms, bool tx, u16 number, u16 flags, u16 asker)
{
	static const u8 question[] = "\1a\7example\0\0\1\0";
	struct record_beginning b = {.id = id,
				     .time_ns = tick_time(2) + ms * MS,
				     .len = 12 + sizeof(question),
				     .seq = 12 + sizeof(question),
				     .proto = IPPROTO_UDP,
				     .family = 4,
				     .rport = id == SERVER ? asker : 53,
				     .flags = tx ? BEGINNING_TX : 0};
	const u8 head[12] = {(u8)(number >> 8), (u8)number, (u8)(flags >> 8), (u8)flags, 0, 1};

	memcpy(b.raddr, here, 4);
	memcpy(b.laddr, here, 4);
	memcpy(b.data, head, sizeof(head));
	memcpy(b.data + 12, question, sizeof(question));
	b.data[12 + sizeof(question) - 1] = 1;
	apply(m, RECORD_BEGINNING, &b);
}

#define ASKED 0x0100
#define FOUND 0x8180
#define SERVFAIL 0x8182
#define NXDOMAIN 0x8183

static void asks(struct model *m, u64 ms, u16 number)
{
	message(m, ASKER, ms, true, number, ASKED, 0);
}

static void hears(struct model *m, u64 ms, u16 number, u16 flags)
{
	message(m, ASKER, ms, false, number, flags, 0);
}

static void assert_request(const struct model *m, const char *column, const char *wanted)
{
	const struct request *q = NULL;
	char text[256] = "";

	for (u32 i = 0; !q && i < model_requests_end(m); i++)
		q = model_request(m, i);
	assert_non_null(q);
	assert_string_equal(q->name, "A a.example");
	if (!column_print(table_find(&request_table, column), m, q, text, sizeof(text)))
		*text = '\0';
	assert_string_equal(text, wanted);
}

static void assert_exchange(const struct model *m, u64 number, const char *columns, const char *wanted)
{
	const struct exchange *x = model_exchange(m, number);
	char line[256] = "", name[32], text[128];
	size_t n;

	assert_non_null(x);
	for (const char *at = columns; *at; at += n + (at[n] == ' ')) {
		n = strcspn(at, " ");
		snprintf(name, sizeof(name), "%.*s", (int)n, at);
		if (!column_print(table_find(&exchange_table, name), m, x, text, sizeof(text)))
			strcpy(text, "-");
		snprintf(line + strlen(line), sizeof(line) - strlen(line), "%s%s", *line ? " " : "", text);
	}
	assert_string_equal(line, wanted);
}

static const struct resolver *only(const struct model *m)
{
	const struct resolver *r = NULL;

	for (u32 i = 0; i < model_resolvers_end(m); i++) {
		assert_true(!r || !model_resolver(m, i));
		r = model_resolver(m, i) ? model_resolver(m, i) : r;
	}
	return r;
}

static void assert_resolver(const struct model *m, const char *column, const char *wanted)
{
	char text[128] = "";

	assert_non_null(only(m));
	if (!column_print(table_find(&resolver_table, column), m, only(m), text, sizeof(text)))
		*text = '\0';
	assert_string_equal(text, wanted);
}

static void a_question_is_an_exchange(void **state)
{
	struct model *m = *state;

	begin(m, false);
	asks(m, 100, 7);
	hears(m, 140, 7, FOUND);
	pass(m, 3);
	pass(m, 4);
	assert_int_equal(model_exchanges_newest(m), 1);
	assert_exchange(m, 1, "role comm proto raddr rport call_us away_us wait_us rx_bytes outcome status",
			"client curl udp 127.0.0.1 53 40000.000 40000.000 - 27 answered NOERROR");
	assert_request(m, "count", "1");
	assert_request(m, "timed", "1");
	assert_resolver(m, "comm", "curl");
	assert_resolver(m, "answered", "1");
	assert_resolver(m, "silent", "0");
	assert_resolver(m, "error", "");
}

static void was_read(struct model *m, u64 ms, u16 lport, u16 rport, u16 number)
{
	struct record_datagram_read r = {
	    .time_ns = tick_time(2) + ms * MS, .lport = lport, .rport = rport, .number = number, .family = 4};

	memcpy(r.raddr, here, 4);
	memcpy(r.laddr, here, 4);
	apply(m, RECORD_DATAGRAM_READ, &r);
}

static void reading_ends_a_part(void **state)
{
	struct model *m = *state;

	reads = 1;
	begin(m, true);
	asks(m, 100, 7);
	message(m, SERVER, 101, false, 7, ASKED, 40001);
	was_read(m, 111, 53, 40001, 7);
	message(m, SERVER, 131, true, 7, FOUND, 40001);
	hears(m, 132, 7, FOUND);
	was_read(m, 152, 40001, 53, 7);
	asks(m, 200, 8);
	hears(m, 210, 8, FOUND); /* and nobody reads it */
	for (u64 t = 3; t < 6; t++)
		pass(m, t);
	assert_int_equal(model_exchanges_newest(m), 2);
	assert_exchange(m, 1, "role wait_us think_us call_us", "server 10000.000 20000.000 30000.000");
	assert_exchange(m, 2, "role away_us wait_us call_us other", "client 32000.000 20000.000 52000.000 1");
	pass(m, 6);
	pass(m, 7);
	assert_exchange(m, 3, "away_us wait_us call_us", "10000.000 - 10000.000");
	reads = 0;
}

/* From the same socket after 2 s, and from another, as glibc does it. */
static void what_is_asked_again_stays_one(void **state)
{
	struct model *m = *state;

	begin(m, false);
	asks(m, 100, 7);
	asks(m, 2100, 7);
	message(m, SECOND, 4100, true, 7, ASKED, 0);
	message(m, SECOND, 4120, false, 7, FOUND, 0);
	for (u64 t = 3; t < 15; t++)
		pass(m, t);
	assert_request(m, "count", "1");
	assert_request(m, "again", "2");
	assert_request(m, "unanswered", "0");
	assert_int_equal(model_exchanges_newest(m), 1);
	assert_exchange(m, 1, "outcome call_us", "answered 4020000.000");
}

/* A conversation waits a tick before it is heard: others that begin meanwhile must not take its place. */
static void after_minutes_each_is_heard(void **state)
{
	struct model *m = *state;

	begin(m, true);
	for (u64 n = 3; n <= 90; n++)
		pass(m, n);
	message(m, ASKER, 87000, true, 7, ASKED, 0);
	message(m, SERVER, 87000, false, 7, ASKED, 40001);
	message(m, SECOND, 87001, true, 8, ASKED, 0);
	message(m, SERVER, 87010, true, 7, FOUND, 40001);
	message(m, ASKER, 87010, false, 7, FOUND, 0);
	message(m, SECOND, 87012, false, 8, FOUND, 0);
	for (u64 n = 91; n <= 94; n++)
		pass(m, n);
	assert_int_equal(model_exchanges_newest(m), 3);
	assert_int_equal(model_requests_lost(m), 0);
}

static void what_nobody_answers_ends(void **state)
{
	struct model *m = *state;

	begin(m, false);
	asks(m, 100, 7);
	for (u64 t = 3; t <= 8; t++)
		pass(m, t);
	assert_int_equal(model_exchanges_newest(m), 0);
	pass(m, 9);
	assert_exchange(m, 1, "outcome call_us status", "timed_out 6000000.000 -");
	assert_resolver(m, "silent", "1");
	assert_resolver(m, "silent_share", "1.000000");
	/* Too late. */
	hears(m, 8000, 7, FOUND);
	pass(m, 10);
	pass(m, 11);
	assert_int_equal(model_exchanges_newest(m), 1);
	assert_request(m, "unanswered", "1");
	for (u64 t = 12; t < 30; t++)
		pass(m, t);
	assert_null(only(m));
}

static void of_both_ends_the_clients_speaks(void **state)
{
	struct model *m = *state;

	begin(m, true);
	asks(m, 100, 7);
	message(m, SERVER, 101, false, 7, ASKED, 40001);
	message(m, SERVER, 131, true, 7, SERVFAIL, 40001);
	hears(m, 132, 7, SERVFAIL);
	asks(m, 200, 8);
	message(m, SERVER, 201, false, 8, ASKED, 40001);
	for (u64 t = 3; t < 11; t++)
		pass(m, t);
	assert_int_equal(model_exchanges_newest(m), 4);
	assert_int_equal(model_exchanges_calls(m), 2);
	assert_exchange(m, 1, "role comm think_us other rport", "server dnsd 30000.000 2 40001");
	assert_exchange(m, 2, "role comm away_us other status", "client curl 32000.000 1 SERVFAIL");
	assert_exchange(m, 3, "role outcome other", "server timed_out 4");
	assert_request(m, "count", "2");
	assert_request(m, "errors", "1");
	assert_resolver(m, "failed", "1");
	assert_resolver(m, "silent", "1");
}

static void what_there_is_not_is_no_failure(void **state)
{
	struct model *m = *state;

	begin(m, false);
	for (u16 i = 0; i < 4; i++) {
		asks(m, 100 + i * 10U, i);
		hears(m, 105 + i * 10U, i, i ? NXDOMAIN : SERVFAIL);
	}
	pass(m, 3);
	pass(m, 4);
	assert_resolver(m, "failed", "1");
	assert_resolver(m, "unknown_share", "0.750000");
	assert_resolver(m, "error", "NXDOMAIN");
	assert_resolver(m, "error_share", "0.750000");
}

/* What the first check that speaks says, and of which rows; "": none does. */
static void assert_said(struct findings *f, const char *text, const char *filter)
{
	const struct finding *n;

	findings_tick(f);
	assert_int_equal(findings_work(f, 0), 1);
	n = findings_worst(f, FINDING_INFO, 0);
	assert_string_equal(n ? n->text : "", text);
	assert_string_equal(n ? n->filter : "", filter);
}

/* Of 100 questions some fail, half are of names that there are not, and one is lost. Ten that all fail are one. */
static void few_failures_are_no_finding(void **state)
{
	struct model *m = *state;
	struct findings *f;
	struct error err = {};
	u64 t = 3;

	assert_int_equal(findings_new(&f, m, &err), 0);
	begin(m, false);
	for (u16 i = 0; i < 100; i++) {
		asks(m, 100 + i * 5U, i);
		hears(m, 104 + i * 5U, i, i < 4 ? SERVFAIL : i < 55 ? NXDOMAIN : FOUND);
	}
	asks(m, 700, 100);
	for (; t < 12; t++) {
		pass(m, t);
		assert_said(f, "", "");
	}
	for (u16 i = 0; i < 10; i++) {
		asks(m, 10000 + i * 5U, i);
		hears(m, 10004 + i * 5U, i, SERVFAIL);
	}
	for (; t < 15; t++)
		pass(m, t), findings_tick(f), (void)!findings_work(f, 0);
	assert_said(f, "curl: name server 127.0.0.1 says SERVFAIL to 100% of 10 questions in 10 s",
		    "pid = 100 and netns = 4026531840 and raddr = 127.0.0.1 and rport = 53");
	findings_free(f);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, model_setup, model_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(reading_ends_a_part),
	    TEST(a_question_is_an_exchange),
	    TEST(what_is_asked_again_stays_one),
	    TEST(what_nobody_answers_ends),
	    TEST(after_minutes_each_is_heard),
	    TEST(of_both_ends_the_clients_speaks),
	    TEST(what_there_is_not_is_no_failure),
	    TEST(few_failures_are_no_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
