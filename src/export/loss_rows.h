/* Rows of retransmits, drops and resets: in each tick those that came with it. */
#pragma once

#include "columns.h"
#include "query.h"
#include "writer.h"

/* What is written. */
struct loss_rows {
	enum export_format format;
	unsigned kinds;            /* LOSS_BIT() of each */
	bool errors;               /* of the drops only invalid sequence numbers and checksums */
	const struct query *query; /* borrowed; of the socket that was hit; NULL: all */
	u32 limit;                 /* rows a tick; 0: all */
	u64 written;               /* number of the last event that was looked at */
};

/* Appends a tick. */
void loss_rows_put(struct loss_rows *r, const struct page *p, struct buf *out);
