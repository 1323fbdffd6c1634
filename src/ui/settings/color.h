/* Terminal colours: what the palette's numbers look like, and the nearest number for a colour. Pure arithmetic. */
#pragma once

#include <stdint.h>

/* 0xrrggbb of one of the 256 numbers, as in xterm. */
int32_t color_of_palette(unsigned n);
/* The nearest of the first `colors` numbers: 8, 16 or 256 (of which only the fixed ones from 16 on are used). With 8
 * and 16 the hue decides, so that a pale red is red and not white. */
unsigned color_nearest(int32_t rgb, unsigned colors);
