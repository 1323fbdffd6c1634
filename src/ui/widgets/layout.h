/* Which columns are shown and how wide: the default set grows in an order of value with the width of the screen; a set
 * that was chosen is shown as it is and scrolls sideways where it does not fit, but for its first columns, as far as
 * they tell which row it is and take no more than half of the width. */
#pragma once

#include "choice.h"

#define LAYOUT_MAX 192 /* more than any table has columns */

struct layout_column {
	const struct column *column;
	int x; /* from the first column on; may lie beyond the width when the set was chosen */
	int width;
};

struct layout {
	struct layout_column columns[LAYOUT_MAX];
	size_t count;
	size_t pinned; /* the first ones, which are not scrolled */
	int width;     /* of all of them */
};

/* What the default set shows at a width. -ENOMEM. */
int layout_default(struct columns *c, const struct table *t, int width, bool alike) must_check;

/* Places the columns, at most LAYOUT_MAX, into `width`; none are the default set, to which, where rows look alike, what
 * tells them apart belongs (table_shown.alike). */
void layout_fit(struct layout *l, const struct table *t, const struct columns *chosen, int width, bool alike);
/* Bits of enum column_needs. */
unsigned layout_needs(const struct layout *l);
/* Where the i-th column is when so many beside the pinned ones are scrolled out to the left; -1: it is one of them. */
int layout_x(const struct layout *l, size_t left, size_t i);
/* How many can be scrolled out at most: then the last one is whole. */
size_t layout_most_left(const struct layout *l, int width);
/* How many are to be scrolled out so that the i-th is in sight, where now it is `left`. */
size_t layout_left_for(const struct layout *l, size_t left, size_t i, int width);
/* The layout's number of a column, or -1. */
int layout_find(const struct layout *l, const struct column *c);
