/* File status flags, which are shared by all who have the open file: a shell and its terminal, say. */
#include "reader.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

static bool reports_hangup(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISSOCK(st.st_mode) || S_ISFIFO(st.st_mode));
}

/* A stopped collector would keep its programs in the kernel long after its reader is gone. So the kernel sends SIGCONT,
 * as its SIGIO and in our own name, when the reader hangs up. It comes with each command too, and does nothing to a
 * running process. PR_SET_PDEATHSIG comes in the dying monitor's name, which is refused after sudo
 * (check_kill_permission()) unless we are in its session. The SIGCONT for orphaned process groups comes within a
 * session only, and not if another process of it is the subreaper. We need a session of our own because the scheduler
 * then makes us a group of our own, whose priority drain.c raises. */
static void go_on_at_hangup(int fd)
{
	fcntl(fd, F_SETSIG, SIGCONT);
	fcntl(fd, F_SETOWN, getpid());
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC);
}

void reader_take(struct reader *r, int in_fd, int out_fd)
{
	*r = (struct reader){.fds = {in_fd, out_fd}};
	for (size_t i = 0; i < 2; i++) {
		r->flags[i] = fcntl(r->fds[i], F_GETFL);
		if (r->flags[i] >= 0)
			fcntl(r->fds[i], F_SETFL, r->flags[i] | O_NONBLOCK);
	}
	if (r->flags[0] >= 0 && !(r->flags[0] & O_ASYNC) && reports_hangup(in_fd))
		go_on_at_hangup(in_fd);
}

/* In reverse order: if both are one open file, the first has the original flags. */
void reader_give_back(const struct reader *r)
{
	for (size_t i = 2; i-- > 0;)
		if (r->flags[i] >= 0)
			fcntl(r->fds[i], F_SETFL, r->flags[i]);
}
