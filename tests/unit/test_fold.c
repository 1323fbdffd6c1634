/* Folds, of a table made for it: keys that come and go, members that move, what has ended, lines of bars, slices with
 * the picture changed between, a list over a fold, and a fold of a fold. */
#include "fold_fixture.h"

/* -- over time ----------------------------------------------------------------------------------------------------- */

static void test_ended(void **state)
{
	put(1, 7, 1)->ended = true;
	put(2, 7, 2)->ended = true;
	finish();
	assert_true(fold_ended(row_of(7)));
	assert_string_equal(text_of(7, "add"), "3");
	assert_int_equal(fold_rows(f, false), 0);
	assert_int_equal(fold_rows(f, true), 1);
	assert_true(fold_look(f, row_of(7)) & LOOK_PALE);
	/* One that lives, before or behind them, and they are history. */
	put(0, 7, 10);
	put(3, 7, 20);
	finish();
	assert_false(fold_ended(row_of(7)));
	assert_string_equal(text_of(7, "add"), "30");
	assert_int_equal(fold_rows(f, false), 1);
	items.at[0].ended = true;
	finish();
	assert_string_equal(text_of(7, "add"), "20");
}

static void test_come_and_go(void **state)
{
	const void *seven, *eight;
	u64 age;

	put(1, 7, 1);
	put(2, 8, 2);
	finish();
	seven = row_of(7);
	eight = row_of(8);
	age = fold_age(eight);
	assert_true(fold_age(seven) < age);
	/* Nobody saw it come. */
	assert_false(fold_look(f, eight) & LOOK_NEW);
	/* A row moves to another group, a group goes, others come: many, so that the arrays grow. */
	items.at[2].key = 7;
	for (u32 i = 3; i < 1000; i++)
		put(i, 1000 + i, i);
	finish();
	assert_ptr_equal(row_of(7), seven);
	assert_false(fold_look(f, seven) & LOOK_NEW);
	assert_string_equal(text_of(7, "add"), "3");
	assert_null(row_of(8));
	assert_int_equal(fold_rows(f, false), 998);
	items.at[2].key = 8;
	finish();
	assert_string_equal(text_of(7, "add"), "1");
	assert_string_equal(text_of(8, "add"), "2");
	/* It is another one, though perhaps in the same place. */
	assert_true(fold_age(row_of(8)) > age);
	assert_true(fold_look(f, row_of(8)) & LOOK_NEW);
	assert_true(fold_id(row_of(8)) == 8);
	assert_ptr_equal(row_of(7), seven);
	/* Places are given again. */
	for (u32 i = 3; i < 1000; i++)
		items.at[i].id = 0;
	finish();
	assert_int_equal(fold_rows(f, false), 2);
	for (u32 i = 3; i < 1000; i++)
		put(i, 5000 + i, i);
	finish();
	assert_true(fold_end(f) < 1100);
	assert_string_equal(text_of(5500, "add"), "500");
	assert_string_equal(text_of(5500, "label"), "key 5500");
}

/* What was there stays until the new is whole, and a picture that comes meanwhile is not forgotten. */
static void test_slices(void **state)
{
	unsigned slices = 0;

	for (u32 i = 0; i < ITEMS; i++)
		put(i, 1 + i % 3, 1);
	finish();
	assert_string_equal(text_of(1, "add"), "667");
	for (u32 i = 0; i < ITEMS; i++)
		put(i, 1 + i % 3, 2);
	fold_invalidate(f);
	assert_int_equal(fold_work(f, 1), 0);
	assert_false(fold_whole(f));
	assert_string_equal(text_of(1, "add"), "667");
	/* The first have been looked at, the last not. */
	items.at[0].n = 1000;
	items.at[1998].n = 1000;
	items.at[1999].id = 0;
	fold_invalidate(f);
	while (fold_work(f, 1) == 0)
		assert_true(++slices < 1000);
	assert_string_equal(text_of(1, "add"), "2332");
	assert_false(fold_whole(f));
	while (!fold_whole(f))
		assert_true(fold_work(f, 1) >= 0);
	assert_string_equal(text_of(1, "add"), "3330");
	assert_string_equal(text_of(2, "add"), "1332");
}

/* Clearing the sums of many groups is left at the deadline, too. */
static void test_many_groups(void **state)
{
	unsigned slices = 1;

	for (u32 i = 0; i < ITEMS; i++)
		put(i, 1 + i, 1);
	finish();
	fold_invalidate(f);
	for (; fold_work(f, 1) == 0; slices++)
		assert_false(fold_whole(f));
	assert_true(slices > ITEMS / 128 * 3 / 2);
	assert_string_equal(text_of(ITEMS, "add"), "1");
}

/* A row that was kept for its word is somebody else's now. */
static void test_gone_word(void **state)
{
	put(1, 7, 1);
	finish();
	assert_string_equal(text_of(7, "word"), "same");
	put(1, 7, 1)->id = 9999;
	assert_string_equal(text_of(7, "word"), "");
	finish();
	assert_string_equal(text_of(7, "word"), "same");
}

/* What a row did in the tick in which it ended was done, whoever lives on; and its group is there for that tick. */
static void test_of_tick(void **state)
{
	put(1, 7, 100)->ended = true;
	put(2, 7, 3);
	put(3, 7, 20)->ended = true;
	put(4, 8, 50)->ended = true;
	items.at[4].late = true;
	put(5, 9, 60)->ended = true;
	finish();
	assert_string_equal(text_of(7, "moved"), "123");
	assert_string_equal(text_of(7, "add"), "3");
	assert_string_equal(text_of(7, "true"), "1");
	assert_false(fold_ended(row_of(8)));
	assert_true(fold_ended(row_of(9)));
	assert_int_equal(fold_rows(f, false), 2);
	items.at[4].late = false;
	finish();
	assert_true(fold_ended(row_of(8)));
}

/* A line of bars is kept by the fold: one sample a picture, from the first above 0 on, as long as the row is there. */
static void test_series(void **state)
{
	put(1, 7, 0);
	put(2, 8, 1);
	finish();
	assert_string_equal(text_of(7, "line"), "");
	assert_string_equal(text_of(8, "line"), "[1]");
	put(1, 7, 3);
	put(3, 7, 4);
	finish();
	assert_string_equal(text_of(7, "line"), "[7]");
	assert_string_equal(text_of(8, "line"), "[1,1]");
	for (u64 n = 2; n < 10; n++) {
		put(2, 8, n);
		finish();
	}
	assert_string_equal(text_of(8, "line"), "[5,6,7,8,9]");
	put(2, 9, 1);
	finish();
	assert_null(row_of(8));
	put(2, 8, 2);
	finish();
	assert_string_equal(text_of(8, "line"), "[2]");
	for (u64 n = 0; n < 3 * SERIES_MAX; n++)
		finish();
	assert_string_equal(text_of(8, "line"), "[2,2,2,2,2]");
}

/* That more columns are asked for is no news. */
static void test_series_once(void **state)
{
	const struct column *line = table_find(&fold_table, "line"), *add = table_find(&fold_table, "add");
	struct folded *other;
	char text[40];

	put(1, 7, 2);
	items.moment = 1;
	assert_int_equal(fold_new(&other, &fold_table, &items), 0);
	fold_want(other, line);
	assert_int_equal(fold_work(other, 0), 1);
	fold_want(other, add);
	assert_false(fold_whole(other));
	assert_int_equal(fold_work(other, 0), 1);
	column_print(line, other, fold_row(other, 0), text, sizeof(text));
	assert_string_equal(text, "[2]");
	fold_free(other);
}

/* However many come and go, there is room for those that are there. */
static void test_series_churn(void **state)
{
	u32 k;

	for (k = 100; k < 100 + 6000; k++) {
		put(1, k, 1);
		finish();
	}
	assert_string_equal(text_of(k - 1, "line"), "[1]");
}

/* -- with others --------------------------------------------------------------------------------------------------- */

/* What nobody has wanted is summed once it is asked for. */
static void test_asked_for(void **state)
{
	const struct column *add = table_find(&fold_table, "add");
	struct folded *other;
	struct value v;

	put(1, 7, 1);
	assert_int_equal(fold_new(&other, &fold_table, &items), 0);
	assert_false(fold_whole(other));
	assert_int_equal(fold_work(other, 0), 1);
	assert_true(fold_whole(other));
	column_value(add, other, fold_row(other, 0), &v);
	assert_int_equal(v.kind, VALUE_NONE);
	assert_false(fold_whole(other));
	assert_int_equal(fold_work(other, 0), 1);
	column_value(add, other, fold_row(other, 0), &v);
	assert_int_equal(v.integer, 1);
	assert_true(fold_whole(other));
	fold_free(other);
}

static void test_list(void **state)
{
	struct query *q;
	struct list *l;

	put(1, 7, 5)->calm = 1;
	put(2, 8, 4)->calm = 9;
	put(3, 8, 0)->calm = 0;
	put(4, 9, 100)->ended = true;
	put(5, 6, 50);
	finish();
	assert_int_equal(list_new(&l, &fold_table, f), 0);
	assert_int_equal(query_parse(&fold_table, "add < 50 and word = same", &q, NULL), 0);
	list_set_query(l, q);
	list_set_sort(l, table_find(&fold_table, "add"), true);
	assert_true(list_work(l, 0, 10, 0));
	assert_int_equal(list_count(l), 2);
	/* By the calmer values. */
	assert_int_equal(fold_id(fold_row(f, list_at(l, 0))), 8);
	assert_int_equal(fold_id(fold_row(f, list_at(l, 1))), 7);
	list_set_closed(l, true);
	list_set_query(l, NULL);
	assert_true(list_work(l, 0, 10, 0));
	assert_int_equal(list_count(l), 4);
	list_free(l);
	query_free(q);
}

static u64 odd(const void *picture, const void *row)
{
	return fold_id(row) % 2 + 1;
}

static void odd_label(const void *picture, const void *row, char *dst, size_t size)
{
	snprintf(dst, size, fold_id(row) % 2 ? "odd" : "even");
}

static const struct table_group by_odd = {"odd", odd, odd_label};
static const struct fold twice = {.of = &fold_table, .by = &by_odd};
static const struct table twice_table = {.name = "parity", .fold = &twice, FOLD_TABLE};

static void test_twice(void **state)
{
	const struct column *add = table_find(&twice_table, "add"), *same = table_find(&twice_table, "word");
	struct folded *other;
	char text[32];
	u32 even;

	for (u32 i = 0; i < 100; i++)
		put(i, 1 + i % 10, i);
	assert_int_equal(fold_new(&other, &twice_table, &items), 0);
	fold_want(other, add);
	fold_want(other, same);
	while (!fold_whole(other))
		assert_true(fold_work(other, 0) >= 0);
	even = fold_find(other, 1);
	assert_int_equal(fold_rows(other, false), 2);
	column_print(add, other, fold_row(other, even), text, sizeof(text));
	assert_string_equal(text, "2500");
	column_print(same, other, fold_row(other, even), text, sizeof(text));
	assert_string_equal(text, "same");
	/* A new picture comes through both. */
	items.at[1].n += 1000;
	fold_invalidate(other);
	while (!fold_whole(other))
		assert_true(fold_work(other, 0) >= 0);
	column_print(add, other, fold_row(other, even), text, sizeof(text));
	assert_string_equal(text, "3500");
	fold_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_ended),        TEST(test_come_and_go), TEST(test_slices), TEST(test_many_groups),
	    TEST(test_gone_word),    TEST(test_of_tick),     TEST(test_series), TEST(test_series_once),
	    TEST(test_series_churn), TEST(test_asked_for),   TEST(test_list),   TEST(test_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
