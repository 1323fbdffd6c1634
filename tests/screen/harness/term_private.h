/* Between the terminal and its picture. */
#pragma once

#include <vterm.h>

#include "term.h"

VTermScreen *term_screen(const struct term *t, int *columns, int *lines);
/* Where the cursor is, from 0; false when it is hidden. */
bool term_cursor(const struct term *t, int *column, int *line);
