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

static size_t count_of(const char *text, const char *word)
{
	size_t n = 0;

	for (const char *p = strstr(text, word); p; p = strstr(p + 1, word))
		n++;
	return n;
}

/* A file with one name on each line. */
static const char *names(const char *text)
{
	const char *path = scratch("names");
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	return path;
}

/* Each machine's rows are those of its stream; they stay when it has ended. */
static void test_several(void **state)
{
	char list[512];
	cleanup_result struct result file = RUN("--replay", recording("hostile"), "--batch", "--format", "json"),
				     r = {};
	size_t rows = count_of(file.out, "\"type\":\"socket\"");

	(void)state;
	snprintf(list, sizeof(list), "%s", names("# all\n w1\n\nw2 # the second\n"));
	r = RUN("--hosts", list, "--host", "w3", "--ssh", player("hostile", ":"), "--batch", "--format", "json");
	assert_int_equal(r.status, 0);
	assert_string_equal(r.err, "");
	assert_true(rows > 0);
	assert_int_equal(count_of(r.out, "\"type\":\"tick\""), 1);
	assert_int_equal(count_of(r.out, "{\"type\":\"socket\",\"host\":\"w1\""), rows);
	assert_int_equal(count_of(r.out, "{\"type\":\"socket\",\"host\":\"w2\""), rows);
	assert_int_equal(count_of(r.out, "{\"type\":\"socket\",\"host\":\"w3\""), rows);
	assert_int_equal(count_of(r.out, "\"type\":\"socket\""), 3 * rows);
	assert_clean(r.out, r.out_len, true);
}

/* One that is not there is said to be so, and holds up no other. */
static void test_one_is_down(void **state)
{
	char text[1024];
	cleanup_result struct result r = {}, none = {};

	(void)state;
	snprintf(text, sizeof(text),
		 "[ \"$1\" = w2 ] && { printf 'no route\\033[31m\\n' >&2; exit 255; }; exec cat '%s'",
		 recording("hostile"));
	r = RUN("--host", "w1", "--host", "w2", "--ssh", script("ssh", text), "--batch");
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "\nw1 "));
	assert_non_null(strstr(r.out, "\n# w2 is down: no route"));
	assert_clean(r.out, r.out_len, true);
	none = RUN("--host", "w1", "--host", "w2", "--ssh", script("ssh", "echo nobody >&2; exit 255"), "--batch");
	assert_int_equal(none.status, 1);
	assert_string_equal(none.err, "skbtop: w1: nobody\n");
}

static void test_names(void **state)
{
	cleanup_result struct result twice = RUN("--hosts", names("a\nb\na\n"), "--batch");
	cleanup_result struct result option = RUN("--hosts", names("-oProxyCommand=id\n"), "--batch");
	cleanup_result struct result empty = RUN("--hosts", names("# nobody\n"), "--batch");
	cleanup_result struct result missing = RUN("--hosts", "/nonexistent", "--batch");

	(void)state;
	assert_refused(&twice, 1, "a is there twice");
	assert_refused(&option, 1, "'-oProxyCommand=id' is not the name of a host");
	assert_refused(&empty, 1, "it names no host");
	assert_refused(&missing, 1, "/nonexistent: No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_rows),    cmocka_unit_test(test_words),    cmocka_unit_test(test_copy),
	    cmocka_unit_test(test_hostile_copy), cmocka_unit_test(test_failures), cmocka_unit_test(test_several),
	    cmocka_unit_test(test_one_is_down),  cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("hosts", tests, harness_setup, harness_teardown);
}
