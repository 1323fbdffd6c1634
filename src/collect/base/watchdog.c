/* A thread that only waits: for the reader to hang up, and then for the main thread to leave.
 *
 * PR_SET_PDEATHSIG would not do: after sudo the monitor has another user's credentials, so the kernel refuses to send
 * that signal (check_kill_permission() in kernel/signal.c), and no signal wakes a main thread in uninterruptible
 * sleep. */
#include "watchdog.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine.h"
#include "reader.h"
#include "thread.h"

/* Closing the descriptors detaches the programs. exit() alone would close none of them as long as another thread, which
 * shares them, is stuck in the kernel. */
static _Noreturn void leave(const struct watchdog *w)
{
	reader_give_back(w->reader);
	syscall(SYS_close_range, 0, ~0U, 0);
	_exit(1);
}

static void *run(void *watchdog)
{
	struct watchdog *w = watchdog;
	struct pollfd fds[] = {{.fd = w->stop_fd, .events = POLLIN},
			       {.fd = w->signals, .events = POLLIN},
			       {.fd = w->reader->fds[0], .events = POLLRDHUP},
			       {.fd = w->reader->fds[1]}};
	int r;

	prctl(PR_SET_NAME, "skbtop-watchdog");
	if (confine_to(CONFINE_NONE) < 0)
		return NULL;
	do
		r = poll(fds, ARRAY_SIZE(fds), -1);
	while (r < 0 && errno == EINTR);
	if (r < 0 || fds[0].revents)
		return NULL;
	do
		r = poll(fds, 1, WATCHDOG_MS);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		leave(w);
	return NULL;
}

int watchdog_start(struct watchdog *w, const struct reader *reader, int signals, struct error *err)
{
	int r;

	*w = (struct watchdog){.reader = reader, .signals = signals, .stop_fd = eventfd(0, EFD_CLOEXEC)};
	if (w->stop_fd < 0)
		return error_set(err, -errno, "eventfd: %s", strerror(errno));
	r = thread_start(&w->thread, run, w);
	w->running = r == 0;
	return r == 0 ? 0 : error_set(err, r, "cannot start a thread: %s", strerror(-r));
}

void watchdog_stop(struct watchdog *w)
{
	u64 one = 1;

	if (w->running && write(w->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(w->thread, NULL);
	if (w->stop_fd >= 0)
		close(w->stop_fd);
	*w = (struct watchdog){.stop_fd = -1};
}
