/* The table of what began and ended. Rows are struct life, which begin with a struct row: it has most columns of the
 * table of sockets, and is defined where these are. The picture is a struct model. */
#pragma once

#include "lives.h"
#include "table.h"

extern const struct table life_table;

#define LIFE_GROUPS 3
extern const struct table_group life_groups[LIFE_GROUPS];
#define LIFE_SHOWN 14
extern const struct table_shown life_shown[LIFE_SHOWN];
extern const char *const life_contract[];

COLUMN_GETTER(get_life_time);
COLUMN_GETTER(get_life_number);
COLUMN_GETTER(get_life_event);
COLUMN_GETTER(get_life_duration);
COLUMN_GETTER(get_life_outcome);
COLUMN_GETTER(get_life_states);
COLUMN_GETTER(get_life_blackbox);
COLUMN_GETTER(get_life_old_state_time);
COLUMN_GETTER(get_life_cut_by_peer);
COLUMN_GETTER(get_life_cut_here);
COLUMN_GETTER(get_life_cut_share);
bool life_states_object(const void *picture, const void *row, struct buf *out);
bool life_blackbox_object(const void *picture, const void *row, struct buf *out);

u32 life_end(const void *picture);
const void *life_row(const void *picture, u32 index);
u64 life_id(const void *row);
u32 life_find(const void *picture, u64 id);
u32 life_rows(const void *picture, bool ended);

/* All but its columns. */
#define LIFE_TABLE                                                                                                     \
	.name = "life", .one = "event", .many = "events", .groups = life_groups, .group_count = LIFE_GROUPS,           \
	.shown = life_shown, .shown_count = LIFE_SHOWN, .sort = "time:desc", .events = true,                           \
	.contract = life_contract, .end = life_end, .row = life_row, .id = life_id, .find = life_find, .age = life_id, \
	.rows = life_rows, .generation = model_generation
