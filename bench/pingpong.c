/* One byte to and fro over a loopback TCP connection between two processes: pingpong SECONDS CPU CPU. Prints the round
 * trips per second. It stays in the network namespace that it is started in, which may be known to others. Each end
 * stays on its CPU: where a scheduler puts them changes the figure by a third. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loopback.h"

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void no_delay(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void stay_on(const char *cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET((size_t)atoi(cpu), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

static void echo(int listener)
{
	int fd = accept(listener, NULL, NULL);
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	no_delay(fd);
	while (fd >= 0 && recv(fd, &c, 1, 0) == 1 && send(fd, &c, 1, MSG_NOSIGNAL) == 1)
		;
	_exit(0);
}

int main(int argc, char **argv)
{
	double length, start, now;
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	unsigned long trips = 0;
	int listener, fd, pid;
	char c = 0;

	if (argc != 4) {
		fprintf(stderr, "usage: pingpong SECONDS CPU CPU\n");
		return 2;
	}
	length = atof(argv[1]);
	if ((listener = loopback_listen(LOOPBACK(1), 0, 1)) < 0 ||
	    getsockname(listener, (struct sockaddr *)&a, &len) < 0) {
		fprintf(stderr, "pingpong: %s\n", strerror(errno));
		return 1;
	}
	pid = fork();
	if (pid == 0) {
		stay_on(argv[3]);
		echo(listener);
	}
	stay_on(argv[2]);
	fd = loopback_connect(LOOPBACK(1), LOOPBACK(1), ntohs(a.sin_port));
	if (fd < 0)
		return 1;
	no_delay(fd);
	start = now = seconds();
	while (now - start < length) {
		for (int i = 0; i < 100; i++, trips++)
			if (send(fd, &c, 1, MSG_NOSIGNAL) != 1 || recv(fd, &c, 1, 0) != 1)
				return 1;
		now = seconds();
	}
	printf("%.1f\n", (double)trips / (now - start));
	close(fd);
	waitpid(pid, NULL, 0);
	return 0;
}
