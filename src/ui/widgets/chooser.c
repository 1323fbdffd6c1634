/* Lists to choose from. Typing letters jumps to the item that begins with (else contains) them. */
#include "chooser.h"

#include <errno.h>
#include <string.h>

#include "text.h"

void chooser_open(struct chooser *c, enum chooser_kind kind, const char *title, const struct chooser_ops *ops,
		  void *ctx)
{
	chooser_close(c);
	*c = (struct chooser){.open = true, .kind = kind, .ops = ops, .ctx = ctx, .height = 1};
	text_copy(c->title, sizeof(c->title), title);
}

int chooser_add(struct chooser *c, const char *text, const char *detail, bool checked, const void *value)
{
	struct chooser_item *items = reallocarray(c->items, c->count + 1, sizeof(*items)), *item;

	if (!items)
		return -ENOMEM;
	c->items = items;
	item = &items[c->count];
	*item = (struct chooser_item){.text = strdup(text), .detail = strdup(detail ? detail : ""), .checked = checked};
	item->value = value;
	if (!item->text || !item->detail) {
		free(item->text);
		free(item->detail);
		return -ENOMEM;
	}
	c->count++;
	return 0;
}

void chooser_set_detail(struct chooser *c, size_t i, const char *detail)
{
	char *copy = strdup(detail);

	if (!copy)
		return;
	free(c->items[i].detail);
	c->items[i].detail = copy;
}

void chooser_close(struct chooser *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->items[i].text);
		free(c->items[i].detail);
	}
	free(c->items);
	c->items = NULL;
	c->count = 0;
	c->open = false;
}

static void move_to(struct chooser *c, long to)
{
	size_t old = c->cursor;

	c->cursor = (size_t)CLAMP(to, 0, (long)c->count - 1);
	if (c->cursor != old && c->ops->moved)
		c->ops->moved(c->ctx, c);
}

/* Moves the item under the cursor up or down by one. */
static void carry(struct chooser *c, int step)
{
	size_t to = c->cursor + (size_t)step;

	if (to >= c->count)
		return;
	struct chooser_item item = c->items[c->cursor];

	c->items[c->cursor] = c->items[to];
	c->items[to] = item;
	c->cursor = to;
}

static bool find(struct chooser *c)
{
	size_t len = strlen(c->find);

	for (size_t i = 0; i < c->count; i++) {
		if (strncasecmp(c->items[i].text, c->find, len) == 0) {
			move_to(c, (long)i);
			return true;
		}
	}
	for (size_t i = 0; i < c->count; i++) {
		if (strcasestr(c->items[i].text, c->find)) {
			move_to(c, (long)i);
			return true;
		}
	}
	return false;
}

static void type_letter(struct chooser *c, uint32_t key)
{
	size_t len = strlen(c->find);

	if (key <= ' ' || key >= 0x7f)
		return;
	if (len + 1 >= sizeof(c->find))
		len = 0;
	c->find[len] = (char)key;
	c->find[len + 1] = '\0';
	if (find(c))
		return;
	/* Matches nothing together with earlier letters: the letter begins a new word. */
	c->find[0] = (char)key;
	c->find[1] = '\0';
	if (!find(c))
		c->find[0] = '\0';
}

static void finish(struct chooser *c, bool accepted)
{
	c->open = false;
	if (accepted)
		c->ops->accept(c->ctx, c);
	else if (c->ops->cancel)
		c->ops->cancel(c->ctx, c);
	/* accept() may have opened the next list in this place. */
	if (!c->open)
		chooser_close(c);
}

static bool kind_key(struct chooser *c, uint32_t key)
{
	if (c->kind == CHOOSER_ORDER) {
		switch (key) {
		case K_SPACE: c->items[c->cursor].checked ^= true; return true;
		case '<':
		case ',':
		case '-':
		case K_SHIFT_UP:
		case K_LEFT: carry(c, -1); return true;
		case '>':
		case '.':
		case '+':
		case K_SHIFT_DOWN:
		case K_RIGHT: carry(c, 1); return true;
		default: return false;
		}
	}
	if (c->kind == CHOOSER_VALUES && (key == K_LEFT || key == K_RIGHT || key == K_SPACE)) {
		c->ops->change(c->ctx, c, key == K_LEFT ? -1 : 1);
		return true;
	}
	return false;
}

void chooser_key(struct chooser *c, uint32_t key)
{
	if (c->count && kind_key(c, key)) {
		c->find[0] = '\0';
		return;
	}
	switch (key) {
	case K_UP:
	case KEY_CTRL('p'): move_to(c, (long)c->cursor - 1); break;
	case K_DOWN:
	case KEY_CTRL('n'): move_to(c, (long)c->cursor + 1); break;
	case K_PAGE_UP: move_to(c, (long)c->cursor - (long)c->height); break;
	case K_PAGE_DOWN: move_to(c, (long)c->cursor + (long)c->height); break;
	case K_HOME: move_to(c, 0); break;
	case K_END: move_to(c, (long)c->count - 1); break;
	case K_ENTER: finish(c, c->count > 0); return;
	case K_ESC:
	case KEY_CTRL('c'):
	case KEY_CTRL('g'): finish(c, false); return;
	case K_BACKSPACE: c->find[0] = '\0'; break;
	default: type_letter(c, key); return;
	}
	c->find[0] = '\0';
}

void chooser_mouse(struct chooser *c, const struct mouse *m)
{
	int y = m->y - c->box.y - 1;
	size_t row = c->top + (size_t)y;

	if (m->kind == MOUSE_WHEEL_UP || m->kind == MOUSE_WHEEL_DOWN) {
		move_to(c, (long)c->cursor + (m->kind == MOUSE_WHEEL_UP ? -1 : 1));
		return;
	}
	if (m->x < c->box.x || m->x >= c->box.x + c->box.w || m->y < c->box.y || m->y >= c->box.y + c->box.h) {
		finish(c, false);
		return;
	}
	if (y < 0 || y >= (int)c->height || row >= c->count)
		return;
	if (c->cursor != row)
		move_to(c, (long)row);
	else
		chooser_key(c, c->kind == CHOOSER_ONE ? K_ENTER : K_SPACE);
}

static const char *hint_of(const struct chooser *c)
{
	static const char *const hints[] = {"Enter choose  Esc cancel",
					    "Space on/off  < > move  Enter save  Esc cancel",
					    "Left Right change  Enter save  Esc cancel"};

	return hints[c->kind];
}

static struct pane place(struct chooser *c, const struct pane *pane, int *text_width_out)
{
	int text = 0, detail = 0, w, h = MIN((int)c->count + 2, pane->h);

	for (size_t i = 0; i < c->count; i++) {
		text = MAX(text, (int)text_width(c->items[i].text));
		detail = MAX(detail, (int)text_width(c->items[i].detail));
	}
	*text_width_out = text;
	w = text + (detail ? detail + 2 : 0) + 4 + (c->kind == CHOOSER_ORDER ? 4 : 0);
	w = MAX(w, MAX((int)text_width(c->title) + 6, (int)text_width(hint_of(c)) + 4));
	return pane_part(pane, 0, 0, MIN(w, pane->w), h);
}

static void draw_item(const struct chooser *c, const struct pane *box, int y, size_t i, int text)
{
	const struct chooser_item *item = &c->items[i];
	int x = 2;

	if (c->kind == CHOOSER_ORDER)
		x += pane_put(box, y, x, -1, item->checked ? STYLE_KEY : STYLE_DIM, item->checked ? "[x] " : "[ ] ");
	pane_cell(box, y, x, MIN(text, box->w - x - 1), false, STYLE_TEXT, item->text);
	x += text + 2;
	if (item->detail[0] && x < box->w - 2)
		pane_cell(box, y, x, box->w - x - 2, false, STYLE_LABEL, item->detail);
	if (i == c->cursor)
		pane_ground(box, y, 1, box->w - 2, STYLE_SELECTED);
}

void chooser_draw(struct chooser *c, const struct pane *pane)
{
	int text;
	struct pane box = place(c, pane, &text);

	c->box = box;
	c->height = (size_t)MAX(box.h - 2, 1);
	if (c->cursor < c->top)
		c->top = c->cursor;
	if (c->cursor >= c->top + c->height)
		c->top = c->cursor - c->height + 1;
	for (int y = 0; y < box.h; y++)
		pane_fill(&box, y, 0, box.w, STYLE_MENU);
	if (box.h < 3 || box.w < 6)
		return;
	pane_frame(&box, c->title);
	for (int y = 0; y < (int)c->height && c->top + (size_t)y < c->count; y++)
		draw_item(c, &box, y + 1, c->top + (size_t)y, text);
	pane_put(&box, box.h - 1, 2, box.w - 4, STYLE_LABEL, hint_of(c));
	if (c->count > c->height)
		pane_printf(&box, 0, box.w - 12, STYLE_LABEL, " %zu/%zu ", c->cursor + 1, c->count);
}
