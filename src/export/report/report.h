/* A report to hand on: one page in one file, for whoever was not there. What was wrong and when, graphs over the whole
 * time, and the tables as they are at its end. While ticks pass it keeps what the model forgets: a bounded series for
 * each graph, and the findings that are over. */
#pragma once

#include "batch.h"

#define REPORT_TICKS 60 /* of a live one, unless --count says otherwise */
#define REPORT_ROWS 100 /* of a table, unless --limit does */

struct report_options {
	const char *path;          /* borrowed; written at the end, as file_write_atomic() does */
	const char *source;        /* borrowed; the recording's name. NULL: it is live */
	u64 count;                 /* ticks; 0: until the feed ends */
	u32 rows;                  /* of each table at most; the others are counted */
	struct findings *findings; /* borrowed */
};

/* Bits of enum column_needs: what the collector has to be asked for. */
unsigned report_needs(void);
/* Reads ticks until count of them are there, the feed ends or a signal comes (SIGINT, SIGTERM, SIGHUP), then writes the
 * page. BATCH_DONE, BATCH_FEED_ENDED (of a feed without any tick nothing is written), or a negative errno with err set.
 */
int report_run(const struct report_options *o, struct feed *f, struct model *m, struct error *err) must_check;
