/* A server that accepts slowly, and is its own witness: queue COUNT BACKLOG MILLISECONDS
 * COUNT connections over loopback wait, all for the time that is given, before they are accepted; then one line is
 * printed: the port, and for how long they waited at least and at most, in microseconds, by the clock before and after
 * the calls. Ends with its stdin. */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST 256

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), count = argc == 4 ? atoi(argv[1]) : 0;
	uint64_t least = UINT64_MAX, most = 0, before[MOST], after[MOST];
	socklen_t len = sizeof(a);
	char c;

	if (count < 1 || count > MOST || bind(listener, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(listener, atoi(argv[2])) < 0 || getsockname(listener, (struct sockaddr *)&a, &len) < 0)
		return 2;
	for (int i = 0; i < count; i++) {
		before[i] = now_us();
		if (connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&a, sizeof(a)) < 0)
			return 1;
		after[i] = now_us();
	}
	usleep((useconds_t)atoi(argv[3]) * 1000);
	for (int i = 0; i < count; i++) {
		uint64_t first = now_us() - after[i], last;

		if (accept(listener, NULL, NULL) < 0)
			return 1;
		last = now_us() - before[i];
		least = first < least ? first : least;
		most = last > most ? last : most;
	}
	printf("lport=%u least=%llu most=%llu\n", ntohs(a.sin_port), (unsigned long long)least,
	       (unsigned long long)most);
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}
