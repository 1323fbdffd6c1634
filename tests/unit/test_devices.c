/* Devices, counters and namespaces in the picture: rates between visits, and what is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <net/if.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "devices_table.h"
#include "expect.h"
#include "fixture.h"
#include "query.h"

static struct model *m;

static int setup(void **state)
{
	m = fixture_new();
	return 0;
}

static int teardown(void **state)
{
	fixture_free(m);
	return 0;
}

static void visit(u32 id, double seconds)
{
	apply(m, RECORD_SPACE,
	      &(struct record_space){.id = id, .netns = 4000 + id, .time_ns = (u64)(seconds * NSEC_PER_SEC)});
}

static void put(u64 id, u32 space, u64 drops)
{
	apply(m, RECORD_DEVICE,
	      &(struct record_device){
		  .id = id, .space = space, .kind = DEVICE_QDISC, .drops = drops, .name = "eth0", .type = "tbf"});
}

static void count(u32 space, u32 number, u64 value)
{
	apply(m, RECORD_COUNTER, &(struct record_counter){.space = space, .number = number, .value = value});
}

static const void *row(const struct table *t, u64 id)
{
	u32 i = t->find(m, id);

	return i == IDMAP_NONE ? NULL : t->row(m, i);
}

#define expect(t, id, ...) expect_cells(t, m, row(t, id), __VA_ARGS__)
#define COUNTER(space, number) ((u64)(space) << 32 | (number))

/* Over the time between two visits, whatever the ticks. */
static void rates_are_between_visits(void **state)
{
	visit(1, 10);
	put(5, 1, 100);
	expect(&device_table, 5, "drops_rate=");
	visit(1, 12);
	put(5, 1, 130);
	expect(&device_table, 5, "drops=130; drops_rate=15");
	/* Nothing of it was sent: it has not changed. */
	visit(1, 13);
	expect(&device_table, 5, "drops_rate=0");
	visit(1, 14);
	put(5, 1, 131);
	expect(&device_table, 5, "drops_rate=1");
	/* A counter that has begun anew. */
	visit(1, 15);
	put(5, 1, 3);
	expect(&device_table, 5, "drops_rate=0");
}

/* A device may bring its counters along; a counter was 0. */
static void what_is_new(void **state)
{
	visit(1, 10);
	visit(1, 11);
	put(5, 1, 1000);
	count(1, 3, 40);
	expect(&device_table, 5, "drops_rate=");
	expect(&counter_table, COUNTER(1, 3), "rate=40");
	visit(1, 12);
	expect(&device_table, 5, "drops_rate=0");
	expect(&counter_table, COUNTER(1, 3), "value=40; rate=0");
}

static void put_after_a_second(struct record_device d, const char *trouble)
{
	struct record_device before = d;

	before.errors = before.rx_missed = before.drops = 0;
	before.tx_bytes = 0;
	visit((u32)d.id, 10);
	d.space = before.space = (u32)d.id;
	apply(m, RECORD_DEVICE, &before);
	visit((u32)d.id, 11);
	apply(m, RECORD_DEVICE, &d);
	expect(&device_table, d.id, "trouble=%s", trouble);
}

/* What is wrong with a device: the worst of it. */
static void troubles(void **state)
{
	static const struct {
		struct record_device d;
		const char *trouble;
	} cases[] = {
	    {{.kind = DEVICE_NIC, .flags = IFF_UP, .has = DEVICE_HAS_CARRIER, .rx_packets = 1, .errors = 1},
	     "no-carrier"},
	    {{.kind = DEVICE_NIC, .flags = IFF_UP, .has = DEVICE_HAS_CARRIER, .carrier = 1, .rx_packets = 1}, ""},
	    {{.kind = DEVICE_NIC, .has = DEVICE_HAS_CARRIER, .rx_packets = 1}, ""},
	    {{.kind = DEVICE_NIC, .flags = IFF_UP, .rx_packets = 1}, ""},
	    {{.kind = DEVICE_NIC, .flags = IFF_UP, .has = DEVICE_HAS_CARRIER}, ""},
	    {{.kind = DEVICE_NIC, .flags = IFF_UP, .has = DEVICE_HAS_CARRIER, .rx_packets = 1, .type = "bridge"}, ""},
	    {{.kind = DEVICE_NIC, .errors = 1, .rx_missed = 1, .drops = 1}, "errors"},
	    {{.kind = DEVICE_NIC, .rx_missed = 1, .drops = 1}, "ring-full"},
	    {{.kind = DEVICE_NIC, .drops = 1}, "drops"},
	    {{.kind = DEVICE_QDISC, .parent = DEVICE_ROOT, .drops = 1}, "drops"},
	    {{.kind = DEVICE_QDISC, .parent = 0x10001, .drops = 9}, ""},
	    {{.kind = DEVICE_CLASS, .parent = 0x10001, .tx_bytes = 1, .backlog = 9}, ""},
	    {{.kind = DEVICE_QDISC, .parent = DEVICE_ROOT, .tx_bytes = 100000, .backlog = 500}, "queue"},
	    {{.kind = DEVICE_QDISC, .parent = DEVICE_ROOT, .tx_bytes = 100000, .backlog = 499}, ""},
	    {{.kind = DEVICE_QDISC, .parent = DEVICE_ROOT, .backlog = 500}, ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct record_device d = cases[i].d;

		d.id = i + 1;
		put_after_a_second(d, cases[i].trouble);
	}
	expect(&device_table, 13, "queue_us=5000");
	expect(&device_table, 15, "queue_us=");
	/* Fewer than one in a second: one in the two that follow. */
	visit(9, 13);
	apply(m, RECORD_DEVICE, &(struct record_device){.id = 9, .space = 9, .kind = DEVICE_NIC, .drops = 2});
	expect(&device_table, 9, "trouble=");
}

/* Of another namespace's visits a device's rate does not depend. */
static void each_namespace_for_itself(void **state)
{
	visit(1, 10);
	put(5, 1, 0);
	visit(2, 10);
	put(6, 2, 0);
	visit(1, 20);
	put(5, 1, 10);
	visit(2, 11);
	put(6, 2, 10);
	expect(&device_table, 5, "drops_rate=1");
	expect(&device_table, 6, "drops_rate=10; netns=4002");
}

static void what_is_gone(void **state)
{
	visit(1, 10);
	visit(2, 10);
	for (u64 id = 1; id <= 6; id++)
		put(id, 1 + id % 2, 0);
	count(1, 3, 1);
	count(2, 3, 1);
	assert_int_equal(device_table.rows(m, true), 6);
	apply(m, RECORD_DEVICE, &(struct record_device){.id = 3, .has = DEVICE_GONE});
	apply(m, RECORD_DEVICE, &(struct record_device){.id = 99, .has = DEVICE_GONE});
	assert_int_equal(device_table.rows(m, true), 5);
	assert_null(row(&device_table, 3));
	apply(m, RECORD_SPACE, &(struct record_space){.id = 1, .has = SPACE_GONE});
	assert_int_equal(device_table.rows(m, true), 2);
	assert_non_null(row(&device_table, 1));
	assert_non_null(row(&device_table, 5));
	assert_int_equal(counter_table.rows(m, true), 1);
	assert_int_equal(stack_table.rows(m, true), 1);
	/* Its place is taken again, and records of nobody are none. */
	put(7, 1, 0);
	put(8, 2, 0);
	count(9, 1, 1);
	assert_int_equal(device_table.rows(m, true), 3);
	assert_int_equal(device_table.end(m), 6);
}

static void processors(void **state)
{
	visit(1, 10);
	apply(m, RECORD_CPU, &(struct record_cpu){.cpu = 0, .dropped = 4});
	visit(1, 12);
	apply(m, RECORD_CPU, &(struct record_cpu){.cpu = 0, .dropped = 10});
	expect(&cpu_table, 1, "dropped_rate=3");
	/* Their namespace is gone, they are not. */
	apply(m, RECORD_SPACE, &(struct record_space){.id = 1, .has = SPACE_GONE});
	expect(&cpu_table, 1, "dropped_rate=; dropped=10");
}

static void namespaces(void **state)
{
	struct record_space s = {.id = 1,
				 .has = SPACE_CONNTRACK | SPACE_CONNTRACK_STATS,
				 .conntrack = 90,
				 .conntrack_max = 100,
				 .time_ns = 1};

	apply(m, RECORD_SPACE, &s);
	s.time_ns += 2 * NSEC_PER_SEC;
	s.conntrack_drop = 8;
	apply(m, RECORD_SPACE, &s);
	expect(&stack_table, 1, "conntrack_share=0.900000; conntrack_drop_rate=4; tcp_mem_share=");
	s.has = SPACE_MACHINE;
	s.tcp_mem = 30;
	s.tcp_mem_pressure = 20;
	s.tcp_mem_max = 40;
	apply(m, RECORD_SPACE, &s);
	expect(&stack_table, 1, "conntrack=; conntrack_drop_rate=; tcp_mem_share=0.750000; tcp_pressure=true");
}

static void words(void **state)
{
	struct record_device d = {.id = 1, .space = 1, .kind = DEVICE_CLASS, .handle = 0x10abc, .parent = DEVICE_ROOT};

	visit(1, 10);
	apply(m, RECORD_DEVICE, &d);
	expect(&device_table, 1, "handle=1:abc; parent=root; operstate=; rx_bytes=");
	d = (struct record_device){.id = 2, .space = 1, .kind = DEVICE_QDISC, .handle = 0x80010000, .parent = 0x10002};
	apply(m, RECORD_DEVICE, &d);
	expect(&device_table, 2, "handle=8001:; parent=1:2");
	d = (struct record_device){.id = 3,
				   .space = 1,
				   .kind = DEVICE_NIC,
				   .ifindex = 4,
				   .operstate = 6,
				   .has = DEVICE_HAS_CARRIER,
				   .name = "br0"};
	apply(m, RECORD_DEVICE, &d);
	expect(&device_table, 3, "operstate=up; up=false; carrier="); /* of what is not up nobody knows */
	expect(&device_table, 3, "backlog=");
	d = (struct record_device){.id = 4, .space = 1, .kind = DEVICE_NIC, .ifindex = 5, .parent = 4, .flags = 1};
	d.has = DEVICE_HAS_CARRIER;
	apply(m, RECORD_DEVICE, &d);
	expect(&device_table, 4, "parent=br0; carrier=false");
	assert_int_equal(table_severity(&device_table, table_find(&device_table, "carrier"), m, row(&device_table, 4)),
			 2);
}

/* What checks ask for. */
static void filters(void **state)
{
	struct query_error err;
	struct query *q = NULL;

	visit(1, 10);
	put(5, 1, 1);
	visit(1, 11);
	put(5, 1, 40);
	assert_int_equal(query_parse(&device_table, "kind = qdisc and drops_rate > 30 and backlog < 1Ki", &q, &err), 0);
	assert_true(query_match(q, m, row(&device_table, 5)));
	query_free(q);
	assert_int_equal(query_parse(&device_table, "drops_rate > 0.5K", &q, &err), 0);
	assert_false(query_match(q, m, row(&device_table, 5)));
	query_free(q);
}

#define DEVICES_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DEVICES_TEST(rates_are_between_visits),
	    DEVICES_TEST(what_is_new),
	    DEVICES_TEST(troubles),
	    DEVICES_TEST(each_namespace_for_itself),
	    DEVICES_TEST(what_is_gone),
	    DEVICES_TEST(processors),
	    DEVICES_TEST(namespaces),
	    DEVICES_TEST(words),
	    DEVICES_TEST(filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
