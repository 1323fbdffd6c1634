/* Counts times in buckets, two per octave, and computes figures from them. */
#include "histogram.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "buf.h"
#include "cleanup.h"
#include "text.h"

#define FIRST_NS 128 /* the end of bucket 0 */

/* Counts and buckets are read one after the other while values are added: they may differ by this much. */
#define TORN_VALUES 1000
#define TORN_SHARE 64 /* 1 in so many */

uint64_t histogram_bucket_start(unsigned bucket)
{
	uint64_t octave;

	if (bucket == 0)
		return 0;
	if (bucket >= HISTOGRAM_BUCKETS)
		return UINT64_MAX;
	octave = (uint64_t)FIRST_NS << (bucket - 1) / 2;
	return (bucket - 1) % 2 ? octave + octave / 2 : octave;
}

unsigned histogram_bucket(uint64_t ns)
{
	unsigned octave;

	if (ns < FIRST_NS)
		return 0;
	octave = 63 - (unsigned)__builtin_clzll(ns / FIRST_NS);
	/* The bit below the highest one selects the half of an octave. */
	return MIN(1 + 2 * octave + (unsigned)(ns >> octave >> 6 & 1), HISTOGRAM_BUCKETS - 1U);
}

void histogram_clear(struct histogram *h)
{
	memset(h, 0, sizeof(*h));
}

void histogram_add(struct histogram *h, uint64_t ns, uint32_t count)
{
	h->n += count;
	h->sum_ns += ns * count;
	h->max_ns = count ? MAX(h->max_ns, ns) : h->max_ns;
	h->buckets[histogram_bucket(ns)] += count;
}

void histogram_merge(struct histogram *h, const struct histogram *from)
{
	h->n += from->n;
	h->sum_ns += from->sum_ns;
	h->max_ns = MAX(h->max_ns, from->max_ns);
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		h->buckets[i] += from->buckets[i];
}

/* The end of the highest bucket that is not empty. */
static uint64_t highest(const struct histogram *h)
{
	unsigned top = HISTOGRAM_BUCKETS;

	while (top > 0 && !h->buckets[top - 1])
		top--;
	return histogram_bucket_start(top);
}

void histogram_since(struct histogram *diff, const struct histogram *now, const struct histogram *before)
{
	*diff = *now;
	if (!before)
		return;
	diff->n -= before->n;
	diff->sum_ns -= before->sum_ns;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		diff->buckets[i] -= before->buckets[i];
	if (now->max_ns == before->max_ns)
		diff->max_ns = MIN(now->max_ns, highest(diff));
}

bool histogram_fell(const struct histogram *now, const struct histogram *before)
{
	return now->n < before->n || now->sum_ns < before->sum_ns || now->max_ns < before->max_ns;
}

double histogram_mean(const struct histogram *h)
{
	return h->n ? (double)h->sum_ns / (double)h->n : NAN;
}

static uint64_t in_buckets(const struct histogram *h)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		total += h->buckets[i];
	return total;
}

uint64_t histogram_percentile(const struct histogram *h, unsigned per_mille)
{
	uint64_t total = in_buckets(h), below = 0, rank, from, to;
	unsigned i;

	if (!total)
		return 0;
	rank = CLAMP((uint64_t)ceil((double)total * per_mille / 1000.0), 1, total);
	for (i = 0; below + h->buckets[i] < rank; i++)
		below += h->buckets[i];
	from = histogram_bucket_start(i);
	to = MIN(histogram_bucket_start(i + 1), MAX(h->max_ns, from));
	return MIN(h->max_ns, from + (uint64_t)((double)(to - from) * ((double)(rank - below) - 0.5) / h->buckets[i]));
}

bool histogram_figures(const struct histogram *h, struct histogram_figures *f)
{
	uint64_t total = in_buckets(h);

	*f = (struct histogram_figures){};
	if (!h->n || !total || total + h->n / TORN_SHARE + TORN_VALUES < h->n)
		return false;
	f->n = h->n;
	f->mean_ns = histogram_mean(h);
	f->max_ns = h->max_ns;
	f->p50_ns = histogram_percentile(h, 500);
	f->p99_ns = histogram_percentile(h, 990);
	return true;
}

static double usec(uint64_t ns)
{
	return (double)ns / 1e3;
}

void histogram_put_figures(struct buf *out, const struct histogram_figures *f)
{
	buf_printf(out, "\"n\":%" PRIu64 ",\"p50_us\":%.3f,\"p99_us\":%.3f,\"max_us\":%.3f", f->n, usec(f->p50_ns),
		   usec(f->p99_ns), usec(f->max_ns));
}

void histogram_put_buckets(struct buf *out, const struct histogram *h)
{
	const char *separator = "[";

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (!h->buckets[i])
			continue;
		buf_printf(out, "%s[%.3f,", separator, usec(histogram_bucket_start(i)));
		if (i + 1 < HISTOGRAM_BUCKETS)
			buf_printf(out, "%.3f,%" PRIu32 "]", usec(histogram_bucket_start(i + 1)), h->buckets[i]);
		else
			buf_printf(out, "null,%" PRIu32 "]", h->buckets[i]);
		separator = ",";
	}
	buf_puts(out, *separator == '[' ? "[]" : "]");
}

size_t histogram_text(const struct histogram *h, char *dst, size_t size)
{
	size_t n = 0;

	*dst = '\0';
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (h->buckets[i])
			n = text_join(dst, size, " ", "%.3f:%" PRIu32, usec(histogram_bucket_start(i)), h->buckets[i]);
	return n;
}
