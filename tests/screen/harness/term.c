/* The pseudo-terminal and the emulator behind it. The slave side stays open here as well, because the number of keys
 * that the program has not read yet is asked there; the program's end is seen by its pidfd instead. */
#include "term_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <utmp.h>
#include <vterm.h>

#include "clock.h"

struct term {
	int master, slave, pidfd;
	pid_t pid; /* 0: reaped */
	int status;
	VTerm *vt;
	VTermScreen *screen;
	int columns, lines;
	bool cursor_shown;
	uint64_t last_output_ns, bytes;
};

static void write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EAGAIN && poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, 1000) > 0)
			continue;
		if (w <= 0)
			return;
		p += w;
		n -= (size_t)w;
	}
}

/* Answers of the emulator to the program's questions go the way of the keys. */
static void on_answer(const char *s, size_t len, void *user)
{
	const struct term *t = user;

	write_all(t->master, s, len);
}

static int on_property(VTermProp prop, VTermValue *val, void *user)
{
	struct term *t = user;

	if (prop == VTERM_PROP_CURSORVISIBLE)
		t->cursor_shown = val->boolean;
	return 1;
}

static void exec_program(const struct term *t, const struct term_options *o)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(t->master);
	if (login_tty(t->slave) < 0 || (o->folder && chdir(o->folder) < 0))
		_exit(126);
	execve(o->argv[0], o->argv, o->env);
	_exit(127);
}

static void start_emulator(struct term *t)
{
	static const VTermScreenCallbacks callbacks = {.settermprop = on_property};

	t->vt = vterm_new(t->lines, t->columns);
	vterm_set_utf8(t->vt, 1);
	vterm_output_set_callback(t->vt, on_answer, t);
	t->screen = vterm_obtain_screen(t->vt);
	vterm_screen_set_callbacks(t->screen, &callbacks, t);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_reset(t->screen, 1);
}

int term_start(struct term **out, const struct term_options *o, struct error *err)
{
	struct winsize size = {.ws_col = (unsigned short)o->columns, .ws_row = (unsigned short)o->lines};
	struct term *t = calloc(1, sizeof(*t));

	if (!t)
		return error_set(err, -ENOMEM, "out of memory");
	*t = (struct term){
	    .master = -1, .slave = -1, .pidfd = -1, .columns = o->columns, .lines = o->lines, .cursor_shown = true};
	if (openpty(&t->master, &t->slave, NULL, NULL, &size) < 0) {
		term_free(t);
		return error_set(err, -errno, "no pseudo-terminal: %s", strerror(errno));
	}
	fcntl(t->master, F_SETFL, O_NONBLOCK);
	fcntl(t->master, F_SETFD, FD_CLOEXEC);
	start_emulator(t);
	t->pid = fork();
	if (t->pid == 0)
		exec_program(t, o);
	fcntl(t->slave, F_SETFD, FD_CLOEXEC);
	t->pidfd = t->pid > 0 ? (int)syscall(SYS_pidfd_open, t->pid, 0) : -1;
	if (t->pidfd < 0) {
		term_free(t);
		return error_set(err, -errno, "cannot start %s: %s", o->argv[0], strerror(errno));
	}
	*out = t;
	return 0;
}

void term_free(struct term *t)
{
	if (!t)
		return;
	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, NULL, 0);
	}
	if (t->vt)
		vterm_free(t->vt);
	for (size_t i = 0; i < 3; i++) {
		int fd = ((int[]){t->master, t->slave, t->pidfd})[i];

		if (fd >= 0)
			close(fd);
	}
	free(t);
}

VTermScreen *term_screen(const struct term *t, int *columns, int *lines)
{
	*columns = t->columns;
	*lines = t->lines;
	return t->screen;
}

bool term_cursor(const struct term *t, int *column, int *line)
{
	VTermPos at;

	vterm_state_get_cursorpos(vterm_obtain_state(t->vt), &at);
	*column = at.col;
	*line = at.row;
	return t->cursor_shown;
}

pid_t term_pid(const struct term *t)
{
	return t->pid;
}

uint64_t term_last_output_ns(const struct term *t)
{
	return t->last_output_ns;
}

uint64_t term_bytes(const struct term *t)
{
	return t->bytes;
}

/* out NULL: draws at once. */
static int read_output(struct term *t, struct buf *out)
{
	char data[65536];
	ssize_t n;
	int sum = 0;

	while ((n = read(t->master, data, sizeof(data))) > 0) {
		t->last_output_ns = now_ns();
		t->bytes += (uint64_t)n;
		if (out)
			buf_put(out, data, (size_t)n);
		else
			term_draw(t, data, (size_t)n);
		sum += (int)n;
		if (sum > 1 << 20)
			break;
	}
	return sum;
}

void term_draw(struct term *t, const void *bytes, size_t n)
{
	vterm_input_write(t->vt, bytes, n);
}

int term_fd(const struct term *t)
{
	return t->master;
}

int term_pump(struct term *t, int timeout_ms)
{
	return term_pump_raw(t, timeout_ms, NULL);
}

int term_pump_raw(struct term *t, int timeout_ms, struct buf *out)
{
	struct pollfd fds[2] = {{.fd = t->master, .events = POLLIN}, {.fd = t->pidfd, .events = POLLIN}};
	int n;

	if (poll(fds, t->pid ? 2 : 1, timeout_ms) < 0 && errno != EINTR)
		return -errno;
	n = read_output(t, out);
	if (n > 0)
		return n;
	if (!t->pid)
		return -EPIPE;
	if (fds[1].revents && waitpid(t->pid, &t->status, WNOHANG) == t->pid) {
		t->pid = 0;
		n = read_output(t, out);
		return n ? n : -EPIPE;
	}
	return 0;
}

int term_send(struct term *t, const void *bytes, size_t n)
{
	write_all(t->master, bytes, n);
	return t->pid ? 0 : -EPIPE;
}

int term_resize(struct term *t, int columns, int lines)
{
	struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)lines};

	vterm_set_size(t->vt, lines, columns);
	t->columns = columns;
	t->lines = lines;
	return ioctl(t->master, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

static int time_left_ms(uint64_t deadline)
{
	uint64_t now = now_ns();

	return now >= deadline ? 0 : (int)((deadline - now) / NSEC_PER_MSEC) + 1;
}

int term_wait_text(struct term *t, const char *text, bool shown)
{
	uint64_t deadline = now_ns() + TERM_DEADLINE_NS;

	while (term_shows(t, text) != shown) {
		int left = time_left_ms(deadline), r = left ? term_pump(t, left) : -ETIMEDOUT;

		if (r < 0)
			return r;
	}
	return 0;
}

/* Is the program waiting for something other than the disk, all its keys read? */
static bool resting(const struct term *t)
{
	char path[64], stat[256] = "";
	const char *state;
	int keys = 0;
	ssize_t n;
	int fd;

	if (ioctl(t->slave, FIONREAD, &keys) == 0 && keys > 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", t->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	n = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	state = n > 0 ? strrchr(stat, ')') : NULL;
	return !state || (state[2] != 'R' && state[2] != 'D');
}

int term_wait(struct term *t, bool (*done)(void *context), void *context)
{
	uint64_t deadline = now_ns() + TERM_DEADLINE_NS;

	while (!done(context)) {
		int r = term_pump(t, 10);

		if (r < 0)
			return r;
		if (!time_left_ms(deadline))
			return -ETIMEDOUT;
	}
	return 0;
}

int term_wait_idle(struct term *t, int quiet_ms)
{
	uint64_t deadline = now_ns() + TERM_DEADLINE_NS;

	for (;;) {
		int r = term_pump(t, quiet_ms);

		if (r < 0)
			return r;
		if (r == 0 && resting(t))
			return 0;
		if (!time_left_ms(deadline))
			return -ETIMEDOUT;
	}
}

int term_wait_exit(struct term *t, int *status)
{
	uint64_t deadline = now_ns() + TERM_DEADLINE_NS;

	while (t->pid) {
		int left = time_left_ms(deadline), r = left ? term_pump(t, left) : -ETIMEDOUT;

		if (r < 0 && r != -EPIPE)
			return r;
	}
	*status = t->status;
	return 0;
}
