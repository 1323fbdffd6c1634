/* Histograms against the values themselves, sorted; and the windows over them against what came in each tick. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "cleanup.h"
#include "histogram.h"
#include "sliding.h"

#define SAMPLES 5000

static uint64_t seed = 88172645463325252ULL;

static uint64_t random_next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* -- buckets ------------------------------------------------------------------------------------------------------- */

static void buckets_are_two_to_an_octave(void **state)
{
	assert_int_equal(histogram_bucket_start(0), 0);
	assert_int_equal(histogram_bucket_start(1), 128);
	assert_int_equal(histogram_bucket_start(2), 192);
	for (unsigned b = 3; b < HISTOGRAM_BUCKETS; b++)
		assert_int_equal(histogram_bucket_start(b), 2 * histogram_bucket_start(b - 2));
	assert_true(histogram_bucket_start(HISTOGRAM_BUCKETS) == UINT64_MAX);
	assert_true(histogram_bucket_start(UINT32_MAX) == UINT64_MAX);
}

static void a_value_lies_in_its_bucket(void **state)
{
	for (unsigned b = 0; b < HISTOGRAM_BUCKETS; b++) {
		assert_int_equal(histogram_bucket(histogram_bucket_start(b)), b);
		assert_int_equal(histogram_bucket(histogram_bucket_start(b + 1) - 1), b);
	}
	assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
	for (int i = 0; i < 100000; i++) {
		uint64_t ns = random_next() >> random_next() % 64;
		unsigned b = histogram_bucket(ns);

		assert_true(ns >= histogram_bucket_start(b));
		assert_true(b == HISTOGRAM_BUCKETS - 1 || ns < histogram_bucket_start(b + 1));
	}
}

/* -- figures ------------------------------------------------------------------------------------------------------- */

static uint64_t next_even(void)
{
	return 1000 + random_next() % 100000;
}

static uint64_t next_long_tailed(void)
{
	double a = (double)(random_next() % 1000) / 1000, b = (double)(random_next() % 1000) / 1000;

	return (uint64_t)(2000 * exp(12 * a * b));
}

/* Below the first bucket's end and above the last one's beginning. */
static uint64_t next_extreme(void)
{
	return random_next() % 2 ? random_next() % 128 : (300ULL << 30) + random_next() % 1000;
}

static uint64_t next_few(void)
{
	return 500 + 300 * (random_next() % 3);
}

static uint64_t (*const shapes[])(void) = {next_even, next_long_tailed, next_extreme, next_few};
#define SHAPES (sizeof(shapes) / sizeof(*shapes))

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The value that per_mille of n sorted values do not exceed. */
static uint64_t exact(const uint64_t *v, size_t n, unsigned per_mille)
{
	size_t rank = (n * per_mille + 999) / 1000;

	return v[rank ? rank - 1 : 0];
}

static void check_percentiles(const struct histogram *h, const uint64_t *v, size_t n)
{
	static const unsigned asked[] = {1, 10, 250, 500, 900, 990, 999, 1000};
	uint64_t last = 0;

	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		uint64_t is = exact(v, n, asked[i]), told = histogram_percentile(h, asked[i]);

		assert_int_equal(histogram_bucket(told), histogram_bucket(is));
		assert_true(told <= v[n - 1]);
		assert_true(told >= last);
		last = told;
	}
}

static void percentiles_lie_in_the_bucket_of_the_exact_value(void **state)
{
	static const size_t counts[] = {1, 2, 3, 10, 99, 100, 101, SAMPLES};
	static uint64_t v[SAMPLES];

	for (size_t s = 0; s < SHAPES * sizeof(counts) / sizeof(*counts); s++) {
		size_t n = counts[s / SHAPES];
		struct histogram_figures f;
		struct histogram h = {};
		uint64_t sum = 0;

		for (size_t i = 0; i < n; i++) {
			v[i] = shapes[s % SHAPES]();
			sum += v[i];
			histogram_add(&h, v[i], 1);
		}
		qsort(v, n, sizeof(*v), compare);
		check_percentiles(&h, v, n);
		assert_true(histogram_figures(&h, &f));
		assert_int_equal(f.n, n);
		assert_int_equal(f.max_ns, v[n - 1]);
		assert_int_equal(f.p50_ns, histogram_percentile(&h, 500));
		assert_int_equal(f.p99_ns, histogram_percentile(&h, 990));
		assert_true(fabs(f.mean_ns - (double)sum / (double)n) < 1e-6 * f.mean_ns);
	}
}

/* Where all values of a bucket come equally often, what is interpolated is near the truth. */
static void percentiles_are_interpolated(void **state)
{
	struct histogram h = {};

	for (uint64_t ns = 1024; ns < 2048; ns++)
		histogram_add(&h, ns, 10);
	for (unsigned per_mille = 10; per_mille < 1000; per_mille += 10)
		assert_true(llabs((int64_t)(1024 + per_mille * 1024 / 1000) -
				  (int64_t)histogram_percentile(&h, per_mille)) <= 2);
}

/* A stream with values in a bucket above the longest. */
static void nothing_is_above_the_longest(void **state)
{
	struct histogram h = {.n = 5, .sum_ns = 500, .max_ns = 100, .buckets = {[10] = 5}};

	assert_int_equal(histogram_percentile(&h, 500), 100);
}

static void nothing_has_no_figures(void **state)
{
	struct histogram h = {};
	struct histogram_figures f = {.n = 1};

	assert_true(isnan(histogram_mean(&h)));
	assert_int_equal(histogram_percentile(&h, 500), 0);
	assert_false(histogram_figures(&h, &f));
	assert_int_equal(f.n, 0);
	histogram_add(&h, 77, 0);
	assert_int_equal(h.max_ns, 0);
	assert_false(histogram_figures(&h, &f));
	histogram_add(&h, 77, 2);
	assert_true(histogram_figures(&h, &f));
	histogram_clear(&h);
	assert_false(histogram_figures(&h, &f));
}

/* Figures that are read while a processor counts differ a little; but if half of the buckets are missing it is an
 * error. */
static void torn_is_shown_and_half_is_not(void **state)
{
	struct histogram h = {};
	struct histogram_figures f;

	histogram_add(&h, 5000, 1000000);
	h.n += 1000000 / 64 + 900;
	assert_true(histogram_figures(&h, &f));
	assert_int_equal(f.n, h.n);
	h.n += 2000;
	assert_false(histogram_figures(&h, &f));
	assert_false(isnan(histogram_mean(&h)));
}

/* -- several ------------------------------------------------------------------------------------------------------- */

static void fill(struct histogram *h, struct histogram *all, size_t n)
{
	while (n--) {
		uint64_t ns = next_long_tailed();

		histogram_add(h, ns, 1);
		histogram_add(all, ns, 1);
	}
}

static void merged_is_as_if_added_to_one(void **state)
{
	struct histogram a = {}, b = {}, all = {};

	fill(&a, &all, 1000);
	fill(&b, &all, 300);
	histogram_merge(&a, &b);
	assert_memory_equal(&a, &all, sizeof(a));
	histogram_merge(&a, &(struct histogram){});
	assert_memory_equal(&a, &all, sizeof(a));
}

static void what_came_since_is_the_difference(void **state)
{
	struct histogram before = {}, now, diff, since = {};

	fill(&before, &(struct histogram){}, 500);
	now = before;
	fill(&since, &now, 200);
	/* Something longer than ever. */
	histogram_add(&since, 1ULL << 36, 1);
	histogram_add(&now, 1ULL << 36, 1);
	histogram_since(&diff, &now, &before);
	assert_memory_equal(&diff, &since, sizeof(diff));
	histogram_since(&diff, &now, NULL);
	assert_memory_equal(&diff, &now, sizeof(diff));
	/* The longest is from before: of the rest it is known to a bucket. */
	before = now;
	histogram_add(&now, 1000, 5);
	histogram_since(&diff, &now, &before);
	assert_int_equal(diff.n, 5);
	assert_int_equal(diff.sum_ns, 5000);
	assert_int_equal(diff.max_ns, histogram_bucket_start(histogram_bucket(1000) + 1));
	assert_int_equal(histogram_bucket(histogram_percentile(&diff, 990)), histogram_bucket(1000));
	/* Nothing is 0. */
	histogram_since(&diff, &now, &now);
	assert_int_equal(diff.n, 0);
	assert_int_equal(diff.max_ns, 0);
}

static void a_bucket_may_wrap_around(void **state)
{
	struct histogram before = {}, now, diff;

	histogram_add(&before, 1000, UINT32_MAX - 3);
	now = before;
	histogram_add(&now, 1000, 100);
	histogram_since(&diff, &now, &before);
	assert_int_equal(diff.n, 100);
	assert_int_equal(diff.buckets[histogram_bucket(1000)], 100);
	assert_false(histogram_fell(&now, &before));
}

static void what_fell_was_begun_anew(void **state)
{
	struct histogram before = {}, now;

	histogram_add(&before, 1000, 5);
	now = before;
	assert_false(histogram_fell(&now, &before));
	now.n--;
	assert_true(histogram_fell(&now, &before));
	now = before;
	now.sum_ns--;
	assert_true(histogram_fell(&now, &before));
	now = before;
	now.max_ns--;
	assert_true(histogram_fell(&now, &before));
}

/* -- windows ------------------------------------------------------------------------------------------------------- */

#define TICKS 300

/* What came in each tick, apart from what the window is given. */
struct witness {
	struct histogram tick[TICKS + 1];
};

/* What the ticks from `from` to `to` had together. */
static void sum_up(const struct witness *w, unsigned from, unsigned to, struct histogram *h)
{
	histogram_clear(h);
	for (unsigned t = from; t <= to; t++)
		histogram_merge(h, &w->tick[t]);
}

static bool same_counts(const struct histogram *a, const struct histogram *b)
{
	return a->n == b->n && a->sum_ns == b->sum_ns && memcmp(a->buckets, b->buckets, sizeof(a->buckets)) == 0;
}

/* The longest, exactly or to its bucket's end. */
static void check_longest(const struct histogram *h, const struct histogram *is)
{
	assert_true(h->max_ns >= is->max_ns);
	if (is->n && h->max_ns != is->max_ns)
		assert_true(h->max_ns <= histogram_bucket_start(histogram_bucket(is->max_ns) + 1));
}

/* dense: there are values in each tick. Returns how many ticks it looked back. */
static unsigned check_recent(const struct sliding *s, const struct witness *w, unsigned now, bool dense)
{
	struct histogram is, h;
	bool found = false;
	unsigned back = 0;

	sliding_get(s, 0, SLIDING_RECENT, now, &h);
	for (; back <= SLIDING_RECENT_TICKS && back <= now && !found; back++) {
		if (dense && back < MIN(SLIDING_RECENT_TICKS / 2, now))
			continue;
		sum_up(w, now - back + 1, now, &is);
		found = same_counts(&h, &is);
	}
	assert_true(found);
	check_longest(&h, &is);
	return back - 1;
}

static unsigned check_window(const struct sliding *s, const struct witness *w, unsigned now, bool dense)
{
	struct histogram is, h;
	uint64_t sum;

	assert_int_equal(sliding_get(s, 0, SLIDING_TICK, now, &h), w->tick[now].n != 0);
	assert_true(same_counts(&h, &w->tick[now]));
	check_longest(&h, &w->tick[now]);
	assert_int_equal(sliding_count(s, 0, SLIDING_TICK, now, &sum), w->tick[now].n);
	assert_int_equal(sum, w->tick[now].sum_ns);
	sum_up(w, 1, now, &is);
	assert_int_equal(sliding_get(s, 0, SLIDING_SINCE, now, &h), is.n != 0);
	assert_memory_equal(&h, &is, sizeof(h));
	/* The other one has had a value a tick, where any came. */
	assert_int_equal(sliding_count(s, 1, SLIDING_TICK, now, &sum), s->last == now);
	return check_recent(s, w, now, dense);
}

/* every: values come in one of so many ticks. */
static void walk(unsigned every)
{
	static struct witness w;
	struct histogram values[2] = {};
	unsigned back, furthest = 0;
	struct sliding s;

	memset(&w, 0, sizeof(w));
	assert_int_equal(sliding_init(&s, 2), 0);
	for (unsigned t = 1; t <= TICKS; t++) {
		if (random_next() % every == 0) {
			fill(&w.tick[t], &values[0], 1 + random_next() % 20);
			/* In two parts: the later state is the tick's. */
			assert_int_equal(sliding_take(&s, t, values), 0);
			fill(&w.tick[t], &values[0], random_next() % 3);
			histogram_add(&values[1], t, 1);
			assert_false(sliding_fell(&s, values));
			assert_int_equal(sliding_take(&s, t, values), 0);
		}
		back = check_window(&s, &w, t, every == 1);
		furthest = MAX(furthest, back);
	}
	if (every == 1)
		assert_int_equal(furthest, SLIDING_RECENT_TICKS);
	sliding_deinit(&s);
}

static void windows_have_what_came_in_them(void **state)
{
	static const unsigned every[] = {1, 2, 3, 7, 12, 40};

	for (size_t i = 0; i < sizeof(every) / sizeof(*every); i++)
		walk(every[i]);
}

static void a_window_begins_anew(void **state)
{
	struct histogram values[1] = {}, h;
	struct sliding s;

	assert_int_equal(sliding_init(&s, 1), 0);
	assert_false(sliding_get(&s, 0, SLIDING_SINCE, 1, &h));
	for (unsigned t = 1; t <= 30; t++) {
		histogram_add(&values[0], 5000, 10);
		assert_int_equal(sliding_take(&s, t, values), 0);
	}
	histogram_clear(&values[0]);
	histogram_add(&values[0], 300, 2);
	assert_true(sliding_fell(&s, values));
	sliding_begin(&s, 31);
	assert_false(sliding_get(&s, 0, SLIDING_SINCE, 31, &h));
	assert_int_equal(sliding_take(&s, 31, values), 0);
	for (int span = SLIDING_TICK; span <= SLIDING_SINCE; span++) {
		assert_true(sliding_get(&s, 0, span, 31, &h));
		assert_memory_equal(&h, &values[0], sizeof(h));
	}
	/* The new beginning is not long ago. */
	histogram_add(&values[0], 400, 1);
	assert_int_equal(sliding_take(&s, 32, values), 0);
	assert_true(sliding_get(&s, 0, SLIDING_RECENT, 32, &h));
	assert_int_equal(h.n, 3);
	sliding_deinit(&s);
	sliding_deinit(&(struct sliding){});
}

/* Exact, so that they add up over rows and ticks. */
static void outputs_name_the_buckets_in_us(void **state)
{
	cleanup_buf struct buf out = {};
	struct histogram_figures f;
	struct histogram h = {};
	char text[64];

	histogram_put_buckets(&out, &h);
	histogram_add(&h, 127, 1);
	histogram_add(&h, 20000000, 3);
	histogram_add(&h, 300000000000, 1);
	assert_true(histogram_figures(&h, &f));
	histogram_put_buckets(&out, &h);
	f.p50_ns = 1234567;
	histogram_put_figures(&out, &f);
	buf_putc(&out, '\0');
	assert_string_equal((const char *)buf_at(&out),
			    "[][[0.000,0.128,1],[16777.216,25165.824,3],[274877906.944,null,1]]"
			    "\"n\":5,\"p50_us\":1234.567,\"p99_us\":287438953.472,\"max_us\":300000000.000");
	assert_int_equal(histogram_text(&h, text, sizeof(text)), strlen("0.000:1 16777.216:3 274877906.944:1"));
	assert_string_equal(text, "0.000:1 16777.216:3 274877906.944:1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(buckets_are_two_to_an_octave),
	    cmocka_unit_test(a_value_lies_in_its_bucket),
	    cmocka_unit_test(percentiles_lie_in_the_bucket_of_the_exact_value),
	    cmocka_unit_test(percentiles_are_interpolated),
	    cmocka_unit_test(nothing_is_above_the_longest),
	    cmocka_unit_test(nothing_has_no_figures),
	    cmocka_unit_test(torn_is_shown_and_half_is_not),
	    cmocka_unit_test(merged_is_as_if_added_to_one),
	    cmocka_unit_test(what_came_since_is_the_difference),
	    cmocka_unit_test(a_bucket_may_wrap_around),
	    cmocka_unit_test(what_fell_was_begun_anew),
	    cmocka_unit_test(windows_have_what_came_in_them),
	    cmocka_unit_test(a_window_begins_anew),
	    cmocka_unit_test(outputs_name_the_buckets_in_us),
	};

	return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
