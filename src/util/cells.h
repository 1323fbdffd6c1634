/* A picture of the screen, independent of any terminal: the ui passes it to the export for a snapshot. */
#pragma once

#include <stdint.h>

enum cell_attr { CELL_BOLD = 1, CELL_DIM = 2, CELL_UNDERLINE = 4, CELL_REVERSE = 8, CELL_ITALIC = 16 };

#define CELL_DEFAULT_COLOR (-1)

struct cell {
	char text[16];  /* one UTF-8 character with its combining marks; "" is the right half of a wide one */
	int32_t fg, bg; /* 0xrrggbb, or CELL_DEFAULT_COLOR */
	uint32_t attr;
};

struct cells {
	int columns, lines;
	struct cell *cell; /* columns * lines, row by row; owned by whoever made it */
};
