/* The emulator's screen as text and as a list of styles: what golden files hold and what waits look for. */
#include <stdio.h>
#include <string.h>
#include <vterm.h>

#include "term_private.h"

static void put_utf8(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_putc(out, (char)c);
	} else if (c < 0x800) {
		buf_putc(out, (char)(0xc0 | c >> 6));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_putc(out, (char)(0xe0 | c >> 12));
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_putc(out, (char)(0xf0 | c >> 18));
		buf_putc(out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	}
}

bool term_line(const struct term *t, int line, struct buf *out)
{
	int columns, lines;
	VTermScreen *screen = term_screen(t, &columns, &lines);
	VTermScreenCell cell;
	size_t solid = out->end;

	if (line >= lines)
		return false;
	for (int x = 0; x<columns; x += cell.width> 0 ? cell.width : 1) {
		vterm_screen_get_cell(screen, (VTermPos){.row = line, .col = x}, &cell);
		if (!cell.chars[0])
			buf_putc(out, ' ');
		for (size_t i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++)
			put_utf8(out, cell.chars[i]);
		if (cell.chars[0] && cell.chars[0] != ' ')
			solid = out->end;
	}
	out->end = solid;
	return true;
}

bool term_shows(const struct term *t, const char *text)
{
	bool found = false;

	for (int y = 0; !found; y++) {
		struct buf line cleanup_buf = {};

		if (!term_line(t, y, &line))
			break;
		buf_putc(&line, '\0');
		found = !line.failed && strstr((const char *)buf_at(&line), text);
	}
	return found;
}

void term_print(const struct term *t, struct buf *out)
{
	int x, y;

	for (y = 0; term_line(t, y, out); y++)
		buf_putc(out, '\n');
	if (term_cursor(t, &x, &y))
		buf_printf(out, "[cursor at column %d of line %d]\n", x + 1, y + 1);
}

static void print_color(char *dst, size_t size, const char *name, const VTermColor *c)
{
	if (VTERM_COLOR_IS_DEFAULT_FG(c) || VTERM_COLOR_IS_DEFAULT_BG(c))
		dst[0] = '\0';
	else if (VTERM_COLOR_IS_INDEXED(c))
		snprintf(dst, size, " %s=%u", name, c->indexed.idx);
	else
		snprintf(dst, size, " %s=#%02x%02x%02x", name, c->rgb.red, c->rgb.green, c->rgb.blue);
}

static void print_style(const VTermScreenCell *c, char *dst, size_t size)
{
	char fg[24], bg[24];

	print_color(fg, sizeof(fg), "fg", &c->fg);
	print_color(bg, sizeof(bg), "bg", &c->bg);
	snprintf(dst, size, "%s%s%s%s%s%s%s", c->attrs.bold ? " bold" : "", c->attrs.underline ? " underline" : "",
		 c->attrs.italic ? " italic" : "", c->attrs.blink ? " blink" : "", c->attrs.reverse ? " reverse" : "",
		 fg, bg);
}

void term_print_styles(const struct term *t, struct buf *out)
{
	int columns, lines;
	VTermScreen *screen = term_screen(t, &columns, &lines);

	for (int y = 0; y < lines; y++) {
		char style[96] = "", now[96];
		int from = 0;

		for (int x = 0; x <= columns; x++) {
			VTermScreenCell cell;

			now[0] = '\0';
			if (x < columns) {
				vterm_screen_get_cell(screen, (VTermPos){.row = y, .col = x}, &cell);
				print_style(&cell, now, sizeof(now));
			}
			/* The right half of a wide character shows its left half's style; the emulator leaves it the
			 * one from before. */
			if (x < columns && (strcmp(now, style) == 0 || cell.chars[0] == UINT32_MAX))
				continue;
			if (style[0])
				buf_printf(out, "%d %d-%d%s\n", y + 1, from + 1, x, style);
			memcpy(style, now, sizeof(style));
			from = x;
		}
	}
}
