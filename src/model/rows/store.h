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
/* The other end of a connection that does not leave the machine; NULL: it does, it is over, or it is not known. Within
 * a namespace its ends have each other's addresses and ports. Across namespaces, where others may have the same
 * addresses, they must be the only two of which that is true, and neither may be on loopback. Where addresses are
 * translated on the way (RECORD_NAT), there must be one that has what they become. Not known for the first tick or so
 * of either end. The first call makes an index of all rows, a few milliseconds for 100,000, which is then kept while
 * somebody asks. */
struct row *model_peer(const struct model *m, const struct row *r);
/* Since when all that have ended are kept, CLOCK_MONOTONIC ns; 0: none of them was dropped for want of room. */
u64 model_ended_since(const struct model *m);
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
/* One of record_feature.number that no hook serves in this kernel; NULL: all are served, or were not tried yet. */
const struct record_feature *model_unserved(const struct model *m, unsigned number);

struct process {
	u32 pid;
	u32 mntns, pidns; /* inodes of its namespaces; 0: not known */
	char *exe;        /* owned; the file that it runs, printable; "": not known */
	char *cmdline;    /* owned; its arguments, printable, at most CMDLINE_MAX bytes as they were; NULL: not known */
	bool cut;         /* … these are not all of them */
	u64 start_ns;     /* when it was started, to 10 ms, as record_process.start_ns; 0: not known */
	u64 line_ns;      /* when it was first seen to have these arguments in place of others; 0: it had no others */
};
/* What is known of a process beside its name, or NULL. */
const struct process *model_process(const struct model *m, u32 pid);
/* The same of the process that holds a socket; of one that has ended, and of an event, that held it then. */
const struct process *model_owner(const struct model *m, const struct row *r);
/* Its arguments, as they are or were then; NULL: not known. */
const char *model_cmdline(const struct model *m, const struct row *r);

/* Networks that remote addresses are gathered by (prefixes.h); NULL: no list. */
struct prefixes;
const struct prefixes *model_prefixes(const struct model *m);

/* -- names --------------------------------------------------------------------------------------------------------- */

/* A name from the stream (cleaned for display), or NULL. scope as in record_name. */
const char *model_name(const struct model *m, enum name_kind kind, u64 key, u64 scope);
/* The name of the device that a socket is bound to; NULL: not bound, unknown, or the device is gone. */
const char *model_device(const struct model *m, const struct record_socket *s);

/* The name of the host with this address (4 or 16 bytes), and how it is known; NULL: it is not. */
const char *model_host(const struct model *m, const u8 *address, unsigned family, enum host_from *from);

/* -- what has taken sockets over ----------------------------------------------------------------------------------- */

/* NULL: nothing has. */
const struct record_interception *model_interception(const struct model *m, const struct row *r);
/* The rows of such sockets as a table: places below the end, the row at one (NULL: it is free), and how many rows there
 * are with or without those that have ended. */
u32 model_intercepted_end(const void *model);
const void *model_intercepted(const void *model, u32 index);
u32 model_intercepted_find(const void *model, u64 key);
u32 model_intercepted_rows(const void *model, bool ended);

/* The programs of BPF that are attached to a control group, or to a device (its record_device.id); NULL: not known. */
const struct record_attached *model_attached(const struct model *m, enum attach_place place, u64 key);

/* -- local ports --------------------------------------------------------------------------------------------------- */

/* Which local ports a namespace gives to connections; NULL: not known. first <= last, both above 0. */
const struct record_ports *model_ports(const struct model *m, u32 netns);

/* -- packets ------------------------------------------------------------------------------------------------------- */

/* The packets of traced sockets (packets.h): the model fills and owns the store. Never NULL. */
struct packets *model_packets(const struct model *m);
