/* The line editor: keys as in every shell's line editor. */
#include "prompt.h"

#include <string.h>

#include "text.h"

void prompt_history_add(struct prompt_history *h, const char *line)
{
	char *copy;

	if (!*line || (h->count && strcmp(h->lines[h->count - 1], line) == 0))
		return;
	copy = strdup(line);
	if (!copy)
		return;
	if (h->count == PROMPT_HISTORY) {
		free(h->lines[0]);
		memmove(h->lines, h->lines + 1, (PROMPT_HISTORY - 1) * sizeof(*h->lines));
		h->count--;
	}
	h->lines[h->count++] = copy;
}

void prompt_history_deinit(struct prompt_history *h)
{
	for (size_t i = 0; i < h->count; i++)
		free(h->lines[i]);
	h->count = 0;
}

static void set_text(struct prompt *p, const char *text)
{
	p->len = text_copy(p->text, sizeof(p->text), text);
	p->cursor = p->len;
}

void prompt_open(struct prompt *p, const char *label, const char *hint, const char *text, const struct prompt_ops *ops,
		 void *ctx, struct prompt_history *history)
{
	*p = (struct prompt){.open = true, .label = label, .hint = hint, .ops = ops, .ctx = ctx, .history = history};
	p->history_at = history ? history->count : 0;
	set_text(p, text);
}

static size_t before(const struct prompt *p, size_t at)
{
	if (at > 0)
		at--;
	while (at > 0 && ((unsigned char)p->text[at] & 0xc0) == 0x80)
		at--;
	return at;
}

static size_t after(const struct prompt *p, size_t at)
{
	uint32_t ch;

	return at + text_decode(p->text + at, p->len - at, &ch);
}

static size_t word_before(const struct prompt *p)
{
	size_t at = p->cursor;

	while (at > 0 && p->text[at - 1] == ' ')
		at--;
	while (at > 0 && p->text[at - 1] != ' ')
		at--;
	return at;
}

/* Takes out the bytes from a to b and puts the cursor there. */
static bool erase(struct prompt *p, size_t a, size_t b)
{
	if (a >= b)
		return false;
	memmove(p->text + a, p->text + b, p->len - b + 1);
	p->len -= b - a;
	p->cursor = a;
	return true;
}

static bool insert(struct prompt *p, uint32_t ch)
{
	char bytes[4];
	size_t n = 1;

	if (ch < ' ' || (ch >= 0x7f && ch < 0xa0) || ch >= K_SPECIAL)
		return false;
	if (ch < 0x80) {
		bytes[0] = (char)ch;
	} else {
		n = ch < 0x800 ? 2 : ch < 0x10000 ? 3 : 4;
		for (size_t i = n; i-- > 1; ch >>= 6)
			bytes[i] = (char)(0x80 | (ch & 0x3f));
		bytes[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | ch);
	}
	if (p->len + n > PROMPT_MAX)
		return false;
	memmove(p->text + p->cursor + n, p->text + p->cursor, p->len - p->cursor + 1);
	memcpy(p->text + p->cursor, bytes, n);
	p->len += n;
	p->cursor += n;
	return true;
}

static bool recall(struct prompt *p, int step)
{
	if (!p->history || (step < 0 ? p->history_at == 0 : p->history_at >= p->history->count))
		return false;
	p->history_at += (size_t)step;
	set_text(p, p->history_at < p->history->count ? p->history->lines[p->history_at] : "");
	return true;
}

static void accept(struct prompt *p)
{
	struct query_error err = {};

	if (p->ops->accept(p->ctx, p->text, &err) < 0) {
		p->error = err;
		return;
	}
	if (p->history)
		prompt_history_add(p->history, p->text);
	p->open = false;
}

/* Changes the text; false when the key does nothing to it. */
static bool edit_key(struct prompt *p, uint32_t key)
{
	switch (key) {
	case K_BACKSPACE: return erase(p, before(p, p->cursor), p->cursor);
	case K_DELETE:
	case KEY_CTRL('d'): return erase(p, p->cursor, after(p, p->cursor));
	case KEY_CTRL('u'): return erase(p, 0, p->cursor);
	case KEY_CTRL('k'): return erase(p, p->cursor, p->len);
	case KEY_CTRL('w'): return erase(p, word_before(p), p->cursor);
	case K_UP:
	case KEY_CTRL('p'): return recall(p, -1);
	case K_DOWN:
	case KEY_CTRL('n'): return recall(p, 1);
	default: return insert(p, key);
	}
}

void prompt_key(struct prompt *p, uint32_t key)
{
	switch (key) {
	case K_ENTER: accept(p); return;
	case K_ESC:
	case KEY_CTRL('c'):
	case KEY_CTRL('g'):
		p->open = false;
		if (p->ops->cancel)
			p->ops->cancel(p->ctx);
		return;
	case K_LEFT:
	case KEY_CTRL('b'): p->cursor = before(p, p->cursor); return;
	case K_RIGHT:
	case KEY_CTRL('f'): p->cursor = after(p, p->cursor); return;
	case K_HOME:
	case KEY_CTRL('a'): p->cursor = 0; return;
	case K_END:
	case KEY_CTRL('e'): p->cursor = p->len; return;
	default: break;
	}
	if (!edit_key(p, key))
		return;
	p->error.text[0] = '\0';
	if (p->ops->change)
		p->ops->change(p->ctx, p->text);
}

/* Columns of the first n bytes. */
static int columns_of(const char *text, size_t n)
{
	int columns = 0;
	size_t step;
	uint32_t ch = 0;

	for (size_t i = 0; i < n && (step = text_decode(text + i, n - i, &ch)) > 0; i += step)
		columns += text_char_width(ch);
	return columns;
}

static void draw_error(const struct prompt *p, const struct pane *line, int caret)
{
	int width = (int)text_width(p->error.text);

	caret = CLAMP(caret, 0, line->w - 1);
	pane_char(line, 0, caret, STYLE_ERROR, '^');
	if (caret + 2 + width <= line->w)
		pane_put(line, 0, caret + 2, -1, STYLE_ERROR, p->error.text);
	else if (width + 1 <= caret)
		pane_put(line, 0, caret - 1 - width, -1, STYLE_ERROR, p->error.text);
	else
		pane_cell(line, 0, 0, line->w, false, STYLE_ERROR, p->error.text);
}

void prompt_draw(const struct prompt *p, const struct pane *pane)
{
	bool two = pane->h >= 4;
	struct pane line = pane_part(pane, 0, pane->h - (two ? 2 : 1), pane->w, 1);
	struct pane below = pane_part(pane, 0, pane->h - 1, pane->w, two ? 1 : 0);
	int x = 0, room, cursor = columns_of(p->text, p->cursor);
	size_t skip = 0, used = 0;

	pane_fill(&line, 0, 0, line.w, STYLE_TEXT);
	pane_fill(&below, 0, 0, below.w, STYLE_TEXT);
	if (pane->w >= 24)
		x = 1 + pane_printf(&line, 0, 1, STYLE_PROMPT, "%s  ", p->label);
	room = MAX(line.w - x - 1, 1);
	/* A long text is shown around the cursor. */
	if (cursor > room)
		skip = text_fit(p->text, (size_t)(cursor - room), &used);
	pane_put(&line, 0, x, room + 1, STYLE_TEXT, p->text + skip);
	line.canvas->cursor_x = line.x + MIN(x + cursor - (int)used, line.w - 1);
	line.canvas->cursor_y = line.y;
	if (p->error.text[0]) {
		if (below.h)
			draw_error(p, &below, x + columns_of(p->text, MIN(p->error.column, p->len)) - (int)used);
		else
			pane_cell(&line, 0, 0, line.w, false, STYLE_ERROR, p->error.text);
	} else if (below.h && p->hint) {
		pane_put(&below, 0, x, -1, STYLE_DIM, p->hint);
	}
}
