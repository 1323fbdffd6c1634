/* The collector as a child process: started with our privileges, before we give them up. */
#pragma once

#include <sys/types.h>

#include "collect.h"
#include "error.h"

struct launch {
	pid_t pid;   /* 0: none, or already reaped */
	int fd;      /* our end of the socket; -1 once the feed owns it */
	int names;   /* who looks up names of hosts (resolver.h); -1: nobody, or the feed owns it */
	int words;   /* what a remote collector's command says (remote.h); -1: it is none */
	int wait_ms; /* for how long its end is waited for; 0: as long as a collector here may take */
};

#define LAUNCH_NONE ((struct launch){.fd = -1, .names = -1, .words = -1})

/* For a child process of ours: it keeps nothing of the terminal. */
void launch_settle(void);
/* Forks the collector, in a session of its own, with the other end of a socketpair. Fills in the descriptors in o. */
int launch_collector(struct launch *l, struct collect_options *o, struct error *err) must_check;
/* Waits for a limited time until the child has gone, as it does soon after our end of the socket is closed. Returns its
 * wait status; -1: it is still there, or there is none. */
int launch_wait(struct launch *l);
/* One line about how a child with this wait status ended. */
void launch_describe(int status, struct error *err);
