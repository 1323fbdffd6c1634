/* Numbers, rates, durations and times of day as people read and type them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "cleanup.h"
#include "units.h"
#include "wall.h"

/* -- units --------------------------------------------------------------------------------------------------------- */

static void counts_fit_five_columns(void **state)
{
	static const struct {
		uint64_t n;
		const char *text;
	} cases[] = {
	    {0, "0"},          {999, "999"},        {1000, "1.0k"},        {1234, "1.2k"},
	    {99949, "99.9k"},  {99950, "100k"},     {999499, "999k"},      {999500, "1.0M"},
	    {1000000, "1.0M"}, {12345678, "12.3M"}, {UINT64_MAX, "18.4E"},
	};
	char out[UNITS_MAX];
	size_t n;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		n = units_count(out, cases[i].n);
		assert_int_equal(n, strlen(out));
		assert_string_equal(out, cases[i].text);
	}
	for (uint64_t v = 1; v; v = v > UINT64_MAX / 3 * 2 ? 0 : v + v / 2 + 1)
		assert_true(units_count(out, v) <= 5);
}

static void rates_are_bounded(void **state)
{
	static const double any[] = {0, 0.1, 0.5, 1, 88.1e6, 1e21, 1e30, 1e300, -5, INFINITY};
	char out[UNITS_MAX];
	size_t n;

	for (size_t i = 0; i < ARRAY_SIZE(any); i++) {
		n = units_rate(out, any[i]);
		assert_int_equal(n, strlen(out));
		assert_true(strlen(out) <= 6);
	}
	units_rate(out, 0.1);
	assert_string_equal(out, "<1");
	units_rate(out, 88.1e6);
	assert_string_equal(out, "88.1M");
}

static void shares_fit_six_columns(void **state)
{
	static const struct {
		double share;
		const char *text;
	} cases[] = {
	    {0, "0%"},         {0.000001, "<0.01%"}, {0.00005, "0.01%"}, {0.0012, "0.12%"},
	    {0.00996, "1.0%"}, {0.053, "5.3%"},      {0.0999, "10%"},    {1, "100%"},
	};
	char out[UNITS_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t n = units_share(out, cases[i].share);

		assert_string_equal(out, cases[i].text);
		assert_int_equal(n, strlen(out));
	}
}

static void durations_fit_six_columns(void **state)
{
	static const struct {
		uint64_t us;
		const char *text;
	} cases[] = {
	    {0, "0"},
	    {812, "812us"},
	    {1200, "1.2ms"},
	    {48000, "48.0ms"},
	    {181000, "181ms"},
	    {1500000, "1.5s"},
	    {9949999, "9.9s"},
	    {9950000, "10s"},
	    {59600000, "1m00s"},
	    {252000000, "4m12s"},
	    {11100000000, "3h05m"},
	    {187200000000, "2d04h"},
	};
	char out[UNITS_MAX];
	size_t n;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		n = units_usec(out, cases[i].us);
		assert_int_equal(n, strlen(out));
		assert_string_equal(out, cases[i].text);
	}
	for (uint64_t us = 1; us < 8640000000000ULL; us += us / 3 + 1)
		assert_true(units_usec(out, us) <= 6);
	assert_true(units_usec(out, UINT64_MAX) < UNITS_MAX);
}

static void short_durations_fit_six_columns(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
	    {0, "0"},          {1, "1ns"},       {999, "999ns"},    {1000, "1.0us"},      {9940, "9.9us"},
	    {99900, "99.9us"}, {99950, "100us"}, {999499, "999us"}, {13900000, "13.9ms"}, {3000000000, "3.0s"}};
	char out[UNITS_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(units_nsec(out, cases[i].ns), strlen(cases[i].text));
		assert_string_equal(out, cases[i].text);
	}
}

static void thousands_are_grouped(void **state)
{
	char out[UNITS_MAX];

	units_grouped(out, 1428);
	assert_string_equal(out, "1,428");
	units_grouped(out, 12);
	assert_string_equal(out, "12");
	units_grouped(out, 999999999999999ULL);
	assert_string_equal(out, "999,999,999,999,999");
	assert_int_equal(units_grouped(out, UINT64_MAX), 20);
	assert_string_equal(out, "18446744073709551615");
	assert_int_equal(units_plain(out, 0), 1);
	assert_string_equal(out, "0");
}

static void numbers_are_parsed(void **state)
{
	static const struct {
		const char *text;
		enum units_kind kind;
		double value; /* NaN: refused */
	} cases[] = {
	    {"10", UNITS_PLAIN, 10},        {"10M", UNITS_BYTES, 10e6},   {"1.5Ki", UNITS_BYTES, 1536},
	    {"10Mbit", UNITS_RATE, 1.25e6}, {"10MB/s", UNITS_RATE, 10e6}, {"8kbit/s", UNITS_RATE, 1000},
	    {"50ms", UNITS_DURATION, 5e4},  {"50", UNITS_DURATION, 50},   {"2h", UNITS_DURATION, 7.2e9},
	    {".5s", UNITS_DURATION, 5e5},   {"", UNITS_PLAIN, NAN},       {"-1", UNITS_PLAIN, NAN},
	    {"0x10", UNITS_PLAIN, NAN},     {"10Q", UNITS_BYTES, NAN},    {"nan", UNITS_PLAIN, NAN},
	    {"inf", UNITS_PLAIN, NAN},      {"1e999", UNITS_PLAIN, NAN},  {"10 M", UNITS_BYTES, NAN},
	    {"50msx", UNITS_DURATION, NAN},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		double v = -1;
		bool ok = units_parse(cases[i].text, cases[i].kind, &v);

		if (ok == (bool)isnan(cases[i].value) || (ok && fabs(v - cases[i].value) > 1e-6 * v))
			fail_msg("\"%s\": %d, %g", cases[i].text, ok, v);
	}
}

/* -- times of the wall clock --------------------------------------------------------------------------------------- */

static void times_are_written(void **state)
{
	const uint64_t ns = 1773497131ULL * 1000000000 + 214812999; /* date -u -d @1773497131 */
	char text[WALL_MAX];

	setenv("TZ", "UTC", 1);
	tzset();
	assert_int_equal(wall_clock(text, sizeof(text), ns, 6), 15);
	assert_string_equal(text, "14:05:31.214812");
	wall_clock(text, sizeof(text), ns, 0);
	assert_string_equal(text, "14:05:31");
	assert_int_equal(wall_date(text, sizeof(text), ns, 3), 23);
	assert_string_equal(text, "2026-03-14 14:05:31.214");
	assert_int_equal(wall_unix(text, sizeof(text), ns, 9), 20);
	assert_string_equal(text, "1773497131.214812999");
	wall_unix(text, sizeof(text), 7000000001, 20);
	assert_string_equal(text, "7.000000001");
	assert_int_equal(wall_file_name(text, sizeof(text), ns, ".txt"), 26);
	assert_string_equal(text, "skbtop-20260314-140531.txt");
	/* They are local. */
	setenv("TZ", "XXX-2", 1);
	tzset();
	wall_date(text, sizeof(text), ns, 0);
	assert_string_equal(text, "2026-03-14 16:05:31");
	wall_unix(text, sizeof(text), ns, 0);
	assert_string_equal(text, "1773497131");
}

static void a_time_that_is_not_known_is_empty(void **state)
{
	char text[WALL_MAX] = "x";

	assert_int_equal(wall_clock(text, sizeof(text), 0, 6), 0);
	assert_string_equal(text, "");
	assert_int_equal(wall_date(text, sizeof(text), 0, 6), 0);
	assert_string_equal(text, "");
	assert_int_equal(wall_unix(text, sizeof(text), 0, 6), 0);
	assert_string_equal(text, "");
	wall_file_name(text, sizeof(text), 0, ".pcapng");
	assert_string_equal(text, "skbtop.pcapng");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counts_fit_five_columns),
	    cmocka_unit_test(rates_are_bounded),
	    cmocka_unit_test(shares_fit_six_columns),
	    cmocka_unit_test(durations_fit_six_columns),
	    cmocka_unit_test(short_durations_fit_six_columns),
	    cmocka_unit_test(thousands_are_grouped),
	    cmocka_unit_test(numbers_are_parsed),
	    cmocka_unit_test(times_are_written),
	    cmocka_unit_test(a_time_that_is_not_known_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
