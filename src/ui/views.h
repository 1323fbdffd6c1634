/* The views that there are. */
#pragma once

#include "view.h"

extern const struct view_class view_layers_class;
extern const struct view_class view_sockets_class, view_socket_class;
extern const struct view_class view_retransmits_class, view_drops_class, view_resets_class, view_loss_class;
extern const struct view_class view_packets_class, view_packet_class;

/* All, in the order of their numbers; NULL at the end. */
extern const struct view_class *const ui_views[];
