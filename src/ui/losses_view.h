/* Private to the views of retransmits, drops and resets: one list, of which each shows its kinds of events. */
#pragma once

#include "app.h"
#include "loss_column.h"
#include "query.h"

enum losses_by { LOSSES_FLAT, LOSSES_BY_REASON, LOSSES_BY_SOCKET, LOSSES_BY_COUNT };

/* What events have in common. */
struct losses_group {
	u64 key;
	char label[160];
	u64 count;  /* by reason: exact; by socket: of the events that are kept */
	u64 moved;  /* in the last tick */
	u32 events; /* that are kept */
	u32 first;  /* in lines, while it is unfolded */
	u32 made;   /* its place before the groups were ordered */
	u64 newest; /* number of its newest event; 0: none is kept */
	bool unfolded;
};

/* A line: the head of a group, or an event. */
struct losses_line {
	bool head;
	u32 group;
	u64 number;
};

struct losses_view {
	struct view view;    /* first: views are cast to it */
	unsigned kinds;      /* LOSS_BIT() */
	bool errors;         /* invalid sequence numbers and checksums only */
	struct query *query; /* owned; --filter: of the sockets that the events are charged to; NULL: all events */
	enum losses_by by;
	struct losses_line *lines; /* owned */
	u32 line_count, line_cap;
	struct losses_group *groups; /* owned; the most first */
	u32 group_count, group_cap;
	u64 *unfolded; /* owned; keys */
	u32 unfolded_count;
	u32 events; /* shown, folded ones included */

	/* The cursor sticks to what it is on; until it was moved, to the newest. */
	u32 top, cursor, height;
	bool pinned, on_head;
	u64 key; /* a group's key, or an event's number */
};

static inline struct losses_view *losses_of(struct view *v)
{
	return (struct losses_view *)v;
}

/* losses_lines.c */
/* Makes the lines anew from the picture, and finds the cursor's again. -ENOMEM. */
int losses_make(struct losses_view *v) must_check;
void losses_free(struct losses_view *v);
/* Folds (or unfolds) one group, or all of them. */
void losses_fold(struct losses_view *v, u64 key, bool folded);
void losses_fold_all(struct losses_view *v);
/* Moves by the user's hand; home: back to the newest. */
void losses_move(struct losses_view *v, s64 to);
void losses_home(struct losses_view *v);

/* losses_draw.c */
void losses_draw(struct view *view, const struct pane *p);
