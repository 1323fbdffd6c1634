/* The xterm palette and the search for the nearest colour in it. */
#include "color.h"

#include "cleanup.h"

static const uint8_t cube[6] = {0, 95, 135, 175, 215, 255};

int32_t color_of_palette(unsigned n)
{
	static const int32_t first[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
					  0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
					  0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};

	n &= 0xff;
	if (n < 16)
		return first[n];
	if (n >= 232)
		return (int32_t)(8 + (n - 232) * 10) * 0x010101;
	n -= 16;
	return cube[n / 36] << 16 | cube[n / 6 % 6] << 8 | cube[n % 6];
}

static int distance(int32_t a, int32_t b)
{
	int dr = (a >> 16 & 0xff) - (b >> 16 & 0xff), dg = (a >> 8 & 0xff) - (b >> 8 & 0xff),
	    db = (a & 0xff) - (b & 0xff);

	/* The eye sees green best and blue worst. */
	return 3 * dr * dr + 4 * dg * dg + 2 * db * db;
}

static unsigned nearest_256(int32_t rgb)
{
	unsigned best = 16;

	for (unsigned i = 17; i < 256; i++)
		if (distance(rgb, color_of_palette(i)) < distance(rgb, color_of_palette(best)))
			best = i;
	return best;
}

/* By hue when there is one, else by brightness. */
static unsigned nearest_16(int32_t rgb, unsigned colors)
{
	int r = rgb >> 16 & 0xff, g = rgb >> 8 & 0xff, b = rgb & 0xff;
	int high = MAX(r, MAX(g, b)), low = MIN(r, MIN(g, b)), middle = (high + low) / 2;
	unsigned n;

	if (high - low < 48) {
		if (colors >= 16)
			return middle < 64 ? 0 : middle < 150 ? 8 : middle < 224 ? 7 : 15;
		return middle < 96 ? 0 : 7;
	}
	n = (unsigned)((r > middle) | (g > middle) << 1 | (b > middle) << 2);
	return colors >= 16 && high > 216 ? n + 8 : n;
}

unsigned color_nearest(int32_t rgb, unsigned colors)
{
	return colors >= 256 ? nearest_256(rgb) : nearest_16(rgb, colors);
}
