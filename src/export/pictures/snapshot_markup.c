/* Pictures of the screen as HTML and SVG: runs of equal attributes, explicit colours, escaped text. */
#include <string.h>

#include "snapshot_private.h"
#include "text.h"

/* A terminal's default colours. */
#define DEFAULT_FG 0xd0d0d0
#define DEFAULT_BG 0x101418

/* SVG: the size of a character, in pixels, for a font size of 14. */
#define CHAR_WIDTH 8.4
#define LINE_HEIGHT 18
#define BASELINE 13
#define MARGIN 10

#define FONTS "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"

struct look {
	int fg, bg;
	uint32_t attr;
};

/* Colours as they are seen: defaults filled in, reverse applied. */
static struct look cell_look(const struct cell *c)
{
	struct look l = {.fg = c->fg == CELL_DEFAULT_COLOR ? DEFAULT_FG : c->fg & 0xffffff,
			 .bg = c->bg == CELL_DEFAULT_COLOR ? DEFAULT_BG : c->bg & 0xffffff,
			 .attr = c->attr};

	if (c->attr & CELL_REVERSE)
		l = (struct look){.fg = l.bg, .bg = l.fg, .attr = c->attr};
	return l;
}

/* How many cells from x on look the same; a wide character is never separated from its right half. */
static int run_length(const struct cell *row, int x, int end)
{
	int n = 1;

	while (x + n < end && (cell_same_look(&row[x], &row[x + n]) || row[x + n].text[0] == '\0'))
		n++;
	return n;
}

/* The viewer chooses fonts: Latin letters come from one font, but signs and graphs may come from another, of another
 * width. A wide character is a run of its own. */
enum script { SCRIPT_LATIN, SCRIPT_SIGNS, SCRIPT_WIDE };

static enum script cell_script(const struct cell *row, int x, int end)
{
	unsigned char lead = (unsigned char)row[x].text[0];

	if (x + 1 < end && row[x + 1].text[0] == '\0')
		return SCRIPT_WIDE;
	return lead >= 0xe2 && lead <= 0xf4 ? SCRIPT_SIGNS : SCRIPT_LATIN;
}

/* How much of a run can be stretched together without moving anything in it. */
static int stretch_length(const struct cell *row, int x, int end)
{
	enum script script = cell_script(row, x, end);
	int n = 1;

	if (script == SCRIPT_WIDE)
		return 2;
	while (x + n < end && cell_script(row, x + n, end) == script)
		n++;
	return n;
}

/* The most frequent background is the page's. */
static int page_ground(const struct cells *cells)
{
	size_t n = (size_t)cells->columns * (size_t)cells->lines, votes = 0;
	int ground = DEFAULT_BG;

	for (size_t i = 0; i < n; i++) {
		int bg = cell_look(&cells->cell[i]).bg;

		if (!votes)
			ground = bg;
		votes = bg == ground ? votes + 1 : votes - 1;
	}
	return ground;
}

static bool run_is_blank(const struct cell *row, int x, int n)
{
	for (int i = 0; i < n; i++)
		if (row[x + i].text[0] && strcmp(row[x + i].text, " ") != 0)
			return false;
	return true;
}

/* XML allows no control characters, not even escaped ones: text_clean() removes them. */
static void put_escaped(struct buf *out, const struct cell *row, int x, int n)
{
	for (int i = 0; i < n; i++) {
		char clean[3 * sizeof(row->text) + 1];

		text_clean(clean, sizeof(clean), row[x + i].text, strnlen(row[x + i].text, sizeof(row->text)));
		for (const char *p = clean; *p; p++) {
			switch (*p) {
			case '&': buf_puts(out, "&amp;"); break;
			case '<': buf_puts(out, "&lt;"); break;
			case '>': buf_puts(out, "&gt;"); break;
			case '"': buf_puts(out, "&quot;"); break;
			default: buf_putc(out, *p);
			}
		}
	}
}

static void html_run(struct buf *out, const struct cell *row, int x, int n, int page)
{
	struct look l = cell_look(&row[x]);

	buf_puts(out, "<span style=\"");
	buf_printf(out, "color:#%06x", l.fg);
	if (l.bg != page)
		buf_printf(out, ";background:#%06x", l.bg);
	if (l.attr & CELL_BOLD)
		buf_puts(out, ";font-weight:bold");
	if (l.attr & CELL_DIM)
		buf_puts(out, ";opacity:.6");
	if (l.attr & CELL_ITALIC)
		buf_puts(out, ";font-style:italic");
	if (l.attr & CELL_UNDERLINE)
		buf_puts(out, ";text-decoration:underline");
	buf_puts(out, "\">");
	put_escaped(out, row, x, n);
	buf_puts(out, "</span>");
}

void snapshot_html(const struct cells *cells, struct buf *out)
{
	int page = page_ground(cells);

	buf_printf(out,
		   "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>skbtop</title></head>\n"
		   "<body style=\"background:#%06x\"><pre style=\"color:#%06x;font-family:" FONTS
		   ";line-height:1.25\">\n",
		   page, DEFAULT_FG);
	for (int y = 0; y < cells->lines; y++) {
		const struct cell *row = cells->cell + (size_t)y * (size_t)cells->columns;
		int end = cells_line_end(cells, y, false), n;

		for (int x = 0; x < end; x += n) {
			n = run_length(row, x, end);
			html_run(out, row, x, n, page);
		}
		buf_putc(out, '\n');
	}
	buf_puts(out, "</pre></body></html>\n");
}

/* The text of a run is stretched to the width of its cells, so that columns are aligned in any font. */
static void svg_text(struct buf *out, const struct cell *row, int x, int y, int n)
{
	struct look l = cell_look(&row[x]);

	buf_printf(out,
		   "<text x=\"%.1f\" y=\"%d\" textLength=\"%.1f\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#%06x\"",
		   MARGIN + x * CHAR_WIDTH, MARGIN + y * LINE_HEIGHT + BASELINE, n * CHAR_WIDTH, l.fg);
	if (l.attr & CELL_BOLD)
		buf_puts(out, " font-weight=\"bold\"");
	if (l.attr & CELL_DIM)
		buf_puts(out, " opacity=\".6\"");
	if (l.attr & CELL_ITALIC)
		buf_puts(out, " font-style=\"italic\"");
	if (l.attr & CELL_UNDERLINE)
		buf_puts(out, " text-decoration=\"underline\"");
	buf_putc(out, '>');
	put_escaped(out, row, x, n);
	buf_puts(out, "</text>\n");
}

static void svg_run(struct buf *out, const struct cell *row, int x, int y, int n, int page)
{
	struct look l = cell_look(&row[x]);

	if (l.bg != page)
		buf_printf(out, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#%06x\"/>\n",
			   MARGIN + x * CHAR_WIDTH, MARGIN + y * LINE_HEIGHT, n * CHAR_WIDTH, LINE_HEIGHT, l.bg);
	for (int end = x + n, part; x < end; x += part) {
		part = stretch_length(row, x, end);
		if (!run_is_blank(row, x, part) || l.attr & CELL_UNDERLINE)
			svg_text(out, row, x, y, part);
	}
}

void snapshot_svg(const struct cells *cells, struct buf *out)
{
	double width = cells->columns * CHAR_WIDTH + 2 * MARGIN;
	int height = cells->lines * LINE_HEIGHT + 2 * MARGIN, page = page_ground(cells);

	buf_printf(out,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%d\" viewBox=\"0 0 %.0f %d\">\n"
		   "<rect width=\"100%%\" height=\"100%%\" rx=\"6\" fill=\"#%06x\"/>\n"
		   "<g font-family=\"" FONTS
		   "\" font-size=\"14\" xml:space=\"preserve\" shape-rendering=\"crispEdges\">\n",
		   width, height, width, height, page);
	for (int y = 0; y < cells->lines; y++) {
		const struct cell *row = cells->cell + (size_t)y * (size_t)cells->columns;
		int end = cells_line_end(cells, y, false), n;

		for (int x = 0; x < end; x += n) {
			n = run_length(row, x, end);
			svg_run(out, row, x, y, n, page);
		}
	}
	buf_puts(out, "</g>\n</svg>\n");
}
