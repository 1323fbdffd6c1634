/* Another machine's collector: a script in place of ssh, which plays a recording. What real sshd does is in tests/net.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

/* A program of the shell with this text; its path is valid until the next call. */
static const char *script(const char *name, const char *text)
{
	const char *path = scratch(name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", text);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0700), 0);
	return path;
}

/* A command that plays this recording after it has done something. */
static const char *player(const char *kind, const char *first)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s; exec cat '%s'", first, recording(kind));
	return script("player", text);
}

/* The picture is that of the same stream in a file. */
static void test_same_rows(void **state)
{
	cleanup_result struct result there =
	    RUN("--host", "web1", "--ssh", player("hostile", ":"), "--batch", "--format", "csv", "--count", "1");
	cleanup_result struct result file = RUN("--replay", recording("hostile"), "--batch", "--format", "csv");

	(void)state;
	assert_int_equal(there.status, 0);
	assert_string_equal(there.err, "");
	assert_true(there.out_len > 0);
	assert_string_equal(there.out, file.out);
}

/* The words of the command. */
static void test_words(void **state)
{
	char first[512], line[512] = "";
	cleanup_result struct result r = {};
	FILE *f;

	(void)state;
	snprintf(first, sizeof(first), "echo \"$@\" > '%s'", scratch("words"));
	player("single", first);
	snprintf(first, sizeof(first), "%s -p 77", scratch("player"));
	r = RUN("--host", "me@web1", "--ssh", first, "--batch", "--interval", "0.5", "--cpu-limit", "40", "--without",
		"kprobe", "-n", "--view", "layers");
	f = fopen(scratch("words"), "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	assert_string_equal(line, "-p 77 me@web1 sudo -n skbtop --collect --interval 0.500000000 --cpu-limit 40 "
				  "--without kprobe -n\n");
}

/* What the shell of the other machine does, here: the copy is this binary, in a folder that is gone in the end. */
static void test_copy(void **state)
{
	char text[1024], bin[512], where[512] = "";
	cleanup_result struct result r = {};
	FILE *f;

	(void)state;
	snprintf(bin, sizeof(bin), "%s", scratch(""));
	snprintf(text, sizeof(text), "cmp \"$2\" '%s' && dirname \"$2\" >'%swhere' && exec cat '%s'", getenv("SKBTOP"),
		 bin, recording("single"));
	script("sudo", text);
	snprintf(text, sizeof(text), "shift; PATH='%s':$PATH exec sh -c \"$*\"", bin);
	r = RUN("--host", "web1", "--copy", "--ssh", script("ssh", text), "--batch");
	assert_string_equal(r.err, "");
	assert_int_equal(r.status, 0);
	f = fopen(scratch("where"), "r");
	assert_non_null(f);
	assert_non_null(fgets(where, sizeof(where), f));
	fclose(f);
	where[strcspn(where, "\n")] = '\0';
	assert_int_equal(where[0], '/');
	/* skbtop does not wait for long: a link may be dead. */
	for (int i = 0; i < 1000 && access(where, F_OK) == 0; i++)
		usleep(10000);
	assert_int_not_equal(access(where, F_OK), 0);
}

/* What the other machine answers becomes a part of a command. */
static void test_hostile_copy(void **state)
{
	cleanup_result struct result r =
	    RUN("--host", "web1", "--copy", "--ssh", script("ssh", "cat >/dev/null; echo '/tmp/x;reboot'"), "--batch");

	(void)state;
	assert_refused(&r, 1, "'/tmp/x;reboot' is no folder");
}

/* What the command says last is why, in one printable line. */
static void test_failures(void **state)
{
	const char *said = script("ssh", "echo first >&2; printf 'no route\\033[31m to it\\n' >&2; exit 255");
	cleanup_result struct result refused = RUN("--host", "web1", "--ssh", said, "--batch");
	cleanup_result struct result silent = RUN("--host", "web1", "--ssh", "false", "--batch");
	cleanup_result struct result missing = RUN("--host", "web1", "--ssh", "/nonexistent/ssh", "--batch");
	cleanup_result struct result noise =
	    RUN("--host", "web1", "--ssh", script("noise", "echo Welcome to this machine"), "--batch");
	cleanup_result struct result many =
	    RUN("--host", "web1", "--ssh", player("hostile", ":"), "--batch", "--max-rows", "2");

	(void)state;
	assert_refused(&refused, 1, "web1: no route");
	assert_clean(refused.err, strlen(refused.err), false);
	assert_refused(&silent, 1, "web1: the collector ended with status 1");
	assert_refused(&missing, 1, "web1: /nonexistent/ssh: No such file");
	assert_refused(&noise, 1, "broken record stream");
	assert_int_equal(many.status, 1);
	assert_string_equal(many.err, "skbtop: more than 2 sockets at a time: --max-rows raises the limit\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_rows),    cmocka_unit_test(test_words),    cmocka_unit_test(test_copy),
	    cmocka_unit_test(test_hostile_copy), cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests_name("hosts", tests, harness_setup, harness_teardown);
}
