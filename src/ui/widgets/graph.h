/* Graphs of a history in characters: Braille (2 x 4 dots a cell), blocks (8 steps a cell) or plain ASCII. */
#pragma once

#include "canvas.h"
#include "totals.h"

/* Writes the newest n samples (at most HISTORY_LEN), oldest first, to out; missing ones are NaN. */
void graph_samples(const struct history *h, enum history_kind kind, float *out, size_t n);
/* How many samples a graph of w columns shows. */
size_t graph_width_samples(enum charset set, int w);
/* Draws the newest samples of a history into the pane, to its right edge, scaled to max (0: to the largest shown). */
void graph_draw(const struct pane *p, const struct history *h, enum history_kind kind, float max, enum charset set,
		enum style style);
/* A bar of so much of w columns, in eighths where the screen can show them. */
void graph_bar(const struct pane *p, int y, int x, int w, double share, enum charset set, enum style style);
