/* --from: what is shown of a recording from a moment on is what is shown then of all of it. */
#include <stdio.h>
#include <string.h>

#include "harness.h"

/* What the monitor itself takes differs from run to run. */
static void drop_own_cost(char *text)
{
	static const char name[] = "\"monitor_cpu_us\":";

	for (char *at = text; (at = strstr(at, name));) {
		at += strlen(name);
		memmove(at, at + strspn(at, "0123456789"), strlen(at + strspn(at, "0123456789")) + 1);
	}
}

static char *nth_tick(char *text, unsigned n)
{
	static const char head[] = "{\"type\":\"tick\"";
	char *at = strstr(text, head);

	while (at && --n)
		at = strstr(at + 1, head);
	return at;
}

#define ALL(kind, view, ...)                                                                                           \
	RUN("--batch", "--format", "json", "--count", "0", "--view", view, "--replay", recording(kind), ##__VA_ARGS__)

/* Recordings have a tick a second: the third is 2 s after the first. */
static void check(const char *kind, const char *view, const char *more)
{
	cleanup_result struct result all = ALL(kind, view, more), some = ALL(kind, view, "--from", "+2", more);
	char *third = nth_tick(all.out, 3);

	assert_int_equal(some.status, 0);
	assert_non_null(third);
	drop_own_cost(all.out);
	drop_own_cost(some.out);
	assert_string_equal(some.out, nth_tick(all.out, 3));
}

static void rows_are_those_of_then(void **state)
{
	check("closing", "sockets", NULL);
	check("closing", "sockets", "-a"); /* an end before is not told now */
	check("closing", "lives", NULL);   /* nor what happened before */
	check("losses", "drops", NULL);
	check("losses", "processes", NULL);
	check("losses", "findings", NULL); /* what began before has its own time */
	check("layers", "layers", NULL);
}

static void packets_are_those_of_then(void **state)
{
	cleanup_result struct result all = ALL("packets", "packets", "--filter", "tcp"),
				     some = ALL("packets", "packets", "--filter", "tcp", "--from", "+2");

	drop_own_cost(all.out);
	drop_own_cost(some.out);
	assert_string_equal(some.out, nth_tick(all.out, 3));
}

/* Of a picture, which has rates: that tick itself. */
static void check_picture(const char *from, const char *number)
{
	cleanup_result struct result r =
	    RUN("--snapshot", scratch("from.json"), "--from", from, "--replay", recording("closing"));
	char head[200] = "";
	FILE *f = fopen(scratch("from.json"), "r");

	assert_int_equal(r.status, 0);
	assert_non_null(f);
	assert_non_null(fgets(head, sizeof(head), f));
	fclose(f);
	assert_non_null(strstr(head, number));
	assert_non_null(strstr(head, "\"elapsed\":1.0"));
}

static void picture_is_of_that_tick(void **state)
{
	check_picture("+3", "\"number\":4,");
	check_picture("+2.5", "\"number\":4,");
	check_picture("22:30:04", "\"number\":4,"); /* as recordings are made; the home has UTC */
}

static void beyond_the_end_is_an_error(void **state)
{
	cleanup_result struct result r = RUN("--batch", "--from", "+9999", "--replay", recording("closing"));

	assert_refused(&r, 1, "the recording ends before");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_are_those_of_then),
	    cmocka_unit_test(packets_are_those_of_then),
	    cmocka_unit_test(picture_is_of_that_tick),
	    cmocka_unit_test(beyond_the_end_is_an_error),
	};

	return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
