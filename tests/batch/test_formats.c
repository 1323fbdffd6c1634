/* Text, CSV and snapshots: shape, alignment, quoting, and what happens to the pipe and the files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "text.h"

/* -- CSV ---------------------------------------------------------------------------------------------------------- */

/* Reads one field as RFC 4180 has it; returns what follows it: ',' or '\r'. */
static char next_field(const char **at, char *dst, size_t size)
{
	const char *p = *at;
	size_t n = 0;
	bool quoted = *p == '"';

	p += quoted;
	for (; *p; p++) {
		if (quoted && *p == '"' && p[1] != '"') {
			p++;
			break;
		}
		if (!quoted && (*p == ',' || *p == '\r'))
			break;
		assert_false(!quoted && *p == '"');
		p += quoted && *p == '"';
		assert_true(n + 1 < size);
		dst[n++] = *p;
	}
	dst[n] = '\0';
	*at = p + 1;
	return *p;
}

static void test_csv(void **state)
{
	cleanup_result struct result r = RUN("--batch", "--format", "csv", "--count", "2", "--columns",
					     "id,comm,cgroup,rx_bytes", "--replay", recording("hostile"));
	const char *at = r.out;
	char field[1024];
	size_t lines = 0;

	assert_int_equal(r.status, 0);
	assert_clean(r.out, r.out_len, true);
	assert_memory_equal(r.out, "time,id,comm,cgroup,rx_bytes\r\n", 30);
	for (; *at; lines++) {
		for (size_t i = 0; i < 5; i++)
			assert_int_equal(next_field(&at, field, sizeof(field)), i < 4 ? ',' : '\r');
		assert_int_equal(*at++, '\n');
	}
	/* The names once, two ticks of 18 rows. */
	assert_int_equal(lines, 1 + 2 * 18);
	assert_non_null(strstr(r.out, ",3,\"quo\"\"te\\back'\",\"/sys?[2J,\"\"tem\"\"?.slice\",1000\r\n"));
	/* No formula for a spreadsheet; numbers stay numbers. */
	assert_non_null(strstr(r.out, ",13,\"'=cmd|'/c'!A0\","));
	assert_non_null(strstr(r.out, ",14,\"'-\","));
	/* Not known is empty. */
	assert_non_null(strstr(r.out, ",101,,,\r\n"));
}

/* -- text --------------------------------------------------------------------------------------------------------- */

/* The columns of the display at which a word of the first line ends. */
static size_t column_end(const char *line, const char *word)
{
	const char *at = strstr(line, word);
	char head[512];

	assert_non_null(at);
	snprintf(head, sizeof(head), "%.*s", (int)(at - line) + (int)strlen(word), line);
	return text_width(head);
}

static void test_text_is_aligned(void **state)
{
	cleanup_result struct result r = RUN("--batch", "--columns", "comm,rport,cwnd,cc", "--filter",
					     "known cwnd and lport = 443", "--replay", recording("hostile"));
	size_t end, lines = 0;
	char *line;

	assert_clean(r.out, r.out_len, false);
	line = strtok(r.out, "\n");
	end = column_end(line, "CWND");
	while ((line = strtok(NULL, "\n"))) {
		assert_int_equal(column_end(line, " 10 ") - 1, end);
		lines++;
	}
	assert_int_equal(lines, 15);
}

static void test_text_says_unknown(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "--columns", "id,pid,rtt_us", "--filter", "id = 101", "--replay", recording("hostile"));

	assert_non_null(strstr(r.out, "\n101 "));
	assert_int_equal(strcmp(r.out + r.out_len - 3, " -\n"), 0);
}

static void test_text_ticks_are_dated(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "--count", "2", "--limit", "1", "--replay", recording("hostile"));

	assert_memory_equal(r.out, "2023-11-14 22:30:01.000\n", 24);
	assert_non_null(strstr(r.out, "\n\n2023-11-14 22:30:02.000\n"));
}

/* -- pipes and files ---------------------------------------------------------------------------------------------- */

/* The reader takes one line and goes: that is no failure. */
static void test_closed_pipe(void **state)
{
	char command[1024];
	FILE *p;
	char line[64];

	snprintf(command, sizeof(command),
		 "{ '%s' --batch -a --count 0 --replay '%s' 2>&1; echo $? >'%s.status'; } | head -n 1",
		 getenv("SKBTOP"), recording("storm"), recording("storm"));
	p = popen(command, "r");
	assert_non_null(p);
	assert_non_null(fgets(line, sizeof(line), p));
	assert_int_equal(pclose(p), 0);
	p = fopen(scratch("storm.rec.status"), "r");
	assert_non_null(p);
	assert_non_null(fgets(line, sizeof(line), p));
	fclose(p);
	assert_string_equal(line, "0\n");
}

static char *read_file(const char *name)
{
	FILE *f = fopen(name, "r");
	char *text = calloc(1, 1 << 20);
	size_t n;

	assert_non_null(f);
	assert_non_null(text);
	n = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	text[n] = '\0';
	return text;
}

static void snapshot(const char *name)
{
	struct result r = RUN("--snapshot", scratch(name), "--size", "100x30", "--replay", recording("hostile"));

	if (r.status != 0)
		fail_msg("%s: status %d: %s", name, r.status, r.err);
	assert_string_equal(r.err, "");
	assert_int_equal(r.out_len, 0);
	result_free(&r);
}

static void test_snapshot_text(void **state)
{
	char *text, *line;
	size_t lines = 0;

	snapshot("screen.txt");
	text = read_file(scratch("screen.txt"));
	assert_clean(text, strlen(text), false);
	assert_non_null(strstr(text, "10.0.0.1:443"));
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		assert_true(text_width(line) <= 100);
		assert_int_not_equal(line[strlen(line) - 1], ' ');
		lines++;
	}
	assert_true(lines > 5 && lines <= 30);
	free(text);
}

static void test_snapshot_markup(void **state)
{
	static const struct {
		const char *name, *begins, *ends;
	} cases[] = {{"screen.svg", "<svg xmlns=", "</svg>\n"}, {"screen.html", "<!DOCTYPE html>", "</html>\n"}};

	for (size_t i = 0; i < 2; i++) {
		char *text;

		snapshot(cases[i].name);
		text = read_file(scratch(cases[i].name));
		assert_clean(text, strlen(text), false);
		assert_memory_equal(text, cases[i].begins, strlen(cases[i].begins));
		assert_string_equal(text + strlen(text) - strlen(cases[i].ends), cases[i].ends);
		/* The name of process 11 is <b>&amp;</b>. */
		assert_null(strstr(text, "<b>"));
		assert_non_null(strstr(text, "&lt;b&gt;&amp;amp;"));
		free(text);
	}
}

static void test_snapshot_json(void **state)
{
	char *text;

	snapshot("screen.json");
	text = read_file(scratch("screen.json"));
	assert_memory_equal(text, "{\"type\":\"tick\"", 14);
	assert_non_null(strstr(text, "\"number\":2,"));
	assert_non_null(strstr(text, "\"rx_rate\":"));
	free(text);
}

static void test_snapshot_never_over_a_link(void **state)
{
	cleanup_result struct result r = {};

	assert_int_equal(symlink("victim", scratch("link.json")), 0);
	r = RUN("--snapshot", scratch("link.json"), "--replay", recording("hostile"));
	assert_refused(&r, 1, "symbolic link");
	assert_int_equal(access(scratch("victim"), F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_csv),
	    cmocka_unit_test(test_text_is_aligned),
	    cmocka_unit_test(test_text_says_unknown),
	    cmocka_unit_test(test_text_ticks_are_dated),
	    cmocka_unit_test(test_closed_pipe),
	    cmocka_unit_test(test_snapshot_text),
	    cmocka_unit_test(test_snapshot_markup),
	    cmocka_unit_test(test_snapshot_json),
	    cmocka_unit_test(test_snapshot_never_over_a_link),
	};

	return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
