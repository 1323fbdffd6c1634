/* Private to the report: what its parts keep, and what each of them writes. All write JSON. */
#pragma once

#include "findings.h"
#include "report.h"
#include "writer.h"

/* -- graphs: report_series.c --------------------------------------------------------------------------------------- */

#define REPORT_POINTS 720 /* of a line: with more ticks, each stands for several */

enum report_line {
	LINE_RX,
	LINE_TX,
	LINE_RETRANSMITS,
	LINE_DROPS,
	LINE_RESETS,
	LINE_RTT_P50,
	LINE_RTT_P99,
	LINE_CALLS,
	LINE_CALL_P50,
	LINE_CALL_P99,
	LINE_SOCKETS,
	LINE_OPENED,
	LINE_ACCEPTED,
	LINE_FAILED,
	REPORT_LINES
};

struct report_point {
	u64 realtime_ns;            /* of its first tick */
	u32 known[REPORT_LINES];    /* ticks in which the value was known … */
	double value[REPORT_LINES]; /* … and their mean, or the largest; with none of them 0 */
};

/* Zeroed but for stride, which is 1. */
struct report_series {
	struct report_point at[REPORT_POINTS];
	u32 count;
	u32 stride; /* ticks that a point stands for … */
	u32 filled; /* … of which the last one has so many */
	u64 calls;  /* number of the last exchange that was looked at */
};

/* A tick is whole. */
void report_series_take(struct report_series *s, const struct model *m);
void report_series_put(struct buf *out, const struct report_series *s);

/* -- findings: report_findings.c ----------------------------------------------------------------------------------- */

#define REPORT_FINDINGS 500

/* Zeroed: none. */
struct report_findings {
	struct finding *kept; /* owned; as they were when they were last said */
	u32 count, cap;
	u64 more; /* that found no room */
};

void report_findings_deinit(struct report_findings *r);
/* What is said after a tick. -ENOMEM. */
int report_findings_take(struct report_findings *r, const struct findings *f) must_check;
/* The worst first, of these the oldest. */
void report_findings_order(struct report_findings *r);
void report_findings_put(struct buf *out, const struct report_findings *r, const struct findings *f);

/* -- who moved how much: report_movers.c --------------------------------------------------------------------------- */

#define REPORT_MOVERS 65536 /* rows of a fold that are followed; those that come later are only counted */

struct report_mover {
	u64 id;
	double bytes, most; /* received and sent in the whole time; in a second of the busiest tick */
	char label[64];     /* what the row is called, for when it is gone */
};

struct report_movers {
	const struct table *t;
	const struct column *rate, *label;
	struct folded *fold;     /* owned */
	struct idmap ids;        /* of a row → index; not any more once they are in order */
	struct report_mover *at; /* owned */
	u32 count, cap;
	u32 left_out; /* rows that found no room, in the tick with most */
};

/* t: a fold of sockets. -ENOMEM. */
int report_movers_init(struct report_movers *r, const struct table *t, const struct model *m) must_check;
void report_movers_deinit(struct report_movers *r);
/* A tick is whole. -ENOMEM. */
int report_movers_take(struct report_movers *r, const struct model *m) must_check;
/* Those that moved most first. */
void report_movers_order(struct report_movers *r);

/* -- tables: report_tables.c --------------------------------------------------------------------------------------- */

/* The folds whose rows are followed. NULL past the end. */
#define REPORT_FOLLOWED 2
const struct table *report_followed(size_t i);

/* What the tables are made of, in order. */
struct report_kept {
	const struct report_options *o;
	const struct model *m;
	struct report_findings findings;
	struct report_movers movers[REPORT_FOLLOWED];
};

/* Appends the tables that have rows, and to unseen sentences about those that have none because nobody measured them,
 * each with a comma before it. -ENOMEM. */
int report_tables_put(struct buf *out, struct buf *unseen, const struct report_kept *r) must_check;
