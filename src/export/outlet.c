/* Writes whole lines, and ends at a signal. Signals are blocked except while waiting, so that none comes between a
 * check and a wait. A pipe takes up to PIPE_BUF bytes either completely or not at all, so that many whole lines are
 * written at once. */
#include "outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "file.h"

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
static volatile sig_atomic_t stopped;

static void on_end(int number)
{
	(void)number;
	stopped = 1;
}

static void take_signals(struct outlet *o)
{
	struct sigaction ours = {.sa_handler = on_end, .sa_flags = (int)SA_RESETHAND}, now;
	sigset_t set;

	stopped = 0;
	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++) {
		if (sigaction(ending[i], NULL, &now) < 0 || now.sa_handler == SIG_IGN)
			continue;
		sigaction(ending[i], &ours, NULL);
		sigaddset(&set, ending[i]);
	}
	sigprocmask(SIG_BLOCK, &set, &o->before);
}

void outlet_init(struct outlet *o, FILE *file, bool lines)
{
	struct stat st;

	*o = (struct outlet){.file = file, .fd = fileno(file), .own = -1, .lines = lines};
	sigprocmask(SIG_BLOCK, NULL, &o->before);
	if (o->fd < 0)
		return;
	take_signals(o);
	fflush(file);
	o->slow = fstat(o->fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || isatty(o->fd));
	/* O_NONBLOCK on this descriptor would also apply to others who share the open file. */
	if (o->slow)
		o->own = file_reopen(o->fd, O_WRONLY | O_NONBLOCK | O_NOCTTY);
}

void outlet_deinit(struct outlet *o)
{
	if (o->own >= 0)
		close(o->own);
	sigprocmask(SIG_SETMASK, &o->before, NULL);
}

int outlet_poll(const struct outlet *o, struct pollfd *fds, nfds_t count, int timeout_ms)
{
	struct timespec t = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000L};

	return ppoll(fds, count, timeout_ms < 0 ? NULL : &t, &o->before);
}

bool outlet_stopped(const struct outlet *o)
{
	if (o->fd >= 0 && !stopped)
		outlet_poll(o, NULL, 0, 0);
	return stopped;
}

/* Writes one piece. It may block if there is no other way: then a signal ends it. */
static ssize_t write_piece(const struct outlet *o, const void *p, size_t n)
{
	struct pollfd fd = {.fd = o->fd, .events = POLLOUT};
	sigset_t blocked;
	ssize_t r;

	if (!o->slow)
		return write(o->fd, p, n);
	if (o->own >= 0)
		return write(o->own, p, n);
	r = send(o->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (r >= 0 || errno != ENOTSOCK)
		return r;
	if (poll(&fd, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	sigprocmask(SIG_SETMASK, &o->before, &blocked);
	r = write(o->fd, p, n);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	return r;
}

/* How much to write at once: whole lines, as many as a pipe takes atomically; a longer line completely. */
static size_t piece(const struct outlet *o, const char *p, size_t n)
{
	const char *end;

	if (!o->slow || !o->lines)
		return n;
	end = memrchr(p, '\n', MIN(n, (size_t)PIPE_BUF));
	if (!end)
		end = memchr(p, '\n', n);
	return end ? (size_t)(end - p) + 1 : n;
}

/* Through stdio, for memory files. */
static int write_memory(struct outlet *o, struct buf *b, struct error *err)
{
	if (fwrite(buf_at(b), 1, buf_len(b), o->file) != buf_len(b) || fflush(o->file) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	return OUTLET_DONE;
}

int outlet_write(struct outlet *o, struct buf *b, struct error *err)
{
	struct pollfd fd = {.fd = o->fd, .events = POLLOUT};

	if (b->failed)
		return error_set(err, -ENOMEM, "out of memory");
	if (o->fd < 0 && buf_len(b) && write_memory(o, b, err) < 0)
		return -ENOMEM;
	while (o->fd >= 0 && buf_len(b)) {
		const char *p = (const char *)buf_at(b);
		ssize_t n;

		if (o->lines && !o->half && outlet_stopped(o))
			return OUTLET_STOPPED;
		n = write_piece(o, p, piece(o, p, buf_len(b)));
		if (n < 0 && errno == EAGAIN) {
			outlet_poll(o, &fd, 1, -1);
		} else if (n < 0 && errno == EPIPE) {
			return OUTLET_GONE;
		} else if (n < 0 && errno != EINTR) {
			return error_set(err, -errno, "cannot write the output: %s", strerror(errno));
		} else if (n > 0) {
			o->half = p[n - 1] != '\n';
			buf_consume(b, (size_t)n);
		}
	}
	return OUTLET_DONE;
}
