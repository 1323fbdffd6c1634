/* What checks gather sockets by. */
#pragma once

#include "table.h"

extern const struct table check_peers;    /* by namespace and remote address */
extern const struct table check_services; /* by namespace, remote address and port */
/* The connect() calls of the last ten seconds that failed: by program, remote address and port, and errno. */
extern const struct table check_failures;
