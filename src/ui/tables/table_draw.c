/* Drawing the list of a table: the line of marks, headings, rows, heads of groups, and what to say when there is none.
 * Only the rows in sight are looked at. */
#include <string.h>

#include "table_view.h"
#include "text.h"
#include "units.h"

#define CLOCK_MSEC 12 /* "22:30:04.001" */
#define GUTTER 1      /* the column for the cursor's and the tag's mark */

/* -- marks -------------------------------------------------------------------------------------------------- */

void table_view_mark(const struct pane *p, int *x, int end, enum style style, const char *text)
{
	int width = (int)text_width(text);

	if (*x + width > end)
		return;
	*x += pane_put(p, 0, *x, -1, style, text) + 2;
}

void table_view_alarm(const struct pane *p, int *x, int end, u64 n, const char *what)
{
	char text[80], number[UNITS_MAX];

	if (!n)
		return;
	units_grouped(number, n);
	snprintf(text, sizeof(text), "%s %s", number, what);
	table_view_mark(p, x, end, STYLE_WARN, text);
}

void table_view_counts(const struct table_view *s, u64 all, char *text, size_t size)
{
	char n[UNITS_MAX], of[UNITS_MAX];

	units_grouped(n, all);
	units_grouped(of, list_count(s->list));
	snprintf(text, size, "%s in all, %s listed", n, of);
}

static void mark_tags(const struct table_view *s, const struct pane *p, int *x, int end)
{
	char text[128], sums[96] = "";

	if (!s->tag_count)
		return;
	if (s->ops->tagged)
		s->ops->tagged(s, sums, sizeof(sums));
	snprintf(text, sizeof(text), "%zu tagged%s%s", s->tag_count, *sums ? ": " : "", sums);
	table_view_mark(p, x, end, STYLE_TAGGED, text);
}

static void mark_filter(const struct table_view *s, const struct pane *p, int *x, int end)
{
	int width;

	if (!*s->filter)
		return;
	table_view_mark(p, x, end, STYLE_LABEL, s->plain ? "text" : "filter");
	if (end - *x <= 8)
		return;
	width = MIN((int)text_width(s->filter), end - *x);
	pane_cell(p, 0, *x, width, false, STYLE_TEXT, s->filter);
	*x += width + 2;
}

/* Rows that the list does without. */
static u32 left_out(const struct table_view *s)
{
	return s->quiet && !s->closed && s->t->waiting_rows ? s->t->waiting_rows(s->rows) : 0;
}

static void mark_left_out(const struct table_view *s, const struct pane *p, int *x, int end)
{
	char text[96], n[UNITS_MAX], key[32];

	if (!left_out(s))
		return;
	units_grouped(n, left_out(s));
	keymap_text(&s->view.app->keymap, ACTION_CLOSED, " or ", key, sizeof(key));
	snprintf(text, sizeof(text), "%s %s hidden, %s: all", n, s->t->waiting_words, key);
	table_view_mark(p, x, end, STYLE_DIM, text);
}

static void counts_text(const struct table_view *s, char *text, size_t size)
{
	const u32 all = s->t->rows(s->rows, s->closed) - left_out(s);
	char n[UNITS_MAX], of[UNITS_MAX];

	if (s->ops->counts) {
		s->ops->counts(s, text, size);
		return;
	}
	units_grouped(n, list_count(s->list));
	units_grouped(of, all);
	if (*s->filter)
		snprintf(text, size, "%s%s of %s", n, s->changed ? "…" : "", of);
	else
		table_counted(s->t, all, text, size);
}

void table_view_draw_marks(struct table_view *s, const struct pane *p)
{
	char right[128], text[64];
	bool down;
	const struct column *sort = list_sort(s->list, &down);
	int x = p->w >= 40 ? 1 : 0, end;

	counts_text(s, right, sizeof(right));
	end = p->w - (int)text_width(right) - 1;
	if (end > 0)
		pane_put(p, 0, end, -1, STYLE_LABEL, right);
	end -= 2;
	if (s->view.class != app_class_at(s->view.app, 0))
		table_view_mark(p, &x, end, STYLE_TITLE, s->view.class->title);
	if (s->ops->alarms)
		s->ops->alarms(s, p, &x, end);
	mark_filter(s, p, &x, end);
	if (groups_by(s->groups)) {
		snprintf(text, sizeof(text), "tree by %s", groups_by(s->groups)->name);
		table_view_mark(p, &x, end, STYLE_TITLE, text);
	}
	if (s->closed && (s->t->ended || s->t->waiting))
		table_view_mark(p, &x, end, STYLE_TITLE, s->t->all_words ? s->t->all_words : "closed too");
	mark_tags(s, p, &x, end);
	if (*s->needle) {
		snprintf(text, sizeof(text), "find \"%.40s\"%s", s->needle, s->searching ? " …" : "");
		table_view_mark(p, &x, end, STYLE_LABEL, text);
	}
	if (s->follow || (table_view_lines(s) && table_view_follows_newest(s)))
		table_view_mark(p, &x, end, STYLE_MARK, " follow ");
	if (s->ops->marks)
		s->ops->marks(s, p, &x, end);
	mark_left_out(s, p, &x, end);
	if (sort && layout_find(&s->layout, sort) < 0) {
		snprintf(text, sizeof(text), "sorted by %s %s", sort->name, down ? "down" : "up");
		table_view_mark(p, &x, end, STYLE_LABEL, text);
	}
}

/* -- headings ----------------------------------------------------------------------------------------------- */

/* -1: it is scrolled out. */
static int column_x(const struct table_view *s, size_t i)
{
	int x = layout_x(&s->layout, s->left, i);

	return x < 0 ? x : GUTTER + x;
}

/* Where the i-th column is and how much of it is seen. A number that is cut would be another number. */
static bool column_seen(const struct table_view *s, const struct pane *p, size_t i, int *x, int *w)
{
	const struct layout_column *l = &s->layout.columns[i];

	*x = column_x(s, i);
	*w = MIN(l->width, p->w - *x);
	return *x >= 0 && *w > 0 && (*w == l->width || l->column->align == ALIGN_LEFT);
}

int table_view_column_at(const struct table_view *s, int x)
{
	for (size_t i = 0; i < s->layout.count; i++) {
		int from = column_x(s, i);

		if (from >= 0 && x >= from - 1 && x < from + s->layout.columns[i].width)
			return (int)i;
	}
	return -1;
}

/* There is more to the left, to the right. */
static void mark_scrolled(const struct table_view *s, const struct pane *p, int y)
{
	if (s->left)
		pane_put(p, y, column_x(s, s->layout.pinned + s->left) - 1, 1, STYLE_MARK, "<");
	if (s->left < layout_most_left(&s->layout, s->layout_room))
		pane_put(p, y, p->w - 1, 1, STYLE_MARK, ">");
}

static void draw_heading(struct table_view *s, const struct pane *p, int y)
{
	bool down;
	const struct column *sort = list_sort(s->list, &down);
	char buffer[TITLE_MAX];

	pane_fill(p, y, 0, p->w, STYLE_HEADING);
	for (size_t i = 0; i < s->layout.count; i++) {
		const struct column *c = s->layout.columns[i].column;
		const char *title = table_title(s->t, c, buffer);
		bool right = c->align == ALIGN_RIGHT;
		int width = (int)strlen(title), x, w, at;

		if (!column_seen(s, p, i, &x, &w))
			continue;
		/* A title wider than its column may use the gap beside it. */
		at = right ? x + w - width : x;
		if (c == sort) {
			pane_ground(p, y, x, w, STYLE_SORTED);
			/* The arrow stands on the side where the title does not. */
			if (right)
				pane_char(p, y, MAX(at, x) - 1, STYLE_TEXT, down ? 0x25bc : 0x25b2);
			else
				pane_char(p, y, MIN(x + width, x + w), STYLE_TEXT, down ? 0x25bc : 0x25b2);
		}
		pane_put(p, y, MAX(at, x), w + (right ? 0 : 1), STYLE_TEXT, title);
	}
	mark_scrolled(s, p, y);
}

/* -- rows --------------------------------------------------------------------------------------------------- */

static unsigned look_at(const struct table_view *s, const void *row)
{
	unsigned look = s->t->look ? s->t->look(s->rows, row) : 0;
	u64 id = s->t->id(row);

	for (size_t i = 0; !(look & LOOK_TAGGED) && i < s->tag_count; i++)
		look |= s->tags[i] == id ? LOOK_TAGGED : 0;
	return look;
}

enum style table_view_cell(const struct table_view *s, const struct column *c, const void *row, char *text, size_t size)
{
	static const enum style severities[] = {STYLE_DIM, STYLE_TEXT, STYLE_WARN, STYLE_ALARM};
	unsigned look = look_at(s, row);
	enum style style;
	double difference;

	if (s->before && column_has_difference(c)) {
		if (!column_difference(s->t, c, s->rows, row, s->before, &difference))
			return *text = '\0', STYLE_DIM;
		column_format_difference(c, difference, s->view.app->units, text, size);
	} else if (column_format(c, s->rows, row, s->view.app->units, text, size) == 0) {
		/* It needs two samples: in the first tick of a row it is on its way. */
		text_copy(text, size, c->settles && look & LOOK_NEW ? "…" : "");
		return STYLE_DIM;
	}
	if (look & LOOK_PALE || app_silent(s->view.app))
		return STYLE_CLOSED;
	style = severities[CLAMP(table_severity(s->t, c, s->rows, row), -1, 2) + 1];
	if (strcmp(text, "0") == 0 || style == STYLE_DIM)
		return STYLE_DIM;
	if (look & LOOK_TAGGED)
		return STYLE_TAGGED;
	return s->ops->style ? s->ops->style(s, c, row, style) : style;
}

/* Shows where the searched text is within a cell. */
static void show_match(const struct table_view *s, const struct pane *p, int y, int x, int w, bool right,
		       const char *text)
{
	const char *hit = *s->needle ? table_view_find(s, text) : NULL;
	int width = (int)text_width(text), before = 0;
	size_t used;

	if (!hit)
		return;
	if (width > w) {
		pane_style(p, y, x, w, STYLE_MATCH);
		return;
	}
	for (const char *at = text; at < hit;) {
		size_t n = text_fit(at, 1, &used);

		if (n == 0)
			n = text_fit(at, 2, &used);
		if (n == 0)
			break;
		before += (int)used;
		at += n;
	}
	pane_style(p, y, (right ? x + w - width : x) + before, MIN((int)text_width(s->needle), w - before),
		   STYLE_MATCH);
}

static void draw_text(const struct column *c, const struct pane *p, int y, int x, int w, enum style style,
		      const char *text)
{
	const char *port = c->elide == ELIDE_ADDRESS ? strrchr(text, ':') : NULL;

	/* Our own address is the first thing that can be done without. */
	if (port && (int)text_width(text) > w && w < 14)
		text = port;
	if (c->elide == ELIDE_END)
		pane_cell(p, y, x, w, c->align == ALIGN_RIGHT, style, text);
	else
		pane_tail(p, y, x, w, style, text);
}

/* A word that is too wide for its column may have a short form. */
static void shorten(const struct table_view *s, const struct column *c, int width, const void *row, char *text,
		    size_t size)
{
	const char *brief;
	struct value v;

	/* Of a time of day the milliseconds are left. */
	if ((c->unit == UNIT_TIME || c->unit == UNIT_TIME_NSEC) && (int)strlen(text) > width)
		text[MIN(strlen(text), (size_t)CLOCK_MSEC)] = '\0';
	if (!c->brief || (int)text_width(text) <= width || !c->get(c, s->rows, row, &v))
		return;
	brief = c->brief((unsigned)v.integer);
	if (brief)
		text_copy(text, size, brief);
	if (brief && c->unit == UNIT_STATE)
		text_upper(text);
}

static void draw_cell(const struct table_view *s, const struct column *c, const void *row, const struct pane *p, int y,
		      int x, int w)
{
	char text[512];
	enum style style;

	if (s->ops->cell && s->ops->cell(s, c, row, p, y, x, w))
		return;
	style = table_view_cell(s, c, row, text, sizeof(text));
	if (s->before && column_has_difference(c) && (int)text_width(text) > w)
		column_shorten_difference(text);
	if (c->series)
		column_spark(c, s->rows, row, (size_t)w, s->view.app->charset, text, sizeof(text));
	else
		shorten(s, c, w, row, text, sizeof(text));
	draw_text(c, p, y, x, w, style, text);
	show_match(s, p, y, x, w, c->align == ALIGN_RIGHT, text);
}

static void draw_row(const struct table_view *s, const void *row, const struct pane *p, int y)
{
	unsigned look = look_at(s, row);

	if (look & LOOK_TAGGED)
		pane_put(p, y, 0, 1, STYLE_TAGGED, "*");
	else if (look & LOOK_ALARM)
		pane_put(p, y, 0, 1, STYLE_ALARM, "!");
	for (size_t i = 0; i < s->layout.count; i++) {
		int x, w;

		if (column_seen(s, p, i, &x, &w))
			draw_cell(s, s->layout.columns[i].column, row, p, y, x, w);
	}
}

static void draw_head(const struct table_view *s, const struct table_line *l, const struct pane *p, int y)
{
	const struct group_sum *g = groups_sum(s->groups, l->group.group);
	char text[GROUP_LABEL_MAX + UNITS_MAX + 8], n[UNITS_MAX];
	int limit = s->ops->head ? s->ops->head(s, g, p, y) : p->w, end = limit;
	struct value v;

	for (size_t i = 0; i < s->layout.count; i++) {
		const struct column *c = s->layout.columns[i].column;
		int x, w;

		if (c->series || !column_seen(s, p, i, &x, &w) || x >= limit || !groups_value(s->groups, g, c, &v))
			continue;
		column_format_number(c, &v, s->view.app->units, text);
		end = MIN(end, x);
		pane_cell(p, y, x, w, true, strcmp(text, "0") == 0 ? STYLE_DIM : STYLE_GROUP, text);
	}
	units_grouped(n, g->members);
	snprintf(text, sizeof(text), "%s  (%s)", g->label, n);
	pane_char(p, y, 0, STYLE_GROUP, l->group.folded ? 0x25b8 : 0x25be);
	pane_cell(p, y, 2, MAX(end - 3, 1), false, STYLE_GROUP, text);
	show_match(s, p, y, 2, MAX(end - 3, 1), false, text);
}

static void draw_line(const struct table_view *s, u32 i, const struct pane *p, int y)
{
	struct table_line l = table_view_line(s, i);

	if (l.head)
		draw_head(s, &l, p, y);
	else if (l.row)
		draw_row(s, l.row, p, y);
	if (i != s->cursor || table_view_is_aside(s))
		return;
	if (!l.head)
		pane_put(p, y, 0, 1, STYLE_TEXT, ">");
	pane_ground(p, y, 0, p->w, STYLE_SELECTED);
}

/* -- nothing to show ---------------------------------------------------------------------------------------- */

void table_view_draw_unserved(const struct pane *p, int y, const struct record_feature *f, const char *what)
{
	int x = p->w >= 40 ? 2 : 0;

	pane_printf(p, y, x, STYLE_WARN, "this kernel does not let %s", what);
	pane_printf(p, y + 1, x, STYLE_LABEL, "%.32s: %.200s", (const char *)f->name, (const char *)f->reason);
}

static void draw_nothing(const struct table_view *s, const struct pane *p, int y)
{
	const struct app *app = s->view.app;
	char key[32], before[64];
	int x = p->w >= 40 ? 2 : 0;

	if ((!s->settled && s->changed) || (s->ops->nothing && s->ops->nothing(s, p, y)))
		return;
	if ((!app->whole_once || !s->t->generation(s->rows)) && !s->t->rows(s->rows, s->closed)) {
		pane_printf(p, y, x, STYLE_LABEL, app->ended ? "the recording holds no %s" : "looking at the %s…",
			    s->t->many);
		return;
	}
	if (!*s->filter) {
		pane_printf(p, y, x, STYLE_LABEL, "no %s", s->t->many);
		return;
	}
	keymap_text(&app->keymap, ACTION_BACK, " ", key, sizeof(key));
	pane_printf(p, y, x, STYLE_TEXT, "no %s matches the filter", s->t->one);
	table_counted(s->t, s->count_before, before, sizeof(before));
	if (s->count_before && *s->filter_before)
		pane_printf(p, y + 2, x, STYLE_LABEL, "before: %s matched  %s", before, s->filter_before);
	else if (s->count_before)
		pane_printf(p, y + 2, x, STYLE_LABEL, "before: %s, no filter", before);
	pane_printf(p, y + (s->count_before ? 3 : 2), x, STYLE_LABEL, "%s clears the filter", key);
}

/* Of what is not seen nobody needs a sum. */
static void want_sums(struct table_view *s)
{
	bool more = false;

	for (size_t i = 0; i < s->layout.count; i++) {
		if (s->fold)
			fold_want(s->fold, s->layout.columns[i].column);
		if (s->fold_before)
			fold_want(s->fold_before, s->layout.columns[i].column);
		if (groups_by(s->groups))
			more |= groups_want(s->groups, s->layout.columns[i].column);
	}
	if (more)
		groups_abandon(s->groups);
	if (more || (s->fold && s->settled && !fold_whole(s->fold)))
		table_view_restart(s, false);
}

static void make_layout(struct table_view *s, int width)
{
	unsigned needs = layout_needs(&s->layout);

	table_view_look_for_alike(s);
	s->layout_room = MAX(width - GUTTER, 1);
	layout_fit(&s->layout, s->t, &s->columns, s->layout_room, s->alike);
	if (needs != layout_needs(&s->layout))
		table_view_ask_needs(s); /* the default set goes with the width */
	want_sums(s);
	s->left = MIN(s->left, layout_most_left(&s->layout, s->layout_room));
}

/* Which rows and columns are seen in a pane. */
static void place(struct table_view *s, const struct pane *p)
{
	int heading = p->h >= 2, above = p->y - s->view.pane.y;

	s->heading_line = heading ? above : -1;
	s->first_line = above + heading;
	s->height = (u32)MAX(p->h - heading, 0);
	table_view_clamp(s);
	make_layout(s, p->w);
}

static void draw_placed(struct table_view *s, const struct pane *p)
{
	int heading = s->heading_line >= 0;
	u32 lines = table_view_lines(s);

	if (heading && s->layout.count)
		draw_heading(s, p, 0);
	if (!lines)
		draw_nothing(s, p, heading);
	for (u32 i = 0; i < s->height && s->top + i < lines; i++)
		draw_line(s, s->top + i, p, heading + (int)i);
}

void table_view_draw_rows(struct table_view *s, const struct pane *p)
{
	place(s, p);
	draw_placed(s, p);
}

void table_view_draw(struct view *v, const struct pane *p)
{
	struct table_view *s = table_view_of(v);
	int own = p->h >= 12 ? s->ops->lines : MIN(s->ops->lines, p->h >= 6), marks = p->h >= 5, top = own + marks;
	struct pane above = pane_part(p, 0, 0, p->w, own), line = pane_part(p, 0, own, p->w, marks);
	struct pane rest = pane_part(p, 0, top, p->w, p->h - top);

	place(s, &rest);
	if (s->ops->above)
		s->ops->above(s, &above);
	draw_placed(s, &rest);
	if (marks)
		table_view_draw_marks(s, &line);
}
