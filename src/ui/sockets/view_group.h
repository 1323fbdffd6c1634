/* The page of a row of Processes, Hosts … */
#pragma once

#include "view.h"

struct row;

extern const struct view_class view_group_class;

/* Opens it for the row of the fold of sockets t with this id. */
void view_group_open(struct app *app, const struct table *t, u64 id);
/* Of the process that holds a socket; NULL: says that there is none. */
void view_group_open_owner(struct app *app, const struct row *r);
