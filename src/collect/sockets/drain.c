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
#define PAUSE_NS 10000000 /* at 100,000 ends a second, half a MiB arrives in this time */

/* Called under the lock, by ring_buffer__consume(). */
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

/* A new session is scheduled as a group of its own (sched(7), autogroup), which has a nice value, too. Setting either
 * may be refused: events that are then lost in a storm are counted. */
static void set_lifted(struct drain *d, bool lifted)
{
	setpriority(PRIO_PROCESS, (id_t)d->collector, lifted ? LIFT_NICE : d->nice);
	if (d->autogroup_fd >= 0)
		dprintf(d->autogroup_fd, "%d\n", lifted ? LIFT_NICE : 0);
	d->lifted = lifted;
}

/* The collector normally has no priority over others, whose processor it would take during a whole long tick. But a
 * storm of connections can keep it from running for seconds. So its priority is raised when too much waits for it,
 * until that has not been the case for a while. (Not to real-time priority: on Linux 6.18 throttling then stopped it
 * for five seconds while it held its mmap lock, for which this thread waited.) */
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
	/* Capabilities are per thread, and this one needs only one. */
	if (confine_to(CONFINE_KEEP(CAP_SYS_NICE)) < 0)
		return NULL;
	for (;;) {
		/* While the collector's priority is raised, somebody has to lower it again. */
		if (poll(fds, 2, d->lifted ? 1000 : -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[1].revents)
			return NULL;
		pthread_mutex_lock(&d->lock);
		ring_buffer__consume(d->ring);
		lift(d);
		pthread_mutex_unlock(&d->lock);
		/* While events keep coming the ring is never empty: without a pause this loop would take a whole
		 * CPU. */
		nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
	}
}

/* The collector holds the lock only briefly, but a storm can preempt it in that moment: it then inherits the priority
 * of the thread that waits. */
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

/* Allocates everything at the start: a storm can preempt the collector for seconds while it holds its mmap lock
 * (munmap() of something large), and this thread would have to wait for that lock to get more memory. */
static int init_spaces(struct drain *d)
{
	for (d->room = DRAIN_BYTES_MAX; d->room > KEEP_BYTES; d->room /= 2) {
		u8 *at =
		    mmap(NULL, 2 * d->room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (at == MAP_FAILED)
			continue; /* impossible where overcommit_memory is 2 */
		madvise(at, 2 * d->room, MADV_NOHUGEPAGE);
		d->waiting.at = at;
		d->taken.at = at + d->room;
		/* The first page fault needs that lock, too; later ones, since 6.4, only the lock of the mapping. */
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

/* Memory that a storm has used is returned when the storm is over, not in each of its ticks. */
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
