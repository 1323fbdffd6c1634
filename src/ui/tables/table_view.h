/* The list of a table's rows on the screen: cursor that sticks to its row, paging, wheel, order, filter, search, tags,
 * tree, columns, closed rows. A view is a table_view with a few functions of its own (struct table_view_ops). */
#pragma once

#include "app.h"
#include "fold.h"
#include "group.h"
#include "idmap.h"
#include "layout.h"
#include "list.h"

struct table_view;

/* What a view adds; each may be NULL. */
struct table_view_ops {
	size_t size; /* of the view, that begins with a table_view; 0: it is no more */
	u8 lines;    /* that above() would have */
	/* Enter on a row. */
	void (*open)(struct table_view *s, const void *row);
	/* A row was tagged, or is no more; by its id. */
	void (*tag)(struct table_view *s, u64 id, bool tagged);
	/* The view's own lines, above all others: as many as the pane has, or none. The rows in sight are known. */
	void (*above)(struct table_view *s, const struct pane *p);
	/* Draws a cell of w columns in place of its text. false: not this one. */
	bool (*cell)(const struct table_view *s, const struct column *c, const void *row, const struct pane *p, int y,
		     int x, int w);
	/* Marks in the line above the headings, from *x on, up to end: what alarms comes first of all, the others
	 * last. */
	void (*alarms)(const struct table_view *s, const struct pane *p, int *x, int end);
	void (*marks)(const struct table_view *s, const struct pane *p, int *x, int end);
	/* What the tagged rows have together; for the line above the headings. */
	void (*tagged)(const struct table_view *s, char *text, size_t size);
	/* The words at the right of that line. */
	void (*counts)(const struct table_view *s, char *text, size_t size);
	/* There are no rows: says why, in place of the usual words. false: no other reason. */
	bool (*nothing)(const struct table_view *s, const struct pane *p, int y);
	/* An action that lists do not know. */
	bool (*action)(struct table_view *s, enum action a);
	/* Style of a cell, where the column does not say all. */
	enum style (*style)(const struct table_view *s, const struct column *c, const void *row, enum style style);
	/* Right of a group's head: what is known beside its sums. Returns where that begins; p->w: nowhere. */
	int (*head)(const struct table_view *s, const struct group_sum *g, const struct pane *p, int y);
};

struct table_view {
	struct view view; /* first: views are cast to it */
	const struct table *t;
	const void *rows;           /* borrowed: the picture that they are of */
	struct folded *fold;        /* owned: that picture, where the table is a fold; NULL: it is none */
	const void *before;         /* borrowed: what numbers are compared with; NULL: nothing */
	struct folded *fold_before; /* owned: that picture, where the table is a fold */
	const struct table_view_ops *ops;
	struct list *list;
	struct groups *groups;
	struct query *query; /* borrowed by the list, too */
	struct query *typed; /* owned: the same, unless it is the command line's */
	char filter[PROMPT_MAX + 1];
	bool plain;                         /* the filter is text that a shown column has */
	bool given;                         /* the view was opened with it: Esc leaves both */
	char filter_before[PROMPT_MAX + 1]; /* the filter before this one, and how much it showed */
	u32 count_before;

	struct columns columns; /* owned; count 0: the default set */
	struct layout layout;
	int layout_room; /* columns of the screen that the layout was made for */
	size_t left;     /* columns of the layout that are scrolled out to the left of the others */
	u8 alike;        /* ticks for which rows that looked alike go on being told apart; 0: none did lately */
	bool closed;     /* rows that have ended too, and those that are only waited out */
	bool quiet;      /* … which are left out else, unless the filter asks for states */

	/* The cursor sticks to what it is on. Until it was moved, the list stays at its top. */
	u32 top, cursor;
	u32 height;                     /* rows on the screen */
	bool pinned, follow;            /* events: table_view_follows_newest() */
	const struct column *own_order; /* that of the table itself; of events, the order of time */
	bool aside;                     /* set by the view: until it was moved, the cursor is above the first row */
	bool rated;                     /* the order has rates to go by */
	bool on_head;                   /* the cursor is on a group's head … */
	u64 key;                        /* … with this key, else on the row with this id; 0: nowhere */
	bool settled;                   /* the list is whole, and the cursor was found again in it */
	bool changed;                   /* the user changed the list: show it while it grows … */
	bool placed;                    /* … and the cursor is already where it will be */

	u64 *tags; /* ids; owned */
	size_t tag_count;

	char needle[256]; /* searched text; "" none */
	bool searching;   /* in slices, see table_view_search_work */
	int search_step;
	u32 search_at, search_left, search_origin;
	int heading_line, first_line; /* of the view's pane: the headings (-1: not drawn), and the first row */
};

/* A line of the list or of the tree. */
struct table_line {
	bool head;
	struct group_line group; /* head */
	u32 index;               /* of the row, or IDMAP_NONE */
	const void *row;         /* NULL for heads and for rows that are gone */
};

static inline struct table_view *table_view_of(struct view *v)
{
	return (struct table_view *)v;
}

/* -- for views ----------------------------------------------------------------------------------------------------- */

/* Makes the view of a table: for view_class.open. picture: of a fold that of its source. */
int table_view_open(struct view **v, struct app *app, const struct view_class *class, const struct table *t,
		    const void *picture, const struct table_view_ops *ops, struct error *err) must_check;
/* The rest of a view_class. */
void table_view_close(struct view *v);
void table_view_draw(struct view *v, const struct pane *p);
bool table_view_action(struct view *v, enum action a);
void table_view_mouse(struct view *v, const struct mouse *m);
void table_view_tick(struct view *v);
int table_view_marked(struct view *v) must_check;
int table_view_look_at(struct view *v, const struct model *before, struct model *m) must_check;
bool table_view_work(struct view *v, u64 budget_ns);
void table_view_answer(struct view *v, u64 budget_ns);
unsigned table_view_needs(struct view *v);
#define TABLE_VIEW_CLASS                                                                                               \
	.close = table_view_close, .draw = table_view_draw, .action = table_view_action, .mouse = table_view_mouse,    \
	.tick = table_view_tick, .look_at = table_view_look_at, .marked = table_view_marked, .work = table_view_work,  \
	.answer = table_view_answer, .needs = table_view_needs

/* The two parts of the picture, for a view that has more to show: headings and rows below each other in a part of the
 * view's pane, and the line of marks, which is drawn after them. */
void table_view_draw_rows(struct table_view *s, const struct pane *p);
void table_view_draw_marks(struct table_view *s, const struct pane *line);

/* The row under the cursor, or NULL. */
const void *table_view_selected(const struct table_view *s);
/* Puts a mark into the line above the headings. */
void table_view_mark(const struct pane *p, int *x, int end, enum style style, const char *text);

/* Of events, for ops.counts: so many there ever were. And for ops.alarms: so many "did not fit", say; 0: no mark. */
void table_view_counts(const struct table_view *s, u64 all, char *text, size_t size);
void table_view_alarm(const struct pane *p, int *x, int end, u64 n, const char *what);
/* For ops.nothing: why no hook serves these. */
void table_view_draw_unserved(const struct pane *p, int y, const struct record_feature *f, const char *what);

/* Opens the view of a table on top of what is there, with a filter that Esc does not clear but leaves. false: there is
 * no such view, or it was said why not. */
bool table_view_lead(struct app *app, const struct table *t, const char *filter);

/* -- table_cursor.c ------------------------------------------------------------------------------------------------ */

u32 table_view_lines(const struct table_view *s);
struct table_line table_view_line(const struct table_view *s, u32 i);
/* That of the cursor; an empty one where it is on none. */
struct table_line table_view_current(const struct table_view *s);
/* Is the cursor above the first row? */
bool table_view_is_aside(const struct table_view *s);
bool table_view_is_tree(const struct table_view *s);
/* The same to the row with this id. false: it is not in the list. */
bool table_view_go_to(struct table_view *s, u64 id);
/* Moves by the user's hand, and stays on that row. */
void table_view_move(struct table_view *s, s64 to);
/* The same; but who comes to the newest event sees what comes after it. */
void table_view_step(struct table_view *s, s64 to);
void table_view_home(struct table_view *s);
/* F: keeps the row in sight; of events, the newest, whichever it is. */
void table_view_toggle_follow(struct table_view *s);
/* Does the cursor stay on the newest event? It does until it is moved, while events are in the order of time. */
bool table_view_follows_newest(const struct table_view *s);
/* The lines have changed and are whole: finds the cursor's line again. */
void table_view_settle(struct table_view *s);
/* Works until the lines on the screen are those that the user asked for. Returns true when they are. */
bool table_view_show(struct table_view *s, u64 budget_ns);
void table_view_clamp(struct table_view *s);
void table_view_fold(struct table_view *s, bool folded);
/* The list has to be made anew; by_user: show it while it grows. */
void table_view_restart(struct table_view *s, bool by_user);

/* -- table_draw.c -------------------------------------------------------------------------------------------------- */

/* The layout's number of the column at x of the pane, or -1. */
int table_view_column_at(const struct table_view *s, int x);
/* The text of a cell as it is shown; returns its style. */
enum style table_view_cell(const struct table_view *s, const struct column *c, const void *row, char *text,
			   size_t size);

/* -- table_alike.c ------------------------------------------------------------------------------------------------- */

/* Sets s->alike where rows on the screen look alike. */
void table_view_look_for_alike(struct table_view *s);

/* -- table_search.c ------------------------------------------------------------------------------------------------ */

void table_view_ask_search(struct table_view *s);
void table_view_search_again(struct table_view *s, int step);
bool table_view_search_work(struct table_view *s, u64 budget_ns);
/* Where the needle is in text, in the way the search matches; NULL: nowhere. */
const char *table_view_find(const struct table_view *s, const char *text);

/* -- table_choose.c ------------------------------------------------------------------------------------------------ */

/* Settings from the command line, if it is about this view, and from the config. -ENOMEM. */
int table_view_settings(struct table_view *s) must_check;
/* As query_parse_typed(): plain text is looked for in the columns that are shown. */
int table_view_parse(const struct table_view *s, const char *text, struct query **q, bool *plain,
		     struct query_error *err) must_check;
bool table_view_set_filter(struct table_view *s, const char *text, struct query_error *err);
/* For filters that are chosen elsewhere. */
struct filter_target table_view_filter_target(struct table_view *s);
void table_view_ask_filter(struct table_view *s);
void table_view_choose_saved(struct table_view *s);
/* table_complete.c: as struct prompt_ops has it; ctx is the table_view. */
void table_view_complete(void *ctx, const char *text, size_t cursor, struct complete *words);
void table_view_set_sort(struct table_view *s, const struct column *c, bool descending);
void table_view_choose_sort(struct table_view *s);
void table_view_choose_columns(struct table_view *s);
void table_view_shift_sort(struct table_view *s, int step);
/* Asks the collector for what columns, filter and order need. */
void table_view_ask_needs(struct table_view *s);
