/* The views of what is wrong: all of it, and what one finding stands on. */
#pragma once

#include "view.h"

struct finding;

extern const struct view_class view_findings_class;
extern const struct view_class view_finding_class; /* arg: its id */

/* Opens the list of what it is about. */
void finding_lead(struct app *app, const struct finding *of);
