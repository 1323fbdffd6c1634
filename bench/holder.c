/* Holds idle TCP connections: holder PAIRS [BYTES [apart]]. Both ends of each, over several loopback addresses (apart:
 * each end has an address of its own), in a network namespace of its own, in as many processes as the limit on open
 * files asks for. Each connection moves BYTES once. Prints "ready PAIRS" when all stand, holds them until stdin closes;
 * "move N" on stdin moves a byte over N of them, "ask N" one to and fro. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
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
	bool apart;
};

#define WORKER_PAIRS 14000 /* one address has so many ephemeral ports, with room to spare */

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
	uint16_t port = (uint16_t)(h->apart ? FIRST_PORT + index : FIRST_PORT);
	int listener = loopback_listen(h->apart ? INADDR_ANY : target, port, 4096);

	if (h->apart) {
		source = LOOPBACK(0x100000 + index * WORKER_PAIRS);
		target = LOOPBACK(0x800000 + index * WORKER_PAIRS);
	}

	if (listener < 0)
		return -1;
	for (unsigned i = 0; i < h->pairs; i++) {
		int c = loopback_connect(source, target, port), s = c < 0 ? -1 : accept(listener, NULL, NULL);

		if (s < 0)
			return -1;
		h->fds[2 * i] = c;
		h->fds[2 * i + 1] = s;
		source += h->apart;
		target += h->apart;
		if (bytes && (send(c, zeros, bytes, 0) < 0 || recv(s, sink, bytes, MSG_WAITALL) < 0))
			return -1;
	}
	return close(listener);
}

struct order {
	unsigned n;
	bool ask; /* there is an answer */
};

static void move_byte(int from, int to)
{
	char c = 0;

	if (send(from, &c, 1, 0) == 1)
		(void)!recv(to, &c, 1, 0);
}

static void move_bytes(const struct holding *h, struct order o)
{
	for (unsigned i = 0; i < o.n && i < h->pairs; i++) {
		move_byte(h->fds[2 * i], h->fds[2 * i + 1]);
		if (o.ask)
			move_byte(h->fds[2 * i + 1], h->fds[2 * i]);
	}
}

static void worker_main(unsigned index, struct holding h, unsigned bytes, int in, int out)
{
	struct order o;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	h.fds = calloc(h.pairs, 2 * sizeof(int));
	if (!h.fds || open_pairs(&h, index, bytes) < 0) {
		fprintf(stderr, "holder: %s\n", strerror(errno));
		_exit(1);
	}
	if (write(out, "r", 1) != 1)
		_exit(1);
	while (read(in, &o, sizeof(o)) == sizeof(o)) {
		move_bytes(&h, o);
		if (write(out, "m", 1) != 1)
			break;
	}
	_exit(0);
}

static int start_worker(struct worker *w, unsigned index, struct holding h, unsigned bytes)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		return -1;
	w->pid = fork();
	if (w->pid == 0) {
		close(in[1]);
		close(out[0]);
		worker_main(index, h, bytes, in[0], out[1]);
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
	unsigned n;

	while (fgets(line, sizeof(line), stdin)) {
		struct order each = {.ask = strncmp(line, "ask", 3) == 0};

		if (sscanf(line, each.ask ? "ask %u" : "move %u", &n) != 1)
			continue;
		each.n = n / count;
		for (unsigned i = 0; i < count; i++)
			if (write(w[i].in, &each, sizeof(each)) != sizeof(each))
				return;
		if (all_answered(w, count) < 0)
			return;
		printf("moved %u\n", each.n * count);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	unsigned pairs = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	unsigned bytes = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1000;
	bool apart = argc > 3 && strcmp(argv[3], "apart") == 0;
	unsigned most = (files_limit() - 64) / 2, count;
	struct worker workers[WORKERS_MAX] = {};

	most = most < WORKER_PAIRS ? most : WORKER_PAIRS;
	count = (pairs + most - 1) / most;
	if (!pairs || count > WORKERS_MAX || bytes > 65536) {
		fprintf(stderr, "usage: holder PAIRS [BYTES [apart]]\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	if (loopback_namespace() < 0) {
		fprintf(stderr, "holder: no network namespace: %s\n", strerror(errno));
		return 1;
	}
	for (unsigned i = 0; i < count; i++)
		if (start_worker(&workers[i], i,
				 (struct holding){.pairs = pairs / count + (i < pairs % count), .apart = apart},
				 bytes) < 0)
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
