/* One table of several pictures: whose rows they are, and that nothing of two pictures meets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "joint.h"
#include "list.h"

struct thing {
	u64 id; /* 0: there is none */
	u64 n;
};

struct things {
	struct thing at[3];
	u64 bias; /* of the picture: what its column adds to each */
	u64 generation;
};

static struct things pictures[2];
static struct joint *j;
static struct joined *p;

static COLUMN_GETTER(get_n)
{
	(void)c;
	return value_number(v, ((const struct thing *)row)->n + ((const struct things *)picture)->bias);
}

static size_t item(const void *picture, const void *row, size_t i, char *dst, size_t size)
{
	(void)picture, (void)row, (void)i, (void)dst, (void)size;
	return 0;
}

static const struct column columns[] = {
    {.name = "n", .title = "N", .unit = UNIT_COUNT, .get = get_n},
    {.name = "list", .title = "LIST", .unit = UNIT_LIST, .get = get_n, .item = item},
};

static const struct column predicates[] = {
    {.name = "host", .unit = UNIT_COUNT, .get = get_n},
    {.name = "also", .unit = UNIT_COUNT, .get = get_n},
};

static u32 end(const void *picture)
{
	(void)picture;
	return ARRAY_SIZE(pictures[0].at);
}

static const void *row_at(const void *picture, u32 index)
{
	const struct thing *t = &((const struct things *)picture)->at[index];

	return t->id ? t : NULL;
}

static u64 id(const void *row)
{
	return ((const struct thing *)row)->id;
}

static u32 find(const void *picture, u64 wanted)
{
	for (u32 i = 0; i < end(picture); i++)
		if (wanted && ((const struct things *)picture)->at[i].id == wanted)
			return i;
	return IDMAP_NONE;
}

static u32 rows(const void *picture, bool ended)
{
	(void)picture, (void)ended;
	return 2;
}

static u64 generation(const void *picture)
{
	return ((const struct things *)picture)->generation;
}

static const char *const contract[] = {"n", "list", NULL};

static const struct table table = {
    .name = "thing",
    .one = "thing",
    .many = "things",
    .columns = columns,
    .count = ARRAY_SIZE(columns),
    .predicates = predicates,
    .predicate_count = ARRAY_SIZE(predicates),
    .contract = contract,
    .end = end,
    .row = row_at,
    .id = id,
    .find = find,
    .age = id,
    .rows = rows,
    .generation = generation,
};

static int setup(void **state)
{
	(void)state;
	pictures[0] = (struct things){.at = {{1, 10}, {2, 20}}, .bias = 100, .generation = 7};
	pictures[1] = (struct things){.at = {{1, 10}, {}, {3, 30}}, .bias = 200, .generation = 5};
	if (joint_new(&j, &table) < 0 || joined_new(&p, j, 2) < 0)
		return -1;
	joined_name(p, 0, "a");
	joined_name(p, 1, "b");
	joined_set(p, 0, &pictures[0]);
	joined_set(p, 1, &pictures[1]);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	joined_free(p);
	joint_free(j);
	return 0;
}

/* The rows in their order: whose, and what the column has. */
static void expect_rows(const char *filter, const char *want)
{
	const struct table *t = joint_table(j);
	const struct column *n = table_find(t, "n"), *host = table_find(t, "host");
	struct query_error where;
	struct query *q = NULL;
	struct list *l = NULL;
	char got[128] = "";

	assert_int_equal(list_new(&l, t, p), 0);
	if (filter)
		assert_int_equal(query_parse(t, filter, &q, &where), 0);
	list_set_query(l, q);
	list_set_sort(l, n, true);
	while (!list_work(l, 0, UINT32_MAX, 0))
		;
	for (u32 i = 0; i < list_count(l); i++) {
		const void *row = t->row(p, list_at(l, i));
		char cell[32] = "";

		column_print(host, p, row, cell, sizeof(cell));
		strcat(strcat(got, cell), "=");
		column_print(n, p, row, cell, sizeof(cell));
		strcat(strcat(got, cell), " ");
	}
	assert_string_equal(got, want);
	list_free(l);
	query_free(q);
}

static void each_row_is_read_in_its_own_picture(void **state)
{
	(void)state;
	expect_rows(NULL, "b=230 b=210 a=120 a=110 ");
	expect_rows("host = b", "b=230 b=210 ");
	expect_rows("n > 115 and not host = b", "a=120 ");
	expect_rows("also = 120", "a=120 ");
	joined_set(p, 1, NULL);
	expect_rows(NULL, "a=120 a=110 ");
}

static void the_same_id_is_another_row_on_each(void **state)
{
	const struct table *t = joint_table(j);
	u64 ids[4];
	u32 n = 0;

	(void)state;
	for (u32 i = 0; i < t->end(p); i++) {
		const void *row = t->row(p, i);

		if (!row)
			continue;
		ids[n] = t->id(row);
		assert_int_equal(t->find(p, ids[n]), i);
		assert_ptr_equal(t->row(p, i), row);
		assert_int_equal(joined_part(row), i % 2);
		n++;
	}
	assert_int_equal(n, 4);
	for (u32 i = 0; i < n; i++)
		for (u32 k = 0; k < i; k++)
			assert_true(ids[i] != ids[k]);
	assert_int_equal(t->find(p, 4711), IDMAP_NONE);
	assert_int_equal(t->rows(p, false), 4);
}

static void what_is_new_is_newer(void **state)
{
	const struct table *t = joint_table(j);
	u64 before = t->generation(p);

	(void)state;
	pictures[0].generation++;
	assert_true(t->generation(p) > before);
	/* A picture that takes another's place begins anew. */
	before = t->generation(p);
	joined_set(p, 1, NULL);
	pictures[1].generation = 1;
	joined_set(p, 1, &pictures[1]);
	assert_true(t->generation(p) > before);
}

static void its_columns(void **state)
{
	const struct table *t = joint_table(j);
	struct value v = {};

	(void)state;
	assert_string_equal(t->contract[0], "host");
	assert_string_equal(t->contract[1], "n");
	assert_null(t->contract[2]);
	assert_null(table_find(t, "list"));
	assert_ptr_equal(joint_origin(j, table_find(t, "n")), &columns[0]);
	assert_null(joint_origin(j, table_find(t, "host")));
	/* A filter that says host means the machine. */
	assert_ptr_equal(table_find_predicate(t, "host"), table_find(t, "host"));
	joined_silent(p, 1, 3000);
	column_value(table_find(t, "host_age"), p, t->row(p, 1), &v);
	assert_true(v.number > 2.9 && v.number < 3.1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(each_row_is_read_in_its_own_picture, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_same_id_is_another_row_on_each, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_is_new_is_newer, setup, teardown),
	    cmocka_unit_test_setup_teardown(its_columns, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
