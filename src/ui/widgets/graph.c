/* Graphs over several lines; a cell of them is a spark's. */
#include "graph.h"

#include <math.h>

void graph_samples(const struct history *h, enum history_kind kind, float *out, size_t n)
{
	size_t have = h ? MIN(h->count, (u32)HISTORY_LEN) : 0;

	for (size_t i = 0; i < n; i++) {
		size_t age = n - i; /* 1: the newest */

		out[i] = age <= have ? history_value(h, kind, (u32)age - 1) : NAN;
	}
}

size_t graph_width_samples(enum charset set, int w)
{
	size_t n = (size_t)MAX(w, 0) * spark_bars(set);

	return MIN(n, (size_t)HISTORY_LEN);
}

static int part(int height, int line, int lines, int per_line)
{
	return CLAMP(height - (lines - 1 - line) * per_line, 0, per_line);
}

void graph_draw(const struct pane *p, const struct history *h, enum history_kind kind, float max, enum charset set,
		enum style style)
{
	float samples[HISTORY_LEN];
	int bars = (int)spark_bars(set), steps = spark_steps(set);
	int n = (int)graph_width_samples(set, p->w) / bars * bars, from = p->w - n / bars;

	graph_samples(h, kind, samples, (size_t)n);
	if (max <= 0)
		max = spark_max(samples, (size_t)n);
	for (int i = 0; i < n; i += bars) {
		int left = spark_height(samples[i], max, p->h * steps);
		int right = spark_height(samples[i + bars - 1], max, p->h * steps);

		for (int y = 0; y < p->h; y++)
			pane_char(p, y, from + i / bars, style,
				  spark_char(part(left, y, p->h, steps), part(right, y, p->h, steps), set));
	}
}

void graph_bar(const struct pane *p, int y, int x, int w, double share, enum charset set, enum style style)
{
	int eighths = isnan(share) ? 0 : (int)lround(share * w * 8);

	if (!isnan(share) && share > 0)
		eighths = MAX(eighths, 1);
	for (int i = 0; i < w && eighths > 0; i++, eighths -= 8) {
		if (set == CHARSET_ASCII)
			pane_char(p, y, x + i, style, eighths >= 4 ? '#' : '-');
		else
			pane_char(p, y, x + i, style, eighths >= 8 ? 0x2588 : 0x2590U - (uint32_t)eighths);
	}
}
