/* Rows that keep their address and their index for life, found by a key. A row begins with a struct shelf_row. */
#pragma once

#include <stdbool.h>

#include "idmap.h"
#include "types.h"

struct shelf_row {
	u64 key; /* never 0 */
	u32 index;
};

struct shelf {
	size_t size; /* of a row */
	u32 max;     /* rows */
	void **rows; /* owned, and so are they; NULL: there is none */
	u32 end, cap, count;
	u32 hole; /* there is none free below */
	struct idmap ids;
};

void shelf_init(struct shelf *s, size_t size, u32 max);
void shelf_deinit(struct shelf *s);
/* A zeroed row for a key that none has. 0; 1: there are max rows already; -ENOMEM. */
int shelf_add(struct shelf *s, u64 key, void *row) must_check;
/* NULL: there is none. */
void *shelf_find(const struct shelf *s, u64 key);
void shelf_remove(struct shelf *s, void *row);
