/* Private to the model: how events come in. */
#pragma once

#include "lives.h"
#include "rows_private.h"

struct lives {
	struct ring events; /* of struct life */
	struct idmap
	    openings; /* key of a socket → low half of the number of its beginning, while that lacks something */
};

/* -ENOMEM. */
int lives_init(struct model *m) must_check;
void lives_deinit(struct model *m);
/* For struct row_watch. */
void lives_came(struct model *m, const struct row *r, const struct record_socket *fresh);
void lives_ended(struct model *m, const struct record_socket *s, u64 ended_ns);
