/* The command line: the table is sound, words become values, filters are joined, the rest is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loss_table.h"
#include "packet_table.h"
#include "socket_table.h"
#include "options.h"
#include "text.h"

#define ARGS_MAX 32
#define HELP_WIDTH 80

static int parse(struct options *o, struct error *err, const char *const *words)
{
	char *argv[ARGS_MAX] = {(char *)"skbtop"};
	int argc = 1;

	for (; *words; words++) {
		assert_true(argc + 1 < ARGS_MAX);
		argv[argc++] = (char *)*words;
	}
	*err = (struct error){};
	return options_parse(o, argc, argv, err);
}

#define PARSE(o, ...)                                                                                                  \
	do {                                                                                                           \
		struct error err_;                                                                                     \
		if (parse(o, &err_, (const char *const[]){__VA_ARGS__, NULL}) < 0)                                     \
			fail_msg("refused: %s", err_.text);                                                            \
	} while (0)

static void test_table(void **state)
{
	struct option_doc a, b;

	for (size_t i = 0; option_doc(i, &a); i++) {
		assert_true(a.name || a.letter);
		assert_true(a.help && *a.help && *a.group);
		assert_true((a.words == WORDS_LIST) == (a.list != NULL));
		assert_true(a.words == WORDS_NONE || a.arg);
		for (size_t k = i + 1; option_doc(k, &b); k++) {
			assert_false(a.letter && a.letter == b.letter);
			assert_false(a.name && b.name && strcmp(a.name, b.name) == 0);
		}
	}
}

static void test_groups_are_together(void **state)
{
	const char *seen[16] = {};
	size_t groups = 0;
	struct option_doc d;

	for (size_t i = 0; option_doc(i, &d); i++) {
		if (groups && strcmp(seen[groups - 1], d.group) == 0)
			continue;
		for (size_t k = 0; k < groups; k++)
			assert_string_not_equal(seen[k], d.group);
		assert_true(groups < 16);
		seen[groups++] = d.group;
	}
}

static void test_help_fits(void **state)
{
	cleanup_buf struct buf b = {};
	char *line, *rest;

	options_help(&b);
	buf_putc(&b, '\0');
	assert_false(b.failed);
	rest = (char *)buf_at(&b);
	while ((line = strsep(&rest, "\n")))
		if (text_width(line) > HELP_WIDTH)
			fail_msg("wider than %d: %s", HELP_WIDTH, line);
}

static void test_defaults(void **state)
{
	cleanup_options struct options o;
	struct error err;

	assert_int_equal(parse(&o, &err, (const char *const[]){NULL}), 0);
	assert_int_equal(o.count, 1);
	assert_int_equal(o.format, EXPORT_TEXT);
	assert_true(o.interval == 0 && o.speed < 0);
	assert_null(o.filter);
	assert_null(o.rows.query);
	assert_int_equal(o.rows.columns.count, 0);
	assert_int_equal(o.limit, 0);
}

static void test_values(void **state)
{
	cleanup_options struct options o;

	PARSE(&o, "--batch", "--count=0", "--format", "json", "--interval", "0.1", "--limit", "7", "--color=never",
	      "--sort", "rtt_us:asc", "-ax", "-d443", "-s", "22", "--without", "kprobe", "--without=fentry", "--user",
	      "nobody");
	assert_true(o.batch && o.closed && o.extra);
	assert_int_equal(o.count, 0);
	assert_int_equal(o.format, EXPORT_JSON);
	assert_true(o.interval == 0.1);
	assert_int_equal(o.limit, 7);
	assert_int_equal(o.color, UI_COLOR_NEVER);
	assert_ptr_equal(o.rows.sort, table_find(&socket_table, "rtt_us"));
	assert_false(o.rows.descending);
	assert_int_equal(o.dport, 443);
	assert_int_equal(o.sport, 22);
	assert_int_equal(o.without_count, 2);
	assert_string_equal(o.without[1], "fentry");
	assert_string_equal(o.user, "nobody");
}

static void test_sort_direction(void **state)
{
	for (size_t i = 0; i < 3; i++) {
		static const char *const words[] = {"rtt_us", "rtt_us:desc", "comm"};
		cleanup_options struct options o;

		PARSE(&o, "--sort", words[i]);
		assert_int_equal(o.rows.descending, i < 2);
	}
}

static void test_filters_are_joined(void **state)
{
	static const struct {
		const char *args[8], *filter;
	} cases[] = {
	    {{"--filter", "rtt > 5"}, "rtt > 5"},
	    {{"--filter", "  "}, NULL},
	    {{"-d", "443"}, "dport = :443"},
	    {{"-d", "443", "-s", "22", "-u"}, "dport = :443 and sport = :22 and proto = udp"},
	    {{"--filter", "rtt > 5 or pid = 1", "-d", "443"}, "( rtt > 5 or pid = 1 ) and dport = :443"},
	    {{"--filter", "", "-u"}, "proto = udp"},
	    {{"-D"}, "( proto = dns )"},
	    {{"-R", "-D", "-M", "--filter", "errors > 0"},
	     "( errors > 0 ) and ( proto = dns or proto = mysql or proto = redis )"},
	    {{"-d", "53", "-D"}, "dport = :53 and ( proto = dns )"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_options struct options o;
		struct error err;

		assert_int_equal(parse(&o, &err, cases[i].args), 0);
		assert_int_equal(o.filter != NULL, cases[i].filter != NULL);
		assert_int_equal(o.rows.query != NULL, cases[i].filter != NULL);
		if (o.filter)
			assert_string_equal(o.filter, cases[i].filter);
	}
}

/* What is no expression is text that a column may have, also beside what letters say. */
static void test_plain_text(void **state)
{
	static const struct {
		const char *args[6], *filter;
		bool plain;
	} cases[] = {
	    {{"--filter", "nginx"}, "nginx", true},
	    {{"--filter", ":8088"}, ":8088", true},
	    {{"--filter", "udp"}, "udp", false},
	    {{"--filter", "nginx", "-d", "443"}, "\"nginx\" and dport = :443", false},
	    {{"--batch", "-k", "--filter", "NO_SOCKET"}, "NO_SOCKET", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_options struct options o;
		struct error err;

		assert_int_equal(parse(&o, &err, cases[i].args), 0);
		assert_string_equal(o.rows.text, cases[i].filter);
		assert_non_null(o.rows.query);
		assert_int_equal(o.rows.plain, cases[i].plain);
	}
}

/* Of packets a filter says which as far as it is about packets, and whose as far as it is about sockets. */
static void test_packets_are_chosen(void **state)
{
	static const struct {
		const char *filter;
		bool whose, which;
	} cases[] = {
	    {"dport = :443", true, true},
	    {"rtt > 5ms", true, false},
	    {"dport = :443 and len > 1000", true, true},
	    {"state established and len > 1000", true, true},
	    {"state established", true, false},
	    {"( rtt > 5ms or rtt < 1ms ) and len > 1000", true, true},
	    {"nginx", true, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_options struct options o;

		PARSE(&o, "--batch", "--view", "packets", "--filter", cases[i].filter);
		assert_ptr_equal(o.rows.t, &packet_table);
		assert_int_equal(o.whose != NULL, cases[i].whose);
		assert_int_equal(o.rows.query != NULL, cases[i].which);
		assert_int_equal(o.rows.text != NULL, cases[i].which);
		assert_int_equal(o.count, 0);
	}
}

static void test_columns_for_the_screen(void **state)
{
	cleanup_options struct options given, extra, both;

	PARSE(&given, "--columns", "pid,rtt");
	assert_int_equal(given.rows.columns.count, 2);
	assert_string_equal(given.rows.columns.at[1]->name, "rtt_us");
	PARSE(&extra, "-x");
	assert_true(columns_have(&extra.rows.columns, table_find(&socket_table, "cwnd")));
	assert_true(columns_have(&extra.rows.columns, table_find(&socket_table, "ssthresh")));
	PARSE(&both, "-x", "--columns", "ssthresh,pid");
	assert_string_equal(both.rows.columns.at[0]->name, "ssthresh");
	assert_string_equal(both.rows.columns.at[1]->name, "pid");
	for (size_t i = 2; i < both.rows.columns.count; i++)
		assert_string_not_equal(both.rows.columns.at[i]->name, "ssthresh");
}

static void test_columns_for_a_batch(void **state)
{
	cleanup_options struct options text, json, all;

	PARSE(&text, "--batch");
	PARSE(&json, "--snapshot", "x.json");
	PARSE(&all, "--batch", "--format", "csv", "-x");
	assert_int_equal(json.format, EXPORT_JSON);
	assert_true(text.rows.columns.count < json.rows.columns.count &&
		    json.rows.columns.count < all.rows.columns.count);
	table_each (&socket_table, c) {
		size_t k = 0;

		while (k < all.rows.columns.count && all.rows.columns.at[k] != c)
			k++;
		/* What costs something for each packet is not turned on by the way, nor are pages of histories. */
		assert_int_equal(k < all.rows.columns.count,
				 !(c->needs & (NEEDS_LAYERS | NEEDS_NAMES | NEEDS_REQUESTS)) && !c->series);
	}
	assert_string_equal(json.rows.columns.at[0]->name, "id");
	assert_int_equal(options_needs(&text) & NEEDS_INFO, 0);
	assert_int_equal(options_needs(&json) & NEEDS_INFO, 0);
	assert_int_equal(options_needs(&all) & NEEDS_INFO, NEEDS_INFO);
}

static void test_info_is_asked_for(void **state)
{
	cleanup_options struct options filter, sort;

	PARSE(&filter, "--batch", "--filter", "data_segs_in > 5");
	assert_int_equal(options_needs(&filter) & NEEDS_INFO, NEEDS_INFO);
	PARSE(&sort, "--batch", "--sort", "data_segs_in");
	assert_int_equal(options_needs(&sort) & NEEDS_INFO, NEEDS_INFO);
}

static void test_hooks_are_asked_for(void **state)
{
	cleanup_options struct options screen, packets, batch, both, picture;

	PARSE(&screen, "-n");
	assert_string_equal(screen.view_name, "layers");
	assert_true(screen.netfilter && !screen.layer_times);
	PARSE(&packets, "--batch", "-n", "--view", "packets", "--filter", "sport = :22");
	assert_string_equal(packets.view_name, "packets");
	assert_int_equal(options_needs(&packets) & NEEDS_LAYERS, 0);
	PARSE(&batch, "--batch", "-n", "--sample", "10");
	assert_string_equal(batch.view_name, "layers");
	assert_int_equal(options_needs(&batch) & NEEDS_LAYERS, NEEDS_LAYERS);
	PARSE(&both, "--batch", "-nt");
	assert_string_equal(both.view_name, "layers");
	PARSE(&picture, "-n", "--snapshot", "x.txt");
	assert_string_equal(picture.view_name, "layers");
}

static void test_layers_are_asked_for(void **state)
{
	cleanup_options struct options screen, view, batch, csv, text, extra, filter, column, alarm, rows, none;

	PARSE(&screen, "-t", "--sample", "100");
	assert_string_equal(screen.view_name, "layers");
	assert_int_equal(screen.sample, 100);
	assert_true(screen.layer_times && !screen.layer_alarm);
	PARSE(&view, "-t", "--view", "sockets");
	assert_string_equal(view.view_name, "sockets");
	PARSE(&batch, "--batch", "-t", "--format", "json");
	assert_null(batch.view_name);
	assert_string_equal(batch.rows.columns.at[batch.rows.columns.count - 1]->name, "layers");
	assert_int_equal(options_needs(&batch) & NEEDS_LAYERS, NEEDS_LAYERS);
	PARSE(&csv, "--batch", "-t", "--format", "csv");
	assert_int_equal(csv.rows.columns.count, batch.rows.columns.count - 1 + 24);
	PARSE(&text, "--batch", "-t");
	assert_string_equal(text.rows.columns.at[text.rows.columns.count - 1]->name, "tx_nic_p99_us");
	PARSE(&extra, "--batch", "-x", "--format", "json");
	assert_int_equal(options_needs(&extra) & NEEDS_LAYERS, 0);
	PARSE(&filter, "--batch", "--filter", "rx_app_p99 > 10ms", "--sample", "7");
	assert_int_equal(options_needs(&filter) & NEEDS_LAYERS, NEEDS_LAYERS);
	PARSE(&column, "--batch", "--columns", "pid,layers");
	assert_int_equal(options_needs(&column) & NEEDS_LAYERS, NEEDS_LAYERS);
	PARSE(&alarm, "--batch", "-L");
	assert_int_equal(options_needs(&alarm) & NEEDS_LAYERS, NEEDS_LAYERS);
	PARSE(&rows, "--batch", "--view", "layers");
	assert_int_equal(options_needs(&rows) & NEEDS_LAYERS, NEEDS_LAYERS);
	PARSE(&none, "--batch");
	assert_int_equal(options_needs(&none) & NEEDS_LAYERS, 0);
}

static void test_names_are_asked_for(void **state)
{
	cleanup_options struct options hosts = {}, unnamed = {}, filter = {};

	PARSE(&hosts, "--batch", "--view", "hosts", "--format", "json");
	assert_int_equal(options_needs(&hosts) & NEEDS_NAMES, NEEDS_NAMES);
	PARSE(&unnamed, "--batch", "--view", "hosts", "--columns", "raddr");
	assert_int_equal(options_needs(&unnamed) & NEEDS_NAMES, 0);
	PARSE(&filter, "--batch", "--filter", "rname = *.example");
	assert_int_equal(options_needs(&filter) & NEEDS_NAMES, NEEDS_NAMES);
}

static void test_losses_are_chosen(void **state)
{
	cleanup_options struct options view, letters, errors, drops, screen, counted;

	PARSE(&view, "--batch", "--view", "resets");
	assert_ptr_equal(view.rows.t, &reset_table);
	assert_int_equal(view.count, 0);
	PARSE(&letters, "--batch", "-rk");
	assert_ptr_equal(letters.rows.t, &loss_table);
	assert_string_equal(letters.filter, "( kind = retransmit or kind = drop )");
	assert_string_equal(letters.view_name, "retransmits");
	PARSE(&errors, "-e");
	assert_string_equal(errors.view_name, "drops");
	assert_ptr_equal(errors.rows.t, &drop_table);
	assert_string_equal(errors.filter, "error");
	PARSE(&drops, "--batch", "-e", "-k");
	assert_null(drops.filter);
	PARSE(&screen, "--view", "drops");
	assert_null(screen.filter);
	PARSE(&counted, "--batch", "-k", "--count", "3");
	assert_int_equal(counted.count, 3);
}

static void refuse(const char *const *words, const char *text)
{
	cleanup_options struct options o;
	struct error err;

	assert_int_equal(parse(&o, &err, words), -EINVAL);
	assert_string_equal(err.text, text);
}

#define REFUSE(text, ...) refuse((const char *const[]){__VA_ARGS__, NULL}, text)

static void test_refusals(void **state)
{
	REFUSE("unknown option '--intervall'; did you mean --interval?", "--intervall", "3");
	REFUSE("unknown option '--snap'; did you mean --snapshot?", "--snap=x");
	REFUSE("unknown option '--sampel'; did you mean --sample?", "--sampel", "3");
	REFUSE("unknown option '-y'; --help lists them", "-ay");
	REFUSE("-d needs an argument: DPORT", "-ad");
	REFUSE("--help takes no argument", "--help=3");
	REFUSE("'x' is not an option; --help lists them", "-a", "x");
	REFUSE("--interval: '1e9' is not a number of seconds from 0.1 to 3600", "--interval", "1e9");
	REFUSE("--interval and --replay exclude each other", "--interval", "1", "--replay", "x");
	REFUSE("--limit only goes with --batch", "--limit", "1");
}

/* A name without end must not leave any buffer. */
static void test_long_words(void **state)
{
	static char word[70000];
	cleanup_options struct options a, b, c;
	struct error err;

	memset(word, 'x', sizeof(word) - 1);
	memcpy(word, "--", 2);
	assert_int_equal(parse(&a, &err, (const char *const[]){word, NULL}), -EINVAL);
	assert_int_equal(parse(&b, &err, (const char *const[]){"--columns", word + 2, NULL}), -EINVAL);
	assert_int_equal(parse(&c, &err, (const char *const[]){"--filter", word + 2, NULL}), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_groups_are_together),
	    cmocka_unit_test(test_help_fits),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_sort_direction),
	    cmocka_unit_test(test_filters_are_joined),
	    cmocka_unit_test(test_plain_text),
	    cmocka_unit_test(test_packets_are_chosen),
	    cmocka_unit_test(test_columns_for_the_screen),
	    cmocka_unit_test(test_columns_for_a_batch),
	    cmocka_unit_test(test_info_is_asked_for),
	    cmocka_unit_test(test_layers_are_asked_for),
	    cmocka_unit_test(test_names_are_asked_for),
	    cmocka_unit_test(test_hooks_are_asked_for),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_losses_are_chosen),
	    cmocka_unit_test(test_long_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
