/* Histograms of times, in nanoseconds, with the buckets that the programs in the kernel have (src/bpf/histograms.h):
 * bucket 0 is below 128 ns, then there are two to an octave, and the last takes all that is longer. What is not exact
 * is said of each figure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define HISTOGRAM_BUCKETS 64

struct histogram {
	uint64_t n;      /* values */
	uint64_t sum_ns; /* theirs */
	uint64_t max_ns; /* the longest; 0: there is none */
	/* How many fell into each. May wrap around: a difference (histogram_since()) is right all the same. */
	uint32_t buckets[HISTOGRAM_BUCKETS];
};

struct histogram_figures {
	uint64_t n; /* never 0 */
	double mean_ns;
	uint64_t p50_ns, p99_ns, max_ns; /* see histogram_percentile() */
};

/* Where a bucket begins; for HISTOGRAM_BUCKETS and above UINT64_MAX. */
uint64_t histogram_bucket_start(unsigned bucket);
/* The bucket of a value. */
unsigned histogram_bucket(uint64_t ns);

/* All zeroes is an empty one. */
void histogram_clear(struct histogram *h);
void histogram_add(struct histogram *h, uint64_t ns, uint32_t count);
/* What from has is in h, too. */
void histogram_merge(struct histogram *h, const struct histogram *from);
/* What has come since an earlier state of the same histogram (NULL: it was empty). Which of them was the longest is
 * known only where the longest of all has risen since; else max_ns is the end of the highest bucket, and at most the
 * longest of all. */
void histogram_since(struct histogram *diff, const struct histogram *now, const struct histogram *before);
/* Is now no later state of before: has it been begun anew in between? */
bool histogram_fell(const struct histogram *now, const struct histogram *before);

/* NaN: there is none. */
double histogram_mean(const struct histogram *h);
/* The value below which per_mille (1 … 1000) of them lie, of what is in the buckets: interpolated within its bucket,
 * never above max_ns. 0: there is none. */
uint64_t histogram_percentile(const struct histogram *h, unsigned per_mille);
/* false: there is nothing, or the buckets have not all that was counted, so that percentiles would be of something
 * else. */
bool histogram_figures(const struct histogram *h, struct histogram_figures *f);
