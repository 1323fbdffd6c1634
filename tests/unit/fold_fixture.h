/* A table of plain items whose values a test sets, and a fold of it by a key, for the tests of folds. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
	return i->of > 0 && i->known ? value_real(v, i->x / i->of) : 0;
}

/* A mean, in ms, of so many things. */
static COLUMN_GETTER(get_mean_time)
{
	const struct item *i = row;

	(void)c, (void)picture;
	v->of = i->of;
	return i->of > 0 ? value_nsec(v, i->n * 1000000) : 0;
}

/* Three times each: n, n + 1 and n + 2 us and a ns. */
static u32 times(const struct column *c, const void *picture, const void *row, double *dst)
{
	(void)c, (void)picture;
	for (u32 i = 0; i < 3; i++)
		dst[i] = (double)((((const struct item *)row)->n + i) * 1000 + 1);
	return 3;
}

static COLUMN_GETTER(get_of_times)
{
	const struct item *i = row;

	(void)picture;
	return i->known ? value_nsec(v, (i->n + (c->sum == SUM_P50 ? 1 : 2)) * 1000 + 1) : 0;
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

/* As many times as it is long, in us. */
static bool many(const struct column *c, const void *picture, const void *row, struct histogram *h)
{
	const struct item *i = row;

	(void)c, (void)picture;
	histogram_clear(h);
	histogram_add(h, i->n * 1000, (u32)i->n);
	return i->known;
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

static u32 weight(const void *picture, const void *row)
{
	(void)picture;
	return ((const struct item *)row)->n >= 100 ? 10 : 1;
}

/* Of the sum over the group's rows. */
static COLUMN_GETTER(get_twice)
{
	return fold_part(c, picture, row, 0, v) ? value_number(v, v->integer * 2) : 0;
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
    C("half_of_times", NSEC, get_of_times, .sum = SUM_P50, .samples = times),
    C("nearly_all_times", NSEC, get_of_times, .sum = SUM_P99, .samples = times, .of_tick = true),
    C("half_of_many", NSEC, get_nsec, .sum = SUM_P50, .histogram = many),
    C("nearly_all_of_many", NSEC, get_nsec, .sum = SUM_P99, .histogram = many),
    C("mean_time", NSEC, get_mean_time, .sum = SUM_RATIO),
    C("mix", TEXT, column_get_mix, .sum = SUM_MIX, .mix = mix, .word = mix_word, .flex = 1),
    C("moved", COUNT, get_n, .sum = SUM_ADD, .of_tick = true),
    C("line", COUNT, get_n, .sum = SUM_ADD, .series = series),
    C("word", TEXT, get_word, .sum = SUM_SAME, .flex = 1),
    C("number", NONE, get_n, .sum = SUM_SAME),
    C("most_word", TEXT, get_word, .sum = SUM_MODE, .weight = weight, .flex = 1),
    C("most_number", NONE, get_n, .sum = SUM_MODE),
    C("twice", COUNT, get_twice, .sum = SUM_OWN, .parts = {get_nsec}),
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

static inline struct item *put(u32 at, u32 k, u64 n)
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

static inline int setup(void **state)
{
	(void)state;
	memset(&items, 0, sizeof(items));
	fold_columns(folded_columns, columns, ARRAY_SIZE(columns));
	assert_int_equal(fold_new(&f, &fold_table, &items), 0);
	table_each (&fold_table, c)
		fold_want(f, c);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	fold_free(f);
	f = NULL;
	return 0;
}

static inline void finish(void)
{
	items.moment++;
	fold_invalidate(f);
	while (!fold_whole(f))
		assert_int_equal(fold_work(f, 0), 1);
}

static inline const void *row_of(u32 k)
{
	u32 index = fold_find(f, k);

	return index == IDMAP_NONE ? NULL : fold_row(f, index);
}

/* As a batch writes it; "": it is not known. */
static inline const char *text_of(u32 k, const char *column)
{
	static char text[200];
	const void *row = row_of(k);

	assert_non_null(row);
	column_print(table_find(&fold_table, column), f, row, text, sizeof(text));
	return text;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
