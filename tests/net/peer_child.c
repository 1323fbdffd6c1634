/* The traffic maker's children: processes that hold sockets which they inherited or were handed over a unix socket,
 * so that a socket has several owners, or another one than its maker. */
#include "peer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static ssize_t send_fd(int over, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(over, &m, MSG_NOSIGNAL);
}

/* Takes file descriptors until the parent goes, and says so for each with a byte. They stay open. */
static void child_main(int over)
{
	for (;;) {
		char byte, control[CMSG_SPACE(sizeof(int))];
		struct iovec iov = {.iov_base = &byte, .iov_len = 1};
		struct msghdr m = {
		    .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};

		if (recvmsg(over, &m, 0) <= 0 || send(over, &byte, 1, MSG_NOSIGNAL) != 1)
			_exit(0);
	}
}

int peer_fork(struct peer *p, char **arg)
{
	struct child *c = p->children;
	int pair[2], pid;

	(void)arg;
	while (c < p->children + PEER_CHILDREN && c->pid)
		c++;
	if (c == p->children + PEER_CHILDREN)
		return errno = EAGAIN, -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pair[0]);
		child_main(pair[1]);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return -1;
	}
	*c = (struct child){.pid = pid, .fd = pair[0]};
	p->child_pid = pid;
	return 0;
}

static struct child *find_child(struct peer *p, const char *number)
{
	unsigned long i = strtoul(number, NULL, 10);

	if (i >= PEER_CHILDREN || !p->children[i].pid)
		return errno = ECHILD, NULL;
	p->child_pid = p->children[i].pid;
	return &p->children[i];
}

int peer_pass(struct peer *p, char **arg)
{
	struct child *c = find_child(p, arg[2]);
	char byte;

	if (!c || send_fd(c->fd, peer_slot(p, arg[1])->fd) != 1)
		return -1;
	return recv(c->fd, &byte, 1, 0) == 1 ? 0 : -1;
}

int peer_inflight(struct peer *p, char **arg)
{
	struct slot *s = peer_slot(p, arg[1]);
	int pair[2];

	/* Both ends stay open until we exit: the queue must not be emptied. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 || send_fd(pair[0], s->fd) != 1)
		return -1;
	close(s->fd);
	s->fd = -1;
	return 0;
}

/* The message lies in the queue of one of the sockets that it holds: only the kernel's collector of garbage ends that,
 * in a worker thread (to 6.9, in whoever closes the next unix socket). */
int peer_garbage(struct peer *p, char **arg)
{
	struct slot *s = peer_slot(p, arg[1]);
	int pair[2], other[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 || send_fd(pair[0], s->fd) != 1 ||
	    send_fd(pair[0], pair[1]) != 1)
		return -1;
	close(pair[0]);
	close(pair[1]);
	close(s->fd);
	s->fd = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, other) < 0)
		return -1;
	close(other[0]);
	close(other[1]);
	return 0;
}

static void end_child(struct child *c)
{
	close(c->fd);
	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
	c->pid = 0;
}

int peer_kill(struct peer *p, char **arg)
{
	struct child *c = find_child(p, arg[1]);

	if (!c)
		return -1;
	end_child(c);
	return 0;
}

void peer_deinit(struct peer *p)
{
	for (size_t i = 0; i < PEER_CHILDREN; i++)
		if (p->children[i].pid)
			end_child(&p->children[i]);
}
