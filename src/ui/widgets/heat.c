/* Draws heat maps. */
#include "heat.h"

#include <math.h>

#include "cleanup.h"
#include "graph.h"
#include "histogram.h"
#include "units.h"

#define LEVELS 5
#define NUMBER 5 /* columns of units_count() */

/* The buckets that are shown, from low on, so many (band) in each line; and the fullest bucket's count. */
struct range {
	unsigned low, high, band;
	u32 most;
};

static uint32_t density(enum charset set, int level)
{
	static const uint32_t shades[][LEVELS] = {
	    [CHARSET_ASCII] = {' ', '.', ':', '*', '#'},
	    [CHARSET_BLOCK] = {' ', 0x2591, 0x2592, 0x2593, 0x2588},
	    [CHARSET_BRAILLE] = {' ', 0x2810, 0x2836, 0x28f6, 0x28ff},
	};

	return shades[set][CLAMP(level, 0, LEVELS - 1)];
}

/* Of all ticks that are shown. false: they are empty. */
static bool range_of(const struct heat *h, unsigned ticks, int lines, struct range *r)
{
	*r = (struct range){.low = HISTOGRAM_BUCKETS};
	for (unsigned age = 0; age < ticks; age++) {
		for (unsigned b = 0; b < HISTOGRAM_BUCKETS; b++) {
			if (!h->ticks[age][b])
				continue;
			r->low = MIN(r->low, b);
			r->high = MAX(r->high, b);
			r->most = MAX(r->most, h->ticks[age][b]);
		}
	}
	if (r->low == HISTOGRAM_BUCKETS)
		return false;
	r->band = (r->high - r->low) / (unsigned)lines + 1;
	return true;
}

/* By the logarithm: one slow value among a million is to be seen. */
static int level_of(u64 count, u64 most)
{
	if (!count)
		return 0;
	return 1 + (int)(log((double)count) / log((double)MAX(most, 2U)) * (LEVELS - 2) + 0.5);
}

static unsigned first_bucket(const struct pane *p, const struct range *r, int line)
{
	return r->low + (unsigned)(p->h - 1 - line) * r->band;
}

static u64 line_sum(const struct pane *p, const u32 *counts, const struct range *r, int line)
{
	unsigned from = first_bucket(p, r, line);
	u64 sum = 0;

	for (unsigned b = from; b < MIN(from + r->band, (unsigned)HISTOGRAM_BUCKETS); b++)
		sum += counts[b];
	return sum;
}

static void draw_tick(const struct pane *p, enum charset set, const u32 *counts, int x, int w, const struct range *r)
{
	for (int line = 0; line < p->h; line++) {
		u64 sum = line_sum(p, counts, r, line);

		for (int i = 0; i < w && sum; i++)
			pane_char(p, line, x + i, STYLE_GRAPH, density(set, level_of(sum, r->most)));
	}
}

/* The line of the pane in which so many of a tick's values are reached from below; -1: there are none. */
static int line_of(const struct pane *p, const u32 *counts, unsigned per_mille, const struct range *r)
{
	u64 total = 0, below = 0;
	unsigned b = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		total += counts[i];
	if (!total)
		return -1;
	while ((below += counts[b]) * 1000 < total * per_mille)
		b++;
	return p->h - 1 - (int)((b - r->low) / r->band);
}

static void draw_lines(const struct pane *p, enum charset set, const u32 *counts, int x, int w, const struct range *r)
{
	int p50 = line_of(p, counts, 500, r), p99 = line_of(p, counts, 990, r);

	for (int i = 0; i < w && p50 >= 0; i++) {
		pane_char(p, p99, x + i, STYLE_WARN, set == CHARSET_ASCII ? '-' : 0x2500);
		pane_char(p, p50, x + i, STYLE_TITLE, set == CHARSET_ASCII ? '=' : 0x2501);
	}
}

static void draw_scale(const struct pane *p, const struct range *r)
{
	char text[UNITS_MAX];

	for (int line = 0; line < p->h; line++) {
		unsigned from = first_bucket(p, r, line);

		if (from > r->high)
			continue;
		units_nsec(text, histogram_bucket_start(from));
		pane_cell(p, line, 0, HEAT_SCALE - 1, true, STYLE_LABEL, text);
	}
}

static u64 all_ticks(const struct pane *p, const struct heat *h, unsigned ticks, const struct range *r, int line)
{
	u64 sum = 0;

	for (unsigned age = 0; age < ticks; age++)
		sum += line_sum(p, h->ticks[age], r, line);
	return sum;
}

static void draw_bars(const struct pane *p, enum charset set, const struct heat *h, unsigned ticks,
		      const struct range *r)
{
	char text[UNITS_MAX];
	u64 most = 1;

	for (int line = 0; line < p->h; line++)
		most = MAX(most, all_ticks(p, h, ticks, r, line));
	for (int line = 0; line < p->h; line++) {
		u64 n = all_ticks(p, h, ticks, r, line);

		if (!n)
			continue;
		units_count(text, n);
		pane_cell(p, line, 1, NUMBER, true, STYLE_TEXT, text);
		graph_bar(p, line, NUMBER + 2, p->w - NUMBER - 2, (double)n / (double)most, set, STYLE_GRAPH);
	}
}

/* Columns that a tick takes. */
static int each_takes(const struct pane *p, const struct heat *h)
{
	return MAX((p->w - h->bars - HEAT_SCALE) / HEAT_TICKS, 1);
}

unsigned heat_fits(const struct pane *p, const struct heat *h)
{
	return MIN((unsigned)MAX((p->w - h->bars - HEAT_SCALE) / each_takes(p, h), 0), h->count);
}

bool heat_draw(const struct pane *p, enum charset set, const struct heat *h)
{
	struct pane map = pane_part(p, 0, 0, p->w - h->bars, p->h), bars = pane_part(p, map.w, 0, h->bars, p->h);
	unsigned ticks = heat_fits(p, h);
	int each = each_takes(p, h);
	struct range r;

	if (p->h < 1 || !range_of(h, ticks, p->h, &r))
		return false;
	draw_scale(&map, &r);
	for (unsigned age = 0; age < ticks; age++) {
		int x = map.w - each * (int)(age + 1);

		draw_tick(&map, set, h->ticks[age], x, each, &r);
		if (h->lines)
			draw_lines(&map, set, h->ticks[age], x, each, &r);
	}
	if (h->bars)
		draw_bars(&bars, set, h, ticks, &r);
	return true;
}
