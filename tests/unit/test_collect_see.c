/* What the passes tell of sockets, and what the collector then remembers of them. The records come from the test's own hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector.h"

#define COOKIE 77
#define TOLD 4711 /* a sum of layers that were told */

static int setup(void **state)
{
	struct collector *c = calloc(1, sizeof(*c));

	*state = c;
	if (!c)
		return -1;
	c->clock.ns_per_jiffy = 4000000;
	c->number = 2;
	c->pass = 2;
	table_init(&c->table);
	outbox_init(&c->out, -1);
	namer_init(&c->namer);
	return 0;
}

static int teardown(void **state)
{
	struct collector *c = *state;

	namer_deinit(&c->namer);
	outbox_deinit(&c->out);
	table_deinit(&c->table);
	buf_deinit(&c->tick);
	free(c);
	return 0;
}

#define SEE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static struct abi_sock held(u8 protocol, u8 state, u16 lport)
{
	return (struct abi_sock){
	    .size = sizeof(struct abi_sock),
	    .kind = ABI_FILE,
	    .cookie = COOKIE,
	    .family = 2,
	    .protocol = protocol,
	    .state = state,
	    .lport = lport,
	    .tgid = 1,
	    .comm = "program",
	};
}

/* Is it told in this pass? */
static bool is_told(struct collector *c, struct abi_sock a)
{
	size_t before = buf_len(&c->tick);

	c->pass++;
	c->number++;
	see_record(c, &a);
	return buf_len(&c->tick) > before;
}

static u64 *layers_sum(struct collector *c)
{
	struct entry *e = table_find(&c->table, COOKIE);

	assert_non_null(e);
	return &e->layers_sum;
}

/* A connection in the making is no row yet, but may have packets before the tick is over. */
static void test_layers_before_their_socket(void **state)
{
	struct collector *c = *state;

	assert_false(is_told(c, held(6, STATE_CLOSE, 0)));
	*layers_sum(c) = TOLD;
	assert_true(is_told(c, held(6, STATE_ESTABLISHED, 4000)));
	assert_int_equal(*layers_sum(c), 0);
}

static void test_layers_of_a_known_socket(void **state)
{
	struct collector *c = *state;

	assert_true(is_told(c, held(17, STATE_CLOSE, 4000)));
	*layers_sum(c) = TOLD;
	assert_false(is_told(c, held(17, STATE_CLOSE, 4000)));
	assert_int_equal(*layers_sum(c), TOLD);
	assert_true(is_told(c, held(17, STATE_ESTABLISHED, 4000)));
	assert_int_equal(*layers_sum(c), TOLD);
}

static void test_layers_of_a_socket_that_ends_unseen(void **state)
{
	struct collector *c = *state;
	struct abi_sock end = held(17, STATE_CLOSE, 4000);

	assert_false(is_told(c, held(6, STATE_CLOSE, 0)));
	*layers_sum(c) = TOLD;
	end.kind = ABI_END;
	see_end(c, &end);
	assert_int_equal(*layers_sum(c), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SEE_TEST(test_layers_before_their_socket),
	    SEE_TEST(test_layers_of_a_known_socket),
	    SEE_TEST(test_layers_of_a_socket_that_ends_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
