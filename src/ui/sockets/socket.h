/* One socket in words, for the views that are about one: its fields, grouped. */
#pragma once

#include "app.h"

/* A line for each direction that had packets, while the layers are on; returns the line after them. */
int socket_draw_layers(const struct app *app, const struct row *r, const struct pane *p, int y);
/* Draws all sections from line y on; returns the line after them. Lines outside the pane are only counted. */
int socket_draw_fields(const struct app *app, const struct row *r, const struct pane *p, int y);
