/* The terminal's modes and strings are kept in static memory, because a signal handler has no other way to reach them.
 * The code that restores the terminal calls only async-signal-safe functions: poll, write, tcflush, tcflow, tcsetattr,
 * fcntl. */
#include "term_out.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>

#include "file.h"

#define PATIENCE_MS 100     /* to write the restoring strings to a terminal that takes nothing */
#define KEEP_MAX (1U << 18) /* memory that an empty buffer keeps */
#define PIPE_WANTED (1 << 20)
#define READ_MAX (64U << 10)

static struct {
	int fd;
	volatile sig_atomic_t armed; /* we have taken over the terminal */
	volatile sig_atomic_t half;  /* the terminal may have received only the beginning of a sequence */
	int flags;                   /* flags of a descriptor that others share, to be restored; -1: it is our own */
	struct termios found, ours;
	char text[512]; /* restores the screen */
	volatile sig_atomic_t len;
} right = {.fd = -1, .flags = -1};

/* -- restoring the terminal -- */

/* Writes everything unless the terminal takes nothing for a while. */
static bool write_soon(const char *p, size_t n)
{
	while (n > 0) {
		struct pollfd fd = {.fd = right.fd, .events = POLLOUT};
		ssize_t w = write(right.fd, p, n);

		if (w > 0) {
			p += w;
			n -= (size_t)w;
		} else if (w < 0 && errno == EINTR) {
			continue;
		} else if (w == 0 || errno != EAGAIN || poll(&fd, 1, PATIENCE_MS) <= 0) {
			return false;
		}
	}
	return true;
}

static void put_right(void)
{
	sigset_t background, before;
	size_t len = (size_t)right.len;

	if (!right.armed)
		return;
	right.armed = 0;
	/* In the background writing would stop us. */
	sigemptyset(&background);
	sigaddset(&background, SIGTTOU);
	sigprocmask(SIG_BLOCK, &background, &before);
	if (right.half || !write_soon(right.text, len)) {
		/* Discards what nobody has read, to make room; CAN ends a sequence that was begun. */
		tcflush(right.fd, TCOFLUSH);
		tcflow(right.fd, TCOON);
		if (write_soon("\030", 1))
			write_soon(right.text, len);
	}
	tcsetattr(right.fd, TCSANOW, &right.found);
	if (right.flags >= 0)
		fcntl(right.fd, F_SETFL, right.flags);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* The default action follows: SA_RESETHAND. */
static void on_fatal(int number)
{
	put_right();
	raise(number);
}

/* Every fatal signal. Those that the screen handles itself are blocked meanwhile. */
static void catch_fatal(void)
{
	static const int spared[] = {SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD, SIGURG, SIGWINCH};
	static char room[64 << 10];
	const stack_t stack = {.ss_sp = room, .ss_size = sizeof(room)};
	struct sigaction ours = {.sa_handler = on_fatal, .sa_flags = (int)(SA_RESETHAND | SA_ONSTACK)}, now;

	/* After a stack overflow a handler needs a stack of its own. */
	sigaltstack(&stack, NULL);
	sigfillset(&ours.sa_mask);
	for (int n = 1; n <= SIGRTMAX; n++) {
		bool spare = false;

		for (size_t i = 0; i < ARRAY_SIZE(spared); i++)
			spare |= spared[i] == n;
		if (!spare && sigaction(n, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
			sigaction(n, &ours, NULL);
	}
}

struct composed {
	char text[sizeof(right.text)];
	size_t len;
};

/* A string of the terminal's without its padding ("$<5>"), which today's terminals do not need. */
static void compose(struct composed *c, const char *text)
{
	/* tigetstr() returns 0 or -1 if there is none. */
	if (!text || text == (const char *)-1)
		return;
	while (*text && c->len < sizeof(c->text)) {
		if (text[0] == '$' && text[1] == '<' && strchr(text, '>'))
			text = strchr(text, '>') + 1;
		else
			c->text[c->len++] = *text++;
	}
}

char *term_out_capability(const char *name)
{
	char *text = tigetstr(name);

	return text == (char *)-1 ? NULL : text;
}

static void compose_mouse(struct composed *c)
{
	char *mouse = term_out_capability("XM");

	if (mouse)
		compose(c, tiparm(mouse, 0));
	else if (term_out_capability("kmous"))
		compose(c, "\033[?1006;1000l");
}

void term_out_lines(int count)
{
	struct composed c = {};
	char *place = term_out_capability("cup");

	compose(&c, term_out_capability("sgr0"));
	compose(&c, term_out_capability("op"));
	compose_mouse(&c);
	compose(&c, term_out_capability("rmkx"));
	if (place)
		compose(&c, tiparm(place, count - 1, 0));
	compose(&c, term_out_capability("cnorm"));
	compose(&c, term_out_capability("rmcup"));
	compose(&c, "\r");
	right.len = 0;
	memcpy(right.text, c.text, c.len);
	right.len = (sig_atomic_t)c.len;
}

void term_out_ask_keys(struct term_out *o)
{
	struct composed c = {};

	compose(&c, term_out_capability("smkx"));
	buf_put(&o->waiting, c.text, c.len);
}

/* -- opening and closing --------------------------------------------------------------------------------------------
 */

/* O_NONBLOCK belongs to the open file, which we share with the shell: if possible, open it again. */
static int open_terminal(struct error *err)
{
	int fd = file_reopen(STDOUT_FILENO, O_WRONLY | O_NONBLOCK | O_NOCTTY);

	right.flags = -1;
	if (fd >= 0)
		return fd;
	fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		right.flags = fcntl(fd, F_GETFL);
	if (fd < 0 || right.flags < 0 || fcntl(fd, F_SETFL, right.flags | O_NONBLOCK) < 0)
		return error_set(err, -errno, "the terminal: %s", strerror(errno));
	return fd;
}

int term_out_open(struct term_out *o, struct error *err)
{
	int copy;

	*o = TERM_OUT_NONE;
	if (tcgetattr(STDOUT_FILENO, &right.found) < 0)
		return error_set(err, -errno, "the terminal: %s", strerror(errno));
	right.ours = right.found;
	right.len = 0;
	o->fd = right.fd = open_terminal(err);
	if (o->fd < 0)
		return o->fd;
	right.armed = 1;
	catch_fatal();
	copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	o->curses = copy < 0 ? NULL : fdopen(copy, "w");
	return o->curses ? 0 : error_set(err, -ENOMEM, "out of memory");
}

int term_out_catch(struct term_out *o, struct error *err)
{
	int pair[2], r;

	if (tcgetattr(o->fd, &right.ours) < 0)
		return error_set(err, -errno, "the terminal: %s", strerror(errno));
	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_set(err, -errno, "pipe: %s", strerror(errno));
	o->caught = pair[0];
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	/* A user who has very many pipes gets a page or two. A write that does not fit into what is left of a page
	 * begins another (pipe_write()): up to half of them is lost. */
	fcntl(pair[1], F_SETPIPE_SZ, PIPE_WANTED);
	o->room = (size_t)fcntl(pair[1], F_GETPIPE_SZ) / 2;
	r = dup3(pair[1], fileno(o->curses), O_CLOEXEC);
	close(pair[1]);
	return r < 0 ? error_set(err, -errno, "the terminal: %s", strerror(errno)) : 0;
}

void term_out_put_right(struct term_out *o)
{
	put_right();
	buf_reset(&o->waiting, KEEP_MAX);
	right.half = 0;
}

void term_out_take_again(struct term_out *o)
{
	if (right.flags >= 0)
		fcntl(o->fd, F_SETFL, right.flags | O_NONBLOCK);
	/* Stops us as long as we are in the background. */
	tcsetattr(o->fd, TCSANOW, &right.ours);
	right.armed = 1;
}

void term_out_close(struct term_out *o)
{
	if (o->fd >= 0) {
		term_out_put_right(o);
		close(o->fd);
	}
	if (o->caught >= 0)
		close(o->caught);
	buf_deinit(&o->waiting);
	if (o->curses)
		fclose(o->curses);
	*o = TERM_OUT_NONE;
	right.fd = -1;
}

/* -- output ---------------------------------------------------------------------------------------------------------
 */

void term_out_collect(struct term_out *o)
{
	char lost[4096];
	size_t most;
	ssize_t n;

	do { /* a short read has emptied it */
		void *room = buf_room(&o->waiting, READ_MAX);

		most = room ? READ_MAX : sizeof(lost);
		n = read(o->caught, room ? room : lost, most);
		if (room && n > 0)
			buf_grown(&o->waiting, (size_t)n);
	} while (n == (ssize_t)most);
}

bool term_out_flush(struct term_out *o)
{
	term_out_collect(o);
	while (buf_len(&o->waiting)) {
		ssize_t n = write(o->fd, buf_at(&o->waiting), buf_len(&o->waiting));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 && errno == EAGAIN)
			break;
		/* A terminal that is gone takes nothing any more: its hang-up ends us. */
		if (n <= 0) {
			buf_reset(&o->waiting, KEEP_MAX);
			break;
		}
		right.half = 1;
		buf_consume(&o->waiting, (size_t)n);
	}
	if (buf_len(&o->waiting))
		return true;
	right.half = 0;
	buf_reset(&o->waiting, KEEP_MAX);
	return false;
}
