/* The batch output: ticks written to a file or a pipe, as text, JSON lines or CSV. */
#pragma once

#include <stdio.h>

#include "arm.h"
#include "columns.h"
#include "feed.h"

struct findings;

/* What the rows are. */
enum batch_rows { BATCH_TABLE, BATCH_PACKETS };

struct batch_options {
	enum batch_rows rows;
	const struct table_choice *what; /* borrowed. No order: that of appearance */
	const struct query *whose;       /* borrowed; BATCH_PACKETS: the first socket for which it is true; NULL: any */
	struct arm *arm;                 /* borrowed; whose packets are traced, of BATCH_PACKETS in place of whose */
	bool echo;                       /* BATCH_PACKETS: those of ICMP echo, not of a socket */
	enum export_format format;
	bool closed;               /* also connections that ended, each once, in the tick in which it ended */
	u64 skip;                  /* ticks that pass unwritten first, so that rates are known */
	u64 count;                 /* ticks to write; 0: until the feed ends */
	u32 limit;                 /* rows a tick; 0: all */
	struct findings *findings; /* borrowed: the picture of the table of findings; NULL: it is another table */
	bool check; /* the rows are findings: says so where there is none, and BATCH_FOUND where one is a warning or
		     * worse */
};

/* How it ended. */
enum batch_end {
	BATCH_DONE = 0,   /* count ticks are written, whoever reads out has gone, or a signal came */
	BATCH_FEED_ENDED, /* the feed ended before that */
	BATCH_FOUND,      /* done, and a finding of the last tick is a warning or worse: check */
};

/* Writes to out until count ticks are done, each at once. Returns an enum batch_end, or a negative errno with err set.
 * A closed pipe is no error (the caller ignores SIGPIPE). Takes over model_keep_closed(), and unless out is memory the
 * first SIGINT, SIGTERM or SIGHUP (outlet.h), which ends it with a whole line, a file of packets with what was held
 * back. */
int batch_run(const struct batch_options *o, struct feed *f, struct model *m, FILE *out, struct error *err) must_check;

struct outlet;
/* Waits until a tick is whole: FEED_TICK. FEED_IDLE: a signal came, for which the outlet waits; another feed_event; or
 * a negative errno with err set. */
int batch_next(const struct outlet *o, struct feed *f, struct error *err) must_check;
