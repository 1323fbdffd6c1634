/* One table of several pictures of another: of each machine its own. The rows of all lie in it side by side, with two
 * columns more, which say whose a row is and for how long nothing has come from there; filters, order and outputs take
 * it as any other. A value is looked up in the picture that its row is of, so nothing of two machines can meet: neither
 * ids nor names nor clocks. */
#pragma once

#include "table.h"

struct joint;  /* the table */
struct joined; /* its picture */

/* Of a table that exists as long as it; a fold, too. Left out are columns that are lists or objects, whose functions do
 * not say which column they are of, what only a screen asks for, and what filters know of the table's owner. -ENOMEM.
 */
int joint_new(struct joint **j, const struct table *of) must_check;
void joint_free(struct joint *j);
const struct table *joint_table(const struct joint *j);
/* The column of the other table; NULL: it is one of the two that come from here. */
const struct column *joint_origin(const struct joint *j, const struct column *c);

/* Of count parts, without pictures at first. -ENOMEM. */
int joined_new(struct joined **p, const struct joint *j, u32 count) must_check;
void joined_free(struct joined *p);
/* What a part is called, borrowed; and its picture, borrowed, NULL: it has no rows. */
void joined_name(struct joined *p, u32 part, const char *name);
void joined_set(struct joined *p, u32 part, const void *picture);
/* For how long nothing has come from there, in ns. */
void joined_silent(struct joined *p, u32 part, u64 ns);
/* Which part a row is of. */
u32 joined_part(const void *row);
