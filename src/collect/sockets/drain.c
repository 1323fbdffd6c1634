/* The thread that empties the ring buffer. */
#include "drain.h"

#include <bpf/libbpf.h>
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "clock.h"
#include "confine.h"
#include "thread.h"

#define KEEP_BYTES (1U << 20)
#define LIFT_BYTES (4U << 20)
#define LIFT_NS (5 * NSEC_PER_SEC)
#define LIFT_NICE (-15)
#define PAUSE_NS 10000000 /* at 100,000 ends a second half a MiB comes in this time */

/* Called under the lock, from ring_buffer__consume(). */
static int keep(void *drain, void *record, size_t size)
{
	struct drain *d = drain;
	struct drain_space *s = &d->waiting;

	if (s->used + size > d->room) {
		d->lost++;
		return 0;
	}
	memcpy(s->at + s->used, record, size);
	s->used += size;
	s->touched = MAX(s->touched, s->used);
	return 0;
}

/* A new session is scheduled as a group of its own (sched(7), autogroup), which has a nice value too. Either may be
 * refused: then what a storm costs is counted as lost events. */
static void set_lifted(struct drain *d, bool lifted)
{
	setpriority(PRIO_PROCESS, (id_t)d->collector, lifted ? LIFT_NICE : d->nice);
	if (d->autogroup_fd >= 0)
		dprintf(d->autogroup_fd, "%d\n", lifted ? LIFT_NICE : 0);
	d->lifted = lifted;
}

/* The collector runs as everybody does: ahead of others it would take their processor for the whole of a long tick. But
 * a storm of connections can keep it waiting for seconds; when too much waits for it, it is lifted until that has not
 * been so for a while. (Not to real-time priority: Linux 6.18 let it starve for five seconds after such a time, while
 * it held its memory's lock, which this thread then waited for.) */
static void lift(struct drain *d)
{
	u64 now = now_ns();
	bool lifted;

	if (d->waiting.used > LIFT_BYTES)
		d->behind_ns = now;
	lifted = d->behind_ns && now - d->behind_ns < LIFT_NS;
	if (lifted != d->lifted)
		set_lifted(d, lifted);
}

static void *run(void *drain)
{
	struct drain *d = drain;
	struct sched_param urgent = {.sched_priority = 1};
	struct pollfd fds[2] = {{.fd = ring_buffer__epoll_fd(d->ring), .events = POLLIN},
				{.fd = d->stop_fd, .events = POLLIN}};

	prctl(PR_SET_NAME, "skbtop-drain");
	pthread_setschedparam(pthread_self(), SCHED_RR, &urgent);
	/* Capabilities are a thread's own, and this one needs but one. */
	if (confine_to(CAP_SYS_NICE) < 0)
		return NULL;
	for (;;) {
		/* While the collector is lifted, somebody has to let it down again. */
		if (poll(fds, 2, d->lifted ? 1000 : -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[1].revents)
			return NULL;
		pthread_mutex_lock(&d->lock);
		ring_buffer__consume(d->ring);
		lift(d);
		pthread_mutex_unlock(&d->lock);
		/* While events keep coming the ring is never empty: without a pause this would take a whole CPU. */
		nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
	}
}

/* The collector holds the lock for a moment, and a storm can take its processor away in just that moment: then it has
 * the priority of the thread that waits for it. */
static int init_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;
	int r;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	r = pthread_mutex_init(lock, &attr);
	pthread_mutexattr_destroy(&attr);
	return r;
}

/* All of it at the start: a storm can take the collector's processor away for seconds while it holds its memory's lock
 * (munmap() of something large), and the thread, which would need that lock to get more, would wait for it meanwhile.
 */
static int init_spaces(struct drain *d)
{
	for (d->room = DRAIN_BYTES_MAX; d->room > KEEP_BYTES; d->room /= 2) {
		u8 *at =
		    mmap(NULL, 2 * d->room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (at == MAP_FAILED)
			continue; /* nothing is lent where overcommit_memory is 2 */
		madvise(at, 2 * d->room, MADV_NOHUGEPAGE);
		d->waiting.at = at;
		d->taken.at = at + d->room;
		/* The first page needs that lock, too; from then on, since 6.4, a page that is missing asks for the
		 * mapping's alone. */
		*(volatile u8 *)d->waiting.at = *(volatile u8 *)d->taken.at = 0;
		return 0;
	}
	return -ENOMEM;
}

static void deinit_spaces(struct drain *d)
{
	if (d->waiting.at)
		munmap(MIN(d->waiting.at, d->taken.at), 2 * d->room);
}

/* What a storm has touched is given back when it is over, not in each of its ticks. */
static void empty(struct drain_space *s)
{
	if (s->used < KEEP_BYTES && s->touched > KEEP_BYTES) {
		madvise(s->at + KEEP_BYTES, s->touched - KEEP_BYTES, MADV_DONTNEED);
		s->touched = KEEP_BYTES;
	}
	s->used = 0;
}

void drain_init(struct drain *d)
{
	*d = (struct drain){.collector = gettid(),
			    .nice = getpriority(PRIO_PROCESS, 0),
			    .autogroup_fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC),
			    .stop_fd = -1};
}

int drain_start(struct drain *d, int map_fd, struct error *err)
{
	int r;

	d->stop_fd = eventfd(0, EFD_CLOEXEC);
	d->ring = ring_buffer__new(map_fd, keep, d, NULL);
	if (!d->ring || d->stop_fd < 0)
		return error_set(err, -errno, "cannot open the ring buffer: %s", strerror(errno));
	r = init_spaces(d);
	if (r < 0)
		return error_set(err, r, "cannot set memory aside: %s", strerror(-r));
	r = init_lock(&d->lock);
	if (r != 0)
		return error_set(err, -r, "cannot make a lock: %s", strerror(r));
	r = thread_start(&d->thread, run, d);
	if (r < 0)
		return error_set(err, r, "cannot start a thread: %s", strerror(-r));
	d->running = true;
	return 0;
}

void drain_stop(struct drain *d)
{
	u64 one = 1;

	if (d->running) {
		if (write(d->stop_fd, &one, sizeof(one)) == sizeof(one))
			pthread_join(d->thread, NULL);
		pthread_mutex_destroy(&d->lock);
	}
	if (d->stop_fd >= 0)
		close(d->stop_fd);
	if (d->autogroup_fd >= 0)
		close(d->autogroup_fd);
	ring_buffer__free(d->ring);
	deinit_spaces(d);
	*d = (struct drain){};
}

void drain_take(struct drain *d, size_t record_size, void (*each)(void *context, const void *record), void *context)
{
	struct drain_space taken;

	pthread_mutex_lock(&d->lock);
	ring_buffer__consume(d->ring);
	taken = d->waiting;
	d->waiting = d->taken;
	pthread_mutex_unlock(&d->lock);
	for (size_t at = 0; at + record_size <= taken.used; at += record_size)
		each(context, taken.at + at);
	empty(&taken);
	d->taken = taken;
}

u64 drain_lost(struct drain *d)
{
	u64 lost;

	pthread_mutex_lock(&d->lock);
	lost = d->lost;
	pthread_mutex_unlock(&d->lock);
	return lost;
}
