/* A section of a page: values of a row of any table, with their columns' names. */
#pragma once

#include "app.h"
#include "flow.h"
#include "fold.h"

struct fields {
	const struct app *app;
	const struct table *t;
	const void *picture, *row;
};

/* Draws the columns that the row has a value of, of a list with blanks between: "column", "column=label",
 * "column%column": with its share of the other. What the table does not have is left out, too. */
void fields_draw(const struct fields *of, struct flow *f, const char *columns);
/* Of a fold: they are asked for soon. */
void fields_want(const struct table *t, struct folded *f, const char *columns);
