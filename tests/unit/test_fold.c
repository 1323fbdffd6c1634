/* Folds, of a table made for it: what each way of summing has, keys that come and go, members that move, what has ended
 * and who speaks, slices with the picture changed between, a list over a fold, and a fold of a fold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fold.h"
#include "list.h"

#define ITEMS 2000

struct item {
	u64 id; /* 0: there is none */
	u32 key;
	u64 n, calm;
	double x;
	const char *word;
	bool known, ended, speaks, left_out, late;
	double of;
	u8 mix[3];
};

static struct items {
	struct item at[ITEMS];
	u64 generation, moment;
} items;

static struct folded *f;

static COLUMN_GETTER(get_n)
{
	const struct item *i = row;

	(void)c, (void)picture;
	v->severity = i->n == 666 ? 2 : 0;
	return i->known ? value_number(v, i->n) : 0;
}

static COLUMN_GETTER(get_calm)
{
	(void)c, (void)picture;
	return value_number(v, ((const struct item *)row)->calm);
}

static COLUMN_GETTER(get_nsec)
{
	const struct item *i = row;

	(void)c, (void)picture;
	return i->known ? value_nsec(v, i->n) : 0;
}

static COLUMN_GETTER(get_x)
{
	(void)c, (void)picture;
	return value_real(v, ((const struct item *)row)->x);
}

static COLUMN_GETTER(get_share)
{
	const struct item *i = row;

	(void)c, (void)picture;
	v->of = i->of;
	return i->of > 0 ? value_real(v, i->x / i->of) : 0;
}

static const char *mix_word(unsigned code)
{
	static const char *const words[] = {"red", "green", "blue"};

	return code < ARRAY_SIZE(words) ? words[code] : "?";
}

static bool mix(const void *picture, const void *row, u8 amounts[MIX_WORDS])
{
	const struct item *i = row;

	(void)picture;
	memset(amounts, 0, MIX_WORDS);
	memcpy(amounts, i->mix, sizeof(i->mix));
	return i->mix[0] || i->mix[1] || i->mix[2];
}

/* Of one item nobody asks. */
static bool series(const struct column *c, const void *picture, const void *row, struct series *s)
{
	(void)c, (void)picture, (void)row, (void)s;
	return false;
}

static u64 moment(const void *picture, u32 *span)
{
	*span = 5;
	return ((const struct items *)picture)->moment;
}

static COLUMN_GETTER(get_word)
{
	(void)c, (void)picture;
	return value_text(v, ((const struct item *)row)->word);
}

#define C(name_, unit_, get_, ...)                                                                                     \
	{                                                                                                              \
		.name = name_, .title = name_, .unit = UNIT_##unit_, .get = get_, __VA_ARGS__                          \
	}

static const struct column columns[] = {
    C("alone", COUNT, get_n),
    C("add", COUNT, get_n, .sum = SUM_ADD, .severity = value_severity, .order = get_calm),
    C("most", COUNT, get_n, .sum = SUM_MOST),
    C("least", COUNT, get_n, .sum = SUM_LEAST),
    C("mean", COUNT, get_n, .sum = SUM_MEAN),
    C("true", COUNT, get_n, .sum = SUM_COUNT),
    C("nsec", NSEC, get_nsec, .sum = SUM_ADD),
    C("x", FACTOR, get_x, .sum = SUM_ADD),
    C("x_most", FACTOR, get_x, .sum = SUM_MOST),
    C("x_least", FACTOR, get_x, .sum = SUM_LEAST),
    C("x_mean", FACTOR, get_x, .sum = SUM_MEAN),
    C("share", SHARE, get_share, .sum = SUM_RATIO),
    C("half", COUNT, get_n, .sum = SUM_P50),
    C("nearly_all", COUNT, get_n, .sum = SUM_P99),
    C("mix", TEXT, column_get_mix, .sum = SUM_MIX, .mix = mix, .word = mix_word, .flex = 1),
    C("moved", COUNT, get_n, .sum = SUM_ADD, .of_tick = true),
    C("line", COUNT, get_n, .sum = SUM_ADD, .series = series),
    C("word", TEXT, get_word, .sum = SUM_SAME, .flex = 1),
    C("number", NONE, get_n, .sum = SUM_SAME),
    C("label", TEXT, NULL, .sum = SUM_LABEL, .of = TABLE_FOLDS, .flex = 1),
};

static struct column folded_columns[ARRAY_SIZE(columns)];

static u32 item_end(const void *picture)
{
	(void)picture;
	return ITEMS;
}

static const void *item_row(const void *picture, u32 index)
{
	const struct items *all = picture;

	return all->at[index].id ? &all->at[index] : NULL;
}

static u64 item_id(const void *row)
{
	return ((const struct item *)row)->id;
}

static bool item_ended(const void *row)
{
	return ((const struct item *)row)->ended;
}

static bool just_ended(const void *picture, const void *row)
{
	(void)picture;
	return ((const struct item *)row)->late;
}

static u64 generation(const void *picture)
{
	return ((const struct items *)picture)->generation;
}

static const struct table item_table = {
    .name = "item",
    .columns = columns,
    .count = ARRAY_SIZE(columns),
    .folded = folded_columns,
    .end = item_end,
    .row = item_row,
    .id = item_id,
    .ended = item_ended,
    .just_ended = just_ended,
    .generation = generation,
    .moment = moment,
};

static u64 key(const void *picture, const void *row)
{
	(void)picture;
	return ((const struct item *)row)->key;
}

static void label(const void *picture, const void *row, char *dst, size_t size)
{
	(void)picture;
	snprintf(dst, size, "key %u", ((const struct item *)row)->key);
}

static bool takes(const void *picture, const void *row)
{
	(void)picture;
	return !((const struct item *)row)->left_out;
}

static bool speaks(const void *picture, const void *row)
{
	(void)picture;
	return ((const struct item *)row)->speaks;
}

static const struct table_group by_key = {"key", key, label};
static const struct fold fold = {.of = &item_table, .by = &by_key, .takes = takes, .speaks = speaks};
static const struct table fold_table = {.name = "group", .fold = &fold, FOLD_TABLE};

static struct item *put(u32 at, u32 k, u64 n)
{
	items.at[at] = (struct item){.id = 1000 + at,
				     .key = k,
				     .n = n,
				     .calm = n,
				     .x = (double)n / 4,
				     .word = "same",
				     .known = true,
				     .speaks = true};
	items.generation++;
	return &items.at[at];
}

static int setup(void **state)
{
	(void)state;
	memset(&items, 0, sizeof(items));
	fold_columns(folded_columns, columns, ARRAY_SIZE(columns));
	assert_int_equal(fold_new(&f, &fold_table, &items), 0);
	table_each (&fold_table, c)
		fold_want(f, c);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fold_free(f);
	f = NULL;
	return 0;
}

static void finish(void)
{
	items.moment++;
	fold_invalidate(f);
	while (!fold_whole(f))
		assert_int_equal(fold_work(f, 0), 1);
}

static const void *row_of(u32 k)
{
	u32 index = fold_find(f, k);

	return index == IDMAP_NONE ? NULL : fold_row(f, index);
}

/* As a batch writes it; "": it is not known. */
static const char *text_of(u32 k, const char *column)
{
	static char text[200];
	const void *row = row_of(k);

	assert_non_null(row);
	column_print(table_find(&fold_table, column), f, row, text, sizeof(text));
	return text;
}

/* -- sums ---------------------------------------------------------------------------------------------------------- */

static void test_columns(void **state)
{
	(void)state;
	assert_null(table_find(&fold_table, "alone"));
	assert_non_null(table_find(&fold_table, "label"));
	assert_null(table_find(&item_table, "label"));
	assert_non_null(table_find(&item_table, "alone"));
}

static void test_sums(void **state)
{
	struct value v;

	(void)state;
	put(1, 7, 5);
	put(2, 7, 9);
	put(3, 7, 0);
	put(4, 7, 100)->known = false;
	put(5, 8, (1ULL << 60) + 1);
	put(6, 8, 1ULL << 60);
	put(7, 9, 1)->left_out = true;
	finish();
	assert_string_equal(text_of(7, "add"), "14");
	assert_string_equal(text_of(7, "most"), "9");
	assert_string_equal(text_of(7, "least"), "0");
	assert_string_equal(text_of(7, "mean"), "4");
	assert_string_equal(text_of(7, "true"), "2");
	assert_string_equal(text_of(7, "nsec"), "0.014");
	assert_string_equal(text_of(7, "x"), "28.5");
	assert_string_equal(text_of(7, "x_most"), "25");
	assert_string_equal(text_of(7, "x_least"), "0");
	assert_string_equal(text_of(7, "x_mean"), "7.125");
	assert_string_equal(text_of(7, "label"), "key 7");
	/* Exact where a double is not. */
	assert_string_equal(text_of(8, "add"), "2305843009213693953");
	assert_string_equal(text_of(8, "least"), "1152921504606846976");
	assert_null(row_of(9));
	assert_int_equal(fold_rows(f, false), 2);
	/* Nobody's number is known: then there is none. */
	items.at[1].known = items.at[2].known = items.at[3].known = false;
	finish();
	assert_string_equal(text_of(7, "add"), "");
	assert_string_equal(text_of(7, "true"), "");
	assert_string_equal(text_of(7, "nsec"), "");
	column_value(table_find(&fold_table, "mean"), f, row_of(7), &v);
	assert_int_equal(v.kind, VALUE_NONE);
}

/* A share is one of everything together, not a mean of shares; where nothing was sent there is none. */
static void test_ratio(void **state)
{
	(void)state;
	put(1, 7, 4)->of = 1; /* x is n / 4: 1 of 1 */
	put(2, 7, 0)->of = 99;
	put(3, 7, 8)->of = 0;
	put(4, 8, 8)->of = 0;
	finish();
	assert_string_equal(text_of(7, "share"), "0.010000");
	assert_string_equal(text_of(8, "share"), "");
}

/* Exact, in whatever order they come, however many are alike, and asked for twice. */
static void test_percentiles(void **state)
{
	(void)state;
	for (u32 i = 0; i < 1000; i++)
		put(i, 7, (i * 377) % 1000 + 1);
	put(1000, 8, 5);
	put(1001, 8, 9);
	put(1002, 9, 3)->known = false;
	for (u32 i = 1003; i < 1103; i++)
		put(i, 10, i == 1050 ? 1000 : i == 1060 ? 2000 : 6);
	finish();
	assert_string_equal(text_of(7, "half"), "500");
	assert_string_equal(text_of(7, "nearly_all"), "990");
	assert_string_equal(text_of(7, "half"), "500");
	assert_string_equal(text_of(8, "half"), "5");
	assert_string_equal(text_of(8, "nearly_all"), "9");
	assert_string_equal(text_of(9, "half"), "");
	assert_string_equal(text_of(10, "half"), "6");
	assert_string_equal(text_of(10, "nearly_all"), "1000");
	finish();
	assert_string_equal(text_of(10, "nearly_all"), "1000");
}

static void test_mix(void **state)
{
	(void)state;
	memcpy(put(1, 7, 1)->mix, (u8[]){0, 9, 1}, 3);
	memcpy(put(2, 7, 1)->mix, (u8[]){0, 10, 0}, 3);
	put(3, 7, 1);
	put(4, 8, 1);
	finish();
	assert_string_equal(text_of(7, "mix"), "green 95% blue 5%");
	assert_string_equal(text_of(8, "mix"), "");
	for (u32 i = 10; i < 310; i++)
		memcpy(put(i, 8, 1)->mix, (u8[]){200, i == 10, 0}, 3);
	finish();
	assert_string_equal(text_of(8, "mix"), "red 100% green <1%");
}

/* What a row did in the tick in which it ended was done, whoever lives on; and its group is there for that tick. */
static void test_of_tick(void **state)
{
	(void)state;
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
	(void)state;
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

	(void)state;
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

	(void)state;
	for (k = 100; k < 100 + 6000; k++) {
		put(1, k, 1);
		finish();
	}
	assert_string_equal(text_of(k - 1, "line"), "[1]");
}

static void test_same(void **state)
{
	(void)state;
	put(1, 7, 5)->word = NULL;
	put(2, 7, 5)->word = "one";
	put(3, 7, 9)->known = false;
	items.at[3].word = "";
	finish();
	/* Who does not know has no word. */
	assert_string_equal(text_of(7, "word"), "one");
	assert_string_equal(text_of(7, "number"), "5");
	put(4, 7, 5)->word = "other";
	put(5, 7, 5)->word = "one";
	finish();
	assert_string_equal(text_of(7, "word"), "");
	assert_string_equal(text_of(7, "number"), "5");
	items.at[4].word = "one";
	finish();
	assert_string_equal(text_of(7, "word"), "one");
}

/* Whoever speaks for the others does so wherever he stands among them, and says nothing of what adds up. */
static void test_speaks(void **state)
{
	(void)state;
	put(1, 7, 1)->speaks = false;
	put(2, 7, 2)->word = "mine";
	put(3, 7, 3)->speaks = false;
	put(4, 8, 4)->speaks = false;
	finish();
	assert_string_equal(text_of(7, "word"), "mine");
	assert_string_equal(text_of(7, "number"), "2");
	assert_string_equal(text_of(7, "add"), "6");
	/* Where nobody does, all are heard. */
	assert_string_equal(text_of(8, "word"), "same");
	put(5, 7, 5)->word = "also mine";
	finish();
	assert_string_equal(text_of(7, "word"), "");
}

/* The worst of the rows, where they say what is bad; a sum is none of theirs. */
static void test_severity(void **state)
{
	const struct column *add = table_find(&fold_table, "add");

	(void)state;
	put(1, 7, 666);
	put(2, 7, 1);
	put(3, 8, 333);
	put(4, 8, 333);
	finish();
	assert_string_equal(text_of(8, "add"), "666");
	assert_int_equal(table_severity(&fold_table, add, f, row_of(7)), 2);
	assert_int_equal(table_severity(&fold_table, add, f, row_of(8)), 0);
}

/* -- over time ----------------------------------------------------------------------------------------------------- */

static void test_ended(void **state)
{
	(void)state;
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

	(void)state;
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

	(void)state;
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

	(void)state;
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
	(void)state;
	put(1, 7, 1);
	finish();
	assert_string_equal(text_of(7, "word"), "same");
	put(1, 7, 1)->id = 9999;
	assert_string_equal(text_of(7, "word"), "");
	finish();
	assert_string_equal(text_of(7, "word"), "same");
}

/* -- with others --------------------------------------------------------------------------------------------------- */

/* What nobody has wanted is summed once it is asked for. */
static void test_asked_for(void **state)
{
	const struct column *add = table_find(&fold_table, "add");
	struct folded *other;
	struct value v;

	(void)state;
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

	(void)state;
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
	(void)picture;
	return fold_id(row) % 2 + 1;
}

static void odd_label(const void *picture, const void *row, char *dst, size_t size)
{
	(void)picture;
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

	(void)state;
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_columns),   TEST(test_sums),      TEST(test_same),        TEST(test_speaks),
	    TEST(test_severity),  TEST(test_ended),     TEST(test_slices),      TEST(test_many_groups),
	    TEST(test_gone_word), TEST(test_asked_for), TEST(test_list),        TEST(test_come_and_go),
	    TEST(test_twice),     TEST(test_ratio),     TEST(test_percentiles), TEST(test_mix),
	    TEST(test_of_tick),   TEST(test_series),    TEST(test_series_once), TEST(test_series_churn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
