/* Filters that are chosen rather than typed. They know no view: a chosen filter is passed to the caller. */
#pragma once

#include "query.h"

struct app;

/* Who asks for a filter. apply as in struct prompt_ops: 0, or negative with err. */
struct filter_target {
	int (*apply)(void *ctx, const char *text, struct query_error *err);
	void *ctx;
};

/* Chooses among the users that have sockets now; the filter is "user = NAME". */
void filters_choose_user(struct app *app, const struct filter_target *target);
/* Chooses among those saved in config.ini. */
void filters_choose_saved(struct app *app, const struct filter_target *target);
/* Asks for a name, saves a (valid) filter under it, and applies it. */
void filters_ask_name(struct app *app, const char *text, const struct filter_target *target);
