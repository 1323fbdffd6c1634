/* Filters that are chosen rather than typed. They know no view: a filter that was chosen is handed to whoever asked. */
#pragma once

#include "query.h"

struct app;

/* Whom a filter is for. apply as in struct prompt_ops: 0, or negative with err. */
struct filter_target {
	int (*apply)(void *ctx, const char *text, struct query_error *err);
	void *ctx;
};

/* Writes a value as the filter language takes it after =, in quotes where it has to be. */
void filter_quote(const char *value, char *dst, size_t size);
/* Choose among the users that have sockets now; it becomes "user = NAME". */
void filters_choose_user(struct app *app, const struct filter_target *target);
/* Choose among those that are saved in config.ini. */
void filters_choose_saved(struct app *app, const struct filter_target *target);
/* Asks for a name and saves a filter (that is valid) under it; then it is applied. */
void filters_ask_name(struct app *app, const char *text, const struct filter_target *target);
