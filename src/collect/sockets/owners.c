/* Finds the owners of incoming connections between two ticks. Where accept() cannot be hooked only a pass over files
 * shows them, and a connection can be over before the next tick's pass. So while many come in there are extra passes,
 * which only note the owners in the map conns; the record of a connection's end takes them from there. */
#include <bpf/libbpf.h>
#include <sys/timerfd.h>

#include "clock.h"
#include "hooks.h"
#include "pass.h"
#include "skbtop.skel.h"
#include "sockets.h"

#define BIRTHS_MANY 64 /* between two ticks */
#define FORGET 16      /* each tick without such a pass takes 1/FORGET off the duration of the last */
#define PASSES 8       /* between two ticks at most */
#define SHARE 20       /* they take at most 1/SHARE of the time: one that would take longer is given up */

struct owners {
	struct source source;
	int timer; /* expires when the next pass is due; -1: there are none */
	bool on;
	u64 period_ns;
	u64 births;  /* since the last tick, without those not taken from the counter yet */
	u64 took_ns; /* by the last of these passes */
};

/* The births since the last call; resets the counter. */
static u64 take_births(struct collector *c)
{
	return __atomic_exchange_n(&c->hooks->table->bss->births, 0, __ATOMIC_RELAXED);
}

static int owners_open(struct source *s, struct error *err)
{
	(void)err;
	((struct owners *)s)->timer = -1;
	return 0;
}

static int owners_start(struct source *s, struct error *err)
{
	(void)err;
	((struct owners *)s)->timer = source_timer(s);
	return 0;
}

/* Decides whether there are to be passes until the next tick. */
static void owners_tick(struct source *s)
{
	struct owners *o = (struct owners *)s;
	struct collector *c = s->c;
	u64 births = o->births + take_births(c), period = MAX(c->interval_ns / PASSES, SHARE * o->took_ns);
	bool fits = period < c->interval_ns && c->sockets->whole_ticks <= 1 && c->sockets->whole;
	bool wanted = births >= BIRTHS_MANY && fits && !hooks_has(c->hooks, FEATURE_ACCEPT);

	o->births = 0;
	if (wanted != o->on || (wanted && period != o->period_ns))
		source_set_timer(o->timer, wanted ? period : 0, wanted ? period : 0);
	o->on = wanted;
	o->period_ns = period;
	if (!wanted)
		o->took_ns -= o->took_ns / FORGET; /* so that it is tried again some day */
}

static void nothing(void *collector, struct abi_sock *a)
{
	(void)collector;
	(void)a;
}

/* A pass besides the tick's own, which may be paused. */
static void run_pass(struct collector *c, const struct slice *slice)
{
	cleanup(pass_deinit) struct pass pass = {};
	int r = pass_begin(&pass, hooks_link(c->hooks, FEATURE_FILES));

	if (r == 0)
		r = pass_go_on(&pass, slice, nothing, NULL, c);
	if (r < 0)
		c->errors++;
}

static void owners_readable(struct source *s)
{
	struct owners *o = (struct owners *)s;
	struct collector *c = s->c;
	struct slice slice = budget_slice(&c->budget, c->interval_ns / SHARE);
	u64 expirations, start = now_ns(), births;

	if (read(o->timer, &expirations, sizeof(expirations)) < 0)
		return;
	births = take_births(c);
	if (!births)
		return;
	o->births += births;
	c->hooks->table->bss->owners_only = true;
	run_pass(c, &slice);
	c->hooks->table->bss->owners_only = false;
	o->took_ns = now_ns() - start;
}

static bool owners_stop(struct source *s)
{
	struct owners *o = (struct owners *)s;

	if (o->timer >= 0)
		close(o->timer);
	return true;
}

const struct source_class owners_source = {
    .name = "owners",
    .size = sizeof(struct owners),
    .open = owners_open,
    .start = owners_start,
    .tick = owners_tick,
    .readable = owners_readable,
    .stop = owners_stop,
};
