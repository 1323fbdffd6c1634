/* The views of sockets, for those that lead there. */
#pragma once

#include "view.h"

extern const struct view_class view_sockets_class, view_lives_class;
/* Of one; arg is its id. */
extern const struct view_class view_socket_class;
