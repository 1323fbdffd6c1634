/* Private to the groups: what a row belongs to, and one gathering of all rows. */
#pragma once

#include "group.h"
#include "idmap.h"
#include "sums.h"

/* -- group_gather.c -------------------------------------------------------------------------------------------------
 */

/* A list's rows, gathered: zero-initialised to start with. */
struct gathering {
	const struct table_group *by;
	struct gathered sums; /* in the order of appearance */
	u32 *order;           /* owned; places in sums, in the order shown */
	u32 order_cap;
	u32 *members; /* owned; row indices, by group in the order shown, within one in the list's order */
	u32 member_count, member_cap;
};

/* State that is needed only while gathering. */
struct gatherer {
	enum { GATHER_IDLE, GATHER_ROWS, GATHER_SORT } stage;
	struct idmap keys; /* key to place in sums */
	u64 last;          /* the key that was asked for last, often several times in a row; 0: none */
	u32 last_group;
	struct member {
		u32 row, group;
	} * rows; /* owned; as the list has them */
	u32 row_count, row_cap;
	const struct table *t;
	const void *picture;
	const struct sums *sums;
	u32 at;                /* in the list */
	struct sort_key *sort; /* owned */
	u32 sort_cap;
	struct sorter sorter;
};

void gathering_deinit(struct gathering *g);
void gatherer_deinit(struct gatherer *w);
/* Works on g until the deadline (now_ns() clock; 0: none). 1: whole; 0: call again; -ENOMEM. */
int gathering_work(struct gathering *g, struct gatherer *w, const struct list *l, u64 deadline) must_check;
