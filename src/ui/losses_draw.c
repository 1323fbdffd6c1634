/* Drawing a list of losses: what it is worth, headings, events, heads of groups, and what to say when there is none. */
#include "losses_view.h"

#include <math.h>
#include <string.h>

#include "text.h"
#include "units.h"

#define GUTTER 1
#define GAP 1
#define COLUMNS_MAX 24

struct placed {
	const struct loss_column *column;
	int x, width;
};

/* -- columns ------------------------------------------------------------------------------------------------------ */

static bool is_for(const struct losses_view *v, const struct loss_column *c)
{
	return c->rank && c->kinds & v->kinds;
}

/* The most important that fit, in the order of the table; what room is left goes to those that can use it. */
static size_t place(const struct losses_view *v, int room, struct placed *at)
{
	int rank = 0, used = GUTTER - GAP;
	size_t n = 0, flex = 0;

	for (int r = 1; r <= UINT8_MAX; r++) {
		int width = 0;

		for (size_t i = 0; loss_column_at(i); i++)
			if (is_for(v, loss_column_at(i)) && loss_column_at(i)->rank == r)
				width += loss_column_at(i)->width + GAP;
		if (used + width > room && rank)
			break;
		used += width;
		rank = r;
	}
	for (size_t i = 0; loss_column_at(i) && n < COLUMNS_MAX; i++) {
		const struct loss_column *c = loss_column_at(i);

		if (!is_for(v, c) || c->rank > rank)
			continue;
		at[n++] = (struct placed){.column = c, .width = c->width};
		flex += c->flex > 0;
	}
	for (bool grown = flex; grown && used < room;) {
		grown = false;
		for (size_t i = 0; i < n && used < room; i++) {
			if (at[i].width >= at[i].column->flex)
				continue;
			at[i].width++;
			used++;
			grown = true;
		}
	}
	for (size_t i = 0, x = GUTTER; i < n; x += (size_t)at[i++].width + GAP)
		at[i].x = (int)x;
	return n;
}

static void draw_heading(const struct pane *p, int y, const struct placed *at, size_t n)
{
	pane_fill(p, y, 0, p->w, STYLE_HEADING);
	for (size_t i = 0; i < n; i++)
		pane_cell(p, y, at[i].x, at[i].width, at[i].column->right, STYLE_TEXT, at[i].column->title);
}

/* -- events ------------------------------------------------------------------------------------------------------- */

static enum style event_style(const struct losses_view *v, const struct loss *l, const struct loss_column *c)
{
	const struct record_tick *tick = model_tick(v->view.app->model);
	bool fresh = tick && l->tick == tick->number;

	if (app_silent(v->view.app))
		return STYLE_CLOSED;
	if (strcmp(c->name, "reason") == 0 || strcmp(c->name, "cause") == 0)
		return fresh ? STYLE_WARN : STYLE_TEXT;
	if (strcmp(c->name, "note") == 0)
		return l->marks & LOSS_DROPPED_HERE ? STYLE_ALARM : STYLE_WARN;
	return strcmp(c->name, "time") == 0 && !fresh ? STYLE_DIM : STYLE_TEXT;
}

static void draw_event(const struct losses_view *v, const struct loss *l, const struct pane *p, int y,
		       const struct placed *at, size_t n)
{
	char text[LOSS_TEXT_MAX];

	for (size_t i = 0; i < n; i++) {
		const struct loss_column *c = at[i].column;
		enum style style = event_style(v, l, c);

		if (!(c->kinds & LOSS_BIT(l->r.kind)) ||
		    !(c->show ? c->show : c->get)(v->view.app->model, l, text, sizeof(text)))
			continue;
		if (strcmp(c->name, "local") == 0 || strcmp(c->name, "remote") == 0)
			pane_tail(p, y, at[i].x, at[i].width, style, text);
		else
			pane_cell(p, y, at[i].x, at[i].width, c->right, style, text);
	}
}

static void draw_head(const struct losses_view *v, const struct losses_group *g, const struct pane *p, int y)
{
	double seconds = model_tick_seconds(v->view.app->model);
	char count[UNITS_MAX], rate[UNITS_MAX], text[200];
	int x = p->w;

	units_rate(rate, isnan(seconds) || seconds <= 0 ? 0 : (double)g->moved / seconds);
	units_grouped(count, g->count);
	x -= 10;
	if (x > 40) {
		snprintf(text, sizeof(text), "%s/s", rate);
		pane_cell(p, y, x, 8, true, g->moved ? STYLE_WARN : STYLE_DIM, text);
		x -= 12;
		pane_cell(p, y, x, 11, true, STYLE_GROUP, count);
	}
	pane_char(p, y, 0, STYLE_GROUP, g->unfolded ? 0x25be : 0x25b8);
	pane_cell(p, y, 2, MAX(MIN(x - 3, p->w - 3), 1), false, STYLE_GROUP, g->label);
}

static void draw_line(const struct losses_view *v, u32 i, const struct pane *p, int y, const struct placed *at,
		      size_t n)
{
	const struct losses_line *line = &v->lines[i];
	const struct loss *l = model_loss(v->view.app->model, line->number);

	if (line->head)
		draw_head(v, &v->groups[line->group], p, y);
	else if (l)
		draw_event(v, l, p, y, at, n);
	if (i != v->cursor)
		return;
	if (!line->head)
		pane_put(p, y, 0, 1, STYLE_TEXT, ">");
	pane_ground(p, y, 0, p->w, STYLE_SELECTED);
}

/* -- marks -------------------------------------------------------------------------------------------------------- */

static void mark(const struct pane *p, int *x, int end, enum style style, const char *text)
{
	if (*x + (int)text_width(text) <= end)
		*x += pane_put(p, 0, *x, -1, style, text) + 2;
}

/* What was freed and is no loss; as much of it as there is room for. */
static void draw_no_losses(const struct pane *p, int *x, int end, const struct record_losses *worth)
{
	const struct {
		u64 count;
		const char *what;
	} parts[] = {
	    {worth->unmissed, "nobody misses"},
	    {worth->foreign, "not for us"},
	    {worth->purged, "left in queues"},
	};
	char text[64], n[UNITS_MAX];
	const char *before = "no losses: ";

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!parts[i].count)
			continue;
		units_count(n, parts[i].count);
		snprintf(text, sizeof(text), "%s%s %s", before, n, parts[i].what);
		mark(p, x, end, STYLE_DIM, text);
		before = "";
	}
}

static const char *by_name(const struct losses_view *v)
{
	if (v->by == LOSSES_BY_REASON)
		return v->kinds & LOSS_BIT(LOSS_RETRANSMIT) ? "by type" : "by reason";
	return v->by == LOSSES_BY_SOCKET ? "by socket" : NULL;
}

/* How many there were, and which of them are not in the list. */
static void draw_marks(const struct losses_view *v, const struct pane *p)
{
	const struct model *m = v->view.app->model;
	const struct record_losses *worth = model_losses(m);
	char text[128], n[UNITS_MAX], of[UNITS_MAX];
	const struct loss_count *c;
	u64 total = 0, kept = v->events;
	int x = p->w >= 40 ? 1 : 0, end;

	for (size_t i = 0; (c = model_loss_count(m, i)); i++) {
		struct record_loss r = loss_count_event(c);

		total += v->kinds & LOSS_BIT(c->r.kind) && (!v->errors || loss_is_error(m, &r)) ? c->r.count : 0;
	}
	units_grouped(n, total);
	units_grouped(of, kept);
	/* How many were the filter's sockets' in all is not counted. */
	if (v->query)
		snprintf(text, sizeof(text), "%s listed", of);
	else
		snprintf(text, sizeof(text), "%s %sin all, %s listed", n,
			 v->kinds & LOSS_BIT(LOSS_RETRANSMIT) ? "segments " : "", of);
	end = p->w - (int)text_width(text) - 1;
	if (end > 0)
		pane_put(p, 0, end, -1, STYLE_LABEL, text);
	end -= 2;
	mark(p, &x, end, STYLE_TITLE, v->errors ? "invalid sequence or checksum" : v->view.class->title);
	if (by_name(v))
		mark(p, &x, end, STYLE_TITLE, by_name(v));
	if (v->query) {
		mark(p, &x, end, STYLE_LABEL, "filter");
		if (x < end)
			x += pane_put(p, 0, x, end - x, STYLE_TEXT, v->view.app->o->filter) + 2;
	}
	if (worth && worth->limited + worth->lost) {
		units_grouped(n, worth->limited + worth->lost);
		units_grouped(of, worth->limit);
		snprintf(text, sizeof(text), "%s only counted (more than %s/s)", n, of);
		mark(p, &x, end, STYLE_WARN, text);
	}
	if (worth && v->kinds & LOSS_BIT(LOSS_DROP))
		draw_no_losses(p, &x, end, worth);
}

/* The hooks that serve the view's kinds: why there can be nothing to show. */
static const char *unserved(const struct losses_view *v)
{
	static const u8 needs[LOSS_KINDS] = {
	    [LOSS_DROP] = TELLS_DROPS,
	    [LOSS_RETRANSMIT] = TELLS_RETRANSMITS,
	    [LOSS_RESET_SENT] = TELLS_RESETS_SENT,
	    [LOSS_RESET_RECEIVED] = TELLS_RESETS_RECEIVED,
	};
	const struct record_feature *f;

	for (size_t i = 0; (f = model_feature(v->view.app->model, i)); i++)
		for (unsigned kind = LOSS_RETRANSMIT; kind < LOSS_KINDS; kind++)
			if (v->kinds & LOSS_BIT(kind) && f->number == needs[kind] && !f->hook[0])
				return (const char *)f->reason;
	return NULL;
}

static void draw_nothing(const struct losses_view *v, const struct pane *p, int y)
{
	const struct app *app = v->view.app;
	const char *why = unserved(v);
	int x = p->w >= 40 ? 2 : 0;

	if (why)
		pane_printf(p, y, x, STYLE_WARN, "this kernel cannot tell of them: %s (see skbtop --doctor)",
			    *why ? why : "no hook");
	else if (!model_losses(app->model))
		pane_put(p, y, x, -1, STYLE_LABEL, app->live ? "attaching…" : "the recording tells of none");
	else if (v->query)
		pane_put(p, y, x, -1, STYLE_LABEL, "none so far of a socket that matches the filter");
	else if (v->errors)
		pane_put(p, y, x, -1, STYLE_LABEL, "no invalid sequence number or checksum so far");
	else
		pane_put(p, y, x, -1, STYLE_LABEL, "none so far");
}

void losses_draw(struct view *view, const struct pane *p)
{
	struct losses_view *v = losses_of(view);
	struct placed at[COLUMNS_MAX];
	size_t n = place(v, p->w, at);
	int y = 0;

	if (p->h >= 5) {
		struct pane line = pane_part(p, 0, y++, p->w, 1);

		draw_marks(v, &line);
	}
	if (p->h >= 2)
		draw_heading(p, y++, at, n);
	if (v->height != (u32)MAX(p->h - y, 0)) {
		v->height = (u32)MAX(p->h - y, 0);
		if (v->pinned)
			losses_move(v, v->cursor);
	}
	if (!v->line_count)
		draw_nothing(v, p, y);
	for (u32 i = 0; i < v->height && v->top + i < v->line_count; i++)
		draw_line(v, v->top + i, p, y + (int)i, at, n);
}
