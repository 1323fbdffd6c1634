/* Devices, counters and namespaces in the picture: rates between visits, and what is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "devices_table.h"
#include "fixture.h"
#include "query.h"

static struct model *m;

static int setup(void **state)
{
	(void)state;
	m = fixture_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
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

/* A column's value as batch prints it; "-": not known. */
static const char *printed(const struct table *t, u64 id, const char *column)
{
	static char text[64];

	assert_non_null(row(t, id));
	return column_print(table_find(t, column), m, row(t, id), text, sizeof(text)) ? text : "-";
}

#define assert_value(t, id, column, want) assert_string_equal(printed(t, id, column), want)
#define COUNTER(space, number) ((u64)(space) << 32 | (number))

/* Over the time between two visits, whatever the ticks. */
static void rates_are_between_visits(void **state)
{
	(void)state;
	visit(1, 10);
	put(5, 1, 100);
	assert_value(&device_table, 5, "drops_rate", "-");
	visit(1, 12);
	put(5, 1, 130);
	assert_value(&device_table, 5, "drops", "130");
	assert_value(&device_table, 5, "drops_rate", "15");
	/* Nothing of it was sent: it has not changed. */
	visit(1, 13);
	assert_value(&device_table, 5, "drops_rate", "0");
	visit(1, 14);
	put(5, 1, 131);
	assert_value(&device_table, 5, "drops_rate", "1");
	/* A counter that has begun anew. */
	visit(1, 15);
	put(5, 1, 3);
	assert_value(&device_table, 5, "drops_rate", "0");
}

/* A device may bring its counters along; a counter was 0. */
static void what_is_new(void **state)
{
	(void)state;
	visit(1, 10);
	visit(1, 11);
	put(5, 1, 1000);
	count(1, 3, 40);
	assert_value(&device_table, 5, "drops_rate", "-");
	assert_value(&counter_table, COUNTER(1, 3), "rate", "40");
	visit(1, 12);
	assert_value(&device_table, 5, "drops_rate", "0");
	assert_value(&counter_table, COUNTER(1, 3), "value", "40");
	assert_value(&counter_table, COUNTER(1, 3), "rate", "0");
}

/* Of another namespace's visits a device's rate does not depend. */
static void each_namespace_for_itself(void **state)
{
	(void)state;
	visit(1, 10);
	put(5, 1, 0);
	visit(2, 10);
	put(6, 2, 0);
	visit(1, 20);
	put(5, 1, 10);
	visit(2, 11);
	put(6, 2, 10);
	assert_value(&device_table, 5, "drops_rate", "1");
	assert_value(&device_table, 6, "drops_rate", "10");
	assert_value(&device_table, 6, "netns", "4002");
}

static void what_is_gone(void **state)
{
	(void)state;
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
	(void)state;
	visit(1, 10);
	apply(m, RECORD_CPU, &(struct record_cpu){.cpu = 0, .dropped = 4});
	visit(1, 12);
	apply(m, RECORD_CPU, &(struct record_cpu){.cpu = 0, .dropped = 10});
	assert_value(&cpu_table, 1, "dropped_rate", "3");
	/* Their namespace is gone, they are not. */
	apply(m, RECORD_SPACE, &(struct record_space){.id = 1, .has = SPACE_GONE});
	assert_value(&cpu_table, 1, "dropped_rate", "-");
	assert_value(&cpu_table, 1, "dropped", "10");
}

static void namespaces(void **state)
{
	struct record_space s = {.id = 1,
				 .has = SPACE_CONNTRACK | SPACE_CONNTRACK_STATS,
				 .conntrack = 90,
				 .conntrack_max = 100,
				 .time_ns = 1};

	(void)state;
	apply(m, RECORD_SPACE, &s);
	s.time_ns += 2 * NSEC_PER_SEC;
	s.conntrack_drop = 8;
	apply(m, RECORD_SPACE, &s);
	assert_value(&stack_table, 1, "conntrack_share", "0.900000");
	assert_value(&stack_table, 1, "conntrack_drop_rate", "4");
	assert_value(&stack_table, 1, "tcp_mem_share", "-");
	s.has = SPACE_MACHINE;
	s.tcp_mem = 30;
	s.tcp_mem_pressure = 20;
	s.tcp_mem_max = 40;
	apply(m, RECORD_SPACE, &s);
	assert_value(&stack_table, 1, "conntrack", "-");
	assert_value(&stack_table, 1, "conntrack_drop_rate", "-");
	assert_value(&stack_table, 1, "tcp_mem_share", "0.750000");
	assert_value(&stack_table, 1, "tcp_pressure", "true");
}

static void words(void **state)
{
	struct record_device d = {.id = 1, .space = 1, .kind = DEVICE_CLASS, .handle = 0x10abc, .parent = DEVICE_ROOT};

	(void)state;
	visit(1, 10);
	apply(m, RECORD_DEVICE, &d);
	assert_value(&device_table, 1, "handle", "1:abc");
	assert_value(&device_table, 1, "parent", "root");
	assert_value(&device_table, 1, "operstate", "-");
	assert_value(&device_table, 1, "rx_bytes", "-");
	d = (struct record_device){.id = 2, .space = 1, .kind = DEVICE_QDISC, .handle = 0x80010000, .parent = 0x10002};
	apply(m, RECORD_DEVICE, &d);
	assert_value(&device_table, 2, "handle", "8001:");
	assert_value(&device_table, 2, "parent", "1:2");
	d = (struct record_device){.id = 3,
				   .space = 1,
				   .kind = DEVICE_NIC,
				   .ifindex = 4,
				   .operstate = 6,
				   .has = DEVICE_HAS_CARRIER,
				   .name = "br0"};
	apply(m, RECORD_DEVICE, &d);
	assert_value(&device_table, 3, "operstate", "up");
	assert_value(&device_table, 3, "up", "false");
	assert_value(&device_table, 3, "carrier", "-"); /* of what is not up nobody knows */
	assert_value(&device_table, 3, "backlog", "-");
	d = (struct record_device){.id = 4, .space = 1, .kind = DEVICE_NIC, .ifindex = 5, .parent = 4, .flags = 1};
	d.has = DEVICE_HAS_CARRIER;
	apply(m, RECORD_DEVICE, &d);
	assert_value(&device_table, 4, "parent", "br0");
	assert_value(&device_table, 4, "carrier", "false");
	assert_int_equal(table_severity(&device_table, table_find(&device_table, "carrier"), m, row(&device_table, 4)),
			 2);
}

/* What checks ask for. */
static void filters(void **state)
{
	struct query_error err;
	struct query *q = NULL;

	(void)state;
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
	    DEVICES_TEST(each_namespace_for_itself),
	    DEVICES_TEST(what_is_gone),
	    DEVICES_TEST(processors),
	    DEVICES_TEST(namespaces),
	    DEVICES_TEST(words),
	    DEVICES_TEST(filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
