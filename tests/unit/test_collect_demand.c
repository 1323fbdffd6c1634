/* When programs are loaded on demand, and when they are not. The test stands in for the hooks and the ring. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <bpf/libbpf.h>
#include <cmocka.h>

#include "collector.h"
#include "demand.h"

static struct {
	struct collector c;
	struct hooks hooks;
	struct source source;
	struct demand d;
	int load, begin;                  /* what hooks_load() and begins() return */
	unsigned loads, unloads, reports; /* how often */
	bool loaded, ring;
} t;

int hooks_load(struct hooks *h, enum hook_set set, struct error *err)
{
	assert_false(t.loaded);
	t.loads++;
	t.loaded = t.load == 0;
	return t.load < 0 ? error_set(err, t.load, "refused") : 0;
}

void hooks_unload(struct hooks *h, enum hook_set set)
{
	t.unloads += t.loaded;
	t.loaded = false;
}

struct bpf_object *hooks_object(const struct hooks *h, enum hook_set set)
{
	return t.loaded ? (struct bpf_object *)&t : NULL;
}

void hooks_refuse(struct hooks *h, enum hook_set set, const char *why)
{
	assert_string_equal(why, "refused");
}

void hooks_report(const struct hooks *h, enum hook_set set, struct outbox *out)
{
	t.reports++;
}

int bpf_map__fd(const struct bpf_map *map)
{
	return -1;
}

struct ring_buffer *ring_buffer__new(int fd, ring_buffer_sample_fn each, void *context,
				     const struct ring_buffer_opts *opts)
{
	t.ring = true;
	return (struct ring_buffer *)&t;
}

void ring_buffer__free(struct ring_buffer *r)
{
	t.ring = t.ring && !r;
}

int ring_buffer__epoll_fd(const struct ring_buffer *r)
{
	return -1;
}

int ring_buffer__consume(struct ring_buffer *r)
{
	assert_true(t.loaded);
	return 0;
}

int source_watch(struct source *s, int fd)
{
	return -EPERM; /* then it is read with each tick */
}

static const struct bpf_map *ring_of(const struct hooks *h)
{
	return NULL;
}

static int begins(struct source *s)
{
	return t.begin;
}

static const struct demand_class class = {.set = SET_ANSWERS, .ring = ring_of, .begins = begins};

static int setup(void **state)
{
	memset(&t, 0, sizeof(t));
	t.c.hooks = &t.hooks;
	t.source.c = &t.c;
	return 0;
}

static bool tick(void)
{
	t.c.number++;
	return demand_tick(&t.d, &class, &t.source);
}

static bool apply(bool wanted)
{
	t.d.wanted = wanted;
	return demand_apply(&t.d, &class, &t.source);
}

static void with_the_next_tick(void **state)
{
	assert_true(demand_want(&t.d, false));
	assert_false(demand_want(&t.d, true));
	assert_int_equal(t.loads, 0);
	assert_true(tick());
	assert_true(demand_want(&t.d, true));
	assert_true(tick());
	assert_false(demand_want(&t.d, false));
	assert_false(tick());
	assert_int_equal(t.loads, 1);
	assert_int_equal(t.unloads, 1);
	assert_int_equal(t.reports, 1);
	assert_false(t.ring);
}

/* Who keeps changing his mind has it loaded once a tick. */
static void at_once_but_once_a_tick(void **state)
{
	tick();
	assert_true(apply(true));
	assert_int_equal(t.loads, 1);
	assert_true(apply(false));
	assert_int_equal(t.unloads, 1);
	assert_false(apply(true));
	assert_int_equal(t.loads, 1);
	assert_true(tick());
	assert_int_equal(t.loads, 2);
	assert_int_equal(t.reports, 1);
}

static void refused_until_nobody_wants_it(void **state)
{
	t.load = -EPERM;
	t.d.wanted = true;
	assert_false(tick());
	assert_false(tick());
	assert_int_equal(t.loads, 1);
	t.load = 0;
	t.d.wanted = false;
	assert_false(tick());
	t.d.wanted = true;
	assert_true(tick());
	assert_int_equal(t.loads, 2);
}

static void without_memory_nothing_stays(void **state)
{
	t.begin = -ENOMEM;
	t.d.wanted = true;
	assert_false(tick());
	assert_int_equal(t.unloads, 1);
	assert_false(t.loaded);
}

static void nobody_reads(void **state)
{
	t.d.wanted = true;
	assert_true(tick());
	t.c.unread = 10;
	assert_false(tick());
	t.c.unread = 0;
	assert_true(tick());
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
	    TEST(with_the_next_tick),
	    TEST(at_once_but_once_a_tick),
	    TEST(refused_until_nobody_wants_it),
	    TEST(without_memory_nothing_stays),
	    TEST(nobody_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
