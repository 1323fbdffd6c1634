/* What a fold has of several rows: each way of summing, of a table made for it. */
#include <math.h>

#include "fold_fixture.h"

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

/* What somebody does not know the share of is none of it, once another knows; a mean of times stays one. */
static void test_ratio_of_the_unknown(void **state)
{
	struct item *i;

	(void)state;
	put(1, 7, 4)->of = 1;
	i = put(2, 7, 4);
	i->of = 3;
	i->known = false;
	i = put(3, 8, 4);
	i->of = 3;
	i->known = false;
	put(4, 8, 4)->known = false;
	put(5, 9, 2)->of = 3;
	put(6, 9, 10)->of = 1;
	finish();
	assert_string_equal(text_of(7, "share"), "0.250000");
	assert_string_equal(text_of(8, "share"), "");
	assert_string_equal(text_of(9, "mean_time"), "4000.000");
}

/* Percentiles of all that rows have several of, not of the rows' own; exact to the nanosecond, whatever the size. */
static void test_samples(void **state)
{
	(void)state;
	put(1, 7, 1);
	put(2, 7, 4);
	put(3, 7, 9)->known = false;
	put(4, 8, 5);
	put(5, 9, 3000000000)->ended = true;
	put(6, 9, 1);
	finish();
	assert_string_equal(text_of(7, "half_of_times"), "3.001");
	assert_string_equal(text_of(7, "nearly_all_times"), "6.001");
	assert_string_equal(text_of(8, "half_of_times"), "6.001");
	assert_string_equal(text_of(9, "half_of_times"), "2.001");
	assert_string_equal(text_of(9, "nearly_all_times"), "3000000002.001");
}

/* Each of the times counts, not each row. */
static void test_histograms(void **state)
{
	(void)state;
	put(1, 7, 10);
	put(2, 7, 1000);
	put(3, 7, 20);
	put(4, 7, 9000)->known = false;
	put(5, 8, 990);
	put(6, 8, 5);
	finish();
	assert_true(atof(text_of(7, "half_of_many")) > 700 && atof(text_of(7, "half_of_many")) <= 1000);
	assert_true(atof(text_of(8, "nearly_all_of_many")) > 700 && atof(text_of(8, "nearly_all_of_many")) <= 990);
	/* Once more: what there was before is forgotten. */
	put(2, 7, 30);
	finish();
	assert_true(atof(text_of(7, "half_of_many")) < 31);
}

/* Of one row alone nothing is added up; the same is known of it as of two, of which one knows nothing. */
static void test_one(void **state)
{
	static const struct {
		const char *column, *text;
	} wanted[] = {
	    {"add", "12"},          {"most", "12"},        {"least", "12"},      {"mean", "12"},
	    {"true", "1"},          {"half", "12"},        {"nearly_all", "12"}, {"x", "3"},
	    {"share", "0.500000"},  {"mix", "green 100%"}, {"word", "alone"},    {"number", "12"},
	    {"most_word", "alone"}, {"most_number", "12"}, {"label", "key 7"},
	};

	(void)state;
	for (u32 rows = 1; rows <= 2; rows++) {
		struct item *i = put(1, 7, 12);

		i->of = 6;
		i->word = "alone";
		i->mix[1] = 4;
		if (rows == 2) {
			put(2, 7, 0)->known = false;
			items.at[2].of = 0;
			items.at[2].word = NULL;
		}
		finish();
		for (size_t k = 0; k < ARRAY_SIZE(wanted); k++)
			assert_string_equal(text_of(7, wanted[k].column), wanted[k].text);
	}
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

/* What most have; some count as more than one, and what has ended has no vote beside what lives. */
static void test_mode(void **state)
{
	(void)state;
	put(1, 7, 1)->word = "a";
	put(2, 7, 2)->word = "b";
	put(3, 7, 2)->word = "b";
	put(4, 7, 3)->word = NULL;
	put(5, 8, 2)->word = "c";
	finish();
	assert_string_equal(text_of(7, "most_word"), "b");
	assert_string_equal(text_of(7, "most_number"), "2");
	assert_string_equal(text_of(8, "most_word"), "c");
	items.at[1].n = 100;
	finish();
	assert_string_equal(text_of(7, "most_word"), "a");
	assert_string_equal(text_of(7, "most_number"), "2");
	items.at[1].ended = items.at[2].ended = true;
	put(9, 7, 9)->word = "d";
	put(10, 7, 9)->word = "d";
	finish();
	assert_string_equal(text_of(7, "most_word"), "d");
	items.at[3].ended = true;
	items.at[9].word = items.at[10].word = "b";
	put(11, 7, 8)->word = "e";
	put(12, 7, 8)->word = "e";
	put(13, 7, 8)->word = "e";
	finish();
	assert_string_equal(text_of(7, "most_word"), "e");
}

/* A value that is worked out of the sums: these are wanted with it. */
static void test_own(void **state)
{
	(void)state;
	put(1, 7, 1000);
	put(2, 7, 3000);
	put(3, 8, 1)->known = false;
	fold_free(f);
	assert_int_equal(fold_new(&f, &fold_table, &items), 0);
	fold_want(f, table_find(&fold_table, "twice"));
	finish();
	assert_string_equal(text_of(7, "twice"), "8000");
	assert_string_equal(text_of(8, "twice"), "");
	assert_true(fold_whole(f));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_columns),     TEST(test_sums),       TEST(test_ratio),    TEST(test_one),
	    TEST(test_percentiles), TEST(test_mix),        TEST(test_same),     TEST(test_mode),
	    TEST(test_own),         TEST(test_speaks),     TEST(test_severity), TEST(test_ratio_of_the_unknown),
	    TEST(test_samples),     TEST(test_histograms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
