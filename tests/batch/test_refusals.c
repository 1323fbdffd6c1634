/* What is refused: one line on stderr that names the wrong word, and the exit status of the contract. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define ARGS_PER_CASE 7

static const struct refusal {
	const char *args[ARGS_PER_CASE];
	const char *word;   /* must be in the line */
	const char *advice; /* must be in the line too; NULL: none */
} refusals[] = {
    {{"--bath"}, "--bath", "--batch"},
    {{"--host", "-oProxyCommand=id"}, "-oProxyCommand", "--host"},
    {{"--host", "a b"}, "'a b'", "--host"},
    {{"--host", ""}, "--host", "name of a host"},
    {{"--host", "a", "--host", "a"}, "--host", "there twice"},
    {{"--host", "a", "--host", "b"}, "several hosts", "--batch"},
    {{"--host", "a", "--host", "b", "--batch", "--record", "x"}, "--record", "one --host"},
    {{"--host", "a", "--host", "b", "--batch", "-a"}, "-a", "one --host"},
    {{"--host", "a", "--host", "b", "--batch", "--view", "findings"}, "several hosts", "findings"},
    {{"--hosts", "x", "--replay", "b"}, "--hosts", "--replay"},
    {{"--host", "a", "--replay", "b"}, "--host", "--replay"},
    {{"--host", "a", "--doctor"}, "--host", "--doctor"},
    {{"--ssh", "ssh -v"}, "--ssh", "--host"},
    {{"--copy"}, "--copy", "--host"},
    {{"-ay"}, "-y", NULL},
    {{"-e", "--view", "sockets"}, "-e", "--view"},
    {{"-k", "--view", "drops"}, "-k", "--view"},
    {{"-D", "--view", "requests"}, "-D", "--view"},
    {{"-r", "--view", "drops"}, "-r", "--view"},
    {{"--batch", "-k", "--columns", "rtt"}, "rtt", NULL},
    {{"--batch", "--view", "drops", "--sort", "cwnd"}, "cwnd", NULL},
    {{"--batch", "-k", "--filter", "rtt > 1"}, "rtt", "column 1"},
    {{"--batch", "-k", "-a"}, "-a", "ends"},
    {{"--batch", "--view", "resets", "-a"}, "-a", "no reset ever ends"},
    {{"word"}, "word", NULL},
    {{"--"}, "--", NULL},
    {{"-"}, "'-'", NULL},
    {{"--filter"}, "--filter", "EXPR"},
    {{"--batch=yes"}, "--batch", NULL},
    {{"--batch", "--columns", "pid,rttus"}, "rttus", "rtt_us"},
    {{"--batch", "--columns", "pid,,comm"}, "pid,,comm", NULL},
    {{"--batch", "--columns", ""}, "empty", NULL},
    {{"--sort", "retrnas"}, "retrnas", "retrans"},
    {{"--sort", "rtt_us:up"}, "rtt_us:up", "asc"},
    {{"--sort", "rtt_us,pid"}, "rtt_us,pid", NULL},
    {{"--batch", "--view", "help"}, "help", "no rows"},
    {{"--view", "sokets"}, "sokets", "sockets"},
    {{"--theme", "no-such-theme"}, "no-such-theme", NULL},
    {{"--filter", "rtt > 5 and foo < 3"}, "filter: column 13:", "foo"},
    {{"--filter", "( rtt > 5"}, "filter: column ", NULL},
    {{"--filter", "rtt >"}, "filter: column ", NULL},
    {{"--filter", "comm ~ ["}, "filter: column ", NULL},
    {{"--interval", "0"}, "'0'", "0.1 to 3600"},
    {{"--interval", "0.09"}, "'0.09'", "0.1 to 3600"},
    {{"--interval", "3601"}, "'3601'", "0.1 to 3600"},
    {{"--interval", "1s"}, "'1s'", "0.1 to 3600"},
    {{"--interval", "-1"}, "'-1'", "0.1 to 3600"},
    {{"--interval", "nan"}, "'nan'", "0.1 to 3600"},
    {{"--interval", ""}, "''", "0.1 to 3600"},
    {{"--prefix", "10.0.0.0/33"}, "--prefix", "10.0.0.0/8"},
    {{"--prefix", ""}, "--prefix", "a list of prefixes"},
    {{"--resolve", "--replay", "b"}, "--resolve", "--replay"},
    {{"--cpu-limit", "0"}, "'0'", "1 to 100"},
    {{"--cpu-limit", "101"}, "'101'", "1 to 100"},
    {{"--cpu-limit", "25%"}, "'25%'", "1 to 100"},
    {{"--cpu-limit", "10", "--replay", "b"}, "--cpu-limit", "--replay"},
    {{"--btf", ""}, "--btf", NULL},
    {{"--btf", "x", "--replay", "b"}, "--btf", "--replay"},
    {{"--btf", "x", "--host", "h"}, "--btf", "--host"},
    {{"--batch", "--count", "-1"}, "'-1'", "ticks"},
    {{"--batch", "--count", "99999999999999999999"}, "99999999999999999999", "ticks"},
    {{"--batch", "--limit", "many"}, "'many'", "rows"},
    {{"--batch", "--format", "xml"}, "'xml'", "text|json|csv"},
    {{"--batch", "--format", "pcapng"}, "pcapng", "--view packets"},
    {{"--batch", "--view", "packets"}, "--view packets", "--filter"},
    {{"--batch", "--view", "packets", "-u", "--columns=rtt"}, "rtt", NULL},
    {{"--batch", "--view", "packets", "-u", "--format=pcapng", "--sort=time"}, "pcapng", "time"},
    {{"--batch", "--view", "packets", "--filter", "len > 1000"}, "--view packets", "of which socket"},
    {{"--batch", "--view", "packets", "--filter", "rtt > 1 and foo < 3"}, "column 13", "foo"},
    {{"--batch", "--view", "packets", "--filter", "not ( rtt > 1 and len > 3 )"}, "column ", NULL},
    {{"--batch", "--view", "packets", "--arm", "rtt > 1", "-a"}, "-a", "no packet ever ends"},
    {{"-I", "--filter", "rtt > 1"}, "-I", "--filter"},
    {{"-I", "--arm", "rtt > 1"}, "-I", "--arm"},
    {{"--batch", "-I", "--view", "layers"}, "-I", "layers"},
    {{"-I", "--view", "layers"}, "-I", "layers"},
    {{"-I", "-k"}, "-I", "-k"},
    {{"-I", "-d", "80"}, "-I", "-d"},
    {{"-I", "--doctor"}, "-I", "--doctor"},
    {{"--arm", "rtt >"}, "--arm: column ", NULL},
    {{"--arm", ""}, "--arm", "every socket"},
    {{"--batch", "--arm", "rtt > 1"}, "--arm", "--view packets or lives, or with --record, where"},
    {{"--batch", "-i", "--record", "x"}, "-i", "--view packets"},
    {{"--batch", "-i"}, "-i", "--view packets"},
    {{"--batch", "-n", "--view", "sockets"}, "-n", "--view layers"},
    {{"--batch", "-nr"}, "-n", "--view layers"},
    {{"--batch", "-n", "--columns", "cwnd"}, "'cwnd'", NULL},
    {{"-n", "--snapshot", "x.json", "--view", "sockets"}, "-n", "--view layers"},
    {{"--color", "blue"}, "'blue'", "auto|always|never"},
    {{"--without", "magic"}, "'magic'", "fentry"},
    {{"--snapshot", "x.png"}, "'.png'", ".svg"},
    {{"--snapshot", "/tmp/"}, "/tmp/", NULL},
    {{"--snapshot", "x.txt", "--size", "80"}, "'80'", "COLSxROWS"},
    {{"--snapshot", "x.txt", "--size", "19x24"}, "'19x24'", "20x5"},
    {{"--snapshot", "x.txt", "--size", "80x24x3"}, "'80x24x3'", "COLSxROWS"},
    {{"--snapshot", "x.txt", "--size", "99999999999x24"}, "99999999999x24", "COLSxROWS"},
    {{"-d", "0"}, "'0'", "port"},
    {{"-d", "65536"}, "'65536'", "port"},
    {{"-shttps"}, "'https'", "port"},
    {{"--user", "no-such-user-here"}, "no-such-user-here", NULL},
    {{"--sample", "0"}, "'0'", "1 to 1000000"},
    {{"--sample", "1000001"}, "'1000001'", "1 to 1000000"},
    {{"--sample", "1/10"}, "'1/10'", "1 to 1000000"},
    {{"--batch", "--sample", "10"}, "--sample", "-t"},
    {{"--sample", "10", "--replay", "b"}, "--sample", "--replay"},
    {{"-t", "--doctor"}, "-t", "--doctor"},
    {{"-L", "--collect"}, "-L", "--collect"},
    {{"--batch", "--show-values"}, "--show-values", "requests"},
    {{"--batch", "-t", "--view", "drops"}, "-t", "drops"},
    {{"--batch", "--view", "layers", "--sort", "cwnd"}, "'cwnd'", NULL},
    {{"--batch", "-L", "--format", "csv"}, "-L", "--view layers"},
    {{"--count", "3"}, "--count", "--batch"},
    {{"--report", "x", "--view", "hosts"}, "--report", "--view"},
    {{"--report", "x", "--batch"}, "--batch", "--report"},
    {{"--report", "x", "-t"}, "-t", "--report"},
    {{"--report", "x", "--doctor"}, "--report", "--doctor"},
    {{"--report", ""}, "''", "a name"},
    {{"--batch", "--format", "openmetrics", "--view", "hosts"}, "openmetrics", "--view"},
    {{"--batch", "--format", "openmetrics", "--filter", "udp"}, "openmetrics", "--filter"},
    {{"--batch", "--format", "openmetrics", "-t"}, "openmetrics", "the whole machine"},
    {{"--batch", "--format", "openmetrics", "--limit", "0"}, "openmetrics", "1 to 1000"},
    {{"--check", "--format", "openmetrics"}, "openmetrics", "--check"},
    {{"--speed", "3"}, "--speed", "--replay"},
    {{"--from", "+3"}, "--from", "--replay"},
    {{"--replay", "b", "--from", "noon"}, "'noon'", "14:02:11"},
    {{"--max-rows", "3"}, "--max-rows", "--replay"},
    {{"--max-mb", "3"}, "--max-mb", "--replay"},
    {{"--replay", "b", "--max-rows", "0"}, "'0'", "1 to 4194304"},
    {{"--replay", "b", "--max-mb", "much"}, "'much'", "1 to 4194304"},
    {{"--size", "80x24"}, "--size", "--snapshot"},
    {{"--batch", "--snapshot", "x.txt"}, "--batch", "--snapshot"},
    {{"--record", "a", "--replay", "b"}, "--record", "--replay"},
    {{"--record-mb", "10"}, "--record-mb", "--record"},
    {{"--record", "a", "--record-mb", "0"}, "'0'", "a number from 1"},
    {{"--history-mb", "no"}, "'no'", "MiB"},
    {{"--batch", "--history-mb", "5"}, "--history-mb", "--batch"},
    {{"--replay", "b", "--speed", "fast"}, "'fast'", "0.01"},
    {{"--batch", "--columns", "\x1b[31m"}, "?[31m", NULL},
    {{"\x1b]0;x\x07\n"}, "?]0;x??", NULL},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		const struct refusal *c = &refusals[i];
		const char *args[ARGS_PER_CASE + 1] = {};
		cleanup_result struct result r = {};

		memcpy(args, c->args, sizeof(c->args));
		r = run_skbtop(args);
		assert_refused(&r, 2, c->word);
		if (c->advice)
			assert_refused(&r, 2, c->advice);
		assert_clean(r.err, strlen(r.err), false);
	}
}

static void test_failures(void **state)
{
	cleanup_result struct result none = RUN("--replay", recording("hostile"));
	cleanup_result struct result missing = RUN("--batch", "--replay", "/nonexistent/file");
	cleanup_result struct result foreign = RUN("--batch", "--replay", "/etc/passwd");
	cleanup_result struct result empty = RUN("--batch", "--replay", recording("empty"));
	cleanup_result struct result single = RUN("--snapshot", scratch("x.json"), "--replay", recording("single"));
	cleanup_result struct result nowhere =
	    RUN("--snapshot", "/proc/nowhere/x.json", "--replay", recording("hostile"));

	(void)state;
	assert_refused(&none, 1, "--batch");
	assert_refused(&missing, 1, "/nonexistent/file: No such file");
	assert_refused(&foreign, 1, "/etc/passwd: broken record stream: not a skbtop stream");
	assert_refused(&empty, 1, "no tick");
	assert_refused(&single, 1, "fewer than two ticks");
	assert_refused(&nowhere, 1, "/proc/nowhere/x.json: No such file");
}

/* Whole ticks are shown; then the failure is reported. */
static void test_broken_recordings(void **state)
{
	cleanup_result struct result broken = RUN("--batch", "--count", "0", "--replay", recording("broken"));
	cleanup_result struct result cut = RUN("--batch", "--count", "0", "--replay", recording("cut"));

	cleanup_result struct result many = RUN("--batch", "--replay", recording("hostile"), "--max-rows", "2");

	(void)state;
	assert_int_equal(broken.status, 1);
	assert_non_null(strstr(broken.err, "broken.rec: broken record stream: frame too long\n"));
	assert_non_null(strstr(broken.out, "22:30:03"));
	assert_int_equal(many.status, 1);
	assert_string_equal(many.err, "skbtop: more than 2 sockets at a time: --max-rows raises the limit\n");
	assert_int_equal(cut.status, 0);
	assert_non_null(strstr(cut.err, "cut.rec: the recording ends within a tick\n"));
	assert_non_null(strstr(cut.out, "22:30:02"));
	assert_null(strstr(cut.out, "22:30:03"));
}

/* What was asked for did not arrive. */
static void check_full_disk(const char *arguments)
{
	char command[1024], line[256];
	FILE *p;

	snprintf(command, sizeof(command), "'%s' %s 2>&1 >/dev/full; echo $?", getenv("SKBTOP"), arguments);
	p = popen(command, "r");
	assert_non_null(p);
	assert_non_null(fgets(line, sizeof(line), p));
	assert_string_equal(line, "skbtop: cannot write the output: No space left on device\n");
	assert_non_null(fgets(line, sizeof(line), p));
	assert_string_equal(line, "1\n");
	assert_int_equal(pclose(p), 0);
}

static void test_full_disk(void **state)
{
	static const char *const words[] = {"--help", "--version", "--doctor"};
	char replay[512];

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		check_full_disk(words[i]);
	snprintf(replay, sizeof(replay), "--batch --replay '%s'", recording("hostile"));
	check_full_disk(replay);
}

static void test_help_and_version(void **state)
{
	cleanup_result struct result help = RUN("--help");
	cleanup_result struct result version = RUN("-V");

	(void)state;
	assert_int_equal(help.status, 0);
	assert_non_null(strstr(help.out, "--batch"));
	assert_non_null(strstr(help.out, "-d DPORT"));
	assert_clean(help.out, help.out_len, false);
	assert_int_equal(version.status, 0);
	assert_memory_equal(version.out, "skbtop ", 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refusals),          cmocka_unit_test(test_failures),
	    cmocka_unit_test(test_broken_recordings), cmocka_unit_test(test_full_disk),
	    cmocka_unit_test(test_help_and_version),
	};

	return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
