/* The collector as a child process: started with our privileges, before we give them up. */
#pragma once

#include <sys/types.h>

#include "collect.h"
#include "error.h"

struct launch {
	pid_t pid; /* 0: none, or already reaped */
	int fd;    /* our end of the socket; -1 once it was given away */
};

#define LAUNCH_NONE ((struct launch){.fd = -1})

/* Forks the collector, in a session of its own, at the other end of a socketpair. The descriptors in o are filled in.
 */
int launch_collector(struct launch *l, struct collect_options *o, struct error *err) must_check;
/* Waits, bounded, until the child is gone, which it is soon after our end of the socket is closed. Returns its wait
 * status, or -1 when it is still there or there is none. */
int launch_wait(struct launch *l);
/* One line on how a child with this wait status ended. */
void launch_describe(int status, struct error *err);
