/* The ways by which a list spares itself work (an order turned round, a filter over what is in order) against a plain
 * sort of what matches: after any sequence of changes, with ties, unknown values, ended rows and slots given on. */
#include "bounds.h"
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "list.h"

#define ROWS 700
#define ROUNDS 1500

static struct model *m;
static struct list *l;
static u64 number, next_id, random_state;

static u64 chance(u64 below)
{
	random_state = rows_scramble(random_state + 1);
	return random_state % below;
}

/* Few values, so that many are the same, and many that are not known. */
static void put(u64 id, u64 salt)
{
	u64 h = rows_scramble(id * 1000 + salt);
	struct record_socket s = rows_tcp(id, "10.0.0.1", (u16)(h % 50 + 80), h & 1 ? "10.0.0.2" : NULL, (u16)(h % 3));

	s.state = h >> 20 & 7 ? s.state : STATE_TIME_WAIT;
	s.laddr[3] = (u8)(h % 3);
	s.rtt_us = h % 3 ? (u32)(h >> 30) % 40 : 0;
	s.cgroup_id = h % 20 + 1;
	s.retrans = (u32)(h >> 12) % 4;
	s.rx_bytes = h;
	snprintf((char *)s.comm, sizeof(s.comm), "app%u", (unsigned)(h % 7));
	rows_put(m, &s);
}

static int setup(void **state)
{
	random_state = number = 0;
	m = fixture_new();
	assert_int_equal(list_new(&l, &socket_table, m), 0);
	model_keep_closed(m, 60);
	for (u64 i = 1; i <= 20; i++) {
		char name[64];

		/* Longer than a sort key, and the same for its first bytes. */
		snprintf(name, sizeof(name), "/system.slice/very-long/container-%u", (unsigned)(i % 6));
		if (i % 5)
			rows_name(m, NAME_CGROUP, i, 0, name);
	}
	for (next_id = 1; next_id <= ROWS; next_id++)
		put(next_id, 0);
	rows_tick(m, ++number);
	return 0;
}

static int teardown(void **state)
{
	list_free(l);
	fixture_free(m);
	return 0;
}

static struct query *parse(const char *text)
{
	struct query_error err;
	struct query *q;

	assert_int_equal(query_parse(&socket_table, text, &q, &err), 0);
	return q;
}

static void finish(void)
{
	while (!list_work(l, 0, 20, 1))
		;
	assert_true(list_whole(l));
}

/* -- the plain sort ------------------------------------------------------------------------------------------------ */

struct plain {
	const struct query *query;
	const struct column *column;
	bool descending, closed, quiet, part;
	u32 rows[2 * ROWS];
	u32 count;
};

static int by_plain(const void *pa, const void *pb, void *arg)
{
	const struct plain *p = arg;
	const struct row *a = model_row(m, *(const u32 *)pa), *b = model_row(m, *(const u32 *)pb);

	if (p->column)
		return table_compare(&socket_table, p->column, m, a, b, p->descending);
	if (a->first_tick != b->first_tick)
		return (a->first_tick < b->first_tick) == p->descending ? 1 : -1;
	return (a->s.id > b->s.id) - (a->s.id < b->s.id);
}

static bool is_part(const void *bit, const void *row)
{
	return ((const struct row *)row)->s.lport & *(const u16 *)bit;
}

static const u16 part_bit = 2;

static void plain_sort(struct plain *p)
{
	p->count = 0;
	for (u32 i = 0; i < model_rows_end(m); i++) {
		const struct row *r = model_row(m, i);

		if (p->quiet && !p->closed && r->s.state == STATE_TIME_WAIT)
			continue;
		if (p->part && !is_part(&part_bit, r))
			continue;
		if (!r->live || (r->closed && !p->closed) || !query_match(p->query, m, r))
			continue;
		assert_true(p->count < ARRAY_SIZE(p->rows));
		p->rows[p->count++] = i;
	}
	qsort_r(p->rows, p->count, sizeof(p->rows[0]), by_plain, p);
}

static void assert_window(struct plain *p, u32 first, u32 count)
{
	plain_sort(p);
	for (u32 i = first; i < first + count; i++) {
		u32 want = i < p->count ? p->rows[i] : IDMAP_NONE;

		if (list_at(l, i) != want)
			fail_msg("%s%s: line %u of %u is row %u, not %u", p->column ? p->column->name : "appearance",
				 p->descending ? " descending" : "", i, p->count, list_at(l, i), want);
	}
}

static void assert_all(struct plain *p)
{
	assert_window(p, 0, 2 * ROWS);
	assert_int_equal(list_count(l), p->count);
	for (u32 i = 0; i < p->count; i += 17) {
		assert_int_equal(list_position(l, p->rows[i]), i);
		assert_int_equal(list_rank(l, p->rows[i]), i);
	}
}

/* -- changes ------------------------------------------------------------------------------------------------------- */

/* Rows appear, change, end and are freed, so that their slots are reused; the next tick shows it. */
static void new_picture(void)
{
	for (u64 i = model_totals(m)->rows < ROWS ? chance(100) : 0; i > 0; i--)
		put(next_id++, 0);
	for (u64 i = chance(60); i > 0; i--) {
		struct record_gone g = {.id = MAX(next_id, 2 * ROWS) - 1 - chance(2 * ROWS - 1),
					.time_ns = number * ROWS_SECOND};
		u32 row = model_find(m, g.id);

		if (row == IDMAP_NONE || model_row(m, row)->closed)
			continue;
		if (i % 3)
			apply(m, RECORD_GONE, &g);
		else
			put(g.id, number);
	}
	rows_tick(m, ++number);
	list_invalidate(l);
}

static const char *const columns[] = {"id",       "lport", "rtt_us", "cgroup", "retrans",
				      "rx_bytes", "comm",  "remote", "uid"};
static const char *const filters[] = {"lport > 90", "comm = app1", "rtt > 10us or not known rtt", "retrans = 7"};

/* One thing that a user or a tick does. Returns false when the picture has changed. */
static bool change(struct plain *p, struct query *const *queries)
{
	switch (chance(8)) {
	case 0:
		p->column = chance(10) ? table_find(&socket_table, columns[chance(ARRAY_SIZE(columns))]) : NULL;
		p->descending = chance(2);
		break;
	case 1:
	case 2:
	case 3: p->descending = !p->descending; break;
	case 4:
	case 5:
		p->query = queries[chance(ARRAY_SIZE(filters) + 1)];
		list_set_query(l, p->query);
		break;
	case 6:
		p->closed ^= chance(4) == 0;
		list_set_closed(l, p->closed);
		p->quiet ^= chance(4) == 0;
		list_set_quiet(l, p->quiet);
		if (chance(4) == 0) {
			p->part = !p->part;
			list_set_only(l, p->part ? is_part : NULL, &part_bit);
		}
		break;
	default: new_picture(); return false;
	}
	list_set_sort(l, p->column, p->descending);
	return true;
}

static void test_random(void **state)
{
	struct query *queries[ARRAY_SIZE(filters) + 1] = {};
	bool same_picture = false;
	struct plain p = {};
	unsigned at_once = 0, shown = 0;

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
		queries[i] = parse(filters[i]);
	for (unsigned round = 0; round < ROUNDS; round++) {
		u32 first = (u32)chance(ROWS), count = 1 + (u32)chance(30);

		same_picture &= change(&p, queries);
		at_once += same_picture && list_whole(l);
		/* The window, while the rest may not be known. */
		if (chance(2) && list_show(l, first, count, chance(2)) && same_picture) {
			assert_window(&p, first, count);
			shown++;
		}
		for (u64 i = chance(12); i > 0; i--)
			list_work(l, first, count, 1);
		if (chance(3) == 0) {
			finish();
			assert_all(&p);
			same_picture = true;
		}
	}
	assert_true(at_once > ROUNDS / 20 && shown > ROUNDS / 20);
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
		query_free(queries[i]);
}

/* -- what is spared ------------------------------------------------------------------------------------------------ */

static void test_invert(void **state)
{
	struct plain p = {.column = table_find(&socket_table, "rtt_us")};

	list_set_sort(l, p.column, false);
	finish();
	for (unsigned i = 0; i < 3; i++) {
		p.descending = !p.descending;
		list_set_sort(l, p.column, p.descending);
		assert_true(list_whole(l));
		assert_all(&p);
	}
	/* Another order was begun, but is not wanted any more. */
	list_set_sort(l, table_find(&socket_table, "id"), true);
	list_work(l, 0, 20, 1);
	list_set_sort(l, p.column, p.descending);
	finish();
	assert_all(&p);
	/* A tick is under way: the order turns at once, and the next picture comes in it. */
	put(next_id++, 0);
	rows_tick(m, ++number);
	list_invalidate(l);
	list_work(l, 0, 20, 1);
	assert_false(list_whole(l));
	list_set_sort(l, p.column, !p.descending);
	assert_true(list_show(l, 0, 20, 1));
	assert_int_equal(list_count(l), ROWS);
	assert_false(list_whole(l));
	p.descending = !p.descending;
	finish();
	assert_all(&p);
}

/* The window is there before every row has been looked at, and all rows are back at once. */
static void test_filter(void **state)
{
	struct plain p = {.column = table_find(&socket_table, "rx_bytes"), .descending = true};
	struct query *q = parse("lport > 90"), *none = parse("lport = 1");

	list_set_sort(l, p.column, p.descending);
	finish();
	for (unsigned i = 0; i < 3; i++) {
		p.query = q;
		list_set_query(l, q);
		assert_true(list_show(l, 0, 20, 1));
		assert_false(list_whole(l));
		assert_true(list_examined(l) < ROWS);
		assert_window(&p, 0, 20);
		/* Inverted before it is whole. */
		p.descending = !p.descending;
		list_set_sort(l, p.column, p.descending);
		assert_true(list_show(l, 0, 20, 1));
		assert_window(&p, 0, 20);
		finish();
		assert_int_equal(list_examined(l), ROWS);
		assert_all(&p);
		list_set_query(l, none);
		finish();
		assert_int_equal(list_count(l), 0);
		/* All rows are in order while a filter is on, through ticks too. */
		rows_tick(m, ++number);
		list_invalidate(l);
		finish();
		p.query = NULL;
		list_set_query(l, NULL);
		assert_true(list_whole(l));
		assert_all(&p);
	}
	query_free(q);
	query_free(none);
}

/* A filter over the order of a picture that is gone: no row of it is shown for another. */
static void test_given_on(void **state)
{
	struct query *q = parse("lport > 0");
	struct record_gone g = {.time_ns = ROWS_SECOND};
	struct plain p = {.query = q};

	list_set_query(l, NULL);
	finish();
	model_keep_closed(m, 10);
	for (g.id = 1; g.id <= 100; g.id++)
		apply(m, RECORD_GONE, &g);
	for (u64 i = 0; i < 50; i++)
		put(next_id++, 0);
	rows_tick(m, ++number);
	list_set_query(l, q);
	assert_true(list_show(l, 0, 20, 1));
	for (u32 i = 0; i < list_count(l); i++)
		assert_true(list_at(l, i) != IDMAP_NONE && model_row(m, list_at(l, i))->s.id == 101 + i);
	finish();
	assert_all(&p);
	assert_int_equal(list_count(l), ROWS - 100 + 50);
	query_free(q);
}

/* The order of all rows was left behind when the column changed: pictures later it is nobody's. */
static void test_outdated(void **state)
{
	const struct column *column = table_find(&socket_table, "rx_bytes");
	struct query *q = parse("lport > 0");
	struct plain p = {.query = q, .column = column};

	list_set_sort(l, column, false);
	finish();
	list_set_query(l, q);
	finish();
	list_set_sort(l, table_find(&socket_table, "id"), false);
	list_set_query(l, NULL);
	finish();
	for (u64 id = 1; id <= ROWS; id++)
		put(id, 1);
	for (unsigned i = 0; i < 3; i++) {
		rows_tick(m, ++number);
		list_invalidate(l);
		finish();
	}
	list_set_sort(l, column, false);
	list_work(l, 0, 20, 1);
	list_set_query(l, q);
	while (!list_show(l, 0, 20, 1))
		;
	assert_window(&p, 0, 20);
	finish();
	assert_all(&p);
	query_free(q);
}

/* An order that was never made of all rows, or of rows that have ended, serves no filter. */
static void test_not_there(void **state)
{
	struct query *q = parse("comm = app1"), *other = parse("lport > 90");
	struct plain p = {.query = q};

	list_set_query(l, q);
	finish();
	assert_all(&p);
	p.query = other;
	list_set_query(l, other);
	assert_false(list_whole(l));
	finish();
	assert_all(&p);
	p.closed = true;
	p.query = NULL;
	apply(m, RECORD_GONE, &(struct record_gone){.id = 3, .time_ns = ROWS_SECOND});
	rows_tick(m, ++number);
	list_set_closed(l, true);
	list_set_query(l, NULL);
	finish();
	assert_all(&p);
	assert_int_equal(list_count(l), ROWS);
	query_free(q);
	query_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_random, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_invert, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_filter, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_given_on, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_outdated, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_not_there, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
