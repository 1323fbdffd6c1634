/* The tables of packets. Rows are struct packet, the picture is a struct model. */
#pragma once

#include "packet.h"
#include "table.h"

/* Of sockets; of ICMP echo, the same columns with others shown. */
extern const struct table packet_table, echo_table;

/* What a cell is more than its text. */
enum packet_cell {
	PACKET_CELL_TEXT,
	PACKET_CELL_DIR,
	PACKET_CELL_STAGES, /* the parts of its way */
};

enum packet_cell packet_cell(const struct column *c);
