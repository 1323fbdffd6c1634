/* Names of containers. Their files are read by a thread of its own, because a user's home may be on a file system that
 * makes us wait: again and again for a while where there is no name yet (Kubernetes writes its links once a container
 * runs), and every minute where there is one, which may be changed. A container that has lost its name is gone, and is
 * forgotten. */
#include "containers.h"

#include <errno.h>
#include <linux/capability.h>
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>

#include "array.h"
#include "clock.h"
#include "collector.h"
#include "confine.h"
#include "container_name.h"
#include "namer.h"
#include "thread.h"

#define CONTAINERS_MAX 1024 /* that are looked after; beyond it the oldest keeps the name that it has */
#define AGAIN_NS (60 * NSEC_PER_SEC)
#define TRIES 7                       /* after 1, 2, 4 … 64 s */
#define STOP_NS (100 * NSEC_PER_MSEC) /* for a look that is about to end */

struct looked_at {
	u64 cgroup; /* its id */
	u64 due_ns; /* when to look next; 0: at once */
	struct container container;
	u8 tries; /* without finding a name */
	bool named;
	char text[CONTAINER_TEXT_MAX]; /* as it was sent last */
};

struct list {
	struct looked_at *at; /* owned */
	u32 count, cap;
};

struct containers {
	struct source source;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool running, stop, busy; /* busy: it reads */
	struct list asked, found; /* by the main thread; for it */
	struct list watched;      /* the thread's own */
	u32 oldest;               /* of these, where there are too many */
};

static void add(struct list *l, const struct looked_at *one)
{
	if (l->count < CONTAINERS_MAX && array_append(&l->at, &l->cap, l->count, sizeof(*l->at)) == 0)
		l->at[l->count++] = *one;
}

/* -- the thread: called under the lock ------------------------------------------------------------------------------
 */

static void look(struct containers *c, struct looked_at *one)
{
	char text[CONTAINER_TEXT_MAX];
	bool named;

	c->busy = true;
	pthread_mutex_unlock(&c->lock);
	named = container_name("", &one->container, text);
	pthread_mutex_lock(&c->lock);
	c->busy = false;
	pthread_cond_broadcast(&c->changed);
	/* The last name of a container that is gone stays. */
	if ((named || !one->named) && strcmp(text, one->text) != 0) {
		memcpy(one->text, text, sizeof(text));
		add(&c->found, one);
	}
	one->due_ns = now_ns() + (named ? AGAIN_NS : NSEC_PER_SEC << one->tries);
	one->tries = named ? 0 : one->named ? TRIES : one->tries + 1;
	one->named |= named;
	if (one->tries >= TRIES || *one->container.name)
		*one = c->watched.at[--c->watched.count];
}

/* Looks at the first that is due. Returns when the next one is, if none. */
static u64 look_at_next(struct containers *c)
{
	u64 now = now_ns(), next = now + AGAIN_NS;

	for (u32 i = 0; i < c->watched.count; i++) {
		if (c->watched.at[i].due_ns <= now) {
			look(c, &c->watched.at[i]);
			return 0;
		}
		next = MIN(next, c->watched.at[i].due_ns);
	}
	return next;
}

static void take_asked(struct containers *c)
{
	for (u32 i = 0; i < c->asked.count; i++)
		if (c->watched.count < CONTAINERS_MAX)
			add(&c->watched, &c->asked.at[i]);
		else
			c->watched.at[c->oldest++ % CONTAINERS_MAX] = c->asked.at[i];
	c->asked.count = 0;
}

static void *run(void *containers)
{
	struct containers *c = containers;
	bool confined;
	u64 next;

	prctl(PR_SET_NAME, "skbtop-names");
	confined = confine_to(CONFINE_KEEP(CAP_DAC_READ_SEARCH)) == 0;
	pthread_mutex_lock(&c->lock);
	while (confined && !c->stop) {
		take_asked(c);
		next = look_at_next(c);
		if (next && !c->stop && !c->asked.count) {
			struct timespec until = thread_deadline(next);

			pthread_cond_timedwait(&c->changed, &c->lock, &until);
		}
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* -- the main thread ------------------------------------------------------------------------------------------------
 */

void containers_note(struct containers *c, u64 cgroup, const char *path)
{
	struct looked_at one = {.cgroup = cgroup};

	if (!c || !container_in_path(path, &one.container))
		return;
	pthread_mutex_lock(&c->lock);
	add(&c->asked, &one);
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

static int containers_open(struct source *s, struct error *err)
{
	struct containers *c = (struct containers *)s;

	(void)err;
	pthread_mutex_init(&c->lock, NULL);
	thread_cond_init(&c->changed);
	return 0;
}

static int containers_start(struct source *s, struct error *err)
{
	struct containers *c = (struct containers *)s;

	(void)err;
	s->c->namer->containers = c;
	c->running = thread_start(&c->thread, run, c) == 0;
	s->c->errors += !c->running;
	return 0;
}

static void containers_tick(struct source *s)
{
	struct containers *c = (struct containers *)s;

	pthread_mutex_lock(&c->lock);
	for (u32 i = 0; i < c->found.count; i++)
		namer_send_container(&s->c->out, c->found.at[i].cgroup, c->found.at[i].text);
	c->found.count = 0;
	pthread_mutex_unlock(&c->lock);
}

static bool has_stopped(struct containers *c)
{
	struct timespec until = thread_deadline(now_ns() + STOP_NS);
	int r = 0;
	bool back;

	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_broadcast(&c->changed);
	while (c->busy && r == 0)
		r = pthread_cond_timedwait(&c->changed, &c->lock, &until);
	back = !c->busy;
	pthread_mutex_unlock(&c->lock);
	return back;
}

static bool containers_stop(struct source *s)
{
	struct containers *c = (struct containers *)s;

	s->c->namer->containers = NULL;
	if (c->running && !has_stopped(c))
		return false;
	if (c->running)
		pthread_join(c->thread, NULL);
	pthread_cond_destroy(&c->changed);
	pthread_mutex_destroy(&c->lock);
	free(c->asked.at);
	free(c->found.at);
	free(c->watched.at);
	return true;
}

const struct source_class containers_source = {.name = "containers",
					       .size = sizeof(struct containers),
					       .open = containers_open,
					       .start = containers_start,
					       .tick = containers_tick,
					       .stop = containers_stop};
