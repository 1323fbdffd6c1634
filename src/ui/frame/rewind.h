/* Back in time: which moment the views show, while the feed goes on. */
#pragma once

#include "app.h"

/* Shows the moment before the one that is shown, or the one `span_ns` before it; and the same after it, up to now.
 * Forward from now it is the feed that goes on. */
void rewind_back(struct app *app, u64 span_ns);
void rewind_forward(struct app *app, u64 span_ns);
/* Shows what is now, again. */
void rewind_leave(struct app *app);
/* Compares numbers with the moment that is shown; or no more. */
void rewind_mark(struct app *app);
/* Works on what is to be shown, for at most budget_ns. true: there is nothing to do. */
bool rewind_work(struct app *app, u64 budget_ns);
/* Is what the views show another moment than the feed's? */
bool rewind_is_past(const struct app *app);
/* Wall-clock ns of the moment that is looked for, and how much of that is done (0 … 1); 0: none is. */
u64 rewind_sought(const struct app *app, double *done);
void rewind_deinit(struct rewind *r);
