/* Looking up names of hosts (--resolve): processes beside the monitor, which itself can open no socket. */
#pragma once

#include "error.h"

/* Forks them, with no more privileges than the caller has left. They end when *fd is closed: a socket of packets, of
 * the caller's, on which each struct record_host without a name is answered by one with it, in any order. The name is
 * empty where there is none. */
int resolver_start(int *fd, struct error *err) must_check;
