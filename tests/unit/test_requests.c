/* Requests in the model: which calls are counted, how they were answered, and what time is theirs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bounds.h"
#include "findings.h"
#include "folds.h"
#include "model.h"
#include "exchange_table.h"
#include "request_table.h"
#include "requests_private.h"
#include "sample.h"
#include "text.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a.example\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define GONE "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

/* A connection, as one of its ends sees it. */
struct end {
	u64 id, ns;
	u32 turn, seq[2];
	bool asks;
};

static void put_end(struct model *m, const struct end *e, u64 number)
{
	static const u8 here[4] = {10, 0, 0, 1}, there[4] = {10, 0, 0, 2};
	struct record_socket s = tcp_sample(e->id, number, 0, 0);

	memcpy(s.laddr, e->asks ? here : there, 4);
	memcpy(s.raddr, e->asks ? there : here, 4);
	s.lport = e->asks ? 40000 : 80;
	s.rport = e->asks ? 80 : 40000;
	s.dir = e->asks ? DIR_OUT : DIR_IN;
	s.pid = (u32)e->id;
	s.has |= HAS_OWNER | HAS_REMOTE;
	memset(s.comm, 0, sizeof(s.comm));
	memcpy(s.comm, e->asks ? "curl" : "nginx", 5);
	put(m, s);
}

static void say(struct model *m, struct end *e, bool request, u32 at, const char *text)
{
	bool tx = request == e->asks;
	struct record_beginning b = {.id = e->id,
				     .time_ns = e->ns,
				     .turn = e->turn,
				     .seq = e->seq[tx],
				     .at = (u16)at,
				     .len = (u16)strlen(text),
				     .proto = IPPROTO_TCP,
				     .flags = (u8)((tx ? BEGINNING_TX : 0) | (e->turn == 1 ? BEGINNING_FIRST : 0))};

	memcpy(b.data, text, b.len);
	e->seq[tx] += b.len;
	apply(m, RECORD_BEGINNING, &b);
}

static void ask(struct model *m, struct end *e, const char *text)
{
	e->turn++;
	e->ns += 1000000;
	say(m, e, true, 0, text);
}

static void answer(struct model *m, struct end *e, const char *text)
{
	e->turn++;
	e->ns += 1000000;
	say(m, e, false, 0, text);
}

/* One that began with the last request, and took so long. */
static void lasted(struct model *m, const struct end *e, u64 ms, u8 flags)
{
	struct record_exchange x = {.id = e->id,
				    .begin_ns = e->ns - 1000000,
				    .role = e->asks ? EXCHANGE_CLIENT : EXCHANGE_SERVER,
				    .flags = flags};

	x.ns[EXCHANGE_WAIT] = ms * 250000;
	x.ns[e->asks ? EXCHANGE_AWAY : EXCHANGE_OUT] = ms * 750000;
	apply(m, RECORD_EXCHANGE, &x);
}

static void call(struct model *m, struct end *e, const char *path, const char *status, u64 ms)
{
	ask(m, e, path);
	answer(m, e, status);
	lasted(m, e, ms, 0);
}

static void pass(struct model *m, u64 number)
{
	const struct record_exchanges exchanges = {.on = 1};
	const struct record_beginnings beginnings = {.on = 1};

	apply(m, RECORD_EXCHANGES, &exchanges);
	apply(m, RECORD_BEGINNINGS, &beginnings);
	tick(m, number);
}

/* A socket that has been there for a tick. */
static struct end end_there(struct model *m, u64 id, bool asks)
{
	struct end e = {.id = id, .ns = 10 * SEC, .asks = asks};

	put_end(m, &e, 1);
	return e;
}

static const struct request *named(const struct model *m, const char *name)
{
	const struct request *q;

	for (u32 i = 0; i < model_requests_end(m); i++) {
		q = model_request(m, i);
		if (q && strcmp(q->name, name) == 0)
			return q;
	}
	return NULL;
}

static void assert_cell(const struct model *m, const char *name, const char *column, const char *wanted)
{
	const struct request *q = named(m, name);
	char text[256];

	assert_non_null(q);
	if (!column_print(table_find(&request_table, column), m, q, text, sizeof(text)))
		*text = '\0';
	assert_string_equal(text, wanted);
}

static void calls_of_a_name_are_gathered(void **state)
{
	struct model *m = *state;
	struct end e = end_there(m, 1, false);

	call(m, &e, GET("/user/1"), OK, 10);
	call(m, &e, GET("/user/2"), OK, 30);
	call(m, &e, GET("/user/3"), GONE, 20);
	call(m, &e, GET("/"), OK, 1);
	pass(m, 1);
	assert_int_equal(model_requests_count(m), 0);
	pass(m, 2);
	assert_int_equal(model_requests_count(m), 2);
	assert_cell(m, "GET /user/*", "count", "3");
	assert_cell(m, "GET /user/*", "errors", "1");
	assert_cell(m, "GET /user/*", "statuses", "200 67%  404 33%");
	assert_cell(m, "GET /user/*", "status", "200");
	assert_cell(m, "GET /user/*", "timed", "3");
	assert_cell(m, "GET /user/*", "max_us", "30000.000");
	assert_cell(m, "GET /user/*", "total_us", "60000.000");
	assert_cell(m, "GET /user/*", "network_us", "45000.000");
	assert_cell(m, "GET /user/*", "program_us", "15000.000");
	assert_cell(m, "GET /user/*", "role", "server");
	assert_cell(m, "GET /user/*", "comm", "nginx");
	assert_cell(m, "GET /user/*", "server_addr", "10.0.0.2");
	assert_cell(m, "GET /user/*", "server_port", "80");
	assert_cell(m, "GET /user/*", "client_comm", "");
	assert_cell(m, "GET /", "count", "1");
	assert_cell(m, "GET /", "errors", "0");
	assert_int_equal(
	    table_severity(&request_table, table_find(&request_table, "error_share"), m, named(m, "GET /user/*")), 2);
	assert_int_equal(
	    table_severity(&request_table, table_find(&request_table, "error_share"), m, named(m, "GET /")), 0);
}

/* What has not been answered yet counts, but only once it is certain what is spoken. */
static void what_is_spoken_has_to_be_certain(void **state)
{
	struct model *m = *state;
	struct end e = end_there(m, 1, true);

	ask(m, &e, GET("/a"));
	pass(m, 1);
	pass(m, 2);
	assert_int_equal(model_requests_count(m), 0);
	answer(m, &e, OK);
	pass(m, 3);
	assert_cell(m, "GET /a", "count", "1");
	ask(m, &e, GET("/a"));
	pass(m, 4);
	assert_cell(m, "GET /a", "count", "2");
	assert_cell(m, "GET /a", "unanswered", "1");
	assert_cell(m, "GET /a", "role", "client");
	assert_cell(m, "GET /a", "client_comm", "curl");
	answer(m, &e, "SSH-2.0-nonsense\r\n");
	pass(m, 5);
	assert_cell(m, "GET /a", "count", "2");
}

static void a_call_of_which_both_ends_tell_counts_once(void **state)
{
	struct model *m = *state;
	struct end client = end_there(m, 1, true), server = end_there(m, 2, false);

	for (u64 i = 0; i < 3; i++) {
		call(m, &client, GET("/x"), OK, 12);
		call(m, &server, GET("/x"), OK, 10);
		pass(m, 2 * i + 1);
		pass(m, 2 * i + 2);
	}
	assert_int_equal(model_requests_count(m), 1);
	assert_cell(m, "GET /x", "count", "3");
	assert_cell(m, "GET /x", "timed", "3");
	assert_cell(m, "GET /x", "total_us", "30000.000");
	assert_cell(m, "GET /x", "pid", "2");
	assert_cell(m, "GET /x", "client_comm", "curl");
	assert_cell(m, "GET /x", "server_comm", "nginx");
}

static void exchanges_have_names(void **state)
{
	struct model *m = *state;
	struct end e = end_there(m, 1, false);
	char text[64];

	call(m, &e, GET("/x"), OK, 5);
	call(m, &e, GET("/y"), GONE, 5);
	pass(m, 1);
	pass(m, 2);
	assert_true(column_print(table_find(&exchange_table, "name"), m, model_exchange(m, 2), text, sizeof(text)) > 0);
	assert_string_equal(text, "GET /y");
	assert_true(column_print(table_find(&exchange_table, "status"), m, model_exchange(m, 2), text, sizeof(text)) >
		    0);
	assert_string_equal(text, "404");
}

/* An exchange that is no measure takes its calls with it, and no other's time becomes theirs. */
static void times_are_those_of_the_calls_own_exchange(void **state)
{
	struct model *m = *state;
	struct end e = end_there(m, 1, false);

	ask(m, &e, GET("/x"));
	answer(m, &e, OK);
	lasted(m, &e, 5, EXCHANGE_OVERLAP);
	ask(m, &e, GET("/y"));
	answer(m, &e, OK);
	call(m, &e, GET("/z"), OK, 7);
	pass(m, 1);
	pass(m, 2);
	assert_cell(m, "GET /x", "timed", "0");
	assert_cell(m, "GET /x", "max_us", "");
	assert_cell(m, "GET /y", "timed", "0");
	assert_cell(m, "GET /z", "max_us", "7000.000");
}

/* A pipeline: each took as long as the exchange, which is there once. */
static void several_calls_share_an_exchange(void **state)
{
	struct model *m = *state;
	struct end e = end_there(m, 1, false);

	ask(m, &e, "*2\r\n$3\r\nGET\r\n$6\r\nuser:1\r\n*2\r\n$3\r\nGET\r\n$6\r\nuser:2\r\n");
	answer(m, &e, "$1\r\nx\r\n-ERR no\r\n");
	lasted(m, &e, 8, 0);
	pass(m, 1);
	pass(m, 2);
	assert_int_equal(model_requests_count(m), 1);
	for (u32 i = 0; i < model_requests_end(m); i++) {
		const struct request *q = model_request(m, i);

		assert_int_equal(q->count, 2);
		assert_int_equal(q->errors, 1);
		assert_int_equal(q->times.n, 2);
		assert_int_equal(q->times.max_ns, 8000000);
		assert_int_equal(q->spent[PLACE_NETWORK] + q->spent[PLACE_PROGRAM], 8000000);
	}
}

static void a_turn_can_come_in_pieces(void **state)
{
	struct model *m = *state;
	struct end e = end_there(m, 1, false);

	ask(m, &e, "GET /lo");
	say(m, &e, true, 7, "ng HTTP/1.1\r\n\r\n");
	answer(m, &e, OK);
	pass(m, 1);
	pass(m, 2);
	assert_cell(m, "GET /long", "count", "1");
}

/* Of what cannot be read there is the exchange alone. */
static void what_has_no_name_is_told_as_that(void **state)
{
	struct model *m = *state;
	struct end e = end_there(m, 1, true);

	call(m, &e,
	     "\x01\x02"
	     "abc",
	     "\x03\x04"
	     "def",
	     4);
	pass(m, 1);
	pass(m, 2);
	assert_cell(m, "", "proto", "not known");
	assert_cell(m, "", "count", "1");
	assert_cell(m, "", "max_us", "4000.000");
	assert_cell(m, "", "name", "");
}

static void values_are_shown_to_who_asks(void **state)
{
	struct model *m = *state;
	struct end e = end_there(m, 1, false);

	model_requests_show_values(m);
	call(m, &e, GET("/user/77"), OK, 4);
	pass(m, 1);
	pass(m, 2);
	assert_cell(m, "GET /user/77", "count", "1");
}

/* What no socket ever comes of is counted, and forgotten. */
static void what_belongs_to_nobody_is_counted(void **state)
{
	struct model *m = *state;
	struct end e = {.id = 9, .ns = SEC};

	ask(m, &e, GET("/"));
	for (u64 i = 1; i < 8; i++)
		pass(m, i);
	assert_int_equal(model_requests_lost(m), 1);
	assert_int_equal(m->requests->coming_count, 0);
	assert_int_equal(model_requests_count(m), 0);
}

static void there_are_no_more_than_so_many_names(void **state)
{
	struct model *m = *state;
	struct end e = end_there(m, 1, false);
	char path[128];

	for (u32 i = 0; i < REQUESTS_MAX + 20; i++) {
		snprintf(path, sizeof(path), "GET /%c%c%c HTTP/1.1\r\n\r\n", 'a' + i % 23, 'a' + i / 23 % 23,
			 'a' + i / 529);
		call(m, &e, path, OK, 1);
	}
	pass(m, 1);
	pass(m, 2);
	assert_int_equal(model_requests_count(m), REQUESTS_MAX + 1);
	assert_int_equal(model_requests_other(m), 20);
	assert_cell(m, "other", "count", "20");
	assert_cell(m, "other", "server_addr", "");
}

static void a_socket_takes_its_conversation_with_it(void **state)
{
	struct model *m = *state;
	struct end e = end_there(m, 1, false);
	const struct record_gone gone = {.id = 1, .time_ns = 20 * SEC};

	call(m, &e, GET("/"), OK, 1);
	pass(m, 1);
	pass(m, 2);
	assert_non_null(dialogue_find(m, 1));
	model_keep_closed(m, 0);
	apply(m, RECORD_GONE, &gone);
	pass(m, 3);
	assert_null(dialogue_find(m, 1));
	assert_cell(m, "GET /", "count", "1");
}

/* However many there are, keys are read in between; and until all are taken in the tick is not there. */
static void a_tick_is_taken_in_in_slices(void **state)
{
	enum { CALLS = 1000 };
	struct model *m = *state;
	const struct record_tick next = {.number = 2, .time_ns = tick_time(2)};
	struct end e = end_there(m, 1, false);
	u64 generation;
	u32 slices = 0;

	call(m, &e, GET("/"), OK, 1);
	pass(m, 1);
	generation = model_generation(m);
	for (u32 i = 1; i < CALLS; i++)
		call(m, &e, GET("/"), OK, 1);
	model_begin_tick(m, &next);
	for (; !model_work(m, 1); slices++) {
		assert_int_equal(model_generation(m), generation);
		assert_true(!named(m, "GET /") || named(m, "GET /")->recent == 0);
	}
	/* Two beginnings and an exchange each. */
	assert_true(slices >= 3 * CALLS / PIECES_PER_LOOK);
	assert_true(model_generation(m) > generation);
	assert_cell(m, "GET /", "count", "1000");
	assert_cell(m, "GET /", "rate", "1000");
	assert_cell(m, "GET /", "timed", "1000");
	assert_true(model_work(m, 1));
	pass(m, 3);
	assert_cell(m, "GET /", "count", "1000");
	assert_cell(m, "GET /", "rate", "0");
}

/* By what is said, not by the port; with the bytes of those that speak it. */
static void protocols_have_their_bytes(void **state)
{
	struct model *m = *state;
	struct end web = end_there(m, 1, false), redis = end_there(m, 2, false);
	struct folded *f;
	char text[512] = "";

	end_there(m, 3, false);
	pass(m, 1);
	call(m, &web, GET("/"), OK, 1);
	call(m, &redis, "*2\r\n$3\r\nGET\r\n$1\r\nx\r\n", "$1\r\nx\r\n", 1);
	pass(m, 2);
	for (u64 id = 1; id <= 3; id++) {
		struct record_socket s = model_row(m, model_find(m, id))->s;

		s.rx_bytes = id * 100;
		put(m, s);
	}
	pass(m, 3);
	assert_int_equal(fold_new(&f, &protocols_fold, m), 0);
	table_each (&protocols_fold, c)
		fold_want(f, c);
	while (!fold_whole(f))
		assert_int_equal(fold_work(f, 0), 1);
	for (u32 i = 0; i < protocols_fold.end(f); i++) {
		char cell[2][64];
		const void *row = protocols_fold.row(f, i);

		if (!row)
			continue;
		column_print(table_find(&protocols_fold, "label"), f, row, cell[0], sizeof(cell[0]));
		column_print(table_find(&protocols_fold, "rx_bytes"), f, row, cell[1], sizeof(cell[1]));
		text_join(text, sizeof(text), ", ", "%s %s", cell[0], cell[1]);
	}
	assert_string_equal(text, "http 100, redis 200, nothing heard 300");
	fold_free(f);
}

/* -- what is wrong ------------------------------------------------------------------------------------------------- */

static struct findings *looking(struct model *m)
{
	struct error err = {};
	struct findings *f;

	assert_int_equal(findings_new(&f, m, &err), 0);
	return f;
}

/* Ticks with so many calls each, of which every `fail`th fails; 0: none. */
static void calls(struct model *m, struct findings *f, struct end *e, u32 ticks, u32 n, const char *failure, u32 fail,
		  u64 ms)
{
	for (u64 t = model_tick(m)->number; ticks--;) {
		for (u32 i = 0; i < n; i++)
			call(m, e, GET("/x"), fail && i % fail == 0 ? failure : OK, ms);
		pass(m, ++t);
		findings_tick(f);
		assert_int_equal(findings_work(f, 0), 1);
	}
}

static void assert_said(const struct findings *f, const char *check, const char *text)
{
	const struct finding *n = findings_worst(f, FINDING_INFO, 0);

	assert_int_equal(findings_count(f, FINDING_INFO), 1);
	assert_string_equal(n->check->name, check);
	assert_string_equal(n->text, text);
}

static void slower_than_usual_is_said(void **state)
{
	struct model *m = *state;
	struct end e = end_there(m, 1, false);
	struct findings *f;

	pass(m, 1);
	f = looking(m);
	/* Slow from the beginning is usual. */
	calls(m, f, &e, 60, 20, OK, 0, 40);
	assert_cell(m, "GET /x", "usual_p50_us", "36745.908");
	assert_cell(m, "GET /x", "late_timed", "160");
	/* Once in a hundred is not half, but the hundredth; and twice as slow is within what there is. */
	calls(m, f, &e, 10, 20, OK, 0, 80);
	assert_int_equal(findings_count(f, FINDING_INFO), 0);
	calls(m, f, &e, 20, 20, OK, 0, 40);
	calls(m, f, &e, 10, 20, OK, 0, 400);
	assert_said(f, "slow_requests",
		    "nginx: GET /x at 10.0.0.2:80 is slow: of the last 160 calls half took more than 334ms, "
		    "1 % more than 399ms; usually 41.8ms and 49.6ms");
	/* It becomes usual, but not at once. */
	calls(m, f, &e, 60, 20, OK, 0, 400);
	assert_int_equal(findings_count(f, FINDING_INFO), 1);
	calls(m, f, &e, 300, 20, OK, 0, 400);
	assert_int_equal(findings_count(f, FINDING_INFO), 0);
	findings_free(f);
}

static void failures_are_said_and_refusals_where_there_were_none(void **state)
{
	struct model *m = *state;
	struct end e = end_there(m, 1, false);
	struct findings *f;

	pass(m, 1);
	f = looking(m);
	/* A page that is not there is nobody's fault. */
	calls(m, f, &e, 60, 20, GONE, 1, 1);
	assert_int_equal(findings_count(f, FINDING_INFO), 0);
	calls(m, f, &e, 200, 20, OK, 0, 1);
	calls(m, f, &e, 10, 20, GONE, 1, 1);
	assert_said(f, "request_errors",
		    "nginx: GET /x at 10.0.0.2:80 fails: of the last 160 answers 0% were failures, 100% refusals, "
		    "the last of them 404");
	calls(m, f, &e, 100, 20, OK, 0, 1);
	assert_int_equal(findings_count(f, FINDING_INFO), 0);
	calls(m, f, &e, 10, 20, "HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n", 10, 1);
	assert_said(f, "request_errors",
		    "nginx: GET /x at 10.0.0.2:80 fails: of the last 160 answers 10% were failures, 0% refusals, "
		    "the last of them 503");
	assert_int_equal(findings_worst(f, FINDING_INFO, 0)->severity, FINDING_WARNING);
	findings_free(f);
}

/* The limit of config.ini; who has one has names read. */
static void a_check_of_ones_own_has_them_read(void **state)
{
	struct model *m = *state;
	struct end e = end_there(m, 1, false);
	struct error err = {};
	struct findings *f;

	pass(m, 1);
	f = looking(m);
	assert_int_equal(findings_asks(f), 0);
	if (findings_add_own(f, "limit", "warning; requests; late_p99_us > 20ms; 1; {name}: {late_p99_us}", &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(findings_asks(f), request_table.needs);
	calls(m, f, &e, 10, 20, OK, 0, 40);
	assert_said(f, "limit", "GET /x: 39.9ms");
	findings_free(f);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, model_setup, model_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(calls_of_a_name_are_gathered),
	    TEST(what_is_spoken_has_to_be_certain),
	    TEST(a_call_of_which_both_ends_tell_counts_once),
	    TEST(exchanges_have_names),
	    TEST(times_are_those_of_the_calls_own_exchange),
	    TEST(several_calls_share_an_exchange),
	    TEST(a_turn_can_come_in_pieces),
	    TEST(what_has_no_name_is_told_as_that),
	    TEST(values_are_shown_to_who_asks),
	    TEST(what_belongs_to_nobody_is_counted),
	    TEST(there_are_no_more_than_so_many_names),
	    TEST(a_socket_takes_its_conversation_with_it),
	    TEST(a_tick_is_taken_in_in_slices),
	    TEST(protocols_have_their_bytes),
	    TEST(slower_than_usual_is_said),
	    TEST(failures_are_said_and_refusals_where_there_were_none),
	    TEST(a_check_of_ones_own_has_them_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
