/* The tables of layers and of their alarms. The picture is a struct model. */
#pragma once

#include "layers.h"
#include "table.h"

/* Rows are struct layer_row: each layer of the machine, of ICMP echo and of each socket, and netfilter's hooks, as far
 * as anything was measured. */
extern const struct table layer_table;
/* Rows are struct layer_event. It is no list: only its columns are there. */
extern const struct table layer_event_table;
