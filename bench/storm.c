/* As many short TCP connections a second as the machine makes: storm SECONDS FILE [RATE]. Clients on
 * 20 loopback addresses, servers on 20 more, in a namespace of their own; each connection sends a request and a reply
 * of known length and is closed by the client. FILE receives one struct storm_entry for each, as both programs counted
 * it. Prints "ready" and waits for a line on stdin, then runs, prints connections and seconds, and waits for stdin to
 * close. */
#include "storm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loopback.h"

#define LANES 20  /* pairs of addresses */
#define WORKERS 2 /* processes with clients, and as many with servers */
#define PORT 8000
#define ENTRIES_MAX 2000000

/* In memory that all processes share. */
struct shared {
	volatile int stop;
	unsigned long count[WORKERS];   /* connections made */
	uint64_t served_bytes[WORKERS]; /* of requests, as the servers read them */
};

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Serves one connection after the other on a few listening sockets, round robin as the client makes them. */
static void serve(struct shared *s, unsigned worker, const int *listeners, unsigned count)
{
	static const char reply[4096];
	char request[4096];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 0;; i = (i + 1) % count) {
		int fd = accept(listeners[i], NULL, NULL);
		ssize_t n = fd < 0 ? -1 : recv(fd, request, sizeof(request), 0);

		if (n <= 0)
			_exit(1);
		s->served_bytes[worker] += (uint64_t)n;
		/* The request says how long the reply is to be. */
		if (send(fd, reply, storm_reply(&request[0]), MSG_NOSIGNAL) < 0 || recv(fd, request, 1, 0) != 0)
			_exit(1);
		close(fd);
	}
}

static int one_connection(unsigned lane, unsigned long number, struct storm_entry *e)
{
	char data[4096];
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	unsigned up = 16 + (unsigned)(number * 7919 % 1000), down = (unsigned)(number * 104729 % 2000) + 1;
	int fd = loopback_connect(LOOPBACK(1 + lane), LOOPBACK(101 + lane), PORT);
	ssize_t got = 0;

	if (fd < 0)
		return -1;
	memset(data, 0, up);
	memcpy(data, &down, sizeof(down));
	getsockname(fd, (struct sockaddr *)&a, &len);
	*e = (struct storm_entry){
	    .laddr = LOOPBACK(1 + lane), .raddr = LOOPBACK(101 + lane), .lport = ntohs(a.sin_port), .rport = PORT};
	e->sent = send(fd, data, up, MSG_NOSIGNAL) == (ssize_t)up ? up : 0;
	while (e->received < down && (got = recv(fd, data, sizeof(data), 0)) > 0)
		e->received += (uint32_t)got;
	close(fd);
	return e->received == down && e->sent == up ? 0 : -1;
}

/* Waits until the n-th connection is due; rate 0: at once. */
static void keep_rate(double start, unsigned long n, double rate)
{
	double early = rate > 0 ? start + (double)n / rate - seconds() : 0;

	if (early > 0)
		nanosleep(&(struct timespec){.tv_nsec = (long)(early * 1e9) % 1000000000L}, NULL);
}

static void make_connections(struct shared *s, unsigned worker, struct storm_entry *entries, double rate)
{
	double start = seconds();
	unsigned long n = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!s->stop && n < ENTRIES_MAX / WORKERS) {
		unsigned lane = worker * (LANES / WORKERS) + (unsigned)(n % (LANES / WORKERS));

		keep_rate(start, n, rate / WORKERS);
		if (one_connection(lane, n, &entries[n]) < 0) {
			fprintf(stderr, "storm: connection %lu: %s\n", n, strerror(errno));
			_exit(1);
		}
		n++;
	}
	s->count[worker] = n;
	_exit(0);
}

static void *shared_memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Do the two programs agree on the bytes of the requests? */
static bool counts_agree(struct storm_entry *const *entries, const struct shared *s)
{
	for (unsigned w = 0; w < WORKERS; w++) {
		uint64_t sent = 0;

		for (unsigned long i = 0; i < s->count[w]; i++)
			sent += entries[w][i].sent;
		if (sent != s->served_bytes[w])
			return false;
	}
	return true;
}

static int write_entries(const char *path, struct storm_entry *const *entries, const struct shared *s)
{
	FILE *f = fopen(path, "we");
	bool failed = false;

	if (!f)
		return -1;
	for (unsigned w = 0; w < WORKERS; w++)
		failed |= fwrite(entries[w], sizeof(**entries), s->count[w], f) != s->count[w];
	return fclose(f) < 0 || failed ? -1 : 0;
}

/* Runs for so many seconds; how long it took, or -1. */
static double run(struct shared *s, struct storm_entry *const *entries, double length, double rate)
{
	int clients[WORKERS];
	double start = seconds();
	int status, bad = 0;

	for (unsigned w = 0; w < WORKERS; w++) {
		clients[w] = fork();
		if (clients[w] == 0)
			make_connections(s, w, entries[w], rate);
	}
	nanosleep(&(struct timespec){.tv_sec = (time_t)length, .tv_nsec = (long)((length - (long)length) * 1e9)}, NULL);
	s->stop = 1;
	for (unsigned w = 0; w < WORKERS; w++)
		bad |= waitpid(clients[w], &status, 0) < 0 || status != 0;
	return bad ? -1 : seconds() - start;
}

static int start_servers(struct shared *s, int *servers)
{
	for (unsigned w = 0; w < WORKERS; w++) {
		int listeners[LANES / WORKERS];

		for (unsigned i = 0; i < LANES / WORKERS; i++) {
			listeners[i] = loopback_listen(LOOPBACK(101 + w * (LANES / WORKERS) + i), PORT, 512);
			if (listeners[i] < 0)
				return -1;
		}
		servers[w] = fork();
		if (servers[w] == 0)
			serve(s, w, listeners, LANES / WORKERS);
		for (unsigned i = 0; i < LANES / WORKERS; i++)
			close(listeners[i]);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct storm_entry *entries[WORKERS];
	struct shared *s = shared_memory(sizeof(*s));
	unsigned long total = 0;
	int servers[WORKERS];
	char line[16];
	double took;

	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: storm SECONDS FILE [RATE]\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned w = 0; w < WORKERS; w++)
		entries[w] = shared_memory(sizeof(**entries) * (ENTRIES_MAX / WORKERS));
	if (!s || !entries[0] || !entries[WORKERS - 1] || loopback_namespace() < 0 || start_servers(s, servers) < 0) {
		fprintf(stderr, "storm: %s\n", strerror(errno));
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	took = run(s, entries, atof(argv[1]), argc > 3 ? atof(argv[3]) : 0);
	for (unsigned w = 0; w < WORKERS; w++)
		total += s->count[w];
	if (took < 0 || !counts_agree(entries, s) || write_entries(argv[2], entries, s) < 0)
		return 1;
	printf("%lu %.3f\n", total, took);
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin))
		;
	for (unsigned w = 0; w < WORKERS; w++) {
		kill(servers[w], SIGKILL);
		waitpid(servers[w], NULL, 0);
	}
	return 0;
}
