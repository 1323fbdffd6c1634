/* The scheduler notes when it has last switched to a task. Who has slept, looks at the monotonic clock at once, and
 * then asks for what was noted, sees both as far apart as they are and a microsecond more; the least of several looks
 * is nearest. */
#include "sched_clock.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "exchanges.skel.h"

#define SLEEP_NS 100000 /* a shorter one can be over before it begins */
#define LOOKS 4
#define LATE_NS 1000000 /* a look is not wrong by more */

void sched_clock_begin(struct sched_clock *s, const struct hooks *h)
{
	if (hooks_has(h, FEATURE_EXCHANGE_CLOCK))
		s->link = bpf_program__attach_iter(hooks_program(h, FEATURE_EXCHANGE_CLOCK, 0), NULL);
	sched_clock_look(s, h);
}

void sched_clock_end(struct sched_clock *s)
{
	bpf_link__destroy(take(s->link));
	s->last = s->before = (struct sched_look){};
}

/* Only if it was switched to once since the look before, and so not again before its time was read. The first look of
 * several has none before it. */
static struct sched_look look(int fd, const struct hooks *h)
{
	const volatile struct exchanges_bpf__bss *said = h->exchanges->bss;
	u64 switches = said->clock_switches, now;
	char one;

	nanosleep(&(struct timespec){.tv_nsec = SLEEP_NS}, NULL);
	now = now_ns();
	if (read(fd, &one, 1) < 0 || said->clock_switches != switches + 1)
		return (struct sched_look){};
	return (struct sched_look){said->clock_arrived, now - said->clock_arrived};
}

void sched_clock_look(struct sched_clock *s, const struct hooks *h)
{
	cleanup_close int fd = s->link ? bpf_iter_create(bpf_link__fd(s->link)) : -1;
	struct sched_look best = {};

	for (int i = 0; fd >= 0 && i < LOOKS; i++) {
		struct sched_look now = look(fd, h);

		if (now.sched && (!best.sched || (s64)(now.ahead - best.ahead) < 0))
			best = now;
	}
	s->before = s->last;
	s->last = best;
}

u64 sched_clock_monotonic(struct sched_clock *s, u64 sched, u64 before)
{
	const struct sched_look *a = &s->before, *b = &s->last;
	double drift = 0;
	u64 then;

	if (!b->sched)
		return 0;
	if (a->sched && b->sched > a->sched)
		drift = (double)(s64)(b->ahead - a->ahead) / (double)(b->sched - a->sched);
	then = sched + b->ahead + (u64)(s64)(drift * (double)(s64)(sched - b->sched));
	if (then <= before)
		return then;
	if (then > before + LATE_NS)
		return 0;
	s->before.ahead -= then - before;
	s->last.ahead -= then - before;
	return before;
}
