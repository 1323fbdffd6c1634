/* Processes and Hosts, and the same in other ways: what their sockets are together, and whose those are that no program
 * holds. */
#include "socket_folds.h"

#include "buf.h"
#include "model.h"
#include "prefixes.h"

static int setup(void **state)
{
	return folds_setup(&processes_fold, "label");
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

static void test_states(void **state)
{
	struct record_socket s = of(2, 7, "web"), other = of(5, 8, "web"), nobody = of(6, 0, "");

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
	expect("web[7]", "members=4; established=1; close_wait=1");
	/* Of whoever made it: the kernel keeps no owner. */
	expect("web[7]", "time_wait=1; syn_recv=1; syn_sent=0");
	expect("web[8]", "members=1");
	expect("unknown process", "members=1; pid=");
}

/* Connections that lived for less than a tick count, too, and so does what they sent. */
static void test_born(void **state)
{
	struct record_socket s = of(1, 7, "web");

	put(s);
	finish(1);
	expect("web[7]", "new_rate=");
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
		s.last_state = id < 12 ? STATE_SYN_SENT : 0;
		put(s);
	}
	finish(2);
	expect("web[7]", "new_rate=5; fail_rate=2; members=2; tx_rate=500.0; sent_tick=100; retrans_share=0.010000");
	expect("web[7]", "resets_tick=5");
	finish(3);
	expect("web[7]", "new_rate=0; fail_rate=0; resets_tick=0; tx_rate=0.0");
}

/* A program all of whose connections are short is there in the tick in which one ended, and is history then. */
static void test_all_short(void **state)
{
	struct record_socket s = of(1, 7, "curl");

	finish(1);
	s.has |= HAS_BIRTH;
	s.birth_ns = ROWS_SECOND + ROWS_SECOND / 2;
	s.flags |= SOCKET_ENDED;
	s.ended_ns = 2 * ROWS_SECOND;
	put(s);
	finish(2);
	assert_false(fold_ended(at("curl[7]")));
	expect("curl[7]", "new_rate=1");
	finish(3);
	assert_true(fold_ended(at("curl[7]")));
}

static void test_rtt(void **state)
{
	for (u64 id = 1; id <= 100; id++) {
		struct record_socket s = of(id, 7, "web");

		s.rtt_us = (u32)(1000 * id);
		put(s);
	}
	finish(1);
	expect("web[7]", "rtt_p50_us=50000; rtt_p99_us=99000; rtt_us=100000");
}

/* Shares of the time in which there was something to do: who is idle dilutes nothing. */
static void test_held_by(void **state)
{
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
	expect("web[7]", "held_by=app 67%% loss 33%%");
}

/* What /proc says of a process stands with its sockets and with itself. */
static void test_process(void **state)
{
	struct record_process p = {.pid = 7, .mntns = 4026531840U, .exe = "/usr/bin/web"};

	put(of(1, 7, "web"));
	put(of(2, 8, "web"));
	apply(m, RECORD_PROCESS, &p);
	finish(1);
	expect("web[7]", "exe=/usr/bin/web; mntns=4026531840; pidns=");
	expect("web[8]", "exe=");
}

static void test_ways(void **state)
{
	struct record_socket s = of(1, 7, "web");

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
	open_fold(&users_fold, "label");
	finish(1);
	expect("www-data", "members=2; uid=33");
	open_fold(&cgroups_fold, "label");
	finish(2);
	expect("/web.slice", "members=1");
	expect("no known cgroup", "members=1");
	open_fold(&namespaces_fold, "label");
	finish(3);
	expect("netns 99 blue", "members=2");
	assert_ptr_equal(tested->fold->way_of, &processes_fold);
}

/* By its name, whatever its cgroups are called; what is in none is nobody's. */
static void test_containers(void **state)
{
	struct record_socket s = of(1, 7, "web");

	rows_name(m, NAME_CGROUP, 4, 0, "/web.slice");
	rows_name(m, NAME_CONTAINER, 5, 0, "shop/pod-1/app");
	rows_name(m, NAME_CONTAINER, 6, 0, "shop/pod-1/app");
	rows_name(m, NAME_CONTAINER, 7, 0, "db");
	for (u32 cgroup = 4; cgroup <= 7; cgroup++) {
		s.id = cgroup;
		s.cgroup_id = cgroup;
		put(s);
	}
	s.id = 8;
	s.has &= ~(u64)HAS_CGROUP;
	put(s);
	open_fold(&containers_fold, "label");
	finish(1);
	assert_int_equal(fold_rows(f, true), 2);
	expect("shop/pod-1/app", "members=2; container=shop/pod-1/app");
	expect("db", "members=1");
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

	put(to(1, "10.1.1.1", 1000));
	put(to(2, "10.1.1.1", 3000));
	put(to(3, "10.1.1.2", 5000));
	put(to(4, "2001:db8:0:1::5", 7000));
	s.has &= ~(u64)HAS_REMOTE;
	s.state = STATE_LISTEN;
	put(s);
	open_fold(&hosts_fold, "label");
	finish(1);
	/* What has no other end is no host's. */
	assert_int_equal(fold_rows(f, true), 3);
	expect("10.1.1.1", "members=2; rtt_p50_us=1000; rtt_p99_us=3000; minrtt_us=500; raddr=10.1.1.1");
	open_fold(&prefixes_fold, "label");
	finish(2);
	assert_int_equal(fold_rows(f, true), 2);
	expect("10.1.1.0/24", "members=3");
	expect("2001:db8:0:1::/64", "prefix=2001:db8:0:1::/64");
}

static void test_listed(void **state)
{
	struct prefixes *p = NULL;

	assert_int_equal(prefixes_new(&p, "10.1.0.0/16,10.1.1.2/32,0.0.0.0/0", NULL), 0);
	model_set_prefixes(m, p);
	put(to(1, "10.1.1.1", 1));
	put(to(2, "10.1.2.1", 1));
	put(to(3, "10.1.1.2", 1));
	put(to(4, "10.2.1.2", 1));
	put(to(5, "11.2.1.2", 1));
	open_fold(&prefixes_fold, "label");
	finish(1);
	assert_int_equal(fold_rows(f, true), 3);
	expect("10.1.0.0/16", "members=2");
	expect("10.1.1.2/32", "members=1");
	expect("0.0.0.0/0", "members=2");
	prefixes_free(p);
}

/* The same number at the other end is another service. */
static void test_services(void **state)
{
	struct record_socket s = to(1, "10.1.1.1", 1), in = rows_tcp(2, "10.0.0.1", 443, "10.1.1.1", 50000);

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
	open_fold(&services_fold, "label");
	finish(1);
	assert_int_equal(fold_rows(f, true), 3);
	expect("tcp :443 out", "members=1");
	expect("tcp :443 in", "members=2; service=443");
	expect("udp :443 out", "members=1");
}

static void put_nic(u64 id, u32 space, u32 ifindex, const char *name)
{
	struct record_device d = {.id = id, .space = space, .ifindex = ifindex, .kind = DEVICE_NIC};

	memcpy(d.name, name, strlen(name));
	apply(m, RECORD_DEVICE, &d);
}

static void put_space(u32 id, u32 netns, u64 cookie)
{
	apply(m, RECORD_SPACE, &(struct record_space){.id = id, .netns = netns, .cookie = cookie, .time_ns = 1});
}

static void put_via(u64 id, u32 netns, u64 cookie, u32 via)
{
	struct record_socket s = to(id, "10.1.1.1", 1);

	s.netns = netns;
	s.netns_cookie = cookie;
	s.via = via;
	put(s);
}

/* The same number in another namespace, or in one that has the inode of another by now, is another device. */
static void test_links(void **state)
{
	apply(m, RECORD_HELLO, &(struct record_hello){.netns = 40});
	put_space(1, 40, 7);
	put_nic(1, 1, 2, "eth0");
	put_nic(2, 1, 1, "lo");
	put_space(2, 41, 8);
	put_nic(3, 2, 2, "veth7");
	put_via(1, 40, 7, 2);
	put_via(2, 40, 7, 2);
	put_via(3, 41, 8, 2);
	put_via(4, 40, 6, 2);
	put_via(5, 40, 7, 0);
	put_via(6, 40, 7, 9);
	open_fold(&links_fold, "label");
	finish(1);
	assert_int_equal(fold_rows(f, true), 5);
	expect("eth0", "members=2; via=eth0");
	expect("veth7  in netns 41", "members=1");
	expect("device 2", "members=1; via=");
	expect("if9", "via=if9");
	expect("unknown device", "members=1");
}

/* A number is another device's now, and a name is changed. */
static void test_link_names(void **state)
{
	put_space(1, 40, 7);
	put_nic(1, 1, 2, "eth0");
	put_via(1, 40, 7, 2);
	put_nic(1, 1, 2, "wan");
	open_fold(&links_fold, "label");
	finish(1);
	expect("wan", "members=1");
	put_nic(2, 1, 2, "eth9");
	apply(m, RECORD_DEVICE, &(struct record_device){.id = 1, .has = DEVICE_GONE});
	finish(2);
	expect("eth9", "members=1");
	apply(m, RECORD_SPACE, &(struct record_space){.id = 1, .has = SPACE_GONE});
	put_space(2, 50, 0);
	put_nic(3, 2, 4, "others");
	put_nic(4, 2, 5, "too");
	finish(3);
	expect("device 2", "members=1");
	/* Where it sends is looked up anew, where it received is known. */
	put_via(1, 40, 7, 0);
	finish(4);
	expect("device 2", "members=1");
}

/* As many as had data acknowledged, in their buckets; those of a tick alone. */
static void test_times(void **state)
{
	cleanup_buf struct buf out = {};
	struct record_socket s;

	for (unsigned tick = 1; tick <= 2; tick++) {
		for (u64 id = 1; id <= 5; id++) {
			s = of(id, 7, "web");
			s.sample_ns = tick * ROWS_SECOND;
			s.rtt_us = id <= 3 ? 5000 : 50000;
			/* One is silent. */
			s.tx_bytes = id == 5 ? 10 : 10 * tick;
			/* Of another it becomes known that it is established. */
			s.connect_us = tick == 2 && id == 1 ? 1003000 : 0;
			put(s);
		}
		finish(tick);
	}
	expect("web[7]", "rtt_samples=4; rtt_hist=4194.304:3 33554.432:1; connects=1; connect_hist=805306.368:1");
	expect("web[7]", "connect_p50_us=1003000.000; connect_p99_us=1003000.000");
	assert_true(table_find(tested, "rtt_hist")->object(f, at("web[7]"), &out));
	buf_putc(&out, '\0');
	assert_string_equal((const char *)buf_at(&out),
			    "{\"n\":4,\"p50_us\":5000.000,\"p99_us\":50000.000,\"max_us\":50000.000,"
			    "\"buckets\":[[4194.304,6291.456,3],[33554.432,50331.648,1]]}");
	finish(3);
	expect("web[7]", "rtt_samples=; rtt_hist=; connects=; connect_p99_us=; rtt_p99_us=50000");
}

/* A connection that was opened, sent and ended within the tick. */
static void test_times_of_short_ones(void **state)
{
	struct record_socket s = of(1, 7, "web");

	put(of(9, 7, "web"));
	finish(1);
	s.has |= HAS_BIRTH;
	s.flags = SOCKET_ENDED;
	s.state = STATE_CLOSE;
	s.sample_ns = s.ended_ns = 2 * ROWS_SECOND - 5;
	s.birth_ns = s.ended_ns - 7000000;
	s.connect_us = 700;
	s.rtt_us = 650;
	s.tx_bytes = 99;
	put(s);
	finish(2);
	expect("web[7]", "rtt_hist=524.288:1; connect_hist=524.288:1");
	finish(3);
	expect("web[7]", "rtt_hist=; connect_hist=");
}

/* Of a row alone nothing is summed. */
static void test_times_of_one(void **state)
{
	struct record_socket s = of(1, 7, "web");

	for (unsigned tick = 1; tick <= 2; tick++) {
		s.sample_ns = tick * ROWS_SECOND;
		s.tx_bytes = tick;
		s.rtt_us = 650;
		put(s);
		finish(tick);
	}
	expect("web[7]", "rtt_samples=1; rtt_hist=524.288:1; connect_hist=");
	finish(3);
	expect("web[7]", "rtt_samples=; rtt_hist=");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_states),      TEST(test_born),       TEST(test_all_short),
	    TEST(test_rtt),         TEST(test_held_by),    TEST(test_process),
	    TEST(test_ways),        TEST(test_containers), TEST(test_hosts),
	    TEST(test_listed),      TEST(test_services),   TEST(test_links),
	    TEST(test_link_names),  TEST(test_times),      TEST(test_times_of_short_ones),
	    TEST(test_times_of_one)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
