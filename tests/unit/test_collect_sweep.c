/* After a pass: what was not seen any more is gone, but not at once, and not before somebody has looked for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "collect_fixture.h"
#include "hooks.h"
#include "skbtop.skel.h"

#define COOKIE 77
#define NETNS 9 /* not our own */

struct sweeping {
	struct collect_fixture x;
	struct hooks hooks; /* nothing is served but the ends of UDP sockets */
	struct skbtop_bpf table;
	struct skbtop_bpf__bss bss;
	struct source *sweep; /* owned */
};

static int setup(void **state)
{
	struct sweeping *w = calloc(1, sizeof(*w));

	*state = w;
	if (!w)
		return -1;
	collect_fixture_init(&w->x);
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++)
		w->hooks.state[f].chosen = f == FEATURE_UDP_END ? 0 : -1;
	w->table.bss = &w->bss;
	w->hooks.table = &w->table;
	w->x.c.hooks = &w->hooks;
	w->x.sockets.whole = true;
	spaces_note(&w->x.spaces, NETNS, 0, 0);
	w->sweep = calloc(1, sweep_source.size);
	*w->sweep = (struct source){.class = &sweep_source, .c = &w->x.c};
	return 0;
}

static int teardown(void **state)
{
	struct sweeping *w = *state;

	collect_fixture_deinit(&w->x);
	free(w->sweep);
	free(w);
	return 0;
}

#define SWEEP_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* A connection that was seen in the pass before this one. */
static struct entry *seen_before(struct sweeping *w)
{
	struct entry *e = entries_get(&w->x.sockets.entries, COOKIE);

	assert_non_null(e);
	e->flags |= ENTRY_FILE | ENTRY_REPORTED;
	e->pass = w->x.sockets.pass;
	e->netns = NETNS;
	return e;
}

/* Is it still there after a pass that has not met it? */
static bool survives(struct sweeping *w)
{
	w->x.sockets.pass++;
	sweep_source.tick(w->sweep);
	return entries_find(&w->x.sockets.entries, COOKIE) != NULL;
}

static void an_iterator_may_skip_it_once(void **state)
{
	struct sweeping *w = *state;

	seen_before(w);
	assert_true(survives(w));
	assert_false(survives(w));
}

static void seen_again_it_begins_anew(void **state)
{
	struct sweeping *w = *state;
	struct abi_sock a = {.size = sizeof(a),
			     .kind = ABI_FILE,
			     .cookie = COOKIE,
			     .family = 2,
			     .protocol = IPPROTO_TCP,
			     .state = STATE_ESTABLISHED,
			     .lport = 4000,
			     .tgid = 1,
			     .netns = NETNS};

	seen_before(w);
	assert_true(survives(w));
	w->x.sockets.pass++;
	see_record(&w->x.c, &a);
	sweep_source.tick(w->sweep);
	assert_true(survives(w));
	assert_false(survives(w));
}

/* Where something can look into its namespace, that has to have been there since it was seen last. */
static void not_before_somebody_has_looked(void **state)
{
	struct sweeping *w = *state;
	struct entry *e = seen_before(w);

	w->hooks.state[FEATURE_NO_FILE].chosen = 0;
	w->x.sockets.slow_pass = e->slow_checked = 5;
	assert_true(survives(w));
	assert_true(w->x.sockets.slow_wanted);
	for (int i = 0; i < 5; i++)
		assert_true(survives(w));
	w->x.spaces.at[w->x.spaces.count - 1].turn = 5;
	assert_true(survives(w));
	w->x.spaces.at[w->x.spaces.count - 1].turn = 6;
	assert_false(survives(w));
}

/* One whose end waits for its RST. */
static void its_end_comes_first(void **state)
{
	struct sweeping *w = *state;

	seen_before(w)->ending = 1;
	for (int i = 0; i < 5; i++)
		assert_true(survives(w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SWEEP_TEST(an_iterator_may_skip_it_once),
	    SWEEP_TEST(seen_again_it_begins_anew),
	    SWEEP_TEST(not_before_somebody_has_looked),
	    SWEEP_TEST(its_end_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
