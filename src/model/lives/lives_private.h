/* Private to the model: how events come in. */
#pragma once

#include "lives.h"
#include "rows_private.h"
#include "sliding.h"

struct lives {
	struct ring events;    /* of struct life */
	struct idmap openings; /* a socket's key → low half of its beginning's number, while that lacks something */
	struct record_life coming; /* of the socket that ends next */
	u64 unseen;
	u64 total[LIFE_EVENTS], total_before[LIFE_EVENTS];
	double rates[LIFE_EVENTS];
	struct histogram connect; /* of all connections that were opened here, and … */
	struct sliding recent;
};

/* -ENOMEM. */
int lives_init(struct model *m) must_check;
void lives_deinit(struct model *m);
void take_life(struct model *m, const struct record_life *rec);
/* The tick is whole, and took elapsed_ns (0: unknown): its sums. */
void lives_end_tick(struct model *m, u64 elapsed_ns);
/* For struct row_watch. */
void lives_came(struct model *m, const struct row *r, const struct record_socket *fresh);
void lives_ended(struct model *m, const struct record_socket *s, u64 ended_ns);
