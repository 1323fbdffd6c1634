/* Which local ports the kernel gives away: settings of the thread's network namespace, in /proc/sys/net/ipv4. */
#pragma once

#include <stdio.h>

#include "cleanup.h"
#include "record.h"

/* Reads all but the namespace's own numbers. false: they cannot be read, and nothing has changed. */
bool port_range_read(struct record_ports *p) must_check;

/* The texts of those files, for tests; NULL: a file that could not be opened. */
struct port_range_files {
	FILE *range, *reserved, *reuse, *delay, *timestamps, *time_wait_max;
};
bool port_range_read_from(struct record_ports *p, const struct port_range_files *f) must_check;
