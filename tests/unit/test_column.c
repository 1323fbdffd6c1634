/* The column table: names, values, what is not known, formats within their widths, colours and order. */
#include "rows.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "socket_table.h"
#include "texts.h"
#include "text.h"

static struct model *m;

static int setup(void **state)
{
	m = fixture_new();
	rows_name(m, NAME_USER, 33, 0, "www-data");
	rows_name(m, NAME_CGROUP, 7, 0, "/system.slice/nginx.service");
	return 0;
}

static int teardown(void **state)
{
	fixture_free(m);
	return 0;
}

static void expect_print(const struct row *r, const char *name, const char *want)
{
	const struct column *c = table_find(&socket_table, name);
	char got[400];

	assert_non_null(c);
	column_print(c, m, r, got, sizeof(got));
	if (strcmp(got, want) != 0)
		fail_msg("%s: expected '%s', got '%s'", name, want, got);
}

static void expect_format(const struct row *r, const char *name, const char *want)
{
	char got[400];

	column_format(table_find(&socket_table, name), m, r, RATE_BYTES, got, sizeof(got));
	if (strcmp(got, want) != 0)
		fail_msg("%s: expected '%s', got '%s'", name, want, got);
}

static void test_names(void **state)
{
	table_each (&socket_table, c) {
		char title[16];
		size_t n = 0;

		assert_ptr_equal(table_find(&socket_table, c->name), c);
		assert_true(c->width >= strlen(c->title));
		assert_true(strlen(c->help) > 0);
		for (; c->title[n]; n++)
			title[n] = (char)tolower((unsigned char)c->title[n]);
		title[n] = '\0';
		/* A title that is also another column's name would be ambiguous. */
		if (!table_find(&socket_table, title) || strcmp(table_find(&socket_table, title)->title, c->title) != 0)
			fail_msg("title %s is not its own", c->title);
	}
	assert_null(table_find(&socket_table, "bogus"));
	assert_null(table_find(&socket_table, ""));
	assert_string_equal(table_find(&socket_table, "rtt")->name, "rtt_us");
	assert_string_equal(table_find(&socket_table, "sport")->name, "lport");
	assert_string_equal(table_find(&socket_table, "dport")->name, "rport");
	assert_string_equal(table_find(&socket_table, "src")->name, "laddr");
	assert_string_equal(table_find(&socket_table, "dst")->name, "raddr");
	assert_string_equal(table_find(&socket_table, "rx/s")->name, "rx_rate");
}

/* The names of a socket row in the JSON contract; `layers` comes with the stages. */
static void test_contract(void **state)
{
	static const char *const names[] = {
	    "id",
	    "netns",
	    "netns_cookie",
	    "proto",
	    "state",
	    "dir",
	    "laddr",
	    "lport",
	    "raddr",
	    "rport",
	    "ifname",
	    "pid",
	    "comm",
	    "uid",
	    "cgroup",
	    "owner",
	    "age_us",
	    "rx_bytes",
	    "tx_bytes",
	    "rx_rate",
	    "tx_rate",
	    "rx_pkts",
	    "tx_pkts",
	    "rtt_us",
	    "rttvar_us",
	    "minrtt_us",
	    "rto_us",
	    "cwnd",
	    "ssthresh",
	    "snd_wnd",
	    "rcv_wnd",
	    "mss",
	    "pmtu",
	    "cc",
	    "ca_state",
	    "pacing_rate",
	    "delivery_rate",
	    "inflight",
	    "lost",
	    "sacked",
	    "reordering",
	    "retrans",
	    "retrans_fast",
	    "retrans_rto",
	    "retrans_tlp",
	    "dsack_dups",
	    "ooo",
	    "limited",
	    "busy_us",
	    "rwnd_limited_us",
	    "sndbuf_limited_us",
	    "recvq",
	    "sendq",
	    "sndbuf",
	    "rcvbuf",
	    "wmem_queued",
	    "rmem_alloc",
	    "accept_queue",
	    "accept_limit",
	    "sk_backlog",
	    "drops",
	    "resets",
	    "owners",
	    "ulp",
	    "retrans_out",
	    "retrans_syn",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct column *c = table_find(&socket_table, names[i]);

		if (!c || strcmp(c->name, names[i]) != 0)
			fail_msg("no column %s", names[i]);
	}
}

static void test_suggest(void **state)
{
	const struct column *near[3];

	assert_true(table_suggest(&socket_table, "rttt", near, 3) >= 1);
	assert_string_equal(near[0]->name, "rtt_us");
	assert_true(table_suggest(&socket_table, "cmom", near, 1) == 1);
	assert_string_equal(near[0]->name, "comm");
	assert_int_equal(table_suggest(&socket_table, "entirely-else", near, 3), 0);
	assert_int_equal(table_suggest(&socket_table, "", near, 3), 0);
}

static void test_values(void **state)
{
	struct record_socket s = rows_tcp(81922 | 2ULL << 56, "10.0.0.5", 443, "203.0.113.9", 51822);
	struct row *r;

	s.rtt_us = 48123;
	s.has |= HAS_BIRTH;
	s.birth_ns = 500000000;
	s.uid = 33;
	s.cgroup_id = 7;
	s.rx_bytes = (1ULL << 53) + 1;
	s.flags = SOCKET_MPTCP;
	r = rows_put(m, &s);
	rows_tick(m, 1);
	expect_print(r, "id", "81922.2");
	expect_print(r, "state", "estab");
	expect_format(r, "state", "ESTAB");
	expect_print(r, "local", "10.0.0.5:443");
	expect_print(r, "remote", "203.0.113.9:51822");
	expect_print(r, "raddr", "203.0.113.9");
	expect_print(r, "rtt_us", "48123");
	expect_format(r, "rtt_us", "48.1ms");
	expect_print(r, "rx_bytes", "9007199254740993");
	expect_print(r, "age_us", "500000");
	expect_print(r, "user", "www-data");
	expect_print(r, "cgroup", "/system.slice/nginx.service");
	expect_print(r, "mptcp", "true");
	expect_format(r, "nofile", "no");
	expect_print(r, "comm", "app");
	assert_true(column_is_number(table_find(&socket_table, "mptcp")));
	assert_true(column_is_number(table_find(&socket_table, "lport")));
	assert_false(column_is_number(table_find(&socket_table, "id")));
	assert_false(column_is_number(table_find(&socket_table, "state")));
}

static void test_unknown(void **state)
{
	static const char *const absent[] = {"rtt_us",  "rttvar_us",    "minrtt_us",    "ssthresh",     "pacing_rate",
					     "ifname",  "netns_cookie", "cgroup",       "rx_rate",      "raddr",
					     "rport",   "remote",       "retrans_tick", "accept_queue", "delivery_rate",
					     "age_us",  "limited",      "ulp",          "inode",        "lastrcv_us",
					     "options", "mark",         "timer",        "snd_wscale"};
	struct record_socket s = rows_tcp(9, "::", 22, NULL, 0);
	struct row *r;

	s.has &= ~(u64)HAS_CGROUP;
	r = rows_put(m, &s);
	rows_tick(m, 1);
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++) {
		expect_print(r, absent[i], "");
		expect_format(r, absent[i], "");
	}
	expect_print(r, "laddr", "::");
	expect_print(r, "local", "*:22");
	expect_print(r, "retrans", "0");
}

/* What does not fit says so. */
static void test_cut(void **state)
{
	const struct column *c = table_find(&socket_table, "cc");
	struct record_socket s = rows_tcp(78, "10.0.0.1", 1, "10.0.0.2", 2);
	char text[400];
	struct row *r;

	strcpy((char *)s.cc, "fifteen_letters");
	r = rows_put(m, &s);
	column_format(c, m, r, RATE_BYTES, text, sizeof(text));
	assert_true(c->width < strlen("fifteen_letters"));
	assert_int_equal(strlen(text), c->width);
	assert_int_equal(text[c->width - 1], '+');
	assert_memory_equal(text, "fifteen_letters", c->width - 1U);
}

/* Whatever the values, a fixed column stays within its width and its buffer. */
static void test_widths(void **state)
{
	struct record_socket s;
	struct row *r;

	memset(&s, 0xff, sizeof(s));
	s.id = 77;
	s.flags = 0;
	r = rows_put(m, &s);
	rows_tick(m, 1);
	table_each (&socket_table, c) {
		char text[400], tiny[4];

		column_format(c, m, r, RATE_BYTES, text, sizeof(text));
		if (!c->flex && text_width(text) > c->width)
			fail_msg("%s: '%s' is wider than %u", c->name, text, c->width);
		column_format(c, m, r, RATE_BYTES, tiny, sizeof(tiny));
		assert_true(strlen(tiny) < sizeof(tiny));
		column_print(c, m, r, text, sizeof(text));
		(void)table_severity(&socket_table, c, m, r);
	}
}

static int severity(struct record_socket *s, const char *name)
{
	return table_severity(&socket_table, table_find(&socket_table, name), m, rows_put(m, s));
}

static void test_severity(void **state)
{
	struct record_socket s = rows_tcp(20, "10.0.0.1", 1, "10.0.0.2", 2);
	struct row *r;

	assert_int_equal(severity(&s, "rtt_us"), 0);
	s.rtt_us = 20000;
	assert_int_equal(severity(&s, "rtt_us"), 0);
	s.rtt_us = 150000;
	assert_int_equal(severity(&s, "rtt_us"), 1);
	s.rtt_us = 400000;
	assert_int_equal(severity(&s, "rtt_us"), 2);
	s.flags = SOCKET_ENDED; /* nothing about what is over asks for a hand */
	s.ended_ns = ROWS_SECOND;
	assert_int_equal(severity(&s, "rtt_us"), 0);
	s.id = 22;
	s.flags = 0;
	s.retrans = 100000;
	assert_int_equal(severity(&s, "retrans"), 0);
	s.rcvbuf = 1000;
	s.recvq = 600;
	assert_int_equal(severity(&s, "recvq"), 1);

	s.has |= HAS_DROPS;
	s.drops = 100000;
	r = rows_put(m, &s);
	for (unsigned tick = 0; tick <= 10; tick++) {
		r->drops_tick = tick;
		assert_int_equal(table_severity(&socket_table, table_find(&socket_table, "drops"), m, r),
				 tick >= 10 ? 2 : tick >= 1);
	}

	s = rows_tcp(21, "0.0.0.0", 80, NULL, 0);
	s.has = HAS_ACCEPT | HAS_MEM;
	s.state = STATE_LISTEN;
	s.accept_limit = s.sendq = 128; /* a stream of older collectors has them in both */
	assert_int_equal(severity(&s, "accept_queue"), 0);
	assert_int_equal(severity(&s, "sendq"), 0);
	s.accept_queue = s.recvq = 129;
	assert_int_equal(severity(&s, "accept_queue"), 2);
	assert_int_equal(severity(&s, "recvq"), 0);
}

static void test_compare(void **state)
{
	struct record_socket a = rows_tcp(30, "10.0.0.9", 80, "10.0.0.2", 2),
			     b = rows_tcp(31, "10.0.0.10", 80, NULL, 0);
	const struct column *local = table_find(&socket_table, "local"), *remote = table_find(&socket_table, "remote"),
			    *rtt = table_find(&socket_table, "rtt");
	struct row *ra, *rb;

	a.rtt_us = 5;
	ra = rows_put(m, &a);
	rb = rows_put(m, &b);
	/* By number, not as text. */
	assert_true(table_compare(&socket_table, local, m, ra, rb, false) < 0);
	assert_true(table_compare(&socket_table, local, m, ra, rb, true) > 0);
	/* Unknown last in both directions. */
	assert_true(table_compare(&socket_table, remote, m, ra, rb, false) < 0);
	assert_true(table_compare(&socket_table, remote, m, ra, rb, true) < 0);
	assert_true(table_compare(&socket_table, rtt, m, rb, ra, true) > 0);
	/* Ties by id in both directions. */
	assert_true(table_compare(&socket_table, table_find(&socket_table, "cwnd"), m, ra, rb, true) < 0);
	assert_true(table_compare(&socket_table, table_find(&socket_table, "cwnd"), m, ra, rb, false) < 0);
}

static void test_texts(void **state)
{
	struct column_texts t = {0};
	char text[40];

	/* Twice over: what was cleared is not found again. */
	for (unsigned round = 0; round < 2; round++) {
		assert_int_equal(column_texts_add(&t, ""), 0);
		for (unsigned i = 1; i <= 5000; i++) {
			snprintf(text, sizeof(text), "%0*u", (int)(i % 20), i + round);
			assert_int_equal(column_texts_add(&t, text), i);
		}
		for (unsigned i = 5000; i > 0; i--) {
			snprintf(text, sizeof(text), "%0*u", (int)(i % 20), i + round);
			assert_int_equal(column_texts_add(&t, text), i);
			assert_string_equal(column_texts_at(&t, i), text);
		}
		assert_int_equal(column_texts_add(&t, ""), 0);
		assert_int_equal(t.count, 5001);
		column_texts_clear(&t);
		assert_int_equal(t.count, 0);
	}
	column_texts_deinit(&t);
}

static void test_counted(void **state)
{
	char text[32];

	table_counted(&socket_table, 1, text, sizeof(text));
	assert_string_equal(text, "1 socket");
	table_counted(&socket_table, 0, text, sizeof(text));
	assert_string_equal(text, "0 sockets");
	assert_int_equal(table_counted(&socket_table, 1234, text, sizeof(text)), 13);
	assert_string_equal(text, "1,234 sockets");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_counted), cmocka_unit_test(test_names),  cmocka_unit_test(test_contract),
	    cmocka_unit_test(test_suggest), cmocka_unit_test(test_values), cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_widths),  cmocka_unit_test(test_cut),    cmocka_unit_test(test_severity),
	    cmocka_unit_test(test_compare), cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
