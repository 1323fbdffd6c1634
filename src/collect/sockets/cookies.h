/* Cookies on kernels whose programs cannot make them for the sockets that they meet (before Linux 5.12). New sockets
 * get theirs from a program on cgroups, if that can be attached (FEATURE_COOKIES). For the others, sock_diag is asked
 * to list the sockets of a namespace: it gives each a cookie as it goes. */
#pragma once

#include "record.h"

struct collector;

struct cookies {
	u64 at_ns, took_ns; /* the last lists of sock_diag, 0: none */
};

/* Before the first pass: so that it finds every socket with its cookie. Does nothing on newer kernels. */
void cookies_seed(struct collector *c);
/* Before each other: where sockets without a cookie were met since, they get one. */
void cookies_tick(struct cookies *k, struct collector *c);
