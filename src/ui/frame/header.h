/* The lines above every view: what the machine does, what is wrong, and what skbtop itself costs. */
#pragma once

#include "canvas.h"

struct app;

/* The number of header lines on a screen of this size. */
int header_lines(int columns, int lines);
void header_draw(const struct app *app, const struct pane *p);
