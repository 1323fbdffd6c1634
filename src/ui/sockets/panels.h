/* Graphs of a history beside each other, each with its column's value. */
#pragma once

#include "fields.h"

struct panel {
	const char *title, *column;
	enum history_kind kind;
	enum style style;
};

#define PANELS_MAX 5 /* beside each other */

/* From line y on; h NULL: there is nothing. Returns the line after them. */
int panels_draw(const struct fields *of, const struct history *h, const struct panel *panels, size_t count,
		const struct pane *p, int y);
