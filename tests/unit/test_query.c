/* The filter language: what ss accepts, what it means, three-valued logic, units, patterns and errors. */
#include "rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "query.h"

enum { NGINX, DB, LISTENER, V6, MAPPED, UDP, TW, ENDED, ROWS };

static const char letters[] = "ndl6mute";

struct world {
	struct model *m;
	struct row *row[ROWS];
};

static struct world world;

static void make_tcp_rows(void)
{
	struct record_socket s = rows_tcp(1, "10.0.0.5", 443, "203.0.113.9", 51822);

	strcpy((char *)s.comm, "nginx");
	s.rtt_us = 48000;
	s.retrans = 31;
	s.cgroup_id = 7;
	s.ifindex = 2;
	s.dir = DIR_IN;
	world.row[NGINX] = rows_put(world.m, &s);

	s = rows_tcp(2 | 1ULL << 56, "10.0.0.5", 40112, "193.233.7.5", 22);
	strcpy((char *)s.comm, "postgres");
	s.state = STATE_FIN_WAIT1;
	s.rtt_us = 300;
	s.has &= ~(u64)HAS_CGROUP;
	world.row[DB] = rows_put(world.m, &s);

	s = rows_tcp(3, "0.0.0.0", 22, NULL, 0);
	s.state = STATE_LISTEN;
	s.dir = DIR_LISTEN;
	s.has = HAS_OWNER | HAS_ACCEPT | HAS_MEM;
	strcpy((char *)s.comm, "sshd");
	world.row[LISTENER] = rows_put(world.m, &s);

	s = rows_tcp(4, "::1", 80, "::1", 50000);
	s.flags = SOCKET_NO_FILE;
	s.has &= ~(u64)HAS_OWNER;
	world.row[V6] = rows_put(world.m, &s);

	s = rows_tcp(5, "10.9.9.9", 8080, "10.8.8.8", 1234);
	s.is_mapped = 1;
	world.row[MAPPED] = rows_put(world.m, &s);
}

static int setup(void **state)
{
	struct record_socket s;

	(void)state;
	assert_int_equal(model_new(&world.m), 0);
	rows_name(world.m, NAME_CGROUP, 7, 0, "/system.slice/my-web.service");
	rows_name(world.m, NAME_IFACE, 2, 4026531840U, "eth0");
	make_tcp_rows();

	s = rows_tcp(6, "127.0.0.1", 53, NULL, 0);
	s.proto = 17;
	s.state = STATE_CLOSE;
	s.has = HAS_OWNER;
	world.row[UDP] = rows_put(world.m, &s);

	s = rows_tcp(7, "10.0.0.5", 443, "10.0.0.77", 33333);
	s.state = STATE_TIME_WAIT;
	s.has = HAS_REMOTE;
	world.row[TW] = rows_put(world.m, &s);

	s = rows_tcp(8, "10.0.0.5", 443, "10.0.0.78", 33334);
	s.flags = SOCKET_ENDED;
	s.ended_ns = ROWS_SECOND;
	world.row[ENDED] = rows_put(world.m, &s);
	rows_tick(world.m, 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	model_free(world.m);
	return 0;
}

/* The letters of the rows that match, or "error". */
static void matches(const char *text, char *dst)
{
	struct query_error err;
	struct query *q;

	if (query_parse(&socket_table, text, &q, &err)) {
		strcpy(dst, "error");
		return;
	}
	for (int i = 0; i < ROWS; i++)
		if (query_match(q, world.m, world.row[i]))
			*dst++ = letters[i];
	*dst = '\0';
	query_free(q);
}

struct expected {
	const char *text, *rows;
};

static void check(const struct expected *e, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char got[ROWS + 8];

		matches(e[i].text, got);
		if (strcmp(got, e[i].rows) != 0)
			fail_msg("%s: expected %s, got %s", e[i].text, e[i].rows, got);
	}
}

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

	(void)state;
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

	(void)state;
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

	(void)state;
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

	(void)state;
	check(e, ARRAY_SIZE(e));
}

/* A row is shown neither by an expression whose truth is not known nor by its negation. */
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

	(void)state;
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

	(void)state;
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
	/* A connection has a remote end: if we were not told, nothing is true of it. */
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

	(void)state;
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

	(void)state;
	check(e, ARRAY_SIZE(e));
}

static void test_errors(void **state)
{
	static const struct {
		const char *text;
		size_t column;
		const char *says;
	} e[] = {
	    {"rttt > 5", 0, "did you mean rtt_us"},
	    {"lport = 22 and coom = x", 15, "did you mean comm"},
	    {"rtt >", 5, "missing"},
	    {"rtt and lport = 1", 4, "comparison is missing after rtt"},
	    {"rtt > fast", 6, "not a value"},
	    {"comm > x", 5, "no order"},
	    {"rtt ~ 5", 4, "is a number"},
	    {"(lport = 1", 0, "no closing )"},
	    {"lport = 1)", 9, "unmatched )"},
	    {"state bogus", 6, "no state 'bogus'"},
	    {"comm ~ (", 7, "regular expression"},
	    {"comm = \"x", 7, "no closing \""},
	    {"dst www.example.org", 4, "not looked up"},
	    {"sport = :nosuch-service", 8, "neither a port"},
	    {"limited = cwmd", 10, "is one of"},
	    {"nofile = maybe", 9, "true or false"},
	    {"lport = 1 or", 12, "expected a column"},
	    {"and lport = 1", 0, ""},
	    {"comm ~ \\(a\\)\\1", 7, "back-references"},
	    {"comm ~ ((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+", 7, "repeats"},
	    {"known bogus_thing", 6, "no column"},
	    {"dst 10.0.0.0/33", 4, "not an address"},
	    {"dst 10.0.0.0/255.0.255.0", 4, "not an address"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(e); i++) {
		struct query_error err;
		struct query *q;

		assert_int_equal(query_parse(&socket_table, e[i].text, &q, &err), -EINVAL);
		assert_null(q);
		if (err.column != e[i].column || !strstr(err.text, e[i].says))
			fail_msg("%s: at %zu: %s", e[i].text, err.column, err.text);
	}
}

static void test_bounds(void **state)
{
	static char text[6000];
	struct query_error err;
	struct query *q;

	(void)state;
	memset(text, '(', 300);
	strcpy(text + 300, "nofile");
	assert_int_equal(query_parse(&socket_table, text, &q, &err), -EINVAL);
	assert_int_equal(err.column, 200);
	memset(text, ' ', 5000);
	text[5000] = '\0';
	assert_int_equal(query_parse(&socket_table, text, &q, &err), -EINVAL);
	assert_int_equal(query_parse(&socket_table, " \t ", &q, &err), 0);
	assert_null(q);
	assert_true(query_match(NULL, world.m, world.row[0]));
	/* Many siblings are one level. */
	text[0] = '\0';
	for (int i = 0; i < 580; i++)
		strcat(text, "nofile ");
	assert_int_equal(query_parse(&socket_table, text, &q, &err), 0);
	assert_true(query_match(q, world.m, world.row[V6]));
	query_free(q);
}

static void test_properties(void **state)
{
	struct query_error err;
	struct query *q;

	(void)state;
	assert_int_equal(query_parse(&socket_table, "fwmark = 1", &q, &err), 0);
	assert_int_equal(query_needs(q), NEEDS_INFO);
	assert_false(query_names_state(q));
	query_free(q);
	assert_int_equal(query_parse(&socket_table, "rtt > 1ms (state established)", &q, &err), 0);
	assert_int_equal(query_needs(q), 0);
	assert_true(query_names_state(q));
	query_free(q);
}

/* Every ```filter block of the manual holds one filter a line, and each compiles. */
static void test_documentation(void **state)
{
	FILE *f = fopen(FILTERS_MD, "r");
	bool inside = false;
	char line[1024];
	unsigned count = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		struct query_error err;
		struct query *q;

		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "```", 3) == 0) {
			inside = strcmp(line, "```filter") == 0;
			continue;
		}
		if (!inside)
			continue;
		if (query_parse(&socket_table, line, &q, &err))
			fail_msg("%s: at %zu: %s", line, err.column, err.text);
		query_free(q);
		count++;
	}
	fclose(f);
	assert_true(count >= 20);
}

/* The rows that a line from the prompt leaves; "error". */
static void typed(const char *text, bool plain, char *dst)
{
	const struct column *columns[] = {table_find(&socket_table, "comm"), table_find(&socket_table, "local"),
					  table_find(&socket_table, "rtt_us")};
	struct query_error err;
	struct query *q;
	bool was;

	if (query_parse_typed(&socket_table, text, columns, ARRAY_SIZE(columns), &q, &was, &err)) {
		strcpy(dst, "error");
		return;
	}
	assert_int_equal(was, plain);
	for (int i = 0; i < ROWS; i++)
		if (query_match(q, world.m, world.row[i]))
			*dst++ = letters[i];
	*dst = '\0';
	query_free(q);
}

/* What is no filter is text that a column has; what looks like one is a mistake. */
static void test_typed(void **state)
{
	char got[ROWS + 8], want[ROWS + 8];

	(void)state;
	matches("comm ~ [nN]ginx", want);
	assert_true(strlen(want) > 0);
	typed("nginx", true, got);
	assert_string_equal(got, want);
	typed("NGINX", true, got);
	assert_string_equal(got, "");
	matches("sport = :443", want);
	typed(":443", true, got);
	assert_string_equal(got, want);
	typed("sport = :443", false, got);
	assert_string_equal(got, want);
	typed("sprot = :443", false, got);
	assert_string_equal(got, "error");
	matches("proto = udp", want);
	typed("udp", false, got);
	assert_string_equal(got, want);
}

/* tcpdump's words are of either end; that one is not said is that it is neither. */
static void test_either(void **state)
{
	static const char *const same[][2] = {
	    {"port 443", "sport = :443 or dport = :443"},
	    {"port != 443", "not ( sport = :443 or dport = :443 )"},
	    {"port >= 40000", "sport >= :40000 or dport >= :40000"},
	    {"host 10.0.0.77", "src 10.0.0.77 or dst 10.0.0.77"},
	    {"net 10.0.0.0/24", "src 10.0.0.0/24 or dst 10.0.0.0/24"},
	    {"not net 10.0.0.0/24", "not ( src 10.0.0.0/24 or dst 10.0.0.0/24 )"},
	    {"tcp and port 443", "proto = tcp and ( sport = :443 or dport = :443 )"},
	    {"not udp", "not proto = udp"},
	};
	char a[ROWS + 8], b[ROWS + 8];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		matches(same[i][0], a);
		matches(same[i][1], b);
		assert_string_equal(a, b);
		assert_string_not_equal(a, "error");
	}
	matches("port 443", a);
	assert_true(strlen(a) > 0 && strlen(a) < ROWS);
	matches("port", a);
	assert_string_equal(a, "error");
	matches("host < 10.0.0.1", a);
	assert_string_equal(a, "error");
	matches("port ~ 4", a);
	assert_string_equal(a, "error");
}

static void test_bare(void **state)
{
	static const struct {
		const char *text;
		bool bare;
	} texts[] = {{"rtt > 50", true},
		     {"rtt > 50ms", false},
		     {"rtt > 0", false},
		     {"cwnd > 50", false},
		     {"rtt > 1 and pid 5", true}};
	struct query_error err;
	struct query *q;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(query_parse(&socket_table, texts[i].text, &q, &err), 0);
		assert_int_equal(query_is_bare(q), texts[i].bare);
		query_free(q);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ss_manual),     cmocka_unit_test(test_ss_meaning),  cmocka_unit_test(test_states),
	    cmocka_unit_test(test_extended),      cmocka_unit_test(test_unknown),     cmocka_unit_test(test_precedence),
	    cmocka_unit_test(test_errors),        cmocka_unit_test(test_bounds),      cmocka_unit_test(test_properties),
	    cmocka_unit_test(test_typed),         cmocka_unit_test(test_either),      cmocka_unit_test(test_bare),
	    cmocka_unit_test(test_documentation), cmocka_unit_test(test_unconnected), cmocka_unit_test(test_remembered),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
