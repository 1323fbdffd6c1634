/* The ends of sockets from the ring buffer: taken with each tick and between the pieces of a pass, because what a pass
 * sees has to be compared with the ends that came before. */
#include <bpf/libbpf.h>

#include "clock.h"
#include "drain.h"
#include "hold.h"
#include "hooks.h"
#include "skbtop.skel.h"
#include "sockets.h"

struct ends {
	struct source source;
	struct drain drain;
	struct hold hold;
};

void ends_take(struct ends *e)
{
	u64 now = now_ns();

	do
		drain_take(&e->drain, sizeof(struct abi_sock), hold_take, &e->hold);
	while (hold_settle(&e->hold, now_ns()));
	e->source.c->sockets->drained_ns = now;
}

static int ends_open(struct source *s, struct error *err)
{
	struct ends *e = (struct ends *)s;

	(void)err;
	drain_init(&e->drain);
	s->c->sockets->ends = e;
	return 0;
}

static int ends_start(struct source *s, struct error *err)
{
	struct ends *e = (struct ends *)s;
	const struct hooks *h = s->c->hooks;

	hold_init(&e->hold, s->c, bpf_map__fd(h->table->maps.conns), hooks_has(h, FEATURE_RESET_SENT));
	return drain_start(&e->drain, bpf_map__fd(h->table->maps.ends), err);
}

static void ends_turn(struct source *s)
{
	ends_take((struct ends *)s);
}

static struct abi_stats read_stats(struct hooks *h)
{
	u32 cpus;
	const struct abi_stats *each = hooks_view(h, h->table->maps.stats, &cpus);
	struct abi_stats sum = {};

	for (u32 i = 0; i < cpus; i++) {
		sum.lost_events += each[i].lost_events;
		sum.lost_conns += each[i].lost_conns;
		sum.lost_flows += each[i].lost_flows;
		sum.lost_lookups += each[i].lost_lookups;
	}
	return sum;
}

static void ends_fill(struct source *s, struct record_tick *t)
{
	struct ends *e = (struct ends *)s;
	struct abi_stats stats = read_stats(s->c->hooks);

	t->lost_events = stats.lost_events + drain_lost(&e->drain);
	t->lost_conns = stats.lost_conns;
	t->lost_flows = stats.lost_flows;
	t->lost_lookups = stats.lost_lookups + s->c->errors;
	t->events = s->c->sockets->events;
}

static bool ends_stop(struct source *s)
{
	struct ends *e = (struct ends *)s;

	drain_stop(&e->drain);
	hold_deinit(&e->hold);
	return true;
}

const struct source_class ends_source = {
    .name = "ends",
    .size = sizeof(struct ends),
    .open = ends_open,
    .start = ends_start,
    .tick = ends_turn,
    .between = ends_turn,
    .fill = ends_fill,
    .stop = ends_stop,
};
