/* Histograms of times, in nanoseconds, with the same buckets as the programs in the kernel (src/bpf/buckets.h): bucket
 * 0 is below 128 ns, then two per octave, and the last is unbounded. Each function says where its result is inexact. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_BUCKETS 64

struct histogram {
	uint64_t n;      /* values */
	uint64_t sum_ns; /* their sum */
	uint64_t max_ns; /* the longest; 0: there are none */
	/* How many are in each bucket. May wrap around: differences (histogram_since()) are still right. */
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
/* Adds the values of `from` to h. */
void histogram_merge(struct histogram *h, const struct histogram *from);
/* The values since an earlier state of the same histogram (NULL: it was empty). The longest of them is known only if
 * the longest of all has grown since; otherwise max_ns is the end of the highest bucket, at most the longest of all. */
void histogram_since(struct histogram *diff, const struct histogram *now, const struct histogram *before);
/* Can `now` not be a later state of `before`? Then it was reset in between. */
bool histogram_fell(const struct histogram *now, const struct histogram *before);

/* NaN: it is empty. */
double histogram_mean(const struct histogram *h);
/* The value below which per_mille (1 … 1000) of the values lie, interpolated within its bucket, never above max_ns. 0:
 * it is empty. */
uint64_t histogram_percentile(const struct histogram *h, unsigned per_mille);
/* false: it is empty, or too many values are in no bucket for percentiles to be right. */
bool histogram_figures(const struct histogram *h, struct histogram_figures *f);

/* -- in outputs, in us with three decimals: exact ------------------------------------------------------------------ */

struct buf;
/* "n":…,"p50_us":…,"p99_us":…,"max_us":… */
void histogram_put_figures(struct buf *out, const struct histogram_figures *f);
/* [[from,to,count],…] of the buckets that are not empty; the last bucket of all ends with null. */
void histogram_put_buckets(struct buf *out, const struct histogram *h);
/* The same for people and tables: "from:count from:count …". Returns bytes. */
size_t histogram_text(const struct histogram *h, char *dst, size_t size);
