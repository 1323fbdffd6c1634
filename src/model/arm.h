/* A trace that arms itself: decides after each tick which socket's packets are to be traced. A socket for which an
 * expression is true is traced for a limited time and number of packets; then it is another one's turn, and the first
 * may be traced again after a while. */
#pragma once

#include "query.h"
#include "record.h"

#define ARM_NS (30 * 1000000000ULL)      /* longest trace of one socket */
#define ARM_PACKETS 2000                 /* most packets of it */
#define ARM_REST_NS (60 * 1000000000ULL) /* from the start of a trace until the same socket may be traced again */

struct arm;
struct model;

/* text is copied; -EINVAL: err says what is wrong with it, and where. -ENOMEM. */
int arm_new(struct arm **a, const char *text, struct query_error *err) must_check;
void arm_free(struct arm *a);
const char *arm_text(const struct arm *a);
/* Bits of enum column_needs that the expression needs. */
unsigned arm_needs(const struct arm *a);

/* A tick is whole: looks at all rows. Returns the id of the socket to be traced now, 0: none. The caller sends a
 * command if it has changed. */
u64 arm_tick(struct arm *a, const struct model *m);
/* The last result of arm_tick(). */
u64 arm_id(const struct arm *a);

/* The row that a filter selects for a trace: the first live socket for which it is true and whose packets can be
 * traced. IDMAP_NONE: there is none. */
u32 arm_first(const struct model *m, const struct query *q);
