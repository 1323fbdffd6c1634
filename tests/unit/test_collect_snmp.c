/* The kernel's own counters: read from /proc/net, summed over namespaces, and sent with a tick. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "spaces.h"

/* As the kernel prints them: more protocols and names than are read, and the same name of another protocol. */
static const char snmp_text[] = "Ip: Forwarding InReceives\nIp: 1 99\n"
				"Tcp: RtoMin OutRsts InSegs OutSegs RetransSegs InErrs\nTcp: 200 5 10 20 3 4\n"
				"Udp: InDatagrams InErrors\nUdp: 70 7\n"
				"UdpLite: InDatagrams InErrors OutSegs\nUdpLite: 0 1000 1000\n";
static const char netstat_text[] = "TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPTimeouts\nTcpExt: 0 8 9 1\n"
				   "IpExt: InNoRoutes ListenDrops\nIpExt: 0 1000\n";

static struct snmp read_from(const char *snmp, const char *netstat)
{
	cleanup_fclose FILE *first = fmemopen((void *)snmp, strlen(snmp), "r");
	cleanup_fclose FILE *second = netstat ? fmemopen((void *)netstat, strlen(netstat), "r") : NULL;
	struct snmp s = {};

	snmp_read_from(&s, first, second);
	return s;
}

static void assert_counters(const struct snmp *s, u64 times)
{
	assert_true(s->known);
	assert_int_equal(s->tcp_out_rsts, 5 * times);
	assert_int_equal(s->tcp_in_segs, 10 * times);
	assert_int_equal(s->tcp_out_segs, 20 * times);
	assert_int_equal(s->tcp_retrans_segs, 3 * times);
	assert_int_equal(s->tcp_in_errs, 4 * times);
	assert_int_equal(s->udp_in_errors, 7 * times);
	assert_int_equal(s->listen_overflows, 8 * times);
	assert_int_equal(s->listen_drops, 9 * times);
}

static void each_counter_by_protocol_and_name(void **state)
{
	struct snmp s = read_from(snmp_text, netstat_text);

	assert_counters(&s, 1);
}

static void half_of_them_are_none(void **state)
{
	struct snmp s = read_from(snmp_text, NULL);
	struct record_tick t = {};

	assert_false(s.known);
	snmp_fill(&s, &t);
	assert_int_equal(t.stat_has, 0);
}

static void told_with_the_tick(void **state)
{
	struct snmp s = read_from(snmp_text, netstat_text);
	struct record_tick t = {};

	snmp_fill(&s, &t);
	assert_int_equal(t.stat_has, 1);
	assert_int_equal(t.tcp_retrans_segs, 3);
	assert_int_equal(t.tcp_out_segs, 20);
	assert_int_equal(t.tcp_in_segs, 10);
	assert_int_equal(t.tcp_in_errs, 4);
	assert_int_equal(t.tcp_out_rsts, 5);
	assert_int_equal(t.udp_in_errors, 7);
	assert_int_equal(t.listen_overflows, 8);
	assert_int_equal(t.listen_drops, 9);
}

static void time_wait_of_all_that_sockstat_has(void **state)
{
	static const char text[] =
	    "sockets: used 300\nTCP: inuse 22 orphan 1 tw 17 alloc 30 mem 4\nUDP: inuse 5 mem 2\n";
	cleanup_fclose FILE *f = fmemopen((void *)text, strlen(text), "r");

	assert_int_equal(snmp_time_wait_from(f), 17);
	assert_int_equal(snmp_time_wait_from(NULL), 0);
}

/* The inode of a namespace that is gone is given to another one: what the first had counted stays in the sums. */
static void a_namespace_that_is_gone_keeps_counting(void **state)
{
	struct spaces s;
	struct snmp sum;

	spaces_init(&s);
	spaces_note(&s, 7, 100, 1);
	s.at[s.count - 1].snmp = read_from(snmp_text, netstat_text);
	spaces_sum(&s, &sum);
	assert_counters(&sum, 1);
	spaces_note(&s, 7, 101, 1);
	spaces_sum(&s, &sum);
	assert_counters(&sum, 1);
	s.at[s.count - 1].snmp = read_from(snmp_text, netstat_text);
	spaces_sum(&s, &sum);
	assert_counters(&sum, 2);
	spaces_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_counter_by_protocol_and_name),
	    cmocka_unit_test(half_of_them_are_none),
	    cmocka_unit_test(told_with_the_tick),
	    cmocka_unit_test(time_wait_of_all_that_sockstat_has),
	    cmocka_unit_test(a_namespace_that_is_gone_keeps_counting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
