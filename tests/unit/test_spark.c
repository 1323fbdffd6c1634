/* Histories as bars in one line: how they are scaled, what is not known, and that they do not flicker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "spark.h"
#include "text.h"

static struct series series_of(const float *values, size_t count, size_t span, u64 newest)
{
	struct series s = {.count = count, .span = span, .newest = newest};

	memcpy(s.values, values, count * sizeof(*values));
	return s;
}

static void each_set_has_its_bars(void **state)
{
	const struct series s = series_of((float[]){0, 50, NAN, 100}, 4, 4, 4);
	char text[64];

	spark_text(&s, 4, CHARSET_ASCII, text, sizeof(text));
	assert_string_equal(text, " : #");
	spark_text(&s, 4, CHARSET_BLOCK, text, sizeof(text));
	assert_string_equal(text, " ▄ █");
	spark_text(&s, 2, CHARSET_BRAILLE, text, sizeof(text));
	assert_string_equal(text, "⢠⢸");
	/* What is missing is missing at the left. */
	spark_text(&s, 6, CHARSET_ASCII, text, sizeof(text));
	assert_string_equal(text, "   : #");
	assert_int_equal(spark_text(&s, 0, CHARSET_BRAILLE, text, sizeof(text)), 0);
}

/* Something that moves is seen however little it is beside the rest. */
static void anything_is_a_step(void **state)
{
	const struct series s = series_of((float[]){1, 1e6F, 0, 1e6F}, 4, 4, 4);
	char text[64];

	spark_text(&s, 4, CHARSET_ASCII, text, sizeof(text));
	assert_string_equal(text, ".# #");
}

static void nothing_known_is_blank(void **state)
{
	const struct series none = {.span = 60, .newest = 7}, zero = series_of((float[]){0, 0}, 2, 2, 9);
	char text[64];

	spark_text(&none, 5, CHARSET_BRAILLE, text, sizeof(text));
	assert_string_equal(text, "     ");
	spark_text(&zero, 2, CHARSET_ASCII, text, sizeof(text));
	assert_string_equal(text, "  ");
}

/* Sixty samples in twenty bars: the mean of three each, and of the newest bar as many as there are. */
static void many_samples_are_means(void **state)
{
	float values[60] = {};
	struct series s;
	char text[64];

	values[57] = values[58] = values[59] = 100;
	values[54] = 75;
	values[55] = 75;
	s = series_of(values, 60, 60, 62); /* the last one ends its bar: numbers 60, 61, 62 */
	spark_text(&s, 20, CHARSET_ASCII, text, sizeof(text));
	assert_string_equal(text, "                  :#");
	s.newest = 60; /* … or begins one: 100 there, and before it 0, 100, 100 */
	spark_text(&s, 20, CHARSET_ASCII, text, sizeof(text));
	assert_string_equal(text + 18, "|#");
}

/* With each tick the samples of a bar stay together: all bars but the newest are what they were, or move by one. */
static void bars_do_not_flicker(void **state)
{
	char before[64] = "", now[64];

	for (u64 newest = 100; newest < 160; newest++) {
		struct series s = {.count = 60, .span = 60, .newest = newest};

		for (size_t i = 0; i < 60; i++) {
			u64 number = newest - 59 + i;

			/* The largest mean is 5, whichever bar is the newest and not whole. */
			s.values[i] = (float)(1 + number / 3 * 7 % 5) + (float)(number % 3) - 1;
		}
		spark_text(&s, 20, CHARSET_BLOCK, now, sizeof(now));
		if (*before && newest % 3)
			assert_memory_equal(now + 3, before + 3, 18 * 3);
		else if (*before)
			assert_memory_equal(now + 3, before + 6, 17 * 3);
		strcpy(before, now);
	}
}

static void it_keeps_its_bounds(void **state)
{
	struct series s = {.count = SERIES_MAX, .span = SERIES_MAX, .newest = 3};
	char text[600];

	for (size_t i = 0; i < SERIES_MAX; i++)
		s.values[i] = (float)i;
	for (unsigned set = CHARSET_ASCII; set <= CHARSET_BRAILLE; set++)
		for (size_t cells = 0; cells < 150; cells++) {
			size_t n = spark_text(&s, cells, (enum charset)set, text, sizeof(text));

			assert_int_equal(n, strlen(text));
			assert_int_equal(text_width(text), cells);
			for (size_t size = 1; size < 20; size++)
				assert_true(spark_text(&s, cells, (enum charset)set, text, size) < size);
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_set_has_its_bars),  cmocka_unit_test(anything_is_a_step),
	    cmocka_unit_test(nothing_known_is_blank), cmocka_unit_test(many_samples_are_means),
	    cmocka_unit_test(bars_do_not_flicker),    cmocka_unit_test(it_keeps_its_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
