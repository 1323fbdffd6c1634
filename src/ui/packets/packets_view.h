/* Private to the view of packets: its state, and what its two files do for each other. */
#pragma once

#include "packets.h"
#include "table_view.h"

#define PACKETS_LINES 2 /* of its own above the list */

/* The longest time of the packets in sight, and which parts of received and of sent ones this kernel does not stamp
 * apart. */
struct packets_sight {
	u64 most;
	unsigned merged[2];
};

struct packets_view {
	struct table_view table;   /* first: views are cast to it */
	u64 id;                    /* whose packets; 0: all that were kept */
	const struct query *whose; /* borrowed; waits for a socket that it is true for */
	char who[256];             /* the socket, as it was known last */
	bool ended;                /* it is no more */
	struct packets_sight sight;
};

static inline const struct packets_view *packets_of(const struct table_view *s)
{
	return (const struct packets_view *)s;
}

/* packets_draw.c: as struct table_view_ops has them. */
void packets_above(struct table_view *s, const struct pane *p);
void packets_alarms(const struct table_view *s, const struct pane *p, int *x, int end);
void packets_marks(const struct table_view *s, const struct pane *p, int *x, int end);
void packets_tagged(const struct table_view *s, char *text, size_t size);
void packets_counts_text(const struct table_view *s, char *text, size_t size);
bool packets_nothing(const struct table_view *s, const struct pane *p, int y);
enum style packets_style(const struct table_view *s, const struct column *c, const void *row, enum style style);
bool packets_cell(const struct table_view *s, const struct column *c, const void *row, const struct pane *p, int y,
		  int x, int w);
