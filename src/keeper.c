/* A process for each machine: it may wait for one without holding up another, and hands each new stream over. */
#include "keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define LASTED_NS (10 * NSEC_PER_SEC) /* what has worked for so long is tried again soon */

union fd_message {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

/* -EPIPE: nobody hears it any more. */
static int tell(int fd, const char *text, int stream)
{
	char word[sizeof(((struct keeper_word *)NULL)->text)] = "";
	union fd_message control = {};
	struct iovec data = {word, sizeof(word)};
	struct msghdr m = {.msg_iov = &data, .msg_iovlen = 1};

	snprintf(word, sizeof(word), "%s", text);
	if (stream >= 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		control.head = (struct cmsghdr){
		    .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.head), &stream, sizeof(stream));
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL) < 0 ? -EPIPE : 0;
}

/* One stream, from its beginning to its end. -EPIPE: nobody is there any more. */
static int keep_once(int fd, const struct remote *r, const struct collect_options *c)
{
	struct launch l = LAUNCH_NONE;
	struct error why = {};
	int code = remote_launch(&l, r, c, &why), told = 0;

	if (code == 0) {
		told = tell(fd, "", l.fd);
		l.wait_ms = -1;
		remote_explain(&l, r->host, &why);
	}
	if (l.words >= 0)
		close(l.words);
	return told < 0 ? told : tell(fd, why.text, -1);
}

__attribute__((noreturn)) static void keep(int fd, const struct remote *r, const struct collect_options *c)
{
	struct pollfd gone = {.fd = fd, .events = POLLIN};
	int wait_s = KEEPER_LEAST_S;

	do {
		u64 began = now_ns();

		if (keep_once(fd, r, c) < 0)
			break;
		if (now_ns() - began >= LASTED_NS)
			wait_s = KEEPER_LEAST_S;
		gone.revents = 0;
		if (poll(&gone, 1, wait_s * 1000) > 0)
			break;
		wait_s = MIN(2 * wait_s, KEEPER_MOST_S);
	} while (true);
	_exit(0);
}

/* Nothing of the others' is kept: each end is seen by who waits for it. */
static void close_others(int fd, int copy)
{
	unsigned low = (unsigned)MIN(fd, copy < 0 ? fd : copy), high = (unsigned)MAX(fd, copy);

	close_range(STDERR_FILENO + 1, low - 1, 0);
	if (high > low + 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0U, 0);
}

int keeper_start(struct launch *l, const struct remote *r, const struct collect_options *c, struct error *err)
{
	pid_t monitor = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, -errno, "socketpair: %s", strerror(errno));
	fflush(NULL);
	l->pid = fork();
	if (l->pid == 0) {
		prctl(PR_SET_NAME, "skbtop-keeper");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		launch_settle();
		close_others(pair[1], r->copy);
		if (getppid() == monitor)
			keep(pair[1], r, c);
		_exit(0);
	}
	l->fd = pair[0];
	close(pair[1]);
	return l->pid < 0 ? error_set(err, -errno, "%s: fork: %s", r->host, strerror(errno)) : 0;
}

int keeper_hear(int fd, struct keeper_word *word)
{
	union fd_message control = {};
	struct iovec data = {word->text, sizeof(word->text)};
	struct msghdr m = {
	    .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t n;

	*word = (struct keeper_word){.stream = -1};
	do
		n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return -EPIPE;
	word->text[sizeof(word->text) - 1] = '\0';
	if (m.msg_controllen && control.head.cmsg_type == SCM_RIGHTS)
		memcpy(&word->stream, CMSG_DATA(&control.head), sizeof(word->stream));
	return 1;
}
