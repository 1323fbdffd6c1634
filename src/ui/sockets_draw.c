/* Drawing the list of sockets: the line of marks, headings, rows, heads of groups, and what to say when there is none.
 * Only the rows in sight are looked at. */
#include <math.h>
#include <string.h>

#include "layers.h"
#include "sockets.h"
#include "text.h"
#include "units.h"

#define GUTTER 1 /* the column for the cursor's and the tag's mark */

/* -- marks -------------------------------------------------------------------------------------------------- */

static void mark(const struct pane *p, int *x, int end, enum style style, const char *text)
{
	int width = (int)text_width(text);

	if (*x + width > end)
		return;
	*x += pane_put(p, 0, *x, -1, style, text) + 2;
}

static void mark_tags(const struct sockets *s, const struct pane *p, int *x, int end)
{
	char text[96], rx[UNITS_MAX], tx[UNITS_MAX];
	double rx_rate = 0, tx_rate = 0;

	if (!s->tag_count)
		return;
	for (size_t i = 0; i < s->tag_count; i++) {
		u32 index = model_find(s->view.app->model, s->tags[i]);
		const struct row *r = index == IDMAP_NONE ? NULL : model_row(s->view.app->model, index);

		rx_rate += r && !isnan(r->rx_rate) ? (double)r->rx_rate : 0;
		tx_rate += r && !isnan(r->tx_rate) ? (double)r->tx_rate : 0;
	}
	units_rate(rx, rx_rate);
	units_rate(tx, tx_rate);
	snprintf(text, sizeof(text), "%zu tagged: rx %s/s tx %s/s", s->tag_count, rx, tx);
	mark(p, x, end, STYLE_TAGGED, text);
}

static u32 total_rows(const struct sockets *s)
{
	const struct totals *t = model_totals(s->view.app->model);

	return s->closed ? t->rows : t->live;
}

static void draw_marks(struct sockets *s, const struct pane *p)
{
	char right[64], n[UNITS_MAX], of[UNITS_MAX], text[64];
	bool down;
	const struct column *sort = list_sort(s->list, &down);
	int x = p->w >= 40 ? 1 : 0, end;

	units_grouped(n, list_count(s->list));
	units_grouped(of, total_rows(s));
	if (*s->filter)
		snprintf(right, sizeof(right), "%s%s of %s", n, s->changed ? "…" : "", of);
	else
		snprintf(right, sizeof(right), "%s %s", of, s->closed ? "rows" : "sockets");
	end = p->w - (int)text_width(right) - 1;
	if (end > 0)
		pane_put(p, 0, end, -1, STYLE_LABEL, right);
	end -= 2;
	if (*s->filter) {
		mark(p, &x, end, STYLE_LABEL, "filter");
		if (end - x > 8) {
			int width = MIN((int)text_width(s->filter), end - x);

			pane_cell(p, 0, x, width, false, STYLE_TEXT, s->filter);
			x += width + 2;
		}
	}
	if (s->follow)
		mark(p, &x, end, STYLE_MARK, " follow ");
	if (groups_by(s->groups) != GROUP_NONE) {
		snprintf(text, sizeof(text), "tree by %s", group_name(groups_by(s->groups)));
		mark(p, &x, end, STYLE_TITLE, text);
	}
	if (s->closed)
		mark(p, &x, end, STYLE_TITLE, "closed too");
	mark_tags(s, p, &x, end);
	if (*s->needle) {
		snprintf(text, sizeof(text), "find \"%.40s\"%s", s->needle, s->searching ? " …" : "");
		mark(p, &x, end, STYLE_LABEL, text);
	}
	if (sort && layout_find(&s->layout, sort) < 0) {
		snprintf(text, sizeof(text), "sorted by %s %s", sort->name, down ? "down" : "up");
		mark(p, &x, end, STYLE_LABEL, text);
	}
}

/* -- headings ----------------------------------------------------------------------------------------------- */

static int column_x(const struct sockets *s, size_t i)
{
	return GUTTER + s->layout.columns[i].x - s->layout.columns[s->left].x;
}

static void draw_heading(struct sockets *s, const struct pane *p, int y)
{
	bool down;
	const struct column *sort = list_sort(s->list, &down);

	pane_fill(p, y, 0, p->w, STYLE_HEADING);
	for (size_t i = s->left; i < s->layout.count; i++) {
		const struct layout_column *l = &s->layout.columns[i];
		bool right = l->column->align == ALIGN_RIGHT;
		int x = column_x(s, i), width = (int)strlen(l->column->title), at;

		if (x >= p->w)
			break;
		/* A title wider than its column may use the gap beside it. */
		at = right ? x + l->width - width : x;
		if (l->column == sort) {
			pane_ground(p, y, x, l->width, STYLE_SORTED);
			/* The arrow stands on the side where the title does not. */
			if (right)
				pane_char(p, y, MAX(at, x) - 1, STYLE_TEXT, down ? 0x25bc : 0x25b2);
			else
				pane_char(p, y, MIN(x + width, x + l->width), STYLE_TEXT, down ? 0x25bc : 0x25b2);
		}
		pane_put(p, y, MAX(at, x), l->width + (right ? 0 : 1), STYLE_TEXT, l->column->title);
	}
}

/* -- rows --------------------------------------------------------------------------------------------------- */

static bool is_flow_rate(const struct column *c)
{
	return strcmp(c->name, "rx_rate") == 0 || strcmp(c->name, "tx_rate") == 0;
}

/* Addresses keep their ends; our own address is the first thing that can be done without. */
static void draw_endpoint(const struct pane *p, int y, int x, int w, enum style style, const char *text, bool local)
{
	const char *port = strrchr(text, ':');

	if (local && port && (int)text_width(text) > w && w < 14)
		text = port;
	pane_tail(p, y, x, w, style, text);
}

enum style sockets_cell(const struct sockets *s, const struct column *c, const struct row *r, char *text, size_t size)
{
	static const enum style severities[] = {STYLE_TEXT, STYLE_WARN, STYLE_ALARM};
	const struct model *m = s->view.app->model;
	const struct record_tick *tick = model_tick(m);
	size_t n = column_format(c, m, r, text, size);

	if (n == 0) {
		/* A rate needs two samples: in the first tick of a row it is on its way. */
		if (c->unit == UNIT_RATE && is_flow_rate(c) && !r->closed && (!tick || r->first_tick >= tick->number))
			text_copy(text, size, "…");
		else
			text_copy(text, size, "");
		return STYLE_DIM;
	}
	/* What is only waited out is as pale as what has ended: there are many, and nothing is wrong with them. */
	if (r->closed || app_silent(s->view.app) || r->s.state == STATE_TIME_WAIT)
		return STYLE_CLOSED;
	if (strcmp(text, "0") == 0 || strcmp(text, "idle") == 0)
		return STYLE_DIM;
	if (r->tagged)
		return STYLE_TAGGED;
	return severities[CLAMP(table_severity(&socket_table, c, m, r), 0, 2)];
}

/* States whose beginnings are the same, for a column that is too narrow for their names. */
static void shorten_state(const struct row *r, char *text, size_t size)
{
	static const char *const names[STATE_COUNT] = {
	    [STATE_SYN_SENT] = "SYN-S",    [STATE_SYN_RECV] = "SYN-R",   [STATE_NEW_SYN_RECV] = "SYN-R",
	    [STATE_FIN_WAIT1] = "FIN-W1",  [STATE_FIN_WAIT2] = "FIN-W2", [STATE_TIME_WAIT] = "TIME-W",
	    [STATE_CLOSE_WAIT] = "CLOS-W", [STATE_LAST_ACK] = "LAST-A",
	};

	if (!r->closed && r->s.state < STATE_COUNT && names[r->s.state])
		text_copy(text, size, names[r->s.state]);
}

/* Shows where the searched text is within a cell. */
static void show_match(const struct sockets *s, const struct pane *p, int y, int x, int w, bool right, const char *text)
{
	const char *hit = *s->needle ? sockets_find(s, text) : NULL;
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

static void draw_cell(const struct sockets *s, const struct layout_column *l, const struct row *r, const struct pane *p,
		      int y, int x)
{
	char text[512];
	enum style style = sockets_cell(s, l->column, r, text, sizeof(text));
	bool right = l->column->align == ALIGN_RIGHT;

	if ((int)text_width(text) > l->width && strcmp(l->column->name, "state") == 0)
		shorten_state(r, text, sizeof(text));
	if (strcmp(l->column->name, "local") == 0 || strcmp(l->column->name, "remote") == 0)
		draw_endpoint(p, y, x, l->width, style, text, l->column->name[0] == 'l');
	else
		pane_cell(p, y, x, l->width, right, style, text);
	show_match(s, p, y, x, l->width, right, text);
}

static void draw_row(const struct sockets *s, const struct row *r, const struct pane *p, int y)
{
	if (r->tagged)
		pane_put(p, y, 0, 1, STYLE_TAGGED, "*");
	else if (layers_alarm(s->view.app->model, row_layers(s->view.app->model, r)))
		pane_put(p, y, 0, 1, STYLE_ALARM, "!");
	for (size_t i = s->left; i < s->layout.count; i++) {
		int x = column_x(s, i);

		if (x >= p->w)
			break;
		draw_cell(s, &s->layout.columns[i], r, p, y, x);
	}
}

/* What a group's head shows in a column; "" where a sum means nothing. */
static void sum_text(const struct group_sum *g, const char *column, char *text)
{
	*text = '\0';
	if (strcmp(column, "rx_rate") == 0 && !isnan(g->rx_rate))
		units_rate(text, g->rx_rate);
	else if (strcmp(column, "tx_rate") == 0 && !isnan(g->tx_rate))
		units_rate(text, g->tx_rate);
	else if (strcmp(column, "rx_bytes") == 0)
		units_count(text, g->rx_bytes);
	else if (strcmp(column, "tx_bytes") == 0)
		units_count(text, g->tx_bytes);
	else if (strcmp(column, "retrans") == 0)
		units_count(text, g->retrans);
	else if (strcmp(column, "drops") == 0)
		units_count(text, g->drops);
	else if (strcmp(column, "rtt_us") == 0 && g->rtt_max_us)
		units_usec(text, g->rtt_max_us);
}

static void draw_head(const struct sockets *s, const struct sockets_line *l, const struct pane *p, int y)
{
	const struct group_sum *g = groups_sum(s->groups, l->group.group);
	char text[160], n[UNITS_MAX];
	int end = p->w;

	for (size_t i = s->left; i < s->layout.count; i++) {
		const struct layout_column *c = &s->layout.columns[i];
		int x = column_x(s, i);

		sum_text(g, c->column->name, text);
		if (!*text || x >= p->w)
			continue;
		end = MIN(end, x);
		pane_cell(p, y, x, c->width, true, strcmp(text, "0") == 0 ? STYLE_DIM : STYLE_GROUP, text);
	}
	units_grouped(n, g->members);
	snprintf(text, sizeof(text), "%s  (%s)", g->label, n);
	pane_char(p, y, 0, STYLE_GROUP, l->group.folded ? 0x25b8 : 0x25be);
	pane_cell(p, y, 2, MAX(end - 3, 1), false, STYLE_GROUP, text);
	show_match(s, p, y, 2, MAX(end - 3, 1), false, text);
}

static void draw_line(const struct sockets *s, u32 i, const struct pane *p, int y)
{
	struct sockets_line l = sockets_line(s, i);

	if (l.head)
		draw_head(s, &l, p, y);
	else if (l.row)
		draw_row(s, l.row, p, y);
	if (i != s->cursor)
		return;
	if (!l.head)
		pane_put(p, y, 0, 1, STYLE_TEXT, ">");
	pane_ground(p, y, 0, p->w, STYLE_SELECTED);
}

/* -- nothing to show ---------------------------------------------------------------------------------------- */

static void draw_nothing(const struct sockets *s, const struct pane *p, int y)
{
	const struct app *app = s->view.app;
	char key[32], n[UNITS_MAX];
	int x = p->w >= 40 ? 2 : 0;

	if (!s->settled && s->changed)
		return;
	if (!app->whole_once && !total_rows(s)) {
		pane_put(p, y, x, -1, STYLE_LABEL,
			 app->ended ? "the recording holds no sockets" : "looking at the sockets…");
		return;
	}
	if (!*s->filter) {
		pane_put(p, y, x, -1, STYLE_LABEL, "no sockets");
		return;
	}
	keymap_text(&app->keymap, ACTION_BACK, " ", key, sizeof(key));
	pane_put(p, y, x, -1, STYLE_TEXT, "no socket matches the filter");
	units_grouped(n, s->count_before);
	if (*s->filter_before)
		pane_printf(p, y + 2, x, STYLE_LABEL, "before: %s matched  %s", n, s->filter_before);
	else
		pane_printf(p, y + 2, x, STYLE_LABEL, "before: %s sockets, no filter", n);
	pane_printf(p, y + 3, x, STYLE_LABEL, "%s clears the filter", key);
}

void sockets_draw(struct view *v, const struct pane *p)
{
	struct sockets *s = sockets_of(v);
	int y = 0;
	u32 lines;

	s->layout_room = MAX(p->w - GUTTER, 1);
	layout_fit(&s->layout, &s->columns, s->layout_room);
	s->left = s->layout.count ? MIN(s->left, s->layout.count - 1) : 0;
	if (s->layout.width <= p->w - GUTTER)
		s->left = 0;
	if (p->h >= 5) {
		struct pane line = pane_part(p, 0, y++, p->w, 1);

		draw_marks(s, &line);
	}
	s->heading_line = p->h >= 2 ? y++ : -1;
	if (s->heading_line >= 0 && s->layout.count)
		draw_heading(s, p, s->heading_line);
	s->height = (u32)MAX(p->h - y, 0);
	sockets_clamp(s);
	lines = sockets_lines(s);
	if (!lines)
		draw_nothing(s, p, y);
	for (u32 i = 0; i < s->height && s->top + i < lines; i++)
		draw_line(s, s->top + i, p, y + (int)i);
}
