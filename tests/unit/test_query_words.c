/* The filter language: errors, bounds, what is typed at the prompt, and the examples of the manual. */
#include "query_rows.h"

#include <errno.h>
#include <stdio.h>

static void test_errors(void **state)
{
	static const struct {
		const char *text;
		size_t column;
		const char *says;
	} e[] = {
	    {"rttt > 5", 0, "did you mean rtt_us"},
	    {"lport = 22 and coom = x", 15, "did you mean comm"},
	    {"rtt >", 5, "missing"},
	    {"rtt and lport = 1", 4, "comparison is missing after rtt"},
	    {"rtt > fast", 6, "not a value"},
	    {"comm > x", 5, "no order"},
	    {"rtt ~ 5", 4, "is a number"},
	    {"(lport = 1", 0, "no closing )"},
	    {"lport = 1)", 9, "unmatched )"},
	    {"state bogus", 6, "no state 'bogus'"},
	    {"comm ~ (", 7, "regular expression"},
	    {"comm = \"x", 7, "no closing \""},
	    {"dst www.example.org", 4, "not looked up"},
	    {"sport = :nosuch-service", 8, "neither a port"},
	    {"limited = cwmd", 10, "is one of"},
	    {"nofile = maybe", 9, "true or false"},
	    {"lport = 1 or", 12, "expected a column"},
	    {"and lport = 1", 0, ""},
	    {"comm ~ \\(a\\)\\1", 7, "back-references"},
	    {"comm ~ ((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+", 7, "repeats"},
	    {"known bogus_thing", 6, "no column"},
	    {"dst 10.0.0.0/33", 4, "not an address"},
	    {"dst 10.0.0.0/255.0.255.0", 4, "not an address"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(e); i++) {
		struct query_error err;
		struct query *q;

		assert_int_equal(query_parse(&socket_table, e[i].text, &q, &err), -EINVAL);
		assert_null(q);
		if (err.column != e[i].column || !strstr(err.text, e[i].says))
			fail_msg("%s: at %zu: %s", e[i].text, err.column, err.text);
	}
}

static void test_bounds(void **state)
{
	static char text[6000];
	struct query_error err;
	struct query *q;

	memset(text, '(', 300);
	strcpy(text + 300, "nofile");
	assert_int_equal(query_parse(&socket_table, text, &q, &err), -EINVAL);
	assert_int_equal(err.column, 200);
	memset(text, ' ', 5000);
	text[5000] = '\0';
	assert_int_equal(query_parse(&socket_table, text, &q, &err), -EINVAL);
	assert_int_equal(query_parse(&socket_table, " \t ", &q, &err), 0);
	assert_null(q);
	assert_true(query_match(NULL, world.m, world.row[0]));
	/* Many siblings are one level. */
	text[0] = '\0';
	for (int i = 0; i < 580; i++)
		strcat(text, "nofile ");
	assert_int_equal(query_parse(&socket_table, text, &q, &err), 0);
	assert_true(query_match(q, world.m, world.row[V6]));
	query_free(q);
}

static void test_properties(void **state)
{
	struct query_error err;
	struct query *q;

	assert_int_equal(query_parse(&socket_table, "fwmark = 1", &q, &err), 0);
	assert_int_equal(query_needs(q), NEEDS_INFO);
	assert_false(query_names_state(q));
	query_free(q);
	assert_int_equal(query_parse(&socket_table, "rtt > 1ms (state established)", &q, &err), 0);
	assert_int_equal(query_needs(q), 0);
	assert_true(query_names_state(q));
	query_free(q);
}

/* Every ```filter block of the manual holds one filter a line, and each compiles. */
static void test_documentation(void **state)
{
	FILE *f = fopen(FILTERS_MD, "r");
	bool inside = false;
	char line[1024];
	unsigned count = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		struct query_error err;
		struct query *q;

		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "```", 3) == 0) {
			inside = strcmp(line, "```filter") == 0;
			continue;
		}
		if (!inside)
			continue;
		if (query_parse(&socket_table, line, &q, &err))
			fail_msg("%s: at %zu: %s", line, err.column, err.text);
		query_free(q);
		count++;
	}
	fclose(f);
	assert_true(count >= 20);
}

/* The rows that a line from the prompt leaves; "error". */
static void typed(const char *text, bool plain, char *dst)
{
	const struct column *columns[] = {table_find(&socket_table, "comm"), table_find(&socket_table, "local"),
					  table_find(&socket_table, "rtt_us")};
	struct query_error err;
	struct query *q;
	bool was;

	if (query_parse_typed(&socket_table, text, columns, ARRAY_SIZE(columns), &q, &was, &err)) {
		strcpy(dst, "error");
		return;
	}
	assert_int_equal(was, plain);
	for (int i = 0; i < ROWS; i++)
		if (query_match(q, world.m, world.row[i]))
			*dst++ = letters[i];
	*dst = '\0';
	query_free(q);
}

/* What is no filter is text that a column has; what looks like one is a mistake. */
static void test_typed(void **state)
{
	char got[ROWS + 8], want[ROWS + 8];

	matches("comm ~ [nN]ginx", want);
	assert_true(strlen(want) > 0);
	typed("nginx", true, got);
	assert_string_equal(got, want);
	typed("NGINX", true, got);
	assert_string_equal(got, "");
	matches("sport = :443", want);
	typed(":443", true, got);
	assert_string_equal(got, want);
	typed("sport = :443", false, got);
	assert_string_equal(got, want);
	typed("sprot = :443", false, got);
	assert_string_equal(got, "error");
	matches("proto = udp", want);
	typed("udp", false, got);
	assert_string_equal(got, want);
}

/* tcpdump's words are of either end; that one is not said is that it is neither. */
static void test_either(void **state)
{
	static const char *const same[][2] = {
	    {"port 443", "sport = :443 or dport = :443"},
	    {"port != 443", "not ( sport = :443 or dport = :443 )"},
	    {"port >= 40000", "sport >= :40000 or dport >= :40000"},
	    {"host 10.0.0.77", "src 10.0.0.77 or dst 10.0.0.77"},
	    {"net 10.0.0.0/24", "src 10.0.0.0/24 or dst 10.0.0.0/24"},
	    {"not net 10.0.0.0/24", "not ( src 10.0.0.0/24 or dst 10.0.0.0/24 )"},
	    {"tcp and port 443", "proto = tcp and ( sport = :443 or dport = :443 )"},
	    {"not udp", "not proto = udp"},
	};
	char a[ROWS + 8], b[ROWS + 8];

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		matches(same[i][0], a);
		matches(same[i][1], b);
		assert_string_equal(a, b);
		assert_string_not_equal(a, "error");
	}
	matches("port 443", a);
	assert_true(strlen(a) > 0 && strlen(a) < ROWS);
	matches("port", a);
	assert_string_equal(a, "error");
	matches("host < 10.0.0.1", a);
	assert_string_equal(a, "error");
	matches("port ~ 4", a);
	assert_string_equal(a, "error");
}

static void test_bare(void **state)
{
	static const struct {
		const char *text;
		bool bare;
	} texts[] = {{"rtt > 50", true},
		     {"rtt > 50ms", false},
		     {"rtt > 0", false},
		     {"cwnd > 50", false},
		     {"rtt > 1 and pid 5", true}};
	struct query_error err;
	struct query *q;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(query_parse(&socket_table, texts[i].text, &q, &err), 0);
		assert_int_equal(query_is_bare(q), texts[i].bare);
		query_free(q);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_errors),        cmocka_unit_test(test_bounds), cmocka_unit_test(test_properties),
	    cmocka_unit_test(test_documentation), cmocka_unit_test(test_typed),  cmocka_unit_test(test_either),
	    cmocka_unit_test(test_bare),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
