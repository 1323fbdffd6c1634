/* What the programs in the kernel work out with, run in user space: the buckets of times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

#include <cmocka.h>

#include "record.h"

#include "buckets.h"
#include "histogram.h"

/* By the histogram's bucket boundaries: the last bucket that does not begin after the time. */
static u32 by_the_histogram(u64 ns)
{
	u32 b = 0;

	while (b + 1 < LAYER_BUCKETS && histogram_bucket_start(b + 1) <= ns)
		b++;
	return b;
}

static void a_bucket_begins_where_the_histogram_says(void **state)
{
	for (u32 b = 1; b < LAYER_BUCKETS; b++) {
		u64 start = histogram_bucket_start(b);

		assert_int_equal(bucket(start - 1), b - 1);
		assert_int_equal(bucket(start), b);
		assert_int_equal(bucket(start + 1), b);
	}
}

static void any_time_has_its_bucket(void **state)
{
	u64 seed = 1;

	for (u32 i = 0; i < 100000; i++) {
		u64 ns = seed >> i % 64;

		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		assert_int_equal(bucket(ns), by_the_histogram(ns));
	}
}

static void a_queue_has_a_bucket_for_each_doubling(void **state)
{
	assert_int_equal(queue_bucket(0), 0);
	for (u32 b = 1; b < ABI_QUEUE_BUCKETS; b++) {
		assert_int_equal(queue_bucket(1U << (b - 1)), b);
		assert_int_equal(queue_bucket((1U << b) - 1), b);
	}
	assert_int_equal(queue_bucket(UINT32_MAX), ABI_QUEUE_BUCKETS - 1);
}

static void the_ends(void **state)
{
	assert_int_equal(bucket(0), 0);
	assert_int_equal(bucket(UINT64_MAX), LAYER_BUCKETS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_bucket_begins_where_the_histogram_says),
	    cmocka_unit_test(any_time_has_its_bucket),
	    cmocka_unit_test(a_queue_has_a_bucket_for_each_doubling),
	    cmocka_unit_test(the_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
