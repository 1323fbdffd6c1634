/* Which columns are shown and how wide: the default set grows in an order of value with the width of the screen; a set
 * that was chosen is shown as it is and scrolls sideways where it does not fit. */
#pragma once

#include "choice.h"

#define LAYOUT_MAX 128

struct layout_column {
	const struct column *column;
	int x; /* from the first column on; may lie beyond the width when the set was chosen */
	int width;
};

struct layout {
	struct layout_column columns[LAYOUT_MAX];
	size_t count;
	int width; /* of all of them */
};

/* What the default set shows at a width. -ENOMEM. */
int layout_default(struct columns *c, const struct table *t, int width, bool alike) must_check;

/* Places the columns, at most LAYOUT_MAX, into `width`; none are the default set, to which, where rows look alike, what
 * tells them apart belongs (table_shown.alike). */
void layout_fit(struct layout *l, const struct table *t, const struct columns *chosen, int width, bool alike);
/* The layout's number of a column, or -1. */
int layout_find(const struct layout *l, const struct column *c);
