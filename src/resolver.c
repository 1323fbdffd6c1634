/* Asks the C library, as every program of the user's does, by /etc/nsswitch.conf. An answer can take many seconds:
 * there are several processes, which take the questions from one socket. */
#include "resolver.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launch.h"
#include "nss.h"
#include "record.h"

#define PROCESSES 4

static void look_up(struct record_host *r)
{
	memset(r->name, 0, sizeof(r->name));
	r->from = HOST_FROM_RESOLVER;
	nss_host_name(r->address, r->family, (char *)r->name, sizeof(r->name));
}

__attribute__((noreturn)) static void serve(int fd, pid_t monitor)
{
	struct record_host r;

	prctl(PR_SET_NAME, "skbtop-resolve");
	/* Also while it waits for an answer. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	launch_settle();
	close_range(STDERR_FILENO + 1, (unsigned)fd - 1, 0);
	close_range((unsigned)fd + 1, ~0U, 0);
	while (getppid() == monitor && recv(fd, &r, sizeof(r), 0) == (ssize_t)sizeof(r)) {
		look_up(&r);
		if (send(fd, &r, sizeof(r), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

int resolver_start(int *fd, struct error *err)
{
	pid_t monitor = getpid();
	int pair[2], code = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, -errno, "socketpair: %s", strerror(errno));
	fflush(NULL);
	for (int i = 0; i < PROCESSES && code == 0; i++) {
		pid_t pid = fork();

		if (pid == 0)
			serve(pair[1], monitor);
		code = pid < 0 ? error_set(err, -errno, "--resolve: %s", strerror(errno)) : 0;
	}
	close(pair[1]);
	if (code < 0)
		close(pair[0]);
	else
		*fd = pair[0];
	return code;
}
