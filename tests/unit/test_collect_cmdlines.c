/* Command lines: read aside, told once and when they change, and one process that holds a thread does not hold the
 * others.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "cmdlines.h"
#include "processes.h"
#include "stream.h"

static struct told {
	struct cmdlines l;
	struct outbox out;
	struct stream_decoder *dec;
} * t;

static int setup(void **state)
{
	t = calloc(1, sizeof(*t));
	outbox_init(&t->out, -1);
	t->out.in_pass = true;
	return stream_decoder_new(&t->dec);
}

static int teardown(void **state)
{
	while (!cmdlines_stop(&t->l))
		;
	outbox_deinit(&t->out);
	stream_decoder_free(t->dec);
	free(t);
	return 0;
}

/* The next one that was sent, or NULL. A busy machine may take its time. */
static const struct record_cmdline *next(void)
{
	struct record rec;

	for (size_t i = 0; i < CMDLINE_LANES; i++)
		while (t->l.lanes[i].pid && t->l.lanes[i].fd >= 0 && !aside_held_ns(&t->l.lanes[i].aside))
			cmdlines_poll(&t->l, &t->out);
	cmdlines_poll(&t->l, &t->out);
	while (stream_next(t->dec, &t->out.before, &rec, NULL) > 0)
		if (rec.kind == RECORD_CMDLINE)
			return rec.cmdline;
	return NULL;
}

static const struct record_cmdline *wait_next(void)
{
	const struct record_cmdline *r;

	while (!(r = next()))
		;
	return r;
}

static void wait_idle(void)
{
	for (size_t i = 0; i < CMDLINE_LANES; i++)
		while (t->l.lanes[i].pid)
			cmdlines_poll(&t->l, &t->out);
}

static void test_joined(void **state)
{
	char args[] = "nginx\0-g\0daemon off;\0\0 \0";

	assert_int_equal(cmdline_join(args, sizeof(args)), 20);
	assert_memory_equal(args, "nginx -g daemon off;", 20);
	assert_int_equal(cmdline_join(memset(args, 0, 5), 5), 0);
}

/* Our own, as /proc has it. */
static void test_told_once(void **state)
{
	struct record_process me = {.pid = (u32)getpid(), .start_ns = NSEC_PER_SEC};
	const struct record_cmdline *r;

	cmdlines_ask_whole(&t->l, &t->out, me.pid);
	wait_idle();
	assert_null(next()); /* nobody has led to it */
	cmdlines_ask(&t->l, &t->out, &me);
	r = wait_next();
	assert_int_equal(r->pid, me.pid);
	assert_int_equal(r->whole, 1);
	assert_non_null(strstr((const char *)r->text, "test_collect_cmdlines"));
	cmdlines_ask(&t->l, &t->out, &me);
	wait_idle();
	assert_null(next());
	/* Another process of the same number. */
	me.start_ns = 7 * NSEC_PER_SEC;
	cmdlines_ask(&t->l, &t->out, &me);
	assert_int_equal(wait_next()->pid, me.pid);
	cmdlines_ask_whole(&t->l, &t->out, me.pid);
	assert_int_equal(wait_next()->whole, 1);
}

static int hold(size_t lane, u32 pid, int pipe_fd)
{
	struct cmdline_lane *l = &t->l.lanes[lane];

	assert_int_equal(aside_start(&l->aside), 0);
	l->pid = pid;
	l->fd = dup(pipe_fd);
	assert_int_equal(aside_read(&l->aside, l->fd, l->text, sizeof(l->text), 0), -EINPROGRESS);
	return l->fd;
}

/* An empty pipe stands for a process that holds its memory. */
static void test_held(void **state)
{
	struct record_process me = {.pid = (u32)getpid(), .start_ns = 1}, other = {.pid = (u32)getppid()};
	int pipes[2];

	assert_int_equal(pipe(pipes), 0);
	hold(0, other.pid, pipes[0]);
	assert_true(cmdlines_ready(&t->l));
	cmdlines_ask(&t->l, &t->out, &other);
	assert_int_equal(t->l.lanes[1].pid, 0);
	cmdlines_ask(&t->l, &t->out, &me);
	assert_int_equal(wait_next()->pid, me.pid);
	for (size_t i = 1; i < CMDLINE_LANES; i++)
		hold(i, 12345678U + (u32)i, pipes[0]);
	assert_false(cmdlines_ready(&t->l));
	/* Whoever waits for them for long goes on without. */
	for (size_t i = 0; i < CMDLINE_LANES; i++)
		t->l.lanes[i].aside.asked_ns -= 2 * NSEC_PER_SEC;
	assert_true(cmdlines_ready(&t->l));
	cmdlines_ask(&t->l, &t->out, &me);
	assert_false(cmdlines_stop(&t->l));
	assert_int_equal(write(pipes[1], "a\0bb\0c\0dddd", 11), 11);
	close(pipes[1]);
	assert_int_not_equal(wait_next()->pid, me.pid);
	wait_idle();
	close(pipes[0]);
}

static bool starts(const char *stat, u64 *ticks)
{
	cleanup_fclose FILE *f = fmemopen((void *)stat, strlen(stat), "r");

	return process_start_ticks(f, ticks);
}

/* A name can look like the fields behind it. */
static void test_started(void **state)
{
	u64 ticks = 0;

	assert_true(starts("7 (a) S 1) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 99 1\n", &ticks));
	assert_int_equal(ticks, 4711);
	assert_false(starts("7 (a) S 1 7 7 0 -1 4194560 1 2 3", &ticks));
	assert_false(starts("7", &ticks));
	assert_false(process_start_ticks(NULL, &ticks));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {TEST(test_joined), TEST(test_told_once), TEST(test_held),
					   TEST(test_started)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
