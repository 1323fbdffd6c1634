/* The machine's figures of layers: they stay where they were rather than go back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stages.h"

static void no_figure_goes_back(void **state)
{
	struct abi_histograms before, now;

	memset(&before, 0, sizeof(before));
	for (size_t l = 0; l < LAYER_COUNT; l++) {
		before.sum_ns[l] = 1000 + l;
		before.max_ns[l] = 500 + l;
		for (size_t b = 0; b < LAYER_BUCKETS; b++)
			before.buckets[l][b] = 10 + b;
	}
	now = before;
	/* What ended between two looks is missing, and something new has come elsewhere. */
	now.sum_ns[1] = 3;
	now.max_ns[2] = 4;
	now.buckets[3][LAYER_BUCKETS - 1] = 0;
	now.sum_ns[4] += 7;
	now.max_ns[5] += 7;
	now.buckets[6][0] += 7;
	layer_sums_never_back(&now, &before);
	assert_int_equal(now.sum_ns[1], before.sum_ns[1]);
	assert_int_equal(now.max_ns[2], before.max_ns[2]);
	assert_int_equal(now.buckets[3][LAYER_BUCKETS - 1], before.buckets[3][LAYER_BUCKETS - 1]);
	assert_int_equal(now.sum_ns[4], before.sum_ns[4] + 7);
	assert_int_equal(now.max_ns[5], before.max_ns[5] + 7);
	assert_int_equal(now.buckets[6][0], before.buckets[6][0] + 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_figure_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
