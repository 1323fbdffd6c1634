/* Private to the view of all sockets: its state, and what its files do for each other. */
#pragma once

#include "app.h"
#include "group.h"
#include "layout.h"
#include "idmap.h"
#include "list.h"

struct sockets {
	struct view view; /* first: views are cast to it */
	struct list *list;
	struct groups *groups;
	struct query *query; /* owned; the list borrows it */
	char filter[PROMPT_MAX + 1];
	char filter_before[PROMPT_MAX + 1]; /* the filter before this one, and how much it showed */
	u32 count_before;
	struct prompt_history filters, searches;

	struct column_set columns; /* count 0: the default set */
	struct layout layout;
	int layout_room; /* columns of the screen that the layout was made for */
	size_t left;     /* columns of the layout that are scrolled out to the left */
	bool closed;     /* ended connections too */

	/* The cursor sticks to what it is on. Until it was moved, the list stays at its top. */
	u32 top, cursor;
	u32 height; /* rows on the screen */
	bool pinned, follow;
	bool rated;   /* the order has rates to go by */
	bool on_head; /* the cursor is on a group's head … */
	u64 key;      /* … with this key, else on the socket with this id; 0: nowhere */
	bool settled; /* the list is whole, and the cursor was found again in it */
	bool changed; /* the user changed the list: show it while it grows … */
	bool placed;  /* … and the cursor is already where it will be */

	u64 *tags; /* ids; owned */
	size_t tag_count;

	char needle[256]; /* searched text; "" none */
	bool searching;   /* in slices, see sockets_search_work */
	int search_step;
	u32 search_at, search_left, search_origin;
	int heading_line; /* of the pane; -1: not drawn */
};

/* A line of the list or of the tree. */
struct sockets_line {
	bool head;
	struct group_line group; /* head */
	u32 index;               /* of the row, or IDMAP_NONE */
	struct row *row;         /* NULL for heads and for rows that are gone */
};

static inline struct sockets *sockets_of(struct view *v)
{
	return (struct sockets *)v;
}

/* sockets_cursor.c */
u32 sockets_lines(const struct sockets *s);
struct sockets_line sockets_line(const struct sockets *s, u32 i);
bool sockets_is_tree(const struct sockets *s);
struct row *sockets_selected(const struct sockets *s);
/* Moves by the user's hand. */
void sockets_move(struct sockets *s, s64 to);
void sockets_home(struct sockets *s);
/* The lines have changed and are whole: finds the cursor's line again. */
void sockets_settle(struct sockets *s);
/* Works until the lines on the screen are those that the user asked for. Returns true when they are. */
bool sockets_show(struct sockets *s, u64 budget_ns);
void sockets_clamp(struct sockets *s);
void sockets_fold(struct sockets *s, bool folded);
/* The list has to be made anew; by_user: show it while it grows. */
void sockets_restart(struct sockets *s, bool by_user);

/* sockets_draw.c */
void sockets_draw(struct view *v, const struct pane *p);
/* The text of a cell as it is shown; returns its style. */
enum style sockets_cell(const struct sockets *s, const struct column *c, const struct row *r, char *text, size_t size);

/* sockets_search.c */
void sockets_ask_search(struct sockets *s);
void sockets_search_again(struct sockets *s, int step);
bool sockets_search_work(struct sockets *s, u64 budget_ns);
/* Where the needle is in text, in the way the search matches; NULL: nowhere. */
const char *sockets_find(const struct sockets *s, const char *text);

/* sockets_choose.c */
bool sockets_set_filter(struct sockets *s, const char *text, struct query_error *err);
void sockets_ask_filter(struct sockets *s);
void sockets_set_sort(struct sockets *s, const struct column *c, bool descending);
/* "column[:asc|:desc]"; false: no such column. */
bool sockets_sort_spec(struct sockets *s, const char *spec);
void sockets_choose_sort(struct sockets *s);
void sockets_choose_columns(struct sockets *s);
void sockets_shift_sort(struct sockets *s, int step);
/* What columns, filter and order need: enum column_needs. */
unsigned sockets_needs(struct view *v);
/* Asks the collector for it. */
void sockets_ask_needs(struct sockets *s);
