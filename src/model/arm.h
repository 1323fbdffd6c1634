/* A trace that arms itself: after each tick, which socket's packets are to be traced. A socket for which an expression
 * is true is traced for a bounded time and count; then another one gets its turn, and it comes into question again
 * after a while. */
#pragma once

#include "query.h"
#include "record.h"

#define ARM_NS (30 * 1000000000ULL)      /* longest trace of one socket */
#define ARM_PACKETS 2000                 /* most packets of it */
#define ARM_REST_NS (60 * 1000000000ULL) /* from the begin of a trace until the same socket is traced again */

struct arm;
struct model;

/* text is copied; -EINVAL: err says what is wrong with it, and where. -ENOMEM. */
int arm_new(struct arm **a, const char *text, struct query_error *err) must_check;
void arm_free(struct arm *a);
const char *arm_text(const struct arm *a);
/* Bits of enum column_needs that the expression needs. */
unsigned arm_needs(const struct arm *a);

/* A tick is whole: looks at all rows. Returns the id of the socket to be traced now, 0: none. The caller asks the
 * collector when it differs from what was asked before. */
u64 arm_tick(struct arm *a, const struct model *m);
/* What arm_tick() said last. */
u64 arm_id(const struct arm *a);
/* How often it was armed. */
u64 arm_count(const struct arm *a);

/* The row whose packets a filter asks for: the first live one for which it is true, and that is a socket whose packets
 * can be followed. IDMAP_NONE: there is none. */
u32 arm_first(const struct model *m, const struct query *q);
