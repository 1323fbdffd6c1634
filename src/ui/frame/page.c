/* Scrolling a page. */
#include "page.h"

#include <stdlib.h>

#include "app.h"
#include "cleanup.h"

void page_close(struct view *v)
{
	free(v);
}

static void scroll_to(struct page_view *s, int to, int height)
{
	s->scroll = CLAMP(to, 0, MAX(s->lines - height, 0));
}

void page_draw(struct page_view *s, const struct pane *p, page_draw_fn *draw)
{
	s->lines = draw(s, p, -s->scroll) + s->scroll;
	if (s->scroll > MAX(s->lines - p->h, 0)) {
		/* The page has become shorter: draw it again from its new end. */
		scroll_to(s, s->scroll, p->h);
		for (int y = 0; y < p->h; y++)
			pane_fill(p, y, 0, p->w, STYLE_TEXT);
		draw(s, p, -s->scroll);
	}
	view_draw_more(p, s->lines - s->scroll - p->h);
}

void page_gone(struct page_view *s, const struct pane *p, const char *why)
{
	char key[32];

	keymap_text(&s->view.app->keymap, ACTION_BACK, " ", key, sizeof(key));
	pane_printf(p, 0, 1, STYLE_LABEL, "%s; %s goes back", why, key);
	s->lines = 1;
}

static void scroll(struct view *v, int by)
{
	struct page_view *s = (struct page_view *)v;

	scroll_to(s, s->scroll + by, v->pane.h);
}

bool page_action(struct view *v, enum action a)
{
	int page = MAX(v->pane.h - 1, 1), whole = ((struct page_view *)v)->lines;

	switch (a) {
	case ACTION_UP: scroll(v, -1); return true;
	case ACTION_DOWN: scroll(v, 1); return true;
	case ACTION_PAGE_UP: scroll(v, -page); return true;
	case ACTION_PAGE_DOWN: scroll(v, page); return true;
	case ACTION_HOME: scroll(v, -whole); return true;
	case ACTION_END: scroll(v, whole); return true;
	default: return false;
	}
}

void page_mouse(struct view *v, const struct mouse *m)
{
	if (m->kind != MOUSE_PRESS)
		scroll(v, m->kind == MOUSE_WHEEL_UP ? -3 : 3);
}
