/* Rows of packets: JSON, CSV and text of a recording with a request, a loss and a drop; whose packets they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "columns.h"
#include "packet.h"

#undef cleanup /* ours; the harness means the attribute itself */
#include "objects.h"
#include "packet_table.h"

#define WEB "sport = :443"

/* Per packet the parts add up to the whole. */
static void check_sum(const json_t *o)
{
	static const char *const parts[] = {"rx_mac_us", "rx_ip_us", "rx_tcp_us",   "rx_app_us",
					    "tx_tcp_us", "tx_ip_us", "tx_qdisc_us", "tx_nic_us"};
	double sum = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		sum += number_of(o, parts[i]);
	assert_true(sum > number_of(o, "total_us") - 0.01 && sum < number_of(o, "total_us") + 0.01);
}

static void test_json(void **state)
{
	cleanup_result struct result r = RUN("--batch", "--count", "0", "--view", "packets", "--format", "json",
					     "--filter", WEB, "--replay", recording("packets"));
	json_t *p[32], *ticks[8], *trace;
	size_t n, t;

	assert_int_equal(r.status, 0);
	assert_clean(r.out, r.out_len, false);
	n = objects(r.out, "packet", p, 32);
	assert_int_equal(n, 15);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(text_of(p[i], "comm"), "nginx");
		assert_string_equal(text_of(p[i], "id"), "1");
		assert_null(json_object_get(p[i], "line"));
		check_sum(p[i]);
	}
	assert_string_equal(text_of(p[0], "flags"), "S");
	assert_null(json_object_get(p[0], "ack"));
	assert_null(json_object_get(p[0], "rx_app_us"));
	assert_int_equal(number_of(p[4], "segments"), 10);
	assert_true(number_of(p[4], "direct_us") == 9 && number_of(p[4], "done_us") == 42);
	assert_null(json_object_get(p[4], "gro_us"));
	assert_true(number_of(p[3], "gro_us") == 1 && number_of(p[3], "rx_mac_us") == 2);
	assert_null(json_object_get(p[3], "direct_us"));
	assert_null(json_object_get(p[5], "direct_us"));
	assert_null(json_object_get(p[5], "done_us"));
	assert_string_equal(text_of(p[4], "devices"), "eth0,veth3");
	assert_string_equal(text_of(p[6], "sack"), "1449-14481");
	assert_string_equal(text_of(p[7], "retransmit"), "fast");
	assert_int_equal(number_of(p[7], "seq"), 1);
	assert_int_equal(number_of(p[8], "seq"), 14481);
	assert_string_equal(text_of(p[9], "nat"), "203.0.113.5:8443 -> 10.0.0.2:50001");
	assert_int_equal(number_of(p[10], "gap"), 100);
	assert_true(json_is_true(json_object_get(p[11], "out_of_order")));
	assert_string_equal(text_of(p[11], "merged"), "mac");
	assert_true(json_is_true(json_object_get(p[12], "dropped")));
	assert_string_equal(text_of(p[12], "drop_reason"), "TCP_CSUM");
	assert_string_equal(text_of(p[12], "drop_function"), "tcp_v4_rcv");
	/* Netfilter's hooks are parts of ip, those that it passed: the sum of the parts is what it was. */
	assert_true(number_of(p[3], "nf_pre_routing_us") == 0.9);
	assert_true(number_of(p[3], "nf_local_in_us") == 1.45);
	assert_null(json_object_get(p[3], "nf_local_out_us"));
	assert_null(json_object_get(p[0], "nf_pre_routing_us"));
	assert_true(number_of(p[3], "total_us") == 13914);
	/* Numbers go on from tick to tick. */
	assert_int_equal(number_of(p[13], "seq"), 15929);
	t = objects(r.out, "tick", ticks, 8);
	assert_int_equal(t, 4);
	assert_null(json_object_get(ticks[0], "trace"));
	trace = json_object_get(ticks[3], "trace");
	assert_int_equal(number_of(trace, "packets"), 17);
	assert_int_equal(number_of(trace, "lost"), 1);
	assert_int_equal(number_of(trace, "limited"), 12);
	assert_int_equal(number_of(trace, "unseen"), 3);
	release(p, n);
	release(ticks, t);
}

/* -i: the first line is there if it is text, and never what would write to a terminal. */
static void test_payload(void **state)
{
	cleanup_result struct result r = RUN("--batch", "--count", "0", "--view", "packets", "--format", "json", "-i",
					     "--filter", WEB, "--replay", recording("packets"));
	json_t *p[32];
	size_t n, lines = 0;

	assert_clean(r.out, r.out_len, false);
	n = objects(r.out, "packet", p, 32);
	for (size_t i = 0; i < n; i++)
		lines += json_object_get(p[i], "line") != NULL;
	assert_int_equal(lines, 1);
	assert_string_equal(text_of(p[3], "line"), "GET /cart HTTP/1.1");
	release(p, n);
}

static void test_csv(void **state)
{
	cleanup_result struct result r = RUN("--batch", "--count", "0", "--view", "packets", "--format", "csv",
					     "--filter", "sport = :53", "--replay", recording("packets"));
	const char *at = r.out;

	assert_int_equal(r.status, 0);
	table_each (&packet_table, c) {
		if (!column_is_contract(&packet_table, c))
			continue;
		assert_memory_equal(at, c->name, strlen(c->name));
		at += strlen(c->name) + 1;
	}
	/* The two datagrams. */
	assert_non_null(strstr(at, ",rx,4026531840,udp,10.0.0.1,53,10.0.0.2,50002,102,named,,,,,,33,"));
	assert_non_null(strstr(at, ",tx,4026531840,udp,"));
	assert_null(strstr(at, "tcp"));
	assert_clean(r.out, r.out_len, true);
}

/* Columns, order and limit as of every table. */
static void test_chosen(void **state)
{
	cleanup_result struct result csv =
	    RUN("--batch", "--count", "0", "--view", "packets", "--format", "csv", "--filter", WEB, "--columns",
		"payload,number,dir", "--sort", "payload:desc", "--limit", "2", "--replay", recording("packets"));
	cleanup_result struct result text = RUN("--batch", "--count", "0", "--view", "packets", "--filter", WEB,
						"--columns", "total,flags,line", "--replay", recording("packets"));

	static const char most[] = "payload,number,dir\r\n14480,5,tx\r\n1448,6,tx\r\n1448,8,tx\r\n";

	assert_int_equal(csv.status, 0);
	assert_memory_equal(csv.out, most, strlen(most)); /* two of the first tick, then the next one's */
	assert_int_equal(text.status, 0);
	assert_memory_equal(text.out, " TOTAL FLAGS LINE", strlen(" TOTAL FLAGS LINE"));
	assert_non_null(strstr(text.out, "13.9ms PA"));
	assert_clean(text.out, text.out_len, true);
}

static void test_text(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "--count", "0", "--view", "packets", "--filter", WEB, "--replay", recording("packets"));
	cleanup_result struct result few = RUN("--batch", "--count", "3", "--limit", "2", "--view", "packets",
					       "--filter", WEB, "--replay", recording("packets"));
	size_t lines = 0;

	assert_memory_equal(r.out, "TIME            DIR FLAGS", 25);
	assert_non_null(strstr(r.out, "22:30:02.001000 tx  .A              1          61   1448"));
	assert_non_null(strstr(r.out, " retransmit (fast), cwnd 7\n"));
	assert_non_null(strstr(r.out, " dropped: TCP_CSUM at tcp_v4_rcv, retransmit (seen again)\n"));
	assert_clean(r.out, r.out_len, false);
	for (const char *c = few.out; *c; c++)
		lines += *c == '\n';
	/* The heading, two packets of each of the two ticks that have some, and what is missing from the last. */
	assert_int_equal(lines, 6);
	assert_non_null(strstr(few.out, "\n-- not here: 0 lost, 12 above 1000 in a second, 0 not kept\n"));
}

/* Armed by an expression, packets of all sockets come. */
static void test_arm(void **state)
{
	cleanup_result struct result r = RUN("--batch", "--count", "0", "--view", "packets", "--format", "json",
					     "--arm", "rtt > 1ms", "--replay", recording("packets"));
	cleanup_result struct result none = RUN("--batch", "--count", "0", "--view", "packets", "--filter",
						"sport = :9", "--replay", recording("packets"));
	json_t *p[32];
	size_t n;

	assert_int_equal(r.status, 0);
	n = objects(r.out, "packet", p, 32);
	assert_int_equal(n, 17);
	release(p, n);
	assert_int_equal(none.status, 0);
	assert_null(strstr(none.out, "eth0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json),   cmocka_unit_test(test_payload), cmocka_unit_test(test_csv),
	    cmocka_unit_test(test_chosen), cmocka_unit_test(test_text),    cmocka_unit_test(test_arm),
	};

	return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
