/* Shared by the writers of pictures. */
#pragma once

#include <stdbool.h>

#include "buf.h"
#include "cells.h"

void snapshot_html(const struct cells *cells, struct buf *out);
void snapshot_svg(const struct cells *cells, struct buf *out);

bool cell_same_look(const struct cell *a, const struct cell *b);
/* One past the last visible cell of a line; text_only: ignores colours. */
int cells_line_end(const struct cells *cells, int line, bool text_only);
