/* The table of packets. Rows are struct packet, in the order of their first stamps; the picture is a struct model. */
#pragma once

#include "packet.h"
#include "table.h"

extern const struct table packet_table;
