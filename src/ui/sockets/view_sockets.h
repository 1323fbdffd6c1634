/* The views of sockets, for those that lead there. */
#pragma once

#include "view.h"

extern const struct view_class view_sockets_class, view_lives_class, view_exchanges_class, view_requests_class,
    view_interceptions_class;
/* Of one; arg is its id. */
extern const struct view_class view_socket_class;
