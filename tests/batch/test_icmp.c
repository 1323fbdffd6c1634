/* Rows of ICMP echo packets (-I) and of their layers: a recording of pings over IPv4 and IPv6. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "objects.h"

#define ROWS 32
#define COMMENT "icmp echo rx eth0; mac 2.0us ip 3.0us tcp 6.0us app 21.0us = 32.0us; id 4711, rtt 12.5ms"

static bool has(const json_t *o, const char *name)
{
	return json_object_get(o, name) != NULL;
}

static void test_json(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "--count", "0", "-I", "--format", "json", "--replay", recording("icmp"));
	json_t *p[ROWS];
	size_t n;

	assert_int_equal(r.status, 0);
	assert_clean(r.out, r.out_len, false);
	n = objects(r.out, "packet", p, ROWS);
	assert_int_equal(n, 9);
	for (size_t i = 0; i < n; i++) {
		/* Of no socket, and without ports. */
		assert_false(has(p[i], "id") || has(p[i], "pid") || has(p[i], "lport") || has(p[i], "rport") ||
			     has(p[i], "seq"));
		assert_true(has(p[i], "echo_id") && has(p[i], "echo_seq") && has(p[i], "icmp_type"));
	}
	assert_string_equal(text_of(p[0], "proto"), "icmp");
	assert_string_equal(text_of(p[0], "flags"), "req");
	assert_int_equal(number_of(p[0], "icmp_type"), 8);
	assert_int_equal(number_of(p[0], "echo_id"), 4711);
	assert_false(has(p[0], "echo_rtt_us") || has(p[0], "tx_tcp_us") || has(p[0], "tx_ip_us"));
	assert_int_equal(number_of(p[0], "tx_qdisc_us"), 4);
	/* From the queue at its device to the reply's device. */
	assert_string_equal(text_of(p[1], "flags"), "reply");
	assert_true(number_of(p[1], "echo_rtt_us") == 12500);
	assert_int_equal(number_of(p[1], "rx_app_us"), 21);
	/* What the kernel answers ends with ICMP, and nothing of it is missing. */
	assert_string_equal(text_of(p[2], "proto"), "icmpv6");
	assert_int_equal(number_of(p[2], "total_us"), 5);
	assert_false(has(p[2], "rx_tcp_us") || has(p[2], "rx_app_us") || has(p[2], "merged") || has(p[2], "dropped"));
	assert_false(has(p[2], "echo_rtt_us") || has(p[3], "echo_rtt_us"));
	assert_true(number_of(p[5], "echo_rtt_us") == 32800);
	assert_true(json_is_true(json_object_get(p[7], "dropped")));
	/* Nobody has asked for it. */
	assert_int_equal(number_of(p[8], "echo_id"), 9999);
	assert_false(has(p[8], "echo_rtt_us"));
	release(p, n);
}

static void test_text(void **state)
{
	cleanup_result struct result r = RUN("--batch", "--count", "0", "-I", "--replay", recording("icmp"));
	cleanup_result struct result sockets = RUN("--batch", "--count", "0", "--view", "packets", "--filter",
						   "sport = :443", "--replay", recording("icmp"));

	assert_int_equal(r.status, 0);
	assert_clean(r.out, r.out_len, false);
	assert_non_null(strstr(r.out, " req        2 "));
	assert_non_null(strstr(r.out, " id 4711, rtt 32.8ms\n"));
	assert_non_null(strstr(r.out, " fd00::1                  2001:db8::42             eth0 "));
	assert_non_null(strstr(r.out, " id 77, for the kernel\n"));
	assert_non_null(strstr(r.out, " dropped: TCP_CSUM at tcp_v4_rcv, id 4711, rtt 12.1ms\n"));
	/* They are no socket's. */
	assert_int_equal(sockets.status, 0);
	assert_null(strstr(sockets.out, "4711"));
}

static void test_layers(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "--count", "0", "--view", "layers", "--format", "json", "--replay", recording("icmp"));
	cleanup_result struct result csv =
	    RUN("--batch", "--count", "0", "--view", "layers", "--format", "csv", "--replay", recording("icmp"));
	cleanup_result struct result text =
	    RUN("--batch", "--count", "0", "--view", "layers", "--replay", recording("icmp"));
	json_t *p[ROWS];
	size_t n, echo = 0;
	const json_t *last = NULL;

	n = objects(r.out, "layer", p, ROWS);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(text_of(p[i], "who"), "icmp echo");
		assert_false(has(p[i], "id"));
		if (strcmp(text_of(p[i], "layer"), "tx_qdisc") == 0) {
			last = p[i];
			echo++;
		}
	}
	assert_int_equal(echo, 3);
	assert_int_equal(number_of(last, "n"), 4);
	assert_int_equal(number_of(last, "max_us"), 20040);
	release(p, n);
	assert_non_null(strstr(csv.out, ",layer,,icmp echo,rx_app,2,"));
	assert_non_null(strstr(text.out, "icmp echo "));
}

/* A capture file that Wireshark can read: raw IP, of both families. */
static void test_pcapng(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "--count", "0", "-I", "--format", "pcapng", "--replay", recording("icmp"));

	assert_int_equal(r.status, 0);
	assert_true(r.out_len > 1000);
	assert_memory_equal(r.out, "\x0a\x0d\x0d\x0a", 4);
	assert_non_null(memmem(r.out, r.out_len, COMMENT, strlen(COMMENT)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_layers),
	    cmocka_unit_test(test_pcapng),
	};

	return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
