/* The heat map of a layer: how densely packets lie at each duration in each of the last ticks; the last alarms. */
#include <math.h>
#include <string.h>

#include "layers_view.h"
#include "text.h"
#include "units.h"
#include "wall.h"

#define LABEL 7 /* the scale: at most 6 columns and a gap */
#define LEVELS 5

bool layers_is_receive(unsigned layer)
{
	return LAYERS_RX & 1U << layer || layer == LAYER_RX_WAKEUP || layer == LAYER_RX_GRO;
}

/* A word and a value behind each other, if there is room. */
void layers_piece(const struct pane *p, int y, int *x, const char *word, enum style style, const char *value)
{
	if (*x + (int)(text_width(word) + text_width(value)) > p->w)
		return;
	*x += pane_put(p, y, *x, -1, STYLE_LABEL, word);
	*x += pane_put(p, y, *x, -1, style, value) + 2;
}

static uint32_t density(enum charset set, int level)
{
	static const uint32_t shades[][LEVELS] = {
	    [CHARSET_ASCII] = {' ', '.', ':', '*', '#'},
	    [CHARSET_BLOCK] = {' ', 0x2591, 0x2592, 0x2593, 0x2588},
	    [CHARSET_BRAILLE] = {' ', 0x2810, 0x2836, 0x28f6, 0x28ff},
	};

	return shades[set][CLAMP(level, 0, LEVELS - 1)];
}

/* The buckets from *low up to *high in which any of the last ticks had packets, and the fullest bucket's count. */
static bool range(const struct model *m, u64 id, enum layer layer, unsigned ticks, unsigned *low, unsigned *high,
		  u32 *most)
{
	const u32 *counts;

	*low = LAYER_BUCKETS;
	*high = *most = 0;
	for (unsigned age = 0; age < ticks && (counts = model_layers_heat(m, id, layer, age)); age++) {
		for (unsigned b = 0; b < LAYER_BUCKETS; b++) {
			if (!counts[b])
				continue;
			*low = MIN(*low, b);
			*high = MAX(*high, b);
			*most = MAX(*most, counts[b]);
		}
	}
	return *low < LAYER_BUCKETS;
}

/* By the logarithm: one slow packet among a million is to be seen. */
static int level_of(u64 count, u64 most)
{
	if (!count)
		return 0;
	return 1 + (int)(log((double)count) / log((double)MAX(most, 2U)) * (LEVELS - 2) + 0.5);
}

static void draw_column(const struct app *app, const struct pane *p, const u32 *counts, int x, int w, unsigned low,
			unsigned band, u64 most)
{
	for (int line = 0; line < p->h; line++) {
		unsigned from = low + (unsigned)(p->h - 1 - line) * band;
		u64 sum = 0;

		for (unsigned b = from; b < MIN(from + band, (unsigned)LAYER_BUCKETS); b++)
			sum += counts[b];
		for (int i = 0; i < w && sum; i++)
			pane_char(p, line, x + i, STYLE_GRAPH, density(app->charset, level_of(sum, most)));
	}
}

static void draw_scale(const struct pane *p, unsigned low, unsigned high, unsigned band)
{
	char text[UNITS_MAX];

	for (int line = 0; line < p->h; line++) {
		unsigned from = low + (unsigned)(p->h - 1 - line) * band;

		if (from > high)
			continue;
		units_nsec(text, histogram_bucket_start(from));
		pane_cell(p, line, 0, LABEL - 1, true, STYLE_LABEL, text);
	}
}

static void draw_map(const struct app *app, const struct pane *p, u64 id, enum layer layer)
{
	int room = p->w - LABEL, each = MAX(room / LAYERS_HISTORY, 1);
	unsigned ticks = (unsigned)CLAMP(room / each, 0, LAYERS_HISTORY), low, high, band;
	const u32 *counts;
	u32 most;

	if (p->h < 1 || room < 1)
		return;
	if (!range(app->model, id, layer, ticks, &low, &high, &most)) {
		pane_put(p, 0, LABEL, -1, STYLE_DIM,
			 model_layers_heat(app->model, id, layer, 0) ? "no packet in this time"
								     : "its picture begins with the next tick");
		return;
	}
	band = (high - low) / (unsigned)p->h + 1;
	draw_scale(p, low, high, band);
	for (unsigned age = 0; age < ticks && (counts = model_layers_heat(app->model, id, layer, age)); age++)
		draw_column(app, p, counts, p->w - each * (int)(age + 1), each, low, band, (u64)most);
}

/* "the machine", "nginx[2211]": whose it is. */
static void focus_who(const struct layers_focus *f, char *text, size_t size)
{
	text_copy(text, size, "the machine");
	if (!f->owner)
		return;
	layer_row_process(f->row, text, size);
	if (!*text)
		text_copy(text, size, "the socket");
}

int layers_draw_heat(const struct layers_view *s, const struct pane *p, int y, int lines)
{
	const struct app *app = s->list.view.app;
	struct layers_focus f = layers_view_focus(s);
	struct pane part = pane_part(p, 1, y + 1, p->w - 2, lines);
	char keys[48], who[64];
	int x = 1;

	focus_who(&f, who, sizeof(who));
	layers_piece(p, y, &x, "", STYLE_TITLE, layers_is_receive(f.layer) ? "rx" : "tx");
	x--;
	layers_piece(p, y, &x, "", STYLE_TITLE, layer_short_name(f.layer));
	layers_piece(p, y, &x, "of ", STYLE_TEXT, who);
	if (p->w >= 60)
		layers_piece(p, y, &x, "", STYLE_LABEL, "the last 60 ticks, now at the right");
	if (p->w >= 60 && table_view_is_aside(&s->list)) {
		keymap_text(&app->keymap, ACTION_RIGHT, " ", keys, sizeof(keys));
		layers_piece(p, y, &x, keys, STYLE_LABEL, " the next layer");
	}
	draw_map(app, &part, f.owner, (enum layer)f.layer);
	return y + 1 + lines;
}

/* -- the last alarms ---------------------------------------------------------------------------------------- */

static void draw_event(const struct model *m, const struct layer_event *e, const struct pane *p, int y)
{
	char clock[WALL_MAX], now[UNITS_MAX], usual[UNITS_MAX], text[192];

	if (wall_clock(clock, sizeof(clock), model_realtime(m, e->time_ns), 0))
		strcat(clock, " ");
	units_nsec(now, (u64)e->mean_ns);
	units_nsec(usual, (u64)e->average_ns);
	snprintf(text, sizeof(text), "%s%-9s %6s mean, usually %s  %s", clock, layer_name(e->layer), now, usual,
		 e->who);
	pane_cell(p, y, 1, p->w - 1, false, STYLE_ALARM, text);
}

void layers_draw_events(const struct model *m, const struct pane *p)
{
	u64 last = model_layer_events(m);
	char n[UNITS_MAX];

	pane_fill(p, 0, 0, p->w, STYLE_HEADING);
	units_grouped(n, last);
	pane_printf(p, 0, 1, STYLE_TEXT, "ALARMS  %s", last ? n : "none: no layer has left its own average");
	for (int i = 0; i < p->h - 1 && last > (u64)i; i++) {
		const struct layer_event *e = model_layer_event(m, last - (u64)i);

		if (e)
			draw_event(m, e, p, 1 + i);
	}
}

/* -- bars --------------------------------------------------------------------------------------------------- */
