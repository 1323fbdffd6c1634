/* Both ends of a connection, with pauses that are known: exchange [KIND [NEAR FAR ADDRESS]], of the kinds plain,
 * sendfile, zerocopy, ktls, bulk, dns, starved. For each line of its input: the client asks in two pieces 30 ms apart;
 * 60 ms later the server reads them; 120 ms after that it answers, in two pieces 50 ms apart, by these calls; 80 ms
 * later the client reads the answer (of bulk, which is 40 kB, as it comes). starved: the server is a process that
 * sleeps in epoll_wait(), from which the client keeps the processor for 60 ms. Over loopback, or from one network
 * namespace to an address in another. First the port is printed, then a line for each that is done. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/tls.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ASK 10
#define ANSWER 100

static const char *kind = "plain";
static int fail;

static int is(const char *word)
{
	return strcmp(kind, word) == 0;
}

static unsigned long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long)t.tv_sec * 1000000 + (unsigned long)t.tv_nsec / 1000;
}

/* A file of zeros. */
static int file_of(size_t size)
{
	int fd = open("/tmp/exchange", O_RDWR | O_CREAT | O_TRUNC, 0600);

	fail |= fd < 0 || ftruncate(fd, (off_t)size) < 0;
	return fd;
}

/* When it was called. */
static unsigned long sends(int fd, size_t size, useconds_t then_ms)
{
	static const char data[40000];
	int file = is("sendfile") ? file_of(size) : -1;
	unsigned long at = now_us();

	if (file >= 0)
		fail |= sendfile(fd, file, NULL, size) != (ssize_t)size;
	else
		fail |= send(fd, data, size, is("zerocopy") ? MSG_ZEROCOPY : 0) != (ssize_t)size;
	if (file >= 0)
		close(file);
	usleep(then_ms * 1000);
	return at;
}

/* When it had come back. */
static unsigned long reads(int fd, size_t size, useconds_t then_ms)
{
	static char data[50000];
	unsigned long at;
	size_t got = 0;
	ssize_t n = 1;

	for (; n > 0 && got < size; got += (size_t)n) /* of kTLS a record at a time */
		n = recv(fd, data, size - got, 0);
	fail |= got != size;
	at = now_us();
	usleep(then_ms * 1000);
	return at;
}

static void call(int client, int server)
{
	size_t more = is("bulk") ? 40000 : 2 * ANSWER;
	unsigned long asks = sends(client, ASK, 30), asked = sends(client, ASK, 60), got = reads(server, 2 * ASK, 120);
	unsigned long answers = sends(server, ANSWER, 50), answered = sends(server, more, is("bulk") ? 0 : 80);
	unsigned long end = reads(client, ANSWER + more, 0);

	printf("ask=%lu late=%lu think=%lu answer=%lu read=%lu call=%lu\n", asked - asks, got - asked, answers - got,
	       answered - answers, end - answered, end - asks);
	fflush(stdout);
}

static void serve(int server)
{
	struct epoll_event e = {.events = EPOLLIN};
	int wait = epoll_create1(0);
	char request[ASK];

	epoll_ctl(wait, EPOLL_CTL_ADD, server, &e);
	while (epoll_wait(wait, &e, 1, -1) == 1 && recv(server, request, ASK, 0) == ASK)
		send(server, request, ASK, 0);
	_exit(0);
}

/* The server in a process of its own, which never runs while this one could. */
static void starve(int client, int server)
{
	struct sched_param lowest = {.sched_priority = 1};

	if (fork() == 0) {
		close(client);
		serve(server);
	}
	close(server);
	fail |= sched_setscheduler(0, SCHED_FIFO, &lowest) < 0;
}

/* It does not sleep in between, not even for a moment. */
static void call_starved(int client)
{
	unsigned long asks = now_us(), now = asks;
	char request[ASK] = "";

	fail |= send(client, request, ASK, 0) != ASK;
	while (now < asks + 60000)
		now = now_us();
	printf("starved=%lu\n", now - asks);
	fflush(stdout);
	reads(client, ASK, 0);
}

static void enter(const char *namespace)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	fd = open(path, O_RDONLY);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		exit(3);
	close(fd);
}

/* What is sent and received is encrypted by the kernel, with a key that both know. */
static void encrypt(int fd)
{
	struct tls12_crypto_info_aes_gcm_128 key = {
	    .info = {.version = TLS_1_2_VERSION, .cipher_type = TLS_CIPHER_AES_GCM_128}};

	fail |= setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 4) < 0 ||
		setsockopt(fd, SOL_TLS, TLS_TX, &key, sizeof(key)) < 0 ||
		setsockopt(fd, SOL_TLS, TLS_RX, &key, sizeof(key)) < 0;
}

static void set_up(int fd)
{
	int one = 1;

	fail |= setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0;
	if (is("zerocopy"))
		fail |= setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)) < 0;
	if (is("ktls"))
		encrypt(fd);
}

/* exchange dns: instead a question to a name server, and its answer. */
static int ask_names(void)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(53)};
	unsigned char message[] = "..\1\0\0\1\0\0\0\0\0\0\4name\7example\0\0\1\0\1", number = 0;
	int server = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in from;
	socklen_t len;
	char line[8];

	if (bind(server, (struct sockaddr *)&a, sizeof(a)) < 0)
		return 2;
	printf("lport=53\n");
	fflush(stdout);
	while (!fail && fgets(line, sizeof(line), stdin)) {
		unsigned long asks = now_us(), got, answers;
		const int size = sizeof(message) - 1;

		message[1] = ++number;
		message[2] = 1;
		fail |= sendto(client, message, size, 0, (struct sockaddr *)&a, sizeof(a)) != size;
		usleep(60000);
		len = sizeof(from);
		fail |= recvfrom(server, message, size, 0, (struct sockaddr *)&from, &len) != size;
		got = now_us();
		usleep(120000);
		message[2] = 0x81;
		answers = now_us();
		fail |= sendto(server, message, size, 0, (struct sockaddr *)&from, len) != size;
		usleep(80000);
		fail |= recv(client, message, size, 0) != size;
		printf("late=%lu think=%lu read=%lu\n", got - asks, answers - got, now_us() - answers);
		fflush(stdout);
	}
	return fail;
}

int main(int argc, char **argv)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener, client, server;
	socklen_t len = sizeof(a);
	char line[8];

	kind = argc > 1 ? argv[1] : kind;
	if (is("dns"))
		return ask_names();
	if (argc == 5 && inet_pton(AF_INET, argv[4], &a.sin_addr) != 1)
		return 2;
	if (argc == 5)
		enter(argv[3]);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (argc == 5)
		enter(argv[2]);
	client = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(listener, 8) < 0 ||
	    getsockname(listener, (struct sockaddr *)&a, &len) < 0 ||
	    connect(client, (struct sockaddr *)&a, sizeof(a)) < 0 || (server = accept(listener, NULL, NULL)) < 0)
		return 2;
	set_up(client);
	set_up(server);
	printf("lport=%u\n", ntohs(a.sin_port));
	fflush(stdout);
	if (is("starved"))
		starve(client, server);
	while (!fail && fgets(line, sizeof(line), stdin)) {
		if (is("starved"))
			call_starved(client);
		else
			call(client, server);
	}
	return fail;
}
