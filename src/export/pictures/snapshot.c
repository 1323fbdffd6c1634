/* Pictures of the screen: the formats by name, and those that consist of text lines. */
#include "snapshot.h"

#include <errno.h>
#include <string.h>

#include "file.h"
#include "named.h"
#include "snapshot_private.h"
#include "text.h"

/* Could it be omitted at the end of a line? */
static bool cell_blank(const struct cell *c)
{
	return (c->text[0] == '\0' || strcmp(c->text, " ") == 0) && c->bg == CELL_DEFAULT_COLOR &&
	       !(c->attr & (CELL_REVERSE | CELL_UNDERLINE));
}

bool cell_same_look(const struct cell *a, const struct cell *b)
{
	return a->fg == b->fg && a->bg == b->bg && a->attr == b->attr;
}

int cells_line_end(const struct cells *cells, int line, bool text_only)
{
	const struct cell *row = cells->cell + (size_t)line * (size_t)cells->columns;
	int end = cells->columns;

	while (end > 0) {
		const struct cell *c = &row[end - 1];
		bool no_text = c->text[0] == '\0' || strcmp(c->text, " ") == 0;

		if (!(text_only ? no_text : cell_blank(c)))
			break;
		end--;
	}
	/* The right half of a wide character is empty, but belongs to it. */
	return end > 0 && end < cells->columns && text_width(row[end - 1].text) == 2 ? end + 1 : end;
}

/* cells.h: an empty text is the right half of a wide character, which was written with the left half. */
static void put_text(struct buf *out, const struct cell *c)
{
	buf_put(out, c->text, strnlen(c->text, sizeof(c->text)));
}

static void snapshot_txt(const struct cells *cells, struct buf *out)
{
	for (int y = 0; y < cells->lines; y++) {
		const struct cell *row = cells->cell + (size_t)y * (size_t)cells->columns;
		int end = cells_line_end(cells, y, true);

		for (int x = 0; x < end; x++)
			put_text(out, &row[x]);
		buf_putc(out, '\n');
	}
}

/* All attributes after a reset: SGR in true colour. */
static void put_sgr(struct buf *out, const struct cell *c)
{
	static const struct {
		uint32_t attr;
		const char *code;
	} attrs[] = {
	    {CELL_BOLD, ";1"}, {CELL_DIM, ";2"}, {CELL_ITALIC, ";3"}, {CELL_UNDERLINE, ";4"}, {CELL_REVERSE, ";7"}};

	buf_puts(out, "\033[0");
	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++)
		if (c->attr & attrs[i].attr)
			buf_puts(out, attrs[i].code);
	if (c->fg != CELL_DEFAULT_COLOR)
		buf_printf(out, ";38;2;%d;%d;%d", c->fg >> 16 & 255, c->fg >> 8 & 255, c->fg & 255);
	if (c->bg != CELL_DEFAULT_COLOR)
		buf_printf(out, ";48;2;%d;%d;%d", c->bg >> 16 & 255, c->bg >> 8 & 255, c->bg & 255);
	buf_putc(out, 'm');
}

static void snapshot_ansi(const struct cells *cells, struct buf *out)
{
	static const struct cell plain = {.fg = CELL_DEFAULT_COLOR, .bg = CELL_DEFAULT_COLOR};

	for (int y = 0; y < cells->lines; y++) {
		const struct cell *row = cells->cell + (size_t)y * (size_t)cells->columns, *look = &plain;
		int end = cells_line_end(cells, y, false);

		for (int x = 0; x < end; x++) {
			if (!cell_same_look(&row[x], look)) {
				put_sgr(out, &row[x]);
				look = &row[x];
			}
			put_text(out, &row[x]);
		}
		buf_puts(out, cell_same_look(look, &plain) ? "\n" : "\033[0m\n");
	}
}

static const struct {
	const char *suffix;
	void (*render)(const struct cells *cells, struct buf *out);
} formats[SNAPSHOT_FORMATS] = {
    [SNAPSHOT_TXT] = {".txt", snapshot_txt},    [SNAPSHOT_ANSI] = {".ansi", snapshot_ansi},
    [SNAPSHOT_HTML] = {".html", snapshot_html}, [SNAPSHOT_SVG] = {".svg", snapshot_svg},
    [SNAPSHOT_JSON] = {".json", NULL},
};

int snapshot_format(const char *path, enum snapshot_format *format, struct error *err)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	const char *suffix = strrchr(name, '.');
	size_t i;

	*format = SNAPSHOT_TXT;
	if (!*name)
		return error_set(err, -EINVAL, "'%s' is not the name of a file", path);
	if (!suffix || suffix == name)
		return 0;
	i = named_find(&formats[0].suffix, sizeof(formats[0]), SNAPSHOT_FORMATS, suffix);
	if (i == SNAPSHOT_FORMATS)
		return error_set(err, -EINVAL, "unknown format '%s'; one of .txt .ansi .html .svg .json", suffix);
	*format = (enum snapshot_format)i;
	return 0;
}

int snapshot_render(const struct cells *cells, enum snapshot_format format, struct buf *out)
{
	if (!formats[format].render)
		return -EINVAL;
	formats[format].render(cells, out);
	return out->failed ? -ENOMEM : 0;
}

int snapshot_write(const char *path, const struct cells *cells, struct error *err)
{
	cleanup_buf struct buf out = {};
	enum snapshot_format format;
	int r = snapshot_format(path, &format, err);

	if (r < 0)
		return r;
	if (format == SNAPSHOT_JSON)
		return error_set(err, -EINVAL, "%s: a screen is written as .txt .ansi .html or .svg", path);
	r = snapshot_render(cells, format, &out);
	if (r < 0)
		return error_set(err, r, "out of memory");
	return file_write_atomic(path, buf_at(&out), buf_len(&out), err);
}
