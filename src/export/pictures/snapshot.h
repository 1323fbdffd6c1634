/* A picture of the screen as a file: plain text, text with colours for a terminal, HTML or SVG. */
#pragma once

#include "buf.h"
#include "cells.h"
#include "error.h"

enum snapshot_format {
	SNAPSHOT_TXT,
	SNAPSHOT_ANSI,
	SNAPSHOT_HTML,
	SNAPSHOT_SVG,
	SNAPSHOT_JSON, /* not a picture: rows, as the batch writes them */
	SNAPSHOT_FORMATS,
};

/* The format of a file name, by its suffix; without one, text. -EINVAL: err lists the suffixes. */
int snapshot_format(const char *path, enum snapshot_format *format, struct error *err) must_check;

/* Appends the picture. SNAPSHOT_JSON has none: -EINVAL. -ENOMEM. */
int snapshot_render(const struct cells *cells, enum snapshot_format format, struct buf *out) must_check;

/* Writes the picture to path in the format of its name, as file_write_atomic() does. */
int snapshot_write(const char *path, const struct cells *cells, struct error *err) must_check;
