/* Groups: labels, sums, the order of heads, and folds that survive an update. */
#include "rows.h"

#include <math.h>

#include "group.h"

static struct model *m;
static struct list *l;
static struct groups *g;

static void put(u64 id, const char *comm, u32 pid, const char *raddr, u64 rx_bytes, u32 rtt)
{
	struct record_socket s = rows_tcp(id, "10.0.0.1", 80, raddr, 2);

	strcpy((char *)s.comm, comm);
	s.pid = pid;
	s.rx_bytes = rx_bytes;
	s.rtt_us = rtt;
	s.cgroup_id = pid;
	if (!pid)
		s.has &= ~(u64)HAS_OWNER;
	rows_put(m, &s);
}

static int setup(void **state)
{
	m = fixture_new();
	assert_int_equal(list_new(&l, &socket_table, m), 0);
	assert_int_equal(groups_new(&g, &socket_table, m), 0);
	rows_name(m, NAME_CGROUP, 5, 0, "/web");
	put(1, "nginx", 5, "10.0.0.2", 100, 7);
	put(2, "db", 6, "10.0.0.3", 250, 0);
	put(3, "nginx", 5, "10.0.0.3", 200, 9);
	put(4, "db", 0, NULL, 1, 0);
	rows_tick(m, 1);
	list_set_sort(l, table_find(&socket_table, "rx_bytes"), true);
	assert_true(list_work(l, 0, 10, 0));
	return 0;
}

static int teardown(void **state)
{
	groups_free(g);
	list_free(l);
	fixture_free(m);
	return 0;
}

static const struct table_group *group(const char *name)
{
	for (size_t i = 0; i < socket_table.group_count; i++)
		if (strcmp(socket_table.groups[i].name, name) == 0)
			return &socket_table.groups[i];
	return NULL;
}

/* What a head shows in a column; NaN: nothing. */
static double sum_of(const struct group_sum *s, const char *column)
{
	struct value v;

	return groups_value(g, s, table_find(&socket_table, column), &v) ? v.number : NAN;
}

static void want(const char *column)
{
	(void)groups_want(g, table_find(&socket_table, column));
}

static void update(const char *by)
{
	want("rx_bytes");
	want("rtt_us");
	want("rx_rate");
	want("cwnd");
	groups_set(g, group(by));
	groups_abandon(g);
	assert_int_equal(groups_work(g, l, 0), 1);
}

static void expect_line(u32 i, const char *head, u64 id)
{
	struct group_line line = groups_line(g, i);

	assert_int_equal(line.head, head != NULL);
	if (head)
		assert_string_equal(groups_sum(g, line.group)->label, head);
	else
		assert_int_equal(model_row(m, line.row)->s.id, id);
}

static void test_process(void **state)
{
	const struct group_sum *s;

	update("process");
	assert_int_equal(groups_count(g), 7);
	expect_line(0, "nginx[5]", 0);
	expect_line(1, NULL, 3);
	expect_line(2, NULL, 1);
	expect_line(3, "db[6]", 0);
	expect_line(4, NULL, 2);
	expect_line(5, "unknown process", 0);
	s = groups_sum(g, 0);
	assert_int_equal(s->members, 2);
	assert_true(sum_of(s, "rx_bytes") == 300);
	assert_true(sum_of(s, "rtt_us") == 9);
	/* Before the second sample no rate is known. */
	assert_true(isnan(sum_of(s, "rx_rate")));
	assert_true(isnan(sum_of(s, "cwnd")));
	assert_null(groups_sum(g, 3));
	assert_int_equal(groups_line(g, 99).row, IDMAP_NONE);
}

static void test_kinds(void **state)
{
	update("remote");
	expect_line(0, "10.0.0.3", 0);
	expect_line(3, "10.0.0.2", 0);
	expect_line(5, "no remote", 0);
	update("netns");
	expect_line(0, "netns 4026531840", 0);
	assert_int_equal(groups_sum(g, 0)->members, 4);
	update("container");
	expect_line(0, "/web", 0);
	expect_line(3, "cgroup 6", 0);
	rows_name(m, NAME_CONTAINER, 6, 0, "web");
	list_invalidate(l);
	update("container");
	expect_line(3, "web", 0);
	update("none");
	assert_int_equal(groups_count(g), 0);
}

static void test_folds(void **state)
{
	update("process");
	groups_fold(g, 0, true);
	assert_int_equal(groups_count(g), 5);
	assert_true(groups_line(g, 0).folded);
	/* Another order, another number: the fold goes with the group. */
	list_set_sort(l, table_find(&socket_table, "rx_bytes"), false);
	assert_true(list_work(l, 0, 10, 0));
	update("process");
	assert_int_equal(groups_count(g), 5);
	expect_line(4, "nginx[5]", 0);
	assert_true(groups_line(g, 4).folded);
	groups_fold_all(g, true);
	assert_int_equal(groups_count(g), 3);
	groups_fold(g, 2, false);
	assert_int_equal(groups_count(g), 5);
	groups_fold_all(g, false);
	assert_int_equal(groups_count(g), 7);
}

/* A column without a sum orders the heads by label. */
static void test_label_order(void **state)
{
	list_set_sort(l, table_find(&socket_table, "local"), false);
	assert_true(list_work(l, 0, 10, 0));
	update("process");
	expect_line(0, "db[6]", 0);
	expect_line(2, "nginx[5]", 0);
}

/* In slices: the old lines stay until the new ones are whole. */
static void test_slices(void **state)
{
	int r;

	for (u64 id = 100; id < 3000; id++)
		put(id, "many", (u32)id, "10.0.1.1", id, 0);
	update("netns");
	rows_tick(m, 2);
	list_invalidate(l);
	assert_true(list_work(l, 0, 10, 0));
	groups_set(g, group("process"));
	assert_int_equal(groups_work(g, l, 1), 0);
	assert_true(groups_busy(g));
	assert_ptr_equal(groups_shown(g), group("netns"));
	assert_int_equal(groups_count(g), 5);
	while ((r = groups_work(g, l, 1)) == 0)
		;
	assert_int_equal(r, 1);
	assert_false(groups_busy(g));
	assert_ptr_equal(groups_shown(g), group("process"));
	assert_int_equal(groups_count(g), 2 * 2900 + 7);
	expect_line(0, "many[2999]", 0);
	expect_line(1, NULL, 2999);
}

static void test_rates(void **state)
{
	model_row(m, model_find(m, 1))->rx_rate = 10;
	update("process");
	assert_true(sum_of(groups_sum(g, 0), "rx_rate") == 10);
	assert_true(isnan(sum_of(groups_sum(g, 1), "rx_rate")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_process, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_folds, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_label_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_slices, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_rates, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
