/* A scriptable maker of TCP and UDP traffic: one command per line on stdin, one JSON line on stdout for each, with the
 * byte counts that this program itself saw. It waits for nothing but its own sockets and the next command. */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#define CHUNK 65536

static void reply_slot(const struct slot *s)
{
	union address local = {}, remote = {};
	socklen_t llen = sizeof(local), rlen = sizeof(remote);
	char text[INET6_ADDRSTRLEN];

	if (s->fd < 0)
		return;
	printf(",\"fd\":%d", s->fd);
	if (getsockname(s->fd, &local.any, &llen) == 0)
		printf(",\"laddr\":\"%s\",\"lport\":%u", address_text(&local, text), ntohs(local.v4.sin_port));
	if (getpeername(s->fd, &remote.any, &rlen) == 0)
		printf(",\"raddr\":\"%s\",\"rport\":%u", address_text(&remote, text), ntohs(remote.v4.sin_port));
}

const char *address_text(const union address *a, char *text)
{
	const void *raw = a->any.sa_family == AF_INET6 ? (const void *)&a->v6.sin6_addr : &a->v4.sin_addr;

	if (!inet_ntop(a->any.sa_family, raw, text, INET6_ADDRSTRLEN))
		text[0] = '\0';
	return text;
}

static socklen_t address_parse(const char *host, const char *port, union address *a)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, host, &a->v4.sin_addr) == 1) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = htons((uint16_t)atoi(port));
		return sizeof(a->v4);
	}
	if (inet_pton(AF_INET6, host, &a->v6.sin6_addr) != 1)
		return 0;
	a->v6.sin6_family = AF_INET6;
	a->v6.sin6_port = htons((uint16_t)atoi(port));
	return sizeof(a->v6);
}

/* -- commands: 0, or -1 with errno set ------------------------------------------------------------------------------
 */

static int open_socket(struct peer *p, int type, int proto, char **arg)
{
	struct slot *s = peer_slot(p, arg[1]);

	if (!s)
		return -1;
	*s = (struct slot){.fd = socket(atoi(arg[2]) == 6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, proto)};
	return s->fd < 0 ? -1 : 0;
}

static int do_tcp(struct peer *p, char **arg)
{
	return open_socket(p, SOCK_STREAM, 0, arg);
}

static int do_udp(struct peer *p, char **arg)
{
	return open_socket(p, SOCK_DGRAM, 0, arg);
}

static int do_mptcp(struct peer *p, char **arg)
{
	return open_socket(p, SOCK_STREAM, IPPROTO_MPTCP, arg);
}

static int do_bind(struct peer *p, char **arg)
{
	union address a;
	socklen_t len = address_parse(arg[2], arg[3], &a);

	return bind(peer_slot(p, arg[1])->fd, &a.any, len);
}

static int do_listen(struct peer *p, char **arg)
{
	return listen(peer_slot(p, arg[1])->fd, atoi(arg[2]));
}

static int do_connect(struct peer *p, char **arg)
{
	union address a;
	socklen_t len = address_parse(arg[2], arg[3], &a);

	return connect(peer_slot(p, arg[1])->fd, &a.any, len);
}

/* connect() that leaves the socket in SYN-SENT if nobody answers. */
static int do_begin(struct peer *p, char **arg)
{
	int fd = peer_slot(p, arg[1])->fd;

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return do_connect(p, arg) < 0 && errno != EINPROGRESS ? -1 : 0;
}

static int do_accept(struct peer *p, char **arg)
{
	struct slot *to = peer_slot(p, arg[2]);

	if (!to)
		return -1;
	*to = (struct slot){.fd = accept4(peer_slot(p, arg[1])->fd, NULL, NULL, SOCK_CLOEXEC)};
	return to->fd < 0 ? -1 : 0;
}

static int send_in_pieces(struct slot *s, uint64_t left, uint64_t piece)
{
	static const char text[CHUNK] = "GET /peer HTTP/1.1\r\n"; /* and zeros */

	while (left) {
		ssize_t n = send(s->fd, text, left < piece ? left : piece, MSG_NOSIGNAL);

		if (n < 0)
			return -1;
		s->sent += (uint64_t)n;
		s->writes++;
		left -= (uint64_t)n;
	}
	return 0;
}

static int do_send(struct peer *p, char **arg)
{
	return send_in_pieces(peer_slot(p, arg[1]), strtoull(arg[2], NULL, 10), CHUNK);
}

static int do_pieces(struct peer *p, char **arg)
{
	uint64_t piece = strtoull(arg[3], NULL, 10);

	return send_in_pieces(peer_slot(p, arg[1]), strtoull(arg[2], NULL, 10), piece && piece < CHUNK ? piece : CHUNK);
}

/* One datagram, or a part of one that stays open (MSG_MORE). */
static int do_more(struct peer *p, char **arg)
{
	static const char text[CHUNK];
	struct slot *s = peer_slot(p, arg[1]);
	ssize_t n = send(s->fd, text, strtoul(arg[2], NULL, 10) % CHUNK, MSG_MORE);

	s->sent += n > 0 ? (uint64_t)n : 0;
	return n < 0 ? -1 : 0;
}

/* One call, cut into datagrams of so many bytes by a control message; 0: with another control message, uncut. */
static int do_cut(struct peer *p, char **arg)
{
	static char text[CHUNK];
	struct slot *s = peer_slot(p, arg[1]);
	uint16_t size = (uint16_t)atoi(arg[3]);
	int tos = 0;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_len = size ? CMSG_LEN(sizeof(size)) : CMSG_LEN(sizeof(tos)),
			      .cmsg_level = size ? IPPROTO_UDP : IPPROTO_IP,
			      .cmsg_type = size ? UDP_SEGMENT : IP_TOS}};
	struct iovec part = {text, strtoul(arg[2], NULL, 10) % CHUNK};
	struct msghdr m = {
	    .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t n;

	memcpy(CMSG_DATA(&control.head), size ? (void *)&size : (void *)&tos, size ? sizeof(size) : sizeof(tos));
	n = sendmsg(s->fd, &m, 0);
	s->sent += n > 0 ? (uint64_t)n : 0;
	return n < 0 ? -1 : 0;
}

/* So many datagrams by one call. */
static int do_batch(struct peer *p, char **arg)
{
	static char text[CHUNK];
	struct slot *s = peer_slot(p, arg[1]);
	struct iovec part = {text, strtoul(arg[2], NULL, 10) % CHUNK};
	struct mmsghdr m[64];
	unsigned int count = (unsigned int)atoi(arg[3]) % 64;

	for (unsigned int i = 0; i < count; i++)
		m[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
	if (sendmmsg(s->fd, m, count, 0) != (int)count)
		return -1;
	s->sent += count * part.iov_len;
	return 0;
}

static int receive(struct peer *p, char **arg, int flags)
{
	struct slot *s = peer_slot(p, arg[1]);
	char data[CHUNK];

	for (uint64_t left = strtoull(arg[2], NULL, 10); left;) {
		ssize_t n = recv(s->fd, data, left < CHUNK ? left : CHUNK, flags);

		if (n < 0)
			return -1;
		if (n == 0)
			return errno = ENODATA, -1;
		left -= (uint64_t)n;
		if (flags & MSG_PEEK)
			break;
		s->received += (uint64_t)n;
		s->reads++;
	}
	return 0;
}

static int do_recv(struct peer *p, char **arg)
{
	return receive(p, arg, 0);
}

static int do_peek(struct peer *p, char **arg)
{
	return receive(p, arg, MSG_PEEK);
}

/* Waits for the end of the stream. */
static int do_eof(struct peer *p, char **arg)
{
	char c;
	ssize_t n = recv(peer_slot(p, arg[1])->fd, &c, 1, 0);

	if (n > 0)
		errno = EEXIST;
	return n == 0 ? 0 : -1;
}

/* Sends n bytes at one slot and receives them at another: both ends of a connection in one process. */
static int do_move(struct peer *p, char **arg)
{
	static const char zeros[CHUNK];
	static char sink[CHUNK];
	struct slot *from = peer_slot(p, arg[1]), *to = peer_slot(p, arg[2]);
	uint64_t out = strtoull(arg[3], NULL, 10), in = out;

	while (in) {
		struct pollfd fds[2] = {{.fd = to->fd, .events = POLLIN},
					{.fd = out ? from->fd : -1, .events = POLLOUT}};
		ssize_t n;

		if (poll(fds, 2, -1) < 0)
			return -1;
		if (fds[1].revents) {
			n = send(from->fd, zeros, out < CHUNK ? out : CHUNK, MSG_DONTWAIT | MSG_NOSIGNAL);
			if (n < 0 && errno != EAGAIN)
				return -1;
			out -= n > 0 ? (uint64_t)n : 0;
			from->sent += n > 0 ? (uint64_t)n : 0;
		}
		if (fds[0].revents) {
			n = recv(to->fd, sink, in < CHUNK ? in : CHUNK, MSG_DONTWAIT);
			if (n == 0)
				return errno = ENODATA, -1;
			if (n < 0 && errno != EAGAIN)
				return -1;
			in -= n > 0 ? (uint64_t)n : 0;
			to->received += n > 0 ? (uint64_t)n : 0;
		}
	}
	return 0;
}

static int do_sendto(struct peer *p, char **arg)
{
	static const char text[CHUNK] = "GET /peer HTTP/1.1\r\n"; /* and zeros */
	struct slot *s = peer_slot(p, arg[1]);
	union address a;
	socklen_t len = address_parse(arg[2], arg[3], &a);
	ssize_t n = sendto(s->fd, text, strtoul(arg[4], NULL, 10) % CHUNK, 0, &a.any, len);

	if (n < 0)
		return -1;
	s->sent += (uint64_t)n;
	s->writes++;
	return 0;
}

static int do_shutdown(struct peer *p, char **arg)
{
	return shutdown(peer_slot(p, arg[1])->fd, strcmp(arg[2], "rd") == 0 ? SHUT_RD : SHUT_WR);
}

static int do_close(struct peer *p, char **arg)
{
	struct slot *s = peer_slot(p, arg[1]);
	int r = close(s->fd);

	s->fd = -1;
	return r;
}

/* Closes with a RST. */
static int do_abort(struct peer *p, char **arg)
{
	struct linger l = {.l_onoff = 1};

	if (setsockopt(peer_slot(p, arg[1])->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)) < 0)
		return -1;
	return do_close(p, arg);
}

/* Back to CLOSE on the same file: connect() to AF_UNSPEC. */
static int do_disconnect(struct peer *p, char **arg)
{
	struct sockaddr a = {.sa_family = AF_UNSPEC};

	return connect(peer_slot(p, arg[1])->fd, &a, sizeof(a));
}

static int do_option(struct peer *p, char **arg)
{
	static const struct {
		const char *name;
		int level, option;
	} options[] = {
	    {"reuseport", SOL_SOCKET, SO_REUSEPORT},
	    {"reuseaddr", SOL_SOCKET, SO_REUSEADDR},
	    {"sndbuf", SOL_SOCKET, SO_SNDBUF},
	    {"rcvbuf", SOL_SOCKET, SO_RCVBUF},
	    {"rcvlowat", SOL_SOCKET, SO_RCVLOWAT},
	    {"v6only", IPPROTO_IPV6, IPV6_V6ONLY},
	    {"nodelay", IPPROTO_TCP, TCP_NODELAY},
	    {"repair", IPPROTO_TCP, TCP_REPAIR},
	    {"keepalive", SOL_SOCKET, SO_KEEPALIVE},
	    {"pacing", SOL_SOCKET, SO_MAX_PACING_RATE},
	    {"repair_queue", IPPROTO_TCP, TCP_REPAIR_QUEUE},
	    {"queue_seq", IPPROTO_TCP, TCP_QUEUE_SEQ},
	    {"cork", IPPROTO_TCP, TCP_CORK},
	    {"user_timeout", IPPROTO_TCP, TCP_USER_TIMEOUT},
	    {"segment", IPPROTO_UDP, UDP_SEGMENT},
	    {"gro", IPPROTO_UDP, UDP_GRO},
	    {"mark", SOL_SOCKET, SO_MARK},
	    {"udpcork", IPPROTO_UDP, UDP_CORK},
	    {"tos", IPPROTO_IP, IP_TOS},
	    {"max_pacing_rate", SOL_SOCKET, SO_MAX_PACING_RATE},
	    {"priority", SOL_SOCKET, SO_PRIORITY},
	    {"tclass", IPPROTO_IPV6, IPV6_TCLASS},
	};
	int value = atoi(arg[3]);

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (strcmp(options[i].name, arg[2]) == 0)
			return setsockopt(peer_slot(p, arg[1])->fd, options[i].level, options[i].option, &value,
					  sizeof(value));
	return errno = ENOPROTOOPT, -1;
}

/* Gives the socket to a user: sk_uid. */
static int do_chown(struct peer *p, char **arg)
{
	return fchown(peer_slot(p, arg[1])->fd, (uid_t)atoi(arg[2]), (gid_t)-1);
}

static int do_congestion(struct peer *p, char **arg)
{
	return setsockopt(peer_slot(p, arg[1])->fd, IPPROTO_TCP, TCP_CONGESTION, arg[2], (socklen_t)strlen(arg[2]));
}

static int do_name(struct peer *p, char **arg)
{
	(void)p;
	(void)arg;
	return 0;
}

/* Sets the thread's name, given in hexadecimal so that any byte can be in it. */
static int do_comm(struct peer *p, char **arg)
{
	char name[16] = {};
	unsigned byte;

	(void)p;
	for (size_t i = 0; i + 1 < sizeof(name) && sscanf(arg[1] + 2 * i, "%2x", &byte) == 1; i++)
		name[i] = (char)byte;
	return prctl(PR_SET_NAME, name);
}

struct thread_job {
	struct peer *peer;
	char **arg;
	int result, error;
};

static void *thread_main(void *data)
{
	struct thread_job *j = data;

	prctl(PR_SET_NAME, j->arg[1]);
	j->result = peer_run(j->peer, j->arg + 2);
	j->error = errno;
	return NULL;
}

/* thread NAME COMMAND…: runs the command in a thread of that name. */
static int do_thread(struct peer *p, char **arg)
{
	struct thread_job j = {.peer = p, .arg = arg};
	pthread_t t;

	errno = pthread_create(&t, NULL, thread_main, &j);
	if (errno)
		return -1;
	pthread_join(t, NULL);
	errno = j.error;
	return j.result;
}

static int do_quit(struct peer *p, char **arg)
{
	(void)arg;
	p->quit = true;
	return 0;
}

static const struct command {
	const char *name;
	int args;
	int (*run)(struct peer *p, char **arg);
	bool new_slot; /* the first argument need not be an open slot (or is none) */
} commands[] = {
    {"tcp", 2, do_tcp, true},
    {"udp", 2, do_udp, true},
    {"mptcp", 2, do_mptcp, true},
    {"bind", 3, do_bind},
    {"listen", 2, do_listen},
    {"connect", 3, do_connect},
    {"begin", 3, do_begin},
    {"accept", 2, do_accept},
    {"send", 2, do_send},
    {"pieces", 3, do_pieces},
    {"more", 2, do_more},
    {"cut", 3, do_cut},
    {"batch", 3, do_batch},
    {"recv", 2, do_recv},
    {"peek", 2, do_peek},
    {"eof", 1, do_eof},
    {"move", 3, do_move},
    {"sendto", 4, do_sendto},
    {"shutdown", 2, do_shutdown},
    {"close", 1, do_close},
    {"abort", 1, do_abort},
    {"disconnect", 1, do_disconnect},
    {"congestion", 2, do_congestion},
    {"chown", 2, do_chown},
    {"option", 3, do_option},
    {"name", 1, do_name},
    {"comm", 1, do_comm, true},
    {"thread", 2, do_thread, true},
    {"fork", 0, peer_fork, true},
    {"pass", 2, peer_pass},
    {"inflight", 1, peer_inflight},
    {"garbage", 1, peer_garbage},
    {"ring", 1, peer_ring},
    {"ringsend", 2, peer_ring_send},
    {"ringrecv", 2, peer_ring_receive},
    {"kill", 1, peer_kill, true},
    {"quit", 0, do_quit, true},
};

struct slot *peer_slot(struct peer *p, const char *number)
{
	unsigned long i = strtoul(number, NULL, 10);

	if (i >= PEER_SLOTS)
		return errno = EBADSLT, NULL;
	return &p->slots[i];
}

int peer_run(struct peer *p, char **arg)
{
	int given = 0;

	while (arg[given + 1])
		given++;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		const struct command *c = &commands[i];
		struct slot *s;

		if (strcmp(c->name, arg[0]) != 0)
			continue;
		if (given < c->args)
			return errno = EINVAL, -1;
		s = c->new_slot ? NULL : peer_slot(p, arg[1]);
		if (!c->new_slot && (!s || s->fd < 0))
			return errno = EBADF, -1;
		return c->run(p, arg);
	}
	return errno = ENOSYS, -1;
}

static void serve(struct peer *p, char *line)
{
	char *arg[12] = {}, *save = NULL;
	size_t n = 0;

	for (char *w = strtok_r(line, " \n", &save); w && n + 1 < sizeof(arg) / sizeof(*arg);
	     w = strtok_r(NULL, " \n", &save))
		arg[n++] = w;
	if (!n)
		return;
	p->child_pid = 0;
	if (peer_run(p, arg) < 0) {
		printf("{\"ok\":false,\"errno\":%d,\"error\":\"%s: %s\"}\n", errno, arg[0], strerror(errno));
	} else {
		struct slot *s = n > 1 ? peer_slot(p, arg[strcmp(arg[0], "accept") == 0 ? 2 : 1]) : NULL;

		printf("{\"ok\":true");
		if (p->child_pid)
			printf(",\"pid\":%d", p->child_pid);
		if (s) {
			reply_slot(s);
			printf(",\"sent\":%llu,\"received\":%llu,\"writes\":%llu,\"reads\":%llu",
			       (unsigned long long)s->sent, (unsigned long long)s->received,
			       (unsigned long long)s->writes, (unsigned long long)s->reads);
		}
		printf("}\n");
	}
	fflush(stdout);
}

/*
 * What holds a sender up depends on how it is paced (with bbr a small send buffer never fills, since what is not yet
 * sent takes more writes), and a new namespace takes over what the machine is set to. Reno is in every kernel, and
 * allowed in every namespace.
 */
static int same_congestion_control(void)
{
	int fd = open("/proc/sys/net/ipv4/tcp_congestion_control", O_WRONLY | O_CLOEXEC), e;

	if (fd < 0)
		return -1;
	e = write(fd, "reno", 4) == 4 ? 0 : -1;
	close(fd);
	return e;
}

/* A namespace of our own, its loopback up; it goes when the last process in it does. */
static int own_netns(void)
{
	struct ifreq r = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd, e;

	if (unshare(CLONE_NEWNET) < 0)
		return -1;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	e = ioctl(fd, SIOCSIFFLAGS, &r);
	close(fd);
	return e < 0 ? e : same_congestion_control();
}

int main(int argc, char **argv)
{
	static struct peer p;
	char line[512];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < PEER_SLOTS; i++)
		p.slots[i].fd = -1;
	if (argc > 1 && strcmp(argv[1], "--netns") == 0 && own_netns() < 0) {
		fprintf(stderr, "peer: no network namespace: %s\n", strerror(errno));
		return 1;
	}
	printf("{\"ok\":true,\"pid\":%d}\n", getpid());
	fflush(stdout);
	while (!p.quit && fgets(line, sizeof(line), stdin))
		serve(&p, line);
	peer_deinit(&p);
	return 0;
}
