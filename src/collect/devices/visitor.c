/* Makes rounds of visits in a thread of its own. */
#include "visitor.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "confine.h"
#include "thread.h"

#define STOP_NS (100 * NSEC_PER_MSEC) /* for a visit that is nearly done */

static u64 thread_cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (u64)t.tv_sec * NSEC_PER_SEC + (u64)t.tv_nsec;
}

/* Called without the lock: nobody else touches a visit that is not done. */
static void make(struct visitor *v, struct visit *visit)
{
	visit->entered = v->confined && (visit->fd < 0 || (v->own_fd >= 0 && setns(visit->fd, CLONE_NEWNET) == 0));
	if (visit->entered)
		gather(&visit->g, &v->names, visit->fd < 0, visit->nat, visit->programs);
	if (visit->fd >= 0) {
		if (visit->entered)
			(void)!setns(v->own_fd, CLONE_NEWNET);
		close(visit->fd);
	}
}

/* Called under the lock. */
static void make_next(struct visitor *v)
{
	u64 before = thread_cpu_ns();

	pthread_mutex_unlock(&v->lock);
	make(v, &v->visits[v->done]);
	pthread_mutex_lock(&v->lock);
	v->cpu_ns += thread_cpu_ns() - before;
	v->done++;
	pthread_cond_broadcast(&v->changed);
}

static void *run(void *visitor)
{
	struct visitor *v = visitor;

	prctl(PR_SET_NAME, "skbtop-devices");
	v->confined = confine_to(CONFINE_KEEP(CAP_SYS_ADMIN) | CONFINE_KEEP(CAP_DAC_READ_SEARCH)) == 0;
	pthread_mutex_lock(&v->lock);
	while (!v->stop)
		if (v->done < v->count)
			make_next(v);
		else
			pthread_cond_wait(&v->changed, &v->lock);
	pthread_mutex_unlock(&v->lock);
	return NULL;
}

int visitor_start(struct visitor *v, int own_fd)
{
	int r;

	*v = (struct visitor){.own_fd = own_fd, .visits = calloc(VISITS_MAX, sizeof(*v->visits))};
	if (!v->visits)
		return -ENOMEM;
	pthread_mutex_init(&v->lock, NULL);
	thread_cond_init(&v->changed);
	r = thread_start(&v->thread, run, v);
	v->running = r == 0;
	return r;
}

void visitor_begin(struct visitor *v, u32 count)
{
	pthread_mutex_lock(&v->lock);
	v->count = count;
	v->done = v->taken = 0;
	v->cpu_ns = 0;
	pthread_cond_broadcast(&v->changed);
	pthread_mutex_unlock(&v->lock);
}

bool visitor_busy(struct visitor *v)
{
	return v->taken < v->count;
}

struct visit *visitor_take(struct visitor *v)
{
	struct visit *visit = NULL;

	pthread_mutex_lock(&v->lock);
	if (v->taken < v->done)
		visit = &v->visits[v->taken++];
	pthread_mutex_unlock(&v->lock);
	return visit;
}

/* Called under the lock. true: at least so many are done. */
static bool wait_for(struct visitor *v, u32 done, u64 ns)
{
	struct timespec until = thread_deadline(now_ns() + ns);
	int r = 0;

	while (v->done < done && r == 0)
		r = pthread_cond_timedwait(&v->changed, &v->lock, &until);
	return v->done >= done;
}

void visitor_wait(struct visitor *v, u64 ns)
{
	pthread_mutex_lock(&v->lock);
	wait_for(v, MIN(v->count, 1), ns);
	pthread_mutex_unlock(&v->lock);
}

/* Rests of the round are not visited any more. */
static void give_up(struct visitor *v)
{
	for (u32 i = v->done + 1; i < v->count; i++)
		if (v->visits[i].fd >= 0)
			close(v->visits[i].fd);
	v->count = MIN(v->count, v->done + 1);
}

bool visitor_stop(struct visitor *v)
{
	bool back;

	if (v->running) {
		pthread_mutex_lock(&v->lock);
		give_up(v);
		back = wait_for(v, v->count, STOP_NS);
		v->stop = true;
		pthread_cond_broadcast(&v->changed);
		pthread_mutex_unlock(&v->lock);
		if (!back)
			return false;
		pthread_join(v->thread, NULL);
		pthread_cond_destroy(&v->changed);
		pthread_mutex_destroy(&v->lock);
	}
	for (u32 i = 0; v->visits && i < VISITS_MAX; i++)
		found_deinit(&v->visits[i].g);
	free(v->visits);
	counter_names_deinit(&v->names);
	*v = (struct visitor){};
	return true;
}
