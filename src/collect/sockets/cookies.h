/* Cookies on kernels whose programs cannot make them for the sockets that they meet (before Linux 5.12). New sockets
 * get theirs from a cgroup program, if that can be attached (FEATURE_COOKIES). For the others sock_diag is asked to
 * list the sockets of a namespace: listing gives each one a cookie. */
#pragma once

#include "record.h"

struct collector;

struct cookies {
	u64 at_ns, took_ns; /* when sock_diag was last asked, and how long that took; 0: never */
};

/* Called before the first pass, so that every socket in it has a cookie. Does nothing on newer kernels. */
void cookies_seed(struct collector *c);
/* Called before every later pass: gives cookies where sockets without one were met. */
void cookies_tick(struct cookies *k, struct collector *c);
