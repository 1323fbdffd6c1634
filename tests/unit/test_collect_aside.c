/* The thread that reads for a caller that must not block: an empty pipe stands for the lock that is held. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "aside.h"
#include "clock.h"

#define WAIT_NS (200 * NSEC_PER_MSEC)

struct held {
	struct aside aside;
	int pipe[2];
	char at[8];
};

static int setup(void **state)
{
	struct held *h = calloc(1, sizeof(*h));

	*state = h;
	return !h || pipe(h->pipe) < 0 || aside_start(&h->aside) < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	struct held *h = *state;

	close(h->pipe[1]);
	while (!aside_stop(&h->aside))
		; /* it comes back when the machine lets it */
	close(h->pipe[0]);
	free(h);
	return 0;
}

static ssize_t ask(struct held *h)
{
	return aside_read(&h->aside, h->pipe[0], h->at, sizeof(h->at), WAIT_NS);
}

/* What comes of it, however long a busy machine takes. */
static ssize_t ask_until_done(struct held *h)
{
	ssize_t n;

	do
		n = ask(h);
	while (n == -EINPROGRESS);
	return n;
}

static void test_what_is_there_comes_at_once(void **state)
{
	struct held *h = *state;

	assert_int_equal(write(h->pipe[1], "abc", 3), 3);
	assert_int_equal(ask_until_done(h), 3);
	assert_memory_equal(h->at, "abc", 3);
	assert_int_equal(aside_held_ns(&h->aside), 0);
}

static void test_errors_and_the_end_are_told(void **state)
{
	struct held *h = *state;

	ssize_t n;

	do
		n = aside_read(&h->aside, -1, h->at, sizeof(h->at), WAIT_NS);
	while (n == -EINPROGRESS);
	assert_int_equal(n, -EBADF);
	assert_int_equal(close(h->pipe[1]), 0);
	h->pipe[1] = -1;
	assert_int_equal(ask_until_done(h), 0);
}

static void test_what_is_held_is_waited_for_once(void **state)
{
	struct held *h = *state;
	u64 before, first, again;

	before = now_ns();
	assert_int_equal(ask(h), -EINPROGRESS);
	first = now_ns();
	assert_int_equal(ask(h), -EINPROGRESS);
	again = now_ns();
	assert_in_range(aside_held_ns(&h->aside), WAIT_NS, ~0ULL);
	assert_in_range(first - before, WAIT_NS, ~0ULL);
	assert_in_range(again - first, 0, first - before - 1);
	assert_int_equal(write(h->pipe[1], "later", 5), 5);
	assert_int_equal(ask_until_done(h), 5);
	assert_memory_equal(h->at, "later", 5);
	assert_int_equal(aside_held_ns(&h->aside), 0);
}

static void test_a_thread_that_does_not_come_back_is_left(void **state)
{
	struct held *h = *state;

	assert_int_equal(ask(h), -EINPROGRESS);
	assert_false(aside_stop(&h->aside));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_what_is_there_comes_at_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_errors_and_the_end_are_told, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_is_held_is_waited_for_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_thread_that_does_not_come_back_is_left, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
