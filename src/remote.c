/* Starts the collector of another machine through ssh, or whatever leads there. It runs as the user, with the user's
 * keys and settings, and ends with us. */
#include "remote.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"

#define WORDS_MAX 64 /* of the whole command */
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define SAID_MAX 4096    /* bytes of what the command has said last that are looked at … */
#define READS_MAX 64     /* … after so many reads: a pipe holds 64 KiB, and it may go on */
#define PATIENCE_MS 1000 /* a link may be dead: the command is told to end when we do */

/* -- the command --------------------------------------------------------------------------------------------------- */

/* Appends the words that are between blanks, each with a NUL behind it. */
static void put_words(struct buf *out, const char *words)
{
	for (const char *p = words + strspn(words, " "); *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		buf_put(out, p, len);
		buf_putc(out, '\0');
		p += len;
	}
}

/* One word, whatever is in it. */
static void put_word(struct buf *out, const char *word)
{
	buf_put(out, word, strlen(word) + 1);
}

/* "sudo -n skbtop --collect …", for a shell: nothing in it means anything to one. folder: where skbtop is; "": in the
 * path. */
static void put_collect(struct buf *out, const char *folder, const struct collect_options *c)
{
	buf_printf(out, "sudo -n %sskbtop --collect --interval %.9f", folder,
		   (double)c->interval_ns / (double)NSEC_PER_SEC);
	if (c->cpu_percent)
		buf_printf(out, " --cpu-limit %u", c->cpu_percent);
	for (size_t i = 0; i < c->without_count; i++)
		buf_printf(out, " --without %s", c->without[i]);
	buf_printf(out, "%s%s", c->payload ? " -i" : "", c->netfilter ? " -n" : "");
}

/* What runs it: ssh, or another way there, and the host. */
static void put_way(struct buf *out, const struct remote *r)
{
	put_words(out, r->ssh ? r->ssh : REMOTE_SSH);
	put_word(out, r->host);
}

/* The words as execvp() takes them. -E2BIG. */
static int list_words(char *argv[WORDS_MAX + 1], struct buf *words)
{
	char *p = (char *)buf_at(words), *end = p + buf_len(words);
	size_t n = 0;

	for (; p < end && n < WORDS_MAX; p += strlen(p) + 1)
		argv[n++] = p;
	argv[n] = NULL;
	return p < end ? -E2BIG : 0;
}

/* -- the process --------------------------------------------------------------------------------------------------- */

/* Replaces this process; `in`, `out` and `said` become its standard descriptors. */
__attribute__((noreturn)) static void become(struct buf *words, int in, int out, int said, pid_t parent)
{
	char *argv[WORDS_MAX + 1];

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	launch_settle();
	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	if (getppid() == parent && dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
	    dup2(said, STDERR_FILENO) >= 0) {
		if (words->failed || list_words(argv, words) < 0)
			dprintf(STDERR_FILENO, "--ssh: more than %d words\n", WORDS_MAX);
		else
			execvp(argv[0], argv);
		dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	}
	_exit(127);
}

/* A folder as mktemp makes it, from a machine that may say anything: it goes into a command for that machine's shell.
 */
static bool is_folder(const char *path)
{
	return path[0] == '/' && path[1] && !path[strspn(path, LETTERS "/._-")];
}

/* Brings skbtop there. The folder in which it is, with a slash behind; false: it was said why not. */
static bool copy_there(const struct remote *r, int said, char *folder, size_t size)
{
	cleanup_buf struct buf words = {};
	pid_t parent = getpid(), pid;
	int pipe[2], status = -1;
	size_t len = 0;
	ssize_t n;

	lseek(r->copy, 0, SEEK_SET); /* it may have been there before */
	put_way(&words, r);
	put_word(&words,
		 "umask 077; d=$(mktemp -d) || exit; cat >\"$d/skbtop\" && chmod 700 \"$d/skbtop\" && echo \"$d\" || "
		 "{ rm -rf \"$d\"; exit 1; }");
	if (pipe2(pipe, O_CLOEXEC) < 0)
		return false;
	pid = fork();
	if (pid == 0)
		become(&words, r->copy, pipe[1], said, parent);
	close(pipe[1]);
	while (len < size - 2 && (n = read(pipe[0], folder + len, size - 2 - len)) > 0)
		len += (size_t)n;
	close(pipe[0]);
	folder[len - (len && folder[len - 1] == '\n')] = '\0';
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		return false;
	if (is_folder(folder)) {
		strcat(folder, "/");
		return true;
	}
	dprintf(said, "--copy: '%s' is no folder\n", folder);
	return false;
}

/* The way there with the collector at its end; what was brought along is taken away again, also when the link breaks.
 */
__attribute__((noreturn)) static void run_there(const struct remote *r, const struct collect_options *c, int stream,
						int said, pid_t monitor)
{
	struct buf collect = {}, words = {};
	char folder[256] = "";

	/* What shares this end may not expect it otherwise. */
	fcntl(stream, F_SETFL, fcntl(stream, F_GETFL) & ~O_NONBLOCK);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (r->copy >= 0 && !copy_there(r, said, folder, sizeof(folder)))
		_exit(1);
	if (*folder)
		buf_puts(&collect, "trap '' HUP TERM; ");
	put_collect(&collect, folder, c);
	if (*folder)
		buf_printf(&collect, "; rm -rf %s", folder);
	buf_putc(&collect, '\0');
	put_way(&words, r);
	/* As words where it can be: not every way there has a shell at its end. */
	(*folder ? put_word : put_words)(&words, (const char *)buf_at(&collect));
	words.failed |= collect.failed;
	become(&words, stream, stream, said, monitor);
}

int remote_launch(struct launch *l, const struct remote *r, const struct collect_options *c, struct error *err)
{
	cleanup_close int stream = -1, said = -1;
	pid_t monitor = getpid();
	int pair[2], ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, -errno, "pipe: %s", strerror(errno));
	fcntl(ends[0], F_SETFL, O_NONBLOCK); /* ours: it is read when the command has ended, or not at all */
	l->words = ends[0];
	said = ends[1];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return error_set(err, -errno, "socketpair: %s", strerror(errno));
	l->fd = pair[0];
	stream = pair[1];
	l->wait_ms = PATIENCE_MS;
	fflush(NULL);
	l->pid = fork();
	if (l->pid == 0)
		run_there(r, c, stream, said, monitor);
	return l->pid < 0 ? error_set(err, -errno, "cannot start ssh: %s", strerror(errno)) : 0;
}

/* -- its end ------------------------------------------------------------------------------------------------------- */

/* The last line that is not empty; "" without one. */
static void last_line(int fd, char *dst, size_t size)
{
	char said[SAID_MAX];
	size_t len = 0, from;
	ssize_t n;

	/* Of more than there is room for, the newest. */
	for (unsigned i = 0; i < READS_MAX && (n = read(fd, said + len, sizeof(said) - len)) > 0; i++) {
		len += (size_t)n;
		if (len == sizeof(said)) {
			memmove(said, said + sizeof(said) / 2, sizeof(said) / 2);
			len = sizeof(said) / 2;
		}
	}
	while (len && strchr("\r\n ", said[len - 1]))
		len--;
	for (from = len; from && said[from - 1] != '\n';)
		from--;
	snprintf(dst, size, "%.*s", (int)(len - from), said + from);
}

void remote_explain(struct launch *l, const char *host, struct error *err)
{
	struct error why = {};
	char line[256] = "";
	int status = launch_wait(l);

	if (l->words >= 0)
		last_line(l->words, line, sizeof(line));
	if (!*line)
		launch_describe(status, &why);
	error_set(err, -ECHILD, "%s: %s", host, *line ? line : why.text);
}
