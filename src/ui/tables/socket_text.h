/* One socket in words, for the views that name one. */
#pragma once

#include <stddef.h>

struct app;
struct column;
struct row;

/* A value as it is shown in full: with its unit and unscaled where that is read better. "" when not known. */
void column_full(const struct app *app, const struct column *c, const void *picture, const void *row, char *text,
		 size_t size);
/* The same of a socket. */
void socket_column(const struct app *app, const struct row *r, const struct column *c, char *text, size_t size);
/* The same, by the column's name. */
void socket_value(const struct app *app, const struct row *r, const char *column, char *text, size_t size);
/* "tcp 10.0.0.1:443 -> 10.0.0.2:50002"; of a socket without peer one end. */
void socket_ends(const struct app *app, const struct row *r, char *text, size_t size);
