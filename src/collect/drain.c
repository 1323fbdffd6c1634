/* The thread that empties the ring buffer. */
#include "drain.h"

#include <bpf/libbpf.h>
#include <cap-ng.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>

#include "confine.h"

#define KEEP_BYTES (1U << 20)
#define LIFT_BYTES (4U << 20)
#define PAUSE_NS 10000000 /* at 100,000 ends a second half a MiB comes in this time */

/* Called under the lock, from ring_buffer__consume(). */
static int keep(void *drain, void *record, size_t size)
{
	struct drain *d = drain;

	if (buf_len(&d->waiting) + size > DRAIN_BYTES_MAX) {
		d->lost++;
		return 0;
	}
	buf_put(&d->waiting, record, size);
	if (d->waiting.failed) {
		d->waiting.failed = false;
		d->lost++;
	}
	return 0;
}

/* The collector itself runs as everybody does, and a storm can keep it waiting for seconds. When too much waits for it, it
 * is lifted to the same real-time priority until it has caught up. */
static void lift(struct drain *d)
{
	bool behind = buf_len(&d->waiting) > (d->lifted ? LIFT_BYTES / 8 : LIFT_BYTES);
	struct sched_param param = {.sched_priority = behind};

	if (behind == d->lifted)
		return;
	pthread_setschedparam(d->collector, behind ? SCHED_RR : SCHED_OTHER, &param);
	d->lifted = behind;
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
		if (poll(fds, 2, d->lifted ? 100 : -1) < 0 && errno != EINTR)
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

int drain_start(struct drain *d, int map_fd, struct error *err)
{
	sigset_t all, before;
	int r;

	d->collector = pthread_self();
	d->stop_fd = eventfd(0, EFD_CLOEXEC);
	d->ring = ring_buffer__new(map_fd, keep, d, NULL);
	if (!d->ring || d->stop_fd < 0)
		return error_set(err, -errno, "cannot open the ring buffer: %s", strerror(errno));
	pthread_mutex_init(&d->lock, NULL);
	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&d->thread, NULL, run, d);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r != 0)
		return error_set(err, -r, "cannot start a thread: %s", strerror(r));
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
		close(d->stop_fd);
	}
	ring_buffer__free(d->ring);
	buf_deinit(&d->waiting);
	buf_deinit(&d->taken);
	*d = (struct drain){};
}

void drain_take(struct drain *d, size_t record_size, void (*each)(void *context, const void *record), void *context)
{
	struct buf taken;

	pthread_mutex_lock(&d->lock);
	ring_buffer__consume(d->ring);
	taken = d->waiting;
	d->waiting = d->taken;
	pthread_mutex_unlock(&d->lock);
	while (buf_len(&taken) >= record_size) {
		each(context, buf_at(&taken));
		buf_consume(&taken, record_size);
	}
	buf_reset(&taken, KEEP_BYTES);
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
