/* What can take a connection of guest over. */
#pragma once

#include <stdint.h>

#define PROGRAMS_MAX 2
#define MESSAGE 1000 /* bytes of each, for the parser */

/* Of a sockmap (parser, with its verdict; verdict, alone; skb, msg), or a filter; of the root of cgroup v2 (group), of
 * the device lo (device: XDP, and tcx where there is that). All pass everything on. */
int has_programs(const char *what);
/* Loads them and gives them this end of the connection, until this process ends. Their ids; 0 on success, else -1 and
 * errno. */
int take_by_programs(int fd, const char *what, uint32_t ids[PROGRAMS_MAX]);
/* From now on the kernel speaks TLS on it: version 12 or 13. 0, else -1 and errno. */
int take_by_tls(int fd, int version);
