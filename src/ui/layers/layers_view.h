/* Private to the view of the layers: its state, and what its files do for each other. */
#pragma once

#include "layers.h"
#include "table_view.h"

struct layers_view {
	struct table_view list; /* first: views are cast to it */
	enum layer layer;       /* whose heat map is shown while the cursor is on no row */
};

static inline struct layers_view *layers_view_of(struct view *v)
{
	return (struct layers_view *)v;
}

/* Whose heat map is shown. */
struct layers_focus {
	const struct layer_row *row; /* under the cursor; NULL: none, or a hook's, of which no history is kept */
	u64 owner;                   /* as model_layers_heat() takes it */
	unsigned layer;              /* enum layer */
};
struct layers_focus layers_view_focus(const struct layers_view *s);

/* layers_draw.c */
void layers_view_draw(struct view *v, const struct pane *p);
/* The marks above all: what the figures are worth. */
void layers_draw_worth(const struct table_view *s, const struct pane *line, int *x, int end);

/* layers_map.c: a heat map of the last ticks with the scale of durations beside it, in `lines` lines below a heading at
 * y; time goes to the right. Returns the line behind it. */
int layers_draw_heat(const struct layers_view *s, const struct pane *p, int y, int lines);
/* The alarms that were told last, below a heading. */
void layers_draw_events(const struct model *m, const struct pane *p);
/* Is it one of received packets, or part of one? */
bool layers_is_receive(unsigned layer);
