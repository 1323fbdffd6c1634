/* Rows on the screen that a person would take for each other: the column that tells them apart comes by itself. */
#include "table_view.h"

#define LINES_MAX 256 /* more do not fit a screen */
#define STAYS 10      /* ticks, so that the column does not come and go with a row */

/* NULL: no column does, or the user has chosen the columns. */
static const struct column *telling(const struct table_view *s)
{
	for (size_t i = 0; i < s->t->shown_count && s->t->alike && !s->columns.count; i++)
		if (s->t->shown[i].alike)
			return table_find(s->t, s->t->shown[i].name);
	return NULL;
}

/* Are two of them the same to the eye, and not in this column? */
static bool any_alike(const struct table_view *s, const struct column *c)
{
	u32 lines = table_view_lines(s), end = s->top + MIN(s->height, (u32)LINES_MAX);
	u64 keys[LINES_MAX], values[LINES_MAX];
	size_t n = 0;

	for (u32 i = s->top; i < MIN(lines, end); i++) {
		struct table_line l = table_view_line(s, i);
		struct value v;

		if (!l.row || !c->get(c, s->rows, l.row, &v))
			continue;
		keys[n] = s->t->alike(s->rows, l.row);
		values[n] = v.integer;
		for (size_t k = 0; k < n; k++)
			if (keys[k] == keys[n] && values[k] != values[n])
				return true;
		n++;
	}
	return false;
}

void table_view_look_for_alike(struct table_view *s)
{
	const struct column *c = telling(s);

	if (!c)
		s->alike = 0;
	else if (any_alike(s, c))
		s->alike = STAYS;
}
