/* Holds idle TCP connections: holder PAIRS [BYTES]. Both ends of each, over several loopback addresses, in a network
 * namespace of its own, in as many processes as the limit on open files asks for. Each connection moves BYTES once.
 * Prints "ready PAIRS" when all stand, holds them until stdin closes; "move N" on stdin moves a byte over N of them. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loopback.h"

#define FIRST_PORT 20000
#define WORKERS_MAX 64

struct worker {
	int pid;
	int in, out; /* ours: commands to it, answers from it */
};

struct holding {
	int *fds; /* client and server of each pair */
	unsigned pairs;
};

static unsigned files_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return 1024;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
	return r.rlim_max == RLIM_INFINITY ? 1U << 20 : (unsigned)r.rlim_max;
}

static int open_pairs(struct holding *h, unsigned index, unsigned bytes)
{
	static const char zeros[65536];
	static char sink[65536];
	/* Own addresses for each worker: no two share a local port. */
	uint32_t source = LOOPBACK(2 + index), target = LOOPBACK(128 + index);
	int listener = loopback_listen(target, FIRST_PORT, 4096);

	if (listener < 0)
		return -1;
	for (unsigned i = 0; i < h->pairs; i++) {
		int c = loopback_connect(source, target, FIRST_PORT), s = c < 0 ? -1 : accept(listener, NULL, NULL);

		if (s < 0)
			return -1;
		h->fds[2 * i] = c;
		h->fds[2 * i + 1] = s;
		if (bytes && (send(c, zeros, bytes, 0) < 0 || recv(s, sink, bytes, MSG_WAITALL) < 0))
			return -1;
	}
	return close(listener);
}

static void move_bytes(const struct holding *h, unsigned n)
{
	char c = 0;

	for (unsigned i = 0; i < n && i < h->pairs; i++)
		if (send(h->fds[2 * i], &c, 1, 0) == 1 && recv(h->fds[2 * i + 1], &c, 1, 0) != 1)
			return;
}

static void worker_main(unsigned index, unsigned pairs, unsigned bytes, int in, int out)
{
	struct holding h = {.fds = calloc(pairs, 2 * sizeof(int)), .pairs = pairs};
	unsigned n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!h.fds || open_pairs(&h, index, bytes) < 0) {
		fprintf(stderr, "holder: %s\n", strerror(errno));
		_exit(1);
	}
	if (write(out, "r", 1) != 1)
		_exit(1);
	while (read(in, &n, sizeof(n)) == sizeof(n)) {
		move_bytes(&h, n);
		if (write(out, "m", 1) != 1)
			break;
	}
	_exit(0);
}

static int start_worker(struct worker *w, unsigned index, unsigned pairs, unsigned bytes)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		return -1;
	w->pid = fork();
	if (w->pid == 0) {
		close(in[1]);
		close(out[0]);
		worker_main(index, pairs, bytes, in[0], out[1]);
	}
	close(in[0]);
	close(out[1]);
	w->in = in[1];
	w->out = out[0];
	return w->pid < 0 ? -1 : 0;
}

static int all_answered(const struct worker *w, unsigned count)
{
	char c;

	for (unsigned i = 0; i < count; i++)
		if (read(w[i].out, &c, 1) != 1)
			return -1;
	return 0;
}

static void serve(const struct worker *w, unsigned count)
{
	char line[64];
	unsigned n, each;

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "move %u", &n) != 1)
			continue;
		each = n / count;
		for (unsigned i = 0; i < count; i++)
			if (write(w[i].in, &each, sizeof(each)) != sizeof(each))
				return;
		if (all_answered(w, count) < 0)
			return;
		printf("moved %u\n", each * count);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	unsigned pairs = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	unsigned bytes = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1000;
	unsigned most = (files_limit() - 64) / 2, count;
	struct worker workers[WORKERS_MAX] = {};

	most = most < 14000 ? most : 14000; /* one address has so many ephemeral ports, with room to spare */
	count = (pairs + most - 1) / most;
	if (!pairs || count > WORKERS_MAX || bytes > 65536) {
		fprintf(stderr, "usage: holder PAIRS [BYTES]\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	if (loopback_namespace() < 0) {
		fprintf(stderr, "holder: no network namespace: %s\n", strerror(errno));
		return 1;
	}
	for (unsigned i = 0; i < count; i++)
		if (start_worker(&workers[i], i, pairs / count + (i < pairs % count), bytes) < 0)
			return 1;
	if (all_answered(workers, count) == 0) {
		printf("ready %u\n", pairs);
		fflush(stdout);
		serve(workers, count);
	}
	for (unsigned i = 0; i < count; i++) {
		kill(workers[i].pid, SIGKILL);
		waitpid(workers[i].pid, NULL, 0);
	}
	return 0;
}
