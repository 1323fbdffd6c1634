/* Bars from samples: the three character sets differ in samples per column and in steps per line. */
#include "graph.h"

#include <math.h>

void graph_samples(const struct history *h, enum history_kind kind, float *out, size_t n)
{
	size_t have = h ? MIN(h->count, (u32)HISTORY_LEN) : 0;

	for (size_t i = 0; i < n; i++) {
		size_t age = n - i; /* 1: the newest */

		out[i] = age <= have ? h->values[kind][(h->next + HISTORY_LEN - age % HISTORY_LEN) % HISTORY_LEN] : NAN;
	}
}

float graph_max(const float *samples, size_t n)
{
	float max = 0;

	for (size_t i = 0; i < n; i++)
		if (samples[i] > max) /* false for NaN */
			max = samples[i];
	return max;
}

size_t graph_width_samples(enum charset set, int w)
{
	size_t n = (size_t)MAX(w, 0) * (set == CHARSET_BRAILLE ? 2 : 1);

	return MIN(n, (size_t)HISTORY_LEN);
}

/* Steps of `steps` that a value fills; anything above 0 is at least one step. -1: not known. */
static int height_of(float value, float max, int steps)
{
	if (!(value >= 0))
		return -1;
	if (value == 0 || max <= 0)
		return 0;
	return CLAMP((int)lroundf(MIN(value, max) / max * (float)steps), 1, steps);
}

/* One cell of a bar: `fill` of `steps` are filled. */
static uint32_t bar_char(int fill, enum charset set)
{
	static const char ascii[] = " .:|#";

	if (fill <= 0)
		return ' ';
	return set == CHARSET_BLOCK ? 0x2580 + (uint32_t)fill : (unsigned char)ascii[fill];
}

/* Bits of Braille's left and right column, from the bottom up. */
static uint32_t braille_char(int left, int right)
{
	static const uint8_t dots[2][5] = {{0, 0x40, 0x44, 0x46, 0x47}, {0, 0x80, 0xa0, 0xb0, 0xb8}};

	return left <= 0 && right <= 0 ? ' ' : 0x2800u + dots[0][MAX(left, 0)] + dots[1][MAX(right, 0)];
}

static int part(int height, int line, int lines, int per_line)
{
	return CLAMP(height - (lines - 1 - line) * per_line, 0, per_line);
}

void graph_draw(const struct pane *p, const struct history *h, enum history_kind kind, float max, enum charset set,
		enum style style)
{
	float samples[HISTORY_LEN];
	int per_column = set == CHARSET_BRAILLE ? 2 : 1, per_line = set == CHARSET_BLOCK ? 8 : 4;
	size_t n = graph_width_samples(set, p->w) / (size_t)per_column * (size_t)per_column;
	int from = p->w - (int)n / per_column;

	graph_samples(h, kind, samples, n);
	if (max <= 0)
		max = graph_max(samples, n);
	for (size_t i = 0; i < n; i += (size_t)per_column) {
		int left = height_of(samples[i], max, p->h * per_line);
		int right = per_column == 2 ? height_of(samples[i + 1], max, p->h * per_line) : 0;
		int x = from + (int)i / per_column;

		for (int y = 0; y < p->h; y++) {
			int l = part(left, y, p->h, per_line), r = part(right, y, p->h, per_line);

			pane_char(p, y, x, style, set == CHARSET_BRAILLE ? braille_char(l, r) : bar_char(l, set));
		}
	}
}
