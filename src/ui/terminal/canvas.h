/* The picture, independent of any terminal: a grid of characters with styles. Views draw panes of it; term.c sends what
 * has changed; a snapshot is made from it with the theme's own colours. All texts must be printable already
 * (text_clean). */
#pragma once

#include <stdarg.h>

#include "cells.h"
#include "spark.h"
#include "theme.h"

struct glyph {
	uint32_t ch;    /* 0: the right half of a wide character */
	uint32_t mark;  /* a combining mark, or 0 */
	uint8_t style;  /* enum style, of the text */
	uint8_t ground; /* enum style, of the background */
	uint8_t width;  /* 1 or 2; 0: right half */
	uint8_t spare;
};

struct canvas {
	int columns, lines;
	struct glyph *glyphs;   /* row by row; owned */
	bool ascii;             /* characters beyond ASCII are replaced */
	int cursor_x, cursor_y; /* where the terminal's cursor is shown; -1: hidden */
};

int canvas_resize(struct canvas *c, int columns, int lines) must_check;
void canvas_deinit(struct canvas *c);
void canvas_clear(struct canvas *c);
/* The picture with the theme's colours; the caller frees cells->cell. */
int canvas_cells(const struct canvas *c, const struct theme *t, struct cells *out) must_check;

/* A part of a canvas with coordinates of its own; nothing is drawn outside it. */
struct pane {
	struct canvas *canvas;
	int x, y, w, h;
	enum style ground;
};

struct pane pane_of(struct canvas *c);
/* The part of p from (x, y), with w and h cut to p. */
struct pane pane_part(const struct pane *p, int x, int y, int w, int h);

/* Writes text in at most max columns (negative: to the edge); returns the columns used. */
int pane_put(const struct pane *p, int y, int x, int max, enum style style, const char *text);
int pane_printf(const struct pane *p, int y, int x, enum style style, const char *fmt, ...) printf_like(5, 6);
/* Writes a word and a value behind it, and leaves a gap, where there is a value and room for both. */
void pane_piece(const struct pane *p, int y, int *x, const char *word, enum style style, const char *value);
/* Writes text into exactly w columns, aligned; cut with an ellipsis if it does not fit. */
void pane_cell(const struct pane *p, int y, int x, int w, bool right, enum style style, const char *text);
/* Like pane_cell, left-aligned, but cuts the beginning: the end of an address distinguishes it. */
void pane_tail(const struct pane *p, int y, int x, int w, enum style style, const char *text);
/* The whole text, from column x on, broken at blanks; returns how many lines it took. */
int pane_wrap(const struct pane *p, int y, int x, enum style style, const char *text);
void pane_char(const struct pane *p, int y, int x, enum style style, uint32_t ch);
/* Blanks w columns with this background. */
void pane_fill(const struct pane *p, int y, int x, int w, enum style ground);
/* Changes the background or the style of what is there. */
void pane_ground(const struct pane *p, int y, int x, int w, enum style ground);
void pane_style(const struct pane *p, int y, int x, int w, enum style style);
/* A single line box around the pane with a title. */
void pane_frame(const struct pane *p, const char *title);
