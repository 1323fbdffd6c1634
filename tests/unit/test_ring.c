/* The ring of numbered events: against plain counting of what went in. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ring.h"

/* Under the address sanitizer too, memory that cannot be had is only not there. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

/* Of an odd size, as nothing may rest on its being a power of two. */
struct entry {
	uint64_t number;
	uint32_t square[3];
};

static void add(struct ring *r, uint64_t number)
{
	struct entry *e = ring_add(r);

	assert_non_null(e);
	assert_int_equal(e->number, 0);
	assert_int_equal(e->square[2], 0);
	e->number = number;
	e->square[2] = (uint32_t)(number * number);
}

/* Each entry that is kept has one index, and each index below the end at most one entry. */
static void check_indices(const struct ring *r)
{
	uint32_t found = 0;

	assert_true(ring_index_end(r) <= r->most);
	for (uint32_t i = 0; i < ring_index_end(r); i++) {
		const struct entry *e = ring_at(r, i);

		if (e)
			assert_int_equal(ring_index(r, e->number), i);
		found += e != NULL;
	}
	assert_int_equal(found, ring_count(r));
	assert_int_equal(ring_index(r, r->first - 1), IDMAP_NONE);
	assert_int_equal(ring_index(r, r->end), IDMAP_NONE);
}

/* All that is to be there is, under its number, and nothing else. */
static void check(const struct ring *r, uint64_t first, uint64_t newest)
{
	assert_int_equal(r->first, first);
	assert_int_equal(r->end, newest + 1);
	assert_int_equal(ring_count(r), newest + 1 - first);
	for (uint64_t n = first; n <= newest; n++) {
		const struct entry *e = ring_get(r, n);

		assert_non_null(e);
		assert_int_equal(e->number, n);
		assert_int_equal(e->square[2], (uint32_t)(n * n));
	}
	assert_null(ring_get(r, 0));
	assert_null(ring_get(r, first - 1));
	assert_null(ring_get(r, newest + 1));
	assert_null(ring_get(r, UINT64_MAX));
	check_indices(r);
}

static void a_new_ring_has_nothing(void **state)
{
	struct ring r;

	ring_init(&r, sizeof(struct entry), 1000);
	check(&r, 1, 0);
	assert_null(r.entries);
	ring_deinit(&r);
	ring_deinit(&(struct ring){});
}

static void it_grows_to_its_bound_and_wraps(void **state)
{
	const uint32_t bounds[] = {1, 2, 63, 64, 65, 100, 1000};

	for (size_t i = 0; i < sizeof(bounds) / sizeof(*bounds); i++) {
		uint32_t most = bounds[i];
		struct ring r;

		ring_init(&r, sizeof(struct entry), most);
		for (uint64_t n = 1; n <= 5 * most + 3; n++) {
			assert_int_equal(ring_reserve(&r), n > most);
			add(&r, n);
			check(&r, n > most ? n - most + 1 : 1, n);
			assert_int_equal(r.pushed, n > most ? n - most : 0);
			assert_true(r.cap <= 2 * most || r.cap <= 64);
		}
		ring_deinit(&r);
	}
}

/* A ring of few takes little: it grows as it fills, also where its first entry is not at its beginning. */
static void it_takes_what_it_needs(void **state)
{
	struct ring r;

	ring_init(&r, sizeof(struct entry), 1 << 20);
	for (uint64_t n = 1; n <= 50; n++)
		add(&r, n);
	for (int i = 0; i < 30; i++)
		ring_drop(&r);
	assert_true(r.cap <= 64);
	for (uint64_t n = 51; n <= 300; n++) {
		add(&r, n);
		check(&r, 31, n);
	}
	assert_true(r.cap <= 512);
	assert_int_equal(r.pushed, 0);
	ring_deinit(&r);
}

static void what_is_dropped_is_not_counted(void **state)
{
	struct ring r;

	ring_init(&r, sizeof(struct entry), 4);
	for (uint64_t n = 1; n <= 4; n++)
		add(&r, n);
	ring_drop(&r);
	check(&r, 2, 4);
	assert_int_equal(r.pushed, 0);
	ring_push_out(&r);
	check(&r, 3, 4);
	assert_int_equal(r.pushed, 1);
	for (uint64_t n = 5; n <= 7; n++)
		add(&r, n);
	check(&r, 4, 7);
	assert_int_equal(r.pushed, 2);
	ring_deinit(&r);
}

static void numbers_go_on_when_it_is_emptied(void **state)
{
	struct ring r;

	ring_init(&r, sizeof(struct entry), 10);
	for (uint64_t n = 1; n <= 12; n++)
		add(&r, n);
	ring_deinit(&r);
	assert_null(r.entries);
	check(&r, 13, 12);
	assert_int_equal(r.pushed, 2);
	for (uint64_t n = 13; n <= 25; n++)
		add(&r, n);
	check(&r, 16, 25);
	ring_deinit(&r);
}

/* Fewer may be kept from now on: then who owns it lets go of the rest. */
static void the_bound_can_change(void **state)
{
	struct ring r;

	ring_init(&r, sizeof(struct entry), 100);
	for (uint64_t n = 1; n <= 100; n++)
		add(&r, n);
	r.most = 3;
	while (ring_count(&r) > r.most)
		ring_push_out(&r);
	add(&r, 101);
	check(&r, 99, 101);
	assert_int_equal(r.pushed, 98);
	r.most = 200;
	for (uint64_t n = 102; n <= 298; n++)
		add(&r, n);
	check(&r, 99, 298);
	assert_int_equal(r.pushed, 98);
	ring_deinit(&r);
}

static void a_number_comes_back_from_its_low_half(void **state)
{
	struct ring r;

	ring_init(&r, sizeof(struct entry), 10);
	/* As after four billion events and some. */
	r.first = r.end = (1ULL << 32) - 4;
	for (uint64_t n = r.end; n <= (1ULL << 32) + 4; n++)
		add(&r, n);
	check(&r, (1ULL << 32) - 4, (1ULL << 32) + 4);
	for (uint64_t n = r.first; n < r.end; n++)
		assert_int_equal(ring_number(&r, (uint32_t)n), n);
	/* What is gone stays gone. */
	assert_int_equal(ring_number(&r, (uint32_t)(r.first - 100)), r.first - 100);
	assert_null(ring_get(&r, r.first - 100));
	/* Above the newest none was given: it is one of the time before. */
	assert_int_equal(ring_number(&r, (uint32_t)r.end), r.end - (1ULL << 32));
	ring_deinit(&r);
}

/* Entries that no memory has room for: the bound is where the memory ends; without any there is nothing. */
static void without_memory_the_oldest_makes_way(void **state)
{
	struct ring r;

	ring_init(&r, SIZE_MAX / 2, 1000);
	assert_int_equal(ring_reserve(&r), -ENOMEM);
	assert_null(ring_add(&r));
	check(&r, 1, 0);
	r.size = sizeof(struct entry);
	while (ring_count(&r) < MAX(r.cap, 1))
		add(&r, r.end);
	r.size = SIZE_MAX / 2;
	assert_int_equal(ring_reserve(&r), 1);
	r.size = sizeof(struct entry);
	check(&r, 1, r.end - 1);
	assert_int_equal(ring_reserve(&r), 0);
	ring_deinit(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_new_ring_has_nothing),
	    cmocka_unit_test(it_grows_to_its_bound_and_wraps),
	    cmocka_unit_test(it_takes_what_it_needs),
	    cmocka_unit_test(what_is_dropped_is_not_counted),
	    cmocka_unit_test(numbers_go_on_when_it_is_emptied),
	    cmocka_unit_test(the_bound_can_change),
	    cmocka_unit_test(a_number_comes_back_from_its_low_half),
	    cmocka_unit_test(without_memory_the_oldest_makes_way),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
