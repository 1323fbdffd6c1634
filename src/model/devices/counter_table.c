/* The table of the kernel's counters: of each namespace those that are not 0. */
#include <stdio.h>

#include "devices_get.h"

#define COUNTER_GETTER(name) GETTER_FOR(struct counter, r, name)

COUNTER_GETTER(get_name)
{
	const char *name = model_name(m, NAME_COUNTER, r->r.number, 0);

	if (name)
		return value_text(v, name);
	snprintf(v->buffer, sizeof(v->buffer), "%u", r->r.number);
	return value_text(v, v->buffer);
}

/* clang-format off */
#define GROWTH                                                                                                         \
	.offset = offsetof(struct counter, r.value),                                                                   \
	.has = offsetof(struct counter, before) - offsetof(struct counter, r)

static const struct column columns[] = {
	T("name", "COUNTER", 26, 1, get_name, "the kernel's name, as nstat(8) has it: TcpExtListenOverflows",
	  .tells = true),
	A("value", "VALUE", 10, COUNT, get_stored, "since the namespace was made", AT(struct counter, value),
	  .exact = true),
	R("rate", "RATE/s", 7, get_growth, "what it has grown by per second", GROWTH, UNMARKED),
	N("netns", "NETNS", 10, NONE, get_stack_netns, "inode of its network namespace"),
	T("space", "IN NETNS", 10, 1, get_stack_name, "that namespace, by name", EXTRA),
};
/* clang-format on */

SHELF_TABLE(SHELF_COUNTERS);

static const struct table_shown shown[] = {
    {"name", true, 1, 26, 30, 40},  {"rate", true, 2, 7, 7, 9},      {"value", true, 3, 10, 10, 14},
    {"space", true, 4, 10, 10, 20}, {"netns", false, 5, 10, 10, 10},
};

/* -- groups -------------------------------------------------------------------------------------------------------- */

static u64 name_key(const void *picture, const void *row)
{
	(void)picture;
	return (u64)((const struct counter *)row)->r.number + 1;
}

static void name_label(const void *picture, const void *row, char *dst, size_t size)
{
	struct value v;

	get_name(NULL, picture, row, &v);
	snprintf(dst, size, "%s", v.text);
}

static const struct table_group groups[] = {{.name = "counter", .key = name_key, .label = name_label}};

const struct table counter_table = {
    .name = "counter",
    .one = "counter",
    .many = "counters",
    .groups = groups,
    .group_count = ARRAY_SIZE(groups),
    .sort = "rate:desc",
    SHELF_FUNCTIONS,
};
