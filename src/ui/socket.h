/* One socket in words, for the views that are about one: its fields, grouped. */
#pragma once

#include "app.h"

/* The row as it is shown in full: with its unit and unscaled where that is read better. "" when not known. */
void socket_value(const struct app *app, const struct row *r, const char *column, char *text, size_t size);
/* "tcp 10.0.0.1:443 -> 10.0.0.2:50002"; of a socket without peer one end. */
void socket_ends(const struct app *app, const struct row *r, char *text, size_t size);
/* A line for each direction that had packets, while the layers are on; returns the line after them. */
int socket_draw_layers(const struct app *app, const struct row *r, const struct pane *p, int y);
/* Draws all sections from line y on; returns the line after them. Lines outside the pane are only counted. */
int socket_draw_fields(const struct app *app, const struct row *r, const struct pane *p, int y);
