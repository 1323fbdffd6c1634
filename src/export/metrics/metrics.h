/* OpenMetrics (version 1.0.0): what Prometheus reads. Processes, listeners and hosts, the machine's own counters, what
 * is lost and why, findings, and what skbtop costs and misses itself. docs/metrics.md has the names, and says how the
 * counters of rows that come and go stay true. */
#pragma once

#include "batch.h"

#define METRICS_TOP 50 /* rows of a table with series of their own, unless --limit says otherwise */
#define METRICS_TOP_MAX 1000

struct metrics_options {
	u64 count;                 /* ticks to write; 0: until the feed ends */
	u32 top;                   /* 1 … METRICS_TOP_MAX */
	struct findings *findings; /* borrowed */
};

/* What a metric is called, and what it says. */
struct metric {
	const char *name;   /* without "skbtop_"; what ends in "_total" is a counter, all else a gauge */
	const char *labels; /* "pid, comm"; "" without any */
	const char *help;
};
#define METRIC_NAMES_MAX 256
/* The i-th one: docs/metrics.md lists them. false past the end. The text of labels and name lies in buffer. */
bool metrics_at(size_t i, struct metric *metric, char buffer[METRIC_NAMES_MAX]);

/* Writes to out until count ticks are done, each at once, and after each "# EOF". An enum batch_end, or a negative
 * errno with err set; signals and pipes are as for batch_run(). */
int metrics_run(const struct metrics_options *o, struct feed *f, struct model *m, FILE *out,
		struct error *err) must_check;
