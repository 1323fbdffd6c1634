/* The layers in the batch formats: the object of a socket's row, rows of layers and of alarms, and docs/json.md. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "documented.h"

static void see(struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->at[i], name) == 0) {
			names->seen[i] = true;
			return;
		}
	}
	fail_msg("docs/json.md lacks '%s'", name);
}

/* Calls f for each line; returns how many there were. */
static size_t each_line(const struct result *r, void (*f)(json_t *row, void *ctx), void *ctx)
{
	size_t lines = 0;

	assert_int_equal(r->status, 0);
	assert_string_equal(r->err, "");
	assert_clean(r->out, r->out_len, false);
	for (char *line = strtok(r->out, "\n"); line; line = strtok(NULL, "\n"), lines++) {
		json_error_t err;
		json_t *row = json_loads(line, JSON_REJECT_DUPLICATES, &err);

		if (!row)
			fail_msg("%s: %s", err.text, line);
		f(row, ctx);
		json_decref(row);
	}
	return lines;
}

static const char *type_of(json_t *row)
{
	return json_string_value(json_object_get(row, "type"));
}

static double number(json_t *row, const char *name)
{
	json_t *v = json_object_get(row, name);

	if (!json_is_number(v))
		fail_msg("no number %s", name);
	return json_number_value(v);
}

/* -- a socket's row ----------------------------------------------------------------------------------------------- */

static void check_object(json_t *row, void *ctx)
{
	static const char *const names[] = {"rx_mac", "rx_ip", "rx_tcp",   "rx_app",
					    "tx_tcp", "tx_ip", "tx_qdisc", "tx_nic"};
	json_t *layers = json_object_get(row, "layers");
	const char *id = json_string_value(json_object_get(row, "id"));
	size_t *counted = ctx;

	if (strcmp(type_of(row), "socket") != 0)
		return;
	/* 513 had no packet, 506 received none. */
	assert_int_equal(layers != NULL, strcmp(id, "513") != 0);
	if (!layers)
		return;
	/* Besides the eight layers, their parts; a socket that receives nothing has no receive layers. */
	assert_int_equal(json_object_get(layers, "rx_wakeup") != NULL, strcmp(id, "506") != 0);
	assert_int_equal(json_object_get(layers, "rx_gro") != NULL, strcmp(id, "506") != 0);
	assert_non_null(json_object_get(layers, "tx_direct"));
	assert_int_equal(json_object_size(layers),
			 (strcmp(id, "506") == 0 ? 4U + 1 : 8U + 3) + (json_object_get(layers, "tx_paced") != NULL));
	for (size_t i = strcmp(id, "506") == 0 ? 4 : 0; i < 8; i++) {
		json_t *l = json_object_get(layers, names[i]);

		assert_non_null(l);
		assert_int_equal(json_object_size(l), 4);
		assert_true(number(l, "n") == 12000);
		assert_true(number(l, "p50_us") <= number(l, "p99_us"));
		assert_true(number(l, "p99_us") <= number(l, "max_us"));
		/* As layer_recording.c made them, with a mean of some 1.8 us. */
		assert_true(i || (number(l, "p50_us") > 0.4 && number(l, "p50_us") < 4));
	}
	++*counted;
}

static void object_of_a_socket(void **state)
{
	cleanup_result struct result all =
	    RUN("--batch", "-t", "--format", "json", "--count", "40", "--replay", recording("layers"));
	char *last = strstr(all.out, "\"number\":40,");
	size_t counted = 0;

	assert_non_null(last);
	while (last > all.out && last[-1] != '\n')
		last--;
	memmove(all.out, last, strlen(last) + 1);
	all.out_len = strlen(all.out);
	assert_int_equal(each_line(&all, check_object, &counted), 14);
	assert_int_equal(counted, 12);
}

static void check_without(json_t *row, void *ctx)
{
	if (strcmp(type_of(row), "socket") == 0) {
		assert_null(json_object_get(row, "layers"));
		assert_null(json_object_get(row, "rx_app_p99_us"));
	}
}

/* They are not in the output unless asked for, not even with -x. */
static void absent_unless_asked_for(void **state)
{
	cleanup_result struct result plain =
	    RUN("--batch", "--format", "json", "--count", "3", "--replay", recording("layers"));
	cleanup_result struct result extra =
	    RUN("--batch", "-x", "--format", "json", "--count", "3", "--replay", recording("layers"));
	cleanup_result struct result never =
	    RUN("--batch", "-t", "--format", "json", "--count", "2", "--replay", recording("hostile"));

	each_line(&plain, check_without, NULL);
	each_line(&extra, check_without, NULL);
	assert_null(strstr(never.out, "\"layers\""));
	each_line(&never, check_without, NULL);
}

static void columns_of_the_other_formats(void **state)
{
	cleanup_result struct result csv =
	    RUN("--batch", "-t", "--format", "csv", "--count", "12", "--replay", recording("layers_partly"));
	cleanup_result struct result text =
	    RUN("--batch", "--columns", "id,rx_app_p99_us,rx_ip_p99_us", "--count", "12", "--filter",
		"rx_app_p99 > 100us and not known rx_ip_p99", "--replay", recording("layers_partly"));

	assert_int_equal(csv.status, 0);
	assert_non_null(strstr(csv.out, ",rx_mac_p50_us,rx_mac_p99_us,rx_mac_max_us,rx_ip_p50_us"));
	assert_null(strstr(csv.out, ",layers"));
	assert_int_equal(text.status, 0);
	assert_non_null(strstr(text.out, "RXAPP99"));
	assert_non_null(strstr(text.out, "us      -\n"));
	assert_null(strstr(text.out, "\n506 "));
}

/* -- rows of layers and of alarms --------------------------------------------------------------------------------- */

struct rows {
	struct names layer, event;
	size_t layers, machine, events;
	double shares;
};

static void check_row(json_t *row, void *ctx)
{
	struct rows *rows = ctx;
	struct names *names = strcmp(type_of(row), "layer") == 0   ? &rows->layer
			      : strcmp(type_of(row), "event") == 0 ? &rows->event
								   : NULL;
	const char *key;
	json_t *value;

	assert_string_not_equal(type_of(row), "socket");
	if (!names)
		return;
	json_object_foreach(row, key, value)
	{
		if (strcmp(key, "type") != 0)
			see(names, key);
		assert_false(json_is_null(value));
	}
	if (names == &rows->event) {
		rows->events++;
		assert_true(number(row, "mean_tick_us") > 2 * number(row, "average_us"));
		return;
	}
	/* As layer_recording.c made them, with a mean of some 1.8 us. */
	if (strcmp(json_string_value(json_object_get(row, "layer")), "rx_mac") == 0)
		assert_true(number(row, "mean_us") > 0.4 && number(row, "mean_us") < 4);
	rows->layers++;
	rows->machine += !json_object_get(row, "id");
	if (!json_object_get(row, "id") && json_object_get(row, "share"))
		rows->shares += number(row, "share");
}

static void assert_all_seen(const struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (!names->seen[i])
			fail_msg("no row has '%s'", names->at[i]);
}

static void rows_are_as_documented(void **state)
{
	cleanup_result struct result full = RUN("--batch", "--view", "layers", "-L", "--format", "json", "--count", "0",
						"--replay", recording("layers"));
	cleanup_result struct result partly = RUN("--batch", "--view", "layers", "--format", "json", "--count", "0",
						  "--replay", recording("layers_partly"));
	cleanup_result struct result hooks =
	    RUN("--batch", "-n", "--format", "json", "--count", "0", "--replay", recording("netfilter"));
	struct rows rows = {};

	documented("layer", &rows.layer);
	documented("event", &rows.event);
	each_line(&full, check_row, &rows);
	/* The machine has eight layers and four parts; in each tick its shares are 1 twice. */
	assert_int_equal(rows.machine, 40 * 12);
	assert_true(fabs(rows.shares - 40 * 2) < 1e-2);
	assert_int_equal(rows.events, 2);
	each_line(&partly, check_row, &rows);
	rows = (struct rows){.layer = rows.layer, .event = rows.event};
	each_line(&hooks, check_row, &rows);
	/* Netfilter's hooks are five rows more, and share among themselves. */
	assert_int_equal(rows.machine, 12 * 17);
	assert_true(fabs(rows.shares - 12 * 3) < 1e-2);
	assert_all_seen(&rows.layer);
	assert_all_seen(&rows.event);
}

static void check_tick(json_t *row, void *ctx)
{
	json_t *layers = json_object_get(row, "layers");

	if (strcmp(type_of(row), "tick") != 0)
		return;
	assert_true(number(layers, "sample") == 10);
	assert_true(number(layers, "lost") == 2);
	assert_true(number(layers, "missed") > 0);
	assert_int_equal(json_array_size(json_object_get(layers, "merged")), 2);
	assert_string_equal(json_string_value(json_array_get(json_object_get(layers, "absent"), 0)), "tx_nic");
}

struct hook_sums {
	double n, dropped, missed;
	size_t ticks;
};

static void check_hooks(json_t *row, void *ctx)
{
	struct hook_sums *sums = ctx;
	json_t *missed = json_object_get(json_object_get(row, "netfilter"), "missed");
	const char *layer = json_string_value(json_object_get(row, "layer"));

	if (strcmp(type_of(row), "tick") == 0) {
		assert_true(json_is_number(missed));
		sums->missed = json_number_value(missed);
		sums->ticks++;
	}
	if (!layer)
		return;
	assert_int_equal(json_object_get(row, "dropped") != NULL, strncmp(layer, "nf_", 3) == 0);
	if (strcmp(layer, "nf_forward") == 0) {
		assert_null(json_object_get(row, "id"));
		sums->n = number(row, "n");
		sums->dropped = number(row, "dropped");
		assert_true(number(row, "n_tick") == 400);
	}
}

/* Without -n too: what was recorded is shown. */
static void netfilter_hooks(void **state)
{
	cleanup_result struct result json =
	    RUN("--batch", "--view", "layers", "--format", "json", "--count", "0", "--replay", recording("netfilter"));
	cleanup_result struct result text = RUN("--batch", "-n", "--count", "0", "--replay", recording("netfilter"));
	cleanup_result struct result csv =
	    RUN("--batch", "-n", "--format", "csv", "--count", "0", "--replay", recording("netfilter"));
	struct hook_sums sums = {};

	each_line(&json, check_hooks, &sums);
	assert_int_equal(sums.ticks, 12);
	assert_true(sums.n == 12 * 400 && sums.dropped == 48 && sums.missed == 2);
	assert_int_equal(text.status, 0);
	assert_non_null(strstr(text.out, "\nnf_forward: dropped 48\n"));
	assert_non_null(strstr(text.out, "\nnetfilter: missed 2\n"));
	assert_int_equal(csv.status, 0);
	assert_non_null(strstr(csv.out, ",layer,,machine,nf_forward,4800,"));
	assert_non_null(strstr(csv.out, ",,48,0."));
}

static void the_tick_says_what_they_are_worth(void **state)
{
	cleanup_result struct result r = RUN("--batch", "--view", "layers", "--format", "json", "--count", "0",
					     "--replay", recording("layers_partly"));

	each_line(&r, check_tick, NULL);
}

static size_t lines_with(const char *text, const char *word)
{
	size_t n = 0;

	for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
		n++;
	return n;
}

static void text_and_csv(void **state)
{
	cleanup_result struct result text = RUN("--batch", "--view", "layers", "-L", "--count", "0", "--filter",
						"pid = 604", "--replay", recording("layers"));
	cleanup_result struct result csv = RUN("--batch", "--view", "layers", "-L", "--format", "csv", "--count", "0",
					       "--limit", "13", "--replay", recording("layers"));
	size_t commas = 0;

	assert_int_equal(text.status, 0);
	assert_clean(text.out, text.out_len, false);
	assert_int_equal(lines_with(text.out, "\n! rx_app "), 2);
	/* A filter is of the machine's layers, too: it has no process. */
	assert_int_equal(lines_with(text.out, "\nmachine "), 0);
	assert_int_equal(lines_with(text.out, "\nworker[604] "), 40 * 11);
	assert_int_equal(lines_with(text.out, "\nnginx"), 0);
	assert_int_equal(csv.status, 0);
	assert_clean(csv.out, csv.out_len, true);
	for (const char *p = csv.out; *p != '\r'; p++)
		commas += *p == ',';
	for (char *line = strtok(csv.out, "\r\n"); line; line = strtok(NULL, "\r\n"))
		assert_int_equal(lines_with(line, ","), commas);
}

/* What only the socket has a filter asks of the socket; of what is no socket's it is neither true nor false. */
static void a_filter_knows_the_sockets_columns(void **state)
{
	static const struct {
		const char *filter;
		size_t machine, nginx;
	} cases[] = {
	    {"layer = rx_app and rtt > 1ms", 0, 3},       {"layer = rx_app and not rtt > 1ms", 0, 0},
	    {"layer = rx_app and not rtt > 9s", 0, 3},    {"layer = rx_app and known rtt", 0, 3},
	    {"layer = rx_app and not known rtt", 1, 0},   {"layer = rx_app and (rtt > 9s or n > 0)", 1, 3},
	    {"layer = rx_app and state connected", 0, 3}, {"layer = rx_app and rx_app_p99 > 1us", 0, 3},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cleanup_result struct result r = RUN("--batch", "--view", "layers", "--filter", cases[i].filter,
						     "--columns", "process,layer", "--replay", recording("layers"));

		assert_int_equal(r.status, 0);
		if (lines_with(r.out, "\nmachine ") != cases[i].machine ||
		    lines_with(r.out, "\nnginx[") != cases[i].nginx)
			fail_msg("%s: %s", cases[i].filter, r.out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(object_of_a_socket),
	    cmocka_unit_test(absent_unless_asked_for),
	    cmocka_unit_test(columns_of_the_other_formats),
	    cmocka_unit_test(rows_are_as_documented),
	    cmocka_unit_test(netfilter_hooks),
	    cmocka_unit_test(the_tick_says_what_they_are_worth),
	    cmocka_unit_test(text_and_csv),
	    cmocka_unit_test(a_filter_knows_the_sockets_columns),
	};

	return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
