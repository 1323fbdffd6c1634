/* The line editor, with a shell's keys. */
#include "prompt.h"

#include <string.h>

#include "text.h"

static void history_remove(struct prompt_history *h, size_t i)
{
	free(h->lines[i]);
	h->fresh -= i >= h->count - h->fresh;
	memmove(h->lines + i, h->lines + i + 1, (h->count - i - 1) * sizeof(*h->lines));
	h->count--;
}

void prompt_history_add(struct prompt_history *h, const char *line)
{
	char *copy = *line ? strdup(line) : NULL;

	if (!copy)
		return;
	for (size_t i = 0; i < h->count; i++)
		if (strcmp(h->lines[i], line) == 0)
			history_remove(h, i);
	if (h->count == PROMPT_HISTORY)
		history_remove(h, 0);
	h->lines[h->count++] = copy;
	h->fresh++;
}

const char *prompt_history_last(const struct prompt_history *h)
{
	return h->count ? h->lines[h->count - 1] : "";
}

void prompt_history_deinit(struct prompt_history *h)
{
	for (size_t i = 0; i < h->count; i++)
		free(h->lines[i]);
	h->count = h->fresh = 0;
}

static void set_text(struct prompt *p, const char *text)
{
	p->len = text_copy(p->text, sizeof(p->text), text);
	p->cursor = p->len;
}

static void say_hint(struct prompt *p)
{
	p->said[0] = '\0';
	if (p->ops->hint)
		p->ops->hint(p->ctx, p->text, p->said, sizeof(p->said));
}

void prompt_open(struct prompt *p, const char *label, const char *hint, const char *text, const struct prompt_ops *ops,
		 void *ctx, struct prompt_history *history)
{
	*p = (struct prompt){.open = true, .label = label, .hint = hint, .ops = ops, .ctx = ctx, .history = history};
	p->history_at = history ? history->count : 0;
	set_text(p, text);
	say_hint(p);
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

/* Deletes the bytes from a to b and puts the cursor there. */
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
	size_t n;

	if (ch < ' ' || (ch >= 0x7f && ch < 0xa0) || ch >= K_SPECIAL)
		return false;
	n = text_encode(bytes, ch);
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
	if (p->history_at == p->history->count)
		memcpy(p->draft, p->text, p->len + 1);
	p->history_at += (size_t)step;
	set_text(p, p->history_at < p->history->count ? p->history->lines[p->history_at] : p->draft);
	return true;
}

/* Replaces the bytes from a to the cursor by word; true if that changes the text. */
static bool replace(struct prompt *p, size_t a, const char *word, size_t n)
{
	size_t old = p->cursor - a;

	if (p->len - old + n > PROMPT_MAX || (n == old && memcmp(p->text + a, word, n) == 0))
		return false;
	memmove(p->text + a + n, p->text + p->cursor, p->len - p->cursor + 1);
	memcpy(p->text + a, word, n);
	p->len += n - old;
	p->cursor = a + n;
	return true;
}

/* As in shells: first inserts what all words have in common, then lists them, a page with each Tab. */
static bool complete(struct prompt *p)
{
	size_t common, typed;
	bool changed, whole;

	if (!p->ops->complete)
		return false;
	if (p->words.count > 1) {
		p->page = p->page + p->fitted < p->words.count ? p->page + p->fitted : 0;
		return false;
	}
	p->ops->complete(p->ctx, p->text, p->cursor, &p->words);
	p->page = 0;
	common = complete_common(&p->words);
	typed = p->cursor - p->words.from;
	whole = p->words.count == 1 && !p->words.more;
	changed = p->words.count && common >= typed && replace(p, p->words.from, complete_at(&p->words, 0), common);
	if (whole && p->text[p->cursor] != ' ')
		changed |= insert(p, ' ');
	if (!p->words.count)
		text_copy(p->said, sizeof(p->said), "nothing to complete here");
	/* The list of words is shown until the text is edited. */
	if (whole)
		p->words.count = 0;
	return changed;
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

static void save(struct prompt *p)
{
	struct query_error err = {};

	if (p->ops->save && p->ops->save(p->ctx, p->text, &err) < 0)
		p->error = err;
}

/* Edits the text; false if the key does not. */
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
	if (key != K_TAB)
		p->words.count = 0;
	switch (key) {
	case K_ENTER: accept(p); return;
	case KEY_CTRL('s'): save(p); return;
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
	if (key == K_TAB ? !complete(p) : !edit_key(p, key))
		return;
	p->error.text[0] = '\0';
	say_hint(p);
	if (p->ops->change)
		p->ops->change(p->ctx, p->text);
}

/* The width of the first n bytes. */
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

/* As many words as fit; the number of the others is shown at the end. */
static void draw_words(struct prompt *p, const struct pane *line, int x)
{
	char left[32] = "";
	size_t i = p->page;

	for (; i < p->words.count; i++) {
		const char *word = complete_at(&p->words, i);
		int width = (int)text_width(word);

		if (x + width + 16 > line->w && i > p->page)
			break;
		x += pane_put(line, 0, x, MAX(line->w - x, 0), STYLE_KEY, word) + 2;
	}
	p->fitted = i - p->page;
	if (p->words.count > p->fitted)
		snprintf(left, sizeof(left), "Tab: %zu more%s", p->words.count - p->fitted, p->words.more ? " …" : "");
	else if (p->words.more)
		text_copy(left, sizeof(left), "and more");
	pane_put(line, 0, x, MAX(line->w - x, 0), STYLE_DIM, left);
}

void prompt_draw(struct prompt *p, const struct pane *pane)
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
	/* Only the part around the cursor of a long text is shown. */
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
	} else if (below.h && p->words.count) {
		draw_words(p, &below, x);
	} else if (below.h && (p->said[0] || p->hint)) {
		pane_put(&below, 0, x, -1, STYLE_DIM, p->said[0] ? p->said : p->hint);
	}
}
