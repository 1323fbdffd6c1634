/* Runs one read at a time in a thread of its own. */
#include "aside.h"

#include <errno.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "clock.h"
#include "confine.h"
#include "thread.h"

#define STOP_NS (100 * NSEC_PER_MSEC) /* for a read that is about to return */

/* Called under the lock. */
static void read_for(struct aside *a, bool confined)
{
	ssize_t n = -EPERM;

	pthread_mutex_unlock(&a->lock);
	if (confined) {
		n = a->call ? a->call(a->fd, a->at, a->room) : read(a->fd, a->at, a->room);
		if (n < 0 && !a->call)
			n = -errno;
	}
	pthread_mutex_lock(&a->lock);
	a->result = n;
	a->done = true;
	pthread_cond_broadcast(&a->changed);
}

static void *run(void *aside)
{
	struct aside *a = aside;
	bool confined;

	prctl(PR_SET_NAME, a->name ? a->name : "skbtop-aside");
	confined = confine_to(a->keep) == 0;
	pthread_mutex_lock(&a->lock);
	while (!a->stop)
		if (a->asked && !a->done)
			read_for(a, confined);
		else
			pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

int aside_start(struct aside *a)
{
	int r;

	if (a->running)
		return 0;
	pthread_mutex_init(&a->lock, NULL);
	thread_cond_init(&a->changed);
	r = thread_start(&a->thread, run, a);
	a->running = r == 0;
	return r;
}

/* Called under the lock. true: the read is done. */
static bool wait_for(struct aside *a, u64 until_ns)
{
	struct timespec until = thread_deadline(until_ns);
	int r = 0;

	while (!a->done && r == 0)
		r = pthread_cond_timedwait(&a->changed, &a->lock, &until);
	return a->done;
}

ssize_t aside_read(struct aside *a, int fd, void *at, size_t room, u64 wait_ns)
{
	ssize_t n = -EINPROGRESS;
	u64 until = now_ns();

	pthread_mutex_lock(&a->lock);
	if (!a->asked) {
		a->asked = true;
		a->done = false;
		a->fd = fd;
		a->at = at;
		a->room = room;
		a->asked_ns = until;
		until += wait_ns;
		pthread_cond_broadcast(&a->changed);
	}
	if (wait_for(a, until)) {
		n = a->result;
		a->asked = a->done = false;
	}
	pthread_mutex_unlock(&a->lock);
	return n;
}

u64 aside_held_ns(const struct aside *a)
{
	return a->asked ? now_ns() - a->asked_ns : 0;
}

bool aside_stop(struct aside *a)
{
	bool back;

	if (!a->running)
		return true;
	pthread_mutex_lock(&a->lock);
	back = !a->asked || wait_for(a, now_ns() + STOP_NS);
	a->stop = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	if (!back)
		return false;
	pthread_join(a->thread, NULL);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	*a = (struct aside){};
	return true;
}
