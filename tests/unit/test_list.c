/* Lists: order by every column against table_compare(&socket_table, ), unknown last, slices, double buffering, freed
 * rows. */
#include "bounds.h"
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "list.h"

#define ROWS 3000

static struct model *m;
static struct list *l;

static void put(u64 id, u32 salt)
{

	u64 h = rows_scramble(id + salt);
	struct record_socket s = rows_tcp(id, "10.0.0.1", (u16)(h % 3 + 80), h & 1 ? "10.0.0.2" : NULL, (u16)(h >> 20));

	s.laddr[3] = (u8)(h % 5);
	if (h % 7 == 0) {
		s.family = 6;
		memset(s.laddr, (int)(h % 3), 16);
		s.laddr[15] = (u8)(h >> 40 & 3);
	}
	s.rtt_us = h % 3 ? (u32)(h >> 30) % 1000 : 0;
	s.cgroup_id = h % 40 + 1;
	s.uid = (u32)(h >> 8) % 30 + 1;
	s.ifindex = (u32)(h >> 16) % 5;
	s.retrans = (u32)(h >> 12) % 4;
	s.state = (u8)(h % 12);
	s.rx_bytes = h;
	s.tx_bytes = h >> 3;
	snprintf((char *)s.comm, sizeof(s.comm), "app%u", (unsigned)(h % 20));
	rows_put(m, &s);
	if (h % 11)
		apply(m, RECORD_INFO, &(struct record_info){.id = id, .options = (u8)(h >> 24) & 63});
}

static int setup(void **state)
{
	m = fixture_new();
	assert_int_equal(list_new(&l, &socket_table, m), 0);
	for (u64 i = 1; i <= 40; i++) {
		char name[64];

		/* Longer than a sort key and the same for its first bytes; some are not known. */
		snprintf(name, sizeof(name), "/system.slice/very-long/container-%u", (unsigned)(i % 13));
		if (i % 5)
			rows_name(m, NAME_CGROUP, i, 0, name);
		/* One is where the others differ: the beginning that they share is all of it. */
		snprintf(name, sizeof(name), "somebody-with-a-long-name-%.*u", i == 9 ? 0 : 1,
			 i == 9 ? 0 : (unsigned)i * 7);
		rows_name(m, NAME_USER, i, 0, name);
		snprintf(name, sizeof(name), "eth%u", (unsigned)i);
		rows_name(m, NAME_IFACE, i, 4026531840U, name);
	}
	for (u64 id = 1; id <= ROWS; id++)
		put(id, 0);
	rows_tick(m, 1);
	return 0;
}

static int teardown(void **state)
{
	list_free(l);
	fixture_free(m);
	return 0;
}

static void finish(void)
{
	while (!list_work(l, 0, 50, 100000))
		;
	assert_true(list_whole(l));
}

static void assert_ordered(const struct column *c, bool descending)
{
	for (u32 i = 1; i < list_count(l); i++) {
		struct row *a = model_row(m, list_at(l, i - 1)), *b = model_row(m, list_at(l, i));

		if (table_compare(&socket_table, c, m, a, b, descending) >= 0)
			fail_msg("%s: line %u is before its predecessor", c->name, i);
	}
}

static void test_order(void **state)
{
	table_each (&socket_table, c) {
		/* table_compare() does not know of calmer values. */
		if (c->order)
			continue;
		for (int descending = 0; descending < 2; descending++) {
			list_set_sort(l, c, descending);
			finish();
			assert_int_equal(list_count(l), ROWS);
			assert_ordered(c, descending);
		}
	}
}

static void test_smoothed(void **state)
{
	const struct column *c = table_find(&socket_table, "rx_rate");
	bool descending;

	for (u64 id = 1; id <= ROWS; id++) {
		struct row *r = model_row(m, model_find(m, id));

		r->rx_smooth = id % 3 ? (float)(rows_scramble(id) % 1000) : __builtin_nanf("");
	}
	list_set_sort(l, c, true);
	assert_ptr_equal(list_sort(l, &descending), c);
	assert_true(descending);
	finish();
	for (u32 i = 1; i < list_count(l); i++) {
		float a = model_row(m, list_at(l, i - 1))->rx_smooth, b = model_row(m, list_at(l, i))->rx_smooth;

		/* Known before unknown, larger before smaller. */
		assert_true(a >= b || b != b);
	}
}

/* Both ways together, of which one may not be known. */
static void test_both_rates(void **state)
{
	static const struct {
		float rx, tx;
	} rates[] = {{10, 5}, {0, 20}, {__builtin_nanf(""), 17}, {18, __builtin_nanf("")}, {9, 9.5f}};
	static const u64 order[] = {2, 5, 4, 3, 1};
	const struct column *c = table_find(&socket_table, "rate");
	struct value v;

	for (u64 id = 1; id <= ROWS; id++) {
		struct row *r = model_row(m, model_find(m, id));
		bool one = id <= ARRAY_SIZE(rates);

		r->rx_smooth = one ? rates[id - 1].rx : __builtin_nanf("");
		r->tx_smooth = one ? rates[id - 1].tx : __builtin_nanf("");
		r->rx_rate = 3;
		r->tx_rate = 4;
	}
	list_set_sort(l, c, true);
	finish();
	for (u32 i = 0; i < ARRAY_SIZE(order); i++)
		assert_int_equal(model_row(m, list_at(l, i))->s.id, order[i]);
	column_value(c, m, model_row(m, 1), &v);
	assert_true(v.number == 7);
}

/* The window is right before the rest is. */
static void test_window_first(void **state)
{
	u32 wanted[20];

	list_set_sort(l, table_find(&socket_table, "rx_bytes"), true);
	finish();
	for (u32 i = 0; i < 20; i++)
		wanted[i] = list_at(l, 1000 + i);
	list_set_sort(l, table_find(&socket_table, "id"), false);
	finish();
	list_set_sort(l, table_find(&socket_table, "rx_bytes"), true);
	/* The old order is there until the new one is. */
	assert_int_equal(list_count(l), ROWS);
	assert_int_equal(model_row(m, list_at(l, 1000))->s.id, 1001);
	assert_false(list_whole(l));
	while (!list_work(l, 1000, 20, 1)) {
		bool right = list_count(l) == ROWS;

		for (u32 i = 0; i < 20; i++)
			right &= list_at(l, 1000 + i) == wanted[i];
		if (right)
			break;
	}
	for (u32 i = 0; i < 20; i++)
		assert_int_equal(list_at(l, 1000 + i), wanted[i]);
	finish();
}

/* The new order is shown as soon as its window is right, and a row's place in it is known before. */
static void test_show(void **state)
{
	u32 row, place, wanted = ROWS - 1 - 10;

	list_set_sort(l, table_find(&socket_table, "rx_bytes"), false);
	finish();
	row = list_at(l, wanted);
	list_set_sort(l, table_find(&socket_table, "id"), false);
	finish();
	place = list_position(l, row);
	list_set_sort(l, table_find(&socket_table, "rx_bytes"), false);
	assert_int_equal(list_rank(l, row), IDMAP_NONE);
	while (!list_show(l, 0, 0, 1))
		assert_int_equal(list_position(l, row), place);
	assert_int_equal(list_position(l, row), place);
	assert_int_equal(list_rank(l, row), wanted);
	while (!list_show(l, wanted - 5, 20, 1))
		;
	assert_int_equal(list_at(l, wanted), row);
	/* Another order before this one is whole: it is left as it is until then. */
	list_set_sort(l, table_find(&socket_table, "rx_bytes"), true);
	assert_int_equal(list_count(l), ROWS);
	assert_int_equal(list_at(l, wanted), row);
	finish();
	assert_int_equal(list_rank(l, row), ROWS - 1 - wanted);
}

static void test_filter(void **state)
{
	struct query_error err;
	struct query *q;
	u32 n = 0;

	assert_int_equal(query_parse(&socket_table, "comm = app1", &q, &err), 0);
	for (u32 i = 0; i < model_rows_end(m); i++)
		n += query_match(q, m, model_row(m, i));
	assert_true(n > 0 && n < ROWS);
	list_set_query(l, q);
	finish();
	assert_int_equal(list_count(l), n);
	assert_int_equal(list_examined(l), ROWS);
	for (u32 i = 0; i < n; i++)
		assert_int_equal(list_position(l, list_at(l, i)), i);
	list_set_query(l, NULL);
	query_free(q);
	finish();
	assert_int_equal(list_count(l), ROWS);
}

/* After a tick the old list stays until the new one is whole; a tick in between starts another round. */
static void test_behind(void **state)
{
	list_set_sort(l, table_find(&socket_table, "id"), false);
	finish();
	put(ROWS + 1, 0);
	rows_tick(m, 2);
	list_invalidate(l);
	assert_false(list_whole(l));
	assert_int_equal(list_count(l), ROWS);
	assert_false(list_work(l, 0, 10, 1));
	assert_int_equal(list_count(l), ROWS);
	put(ROWS + 2, 0);
	list_invalidate(l);
	finish();
	assert_int_equal(list_count(l), ROWS + 2);
}

/* Nearly as many names as rows, and work that is left after each step, while names change: the order is that of the
 * names that the scan saw, and the next round has the new ones. */
static void test_names_change(void **state)
{
	const struct column *c = table_find(&socket_table, "cgroup");
	char name[200];
	u64 generation = 0;

	for (u64 id = 1; id <= ROWS; id++) {
		struct record_socket s = rows_tcp(id, "10.0.0.1", 80, "10.0.0.2", 81);

		s.cgroup_id = 1000 + rows_scramble(id) % ROWS;
		rows_put(m, &s);
	}
	for (bool descending = false;; descending = true) {
		for (u64 i = 0; i < ROWS; i++) {
			snprintf(name, sizeof(name), "/system.slice/very-long/container-%0120u",
				 (unsigned)(i * 7 % 2999));
			rows_name(m, NAME_CGROUP, 1000 + i, 0, name);
		}
		list_set_sort(l, c, descending);
		for (; !list_work(l, 0, 50, 1); generation++) {
			snprintf(name, sizeof(name), "/%0*u", (int)(generation % 150), (unsigned)generation);
			rows_name(m, NAME_CGROUP, 1000 + generation % ROWS, 0, name);
		}
		assert_int_equal(list_count(l), ROWS);
		list_invalidate(l);
		finish();
		assert_ordered(c, descending);
		if (descending)
			break;
	}
	assert_true(generation > 20);
}

static void test_closed_and_freed(void **state)
{
	u32 row = model_find(m, 5), position;
	struct record_gone g = {.id = 5, .time_ns = ROWS_SECOND};

	list_set_query(l, NULL);
	finish();
	position = list_position(l, row);
	assert_int_equal(list_at(l, position), row);
	apply(m, RECORD_GONE, &g);
	rows_tick(m, 3);
	list_set_query(l, NULL);
	finish();
	assert_int_equal(list_position(l, row), IDMAP_NONE);
	list_set_closed(l, true);
	finish();
	assert_true(list_position(l, row) != IDMAP_NONE);
	position = list_position(l, row);
	/* The slot goes to nobody, or to somebody else: the stale line shows no row. */
	model_keep_closed(m, 0);
	assert_int_equal(list_at(l, position), IDMAP_NONE);
	assert_int_equal(list_position(l, row), IDMAP_NONE);
	assert_int_equal(list_at(l, UINT32_MAX), IDMAP_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_smoothed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_both_rates, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_window_first, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_show, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_filter, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_behind, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_names_change, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_closed_and_freed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
