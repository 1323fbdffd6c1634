/* The JSON output: every line parses, names are the contract's, unknown values are absent, each end is written once. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

/* Calls each for every line; row is borrowed. */
static size_t for_each_line(const struct result *r, void (*each)(json_t *row, void *context), void *context)
{
	size_t lines = 0;

	for (char *line = r->out, *end; *line; line = end + 1, lines++) {
		json_error_t error;
		json_t *row;

		/* memchr, not strchr: the sanitizer's strict string checks would walk all the rest for each line. */
		end = memchr(line, '\n', r->out_len - (size_t)(line - r->out));
		assert_non_null(end);
		row = json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, &error);
		if (!row)
			fail_msg("%s in: %.*s", error.text, (int)(end - line), line);
		assert_true(json_is_object(row));
		each(row, context);
		json_decref(row);
	}
	return lines;
}

static const char *text_of(json_t *row, const char *name)
{
	return json_string_value(json_object_get(row, name));
}

static bool is_socket(json_t *row)
{
	return strcmp(text_of(row, "type"), "socket") == 0;
}

/* The contract's list, written out once more: a name that is lost or renamed breaks what people have built on it. */
static const char contract[] =
    " type ended_at id netns netns_cookie proto state dir laddr lport raddr rport ifname pid comm uid cgroup owner "
    "age_us "
    "rx_bytes tx_bytes rx_rate tx_rate rx_pkts tx_pkts rtt_us rttvar_us minrtt_us rto_us cwnd ssthresh snd_wnd "
    "rcv_wnd "
    "mss pmtu cc ca_state pacing_rate delivery_rate inflight lost sacked reordering retrans retrans_out "
    "retrans_fast "
    "retrans_rto retrans_tlp dsack_dups ooo limited busy_us rwnd_limited_us sndbuf_limited_us recvq sendq sndbuf "
    "rcvbuf "
    "wmem_queued rmem_alloc accept_queue accept_limit sk_backlog drops resets owners ulp ";

static void check_names(json_t *row, void *context)
{
	const char *name;
	json_t *value;
	char word[64];

	if (!is_socket(row))
		return;
	json_object_foreach(row, name, value)
	{
		snprintf(word, sizeof(word), " %s ", name);
		if (!strstr(contract, word))
			fail_msg("'%s' is not a name of the contract", name);
		assert_false(json_is_null(value));
	}
}

static void test_names(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "--format", "json", "--count", "0", "--replay", recording("hostile"));

	assert_int_equal(r.status, 0);
	assert_string_equal(r.err, "");
	assert_clean(r.out, r.out_len, false);
	/* Three ticks of 15 hostile and 3 other sockets. */
	assert_int_equal(for_each_line(&r, check_names, NULL), 3 * (1 + 15 + 3));
}

static void check_any(json_t *row, void *context)
{
}

static void test_extra_columns(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "-x", "--format", "json", "--count", "0", "--replay", recording("hostile"));

	assert_int_equal(r.status, 0);
	assert_clean(r.out, r.out_len, false);
	assert_int_equal(for_each_line(&r, check_any, NULL), 3 * (1 + 15 + 3));
	assert_non_null(strstr(r.out, "\"local\":\"10.0.0.1:443\""));
}

struct ticks {
	size_t count;
	bool rates; /* in the rows of the present tick */
};

static void check_tick(json_t *row, void *context)
{
	struct ticks *t = context;

	if (is_socket(row)) {
		if (strcmp(text_of(row, "id"), "1") == 0) {
			assert_int_equal(json_integer_value(json_object_get(row, "rx_bytes")),
					 (json_int_t)(1000 * t->count));
			/* The first tick has nothing to take a rate against. */
			assert_true((json_object_get(row, "rx_rate") != NULL) == (t->count > 1));
			/* 2^53 + 1 is exact. */
			assert_int_equal(json_integer_value(json_object_get(row, "tx_bytes")), 9007199254740993);
		}
		return;
	}
	t->count++;
	assert_string_equal(text_of(row, "type"), "tick");
	assert_int_equal(json_integer_value(json_object_get(row, "number")), (json_int_t)t->count);
	assert_true(json_real_value(json_object_get(row, "time")) > 1700000999);
	assert_true(json_real_value(json_object_get(row, "interval")) == 1);
	assert_string_equal(text_of(row, "host"), "web?[31m?\"1\"");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(row, "lost"), "events")), 3);
	assert_true(json_is_object(json_object_get(row, "cost")));
	assert_null(json_object_get(json_object_get(row, "cost"), "bpf_cpu"));
	assert_true((json_object_get(json_object_get(row, "snmp"), "tcp_out_segs") != NULL) == (t->count > 1));
}

static void test_ticks(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "--format", "json", "--count", "2", "--replay", recording("hostile"));
	struct ticks t = {};

	for_each_line(&r, check_tick, &t);
	assert_int_equal(t.count, 2);
}

static void check_unknown(json_t *row, void *context)
{
	static const char *const absent[] = {"pid",    "comm",   "uid", "raddr",   "rport",   "rx_bytes",    "tx_bytes",
					     "rtt_us", "cwnd",   "dir", "retrans", "recvq",   "drops",       "age_us",
					     "ifname", "cgroup", "ulp", "cc",      "limited", "netns_cookie"};

	if (!is_socket(row) || strcmp(text_of(row, "id"), "101") != 0)
		return;
	for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++)
		if (json_object_get(row, absent[i]))
			fail_msg("%s is not known, yet it is there", absent[i]);
	*(size_t *)context += 1;
}

static void test_unknown_is_absent(void **state)
{
	cleanup_result struct result r = RUN("--batch", "--format", "json", "--replay", recording("hostile"));
	size_t seen = 0;

	for_each_line(&r, check_unknown, &seen);
	assert_int_equal(seen, 1);
}

struct ends {
	size_t tick, told[8], tick_of[8], total;
	json_int_t bytes[8];
};

static void note_end(json_t *row, void *context)
{
	struct ends *e = context;
	size_t id;

	if (!is_socket(row)) {
		e->tick++;
		return;
	}
	if (strcmp(text_of(row, "state"), "closed") != 0)
		return;
	e->total++;
	id = (size_t)atoi(text_of(row, "id"));
	if (id >= 8)
		return;
	e->told[id]++;
	e->tick_of[id] = e->tick;
	e->bytes[id] = json_integer_value(json_object_get(row, "rx_bytes"));
	if (id != 6)
		assert_true(json_real_value(json_object_get(row, "ended_at")) == 1700001001.5);
}

static void test_each_end_once(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "-a", "--format", "json", "--count", "0", "--replay", recording("closing"));
	struct ends e = {};

	for_each_line(&r, note_end, &e);
	assert_int_equal(e.tick, 5);
	assert_int_equal(e.total, 5);
	for (size_t id = 2; id <= 6; id++) {
		assert_int_equal(e.told[id], 1);
		assert_int_equal(e.tick_of[id], id == 6 ? 4 : 2);
		assert_int_equal(e.bytes[id], id == 6 ? 1000 : (json_int_t)id * 1111);
	}
}

static void test_ends_only_with_a(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "--format", "json", "--count", "0", "--replay", recording("closing"));

	assert_int_equal(r.status, 0);
	assert_null(strstr(r.out, "closed"));
}

static void test_no_end_is_lost(void **state)
{
	cleanup_result struct result r = RUN("--batch", "-a", "--format", "json", "--count", "0", "--columns",
					     "id,state", "--replay", recording("storm"));
	struct ends e = {};

	for_each_line(&r, note_end, &e);
	assert_int_equal(e.total, 50000);
}

static void test_filter_sort_limit(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "--format", "json", "--columns", "id,rport", "-s", "443", "--filter", "rport > 50003",
		"--sort", "rport:desc", "--limit", "2", "--replay", recording("hostile"));

	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "\n{\"type\":\"socket\",\"id\":\"15\",\"rport\":50015}\n"
				      "{\"type\":\"socket\",\"id\":\"14\",\"rport\":50014}\n"));
	assert_null(strstr(r.out, "50013"));
}

static void test_udp_only(void **state)
{
	cleanup_result struct result r =
	    RUN("--batch", "-u", "--format", "json", "--columns", "id,proto", "--replay", recording("hostile"));

	assert_non_null(strstr(r.out, "{\"type\":\"socket\",\"id\":\"101\",\"proto\":\"udp\"}\n"));
	assert_null(strstr(r.out, "tcp\"}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),          cmocka_unit_test(test_extra_columns),
	    cmocka_unit_test(test_ticks),          cmocka_unit_test(test_unknown_is_absent),
	    cmocka_unit_test(test_each_end_once),  cmocka_unit_test(test_ends_only_with_a),
	    cmocka_unit_test(test_no_end_is_lost), cmocka_unit_test(test_filter_sort_limit),
	    cmocka_unit_test(test_udp_only),
	};

	return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
