/* The view of how long round trips take, and connecting: of all sockets, or of some of them. */
#pragma once

#include "table_view.h"

extern const struct view_class view_rtt_class;

/* Of the rows that a list of sockets or of lives shows; events have the times to connect alone. */
void view_rtt_of_list(struct table_view *s);
/* Of the sockets that match a filter; who: these in words. */
void view_rtt_of(struct app *app, const char *filter, const char *who);
/* Of those that were gathered in a row of a fold. */
void view_rtt_of_group(struct app *app, const struct table *t, const void *picture, const void *row);
