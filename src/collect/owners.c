/* Who holds the connections that come in, between two ticks. Where accept() cannot be hooked only a pass over files
 * tells, and a connection can be over before the next tick's. So while many come in there are further passes, which
 * only note in the map conns who holds what; the record of a connection's end has it from there. */
#include <bpf/libbpf.h>
#include <sys/timerfd.h>

#include "clock.h"
#include "collector.h"
#include "pass.h"
#include "skbtop.skel.h"

#define BIRTHS_MANY 64 /* between two ticks */
#define FORGET 16      /* of what the last took one part in so many is forgotten with each tick without */
#define PASSES 8       /* between two ticks, at most */
#define SHARE 20       /* they take at most a twentieth of the time: one that would take longer is given up */

void owners_init(struct collector *c)
{
	c->owners.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (c->owners.timer_fd >= 0)
		(void)!collector_watch(c, c->owners.timer_fd);
}

void owners_deinit(struct collector *c)
{
	if (c->owners.timer_fd >= 0)
		close(c->owners.timer_fd);
	c->owners.timer_fd = -1;
}

/* The births since the last tick; the counter begins anew. */
static u64 take_births(struct collector *c)
{
	return __atomic_exchange_n(&c->hooks.table->bss->births, 0, __ATOMIC_RELAXED);
}

void owners_tick(struct collector *c)
{
	u64 births = c->owners.births + take_births(c),
	    period = MAX(c->interval_ns / PASSES, SHARE * c->owners.took_ns);
	bool fits = period < c->interval_ns && c->files.whole_ticks <= 1 && c->files.whole;
	bool wanted = births >= BIRTHS_MANY && fits && !hooks_has(&c->hooks, FEATURE_ACCEPT);

	c->owners.births = 0;
	if (wanted != c->owners.on || (wanted && period != c->owners.period_ns))
		collector_set_timer(c->owners.timer_fd, wanted ? period : 0, wanted ? period : 0);
	c->owners.on = wanted;
	c->owners.period_ns = period;
	if (!wanted)
		c->owners.took_ns -= c->owners.took_ns / FORGET; /* it is tried again some day */
}

static void nothing(void *collector, struct abi_sock *a)
{
	(void)collector;
	(void)a;
}

/* One that is beside the tick's, which may rest. */
static void run_pass(struct collector *c, const struct slice *slice)
{
	cleanup(pass_deinit) struct pass pass = {};
	int r = pass_begin(&pass, hooks_link(&c->hooks, FEATURE_FILES));

	if (r == 0)
		r = pass_go_on(&pass, slice, nothing, NULL, c);
	if (r < 0)
		c->pass_errors++;
}

void owners_pass(struct collector *c)
{
	struct slice slice = budget_slice(&c->budget, c->interval_ns / SHARE);
	u64 expirations, start = now_ns(), births;

	if (read(c->owners.timer_fd, &expirations, sizeof(expirations)) < 0)
		return;
	births = take_births(c);
	if (!births)
		return;
	c->owners.births += births;
	c->hooks.table->bss->owners_only = true;
	run_pass(c, &slice);
	c->hooks.table->bss->owners_only = false;
	c->owners.took_ns = now_ns() - start;
}
