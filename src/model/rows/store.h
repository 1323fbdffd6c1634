/* Reading the picture: the rows, their tick, what the collector has said about itself, and names. Rows have an index
 * that never changes. Everything is valid until the model applies another record. */
#pragma once

#include "row.h"

struct model; /* model.h makes it and applies records */
struct packets;

/* -- rows ---------------------------------------------------------------------------------------------------------- */

/* One past the largest row index in use; rows between may be free (row->live == 0). */
u32 model_rows_end(const struct model *m);
/* The row at an index below model_rows_end(). Its address stays the same for the row's life. */
struct row *model_row(const struct model *m, u32 index);
/* The same for a table: NULL where the slot is free. */
const void *model_live_row(const void *m, u32 index);
/* The row with this key, or IDMAP_NONE. */
u32 model_find(const struct model *m, u64 key);
/* The key of a socket, by which rows are found, compared and remembered: one number for all hosts. It depends only on
 * the host and the id in the host's stream, so it is the same for every record of the socket, and in every model of
 * this process; for host 0 it is the id. Numbers that are no socket's (0, ECHO_ID) are unchanged. */
u64 model_key(const struct model *m, u64 id);
/* The reverse: the collector's id, for commands and for people. */
u64 model_socket_id(const struct model *m, u64 key);

/* -- the tick ------------------------------------------------------------------------------------------------------ */

/* The last whole tick, or NULL before the first. */
const struct record_tick *model_tick(const struct model *m);
/* Seconds between the last two ticks; NaN before the second. */
double model_tick_seconds(const struct model *m);
/* A counter that rises whenever the picture changes (a tick, or new rows before the first tick). model: a struct model,
 * which is the picture of most tables. */
u64 model_generation(const void *model);
/* Wall-clock time (CLOCK_REALTIME ns) of a monotonic stamp of the stream; 0 if unknown. */
u64 model_realtime(const struct model *m, u64 monotonic_ns);

/* -- the collector ------------------------------------------------------------------------------------------------- */

/* The collector's greeting, or NULL. */
const struct record_hello *model_hello(const struct model *m);
/* The collector's last words, or NULL. */
const struct record_bye *model_bye(const struct model *m);
/* Features in the order in which the collector sent them; NULL past the end. */
const struct record_feature *model_feature(const struct model *m, size_t i);

struct process {
	u32 pid;
	u32 mntns, pidns; /* inodes of its namespaces; 0: not known */
	char *exe;        /* owned; the file that it runs, printable; "": not known */
};
/* What is known of a process beside its name, or NULL. */
const struct process *model_process(const struct model *m, u32 pid);

/* Networks that remote addresses are gathered by (prefixes.h); NULL: no list. */
struct prefixes;
const struct prefixes *model_prefixes(const struct model *m);

/* -- names --------------------------------------------------------------------------------------------------------- */

/* A name from the stream (cleaned for display), or NULL. scope as in record_name. */
const char *model_name(const struct model *m, enum name_kind kind, u64 key, u64 scope);
/* The name of the device that a socket is bound to; NULL: not bound, unknown, or the device is gone. */
const char *model_device(const struct model *m, const struct record_socket *s);

/* -- packets ------------------------------------------------------------------------------------------------------- */

/* The packets of traced sockets (packets.h): the model fills and owns the store. Never NULL. */
struct packets *model_packets(const struct model *m);
