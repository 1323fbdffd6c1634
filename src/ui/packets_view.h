/* Private to the view of a socket's packets: its state, and what its files do for each other. */
#pragma once

#include "app.h"
#include "packets.h"

#define PACKETS_HEAD_LINES 3

struct packets_view {
	struct view view;          /* first: views are cast to it */
	u64 id;                    /* whose packets; 0: all that were kept */
	const struct query *query; /* borrowed; waits for a socket that it is true for */
	char who[256];             /* the socket, as it was known last */
	bool ended;                /* it is no more */

	u32 *rows; /* owned: positions in the store */
	u32 count, room;
	u64 taken;      /* packets that had come in when rows was made … */
	u64 generation; /* … and the model's */

	u64 key; /* serial of the packet under the cursor; 0: none */
	u32 cursor, top, height;
	bool follow; /* the newest stays in sight */

	char needle[256]; /* searched text; "" none */
	bool searching;   /* in slices */
	int search_step;
	u32 search_at, search_left, search_origin;
};

static inline struct packets_view *packets_of(struct view *v)
{
	return (struct packets_view *)v;
}

/* view_packets.c */
/* The i-th line's packet, or NULL. */
const struct packet *packets_line(const struct packets_view *s, u32 i);
void packets_move(struct packets_view *s, s64 to);
/* The height has changed: the cursor stays in sight. */
void packets_keep_in_sight(struct packets_view *s);
/* Asks for the name of a file for the packets that are shown. */
void packets_ask_file(struct app *app, u64 id);

/* packets_draw.c */
void packets_draw(struct view *v, const struct pane *p);
/* All texts of a line, for the search. */
void packets_line_text(const struct packets_view *s, const struct packet *p, char *text, size_t size);

/* packets_search.c */
void packets_ask_search(struct packets_view *s);
void packets_search_again(struct packets_view *s, int step);
bool packets_search_work(struct packets_view *s, u64 budget_ns);
/* Where the needle is in text; NULL: nowhere. */
const char *packets_match(const struct packets_view *s, const char *text);
