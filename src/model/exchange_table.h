/* The table of exchanges. Rows are struct exchange, which begin with a struct row: it has most columns of the table of
 * sockets, and is defined where these are. The picture is a struct model. */
#pragma once

#include "exchanges.h"
#include "table.h"

extern const struct table exchange_table;

#define EXCHANGE_GROUPS 3
extern const struct table_group exchange_groups[EXCHANGE_GROUPS];
#define EXCHANGE_SHOWN 18
extern const struct table_shown exchange_shown[EXCHANGE_SHOWN];
extern const char *const exchange_contract[];

/* In which order a role's parts come, ended by EXCHANGE_PARTS; NULL: there is no such role. */
const enum exchange_part *exchange_part_order(unsigned role);

/* Of an exchange. */
COLUMN_GETTER(get_exchange_time);
COLUMN_GETTER(get_exchange_number);
COLUMN_GETTER(get_exchange_role);
COLUMN_GETTER(get_exchange_outcome);
COLUMN_GETTER(get_exchange_whole);
COLUMN_GETTER(get_exchange_part);
COLUMN_GETTER(get_exchange_wakeup);
COLUMN_GETTER(get_exchange_parts);
COLUMN_GETTER(get_exchange_other);
/* Of a socket. */
COLUMN_GETTER(get_exch_rate);
COLUMN_GETTER(get_exch_p50);
COLUMN_GETTER(get_exch_p99);
COLUMN_GETTER(get_exch_max);
COLUMN_GETTER(get_exch_mean);
COLUMN_GETTER(get_exchange_part_p50);
COLUMN_GETTER(get_exchange_part_p99);
COLUMN_GETTER(get_exchange_share);
COLUMN_GETTER(get_overlap_share);
/* For column.samples: the times of the part c->offset, or of the whole. */
u32 exchange_samples(const struct column *c, const void *picture, const void *row, double *dst);
/* Where the time of a socket's exchanges went in about the last ten ticks; the shares add up to 1, PLACE_KERNEL is NaN
 * where it is not known. Returns that time in ns; 0: there was none, and no share is known. */
double row_exchange_shares(const struct model *m, const struct row *r, double share[PLACES]);

u32 exchange_end(const void *picture);
const void *exchange_row(const void *picture, u32 index);
u64 exchange_id(const void *row);
u32 exchange_find(const void *picture, u64 id);
u32 exchange_rows(const void *picture, bool ended);
bool exchange_behind(const void *row);
u32 exchange_behind_rows(const void *picture);

/* All but its columns. */
#define EXCHANGE_TABLE                                                                                                 \
	.name = "exchange", .one = "exchange", .many = "exchanges", .groups = exchange_groups,                         \
	.group_count = EXCHANGE_GROUPS, .shown = exchange_shown, .shown_count = EXCHANGE_SHOWN, .sort = "began:desc",  \
	.events = true, .needs = NEEDS_EXCHANGES | NEEDS_DATAGRAMS, .contract = exchange_contract,                     \
	.end = exchange_end, .row = exchange_row, .id = exchange_id, .find = exchange_find, .age = exchange_id,        \
	.rows = exchange_rows, .waiting = exchange_behind, .waiting_rows = exchange_behind_rows,                       \
	.waiting_words = "server ends", .all_words = "both ends", .filters_show_waiting = true,                        \
	.generation = model_generation
