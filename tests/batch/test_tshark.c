/* The capture file as tshark reads it: every packet, its comment and its interface, and nothing malformed. Without
 * tshark the test is skipped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

#define SKIPPED 77 /* meson's exit status for it */

static const char *tshark;

static void write_file(const char *path, const struct result *r)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(r->out, 1, r->out_len, f), r->out_len);
	assert_int_equal(fclose(f), 0);
}

/* Lines that tshark writes of the file. */
static size_t ask(const char *path, const char *arguments, char lines[][600], size_t max)
{
	char command[1024];
	size_t n = 0;
	FILE *p;

	snprintf(command, sizeof(command), "%s -n -r '%s' %s 2>/dev/null", tshark, path, arguments);
	p = popen(command, "r");
	assert_non_null(p);
	while (n < max && fgets(lines[n], 600, p))
		n++;
	assert_int_equal(pclose(p), 0);
	return n;
}

static void test_read(void **state)
{
	cleanup_result struct result r = RUN("--batch", "--count", "0", "--view", "packets", "--format", "pcapng",
					     "--filter", "sport = :443", "--replay", recording("packets"));
	static char lines[64][600];
	char path[256];
	size_t n;

	assert_int_equal(r.status, 0);
	snprintf(path, sizeof(path), "%s", scratch("a.pcapng"));
	write_file(path, &r);
	n = ask(path,
		"-T fields -e frame.comment -e frame.interface_name -e tcp.srcport -e frame.packet_flags_direction",
		lines, 64);
	assert_int_equal(n, 15);
	for (size_t i = 0; i < n; i++) {
		bool tx = strstr(lines[i], "nginx[101] tx eth0,veth3; ") == lines[i];

		assert_true(tx || strstr(lines[i], "nginx[101] rx eth0,veth3; ") == lines[i]);
		assert_non_null(strstr(lines[i], tx ? "\teth0\t443\t0x00000002\n" : "\teth0\t50001\t0x00000001\n"));
	}
	assert_non_null(strstr(lines[4], "tcp 2.1ms ip 4.0us qdisc 310us (direct 9.0us) nic 6.0us = 2.4ms, done after "
					 "42.0us; netfilter local_out 340ns post_routing 2.6us; CPU 2; x10 GSO"));
	assert_non_null(strstr(lines[7], "retransmit (fast), cwnd 7"));
	assert_non_null(strstr(lines[12], "dropped: TCP_CSUM at tcp_v4_rcv"));
	assert_int_equal(ask(path, "-Y _ws.malformed", lines, 64), 0);
	/* Its own view of the retransmits is ours. */
	assert_int_equal(ask(path, "-Y 'tcp.analysis.retransmission && tcp.srcport == 443'", lines, 64), 2);
	/* Times to the nanosecond, in order. */
	n = ask(path, "-T fields -e frame.time_epoch", lines, 64);
	assert_int_equal(n, 15);
	assert_string_equal(lines[0], "1700001001.001000000\n");
	/* What a GSO packet was before it was cut. */
	n = ask(path, "-T fields -e frame.len -e frame.cap_len -Y 'frame.number == 5'", lines, 64);
	assert_int_equal(n, 1);
	assert_string_equal(lines[0], "14520\t40\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	};

	for (size_t i = 0; !tshark && i < 2; i++) {
		static const char *const paths[] = {"/usr/bin/tshark", "/usr/local/bin/tshark"};

		tshark = access(paths[i], X_OK) == 0 ? paths[i] : NULL;
	}
	if (!tshark)
		return SKIPPED;
	return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
