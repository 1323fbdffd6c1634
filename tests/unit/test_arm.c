/* A trace that arms itself: which sockets are traced, for how long, and when again. */
#include <stdlib.h>

#include "rows.h"

#include "arm.h"
#include "packet_make.h"

static struct model *world(u32 sockets)
{
	struct model *m;

	m = fixture_new();
	for (u32 i = 1; i <= sockets; i++) {
		struct record_socket s = rows_tcp(i, "10.0.0.1", 443, "10.0.0.2", (u16)(50000 + i));

		s.rtt_us = i * 10000;
		rows_put(m, &s);
	}
	return m;
}

static struct arm *armed(const char *text)
{
	struct query_error err = {};
	struct arm *a;

	assert_int_equal(arm_new(&a, text, &err), 0);
	return a;
}

static u64 tick(struct arm *a, struct model *m, u64 second)
{
	rows_tick(m, second);
	return arm_tick(a, m);
}

static void test_turns(void **state)
{
	struct model *m = world(4);
	struct arm *a = armed("rtt >= 30ms");
	u64 at = 1;

	assert_int_equal(arm_tick(a, m), 0);
	assert_int_equal(tick(a, m, at), 3);
	assert_string_equal(arm_text(a), "rtt >= 30ms");
	/* Half a minute each, then the next; the first is not traced again within a minute of its start. */
	assert_int_equal(tick(a, m, at + 29), 3);
	assert_int_equal(tick(a, m, at + 30), 4);
	assert_int_equal(tick(a, m, at + 59), 4);
	assert_int_equal(tick(a, m, at + 60), 3);
	assert_int_equal(arm_id(a), 3);
	arm_free(a);
	fixture_free(m);
}

static void test_rest(void **state)
{
	struct model *m = world(1);
	struct arm *a = armed("rtt > 0");

	assert_int_equal(tick(a, m, 1), 1);
	assert_int_equal(tick(a, m, 31), 0);
	assert_int_equal(tick(a, m, 60), 0);
	assert_int_equal(tick(a, m, 61), 1);
	arm_free(a);
	fixture_free(m);
}

static void test_count_bounds(void **state)
{
	struct model *m = world(2);
	struct arm *a = armed("rtt > 0");

	assert_int_equal(tick(a, m, 1), 1);
	for (u32 i = 0; i < ARM_PACKETS; i++) {
		struct record_packet r = make_packet(i + 1, i * MS, true, i * 10, 1, 10);

		r.id = 1;
		apply(m, RECORD_PACKET, &r);
		if (i == ARM_PACKETS - 2)
			assert_int_equal(tick(a, m, 2), 1);
	}
	assert_int_equal(tick(a, m, 3), 2);
	arm_free(a);
	fixture_free(m);
}

static void test_end(void **state)
{
	struct model *m = world(2);
	struct arm *a = armed("rtt > 0");
	struct record_socket s = rows_tcp(1, "10.0.0.1", 443, "10.0.0.2", 50001);

	assert_int_equal(tick(a, m, 1), 1);
	s.flags = SOCKET_ENDED;
	s.ended_ns = 2;
	apply(m, RECORD_SOCKET, &s);
	assert_int_equal(tick(a, m, 2), 2);
	arm_free(a);
	fixture_free(m);
}

static void test_first(void **state)
{
	struct model *m = world(3);
	struct record_socket s = rows_tcp(9, "10.0.0.1", 80, "10.0.0.9", 1);
	struct query *q = NULL;
	u32 index;

	s.state = STATE_TIME_WAIT;
	rows_put(m, &s);
	assert_int_equal(query_parse(&socket_table, "dst 10.0.0.9", &q, NULL), 0);
	assert_int_equal(arm_first(m, q), IDMAP_NONE);
	query_free(q);
	assert_int_equal(query_parse(&socket_table, "rtt > 15ms", &q, NULL), 0);
	index = arm_first(m, q);
	assert_int_equal(model_row(m, index)->s.id, 2);
	query_free(q);
	assert_int_equal(model_row(m, arm_first(m, NULL))->s.id, 1);
	fixture_free(m);
}

static void test_wrong(void **state)
{
	struct query_error err;
	struct arm *a;

	err = (struct query_error){};
	assert_true(arm_new(&a, "rtt >", &err) < 0);
	assert_true(*err.text);
	err = (struct query_error){};
	assert_true(arm_new(&a, "  ", &err) < 0);
	assert_true(*err.text);
	assert_true(arm_new(&a, "", NULL) < 0);
	arm_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_turns), cmocka_unit_test(test_rest),  cmocka_unit_test(test_count_bounds),
	    cmocka_unit_test(test_end),   cmocka_unit_test(test_first), cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
