/* What the views of events of sockets (Lives, Exchanges) share. */
#pragma once

#include "table_view.h"

/* Keys that lead from the event under the cursor to the packets of its socket, and to its process. Rows begin with a
 * struct row. false: another key. */
bool socket_event_action(struct table_view *s, enum action a);
