/* What is told of devices and counters: the kernel's texts, and only what has changed since the visit before. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "counters.h"
#include "namer.h"
#include "stream.h"
#include "told.h"

static FILE *text(const char *s)
{
	return fmemopen((void *)s, strlen(s), "r");
}

/* -- texts --------------------------------------------------------------------------------------------------------- */

/* "name=value " of each. */
static void note_counter(void *log, const char *name, u64 value)
{
	sprintf((char *)log + strlen(log), "%s=%llu ", name, (unsigned long long)value);
}

static void pairs_of_lines_are_counters(void **state)
{
	cleanup_fclose FILE *f = text("Tcp: RtoMin MaxConn InSegs\nTcp: 200 -1 18446744073709551615\n"
				      "Udp: A B C\nUdp: 1 2\n"                      /* one value is missing */
				      "TcpExt: A\nIpExt: 7\n"                       /* not of each other */
				      "no colon\nno colon\n"                        /* no counters at all */
				      "IcmpMsg: InType3 OutType3\nIcmpMsg: 4 x\n"); /* no number */
	char log[256] = "";

	(void)state;
	assert_true(counters_of_pairs(f, note_counter, log));
	assert_string_equal(log, "TcpRtoMin=200 TcpInSegs=18446744073709551615 UdpA=1 UdpB=2 IcmpMsgInType3=4 ");
	assert_false(counters_of_pairs(NULL, note_counter, log));
}

static void lists_are_counters(void **state)
{
	cleanup_fclose FILE *f = text("Ip6InReceives                   \t12\nIp6OutRequests\t3\nnothing\n\nA -1\n");
	char log[256] = "";

	(void)state;
	assert_true(counters_of_list(f, note_counter, log));
	assert_string_equal(log, "Ip6InReceives=12 Ip6OutRequests=3 ");
}

/* Of 4.19 and of 5.10 with a processor that is off. */
static void processors(void **state)
{
	cleanup_fclose FILE *old = text("0000000a 00000001 00000002 0 0 0 0 0 0 00000003 00000004\n0000000b 0 0\n");
	cleanup_fclose FILE *fresh = text("07200dc1 5 6 0 0 0 0 0 0 7 8 9 00000002 1 2\n");
	struct record_cpu c[4];

	(void)state;
	assert_int_equal(gather_cpus(old, c, 4), 2);
	assert_int_equal(c[0].processed, 10);
	assert_int_equal(c[0].dropped, 1);
	assert_int_equal(c[0].squeezed, 2);
	assert_int_equal(c[0].rps, 3);
	assert_int_equal(c[0].flow_limit, 4);
	assert_int_equal(c[0].cpu, 0);
	assert_int_equal(c[1].processed, 11);
	assert_int_equal(c[1].cpu, 1);
	assert_int_equal(gather_cpus(fresh, c, 4), 1);
	assert_int_equal(c[0].processed, 0x7200dc1);
	assert_int_equal(c[0].backlog, 9);
	assert_int_equal(c[0].cpu, 2);
	assert_int_equal(gather_cpus(NULL, c, 4), 0);
}

static void connections_tracked(void **state)
{
	cleanup_fclose FILE *f =
	    text("entries  clashres found new invalid ignore delete chainlength insert insert_failed "
		 "drop early_drop icmp_error\n"
		 "00000009 1 1 1 1 1 1 1 1 00000010 00000002 00000003 5\n"
		 "00000009 1 1 1 1 1 1 1 1 00000001 00000001 00000000 5\n");
	struct record_space s = {};

	(void)state;
	gather_conntrack(f, &s);
	assert_int_equal(s.has, SPACE_CONNTRACK_STATS);
	assert_int_equal(s.insert_failed, 17);
	assert_int_equal(s.conntrack_drop, 3);
	assert_int_equal(s.early_drop, 3);
	s = (struct record_space){};
	gather_conntrack(NULL, &s);
	assert_int_equal(s.has, 0);
}

static void memory_and_orphans(void **state)
{
	cleanup_fclose FILE *f =
	    text("sockets: used 30\nTCP: inuse 1 orphan 7 tw 2 alloc 9 mem 439\nUDP: inuse 0 mem 5\n");
	struct record_space s = {};

	(void)state;
	gather_sockstat(f, &s);
	assert_int_equal(s.has, SPACE_MACHINE);
	assert_int_equal(s.orphans, 7);
	assert_int_equal(s.tcp_mem, 439 * sysconf(_SC_PAGESIZE));
}

/* -- what is told -------------------------------------------------------------------------------------------------- */

struct telling {
	struct outbox out;
	struct buf tick;
	struct told told;
	struct stream_decoder *dec;
	struct counter_names names;
	struct namer namer;
	struct visit visit;
	u64 now;
	char log[4096];
};

static int setup(void **state)
{
	struct telling *t = calloc(1, sizeof(*t));

	outbox_init(&t->out, -1);
	told_init(&t->told, &t->out, &t->tick, &t->namer);
	t->names.at[0] = strdup("TcpInSegs");
	t->names.at[1] = strdup("TcpOutSegs");
	t->names.count = 2;
	*state = t;
	return stream_decoder_new(&t->dec);
}

static int teardown(void **state)
{
	struct telling *t = *state;

	told_deinit(&t->told);
	outbox_deinit(&t->out);
	buf_deinit(&t->tick);
	stream_decoder_free(t->dec);
	counter_names_deinit(&t->names);
	found_deinit(&t->visit.g);
	free(t);
	return 0;
}

static void note(struct telling *t, const struct record *r)
{
	char *log = t->log + strlen(t->log);

	switch (r->kind) {
	case RECORD_NAME: sprintf(log, "name %llu %s, ", (unsigned long long)r->name->key, r->name->text); break;
	case RECORD_SPACE: sprintf(log, "space %u%s, ", r->space->id, r->space->has & SPACE_GONE ? " gone" : ""); break;
	case RECORD_NAT: sprintf(log, "nat %u.%u/%u, ", r->nat->space, r->nat->index, r->nat->count); break;
	case RECORD_CPU: sprintf(log, "cpu %u, ", r->cpu->cpu); break;
	case RECORD_COUNTER:
		sprintf(log, "counter %u.%u %llu, ", r->counter->space, r->counter->number,
			(unsigned long long)r->counter->value);
		break;
	case RECORD_DEVICE:
		sprintf(log, "device %llu%s, ", (unsigned long long)r->device->id,
			r->device->has & DEVICE_GONE ? " gone" : "");
		break;
	case RECORD_ATTACHED:
		sprintf(log, "%u programs of %llu, ", r->attached->count, (unsigned long long)r->attached->key);
		break;
	default: fail();
	}
}

static void note_all(struct telling *t, struct buf *b)
{
	struct error err = {};
	struct record r;

	while (stream_next(t->dec, b, &r, &err) > 0)
		note(t, &r);
	assert_string_equal(err.text, "");
}

/* What was told since the last time: what may not be lost, then the tick. */
static const char *told(struct telling *t)
{
	t->log[0] = '\0';
	note_all(t, &t->out.before);
	note_all(t, &t->tick);
	return t->log;
}

static void visit(struct telling *t, u32 netns, u64 cookie)
{
	t->visit.netns = netns;
	t->visit.g.space = (struct record_space){.cookie = cookie, .time_ns = ++t->now};
	t->visit.g.counter_count = 2;
	t->visit.g.devices.whole = true;
	told_visit(&t->told, &t->visit, &t->names);
}

static void found(struct telling *t, const struct record_device *devices, u32 count)
{
	struct rtnl_list *l = &t->visit.g.devices;

	free(l->at);
	l->at = calloc(count ? count : 1, sizeof(*devices));
	l->count = count;
	if (count)
		memcpy(l->at, devices, count * sizeof(*devices));
}

static const struct record_device two[] = {{.kind = DEVICE_NIC, .ifindex = 1},
					   {.kind = DEVICE_QDISC, .ifindex = 1, .handle = 0x10000, .tx_bytes = 5}};

static void only_what_has_changed(void **state)
{
	struct telling *t = *state;

	t->visit.g.counters[0] = 3;
	found(t, two, 2);
	visit(t, 7, 0);
	assert_string_equal(told(t),
			    "name 0 TcpInSegs, name 1 TcpOutSegs, space 1, counter 1.0 3, device 1, device 2, ");
	found(t, two, 2);
	visit(t, 7, 0);
	assert_string_equal(told(t), "space 1, ");
	t->visit.g.counters[1] = 1;
	found(t, two, 2);
	t->visit.g.devices.at[1].tx_bytes++;
	visit(t, 7, 0);
	assert_string_equal(told(t), "space 1, counter 1.1 1, device 2, ");
}

/* Those of a device are told once, and when they have changed; those of a tick that was not read, too. */
static void programs_of_devices(void **state)
{
	static const struct record_device nics[] = {
	    {.kind = DEVICE_NIC, .ifindex = 2}, {.kind = DEVICE_NIC, .ifindex = 3}, {.kind = DEVICE_NIC, .ifindex = 9}};
	struct telling *t = *state;
	struct rtnl_list *l = &t->visit.g.devices;
	struct record_attached at_3 = {.key = 3, .count = 1, .hooks = {ATTACH_XDP}, .programs = {~0U}};

	found(t, nics, 3);
	visit(t, 7, 0);
	assert_int_equal(told_programs_ns(&t->told, 7), 0);
	told(t);
	l->has_programs = true;
	l->programs_count = 1;
	l->programs = &at_3;
	visit(t, 7, 0);
	assert_int_equal(told_programs_ns(&t->told, 7), t->now);
	assert_string_equal(told(t), "0 programs of 1, 1 programs of 2, 0 programs of 3, space 1, ");
	visit(t, 7, 0);
	assert_string_equal(told(t), "space 1, ");
	at_3.programs[0]--;
	visit(t, 7, 0);
	assert_string_equal(told(t), "1 programs of 2, space 1, ");
	l->programs_count = 0;
	visit(t, 7, 0);
	assert_string_equal(told(t), "0 programs of 2, space 1, ");
	l->programs = NULL;
}

/* Tick 3 was read, those after it were not: what was in them is told again, as it is now. */
static void all_again(void **state)
{
	struct telling *t = *state;
	struct record_cpu cpus[] = {{.cpu = 0, .processed = 5}, {.cpu = 1}};

	told_tick(&t->told, 3);
	visit(t, 8, 0);
	told_tick(&t->told, 4);
	t->visit.g.cpus = cpus;
	t->visit.g.cpu_count = 2;
	t->visit.g.counters[1] = 4;
	found(t, two, 2);
	visit(t, 7, 0);
	told_tick(&t->told, 5);
	t->visit.g.cpu_count = 0;
	t->visit.g.counters[1] = 1;
	visit(t, 7, 0);
	told(t);
	told_tick(&t->told, 6);
	told_again(&t->told, 3);
	assert_string_equal(told(t), "space 2, counter 2.1 1, cpu 0, cpu 1, device 2, device 1, ");
	told_again(&t->told, 6);
	assert_string_equal(told(t), "");
	t->visit.g.cpus = NULL;
}

static void translate(struct telling *t, u32 count)
{
	struct nat_list *l = &t->visit.g.nat;

	free(l->at);
	l->at = calloc(count + 1, sizeof(*l->at));
	l->count = l->cap = count;
	t->visit.g.has_nat = true;
}

/* All of a namespace's, where any has changed; of none, that there is none. */
static void translated_connections(void **state)
{
	struct telling *t = *state;

	told_tick(&t->told, 1);
	translate(t, 0);
	visit(t, 7, 0);
	told(t);
	translate(t, 2);
	visit(t, 7, 0);
	assert_string_equal(told(t), "space 1, nat 1.0/2, nat 1.1/2, ");
	translate(t, 2);
	visit(t, 7, 0);
	assert_string_equal(told(t), "space 1, ");
	translate(t, 2);
	t->visit.g.nat.at[1].sport = 1;
	visit(t, 7, 0);
	assert_string_equal(told(t), "space 1, nat 1.0/2, nat 1.1/2, ");
	t->visit.g.has_nat = false; /* nobody asks */
	visit(t, 7, 0);
	assert_string_equal(told(t), "space 1, ");
	told_tick(&t->told, 2);
	translate(t, 0);
	visit(t, 7, 0);
	assert_string_equal(told(t), "space 1, nat 1.0/0, ");
	told_again(&t->told, 1);
	assert_non_null(strstr(told(t), "nat 1.0/0, "));
}

static bool is_near(const void *context, const u8 address[16])
{
	(void)context;
	return address[0] == 10;
}

#define SENT "src=10.0.0.1 dst=10.0.0.9 sport=5000 dport=80 "
#define ANSWERED "src=10.1.0.2 dst=10.0.0.1 sport=8080 dport=40000 [ASSURED] mark=0 zone=0 use=2\n"

static void lines_are_translated_connections(void **state)
{
	static const char lines[] =
	    "ipv4     2 tcp      6 431999 ESTABLISHED " SENT "packets=3 bytes=164 " ANSWERED
	    "ipv4     2 tcp      6 9 SYN_SENT " SENT "[UNREPLIED] src=10.0.0.9 dst=10.0.0.1 sport=80 dport=5000 use=2\n"
	    "ipv4     2 udp      17 29 src=10.0.0.1 dst=10.0.0.9 sport=9 dport=53 src=8.0.0.9 dst=10.0.0.1 sport=53 "
	    "dport=9\n"
	    "ipv6     10 udp      17 29 src=fd00::1 dst=fd00::2 sport=9 dport=53 src=fd00::3 dst=fd00::1 sport=53 "
	    "dport=9\n"
	    "ipv4     2 icmp     1 29 src=10.0.0.1 dst=10.0.0.9 type=8 code=0 id=1 src=10.0.0.9 dst=10.0.0.1 type=0\n"
	    "ipv4     2 tcp      6 9 CLOSE src=10.0.0.1 dst=10.0.0.9 sport=1\n\nipv4\n";
	FILE *f = text(lines);
	struct nat_list l = {};

	(void)state;
	conntrack_read(f, &l);
	fclose(f);
	assert_int_equal(l.count, 3);
	assert_int_equal(l.at[0].family, 4);
	assert_int_equal(l.at[0].proto, IPPROTO_TCP);
	assert_int_equal(l.at[0].sport, 5000);
	assert_int_equal(l.at[0].new_sport, 40000);
	assert_int_equal(l.at[0].dport, 80);
	assert_int_equal(l.at[0].new_dport, 8080);
	assert_memory_equal(l.at[0].dst, "\x0a\0\0\x09", 4);
	assert_memory_equal(l.at[0].new_dst, "\x0a\x01\0\x02", 4);
	assert_memory_equal(l.at[0].new_src, "\x0a\0\0\x01", 4);
	assert_int_equal(l.at[2].family, 6);
	assert_int_equal(l.at[2].proto, IPPROTO_UDP);
	assert_memory_equal(l.at[2].new_dst, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x03", 16);
	conntrack_keep(&l, is_near, NULL);
	assert_int_equal(l.count, 1);
	assert_int_equal(l.at[0].sport, 5000);
	conntrack_read(NULL, &l);
	assert_int_equal(l.count, 0);
	nat_list_deinit(&l);
}

static void a_device_that_is_gone(void **state)
{
	struct telling *t = *state;

	only_what_has_changed(state);
	/* A dump that was interrupted shows nothing about what is missing. */
	found(t, two, 1);
	t->visit.g.devices.whole = false;
	t->visit.netns = 7;
	told_visit(&t->told, &t->visit, &t->names);
	assert_string_equal(told(t), "space 1, ");
	visit(t, 7, 0);
	assert_string_equal(told(t), "device 2 gone, space 1, ");
	/* What comes back is another one. */
	found(t, two, 2);
	visit(t, 7, 0);
	assert_string_equal(told(t), "space 1, device 3, ");
}

/* Devices of the same number are in every namespace. */
static void many_namespaces(void **state)
{
	struct record_device devices[40] = {};
	struct telling *t = *state;

	for (u32 netns = 1; netns <= 40; netns++) {
		for (u32 i = 0; i < 40; i++)
			devices[i] = (struct record_device){.kind = DEVICE_NIC + i % 2, .ifindex = i / 2 + 1};
		found(t, devices, 40);
		visit(t, netns, 0);
		for (u32 i = 0; i < 40; i++)
			assert_int_equal(t->visit.g.devices.at[i].id, (netns - 1) * 40 + i + 1);
	}
}

/* An inode that belongs to another namespace now. */
static void another_namespace(void **state)
{
	struct telling *t = *state;

	found(t, two, 1);
	visit(t, 7, 100);
	told(t);
	visit(t, 8, 101);
	assert_string_equal(told(t), "space 2, device 2, ");
	visit(t, 7, 102);
	assert_string_equal(told(t), "device 1 gone, space 1 gone, space 3, device 3, ");
	assert_int_equal(told_visited_ns(&t->told, 7), 3);
	assert_int_equal(told_visited_ns(&t->told, 9), 0);
}

static bool is_eight(const void *context, u32 netns)
{
	(void)context;
	return netns == 8;
}

static void namespaces_that_are_gone(void **state)
{
	struct telling *t = *state;

	another_namespace(state);
	told_forget(&t->told, is_eight, NULL);
	assert_string_equal(told(t), "device 3 gone, space 3 gone, ");
	visit(t, 8, 101);
	assert_string_equal(told(t), "space 2, ");
}

static void processors_once(void **state)
{
	struct telling *t = *state;
	struct record_cpu cpus[] = {{.cpu = 0, .processed = 5}, {.cpu = 1}};

	t->visit.g.cpus = cpus;
	t->visit.g.cpu_count = 2;
	visit(t, 7, 0);
	assert_non_null(strstr(told(t), "cpu 0, cpu 1, "));
	cpus[1].dropped = 1;
	visit(t, 7, 0);
	assert_string_equal(told(t), "space 1, cpu 1, ");
	t->visit.g.cpus = NULL;
	t->visit.g.cpu_count = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pairs_of_lines_are_counters),
	    cmocka_unit_test(lists_are_counters),
	    cmocka_unit_test(processors),
	    cmocka_unit_test(connections_tracked),
	    cmocka_unit_test(memory_and_orphans),
	    cmocka_unit_test(lines_are_translated_connections),
	    cmocka_unit_test_setup_teardown(translated_connections, setup, teardown),
	    cmocka_unit_test_setup_teardown(only_what_has_changed, setup, teardown),
	    cmocka_unit_test_setup_teardown(all_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(programs_of_devices, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_device_that_is_gone, setup, teardown),
	    cmocka_unit_test_setup_teardown(many_namespaces, setup, teardown),
	    cmocka_unit_test_setup_teardown(another_namespace, setup, teardown),
	    cmocka_unit_test_setup_teardown(namespaces_that_are_gone, setup, teardown),
	    cmocka_unit_test_setup_teardown(processors_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
