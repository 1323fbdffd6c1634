/* What is told of requests and answers that no server at hand would send, and what is left out of names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conversation_file.h"
#include "sql.h"

static struct conversation *c;
static struct buf told; /* of the piece that was said last */

static void note(void *context, const struct call *call)
{
	(void)context;
	if (buf_len(&told))
		buf_puts(&told, "; ");
	conversation_write_call(call, &told);
}

/* Bytes of a string literal, and what is told of them. */
#define ASK(bytes, want) say(false, bytes, sizeof(bytes) - 1, 0, want)
#define ANSWER(bytes, want) say(true, bytes, sizeof(bytes) - 1, 0, want)

static void say(bool answer, const char *bytes, size_t len, u32 missed, const char *want)
{
	struct call_sink sink = {note, NULL};
	struct piece p = {(const u8 *)bytes, (u32)len, missed, false};

	buf_reset(&told, 4096);
	(answer ? conversation_answer : conversation_request)(c, &p, &sink);
	buf_putc(&told, '\0');
	assert_string_equal((const char *)buf_at(&told), want);
}

static void begin(unsigned flags)
{
	conversation_free(c);
	c = conversation_new(flags);
	assert_non_null(c);
}

static int end(void **state)
{
	(void)state;
	conversation_free(c);
	c = NULL;
	buf_deinit(&told);
	return 0;
}

static void test_folded(void **state)
{
	static const char *const pairs[][2] = {
	    {"/user/123/cart", "/user/*/cart"},
	    {"/v1/page2.html", "/v1/page2.html"},
	    {"/o/550e8400-e29b-41d4-a716-446655440000/x", "/o/*/x"},
	    {"/o/deadbeef-abcd-abcd-abcd-feedfacecafe", "/o/*"},
	    {"/b/9f86d081884c7d65/facade", "/b/*/facade"},
	    {"/t/dGhpcyBpcyBhIHRva2VuMTIz/y", "/t/*/y"},
	    {"/d/2024-05-17T10:00/1.5", "/d/*-17T10:*/*"},
	    {"/w/deadbeef/internationalisation", "/w/deadbeef/internationalisation"},
	    {"session_48151623", "session_*"},
	    {"img4711x.png", "img*x.png"},
	    {"10.0.0.1:6379", "*:*"},
	    {"user:1:2", "user:*:*"},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct words w = {};
		char text[128];

		words_folded(&w, span_of(pairs[i][0]), false);
		words_write(&w, text, sizeof(text));
		assert_string_equal(text, pairs[i][1]);
	}
}

static void test_printable(void **state)
{
	char text[16];

	(void)state;
	span_write((struct span){"a\0b\x1b[2J\xc3\xa9\xff", 10}, text, sizeof(text));
	assert_string_equal(text, "a?b?[2J\xc3\xa9\xef\xbf\xbd");
	span_write(span_of("0123456789abcdef"), text, sizeof(text));
	assert_string_equal(text, "0123456789ab...");
	/* Not in the middle of a character. */
	span_write(span_of("0123456789a\xc3\xa9 and so on"), text, sizeof(text));
	assert_string_equal(text, "0123456789a...");
}

static void expect_statement(enum dialect dialect, const char *sql, const char *name)
{
	struct statement one = sql_statement(span_of(sql), false, dialect);

	assert_string_equal(one.name, name);
}

static void test_statements(void **state)
{
	(void)state;
	expect_statement(SQL_POSTGRES, "select  a\n from t where b = 'it''s' and c=-5",
			 "select a from t where b = ? and c=?");
	expect_statement(SQL_POSTGRES, "select 'C:\\' || p from t where q = 's3cret'",
			 "select ? || p from t where q = ?");
	expect_statement(SQL_POSTGRES, "select E'a\\' s3cret' , \"Name\", t1.c2 from t1",
			 "select ? , \"Name\", t1.c2 from t1");
	expect_statement(SQL_POSTGRES, "do $x$ s3cret $$ ' $x$ ; -- s3cret", "do ?");
	expect_statement(SQL_POSTGRES, "/* a /* nested */ s3cret */ select $1, $2 + 1.5e-3", "select ? + ?");
	expect_statement(SQL_POSTGRES, "insert into t values (1,'a',null),(2,'b',null)",
			 "insert into t values (?,null),(?,null)");
	expect_statement(SQL_POSTGRES, "insert into t values (1, 2), (3, 4), (5, 6)", "insert into t values (?)");
	expect_statement(SQL_MYSQL, "select \"s3cret\", `a b`, 0x1f, x'ff' from t # s3cret",
			 "select ?, `a b`, ? from t");
	expect_statement(SQL_MYSQL, "select 'it\\'s s3cret' from t where a in (?, ?)",
			 "select ? from t where a in (?)");
	expect_statement(SQL_MYSQL, "select a-1, b - 2, (-3)", "select a-?, b - ?, (?)");
	expect_statement(SQL_MYSQL, "select 'never ended s3cret", "select ?");
	assert_string_equal(sql_statement(span_of("create user a identified by 's3cret'"), false, SQL_MYSQL).shown,
			    "create user a identified by ?");
	assert_string_equal(sql_statement(span_of("select  1\n+ 'x'"), false, SQL_MYSQL).shown, "select 1 + 'x'");
}

static void test_prepared(void **state)
{
	struct statements s = {};
	struct statement one = {};

	(void)state;
	for (u64 key = 0; key < 2 * STATEMENTS_MAX; key++) {
		one.name[0] = (char)('A' + key % 26);
		statements_put(&s, key, &one);
		assert_int_equal(statements_get(&s, key)->name[0], one.name[0]);
	}
	assert_int_equal(s.count, STATEMENTS_MAX);
	assert_null(statements_get(&s, STATEMENTS_MAX - 1));
	assert_non_null(statements_get(&s, STATEMENTS_MAX));
	statements_free(&s);
}

/* -- recognised, and taken back ------------------------------------------------------------------------------------ */

#define GET "GET /a HTTP/1.1\r\n\r\n"

static void test_contradicted(void **state)
{
	(void)state;
	begin(0);
	assert_string_equal(conversation_word(c), "not known");
	ASK(GET, "= GET /a | GET /a");
	assert_string_equal(conversation_word(c), "http");
	assert_false(conversation_sure(c));
	ANSWER("SSH-2.0-OpenSSH_9.2\r\n", "");
	assert_null(conversation_protocol(c));
	ASK(GET, "");
	assert_null(conversation_protocol(c));

	/* What answers may have passed unseen. */
	begin(CONVERSATION_OLDER);
	assert_string_equal(conversation_word(c), "older than skbtop");
	ASK(GET, "= GET /a | GET /a");
	say(true, "in the middle", 13, PIECE_UNKNOWN, "");
	assert_string_equal(conversation_word(c), "http");
	ANSWER("HTTP/1.1 503 x\r\n\r\n", "= 503 !error");
	assert_true(conversation_sure(c));
	ANSWER("anything", "");
	assert_true(conversation_sure(c));

	/* A guess gives way to who fits both. */
	begin(0);
	ASK("get a\r\n", "= get a | get a");
	assert_string_equal(conversation_word(c), "memcached");
	ANSWER("$-1\r\n", "");
	ASK("*1\r\n$4\r\nPING\r\n", "= PING | PING");
	ANSWER("+PONG\r\n", "= OK");
	assert_string_equal(conversation_word(c), "redis");
}

static void test_unknown(void **state)
{
	(void)state;
	begin(0);
	for (unsigned i = 0; i < 20; i++)
		ASK("\x01\x02\x03 something else", "");
	/* By then nobody looks any more. */
	ASK(GET, "");
	assert_string_equal(conversation_word(c), "not known");
	begin(0);
	ANSWER("+OK POP3 ready\r\n", "");
	ASK("USER bob\r\n", "");
	ANSWER("+OK\r\n", "");
	assert_null(conversation_protocol(c));
}

/* Not of any protocol here, and something like one. */
static void test_others(void **state)
{
	static const char nats[] = "CONNECT {\"user\":\"bob\",\"pass\":\"s3cret\",\"verbose\":false,";
	struct call_sink sink = {note, NULL};
	struct piece p = {(const u8 *)nats, sizeof(nats) - 1, 0, true};

	(void)state;
	begin(0);
	buf_reset(&told, 4096);
	conversation_request(c, &p, &sink);
	assert_int_equal(buf_len(&told), 0);
	assert_null(conversation_protocol(c));
	/* ZooKeeper: a session is asked for, a node read. */
	ASK("\0\0\0\x2c\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x75\x30\0\0\0\0\0\0\0\0\0\0\0\x10"
	    "0123456789abcdef",
	    "");
	ASK("\0\0\0\x11\0\0\0\1\0\0\0\4\0\0\0\4/abc\0", "");
	/* FTP greets like SMTP. */
	ANSWER("220 ready\r\n", "");
	ASK("USER bob\r\n", "");
	ANSWER("331 password\r\n", "");
	ASK("PASS s3cret\r\n", "");
	ASK("QUIT\r\n", "");
	/* NATS again, and IRC. */
	ASK("PING\r\n", "= PING | PING");
	ANSWER("PONG\r\n", "");
	ASK("PING :a\r\n", "");
	assert_null(conversation_protocol(c));
}

#define HELLO                                                                                                          \
	"\x16\x03\x01\x00\x31\x01\x00\x00\x2d\x03\x03"                                                                 \
	"12345678901234567890123456789012"                                                                             \
	"\x00\x00\x02\x13\x01\x01\x00\x00\x02\x00\x00"
#define IS_TLS "= hello | hello"

static void test_turned(void **state)
{
	(void)state;
	begin(0);
	ASK("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", "= GET /ws | GET /ws");
	ANSWER("HTTP/1.1 101 x\r\nUpgrade: WebSocket\r\n\r\n", "= 101");
	assert_string_equal(conversation_word(c), "websocket");
	ASK(GET, "");
	begin(0);
	ASK("CONNECT a.example:443 HTTP/1.1\r\n\r\n", "= CONNECT a.example:* | CONNECT a.example:443");
	ANSWER("HTTP/1.1 200 x\r\n\r\n", "= 200");
	ASK(HELLO, IS_TLS);
	begin(0);
	ANSWER("220 a ESMTP\r\n", "");
	assert_string_equal(conversation_word(c), "smtp");
	ASK("EHLO b\r\n", "= EHLO | EHLO b");
	ANSWER("250-a\r\n250 STARTTLS\r\n", "= 250");
	ASK("STARTTLS\r\n", "= STARTTLS | STARTTLS");
	ANSWER("220 go on\r\n", "= 220");
	ASK(HELLO, IS_TLS);
	begin(0);
	ASK("\x00\x00\x00\x08\x04\xd2\x16\x2f", "");
	assert_string_equal(conversation_word(c), "postgresql");
	ANSWER("S", "");
	ASK(HELLO, IS_TLS);
	assert_string_equal(conversation_word(c), "tls");
}

static void test_again(void **state)
{
	static const char question[] = "\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01"
				       "a\x00\x00\x01\x00\x01";
	static const char answer[] = "\x00\x07\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00\x01"
				     "a\x00\x00\x01\x00\x01";

	(void)state;
	begin(CONVERSATION_DATAGRAMS);
	ASK(question, "= [7] A a | A a");
	ASK(question, "= [7] A a | A a (again)");
	ANSWER(answer, "= [7] NXDOMAIN !refused");
	ASK(question, "= [7] A a | A a");
}

static void test_published(void **state)
{
	(void)state;
	begin(0);
	ASK("*2\r\n$9\r\nSUBSCRIBE\r\n$4\r\nnews\r\n", "= SUBSCRIBE news | SUBSCRIBE news");
	ANSWER("*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n", "= OK");
	ANSWER("*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nx\r\n", "");
	ANSWER(">2\r\n+invalidate\r\n_\r\n", "");
}

/* -- HTTP/2 -------------------------------------------------------------------------------------------------------- */

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define SETTINGS "\0\0\0\x04\0\0\0\0\0"
/* GET, https, and a path that both ends remember. */
#define FIRST "\0\0\x08\x01\x05\0\0\0\x01\x82\x87\x44\x04/a/9"
#define SECOND "\0\0\x03\x01\x05\0\0\0\x03\x82\x87\xbe"

static void test_streams(void **state)
{
	(void)state;
	begin(0);
	ASK(PREFACE SETTINGS FIRST, "= [1] GET /a/* | GET /a/9");
	ANSWER(SETTINGS "\0\0\x01\x01\x05\0\0\0\x01\x8d", "= [1] 404 !refused");
	ASK(SECOND, "= [3] GET /a/* | GET /a/9");
	/* Refused by the server; a promise is no answer. */
	ANSWER("\0\0\x04\x03\0\0\0\0\x03\0\0\0\x07", "= [3] REFUSED_STREAM !error");
	ANSWER("\0\0\x05\x05\x04\0\0\0\x01\0\0\0\x02\x82", "");
	/* Padded, and continued. */
	ASK("\0\0\x04\x01\x09\0\0\0\x05\x01\x82\x87\x00\0\0\x01\x09\x04\0\0\0\x05\xbe", "= [5] GET /a/* | GET /a/9");
}

/* The frame's head and its headers can be cut anywhere, where nothing is missing. */
static void test_streams_in_parts(void **state)
{
	static const char all[] = PREFACE SETTINGS FIRST SECOND;

	(void)state;
	for (size_t at = strlen("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"); at < sizeof(all) - 1; at++) {
		struct call_sink sink = {note, NULL};
		struct piece first = {(const u8 *)all, (u32)at, 0, false};
		struct piece rest = {(const u8 *)all + at, (u32)(sizeof(all) - 1 - at), 0, false};

		begin(0);
		buf_reset(&told, 4096);
		conversation_request(c, &first, &sink);
		conversation_request(c, &rest, &sink);
		buf_putc(&told, '\0');
		assert_string_equal((char *)buf_at(&told), "= [1] GET /a/* | GET /a/9; = [3] GET /a/* | GET /a/9");
	}
}

static void test_streams_with_gaps(void **state)
{
	(void)state;
	begin(0);
	/* Of a body the rest may be missing, of anything else not. */
	ASK(PREFACE SETTINGS FIRST "\0\0\x20\0\0\0\0\0\x01"
				   "12345678",
	    "= [1] GET /a/* | GET /a/9");
	say(false, SECOND, sizeof(SECOND) - 1, 24, "= [3] GET /a/* | GET /a/9");
	/* Data come in frames of any size that both have agreed to. */
	ASK("\x20\0\0\0\0\0\0\0\x03"
	    "12345678",
	    "");
	say(false, "\0\0\x03\x01\x05\0\0\0\x05\x82\x87\xbe", 12, 0x200000 - 8, "= [5] GET /a/* | GET /a/9");
	say(false, SECOND, sizeof(SECOND) - 1, 1, "");
	say(false, "\0\0\x03\x01\x05\0\0\0\x07\x82\x87\xbe", 12, 0, "= [7]");
	/* This status says itself, the other is what was remembered. */
	say(true, SETTINGS "\0\0\x01\x01\x05\0\0\0\x05\x8e", 19, PIECE_UNKNOWN, "= [5] 500 !error");
	ANSWER("\0\0\x01\x01\x05\0\0\0\x07\xbe", "");
	/* It began before. */
	begin(CONVERSATION_OLDER);
	say(false, SECOND, sizeof(SECOND) - 1, PIECE_UNKNOWN, "= [3]");
	say(true, "\0\0\x01\x01\x05\0\0\0\x03\x88", 10, PIECE_UNKNOWN, "= [3] 200");
	assert_string_equal(conversation_word(c), "http2");
}

/* What the server remembers, the client fills. */
static void test_streams_table(void **state)
{
	(void)state;
	begin(0);
	ASK(PREFACE SETTINGS FIRST, "= [1] GET /a/* | GET /a/9");
	ANSWER("\0\0\x06\x04\0\0\0\0\0\0\x01\0\0\0\0"
	       "\0\0\x05\x01\x05\0\0\0\x01\x08\x03\x34\x31\x38",
	       "= [1] 418 !refused");
	/* Emptied, as it now has to be. */
	ASK("\0\0\x09\x01\x05\0\0\0\x03\x20\x82\x87\x44\x04/b/8", "= [3] GET /b/* | GET /b/8");
	ASK("\0\0\x03\x01\x05\0\0\0\x05\x82\x87\xbe", "= [5]");
}

/* A header of 60,000 bytes, and one of 2 MiB, are claimed: no room is kept for them. */
static void test_streams_too_large(void **state)
{
	size_t before;

	(void)state;
	begin(0);
	ASK(PREFACE SETTINGS FIRST, "= [1] GET /a/* | GET /a/9");
	before = mallinfo2().uordblks;
	ASK("\0\x20\0\x01\x04\0\0\0\x03\x82\x44\x7f\xe1\xd3\x03"
	    "aa",
	    "");
	assert_true(mallinfo2().uordblks < before + 40000);
	begin(0);
	ASK(PREFACE SETTINGS "\0\0\x09\x01\x05\0\0\0\x01\x82\x44\x7f\xff\xff\xff\x7f"
			     "aa",
	    "= [1]");
	ASK("\0\0\x03\x01\x05\0\0\0\x03\x82\x87\x84", "= [3]");
}

/* -- others -------------------------------------------------------------------------------------------------------- */

static void test_several_statements(void **state)
{
	(void)state;
	begin(0);
	ASK("Q\0\0\0\x0e"
	    "begin; x;\0",
	    "= begin; x | begin; x;");
	ANSWER("C\0\0\0\x0a"
	       "BEGIN\0"
	       "T\0\0\0\6\0\0"
	       "C\0\0\0\x08"
	       "X 1\0"
	       "Z\0\0\0\5I",
	       "= OK");
	ASK("Q\0\0\0\x06"
	    "x\0",
	    "= x | x");
	ANSWER("T\0\0\0\6\0\0"
	       "E\0\0\0\x13SERROR\0"
	       "C22012\0\0"
	       "Z\0\0\0\5I",
	       "= 22012 !error");
	/* One of several that fails is all that is told. */
	ASK("Q\0\0\0\x0e"
	    "begin; x;\0",
	    "= begin; x | begin; x;");
	ANSWER("C\0\0\0\x0a"
	       "BEGIN\0"
	       "E\0\0\0\x13SERROR\0"
	       "C22012\0\0"
	       "Z\0\0\0\5I",
	       "= 22012 !error");
}

static void test_kafka_versions(void **state)
{
	(void)state;
	begin(0);
	ASK("\0\0\0\x18\0\2\0\2\0\0\0\7\0\1c\xff\xff\xff\xff\0\0\0\0\1\0\2t1", "= [7] ListOffsets t1 | ListOffsets t1");
	ANSWER("\0\0\0\x06\0\0\0\7\0\0", "= [7]");
	/* Compact ones. */
	ASK("\0\0\0\x17\0\0\0\x09\0\0\0\x08\0\1c\0\0\xff\xff\0\0\0\1\2\3t1", "= [8] Produce t1 | Produce t1");
	ANSWER("\0\0\0\x10\0\0\0\x08\0\2\3t1\2\0\0\0\0\0\3", "= [8] UNKNOWN_TOPIC_OR_PARTITION !error");
	/* Nobody answers where no acknowledgement is wanted. */
	ASK("\0\0\0\x17\0\0\0\x09\0\0\0\x09\0\1c\0\0\0\0\0\0\0\1\2\3t1", "= [9] Produce t1 | Produce t1 (unanswered)");
	ASK("\0\0\0\x0c\0\x0c\0\4\0\0\0\x0a\0\1c\0", "= [10] Heartbeat | Heartbeat");
	ANSWER("\0\0\0\x0b\0\0\0\x0a\0\0\0\0\0\0\x1b", "= [10] REBALANCE_IN_PROGRESS !error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_folded, end),
	    cmocka_unit_test_teardown(test_printable, end),
	    cmocka_unit_test_teardown(test_statements, end),
	    cmocka_unit_test_teardown(test_prepared, end),
	    cmocka_unit_test_teardown(test_contradicted, end),
	    cmocka_unit_test_teardown(test_unknown, end),
	    cmocka_unit_test_teardown(test_others, end),
	    cmocka_unit_test_teardown(test_turned, end),
	    cmocka_unit_test_teardown(test_again, end),
	    cmocka_unit_test_teardown(test_published, end),
	    cmocka_unit_test_teardown(test_streams, end),
	    cmocka_unit_test_teardown(test_streams_in_parts, end),
	    cmocka_unit_test_teardown(test_streams_with_gaps, end),
	    cmocka_unit_test_teardown(test_streams_table, end),
	    cmocka_unit_test_teardown(test_streams_too_large, end),
	    cmocka_unit_test_teardown(test_several_statements, end),
	    cmocka_unit_test_teardown(test_kafka_versions, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
