/* The table of sockets that something has taken over: programs of BPF, filters, an upper-layer protocol. Its rows are
 * those of the table of sockets, and have the same columns: it is defined where these are. */
#pragma once

#include "table.h"

extern const struct table interception_table;

#define INTERCEPTION_SHOWN 27
extern const struct table_shown interception_shown[INTERCEPTION_SHOWN];
extern const char *const interception_contract[];

COLUMN_GETTER(get_interception); /* of struct record_interception, at c->offset; has: enum interception_flags */
COLUMN_GETTER(get_intercepted);
COLUMN_GETTER(get_psock_progs);
COLUMN_GETTER(get_filter_prog);
COLUMN_GETTER(get_reuseport_prog);
COLUMN_GETTER(get_cgroup_progs);
COLUMN_GETTER(get_device_progs);
COLUMN_GETTER(get_strp_aborted);
COLUMN_GETTER(get_mptcp_conn);
COLUMN_GETTER(get_tls_version);
COLUMN_GETTER(get_tls_cipher);
COLUMN_GETTER(get_tls_conf);
const char *tls_conf_name(unsigned conf);

/* All but its columns. */
#define INTERCEPTION_TABLE                                                                                             \
	.name = "interception", .one = "intercepted socket", .many = "intercepted sockets",                            \
	.shown = interception_shown, .shown_count = INTERCEPTION_SHOWN, .contract = interception_contract,             \
	.end = model_intercepted_end, .row = model_intercepted, .find = model_intercepted_find,                        \
	.rows = model_intercepted_rows, SOCKET_ROWS
