/* How much a model keeps. */
#pragma once

#include "types.h"

struct model;

/* How much a stream may make us keep: rows at a time, and bytes for them and for what is known of their sockets (all
 * else has bounds of its own, some 300 MB in all). What goes beyond is refused by model_apply(). At first:
 * MODEL_ROWS_MAX rows. */
void model_limit(struct model *m, u32 rows, u64 bytes);
#define MODEL_ROWS_MAX (1U << 22)

/* Closed rows are kept at most this many (oldest dropped first; default 10,000). */
void model_keep_closed(struct model *m, u32 count);
/* Keeps so many events of Lives, called before the first record. Default: LIVES_MAX. */
void model_keep_lives(struct model *m, u32 count);
