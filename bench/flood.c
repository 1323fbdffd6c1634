/* Packets of one socket, as many as it can make, over the loopback of its namespace: flood udp|pingpong|stream RATE.
 * Says "ready PORT PORT NETNS" (the sender's, the other end's), then for each line "SECONDS" that it reads sends for so
 * long and says how often it sent. RATE is in calls a second; 0: as many as it can. Ends with its stdin. */
#include <errno.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loopback.h"

#define CHUNK (128 << 10)

enum mode { UDP, PINGPONG, STREAM, MODES };

static const char *const names[MODES] = {"udp", "pingpong", "stream"};

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void stay_on(size_t cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

static int port_of(int fd, int (*name)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_in a = {};
	socklen_t len = sizeof(a);

	return name(fd, (struct sockaddr *)&a, &len) < 0 ? -1 : ntohs(a.sin_port);
}

/* Two connected ends; fd[0] sends. */
static int datagram_pair(int fd[2])
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(LOOPBACK(1))};
	int room = 4 << 20;

	for (int i = 0; i < 2; i++) {
		fd[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (fd[i] < 0 || bind(fd[i], (struct sockaddr *)&a, sizeof(a)) < 0)
			return -1;
	}
	setsockopt(fd[1], SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	a.sin_port = htons((uint16_t)port_of(fd[1], getsockname));
	return connect(fd[0], (struct sockaddr *)&a, sizeof(a));
}

static int stream_pair(int fd[2])
{
	int listener = loopback_listen(LOOPBACK(1), 0, 1), one = 1;

	if (listener < 0)
		return -1;
	fd[0] = loopback_connect(LOOPBACK(1), LOOPBACK(1), (uint16_t)port_of(listener, getsockname));
	fd[1] = fd[0] < 0 ? -1 : accept(listener, NULL, NULL);
	close(listener);
	for (int i = 0; i < 2 && fd[1] >= 0; i++)
		setsockopt(fd[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd[1] < 0 ? -1 : 0;
}

/* The other end: reads all, and answers a ping. */
static void other_end(enum mode mode, int fd)
{
	static char data[CHUNK];
	ssize_t n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	do {
		n = recv(fd, data, sizeof(data), 0);
		if (mode == PINGPONG && n > 0)
			n = send(fd, data, (size_t)n, MSG_NOSIGNAL);
	} while (n > 0);
	_exit(0);
}

static bool send_once(enum mode mode, int fd)
{
	static char data[CHUNK];
	char c;

	if (mode == STREAM)
		return send(fd, data, sizeof(data), MSG_NOSIGNAL) > 0;
	if (send(fd, data, 1, MSG_NOSIGNAL) != 1)
		return false;
	return mode == UDP || recv(fd, &c, 1, 0) == 1;
}

static unsigned long send_for(enum mode mode, int fd, double length, double rate)
{
	double start = seconds(), now = start;
	unsigned long sent = 0;

	while (now - start < length) {
		for (int i = 0; i < 16 && (rate <= 0 || (double)sent < rate * (now - start)); i++, sent++)
			if (!send_once(mode, fd))
				return sent;
		now = seconds();
	}
	return sent;
}

int main(int argc, char **argv)
{
	enum mode mode = UDP;
	char line[64];
	struct stat ns;
	int fd[2], pid;

	while (argc == 3 && mode < MODES && strcmp(argv[1], names[mode]) != 0)
		mode++;
	if (argc != 3 || mode == MODES) {
		fprintf(stderr, "usage: flood udp|pingpong|stream RATE\n");
		return 2;
	}
	if ((mode == UDP ? datagram_pair(fd) : stream_pair(fd)) < 0 || stat("/proc/self/ns/net", &ns) < 0) {
		fprintf(stderr, "flood: %s\n", strerror(errno));
		return 1;
	}
	printf("ready %d %d %lu\n", port_of(fd[0], getsockname), port_of(fd[0], getpeername), (unsigned long)ns.st_ino);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		/* A ping-pong is fastest on one processor, where nobody has to be woken on another. */
		stay_on(mode == PINGPONG ? 0 : 1);
		close(fd[0]);
		other_end(mode, fd[1]);
	}
	stay_on(0);
	close(fd[1]);
	while (fgets(line, sizeof(line), stdin)) {
		printf("%lu\n", send_for(mode, fd[0], atof(line), atof(argv[2])));
		fflush(stdout);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}
