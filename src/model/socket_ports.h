/* Private to the table of sockets: local ports that connections take from what their namespace has to give. */
#pragma once

#include "socket_get.h"

/* Is its port one of those, and held, or waited out, by a connection that was opened from here? One in TIME_WAIT of
 * which that is not known counts, too. */
bool socket_takes_port(const void *picture, const void *row);
/* As how many sockets a row counts: of those in TIME_WAIT there may be a sample. */
u32 socket_weight(const void *picture, const void *row);

COLUMN_GETTER(get_ports_used);  /* that no new connection can have */
COLUMN_GETTER(get_ports_share); /* the same as a share of all */
COLUMN_GETTER(get_ports_range); /* how many there are */
COLUMN_GETTER(get_ports_rate);
COLUMN_GETTER(get_time_wait);
COLUMN_GETTER(get_waiting_share);   /* taken by TIME_WAIT, of all */
COLUMN_GETTER(get_time_wait_max);   /* of the namespace */
COLUMN_GETTER(get_time_wait_share); /* of that */
COLUMN_GETTER(get_reusable);
COLUMN_GETTER(get_sampled);
COLUMN_GETTER(get_holder_pid);
COLUMN_GETTER(get_holder);

/* Of folds (SUM_OWN). */
COLUMN_GETTER(get_holder_sockets);
COLUMN_GETTER(get_ports_growth);
COLUMN_GETTER(get_ports_left);
/* The picture's time. */
u64 socket_ports_now(const void *picture);
