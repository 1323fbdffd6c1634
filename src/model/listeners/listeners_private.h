/* Private to the model: how listeners' queues come in. */
#pragma once

#include "listeners.h"
#include "rows_private.h"
#include "sliding.h"

#define LISTENERS_MAX 16384 /* as many as the map accepts has room for; 3 kB each */

/* How many connections it had accepted, up to a constant: 2^64 less some, if more waited at first than came since. */
struct accepted {
	u64 ns; /* 0: not known */
	u64 n;
};

struct kept_listener {
	struct listener l;               /* first: model_listener() */
	struct accepted last, near, far; /* in the last tick; up to 10 s ago, and up to twice that */
	u64 tick;                        /* model.ticks when its last record came */
	struct sliding times;            /* of each enum listener_times; without memory until there are some */
};

struct listeners {
	struct kept_listener **at; /* owned; in no order */
	u32 count, cap;
	struct idmap ids; /* key of the row → index */
};

/* -ENOMEM. */
int listeners_init(struct model *m) must_check;
void listeners_deinit(struct model *m);
int take_listener(struct model *m, const struct record_listener *rec) must_check;
/* The row with this id is dropped. */
void listeners_drop(struct model *m, u64 id);
/* The tick is whole. */
void listeners_end_tick(struct model *m);

/* listeners_skew.c: once the tick's rates are there. */
void listeners_compare(struct model *m);
