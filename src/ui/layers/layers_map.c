/* The heat map of a layer: how densely packets lie at each duration in each of the last ticks; the last alarms. */
#include <string.h>

#include "heat.h"
#include "layers_view.h"
#include "text.h"
#include "units.h"
#include "wall.h"

bool layers_is_receive(unsigned layer)
{
	return LAYERS_RX & 1U << layer || layer == LAYER_RX_WAKEUP || layer == LAYER_RX_GRO;
}

static void draw_map(const struct app *app, const struct pane *p, u64 id, enum layer layer)
{
	struct heat heat = {};
	const u32 *counts;

	for (unsigned age = 0; age < HEAT_TICKS && (counts = model_layers_heat(app->model, id, layer, age)); age++)
		heat.ticks[heat.count++] = counts;
	if (!heat_draw(p, app->charset, &heat))
		pane_put(p, 0, HEAT_SCALE, -1, STYLE_DIM,
			 heat.count ? "no packet in this time" : "its picture begins with the next tick");
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
	pane_piece(p, y, &x, "", STYLE_TITLE, layers_is_receive(f.layer) ? "rx" : "tx");
	x--;
	pane_piece(p, y, &x, "", STYLE_TITLE, layer_short_name(f.layer));
	pane_piece(p, y, &x, "of ", STYLE_TEXT, who);
	if (p->w >= 60)
		pane_piece(p, y, &x, "", STYLE_LABEL, "the last 60 ticks, now at the right");
	if (p->w >= 60 && table_view_is_aside(&s->list)) {
		keymap_text(&app->keymap, ACTION_RIGHT, " ", keys, sizeof(keys));
		pane_piece(p, y, &x, keys, STYLE_LABEL, " the next layer");
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
