/* The views of packets, for those that lead there. */
#pragma once

#include "view.h"

extern const struct view_class view_packets_class;
/* Of one; arg is its serial number. */
extern const struct view_class view_packet_class;
