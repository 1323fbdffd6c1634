/* What checks gather sockets by. */
#pragma once

#include "table.h"

extern const struct table check_peers;    /* by namespace and remote address */
extern const struct table check_services; /* by namespace, remote address and port */
/* The connect() calls of the last ten seconds that failed: by program, remote address and port, and errno. */
extern const struct table check_failed;
/* The connections that ended in the last five seconds, by program. */
extern const struct table check_closed;
/* The packets that this machine refused in the last ten seconds: by what did so, program and device. */
extern const struct table check_dropped;
/* Sockets whose data programs of BPF take: by the process that holds them, and by these programs. */
extern const struct table check_intercepted;
