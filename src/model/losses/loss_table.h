/* The tables of retransmits, drops and resets. Rows are struct loss, the picture is a struct model. */
#pragma once

#include "losses.h"
#include "table.h"

extern const struct table retransmit_table, drop_table, reset_table;
/* All three in one. */
extern const struct table loss_table;

/* The events of a table: bits 1 << enum loss_kind. */
unsigned loss_table_kinds(const struct table *t);
