/* Makes traffic for the checks and is its own witness: two processes, "client" and "server", exchange bytes over one
 * connection (or pair of UDP sockets), and the client prints who they were and what each of them counted.
 *   guest [-n] [-b WHAT] [-c BYTES] [-g BYTES] [-l BYTES] [-m] [-p RATE] [-t VERSION] [-w MILLISECONDS] tcp|udp|mptcp
 *         ADDRESS UP DOWN [NAMESPACE]
 * The server listens on ADDRESS, in the named namespace if one is given. UP bytes go to it, then DOWN bytes come back,
 * and one line is printed; once more for each line "UP DOWN" on stdin. At its end both close, the client first.
 *   -n  the server never accepts: what goes up stays in the kernel, nothing comes down
 *   -b  programs of BPF take the server's end over: parser, verdict, skb, msg or filter; or see it: group or device
 *       (guest_taken.h); their ids are printed, too
 *   -c  bytes of a write, each of which goes out at once
 *   -g  the kernel cuts each write into datagrams of so many bytes: a UDP_SEGMENT control message
 *   -l  the server's SO_RCVLOWAT
 *   -m  every other write leaves its datagram open: MSG_MORE
 *   -p  bytes a second: the client's SO_MAX_PACING_RATE
 *   -t  the kernel speaks TLS on both ends, 12 or 13: what is counted is what it encrypts
 *   -w  the server reads so long after there is something to read */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest_taken.h"

#define CHUNK 65536
#define DATAGRAM 1000
#define STALLED_S 10 /* nothing comes any more */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct end {
	int fd;
	size_t chunk;                    /* most bytes of a write */
	uint16_t segment;                /* of UDP_SEGMENT, 0: none */
	bool more;                       /* every other write has MSG_MORE */
	uint64_t sent, received;         /* as the system calls returned them */
	uint32_t connect_us;             /* connect() took; 0: not called */
	uint32_t programs[PROGRAMS_MAX]; /* that have it; 0: none */
};

struct options {
	const char *address, *namespace;
	int type;
	int protocol;        /* MPTCP; 0: TCP or UDP */
	bool nobody;         /* accepts */
	size_t chunk;        /* 0: as large as is usual */
	unsigned int pacing; /* bytes a second, 0: not paced */
	int low_water;       /* SO_RCVLOWAT, 0: as it is */
	uint16_t segment;
	bool more;
	unsigned int wait_ms; /* before the server reads */
	const char *taken;    /* by which programs; NULL: by none */
	int tls;              /* 0: no TLS */
};

/* From one process to the other, over a socket pair. */
struct order {
	uint64_t up, down;
};

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# guest: ");
	vprintf(format, args);
	printf(": %s\n", strerror(errno));
	va_end(args);
	exit(1);
}

static void check(long result, const char *what)
{
	if (result < 0)
		die("%s", what);
}

static void tell(int fd, const void *data, size_t size)
{
	if (write(fd, data, size) != (ssize_t)size)
		die("the other process is gone");
}

static void hear(int fd, void *data, size_t size)
{
	if (read(fd, data, size) != (ssize_t)size)
		die("the other process is gone");
}

static socklen_t parse(const char *text, union address *a)
{
	*a = (union address){};
	if (inet_pton(AF_INET, text, &a->v4.sin_addr) == 1) {
		a->v4.sin_family = AF_INET;
		return sizeof(a->v4);
	}
	if (inet_pton(AF_INET6, text, &a->v6.sin6_addr) != 1)
		die("%s is no address", text);
	a->v6.sin6_family = AF_INET6;
	return sizeof(a->v6);
}

static uint16_t local_port(int fd)
{
	union address a;
	socklen_t len = sizeof(a);

	check(getsockname(fd, &a.any, &len), "getsockname");
	return ntohs(a.v4.sin_port); /* at the same place in both */
}

static ssize_t send_one(const struct end *e, size_t size, int flags)
{
	static char zeros[CHUNK];
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(uint16_t))];
	} control = {
	    .head = {.cmsg_len = CMSG_LEN(sizeof(uint16_t)), .cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT}};
	struct iovec part = {zeros, size};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};

	if (e->segment) {
		memcpy(CMSG_DATA(&control.head), &e->segment, sizeof(e->segment));
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
	}
	return sendmsg(e->fd, &m, flags);
}

static void send_all(struct end *e, uint64_t bytes)
{
	for (unsigned int i = 0; bytes; i++) {
		ssize_t n = send_one(e, bytes < e->chunk ? bytes : e->chunk, e->more && i % 2 == 0 ? MSG_MORE : 0);

		check(n, "send");
		e->sent += (uint64_t)n;
		bytes -= (uint64_t)n;
	}
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void receive_all(struct end *e, uint64_t bytes)
{
	static char sink[CHUNK];
	uint64_t last = now_us();

	while (bytes) {
		ssize_t n = recv(e->fd, sink, bytes < sizeof(sink) ? bytes : sizeof(sink), 0);

		/* In a sockmap it wakes up for what the parser has not seen yet: tcp_bpf_recvmsg_parser() as of 6.1. */
		if (n < 0 && errno == EAGAIN && now_us() - last < STALLED_S * 1000000ULL) {
			usleep(1000);
			continue;
		}
		if (n <= 0)
			die("%llu bytes did not come", (unsigned long long)bytes);
		e->received += (uint64_t)n;
		bytes -= (uint64_t)n;
		last = now_us();
	}
}

/* Lets what has come lie for a while. */
static void wait_to_read(struct end *e, const struct options *o)
{
	struct pollfd p = {.fd = e->fd, .events = POLLIN};

	/* A recv() that has begun to take data below the low water mark is not woken when the rest comes, but poll()
	 * is. */
	if (!o->wait_ms && !o->low_water)
		return;
	check(poll(&p, 1, -1), "poll");
	usleep(o->wait_ms * 1000);
}

static struct end end_of(int fd, const struct options *o)
{
	struct end e = {.fd = fd,
			.chunk = o->chunk                 ? o->chunk
				 : o->type == SOCK_STREAM ? CHUNK
							  : DATAGRAM,
			.segment = o->segment,
			.more = o->more};
	int on = 1;

	if (o->chunk && o->type == SOCK_STREAM)
		check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), "TCP_NODELAY");
	return e;
}

static void enter(const char *namespace)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	check(fd, path);
	check(setns(fd, CLONE_NEWNET), path);
	close(fd);
}

/* The listening socket, or the bound UDP socket; its port is told to the client. */
static int serve(const struct options *o, int control)
{
	union address a;
	socklen_t len = parse(o->address, &a);
	int fd = socket(a.any.sa_family, o->type, o->protocol);
	uint16_t port;

	check(fd, "socket");
	check(bind(fd, &a.any, len), "bind");
	if (o->type == SOCK_STREAM)
		check(listen(fd, 4), "listen");
	port = local_port(fd);
	tell(control, &port, sizeof(port));
	return fd;
}

/* The client's connection, or the UDP socket connected to it. */
static int meet_client(const struct options *o, int fd)
{
	union address a;
	socklen_t len = sizeof(a);
	int connection;
	char byte;

	if (o->type == SOCK_STREAM) {
		connection = accept(fd, NULL, NULL);
		check(connection, "accept");
		if (!o->protocol) /* another subflow joins at the listener's port */
			close(fd);
		return connection;
	}
	/* Its address, from a datagram that is left where it is. */
	check(recvfrom(fd, &byte, 1, MSG_PEEK, &a.any, &len), "recvfrom");
	check(connect(fd, &a.any, len), "connect");
	return fd;
}

/* Until the client lets it go. */
static void never_accept(const struct options *o, int control)
{
	struct order order;
	int fd = serve(o, control);

	while (read(control, &order, sizeof(order)) == sizeof(order))
		;
	close(fd);
	exit(0);
}

/* Before anything has come: a parser is only called when more does. A recv() that waits is not always woken when it
 * has found a message. */
static void take_over(struct end *e, const char *by, int tls)
{
	const struct timeval second = {.tv_sec = 1};

	check(setsockopt(e->fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second)), "SO_RCVTIMEO");
	if (by)
		check(take_by_programs(e->fd, by, e->programs), by);
	if (tls)
		check(take_by_tls(e->fd, tls), "TLS");
}

static void run_server(const struct options *o, int control)
{
	struct order order;
	struct end e;
	char byte;

	prctl(PR_SET_NAME, "server");
	if (o->namespace)
		enter(o->namespace);
	if (o->nobody)
		never_accept(o, control);
	e = end_of(meet_client(o, serve(o, control)), o);
	if (o->taken || o->tls) {
		take_over(&e, o->taken, o->tls);
		tell(control, &e, sizeof(e));
	}
	if (o->low_water)
		check(setsockopt(e.fd, SOL_SOCKET, SO_RCVLOWAT, &o->low_water, sizeof(o->low_water)), "SO_RCVLOWAT");
	while (read(control, &order, sizeof(order)) == sizeof(order)) {
		wait_to_read(&e, o);
		receive_all(&e, order.up);
		send_all(&e, order.down);
		tell(control, &e, sizeof(e));
	}
	if (o->type == SOCK_STREAM)
		recv(e.fd, &byte, 1, 0); /* the client's FIN comes first */
	exit(0);
}

static void say(const struct end *e, int server, uint16_t port)
{
	printf("lport=%u rport=%u client=%d server=%d sent=%llu received=%llu first=%u second=%u connect_us=%u\n",
	       local_port(e->fd), port, getpid(), server, (unsigned long long)e->sent, (unsigned long long)e->received,
	       e->programs[0], e->programs[1], e->connect_us);
	fflush(stdout);
}

static void exchange(struct end *e, struct order order, int control, int server, uint16_t port)
{
	struct end other;

	tell(control, &order, sizeof(order));
	send_all(e, order.up);
	receive_all(e, order.down);
	hear(control, &other, sizeof(other));
	if (other.received != e->sent || other.sent != e->received)
		die("the ends disagree");
	say(e, server, port);
}

static int connect_to(const struct options *o, uint16_t port)
{
	union address a;
	socklen_t len = parse(o->address, &a);
	int fd = socket(a.any.sa_family, o->type, o->protocol);

	check(fd, "socket");
	if (o->pacing)
		check(setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &o->pacing, sizeof(o->pacing)),
		      "SO_MAX_PACING_RATE");
	a.v4.sin_port = htons(port);
	check(connect(fd, &a.any, len), "connect");
	return fd;
}

static void run_client(const struct options *o, int control, int server, struct order order)
{
	struct end e;
	char line[128];
	uint16_t port;
	uint64_t began;
	int fd;

	prctl(PR_SET_NAME, "client");
	hear(control, &port, sizeof(port));
	began = now_us();
	fd = connect_to(o, port);
	e = end_of(fd, o);
	e.connect_us = (uint32_t)(now_us() - began) + 1;
	if (o->taken || o->tls) {
		struct end other;

		hear(control, &other, sizeof(other));
		memcpy(e.programs, other.programs, sizeof(e.programs));
		take_over(&e, NULL, o->tls);
	}
	if (o->nobody) {
		say(&e, server, port);
		send_all(&e, order.up);
	} else {
		exchange(&e, order, control, server, port);
	}
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%lu %lu", &order.up, &order.down) != 2)
			die("'%s' is not UP DOWN", line);
		exchange(&e, order, control, server, port);
	}
	close(e.fd);
	close(control);
	waitpid(server, NULL, 0);
}

static int usage(void)
{
	printf("# usage: guest [-n] [-b WHAT] [-c BYTES] [-g BYTES] [-l BYTES] [-m] [-p RATE] [-t VERSION] "
	       "[-w MILLISECONDS] tcp|udp|mptcp ADDRESS UP DOWN [NAMESPACE]\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct options o = {};
	struct order order;
	int option, pair[2];
	pid_t server;

	while ((option = getopt(argc, argv, "+nb:c:g:l:mp:t:w:")) >= 0) {
		switch (option) {
		case 'n': o.nobody = true; break;
		case 'b': o.taken = optarg; break;
		case 't': o.tls = atoi(optarg); break;
		case 'c': o.chunk = strtoul(optarg, NULL, 10); break;
		case 'g': o.segment = (uint16_t)atoi(optarg); break;
		case 'l': o.low_water = atoi(optarg); break;
		case 'm': o.more = true; break;
		case 'p': o.pacing = (unsigned int)strtoul(optarg, NULL, 10); break;
		case 'w': o.wait_ms = (unsigned int)strtoul(optarg, NULL, 10); break;
		default: return usage();
		}
	}
	argv += optind;
	argc -= optind;
	if (argc < 4 || argc > 5 || (o.taken && !has_programs(o.taken)))
		return usage();
	o.protocol = strcmp(argv[0], "mptcp") == 0 ? IPPROTO_MPTCP : 0;
	o.type = o.protocol || strcmp(argv[0], "tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM;
	o.address = argv[1];
	o.namespace = argc > 4 ? argv[4] : NULL;
	order = (struct order){strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10)};
	check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), "socketpair");
	server = fork();
	check(server, "fork");
	if (server == 0) {
		close(pair[0]);
		run_server(&o, pair[1]);
	}
	close(pair[1]);
	run_client(&o, pair[0], server, order);
	return 0;
}
