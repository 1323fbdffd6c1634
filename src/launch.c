/* Forks the collector, and waits for it. */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "file.h"

/* The collector detaches its programs and exits in a few ms; on a loaded machine it may take longer. */
#define WAIT_MS 3000

/* ^C, ^Z and a hang-up are for the monitor, and a child prints nothing. */
void launch_settle(void)
{
	int null = file_open_null();

	setsid();
	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		dup2(null, fd);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (null > 2)
		close(null);
}

int launch_collector(struct launch *l, struct collect_options *o, struct error *err)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return error_set(err, -errno, "socketpair: %s", strerror(errno));
	/* Otherwise both processes would write what stdio has buffered. */
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		int code = errno;

		close(pair[0]);
		close(pair[1]);
		return error_set(err, -code, "cannot start the collector: %s", strerror(code));
	}
	if (pid == 0) {
		close(pair[0]);
		launch_settle();
		o->in_fd = o->out_fd = pair[1];
		_exit(collect_run(o));
	}
	close(pair[1]);
	*l = (struct launch){.pid = pid, .fd = pair[0], .names = -1, .words = -1};
	return 0;
}

int launch_wait(struct launch *l)
{
	cleanup_close int fd = -1;
	struct pollfd p = {.events = POLLIN};
	int status = -1, r;

	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	if (l->pid <= 0)
		return -1;
	p.fd = fd = (int)syscall(SYS_pidfd_open, l->pid, 0);
	do
		r = fd >= 0 ? poll(&p, 1, l->wait_ms ? l->wait_ms : WAIT_MS) : 0;
	while (r < 0 && errno == EINTR);
	if (waitpid(l->pid, &status, WNOHANG) != l->pid)
		return -1;
	l->pid = 0;
	return status;
}

void launch_describe(int status, struct error *err)
{
	if (status >= 0 && WIFSIGNALED(status))
		error_set(err, -ECHILD, "the collector was killed by signal %d (%s)", WTERMSIG(status),
			  strsignal(WTERMSIG(status)));
	else if (status >= 0 && WIFEXITED(status) && WEXITSTATUS(status))
		error_set(err, -ECHILD, "the collector ended with status %d", WEXITSTATUS(status));
	else
		error_set(err, -ECHILD, "the collector has gone");
}
