/* The filter language: what ss accepts, what it means, three-valued logic, units and patterns. */
#include "query_rows.h"

#include <stdio.h>

/* ss(8) of iproute2 6.1, its predicates, aliases and examples. */
static void test_ss_manual(void **state)
{
	static const char *const accepted[] = {
	    "state established ( dport = :ssh or sport = :ssh )",
	    "state fin-wait-1 ( sport = :http or sport = :https ) dst 193.233.7/24",
	    "src /tmp/.X11-unix/*",
	    "dst 10.0.0.1",
	    "dst = 10.0.0.1",
	    "src 10.0.0.0/8:443",
	    "src [::1]",
	    "src [::1]:22",
	    "dport :22",
	    "dport = :22",
	    "dport 22",
	    "dport = inet:22",
	    "dport = inet6:22",
	    "sport inet:ssh",
	    "dport < :1024",
	    "dport <= :1024",
	    "dport != :22",
	    "dport >= :22",
	    "dport > :22",
	    "dport = :*",
	    "dport eq :22",
	    "dport == :22",
	    "dport ne :22",
	    "dport neq :22",
	    "dport gt :22",
	    "dport lt :22",
	    "dport ge :22",
	    "dport geq :22",
	    "dport le :22",
	    "dport leq :22",
	    "dev = eth0",
	    "dev != 3",
	    "dev eth0",
	    "fwmark = 0x01/0x03",
	    "fwmark != 1",
	    "fwmark 0x10",
	    "cgroup = /system.slice",
	    "cgroup != /a/b",
	    "autobound",
	    "! dport = :22",
	    "not dport = :22",
	    "dport = :22 | sport = :22",
	    "dport = :22 || sport = :22",
	    "dport = :22 & sport = :22",
	    "dport = :22 && sport = :22",
	    "dport = :22 and sport = :22",
	    "dport = :22 sport = :22",
	    "\\( dport = :22 \\) \\| sport = :22",
	    "state all",
	    "state connected",
	    "state synchronized",
	    "state bucket",
	    "state big",
	    "exclude listening",
	    "state all exclude closed",
	    "state syn-sent state syn-recv",
	    "state fin-wait-2",
	    "state time-wait",
	    "state closed",
	    "state close-wait",
	    "state last-ack",
	    "state closing",
	    "src unix:/tmp/*",
	    "dst link:ip:eth0",
	    "src netlink:route:kernel",
	    "dst vsock:2:1024",
	    "dst *",
	    "dst *:443",
	    "src inet6:[::1]",
	    "src inet:127.0.0.1",
	    "dst any",
	    "dst 10.0.0.0/255.0.0.0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(accepted); i++) {
		struct query_error err;
		struct query *q = NULL;

		if (query_parse(&socket_table, accepted[i], &q, &err))
			fail_msg("%s: at %zu: %s", accepted[i], err.column, err.text);
		assert_non_null(q);
		query_free(q);
	}
}

static void test_ss_meaning(void **state)
{
	static const struct expected e[] = {
	    {"dport = :22", "d"},
	    {"sport = :443", "nte"},
	    {"dport > :40000", "n6"},
	    {"sport = :https or sport = :ssh", "nlte"},
	    {"dst 193.233.7/24", "d"},
	    {"dst 203.0.113.9:51822", "n"},
	    {"dst 203.0.113.9:1", ""},
	    {"src [::1]", "6"},
	    {"src ::1", "6"},
	    {"src [::]/0", "6m"},
	    {"src 10.0.0.0/8", "ndmte"},
	    {"src [::ffff:10.9.9.9]", "m"},
	    {"src [::ffff:0:0]/96", "m"},
	    {"dst inet6:*", "6m"},
	    {"dst inet:*", "ndlute"},
	    {"src unix:*", ""},
	    {"! src unix:*", "ndl6mute"},
	    {"dev = eth0", "n"},
	    {"dev = 2", "n"},
	    {"dev != eth0", "dl6mute"},
	    {"autobound", "d"},
	    {"cgroup = /system.slice/my-web.service", "n"},
	    {"cgroup = /sys/fs/cgroup/system.slice/my-web.service", "n"},
	    {"cgroup != /other", "n"},
	    {"fwmark = 1", ""},
	    {"not fwmark = 1", ""},
	    {"dport = :*", "ndl6mute"},
	};

	check(e, ARRAY_SIZE(e));
}

static void test_states(void **state)
{
	static const struct expected e[] = {
	    {"state established", "n6m"},
	    {"state estab", "n6m"},
	    {"state listening", "l"},
	    {"state connected", "nd6mt"},
	    {"state all", "ndl6mute"},
	    {"state bucket", "t"},
	    {"state big", "ndl6mue"},
	    {"exclude established", "dlute"},
	    {"state closed", "ue"},
	    {"state unconnected", "u"},
	    {"state = closed", "ue"},
	    {"state != established", "dlute"},
	    {"state established state time-wait", "n6mt"},
	    {"state connected exclude established", "dt"},
	    {"state established or state time-wait", "n6mt"},
	    {"not state established", "dlute"},
	    {"state ~ wait", "dt"},
	    {"ended", "e"},
	    {"state = *-wait*", "dt"},
	    {"state established dport = :51822", "n"},
	};

	check(e, ARRAY_SIZE(e));
}

static void test_extended(void **state)
{
	static const struct expected e[] = {
	    {"rtt > 10ms", "n"},
	    {"dst 203.0.113.8/29", "n"},
	    {"dst 203.0.113.0/29", ""},
	    {"dst 203.0.113.8/255.255.255.254", "n"},
	    {"dst 193.224.0.0/12", "d"},
	    {"dst 193.240.0.0/12", ""},
	    {"rtt_us <= 300", "d"},
	    {"rtt=48ms", "n"},
	    {"retrans > 0 and rtt > 1ms", "n"},
	    {"comm ~ ^nginx", "n"},
	    {"comm = *gr?s", "d"},
	    {"comm = nginx || comm = sshd", "nl"},
	    {"comm=nginx||comm=sshd", "nl"},
	    {"comm ~ ^(nginx|sshd)$", "nl"},
	    {"(comm ~ n|x)", "n"},
	    {"comm ~ \"^n\"", "n"},
	    {"comm !~ n", "dlmue"},
	    {"comm = 'nginx'", "n"},
	    {"comm nginx", "n"},
	    {"limited = not_reading", "n"},
	    {"limited = unread", "n"},
	    {"nofile", "6"},
	    {"nofile = true", "6"},
	    {"nofile != true rtt > 0", "nd"},
	    {"!nofile and sport = :80", ""},
	    {"proto = udp", "u"},
	    {"proto != tcp", "u"},
	    {"id = 1", "n"},
	    {"id = 2.1", "d"},
	    {"id = 0x3", "l"},
	    {"id = 2", ""},
	    {"raddr = 10.0.0.0/8", "mte"},
	    {"remote = 193.233.7.5:22", "d"},
	    {"remote ~ :22$", "d"},
	    {"dir = in", "n"},
	    {"cgroup = *web*", "n"},
	    {"mapped", "m"},
	    {"lport >= 8080", "dm"},
	    {"pid = 100 lport = 53", "u"},
	    {"owner = exact lport=22", "l"},
	};

	check(e, ARRAY_SIZE(e));
}

/* A row is shown neither by an expression whose truth is unknown nor by its negation. */
static void test_unknown(void **state)
{
	static const struct expected e[] = {
	    {"rtt > 1us", "nd"},
	    {"not rtt > 1us", ""},
	    {"not not rtt > 1us", "nd"},
	    {"known rtt", "nd"},
	    {"not known rtt", "l6mute"},
	    {"known raddr", "nd6mte"},
	    {"rtt > 1us or lport = 22", "ndl"},
	    {"not (rtt > 1us and lport = 22)", "nd6mute"},
	    {"not (rtt > 1us or lport = 22)", ""},
	    {"rport != 22", "n6mte"},
	    {"not rport = 22", "n6mte"},
	    {"cgroup = *", "n"},
	    {"ssthresh > 0", ""},
	    {"not ssthresh > 0", ""},
	};

	check(e, ARRAY_SIZE(e));
}

/* What ss (iproute2 6.1) shows of a listener, an unconnected socket and connected ones; our own names for the same
 * ends keep to what is known. */
static void test_unconnected(void **state)
{
	static const struct expected e[] = {
	    {"dport != :22", "nl6mute"},    {"not dport = :22", "nl6mute"},
	    {"dport = :0", "lu"},           {"dport < :1024", "dlu"},
	    {"dport <= :0", "lu"},          {"dport >= :0", "ndl6mute"},
	    {"dport > :0", "nd6mte"},       {"dport != :*", ""},
	    {"dst *", "ndl6mute"},          {"dst *:0", "lu"},
	    {"dst 0.0.0.0", "lu"},          {"dst 0.0.0.0/0", "ndlmute"},
	    {"dst inet:0.0.0.0", "lu"},     {"dst [::]", ""},
	    {"dst 10.0.0.0/8", "mte"},      {"not dst 10.0.0.0/8", "ndl6u"},
	    {"dst != 10.0.0.0/8", "ndl6u"}, {"dport != inet6:22", "ndl6mute"},
	    {"raddr != 10.0.0.0/8", "nd6"}, {"remote = 0.0.0.0", ""},
	    {"rport < 1024", "d"},          {"rport = :*", "nd6mte"},
	    {"known rport", "nd6mte"},      {"not known raddr", "lu"},
	    {"src 0.0.0.0", "l"},           {"sport != :22", "nd6mute"},
	};
	struct record_socket s = rows_tcp(20, "::", 22, NULL, 0);
	struct row *listener, *untold;
	struct query_error err;
	struct query *q;

	check(e, ARRAY_SIZE(e));
	s.state = STATE_LISTEN;
	listener = rows_put(world.m, &s);
	s = rows_tcp(21, "10.0.0.5", 40000, NULL, 0);
	untold = rows_put(world.m, &s);

	assert_int_equal(query_parse(&socket_table, "dst [::]", &q, &err), 0);
	assert_true(query_match(q, world.m, listener));
	query_free(q);
	assert_int_equal(query_parse(&socket_table, "dst 0.0.0.0/0", &q, &err), 0);
	assert_false(query_match(q, world.m, listener));
	query_free(q);
	/* A connection has a remote end: if it is unknown, nothing is true of it. */
	assert_int_equal(query_parse(&socket_table, "dport != :22 or dport = :22", &q, &err), 0);
	assert_true(query_match(q, world.m, listener));
	assert_false(query_match(q, world.m, untold));
	query_free(q);
}

/* What a pattern said of a text is said again for the same text only: also when there are more than it remembers. */
static void test_remembered(void **state)
{
	static const char *const texts[] = {"cgroup = */g*7", "cgroup ~ /g.*7$", "comm ~ 7$"};
	static struct row *rows[10000];
	struct record_socket s = rows_tcp(0, "10.0.0.5", 1, "10.0.0.6", 2);

	for (u64 i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[32];

		snprintf(name, sizeof(name), "/slice/g%u", (unsigned)i);
		rows_name(world.m, NAME_CGROUP, 100 + i, 0, name);
		s.id = 1000 + i;
		s.cgroup_id = 100 + i;
		snprintf((char *)s.comm, sizeof(s.comm), "app%u", (unsigned)i);
		rows[i] = rows_put(world.m, &s);
	}
	for (size_t k = 0; k < ARRAY_SIZE(texts); k++) {
		struct query_error err;
		struct query *q;

		assert_int_equal(query_parse(&socket_table, texts[k], &q, &err), 0);
		for (unsigned round = 0; round < 2; round++)
			for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
				assert_int_equal(query_match(q, world.m, rows[i]), i % 10 == 7);
		/* A group that is renamed is judged by its new name. */
		rows_name(world.m, NAME_CGROUP, 107, 0, "/slice/g8");
		strcpy((char *)rows[7]->s.comm, "app8");
		assert_false(query_match(q, world.m, rows[7]));
		rows_name(world.m, NAME_CGROUP, 107, 0, "/slice/g7");
		strcpy((char *)rows[7]->s.comm, "app7");
		assert_true(query_match(q, world.m, rows[7]));
		query_free(q);
	}
}

static void test_precedence(void **state)
{
	static const struct expected e[] = {
	    {"lport = 22 or lport = 53 and proto = tcp", "l"},
	    {"(lport = 22 or lport = 53) and proto = udp", "u"},
	    {"lport = 22 or lport = 53 proto = tcp", "l"},
	    {"not lport = 22 lport = 53", "u"},
	    {"((((lport = 22))))", "l"},
	    {"!!lport = 22", "l"},
	};

	check(e, ARRAY_SIZE(e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ss_manual),  cmocka_unit_test(test_ss_meaning), cmocka_unit_test(test_states),
	    cmocka_unit_test(test_extended),   cmocka_unit_test(test_unknown),    cmocka_unit_test(test_unconnected),
	    cmocka_unit_test(test_remembered), cmocka_unit_test(test_precedence),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
