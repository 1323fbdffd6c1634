/* Private to the tables of devices: what their columns share. */
#pragma once

#include <math.h>

#include "devices.h"
#include "devices_table.h"
#include "fold.h"

/* Where a value is in the row's record: r, and `before` has it in the same place. */
#define AT(type, field) .offset = offsetof(type, r.field), .size = sizeof(((type *)0)->r.field)

/* N: a number. A: one that adds up over rows. R: what such a one has grown by in a second, between the last two visits.
 * T: text. B: true or false. Of all others several rows have what they agree on. */
#define NUMBER(name_, title_, width_, unit_, get_, sum_, help_)                                                        \
	.name = name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .align = ALIGN_RIGHT, .width = width_,    \
	.descending = 1, .sum = SUM_##sum_, .get = get_
#define UNMARKED .warn = NAN, .alarm = NAN
#define WARN(warn_, alarm_) .warn = warn_, .alarm = alarm_
#define N(name_, title_, width_, unit_, get_, help_, ...)                                                              \
	{                                                                                                              \
		NUMBER(name_, title_, width_, unit_, get_, SAME, help_), UNMARKED, __VA_ARGS__                         \
	}
#define A(name_, title_, width_, unit_, get_, help_, ...)                                                              \
	{                                                                                                              \
		NUMBER(name_, title_, width_, unit_, get_, ADD, help_), UNMARKED, __VA_ARGS__                          \
	}
#define R(name_, title_, width_, get_, help_, ...)                                                                     \
	{                                                                                                              \
		NUMBER(name_, title_, width_, EVENTS, get_, ADD, help_), __VA_ARGS__                                   \
	}
#define SHARE(name_, title_, get_, help_, ...)                                                                         \
	{                                                                                                              \
		NUMBER(name_, title_, 5, SHARE, get_, SAME, help_), __VA_ARGS__                                        \
	}
#define T(name_, title_, width_, flex_, get_, help_, ...)                                                              \
	{                                                                                                              \
		.name = name_, .title = title_, .help = help_, .unit = UNIT_TEXT, .width = width_, .flex = flex_,      \
		UNMARKED, .sum = SUM_SAME, .get = get_, __VA_ARGS__                                                    \
	}
#define B(name_, title_, width_, get_, help_, ...)                                                                     \
	{                                                                                                              \
		.name = name_, .title = title_, .help = help_, .unit = UNIT_BOOL, .width = width_, .descending = 1,    \
		.sum = SUM_SAME, .get = get_, __VA_ARGS__                                                              \
	}
#define EXTRA .extra = true

/* A getter of one table, for rows of a type. */
#define GETTER_FOR(row_type, r, name) STATIC_GETTER_OF(struct model, m, row_type, r, name)

/* Of rows of a namespace (struct of_stack). */
COLUMN_GETTER(get_stack_netns);
COLUMN_GETTER(get_stack_name);
/* A value of 4 or 8 bytes at column.offset. */
COLUMN_GETTER(get_stored);
/* What a u64 at column.offset has grown by per second: column.has bytes behind it is what it was before. */
COLUMN_GETTER(get_growth);

/* The name of a namespace by its inode; NULL: it has none. */
const char *stack_name(const struct model *m, u32 netns);

/* The rest of a table whose rows are on a shelf. which: enum device_shelf. */
#define SHELF_TABLE(which)                                                                                             \
	static u32 shelf_end(const void *picture)                                                                      \
	{                                                                                                              \
		return model_shelf(picture, which)->end;                                                               \
	}                                                                                                              \
                                                                                                                       \
	static const void *shelf_row(const void *picture, u32 index)                                                   \
	{                                                                                                              \
		return model_shelf(picture, which)->rows[index];                                                       \
	}                                                                                                              \
                                                                                                                       \
	static u64 shelf_id(const void *row)                                                                           \
	{                                                                                                              \
		return ((const struct shelf_row *)row)->key;                                                           \
	}                                                                                                              \
                                                                                                                       \
	static u32 shelf_index(const void *picture, u64 id)                                                            \
	{                                                                                                              \
		const struct shelf_row *r = shelf_find(model_shelf(picture, which), id);                               \
                                                                                                                       \
		return r ? r->index : IDMAP_NONE;                                                                      \
	}                                                                                                              \
                                                                                                                       \
	static u32 shelf_rows(const void *picture, bool ended)                                                         \
	{                                                                                                              \
		(void)ended;                                                                                           \
		return model_shelf(picture, which)->count;                                                             \
	}                                                                                                              \
                                                                                                                       \
	static u64 shelf_generation(const void *picture)                                                               \
	{                                                                                                              \
		return model_generation(picture);                                                                      \
	}                                                                                                              \
                                                                                                                       \
	static struct column folded[ARRAY_SIZE(columns)];                                                              \
                                                                                                                       \
	__attribute__((constructor)) static void make_folded(void)                                                     \
	{                                                                                                              \
		fold_columns(folded, columns, ARRAY_SIZE(columns));                                                    \
	}                                                                                                              \
	_Static_assert(SHELF_COUNT > (which), "")
#define SHELF_FUNCTIONS                                                                                                \
	.needs = NEEDS_DEVICES, .columns = columns, .count = ARRAY_SIZE(columns), .folded = folded, .shown = shown,    \
	.shown_count = ARRAY_SIZE(shown), .end = shelf_end, .row = shelf_row, .id = shelf_id, .find = shelf_index,     \
	.age = shelf_id, .rows = shelf_rows, .generation = shelf_generation
