/* A token bucket of CPU time. */
#include "budget.h"

#include "cleanup.h"
#include "clock.h"

#define START_NS NSEC_PER_SEC /* CPU time that the start may use, and the time in which it is available */
#define SAVED 2.0             /* intervals' worth of CPU time that can be saved up … */
#define OWED 4.0              /* … or overdrawn, at most */
#define LEAST 8.0             /* a tick gets at least this fraction (1/8) of an interval's share */
#define WALL_SHARE 0.3        /* of an interval: on a busy machine a tick must not take all of it */
#define WALL_LEAST_NS (20 * NSEC_PER_MSEC)

void budget_init(struct budget *b, u32 percent)
{
	*b = (struct budget){
	    .share = MIN(percent ? percent : BUDGET_PERCENT, 100U) / 100.0,
	    .interval_ns = NSEC_PER_SEC,
	    .start_ns = now_ns(),
	    .at_ns = now_ns(),
	    .cpu_ns = cpu_ns(),
	    .left_ns = START_NS,
	};
}

static double allowance(const struct budget *b)
{
	return b->share * (double)b->interval_ns;
}

void budget_refill(struct budget *b, u64 interval_ns)
{
	u64 now = now_ns(), cpu = cpu_ns();
	double most;

	b->interval_ns = interval_ns;
	most = now - b->start_ns < START_NS ? START_NS : SAVED * allowance(b);
	b->left_ns += b->share * (double)(now - b->at_ns) - (double)(cpu - b->cpu_ns);
	b->left_ns = CLAMP(b->left_ns, -OWED * allowance(b), most);
	b->at_ns = now;
	b->cpu_ns = cpu;
}

struct slice budget_slice(const struct budget *b, u64 wall_ns)
{
	u64 cpu = cpu_ns();
	double left = b->left_ns - (double)(cpu - b->cpu_ns);

	return (struct slice){.cpu_ns = cpu + (u64)MAX(left, allowance(b) / LEAST), .wall_ns = now_ns() + wall_ns};
}

u64 budget_wall(const struct budget *b)
{
	if (now_ns() - b->start_ns < START_NS)
		return START_NS;
	return MAX((u64)(MAX(b->share, WALL_SHARE) * (double)b->interval_ns), WALL_LEAST_NS);
}

bool slice_over(const struct slice *s)
{
	return now_ns() >= s->wall_ns || cpu_ns() >= s->cpu_ns;
}
