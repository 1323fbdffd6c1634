/* Bars from samples: the three character sets differ in bars per cell and in steps per line. */
#include "spark.h"

#include <math.h>

#include "cleanup.h"
#include "text.h"

float spark_max(const float *values, size_t n)
{
	float max = 0;

	for (size_t i = 0; i < n; i++)
		if (values[i] > max) /* false for NaN */
			max = values[i];
	return max;
}

int spark_height(float value, float max, int steps)
{
	if (!(value >= 0))
		return -1;
	if (value == 0 || max <= 0)
		return 0;
	return CLAMP((int)lroundf(MIN(value, max) / max * (float)steps), 1, steps);
}

u32 spark_char(int left, int right, enum charset set)
{
	/* Bits of Braille's left and right column, from the bottom up. */
	static const u8 dots[2][5] = {{0, 0x40, 0x44, 0x46, 0x47}, {0, 0x80, 0xa0, 0xb0, 0xb8}};
	static const char ascii[] = " .:|#";

	if (set == CHARSET_BRAILLE)
		return left <= 0 && right <= 0 ? ' ' : 0x2800u + dots[0][MAX(left, 0)] + dots[1][MAX(right, 0)];
	if (left <= 0)
		return ' ';
	return set == CHARSET_BLOCK ? 0x2580 + (u32)left : (unsigned char)ascii[left];
}

/* The mean of the samples with the numbers [from, from + n) as far as they are known. */
static float mean(const struct series *s, u64 from, u64 n)
{
	u64 first = s->newest + 1 - s->count; /* may be below 0; so are the differences then */
	float sum = 0;
	unsigned known = 0;

	for (u64 i = from - first; n--; i++) {
		if (i >= s->count || isnan(s->values[i]))
			continue;
		sum += s->values[i];
		known++;
	}
	return known ? sum / (float)known : NAN;
}

size_t spark_text(const struct series *s, size_t cells, enum charset set, char *dst, size_t size)
{
	float bars[SERIES_MAX] = {};
	size_t room = MIN(cells * spark_bars(set), (size_t)SERIES_MAX) / spark_bars(set) * spark_bars(set), at = 0;
	u64 each = room ? MAX((s->span + room - 1) / room, (size_t)1) : 1, last = s->newest / each * each;
	int steps = spark_steps(set);
	float max;

	for (size_t i = 0; i < room; i++)
		bars[i] = mean(s, last - (room - 1 - i) * each, each);
	max = spark_max(bars, room);
	for (size_t i = room / spark_bars(set); i < cells && at + 1 < size; i++)
		dst[at++] = ' ';
	for (size_t i = 0; i < room && at + 5 < size; i += spark_bars(set))
		at += text_encode(dst + at, spark_char(spark_height(bars[i], max, steps),
						       spark_height(bars[i + spark_bars(set) - 1], max, steps), set));
	dst[at] = '\0';
	return at;
}
