/* OpenMetrics: the grammar, counters that never fall, what is left out is in "other", and docs/metrics.md. */
#include <jansson.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "metrics.h"

#define RECEIVED "skbtop_process_received_bytes_total{"
#define END "# EOF\n"

static struct result metrics_of(const char *kind, const char *limit)
{
	struct result r =
	    RUN("--batch", "--format", "openmetrics", "--count", "0", "--limit", limit, "--replay", recording(kind));

	assert_int_equal(r.status, 0);
	assert_string_equal(r.err, "");
	return r;
}

/* The text from the last tick on. */
static const char *last_tick(const struct result *r)
{
	const char *at = r->out, *next;

	for (; (next = strstr(at, END)) && next[sizeof(END) - 1]; at = next + sizeof(END) - 1)
		;
	return at;
}

/* All samples of a text whose lines begin so, together; NaN: there are none. */
static double sum_of(const char *text, const char *begin)
{
	double sum = NAN;

	for (; text && *text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL) {
		const char *end = strchr(text, '\n');

		if (strncmp(text, begin, strlen(begin)) != 0)
			continue;
		while (end[-1] != ' ')
			end--;
		sum = (isnan(sum) ? 0 : sum) + strtod(end, NULL);
	}
	return sum;
}

/* -- grammar ------------------------------------------------------------------------------------------------------- */

#define NAME "skbtop_[a-z0-9_]+"
#define LABEL "[a-z_]+=\"([^\"\\]|\\\\[\"\\n])*\""
#define LINE                                                                                                           \
	"^(# TYPE " NAME " (gauge|counter)|# UNIT " NAME "_(bytes bytes|seconds seconds|ratio ratio)|# HELP " NAME     \
	" .+|# EOF|" NAME "([{]" LABEL "(," LABEL ")*[}])? [0-9.e+-]+)$"

static void check_grammar(const char *kind)
{
	cleanup_result struct result r = metrics_of(kind, "50");
	regex_t line;

	assert_clean(r.out, r.out_len, false);
	assert_int_equal(regcomp(&line, LINE, REG_EXTENDED | REG_NOSUB), 0);
	assert_memory_equal(r.out + r.out_len - strlen(END), END, strlen(END));
	for (char *at = strtok(r.out, "\n"); at; at = strtok(NULL, "\n"))
		if (regexec(&line, at, 0, NULL, 0) != 0)
			fail_msg("not OpenMetrics: %s", at);
	regfree(&line);
}

static void test_grammar(void **state)
{
	(void)state;
	check_grammar("hostile");
	check_grammar("lives");
	check_grammar("losses");
	check_grammar("devices");
}

static void test_hostile_labels(void **state)
{
	cleanup_result struct result r = metrics_of("hostile", "50");

	(void)state;
	/* A program that is called quo"te\back' */
	assert_non_null(strstr(r.out, ",comm=\"quo\\\"te\\\\back'\"}"));
}

/* -- counters ------------------------------------------------------------------------------------------------------ */

/* Of each tick, what all processes have received is told by their rates, too. */
static double received_by_json(const char *kind)
{
	cleanup_result struct result r =
	    RUN("--batch", "--view", "processes", "--format", "json", "--count", "0", "--replay", recording(kind));
	double sum = 0, elapsed = 0;

	for (char *at = strtok(r.out, "\n"); at; at = strtok(NULL, "\n")) {
		json_t *line = json_loads(at, 0, NULL);

		assert_non_null(line);
		if (strcmp(json_string_value(json_object_get(line, "type")), "tick") == 0)
			elapsed = json_number_value(json_object_get(line, "elapsed"));
		else
			sum += elapsed * json_number_value(json_object_get(line, "rx_rate"));
		json_decref(line);
	}
	return sum;
}

/* However few rows have a place, together with "other" they are what all did. */
static void check_sums(const char *kind)
{
	cleanup_result struct result few = metrics_of(kind, "1"), all = metrics_of(kind, "1000");
	double json = received_by_json(kind), received = sum_of(last_tick(&all), RECEIVED);

	/* JSON's rates have one decimal. */
	assert_true(json > 0 && fabs(received - json) < 1e-4 * json);
	assert_true(fabs(sum_of(last_tick(&few), RECEIVED) - received) <= 1e-9 * received);
	assert_true(sum_of(last_tick(&few), RECEIVED "pid=\"other\",comm=\"other\"") > 0);
	assert_true(isnan(sum_of(last_tick(&all), RECEIVED "pid=\"other\"")));
	assert_true(sum_of(last_tick(&few), "skbtop_rows_left_out{table=\"process\"}") >= 1);
	assert_true(sum_of(last_tick(&all), "skbtop_rows_left_out{table=\"process\"}") == 0);
	/* What is added up, and what is not. */
	assert_true(sum_of(last_tick(&few), "skbtop_process_sockets{") ==
		    sum_of(last_tick(&all), "skbtop_process_sockets{"));
	assert_true(isnan(sum_of(last_tick(&few), "skbtop_process_rtt_p99_seconds{pid=\"other\"")));
}

static void test_sums(void **state)
{
	(void)state;
	check_sums("layers");
	check_sums("losses");
}

static void check_never_falls(const char *kind, const char *limit, const char *begin)
{
	cleanup_result struct result r = metrics_of(kind, limit);
	double before = 0;
	int ticks = 0;

	for (char *at = r.out, *end; (end = strstr(at, END)); at = end + strlen(END), ticks++) {
		double now;

		*end = '\0';
		now = sum_of(at, begin);
		assert_false(now < before);
		before = isnan(now) ? before : now;
	}
	assert_true(ticks > 1 && before > 0);
}

static void test_counters_never_fall(void **state)
{
	(void)state;
	check_never_falls("layers", "1", RECEIVED "pid=\"other\"");
	check_never_falls("layers", "1000", RECEIVED);
	check_never_falls("losses", "50", "skbtop_losses_total{kind=\"drop\"");
	check_never_falls("lives", "1", "skbtop_host_connections_begun_total{raddr=\"other\"}");
}

/* A row has no more in its own series than what it did, whoever had the place before. */
static void test_places_begin_anew(void **state)
{
	static const char begin[] = "skbtop_host_sent_bytes_total{raddr=\"";
	cleanup_result struct result few = metrics_of("lives", "1"), all = metrics_of("lives", "1000");
	size_t owners = 0;
	char last[256] = "", series[256];

	(void)state;
	for (char *at = few.out, *same = all.out, *end, *its; (end = strstr(at, END)) && (its = strstr(same, END));
	     at = end + strlen(END), same = its + strlen(END)) {
		const char *line;

		*end = *its = '\0';
		line = strstr(at, begin);
		if (!line || strncmp(line + strlen(begin), "other", 5) == 0)
			continue;
		snprintf(series, sizeof(series), "%.*s", (int)strcspn(line, " "), line);
		owners += strcmp(series, last) != 0;
		memcpy(last, series, sizeof(last));
		assert_true(sum_of(at, series) <= sum_of(same, series));
	}
	assert_true(owners > 1);
}

/* What a first tick cannot know is not 0. */
static void test_unknown_is_absent(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "--format", "openmetrics", "--count", "1", "--replay", recording("layers"));

	(void)state;
	assert_int_equal(r.status, 0);
	assert_true(isnan(sum_of(r.out, RECEIVED)));
	assert_true(sum_of(r.out, "skbtop_process_sockets{") > 0);
	assert_true(sum_of(r.out, "skbtop_process_rtt_p50_seconds{") < 10);
}

/* -- docs ---------------------------------------------------------------------------------------------------------- */

static void test_docs(void **state)
{
	FILE *f = fopen(getenv("METRICS_MD"), "r");
	char line[1024], wanted[1024], buffer[METRIC_NAMES_MAX];
	struct metric m;
	size_t i = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "| `skbtop_", 10) != 0)
			continue;
		if (!metrics_at(i++, &m, buffer))
			fail_msg("docs/metrics.md has more than docgen metrics: %s", line);
		snprintf(wanted, sizeof(wanted), "| `skbtop_%s` | %s | %s |\n", m.name, m.labels, m.help);
		assert_string_equal(line, wanted);
	}
	fclose(f);
	assert_false(metrics_at(i, &m, buffer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_grammar),
	    cmocka_unit_test(test_hostile_labels),
	    cmocka_unit_test(test_sums),
	    cmocka_unit_test(test_counters_never_fall),
	    cmocka_unit_test(test_places_begin_anew),
	    cmocka_unit_test(test_unknown_is_absent),
	    cmocka_unit_test(test_docs),
	};

	return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
