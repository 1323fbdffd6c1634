/* Processes and Hosts, and the same in other ways: what their sockets are together, and whose those are that no program
 * holds. */
#include "rows.h"

#include "folds.h"
#include "model.h"
#include "prefixes.h"

static struct model *m;
static struct folded *f;
static const struct table *t;

static void open_fold(const struct table *table)
{
	fold_free(f);
	t = table;
	assert_int_equal(fold_new(&f, t, m), 0);
	table_each (t, c)
		fold_want(f, c);
}

static int setup(void **state)
{
	(void)state;
	assert_int_equal(model_new(&m), 0);
	open_fold(&processes_fold);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fold_free(take(f));
	model_free(m);
	return 0;
}

static void finish(u64 tick)
{
	rows_tick(m, tick);
	fold_invalidate(f);
	while (!fold_whole(f))
		assert_int_equal(fold_work(f, 0), 1);
}

static struct record_socket of(u64 id, u32 pid, const char *comm)
{
	struct record_socket s = rows_tcp(id, "10.0.0.1", (u16)(1000 + id), "10.0.0.2", 443);

	s.pid = pid;
	memset(s.comm, 0, sizeof(s.comm));
	strcpy((char *)s.comm, comm);
	s.dir = DIR_OUT;
	return s;
}

static void put(struct record_socket s)
{
	rows_put(m, &s);
}

static const void *at(const char *label)
{
	const struct column *c = table_find(t, "label");

	for (u32 i = 0; i < fold_end(f); i++) {
		const void *row = fold_row(f, i);
		struct value v;

		if (row && c->get(c, f, row, &v) && strcmp(v.text, label) == 0)
			return row;
	}
	return NULL;
}

static void expect(const char *label, const char *column, const char *wanted)
{
	char text[64];

	assert_non_null(at(label));
	column_print(table_find(t, column), f, at(label), text, sizeof(text));
	assert_string_equal(text, wanted);
}

static void test_states(void **state)
{
	struct record_socket s = of(2, 7, "web"), other = of(5, 8, "web"), nobody = of(6, 0, "");

	(void)state;
	put(of(1, 7, "web"));
	s.state = STATE_CLOSE_WAIT;
	put(s);
	s = of(3, 7, "web");
	s.state = STATE_TIME_WAIT;
	s.owner = OWNER_CREATOR;
	put(s);
	s = of(4, 7, "web");
	s.state = STATE_NEW_SYN_RECV;
	put(s);
	put(other);
	nobody.has &= ~(u64)HAS_OWNER;
	put(nobody);
	finish(1);
	assert_int_equal(fold_rows(f, true), 3);
	expect("web[7]", "members", "4");
	expect("web[7]", "established", "1");
	expect("web[7]", "close_wait", "1");
	/* Of whoever made it: the kernel keeps no owner. */
	expect("web[7]", "time_wait", "1");
	expect("web[7]", "syn_recv", "1");
	expect("web[7]", "syn_sent", "0");
	expect("web[8]", "members", "1");
	expect("unknown process", "members", "1");
	expect("unknown process", "pid", "");
}

/* Connections that lived for less than a tick count, too, and so does what they sent. */
static void test_born(void **state)
{
	struct record_socket s = of(1, 7, "web");

	(void)state;
	put(s);
	finish(1);
	expect("web[7]", "new_rate", "");
	s.sample_ns = 2 * ROWS_SECOND;
	put(s);
	for (u64 id = 10; id < 15; id++) {
		s = of(id, 7, "web");
		s.has |= HAS_BIRTH | HAS_RESETS;
		s.birth_ns = ROWS_SECOND + ROWS_SECOND / 2;
		s.sample_ns = 2 * ROWS_SECOND;
		s.tx_bytes = 100;
		s.tx_pkts = 20;
		s.retrans = id == 10 ? 1 : 0;
		s.resets = 1;
		s.flags |= id == 14 ? 0 : SOCKET_ENDED;
		s.ended_ns = id == 14 ? 0 : 2 * ROWS_SECOND;
		put(s);
	}
	finish(2);
	expect("web[7]", "new_rate", "5");
	expect("web[7]", "members", "2");
	expect("web[7]", "tx_rate", "500.0");
	expect("web[7]", "sent_tick", "100");
	expect("web[7]", "retrans_share", "0.010000");
	expect("web[7]", "resets_tick", "5");
	finish(3);
	expect("web[7]", "new_rate", "0");
	expect("web[7]", "resets_tick", "0");
	expect("web[7]", "tx_rate", "0.0");
}

/* A program all of whose connections are short is there in the tick in which one ended, and is history then. */
static void test_all_short(void **state)
{
	struct record_socket s = of(1, 7, "curl");

	(void)state;
	finish(1);
	s.has |= HAS_BIRTH;
	s.birth_ns = ROWS_SECOND + ROWS_SECOND / 2;
	s.flags |= SOCKET_ENDED;
	s.ended_ns = 2 * ROWS_SECOND;
	put(s);
	finish(2);
	assert_false(fold_ended(at("curl[7]")));
	expect("curl[7]", "new_rate", "1");
	finish(3);
	assert_true(fold_ended(at("curl[7]")));
}

static void test_rtt(void **state)
{
	(void)state;
	for (u64 id = 1; id <= 100; id++) {
		struct record_socket s = of(id, 7, "web");

		s.rtt_us = (u32)(1000 * id);
		put(s);
	}
	finish(1);
	expect("web[7]", "rtt_p50_us", "50000");
	expect("web[7]", "rtt_p99_us", "99000");
	expect("web[7]", "rtt_us", "100000");
}

/* Shares of the time in which there was something to do: who is idle dilutes nothing. */
static void test_held_by(void **state)
{
	(void)state;
	for (u64 tick = 1; tick <= 5; tick++) {
		struct record_socket s = of(1, 7, "web"), idle = of(2, 7, "web");

		s.sample_ns = idle.sample_ns = tick * ROWS_SECOND;
		s.tx_bytes = 1000 * MIN(tick, 4ULL);
		idle.unacked = idle.inflight = idle.notsent = 0;
		s.ca_state = tick == 3 ? CA_RECOVERY : CA_OPEN;
		put(s);
		put(idle);
		finish(tick);
	}
	assert_int_equal(model_row(m, model_find(m, 2))->limited, LIMITED_IDLE);
	expect("web[7]", "held_by", "app 67% loss 33%");
}

/* What /proc says of a process stands with its sockets and with itself. */
static void test_process(void **state)
{
	struct record_process p = {.pid = 7, .mntns = 4026531840U, .exe = "/usr/bin/web"};

	(void)state;
	put(of(1, 7, "web"));
	put(of(2, 8, "web"));
	apply(m, RECORD_PROCESS, &p);
	finish(1);
	expect("web[7]", "exe", "/usr/bin/web");
	expect("web[7]", "mntns", "4026531840");
	expect("web[7]", "pidns", "");
	expect("web[8]", "exe", "");
}

static void test_ways(void **state)
{
	struct record_socket s = of(1, 7, "web");

	(void)state;
	rows_name(m, NAME_USER, 33, 0, "www-data");
	rows_name(m, NAME_CGROUP, 5, 0, "/web.slice");
	rows_name(m, NAME_NETNS, 99, 0, "blue");
	s.uid = 33;
	s.cgroup_id = 5;
	s.netns = 99;
	put(s);
	s = of(2, 8, "other");
	s.uid = 33;
	s.has &= ~(u64)HAS_CGROUP;
	s.netns = 99;
	put(s);
	open_fold(&users_fold);
	finish(1);
	expect("www-data", "members", "2");
	expect("www-data", "uid", "33");
	open_fold(&cgroups_fold);
	finish(2);
	expect("/web.slice", "members", "1");
	expect("no known cgroup", "members", "1");
	open_fold(&namespaces_fold);
	finish(3);
	expect("netns 99 blue", "members", "2");
	assert_ptr_equal(t->fold->way_of, &processes_fold);
}

static struct record_socket to(u64 id, const char *address, u32 rtt_us)
{
	struct record_socket s =
	    rows_tcp(id, strchr(address, ':') ? "2001:db8::1" : "10.0.0.1", (u16)(1000 + id), address, 443);

	s.rtt_us = rtt_us;
	s.minrtt_us = rtt_us / 2;
	return s;
}

static void test_hosts(void **state)
{
	struct record_socket s = to(5, "10.9.9.9", 0);

	(void)state;
	put(to(1, "10.1.1.1", 1000));
	put(to(2, "10.1.1.1", 3000));
	put(to(3, "10.1.1.2", 5000));
	put(to(4, "2001:db8:0:1::5", 7000));
	s.has &= ~(u64)HAS_REMOTE;
	s.state = STATE_LISTEN;
	put(s);
	open_fold(&hosts_fold);
	finish(1);
	/* What has no other end is no host's. */
	assert_int_equal(fold_rows(f, true), 3);
	expect("10.1.1.1", "members", "2");
	expect("10.1.1.1", "rtt_p50_us", "1000");
	expect("10.1.1.1", "rtt_p99_us", "3000");
	expect("10.1.1.1", "minrtt_us", "500");
	expect("10.1.1.1", "raddr", "10.1.1.1");
	open_fold(&prefixes_fold);
	finish(2);
	assert_int_equal(fold_rows(f, true), 2);
	expect("10.1.1.0/24", "members", "3");
	expect("2001:db8:0:1::/64", "prefix", "2001:db8:0:1::/64");
}

static void test_listed(void **state)
{
	struct prefixes *p = NULL;

	(void)state;
	assert_int_equal(prefixes_new(&p, "10.1.0.0/16,10.1.1.2/32,0.0.0.0/0", NULL), 0);
	model_set_prefixes(m, p);
	put(to(1, "10.1.1.1", 1));
	put(to(2, "10.1.2.1", 1));
	put(to(3, "10.1.1.2", 1));
	put(to(4, "10.2.1.2", 1));
	put(to(5, "11.2.1.2", 1));
	open_fold(&prefixes_fold);
	finish(1);
	assert_int_equal(fold_rows(f, true), 3);
	expect("10.1.0.0/16", "members", "2");
	expect("10.1.1.2/32", "members", "1");
	expect("0.0.0.0/0", "members", "2");
	prefixes_free(p);
}

/* The same number at the other end is another service. */
static void test_services(void **state)
{
	struct record_socket s = to(1, "10.1.1.1", 1), in = rows_tcp(2, "10.0.0.1", 443, "10.1.1.1", 50000);

	(void)state;
	put(s);
	in.dir = DIR_IN;
	put(in);
	in = rows_tcp(3, "10.0.0.1", 443, "10.1.1.1", 50001);
	in.dir = DIR_IN;
	put(in);
	s.id = 4;
	s.proto = IPPROTO_UDP;
	put(s);
	s.id = 5;
	s.dir = DIR_UNKNOWN;
	put(s);
	open_fold(&services_fold);
	finish(1);
	assert_int_equal(fold_rows(f, true), 3);
	expect("tcp :443 out", "members", "1");
	expect("tcp :443 in", "members", "2");
	expect("tcp :443 in", "service", "443");
	expect("udp :443 out", "members", "1");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_states),  TEST(test_born), TEST(test_all_short), TEST(test_rtt),    TEST(test_held_by),
	    TEST(test_process), TEST(test_ways), TEST(test_hosts),     TEST(test_listed), TEST(test_services)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
