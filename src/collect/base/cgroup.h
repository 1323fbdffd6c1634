/* Control groups, version 2. */
#pragma once

/* Their root, where cgroup v2 is mounted; -1: it is not. For the caller to close. */
int cgroup_open_root(void);
