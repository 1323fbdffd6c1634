/* What a pass is asked to write out whole, what its tick says of it, what is unknown for want of a hook, and when a
 * socket that no pass sees any more is gone. The programs' memory is the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collect_fixture.h"
#include "hooks.h"
#include "skbtop.skel.h"

#define NETNS 4026531840U

struct fixture {
	struct collect_fixture collect;
	struct hooks hooks; /* serve nothing, unless a test says so */
	struct skbtop_bpf table;
	struct source *sweep;
};

static int setup(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	*state = x;
	if (!x)
		return -1;
	collect_fixture_init(&x->collect);
	hooks_init(&x->hooks, NULL);
	x->table.bss = calloc(1, sizeof(*x->table.bss));
	x->table.rodata = calloc(1, sizeof(*x->table.rodata));
	x->hooks.table = &x->table;
	x->collect.c.hooks = &x->hooks;
	x->sweep = calloc(1, sweep_source.size);
	*x->sweep = (struct source){.class = &sweep_source, .c = &x->collect.c};
	return 0;
}

static int teardown(void **state)
{
	struct fixture *x = *state;

	free(x->sweep);
	free(x->table.bss);
	free(x->table.rodata);
	collect_fixture_deinit(&x->collect);
	free(x);
	return 0;
}

#define SOCKETS_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static struct entry *make_entry(struct fixture *x, u64 cookie, u8 flags)
{
	struct entry *e = entries_get(&x->collect.sockets.entries, cookie);

	assert_non_null(e);
	e->flags |= flags;
	e->pass = x->collect.sockets.pass;
	e->netns = NETNS;
	return e;
}

static struct entry *entry(struct fixture *x, u64 cookie)
{
	return entries_find(&x->collect.sockets.entries, cookie);
}

/* -- what is wanted ------------------------------------------------------------------------------------------------ */

static bool programs_know(const struct fixture *x, u64 cookie)
{
	u32 slot = abi_wanted_slot(cookie);

	for (u32 i = 0; i < ABI_WANTED_PROBES; i++)
		if (x->table.bss->wanted[(slot + i) & (ABI_WANTED_SLOTS - 1)] == cookie)
			return true;
	return false;
}

static void test_each_is_wanted_once(void **state)
{
	struct fixture *x = *state;
	struct sockets *s = &x->collect.sockets;

	sockets_want(s, make_entry(x, 7, 0));
	sockets_want(s, entry(x, 7));
	sockets_want(s, make_entry(x, 8, 0));
	assert_int_equal(s->want_count, 2);
	sockets_begin_wanted(s, &x->hooks);
	assert_int_equal(x->table.bss->wanted_count, 2);
	assert_true(programs_know(x, 7) && programs_know(x, 8) && !programs_know(x, 9));
	/* The pass has begun: what is wanted now is for the next. */
	sockets_want(s, make_entry(x, 9, 0));
	assert_int_equal(s->want_count, 1);
	s->whole = true;
	sweep_source.tick(x->sweep);
	assert_int_equal(x->table.bss->wanted_count, 0);
	assert_false(programs_know(x, 7) || programs_know(x, 8));
	assert_false(entry(x, 7)->flags & ENTRY_WANTED || entry(x, 8)->flags & ENTRY_WANTED);
	assert_true(entry(x, 9)->flags & ENTRY_WANTED);
}

static void test_too_many_are_all(void **state)
{
	struct fixture *x = *state;
	struct sockets *s = &x->collect.sockets;

	for (u64 i = 1; i <= WANTED_MAX; i++)
		sockets_want(s, make_entry(x, i, 0));
	assert_false(s->want_all);
	sockets_want(s, make_entry(x, WANTED_MAX + 1, 0));
	assert_true(s->want_all);
	assert_int_equal(s->want_count, WANTED_MAX);
}

static void test_a_full_neighbourhood_is_all(void **state)
{
	struct fixture *x = *state;
	struct sockets *s = &x->collect.sockets;
	u32 slot = abi_wanted_slot(1);
	u64 cookie = 1;

	for (u32 i = 0; i < ABI_WANTED_PROBES; i++, cookie++) {
		while (abi_wanted_slot(cookie) != slot)
			cookie++;
		sockets_want(s, make_entry(x, cookie, 0));
	}
	sockets_set_wanted(s, &x->hooks);
	assert_false(s->want_all);
	while (abi_wanted_slot(cookie) != slot)
		cookie++;
	sockets_want(s, make_entry(x, cookie, 0));
	sockets_set_wanted(s, &x->hooks);
	assert_true(s->want_all);
}

/* -- what the tick's record says ----------------------------------------------------------------------------------- */

static struct source *new_files(struct fixture *x)
{
	struct source *s = calloc(1, files_source.size);

	*s = (struct source){.class = &files_source, .c = &x->collect.c};
	return s;
}

static void test_a_tick_that_was_lost_is_told_again(void **state)
{
	struct fixture *x = *state;
	cleanup_free struct source *files = new_files(x);

	for (u64 i = 1; i <= 2; i++) {
		struct entry *e = make_entry(x, i, ENTRY_REPORTED);

		e->sum = e->layers_sum = 9;
		e->sent_tick = (u32)i;
	}
	x->collect.c.out.tick_number = 2;
	files_source.resend(files);
	assert_int_equal(entry(x, 1)->sum, 9);
	assert_int_equal(entry(x, 2)->sum, 0);
	assert_int_equal(entry(x, 1)->layers_sum + entry(x, 2)->layers_sum, 0);
}

/* How many sockets there are is known at the end of a pass only. */
static void test_a_pass_that_goes_on_leaves_the_count(void **state)
{
	struct fixture *x = *state;
	cleanup_free struct source *files = new_files(x);
	struct sockets *s = &x->collect.sockets;
	struct record_tick t = {.pass_whole = PASS_SLOW};

	s->whole = true;
	s->whole_ticks = 1;
	s->seen = 100;
	files_source.fill(files, &t);
	assert_int_equal(t.pass_whole, PASS_SLOW | PASS_FILES);
	assert_int_equal(t.sockets, 100);
	assert_int_equal(t.pass_ticks, 1);
	s->whole = false;
	s->seen = 40;
	t = (struct record_tick){};
	files_source.fill(files, &t);
	assert_int_equal(t.pass_whole, 0);
	assert_int_equal(t.sockets, 100);
}

/* -- what no hook counts ------------------------------------------------------------------------------------------- */

static void test_what_no_hook_counts_is_unknown(void **state)
{
	struct fixture *x = *state;
	struct sockets *s = &x->collect.sockets;

	x->hooks.state[FEATURE_RESET_SENT].chosen = 0;
	x->hooks.state[FEATURE_UDP_SEND].chosen = 0;
	sockets_note_unserved(s, &x->hooks);
	assert_true(s->unserved[0] == (HAS_RETRANS_SPLIT | HAS_RESETS));
	assert_true(s->unserved[1] == (HAS_RX_BYTES | HAS_RX_PKTS));
}

/* -- what is gone -------------------------------------------------------------------------------------------------- */

/* A whole pass that has seen nothing; returns how much was sent about the socket. */
static size_t pass(struct fixture *x)
{
	struct outbox *o = &x->collect.c.out;
	size_t before = buf_len(&o->before) + buf_len(&o->after);

	x->collect.sockets.pass++;
	x->collect.sockets.whole = true;
	sweep_source.tick(x->sweep);
	return buf_len(&o->before) + buf_len(&o->after) - before;
}

static void test_a_pass_may_miss_a_socket_once(void **state)
{
	struct fixture *x = *state;

	spaces_note(&x->collect.spaces, NETNS, 0, 0); /* which nobody visits */
	make_entry(x, 7, ENTRY_REPORTED | ENTRY_FILE);
	assert_int_equal(pass(x), 0);
	assert_non_null(entry(x, 7));
	assert_int_equal(entry(x, 7)->misses, 1);
	assert_true(pass(x) > 0);
	assert_null(entry(x, 7));
}

static void test_what_the_reader_does_not_know_goes_in_silence(void **state)
{
	struct fixture *x = *state;

	make_entry(x, 7, ENTRY_FILE);
	assert_int_equal(pass(x) + pass(x), 0);
	assert_null(entry(x, 7));
}

/* A pass that is not at its end has missed nothing. */
static void test_a_part_of_a_pass_says_nothing(void **state)
{
	struct fixture *x = *state;

	make_entry(x, 7, ENTRY_REPORTED | ENTRY_FILE);
	x->collect.sockets.pass += 2;
	sweep_source.tick(x->sweep);
	assert_int_equal(entry(x, 7)->misses, 0);
}

/* If the slow turn can check it, it has to. */
static void test_a_visit_decides(void **state)
{
	struct fixture *x = *state;
	struct sockets *s = &x->collect.sockets;

	x->hooks.state[FEATURE_NO_FILE].chosen = 0;
	spaces_note(&x->collect.spaces, NETNS, 0, 0);
	make_entry(x, 7, ENTRY_REPORTED | ENTRY_FILE)->slow_checked = 3;
	x->collect.spaces.at[0].turn = 3;
	for (int i = 0; i < 5; i++)
		assert_int_equal(pass(x), 0);
	assert_true(s->slow_wanted);
	assert_non_null(entry(x, 7));
	x->collect.spaces.at[0].turn = 4;
	assert_true(pass(x) > 0);
	assert_null(entry(x, 7));
}

/* Its end comes first, and the row with it. */
static void test_an_end_that_is_held_comes_first(void **state)
{
	struct fixture *x = *state;

	make_entry(x, 7, ENTRY_REPORTED | ENTRY_FILE)->ending = 1;
	assert_int_equal(pass(x) + pass(x) + pass(x), 0);
	assert_non_null(entry(x, 7));
}

static void test_who_holds_it_is_told_once(void **state)
{
	struct fixture *x = *state;
	struct entry *e = make_entry(x, 7, ENTRY_REPORTED | ENTRY_FILE);
	struct buf *tick = &x->collect.c.tick;

	e->owners = e->owners_sent = 1;
	e->first_pid = e->pid = 1;
	e->sum = 1;
	e->pass++;
	pass(x);
	assert_int_equal(buf_len(tick), 0);
	e->owners = 2;
	e->pass++;
	pass(x);
	assert_true(buf_len(tick) > 0);
	assert_int_equal(e->owners_sent, 2);
	assert_int_equal(e->sum, 0);
	buf_reset(tick, 0);
	e->pass++;
	pass(x);
	assert_int_equal(buf_len(tick), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SOCKETS_TEST(test_each_is_wanted_once),
	    SOCKETS_TEST(test_too_many_are_all),
	    SOCKETS_TEST(test_a_full_neighbourhood_is_all),
	    SOCKETS_TEST(test_a_tick_that_was_lost_is_told_again),
	    SOCKETS_TEST(test_a_pass_that_goes_on_leaves_the_count),
	    SOCKETS_TEST(test_what_no_hook_counts_is_unknown),
	    SOCKETS_TEST(test_a_pass_may_miss_a_socket_once),
	    SOCKETS_TEST(test_what_the_reader_does_not_know_goes_in_silence),
	    SOCKETS_TEST(test_a_part_of_a_pass_says_nothing),
	    SOCKETS_TEST(test_a_visit_decides),
	    SOCKETS_TEST(test_an_end_that_is_held_comes_first),
	    SOCKETS_TEST(test_who_holds_it_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
