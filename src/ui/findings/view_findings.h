/* The views of what is wrong: all of it, and what one finding stands on. */
#pragma once

#include "error.h"
#include "view.h"

struct finding;

extern const struct view_class view_findings_class;
extern const struct view_class view_finding_class; /* arg: its id */

/* Makes a list of all findings for a view that begins with a table_view and has `size` bytes: for view_class.open. */
int findings_view_open(struct view **v, struct app *app, const struct view_class *class, size_t size,
		       struct error *err) must_check;
/* Opens the list of what it is about. */
void finding_lead(struct app *app, const struct finding *of);
