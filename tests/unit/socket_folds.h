/* A fold of sockets, fed as a collector would: for the tests of folds that look at a picture of sockets. */
#pragma once

#include "rows.h"

#include "expect.h"
#include "cleanup.h"
#include "folds.h"

static struct model *m;
static struct folded *f;
static const struct table *tested; /* the fold */
static const char *key;            /* the column by which its rows are told apart */

static inline void open_fold(const struct table *table, const char *by)
{
	fold_free(f);
	tested = table;
	key = by;
	assert_int_equal(fold_new(&f, tested, m), 0);
	table_each (tested, c)
		fold_want(f, c);
}

static inline int folds_setup(const struct table *table, const char *by)
{
	m = fixture_new();
	open_fold(table, by);
	return 0;
}

static inline int teardown(void **state)
{
	fold_free(take(f));
	fixture_free(m);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static inline void put(struct record_socket s)
{
	rows_put(m, &s);
}

static inline void finish_with(const struct record_tick *tick)
{
	apply(m, RECORD_TICK, tick);
	fold_invalidate(f);
	while (!fold_whole(f))
		assert_int_equal(fold_work(f, 0), 1);
}

static inline void finish(u64 tick)
{
	const struct record_tick r = rows_tick_of(tick);

	finish_with(&r);
}

/* The row with this key; NULL: there is none. */
static inline const void *at(const char *value)
{
	for (u32 i = 0; i < fold_end(f); i++) {
		const void *row = fold_row(f, i);
		char text[128];

		if (!row)
			continue;
		if (!column_print(table_find(tested, key), f, row, text, sizeof(text)))
			*text = '\0';
		if (strcmp(text, value) == 0)
			return row;
	}
	return NULL;
}

#define expect(value, ...) expect_cells(tested, f, at(value), __VA_ARGS__)
