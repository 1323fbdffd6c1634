/* Fitting columns into a width. One table says what the default set may hold. */
#include "layout.h"

#include <string.h>

#define OWN_LEAST 7    /* of our own end its port is shown then: ":65535" */
#define OTHER_LEAST 15 /* of the other end most can be read: "10.99.0.1:52366" */

struct slot {
	const struct column *column;
	int width, good, max, rank;
	bool in;
};

static int total(const struct slot *s, size_t n)
{
	int width = 0;

	for (size_t i = 0; i < n; i++)
		if (s[i].in)
			width += s[i].width + (width ? 1 : 0);
	return width;
}

static struct slot *by_rank(struct slot *s, size_t n, int rank, bool in)
{
	for (size_t i = 0; i < n; i++)
		if (s[i].column && s[i].rank == rank && s[i].in == in)
			return &s[i];
	return NULL;
}

/* Takes the least valuable columns out until the rest fits; one always stays. */
static void drop(struct slot *s, size_t n, int width)
{
	for (int rank = TABLE_RANKS; rank > 1 && total(s, n) > width; rank--) {
		struct slot *out = by_rank(s, n, rank, true);

		if (out)
			out->in = false;
	}
}

/* Widens the columns by rank to their good width, addresses before all others. */
static void widen(struct slot *s, size_t n, int width)
{
	int room = width - total(s, n);

	for (int pass = 0; pass < 2; pass++) {
		for (int rank = 0; rank <= TABLE_RANKS && room > 0; rank++) {
			struct slot *wide = by_rank(s, n, rank, true);
			bool now = wide && (pass || wide->column->elide != ELIDE_END);
			int more = now ? CLAMP(wide->good - wide->width, 0, room) : 0;

			/* What does not grow is of no use between its widths. */
			if (now && !wide->column->flex && wide->width + more < wide->good)
				more = 0;

			if (more > 0)
				wide->width += more;
			room -= more;
		}
	}
}

static void add_extras(struct slot *s, size_t n, int width)
{
	for (int rank = 0; rank <= TABLE_RANKS; rank++) {
		struct slot *extra;

		while ((extra = by_rank(s, n, rank, false)) && total(s, n) + 1 + extra->width <= width)
			extra->in = true;
	}
}

/* Gives what is left to the flexible columns, one column of the screen after the other. */
static void stretch(struct slot *s, size_t n, int width)
{
	int room = width - total(s, n);
	bool grown = true;

	while (room > 0 && grown) {
		grown = false;
		for (size_t i = 0; i < n && room > 0; i++) {
			if (!s[i].in || s[i].width >= s[i].max)
				continue;
			s[i].width++;
			room--;
			grown = true;
		}
	}
}

/* Our own address is the first thing that can be done without: its port stays. */
static int squeeze_own(struct slot *s, size_t n, int over)
{
	for (size_t i = 0; i < n && over > 0; i++) {
		int less = s[i].column->elide == ELIDE_ADDRESS ? CLAMP(s[i].width - OWN_LEAST, 0, over) : 0;

		s[i].width -= less;
		over -= less;
	}
	return over;
}

static void squeeze(struct slot *s, size_t n, int width)
{
	int over = squeeze_own(s, n, total(s, n) - width);

	for (int pass = 0; over > 0 && pass < 64; pass++) {
		bool shrunk = false;

		for (size_t i = 0; i < n && over > 0; i++) {
			const struct column *c = s[i].column;
			int least = c->elide == ELIDE_START ? MIN((int)c->width, OTHER_LEAST) : MAX(c->width / 2, 7);

			if (!c->flex || s[i].width <= least)
				continue;
			s[i].width--;
			over--;
			shrunk = true;
		}
		if (!shrunk)
			return;
	}
}

static void emit(struct layout *l, const struct slot *s, size_t n)
{
	*l = (struct layout){};
	for (size_t i = 0; i < n && l->count < LAYOUT_MAX; i++) {
		if (!s[i].in)
			continue;
		if (l->count)
			l->width++;
		l->columns[l->count++] = (struct layout_column){s[i].column, l->width, s[i].width};
		l->width += s[i].width;
	}
}

static void fit_default(struct layout *l, const struct table *t, int width, bool alike)
{
	struct slot s[LAYOUT_MAX];
	size_t n = 0;

	for (size_t i = 0; i < t->shown_count && n < LAYOUT_MAX; i++) {
		const struct table_shown *c = &t->shown[i];
		const struct column *column = table_find(t, c->name);
		bool apart = alike && c->alike;

		if (column)
			s[n++] = (struct slot){.column = column,
					       .width = c->least,
					       .good = c->good,
					       .max = c->most,
					       .rank = apart ? c->alike : c->rank,
					       .in = c->base || apart};
	}
	drop(s, n, width);
	widen(s, n, width);
	/* Extras only beside a whole base: otherwise a narrow screen would show odd ones. */
	if (width >= 80)
		add_extras(s, n, width);
	stretch(s, n, width);
	emit(l, s, n);
}

static void pin(struct layout *l, int width)
{
	const struct layout_column *c = l->columns;

	while (l->pinned + 1 < l->count && c->column->tells && c->x + c->width <= width / 2) {
		l->pinned++;
		c++;
	}
}

static void fit_chosen(struct layout *l, const struct columns *chosen, int width)
{
	struct slot s[LAYOUT_MAX];
	size_t n = MIN(chosen->count, (size_t)LAYOUT_MAX);

	for (size_t i = 0; i < n; i++) {
		const struct column *c = chosen->at[i];
		int wide = MAX((int)c->width, (int)strlen(c->title));

		s[i] = (struct slot){c, wide, wide, c->flex ? wide * 4 : wide, (int)i, true};
	}
	squeeze(s, n, width);
	stretch(s, n, width);
	emit(l, s, n);
	if (l->width > width)
		pin(l, width);
}

unsigned layout_needs(const struct layout *l)
{
	unsigned needs = 0;

	for (size_t i = 0; i < l->count; i++)
		needs |= l->columns[i].column->needs;
	return needs;
}

void layout_fit(struct layout *l, const struct table *t, const struct columns *chosen, int width, bool alike)
{
	if (chosen->count)
		fit_chosen(l, chosen, width);
	else
		fit_default(l, t, width, alike);
}

int layout_x(const struct layout *l, size_t left, size_t i)
{
	if (i < l->pinned)
		return l->columns[i].x;
	if (i < l->pinned + left)
		return -1;
	return l->columns[i].x - (l->columns[l->pinned + left].x - l->columns[l->pinned].x);
}

size_t layout_most_left(const struct layout *l, int width)
{
	size_t left = 0;

	while (l->pinned + left + 1 < l->count &&
	       layout_x(l, left, l->count - 1) + l->columns[l->count - 1].width > width)
		left++;
	return left;
}

size_t layout_left_for(const struct layout *l, size_t left, size_t i, int width)
{
	while (left && layout_x(l, left, i) < 0)
		left--;
	while (l->pinned + left < i && layout_x(l, left, i) + l->columns[i].width > width)
		left++;
	return left;
}

int layout_find(const struct layout *l, const struct column *c)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->columns[i].column == c)
			return (int)i;
	return -1;
}

int layout_default(struct columns *c, const struct table *t, int width, bool alike)
{
	struct layout l;
	int r = 0;

	fit_default(&l, t, width, alike);
	for (size_t i = 0; i < l.count && r == 0; i++)
		r = columns_add(c, l.columns[i].column);
	return r;
}
