/* Rows of retransmits, drops and resets in every format, and what each option chooses. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

/* How many rows of this type, and whether every line is JSON; the last of them in *last (owned). */
static unsigned rows(const struct result *r, const char *type, json_t **last)
{
	char *copy = strdup(r->out), *save = NULL;
	unsigned n = 0;

	assert_int_equal(r->status, 0);
	assert_string_equal(r->err, "");
	assert_clean(r->out, r->out_len, false);
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

		assert_non_null(o);
		if (strcmp(json_string_value(json_object_get(o, "type")), type) == 0) {
			n++;
			if (last) {
				json_decref(*last);
				*last = json_incref(o);
			}
		}
		json_decref(o);
	}
	free(copy);
	return n;
}

static const char *text(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static void test_drops(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "--format", "json", "--view", "drops", "--replay", recording("losses"));
	json_t *last = NULL, *tick = NULL;

	assert_int_equal(rows(&r, "drop", &last), 40); /* ten in each tick but the first, which is all there is */
	assert_int_equal(rows(&r, "retransmit", NULL), 0);
	assert_int_equal(rows(&r, "tick", &tick), 5);
	assert_string_equal(text(last, "reason"), "NETFILTER_DROP");
	assert_string_equal(text(last, "function"), "nft_do_chain");
	assert_string_equal(text(last, "location"), "nft_do_chain+0x4c2 [nf_tables]");
	assert_string_equal(text(last, "id"), "2");
	assert_string_equal(text(last, "comm"), "postgres");
	assert_string_equal(text(last, "dir"), "tx");
	assert_true(json_is_true(json_object_get(last, "by_address")));
	assert_int_equal(json_array_size(json_object_get(last, "stack")), 1);
	assert_int_equal(json_integer_value(json_object_get(last, "rport")), 50002);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(tick, "losses"), "drops")), 40);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(tick, "losses"), "foreign")), 85);
	json_decref(last);
	json_decref(tick);
}

static void test_retransmits(void **state)
{
	cleanup_result struct result r = RUN("--batch", "--format", "json", "-r", "--replay", recording("losses"));
	json_t *last = NULL;

	assert_int_equal(rows(&r, "retransmit", &last), 16);
	assert_int_equal(rows(&r, "drop", NULL), 0);
	assert_string_equal(text(last, "cause"), "tlp");
	assert_string_equal(text(last, "ca_state"), "open");
	assert_int_equal(json_integer_value(json_object_get(last, "cwnd")), 10);
	assert_null(json_object_get(last, "ssthresh")); /* infinite */
	assert_true(json_is_false(json_object_get(last, "dropped_here")));
	json_decref(last);
	assert_non_null(strstr(r.out, "\"dropped_here\":true"));
}

static void test_resets(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "--format", "json", "--view", "resets", "--replay", recording("losses"));
	json_t *last = NULL;

	assert_int_equal(rows(&r, "reset", &last), 12);
	assert_string_equal(text(last, "dir"), "rx");
	assert_null(json_object_get(last, "reason")); /* a received reset has no reason */
	json_decref(last);
	assert_non_null(strstr(r.out, "\"reason\":\"TCP_ABORT_ON_LINGER\""));
}

static void test_choices(void **state)
{
	const char *path = recording("losses");
	cleanup_result struct result errors = RUN("--batch", "--format", "json", "-e", "--replay", path);
	cleanup_result struct result both = RUN("--batch", "--format", "json", "-rk", "--replay", path);
	cleanup_result struct result all = RUN("--batch", "--format", "json", "-rke", "--replay", path);
	cleanup_result struct result mine =
	    RUN("--batch", "--format", "json", "-k", "--filter", "comm = nginx", "--replay", path);
	cleanup_result struct result few = RUN("--batch", "--format", "json", "-k", "--limit", "2", "--replay", path);
	cleanup_result struct result one = RUN("--batch", "--format", "json", "-k", "--count", "2", "--replay", path);

	assert_int_equal(rows(&errors, "drop", NULL), 8);
	assert_null(strstr(errors.out, "NETFILTER"));
	assert_int_equal(rows(&both, "drop", NULL) + rows(&both, "retransmit", NULL), 56);
	assert_int_equal(rows(&all, "drop", NULL), 40);
	assert_int_equal(rows(&mine, "drop", NULL), 12);
	assert_int_equal(rows(&few, "drop", NULL), 8);
	assert_int_equal(rows(&one, "tick", NULL), 2);
	assert_int_equal(rows(&one, "drop", NULL), 10);
}

/* Without reasons: absent, and the function is there all the same. */
static void test_plain(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "--format", "json", "-k", "--replay", recording("losses_plain"));
	cleanup_result struct result none =
	    RUN("--batch", "--format", "json", "-k", "--replay", recording("losses_none"));
	json_t *tick = NULL;

	assert_int_equal(rows(&r, "drop", NULL), 40);
	assert_int_equal(rows(&r, "tick", &tick), 5);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(tick, "losses"), "limited")), 100000);
	json_decref(tick);
	assert_null(strstr(r.out, "SOCKET_RCVBUFF"));
	assert_non_null(strstr(r.out, "\"function\":\"tcp_v4_rcv\""));
	assert_int_equal(rows(&none, "drop", NULL), 0);
	assert_null(strstr(none.out, "\"limited\""));
}

static void test_csv_and_text(void **state)
{
	cleanup_result struct result csv = RUN("--batch", "--format", "csv", "-rk", "--replay", recording("losses"));
	cleanup_result struct result table = RUN("--batch", "-k", "--replay", recording("losses"));
	unsigned lines = 0;

	assert_int_equal(csv.status, 0);
	assert_clean(csv.out, csv.out_len, true);
	assert_memory_equal(csv.out, "type,time,number,cause,dir,reason,", 34);
	assert_null(strstr(csv.out + 1, "type,time")); /* names once */
	assert_non_null(strstr(csv.out, "\"WILD?]0;x?,\"\"REASON\"\"\""));
	assert_int_equal(table.status, 0);
	assert_clean(table.out, table.out_len, false);
	for (const char *p = table.out; *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 41);
	assert_memory_equal(table.out, "TIME ", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_drops),   cmocka_unit_test(test_retransmits), cmocka_unit_test(test_resets),
	    cmocka_unit_test(test_choices), cmocka_unit_test(test_plain),       cmocka_unit_test(test_csv_and_text),
	};

	return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
