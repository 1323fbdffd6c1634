/* Running the program under test: output to files, a time limit by alarm in the child. */
#include "harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "home.h"
#include "text.h"

#define TIME_LIMIT_S 30
#define ARGS_MAX 32

/* The one test program's state; every test runs in it alone. Its home is the scratch folder, too. */
static struct home home;
static char scratch_path[256], recording_path[256];

int harness_setup(void **state)
{
	static const char *const needed[] = {"SKBTOP", "MAKE_RECORDING", "JSON_MD", "METRICS_MD"};
	struct error err = {};
	char line[4096];

	if (home_init(&home, &err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		const char *value = getenv(needed[i]);

		snprintf(line, sizeof(line), "%s=%s", needed[i], value ? value : "");
		if (value && home_setenv(&home, line) < 0)
			return -1;
	}
	/* Whatever is started from here on sees the tests' own world only. */
	environ = home.env;
	return 0;
}

int harness_teardown(void **state)
{
	home_deinit(&home);
	return 0;
}

const char *scratch(const char *name)
{
	snprintf(scratch_path, sizeof(scratch_path), "%s/%s", home.path, name);
	return scratch_path;
}

static const char *from_environment(const char *name)
{
	const char *value = getenv(name);

	if (!value)
		fail_msg("%s is not set", name);
	return value;
}

static int redirect(const char *name, int fd)
{
	int to = open(name, fd ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY, 0600);

	return to < 0 ? -1 : dup2(to, fd);
}

/* Runs a program with its output in two files; returns the wait status. */
static int run_program(const char *program, const char *const *args, const char *out, const char *err)
{
	const char *argv[ARGS_MAX] = {program};
	int status = -1;
	pid_t pid;

	for (size_t i = 0; args[i]; i++) {
		assert_true(i + 2 < ARGS_MAX);
		argv[i + 1] = args[i];
	}
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (redirect("/dev/null", 0) < 0 || redirect(out, 1) < 0 || redirect(err, 2) < 0)
			_exit(126);
		alarm(TIME_LIMIT_S);
		execv(program, (char *const *)argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static char *slurp(const char *name, size_t *len)
{
	FILE *f = fopen(name, "r");
	struct stat st;
	char *text;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	text = calloc(1, (size_t)st.st_size + 1);
	assert_non_null(text);
	*len = fread(text, 1, (size_t)st.st_size, f);
	fclose(f);
	return text;
}

struct result run_skbtop(const char *const *args)
{
	struct result r = {};
	char out[128], err[128];
	size_t err_len;
	int status;

	snprintf(out, sizeof(out), "%s/stdout", home.path);
	snprintf(err, sizeof(err), "%s/stderr", home.path);
	status = run_program(from_environment("SKBTOP"), args, out, err);
	r.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	r.out = slurp(out, &r.out_len);
	r.err = slurp(err, &err_len);
	return r;
}

void result_free(struct result *r)
{
	free(r->out);
	free(r->err);
	*r = (struct result){};
}

const char *recording(const char *kind)
{
	const char *const args[] = {kind, recording_path, NULL};

	snprintf(recording_path, sizeof(recording_path), "%s/%s.rec", home.path, kind);
	if (access(recording_path, F_OK) < 0)
		assert_int_equal(run_program(from_environment("MAKE_RECORDING"), args, "/dev/null", "/dev/null"), 0);
	return recording_path;
}

void assert_refused(const struct result *r, int status, const char *word)
{
	const char *newline = strchr(r->err, '\n');

	if (r->status != status || r->out_len || !newline || newline[1] || !strstr(r->err, word) ||
	    strncmp(r->err, "skbtop: ", 8) != 0)
		fail_msg("status %d, expected %d; stdout %zu bytes; expected one line with '%s', got: %s", r->status,
			 status, r->out_len, word, r->err);
}

void assert_clean(const char *text, size_t len, bool cr)
{
	size_t left = len, n;
	uint32_t c = 0;

	for (; (n = text_decode(text, left, &c)) > 0; text += n, left -= n) {
		if (c == '\n' || (cr && c == '\r'))
			continue;
		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c == 0xfffd && n == 1))
			fail_msg("U+%04X in the output", (unsigned)c);
	}
	assert_int_equal(left, 0);
}
