/* What comes through the ring buffers: packets of a trace, and the ends that wait for the collector. The test stands in
 * for libbpf's ring buffers and hands over records of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include <bpf/libbpf.h>
#include <cmocka.h>

#include "collect_fixture.h"
#include "hooks.h"
#include "drain.h"
#include "stages.h"
#include "stages.skel.h"

struct ring_buffer {
	ring_buffer_sample_fn each;
	void *context;
	int fd; /* readable never */
};

struct ring_buffer *ring_buffer__new(int map_fd, ring_buffer_sample_fn each, void *context,
				     const struct ring_buffer_opts *opts)
{
	struct ring_buffer *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	*r = (struct ring_buffer){.each = each, .context = context, .fd = eventfd(0, EFD_CLOEXEC)};
	return r;
}

void ring_buffer__free(struct ring_buffer *r)
{
	if (!r)
		return;
	close(r->fd);
	free(r);
}

int ring_buffer__epoll_fd(const struct ring_buffer *r)
{
	return r->fd;
}

int ring_buffer__consume(struct ring_buffer *r)
{
	return 0;
}

/* -- a trace ------------------------------------------------------------------------------------------------------ */

int source_watch(struct source *s, int fd)
{
	return 0;
}

struct tracing {
	struct collect_options options;
	struct collect_fixture x;
	struct hooks hooks;
	struct stages_bpf programs;
	struct stages stages;
};

static int setup(void **state)
{
	struct tracing *t = calloc(1, sizeof(*t));

	*state = t;
	if (!t)
		return -1;
	collect_fixture_init(&t->x);
	t->x.c.options = &t->options;
	t->x.c.hooks = &t->hooks;
	t->hooks.stages = &t->programs;
	t->stages.source.c = &t->x.c;
	return trace_init(&t->stages);
}

static int teardown(void **state)
{
	struct tracing *t = *state;

	trace_deinit(&t->stages);
	collect_fixture_deinit(&t->x);
	free(t);
	return 0;
}

#define TRACE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* A bare TCP segment with a window of 512, before scaling. */
static struct abi_packet segment(u64 key, bool tx, u8 flags)
{
	struct abi_packet a = {.size = sizeof(a),
			       .kind = ABI_PACKET_SEEN,
			       .key = key,
			       .ns = 1000 * key,
			       .frame = 40,
			       .captured = 40,
			       .segments = 1,
			       .tx = tx,
			       .cwnd = tx ? 10 : 0,
			       .snd_wscale = tx ? 7 : 0,
			       .rcv_wscale = tx ? 9 : 0,
			       .data = {[0] = 0x45, [9] = 6, [20 + 12] = 0x50, [20 + 13] = flags, [20 + 14] = 2}};

	return a;
}

static const struct record_packet *told(struct tracing *t, struct abi_packet a)
{
	trace_take(&t->stages, &a, sizeof(a));
	return &t->stages.recent[t->stages.seen & (STAGES_RECENT - 1)];
}

/* What one side offers is scaled by what that side had announced: ours where we send, the peer's where it does. */
static void windows_are_scaled(void **state)
{
	struct tracing *t = *state;

	assert_int_equal(told(t, segment(1, false, 0x10))->window, 512); /* not known yet */
	assert_int_equal(told(t, segment(2, true, 0x10))->window, 512 << 9);
	assert_int_equal(told(t, segment(3, false, 0x10))->window, 512 << 7);
}

/* RFC 7323, 2.2: never in a SYN. */
static void not_those_of_a_syn(void **state)
{
	struct tracing *t = *state;

	assert_int_equal(told(t, segment(1, true, 0x10))->window, 512 << 9);
	assert_int_equal(told(t, segment(2, true, 0x02))->window, 512);
	assert_int_equal(told(t, segment(3, false, 0x12))->window, 512);
}

static void another_trace_knows_no_scale(void **state)
{
	struct tracing *t = *state;

	assert_int_equal(told(t, segment(1, true, 0x10))->window, 512 << 9);
	trace_clear(&t->stages);
	assert_int_equal(told(t, segment(1, false, 0x10))->window, 512);
}

static void done(struct tracing *t, struct abi_packet_done d)
{
	d.kind = ABI_PACKET_DONE;
	trace_take(&t->stages, &d, sizeof(d));
}

/* With GRO a packet has the CPU of its entry and of the stack; what came with the first word stands when the last says
 * nothing of it. */
static void each_stamp_has_its_cpu(void **state)
{
	struct tracing *t = *state;
	struct abi_packet a = segment(1, false, 0x10);
	const struct record_packet *p;

	a.cpu = 5;
	p = told(t, a);
	assert_true(p->cpu[STAGE_RX_DEVICE] == 5 && !p->gro_cpu);
	done(t, (struct abi_packet_done){.key = 1, .cpus = {[STAGE_RX_QUEUED] = 6, [STAGE_RX_READ] = 7}});
	assert_true(p->cpu[STAGE_RX_DEVICE] == 5 && p->cpu[STAGE_RX_QUEUED] == 6 && p->cpu[STAGE_RX_READ] == 7);
	assert_int_equal(p->cpu[STAGE_RX_IP], 0);

	a = segment(2, false, 0x10);
	a.gro = 1;
	a.gro_cpu = 3;
	a.cpu = 4;
	p = told(t, a);
	assert_true(p->cpu[STAGE_RX_DEVICE] == 3 && p->gro_cpu == 4);

	a = segment(3, true, 0x10);
	a.cpu = 2;
	p = told(t, a);
	done(t, (struct abi_packet_done){.key = 3, .cpus = {[STAGE_TX_SEND] = 1}, .dequeue_cpu = 9});
	assert_true(p->cpu[STAGE_TX_SEND] == 1 && p->cpu[STAGE_TX_QUEUE] == 2 && p->dequeue_cpu == 9);
}

/* -- ends that wait ------------------------------------------------------------------------------------------------ */

static void count(void *context, const void *record)
{
	++*(unsigned *)context;
}

/* What does not fit is lost, and counted. */
static void what_does_not_fit_is_counted(void **state)
{
	u64 record[8] = {1};
	unsigned came = 0;
	struct error err;
	struct drain d;

	drain_init(&d);
	assert_int_equal(drain_start(&d, -1, &err), 0);
	d.room = 3 * sizeof(record);
	for (int i = 0; i < 5; i++)
		d.ring->each(d.ring->context, record, sizeof(record));
	assert_int_equal(drain_lost(&d), 2);
	drain_take(&d, sizeof(record), count, &came);
	assert_int_equal(came, 3);
	d.ring->each(d.ring->context, record, sizeof(record));
	assert_int_equal(drain_lost(&d), 2);
	d.room = DRAIN_BYTES_MAX; /* as it was made */
	drain_stop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TRACE_TEST(windows_are_scaled),
	    TRACE_TEST(not_those_of_a_syn),
	    TRACE_TEST(another_trace_knows_no_scale),
	    TRACE_TEST(each_stamp_has_its_cpu),
	    cmocka_unit_test(what_does_not_fit_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
