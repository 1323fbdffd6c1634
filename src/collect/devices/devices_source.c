/* Visits the network namespaces once a second: what it costs is a third of a millisecond for each, so it is always
 * done; where there are many, or one has very many devices, rounds take turns with rests. It begins once the
 * first tick is out, which it must not delay. */
#include "devices_source.h"

#include "clock.h"
#include "collector.h"
#include "spaces.h"
#include "told.h"

#define APART_NS (900 * NSEC_PER_MSEC) /* between two visits to a namespace: a second, and ticks are never exact */
#define PROGRAMS_NS (5 * NSEC_PER_SEC) /* between two looks for programs of BPF at its devices */
#define REST 50                        /* a round takes at most 1/REST of a CPU … */
#define REST_OF_BUDGET 5               /* … and of what the collector may use */
#define REST_NS (30 * NSEC_PER_SEC)    /* the longest rest */
#define WAIT_NS (5 * NSEC_PER_MSEC)    /* for our own namespace, so that its figures come with this tick */

struct devices {
	struct source source;
	struct visitor visitor;
	struct told told;
	u32 next;     /* index of the namespace that the next round begins with, after our own */
	u64 begun_ns; /* when the last round began */
	u64 tick_ns;  /* … and the tick */
	bool again;   /* a tick was not read */
};

/* -- a round ------------------------------------------------------------------------------------------------------- */

static bool due(const struct devices *d, u32 netns, u64 now)
{
	u64 last = told_visited_ns(&d->told, netns);

	return !last || now - last >= APART_NS;
}

/* Fills the places from n on. Returns how many there are then. */
static u32 choose_others(struct devices *d, u32 n, u64 now)
{
	const struct spaces *spaces = d->source.c->spaces;

	for (u32 i = 0; i < spaces->count && n < VISITS_MAX; i++) {
		const struct space *space = &spaces->at[d->next++ % spaces->count];
		int fd;

		if (space->netns == spaces->own || space->lost || !due(d, space->netns, now))
			continue;
		fd = spaces_open(space);
		if (fd < 0)
			continue;
		d->visitor.visits[n].fd = fd;
		d->visitor.visits[n++].netns = space->netns;
	}
	d->next %= MAX(spaces->count, 1);
	return n;
}

static void begin_round(struct devices *d, u64 now)
{
	const struct spaces *spaces = d->source.c->spaces;
	u32 n = 0;

	if (spaces->own && due(d, spaces->own, now)) {
		d->visitor.visits[n].fd = -1;
		d->visitor.visits[n++].netns = spaces->own;
	}
	if (spaces->own_fd >= 0)
		n = choose_others(d, n, now);
	if (!n)
		return;
	for (u32 i = 0; i < n; i++) {
		struct visit *v = &d->visitor.visits[i];

		v->nat = d->source.c->wishes.nat;
		v->programs = now - told_programs_ns(&d->told, v->netns) >= PROGRAMS_NS;
	}
	d->begun_ns = now;
	d->tick_ns = d->source.c->tick_ns;
	visitor_begin(&d->visitor, n);
}

static u64 rest_ns(const struct devices *d)
{
	double rest = MAX(REST, REST_OF_BUDGET / d->source.c->budget.share);

	return MIN((u64)(rest * (double)d->visitor.cpu_ns), REST_NS);
}

static bool has_address(const void *spaces, const u8 address[16])
{
	return spaces_has_address(spaces, address);
}

static void take_results(struct devices *d)
{
	struct visit *v;

	while ((v = visitor_take(&d->visitor))) {
		if (!v->entered)
			continue;
		if (v->g.has_nat)
			conntrack_keep(&v->g.nat, has_address, d->source.c->spaces);
		told_visit(&d->told, v, &d->visitor.names);
	}
}

static bool is_there(const void *spaces, u32 netns)
{
	return spaces_find(spaces, netns);
}

static int devices_start(struct source *s, struct error *err)
{
	struct devices *d = (struct devices *)s;
	struct collector *c = s->c;

	(void)err;
	told_init(&d->told, &c->out, &c->tick, c->namer);
	if (visitor_start(&d->visitor, c->spaces->own_fd) < 0)
		c->errors++; /* there are no devices then */
	else
		begin_round(d, now_ns());
	return 0;
}

static void devices_tick(struct source *s)
{
	struct devices *d = (struct devices *)s;
	u64 now = now_ns();

	if (!d->visitor.running)
		return;
	told_tick(&d->told, s->c->number);
	if (d->again)
		told_again(&d->told, s->c->out.delivered);
	d->again = false;
	take_results(d);
	if (visitor_busy(&d->visitor) || now - d->begun_ns < rest_ns(d))
		return;
	told_forget(&d->told, is_there, s->c->spaces);
	begin_round(d, now);
}

/* The thread has worked while the other sources did their parts of the tick. */
static void devices_fill(struct source *s, struct record_tick *t)
{
	struct devices *d = (struct devices *)s;

	(void)t;
	if (!d->visitor.running)
		return;
	if (d->tick_ns == s->c->tick_ns)
		visitor_wait(&d->visitor, WAIT_NS);
	take_results(d);
}

static void devices_resend(struct source *s)
{
	((struct devices *)s)->again = true;
}

static bool devices_stop(struct source *s)
{
	struct devices *d = (struct devices *)s;

	if (!visitor_stop(&d->visitor))
		return false;
	told_deinit(&d->told);
	return true;
}

const struct source_class devices_source = {
    .name = "devices",
    .late = true,
    .size = sizeof(struct devices),
    .start = devices_start,
    .tick = devices_tick,
    .resend = devices_resend,
    .fill = devices_fill,
    .stop = devices_stop,
};
