/* Private to the model: how black boxes are filled. */
#pragma once

#include "blackbox.h"

/* -ENOMEM. */
int boxes_init(struct model *m) must_check;
void boxes_deinit(struct model *m);
/* For struct row_watch. */
void boxes_ended(struct model *m, const struct record_socket *s, u64 ended_ns);
/* The tick's losses are charged, and its packets are there. */
void boxes_end_tick(struct model *m);
