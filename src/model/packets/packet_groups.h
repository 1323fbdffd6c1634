/* Private to the tables of packets: what they are gathered by. */
#pragma once

#include "table.h"

#define PACKET_GROUPS 3

extern const struct table_group packet_groups[PACKET_GROUPS];
