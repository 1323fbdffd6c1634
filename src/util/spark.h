/* Short histories as lines of bars in characters: Braille (2 x 4 dots a cell), blocks (8 steps a cell) or plain ASCII.
 */
#pragma once

#include "types.h"

/* What graphs and marks may be drawn with. */
enum charset { CHARSET_ASCII, CHARSET_BLOCK, CHARSET_BRAILLE };

#define SERIES_MAX 120

/* The newest samples of something, one a tick. */
struct series {
	float values[SERIES_MAX]; /* 0 and up, oldest first; NaN: not known */
	size_t count;
	size_t span; /* samples that fill the width, whether there are so many or not */
	u64 newest;  /* number of the last one, which rises with each */
};

static inline unsigned spark_bars(enum charset set)
{
	return set == CHARSET_BRAILLE ? 2 : 1; /* beside each other in a cell */
}
static inline int spark_steps(enum charset set)
{
	return set == CHARSET_BLOCK ? 8 : 4; /* of a cell's height */
}
/* The largest known of n values; 0 when there is none. */
float spark_max(const float *values, size_t n);
/* Of `steps` those that a value fills; anything above 0 is at least one. -1: not known. */
int spark_height(float value, float max, int steps);
/* One cell: heights of its bars, 0 … spark_steps(); right is for Braille alone. */
u32 spark_char(int left, int right, enum charset set);
/* The series in so many cells of one line, UTF-8; the height is the largest bar's. Where there are more samples than
 * bars a bar is their mean, and it always has the same samples, so that the line moves without flickering. Returns the
 * bytes. */
size_t spark_text(const struct series *s, size_t cells, enum charset set, char *dst, size_t size);
