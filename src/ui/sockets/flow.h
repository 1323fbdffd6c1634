/* Fields with labels, one after the other in columns, below a title. */
#pragma once

#include "canvas.h"

struct flow {
	const struct pane *p;
	const char *title; /* drawn before the first field; without one, nothing is */
	int y;             /* of the last line; lines outside the pane are only counted */
	int column, columns, width;
	bool begun;
};

/* Begins at line y. */
struct flow flow_of(const struct pane *p, int y);
/* Ends the section before, if it had a field, and begins one. */
void flow_title(struct flow *f, const char *title);
/* label NULL: the value alone. "" is not known, and left out. */
void flow_field(struct flow *f, const char *label, enum style style, const char *value);
void flow_printf(struct flow *f, const char *label, const char *fmt, ...) printf_like(3, 4);
/* Ends the last section; returns the line after it. */
int flow_end(struct flow *f);
