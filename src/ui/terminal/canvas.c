/* Draws characters into a grid: clipping, wide characters, combining marks, ASCII replacements. */
#include "canvas.h"

#include <errno.h>
#include <string.h>

#include "color.h"
#include "text.h"

int canvas_resize(struct canvas *c, int columns, int lines)
{
	struct glyph *glyphs;

	if (c->glyphs && columns == c->columns && lines == c->lines)
		return 0;
	glyphs = calloc((size_t)columns * (size_t)lines, sizeof(*glyphs));
	if (!glyphs)
		return -ENOMEM;
	free(c->glyphs);
	c->glyphs = glyphs;
	c->columns = columns;
	c->lines = lines;
	canvas_clear(c);
	return 0;
}

void canvas_deinit(struct canvas *c)
{
	free(c->glyphs);
	c->glyphs = NULL;
}

void canvas_clear(struct canvas *c)
{
	size_t n = (size_t)c->columns * (size_t)c->lines;

	for (size_t i = 0; i < n; i++)
		c->glyphs[i] = (struct glyph){.ch = ' ', .width = 1};
	c->cursor_x = c->cursor_y = -1;
}

/* Numbers of the palette look as xterm shows them. */
static int32_t rgb_of(int32_t color)
{
	return color >= COLOR_PALETTE ? color_of_palette((unsigned)(color - COLOR_PALETTE)) : color;
}

int canvas_cells(const struct canvas *c, const struct theme *t, struct cells *out)
{
	size_t n = (size_t)c->columns * (size_t)c->lines;

	*out = (struct cells){.columns = c->columns, .lines = c->lines, .cell = calloc(n ? n : 1, sizeof(struct cell))};
	if (!out->cell)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct glyph *g = &c->glyphs[i];
		struct look look = theme_look(t, g->style, g->ground);
		size_t len = g->width ? text_encode(out->cell[i].text, g->ch) : 0;

		if (g->width && g->mark)
			text_encode(out->cell[i].text + len, g->mark);
		out->cell[i].fg = rgb_of(look.fg);
		out->cell[i].bg = rgb_of(look.bg);
		out->cell[i].attr = look.attr;
	}
	return 0;
}

struct pane pane_of(struct canvas *c)
{
	return (struct pane){.canvas = c, .w = c->columns, .h = c->lines, .ground = STYLE_TEXT};
}

struct pane pane_part(const struct pane *p, int x, int y, int w, int h)
{
	struct pane part = *p;

	x = CLAMP(x, 0, p->w);
	y = CLAMP(y, 0, p->h);
	part.x += x;
	part.y += y;
	part.w = CLAMP(w, 0, p->w - x);
	part.h = CLAMP(h, 0, p->h - y);
	return part;
}

/* The replacement of a character on an ASCII terminal. */
static uint32_t ascii_for(uint32_t ch)
{
	static const struct {
		uint16_t from;
		char to;
	} table[] = {{0x2026, '.'}, {0x2500, '-'}, {0x2502, '|'}, {0x250c, '+'}, {0x2510, '+'}, {0x2514, '+'},
		     {0x2518, '+'}, {0x25b2, '^'}, {0x25bc, 'v'}, {0x25b8, '+'}, {0x25be, '-'}, {0x2192, '>'},
		     {0x00b5, 'u'}, {0x2190, '<'}, {0x2191, '^'}, {0x2193, 'v'}, {0x00b7, '.'}};
	static const char bars[] = "..:-=+*#"; /* one eighth to eight */

	if (ch >= 0x2581 && ch <= 0x2588)
		return (unsigned char)bars[ch - 0x2581];

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].from == ch)
			return (unsigned char)table[i].to;
	return '?';
}

static struct glyph *at(const struct pane *p, int y, int x)
{
	if (x < 0 || y < 0 || x >= p->w || y >= p->h)
		return NULL;
	return &p->canvas->glyphs[(size_t)(p->y + y) * (size_t)p->canvas->columns + (size_t)(p->x + x)];
}

/* A wide character that loses one half loses the other: no half may remain. */
static void detach(const struct canvas *c, struct glyph *g)
{
	size_t column = (size_t)(g - c->glyphs) % (size_t)c->columns;

	if (g->width == 0 && column > 0)
		g[-1] = (struct glyph){.ch = ' ', .width = 1, .style = g[-1].style, .ground = g[-1].ground};
	else if (g->width == 2)
		g[1] = (struct glyph){.ch = ' ', .width = 1, .style = g[1].style, .ground = g[1].ground};
}

static void set(const struct pane *p, int y, int x, enum style style, uint32_t ch, int width)
{
	struct glyph *g = at(p, y, x), *right = width == 2 ? at(p, y, x + 1) : NULL;

	if (!g || (width == 2 && !right))
		return;
	detach(p->canvas, g);
	*g = (struct glyph){.ch = ch, .style = style, .ground = g->ground, .width = (uint8_t)width};
	if (!right)
		return;
	detach(p->canvas, right);
	*right = (struct glyph){.style = style, .ground = right->ground};
}

int pane_put(const struct pane *p, int y, int x, int max, enum style style, const char *text)
{
	int limit = max < 0 ? p->w : MIN(p->w, x + max), from = x;
	size_t len = strlen(text), n;
	uint32_t ch = 0;

	while ((n = text_decode(text, len, &ch)) > 0) {
		int width = text_char_width(ch);

		text += n;
		len -= n;
		if (width == 0) {
			struct glyph *g = at(p, y, x - 1);

			if (g && g->width == 0 && x >= 2)
				g--;
			if (g && x > from && !p->canvas->ascii)
				g->mark = ch;
			continue;
		}
		if (x + width > limit)
			break;
		if (ch >= 0x80 && p->canvas->ascii) {
			for (int i = 0; i < width; i++)
				set(p, y, x + i, style, ascii_for(ch), 1);
		} else {
			set(p, y, x, style, ch < ' ' ? '?' : ch, width);
		}
		x += width;
	}
	return x - from;
}

int pane_printf(const struct pane *p, int y, int x, enum style style, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return pane_put(p, y, x, -1, style, text);
}

void pane_piece(const struct pane *p, int y, int *x, const char *word, enum style style, const char *value)
{
	if (!*value || *x + (int)(text_width(word) + text_width(value)) > p->w)
		return;
	*x += pane_put(p, y, *x, -1, STYLE_LABEL, word);
	*x += pane_put(p, y, *x, -1, style, value) + 2;
}

int pane_wrap(const struct pane *p, int y, int x, enum style style, const char *text)
{
	int lines = 0;

	do {
		size_t used, n = text_fit(text, (size_t)MAX(p->w - x, 1), &used), cut = n;

		while (text[n] && cut && text[cut] != ' ')
			cut--;
		/* A word that is too long is broken, unless not even a character fits. */
		n = cut ? cut : n ? n : strlen(text);
		pane_printf(p, y + lines++, x, style, "%.*s", (int)n, text);
		text += n + strspn(text + n, " ");
	} while (*text);
	return lines;
}

void pane_char(const struct pane *p, int y, int x, enum style style, uint32_t ch)
{
	set(p, y, x, style, ch >= 0x80 && p->canvas->ascii ? ascii_for(ch) : ch, 1);
}

void pane_cell(const struct pane *p, int y, int x, int w, bool right, enum style style, const char *text)
{
	int width = (int)text_width(text);

	if (w <= 0)
		return;
	if (width <= w) {
		pane_put(p, y, right ? x + w - width : x, w, style, text);
		return;
	}
	pane_put(p, y, x, w - 1, style, text);
	pane_char(p, y, x + w - 1, style, 0x2026);
}

void pane_tail(const struct pane *p, int y, int x, int w, enum style style, const char *text)
{
	size_t width = text_width(text), used;

	if (width <= (size_t)MAX(w, 0) || w < 2) {
		pane_cell(p, y, x, w, false, style, text);
		return;
	}
	text += text_fit(text, width - (size_t)(w - 1), &used);
	pane_char(p, y, x, style, 0x2026);
	pane_put(p, y, x + 1, w - 1, style, text);
}

void pane_fill(const struct pane *p, int y, int x, int w, enum style ground)
{
	for (int i = x; i < x + w; i++) {
		struct glyph *g = at(p, y, i);

		if (!g)
			continue;
		detach(p->canvas, g);
		*g = (struct glyph){.ch = ' ', .width = 1, .ground = ground};
	}
}

void pane_ground(const struct pane *p, int y, int x, int w, enum style ground)
{
	for (int i = x; i < x + w; i++) {
		struct glyph *g = at(p, y, i);

		if (g)
			g->ground = ground;
	}
}

void pane_style(const struct pane *p, int y, int x, int w, enum style style)
{
	for (int i = x; i < x + w; i++) {
		struct glyph *g = at(p, y, i);

		if (g)
			g->style = style;
	}
}

void pane_frame(const struct pane *p, const char *title)
{
	for (int x = 1; x < p->w - 1; x++) {
		pane_char(p, 0, x, STYLE_RULE, 0x2500);
		pane_char(p, p->h - 1, x, STYLE_RULE, 0x2500);
	}
	for (int y = 1; y < p->h - 1; y++) {
		pane_char(p, y, 0, STYLE_RULE, 0x2502);
		pane_char(p, y, p->w - 1, STYLE_RULE, 0x2502);
	}
	pane_char(p, 0, 0, STYLE_RULE, 0x250c);
	pane_char(p, 0, p->w - 1, STYLE_RULE, 0x2510);
	pane_char(p, p->h - 1, 0, STYLE_RULE, 0x2514);
	pane_char(p, p->h - 1, p->w - 1, STYLE_RULE, 0x2518);
	if (p->w > 6) {
		pane_put(p, 0, 1, 1, STYLE_TITLE, " ");
		pane_put(p, 0, 2 + pane_put(p, 0, 2, p->w - 5, STYLE_TITLE, title), 1, STYLE_TITLE, " ");
	}
}
