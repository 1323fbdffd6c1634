/* Signals that end a batch: what was written is whole lines, however far its reader is behind. */
#include "harness.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIPE_SIZE 4096
#define READ_MAX (1 << 20)

struct child {
	pid_t pid;
	int out; /* what it writes */
};

/* A batch of everything that a recording has, into a pipe that soon is full. */
static struct child start(const char *format)
{
	const char *path = recording("hostile");
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(fcntl(fds[1], F_SETPIPE_SZ, PIPE_SIZE), PIPE_SIZE);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(30);
		dup2(fds[1], STDOUT_FILENO);
		execl(getenv("SKBTOP"), "skbtop", "--batch", "--count", "0", "--format", format, "--replay", path,
		      NULL);
		_exit(127);
	}
	close(fds[1]);
	return (struct child){pid, fds[0]};
}

static size_t read_some(int fd, char *to, size_t n)
{
	ssize_t r = read(fd, to, n);

	assert_true(r >= 0);
	return (size_t)r;
}

/* Reads first bytes, sends the signal while the rest finds no room, and reads to the end. */
static void end_after(const char *format, size_t first, int number)
{
	struct child c = start(format);
	char *text = malloc(READ_MAX);
	size_t len = 0, n;
	int status;

	assert_non_null(text);
	while (len < first && (n = read_some(c.out, text + len, first - len)) > 0)
		len += n;
	assert_int_equal(len, first);
	assert_int_equal(kill(c.pid, number), 0);
	while ((n = read_some(c.out, text + len, READ_MAX - len)) > 0)
		len += n;
	assert_int_equal(waitpid(c.pid, &status, 0), c.pid);
	if (text[len - 1] != '\n')
		fail_msg("%s after %zu bytes, signal %d: half a line: %.*s", format, first, number, 60,
			 text + len - 60);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(c.out);
	free(text);
}

static void whole_lines(void **state)
{
	static const char *const formats[] = {"text", "json", "csv"};
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};

	for (size_t f = 0; f < 3; f++)
		for (size_t first = 1; first < 3000; first += 311)
			end_after(formats[f], first, numbers[(first + f) % 3]);
}

/* Nobody reads: it ends all the same. */
static void nobody_reads(void **state)
{
	struct child c = start("json");
	char text[1];
	int status;

	assert_int_equal(read_some(c.out, text, 1), 1);
	assert_int_equal(kill(c.pid, SIGTERM), 0);
	assert_int_equal(waitpid(c.pid, &status, 0), c.pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(c.out);
}

/* A reader that goes is no failure. */
static void reader_goes(void **state)
{
	struct child c = start("json");
	char text[1];
	int status;

	assert_int_equal(read_some(c.out, text, 1), 1);
	close(c.out);
	assert_int_equal(waitpid(c.pid, &status, 0), c.pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole_lines),
	    cmocka_unit_test(nobody_reads),
	    cmocka_unit_test(reader_goes),
	};

	return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
