/* The collector's table of sockets, compared with a naive model under random operations; and the checksum that shows
 * changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "entries.h"

static u64 random_next(u64 *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return *seed >> 33;
}

static void an_entry_is_made_once(void **state)
{
	struct entries t;
	struct entry *e;

	entries_init(&t);
	assert_null(entries_find(&t, 5));
	e = entries_get(&t, 5);
	assert_non_null(e);
	assert_true(e->cookie == 5);
	assert_int_equal(e->flags, ENTRY_LIVE);
	e->pid = 42;
	assert_ptr_equal(entries_get(&t, 5), e);
	assert_ptr_equal(entries_find(&t, 5), e);
	assert_int_equal(e->pid, 42);
	assert_int_equal(t.live, 1);
	entries_deinit(&t);
	assert_int_equal(t.live, 0);
	assert_null(entries_find(&t, 5));
}

static void zero_is_no_cookie(void **state)
{
	struct entries t;

	entries_init(&t);
	assert_null(entries_get(&t, 0));
	assert_null(entries_find(&t, 0));
	assert_int_equal(t.live, 0);
	entries_deinit(&t);
}

static void a_slot_is_used_again_and_clean(void **state)
{
	struct entries t;
	struct entry *e, *again;

	entries_init(&t);
	assert_non_null(entries_get(&t, 1));
	e = entries_get(&t, 2);
	e->sum = 99;
	e->pid = 7;
	e->flags |= ENTRY_ENDED | ENTRY_REPORTED;
	entries_remove(&t, e);
	assert_null(entries_find(&t, 2));
	assert_false(e->flags & ENTRY_LIVE);
	again = entries_get(&t, 3);
	assert_ptr_equal(again, e);
	assert_int_equal(again->flags, ENTRY_LIVE);
	assert_int_equal(again->sum, 0);
	assert_int_equal(again->pid, 0);
	assert_int_equal(t.end, 2);
	entries_deinit(&t);
}

/* A walk over the slots, as the sweep does it, removes what it stands on. */
static void a_walk_may_remove(void **state)
{
	struct entries t;
	u32 odd = 0;

	entries_init(&t);
	for (u64 c = 1; c <= 5000; c++)
		entries_get(&t, c)->pid = (u32)c;
	for (u32 i = 0; i < t.end; i++)
		if (t.at[i].cookie % 2 == 0)
			entries_remove(&t, &t.at[i]);
	assert_int_equal(t.live, 2500);
	for (u32 i = 0; i < t.end; i++)
		if (t.at[i].flags & ENTRY_LIVE) {
			assert_int_equal(t.at[i].pid, t.at[i].cookie);
			odd++;
		}
	assert_int_equal(odd, 2500);
	for (u64 c = 10001; c <= 12500; c++)
		assert_non_null(entries_get(&t, c));
	assert_int_equal(t.end, 5000); /* all in slots that were free */
	entries_deinit(&t);
}

/* -- against a model ----------------------------------------------------------------------------------------------- */

#define COOKIES 6000 /* beyond two growths of the table */
#define STEPS 200000

struct naive {
	u32 mark[COOKIES]; /* 0: not in the table */
	u32 live;
};

/* Cookies come in per-CPU batches; synthetic ones have a high bit. */
static u64 cookie_of(u32 k)
{
	return (k % 3 ? 0 : 1ULL << 55) + k * (k % 2 ? 1ULL : 4096ULL) + 1;
}

static void check_all(struct entries *t, const struct naive *n)
{
	u32 live = 0;

	for (u32 k = 0; k < COOKIES; k++) {
		const struct entry *e = entries_find(t, cookie_of(k));

		assert_ptr_equal(entries_find_next(t, cookie_of(k)), e);
		assert_int_equal(e != NULL, n->mark[k] != 0);
		if (e)
			assert_int_equal(e->pid, n->mark[k]);
	}
	for (u32 i = 0; i < t->end; i++)
		live += t->at[i].flags & ENTRY_LIVE;
	assert_int_equal(live, n->live);
	assert_int_equal(t->live, n->live);
	assert_true(t->end <= t->cap);
}

static void random_step(struct entries *t, struct naive *n, u64 *seed, u32 step)
{
	u32 k = (u32)(random_next(seed) % COOKIES);
	bool filling = step / 20000 % 2 == 0; /* in turn it mostly grows and mostly empties */
	struct entry *e;

	if (random_next(seed) % 8 < (filling ? 6 : 2)) {
		e = entries_get(t, cookie_of(k));
		assert_non_null(e);
		assert_int_equal(e->pid, n->mark[k]);
		n->live += !n->mark[k];
		n->mark[k] = e->pid = step + 1;
		return;
	}
	e = entries_find_next(t, cookie_of(k));
	assert_ptr_equal(entries_find(t, cookie_of(k)), e);
	assert_int_equal(e != NULL, n->mark[k] != 0);
	if (!e)
		return;
	entries_remove(t, e);
	n->mark[k] = 0;
	n->live--;
}

static void behaves_as_a_naive_one(void **state)
{
	cleanup_free struct naive *n = calloc(1, sizeof(*n));
	u32 most = 0;
	struct entries t;
	u64 seed = 7;

	entries_init(&t);
	for (u32 step = 0; step < STEPS; step++) {
		random_step(&t, n, &seed, step);
		most = MAX(most, n->live);
		if (step % 10000 == 0)
			check_all(&t, n);
	}
	check_all(&t, n);
	assert_true(most > 3 * 1024);  /* it has grown more than once */
	assert_int_equal(t.end, most); /* and no slot was lost */
	entries_deinit(&t);
}

/* -- the sum ------------------------------------------------------------------------------------------------------- */

static int compare_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void assert_all_different(u64 *sums, size_t n)
{
	qsort(sums, n, sizeof(*sums), compare_u64);
	for (size_t i = 0; i < n; i++) {
		assert_true(sums[i] != 0);
		assert_true(i == 0 || sums[i] != sums[i - 1]);
	}
}

/* Every single bit of a record counts, whatever the record is. */
static void every_bit_changes_the_sum(void **state)
{
	enum { BITS = sizeof(struct record_socket) * 8 };
	cleanup_free u64 *sums = calloc(BITS + 1, sizeof(*sums));
	struct record_socket s;

	for (unsigned fill = 0; fill < 3; fill++) {
		memset(&s, fill == 1 ? 0xff : 0, sizeof(s));
		if (fill == 2)
			s = (struct record_socket){
			    .id = 77, .rx_bytes = 1000, .rtt_us = 50, .comm = "nginx", .cwnd = 10};
		for (size_t i = 0; i < BITS; i++) {
			((u8 *)&s)[i / 8] ^= (u8)(1U << i % 8);
			sums[i] = entries_sum(&s, sizeof(s));
			((u8 *)&s)[i / 8] ^= (u8)(1U << i % 8);
		}
		sums[BITS] = entries_sum(&s, sizeof(s));
		assert_true(sums[BITS] == entries_sum(&s, sizeof(s)));
		assert_all_different(sums, BITS + 1);
	}
}

/* Counters that move together, and words that change places. */
static void small_changes_change_the_sum(void **state)
{
	enum { N = 100 };
	cleanup_free u64 *sums = calloc(N * N, sizeof(*sums));
	u64 words[4] = {1, 2, 3, 4}, swapped[4] = {1, 3, 2, 4};
	struct record_socket s = {};
	u64 ones = 0, zeros = 0;

	for (u64 i = 0; i < N * N; i++) {
		s.rx_bytes = 1000 * (i % N);
		s.tx_bytes = 1000 * (i / N);
		sums[i] = entries_sum(&s, sizeof(s));
		ones |= sums[i];
		zeros |= ~sums[i];
	}
	assert_true(ones == ~0ULL && zeros == ~0ULL); /* all 64 bits take part */
	assert_all_different(sums, N * N);
	assert_true(entries_sum(words, sizeof(words)) != entries_sum(swapped, sizeof(swapped)));
	assert_true(entries_sum(words, 8) != entries_sum(words, 16));
	assert_true(entries_sum(words, 0) != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_entry_is_made_once),          cmocka_unit_test(zero_is_no_cookie),
	    cmocka_unit_test(a_slot_is_used_again_and_clean), cmocka_unit_test(a_walk_may_remove),
	    cmocka_unit_test(behaves_as_a_naive_one),         cmocka_unit_test(every_bit_changes_the_sum),
	    cmocka_unit_test(small_changes_change_the_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
