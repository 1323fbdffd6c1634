/* Private to the view of the layers: its state, and what its files do for each other. */
#pragma once

#include "app.h"
#include "layers.h"
#include "query.h"

/* What the sockets can be ordered by. */
enum layers_sort {
	LAYERS_BY_TIME,
	LAYERS_BY_P50,
	LAYERS_BY_P99,
	LAYERS_BY_MAX,
	LAYERS_BY_N,
	LAYERS_BY_PID,
	LAYERS_SORTS
};

struct layers_entry {
	u64 id;
	double key; /* of the order; NaN: not known */
};

struct layers_view {
	struct view view;          /* first: views are cast to it */
	const struct query *query; /* borrowed: --filter */
	struct layers_entry *list; /* owned: the sockets, in order */
	u32 count, cap;
	u32 cursor, top, height; /* height: rows on the screen */
	u64 id;                  /* on which the cursor is; 0: the machine */
	bool moved;              /* by the user: until then the cursor stays on the machine */
	enum layer layer;        /* whose heat map and figures are shown */
	enum layers_sort sort;
	bool ascending;
	int list_line; /* of the pane: where the rows begin */
};

static inline struct layers_view *layers_view_of(struct view *v)
{
	return (struct layers_view *)v;
}

/* "TIME" …, and what it means. */
const char *layers_sort_title(enum layers_sort sort);
/* The layers of the row in the list; NULL: it has gone. *r receives the row. */
const struct layers *layers_view_entry(const struct layers_view *s, u32 i, const struct row **r);

/* layers_draw.c */
void layers_view_draw(struct view *v, const struct pane *p);
/* Draws the rows of one direction (the layers from first on) into a pane of 6 lines. */
void layers_draw_direction(const struct layers_view *s, const struct pane *p, enum layer first);

/* layers_list.c: the sockets below a heading, from line y on, in `lines` lines; and the last alarms. */
void layers_draw_list(struct layers_view *s, const struct pane *p, int y, int lines);
void layers_draw_events(const struct layers_view *s, const struct pane *p, int y, int lines);

/* layers_map.c: a heat map of the last ticks with the scale of durations beside it; time goes to the right. */
void layers_heat_draw(const struct app *app, const struct pane *p, u64 id, enum layer layer);
/* A bar of w columns, in eighths where the screen can show them. */
void layers_bar(const struct app *app, const struct pane *p, int y, int x, int w, double share, enum style style);
