/* Reading the picture: the rows, the tick that they are of, what the collector has said of itself, and the names that
 * the stream gave. Rows are named by an index that stays theirs for life. All of it is valid until the model takes a
 * record in. */
#pragma once

#include "row.h"

struct model; /* model.h makes it and takes records in */
struct packets;

/* -- rows --------------------------------------------------------------------------------------------------------- */

/* One past the largest row index in use; rows between may be free (row->live == 0). */
u32 model_rows_end(const struct model *m);
/* The row at an index below model_rows_end(). Its address stays the same for the row's life. */
struct row *model_row(const struct model *m, u32 index);
/* The row with this key, or IDMAP_NONE. */
u32 model_find(const struct model *m, u64 key);
/* The key of a socket: what rows are found, compared and remembered by, in one number for all hosts. It follows from
 * the host and from the id that the host's stream gives it, and from nothing else, so that it is the same whenever a
 * record of it comes, and in every model of this process; of host 0 it is that id. What names no socket (0, ECHO_ID)
 * stays. */
u64 model_key(const struct model *m, u64 id);
/* The other way round: what its collector calls it, for commands and for people. */
u64 model_socket_id(const struct model *m, u64 key);

/* -- the tick ----------------------------------------------------------------------------------------------------- */

/* The last whole tick, or NULL before the first. */
const struct record_tick *model_tick(const struct model *m);
/* Seconds between the last two ticks; NaN before the second. */
double model_tick_seconds(const struct model *m);
/* A counter that rises each time the picture changes (a tick, or rows appearing before the first tick). */
u64 model_generation(const struct model *m);
/* Wall-clock time (CLOCK_REALTIME ns) of a monotonic stamp of the stream; 0 if unknown. */
u64 model_realtime(const struct model *m, u64 monotonic_ns);

/* -- the collector ------------------------------------------------------------------------------------------------ */

/* The collector's greeting, or NULL. */
const struct record_hello *model_hello(const struct model *m);
/* The collector's last words, or NULL. */
const struct record_bye *model_bye(const struct model *m);
/* Features in the order that the collector told them; NULL past the end. */
const struct record_feature *model_feature(const struct model *m, size_t i);

/* -- names -------------------------------------------------------------------------------------------------------- */

/* A name that the stream gave (cleaned for display), or NULL. scope as in record_name. */
const char *model_name(const struct model *m, enum name_kind kind, u64 key, u64 scope);
/* The name of the device that a socket is bound to; NULL: not bound, not known, or the device is gone. */
const char *model_device(const struct model *m, const struct record_socket *s);

/* -- packets ------------------------------------------------------------------------------------------------------ */

/* The packets of traced sockets (packets.h): the model fills and owns the store. Never NULL. */
struct packets *model_packets(const struct model *m);
