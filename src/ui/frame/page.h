/* A page that is longer than the screen: a view of lines that scroll. A view that is one begins with it. */
#pragma once

#include "view.h"

struct page_view {
	struct view view;  /* first: views are cast to it */
	int lines, scroll; /* of the whole page; of those that are above the pane */
};

/* Draws the page from line y on, which may be above the pane; returns the line behind it. */
typedef int page_draw_fn(struct page_view *s, const struct pane *p, int y);
void page_draw(struct page_view *s, const struct pane *p, page_draw_fn *draw);
/* In its place, where what it was about is not there any more: why, and the key that leads back. */
void page_gone(struct page_view *s, const struct pane *p, const char *why);
/* The rest of a view_class; page_close() is for a page that owns nothing. */
void page_close(struct view *v);
bool page_action(struct view *v, enum action a);
void page_mouse(struct view *v, const struct mouse *m);
