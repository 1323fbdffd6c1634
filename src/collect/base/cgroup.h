/* Control groups, version 2. */
#pragma once

/* Where it is not mounted, as on a machine with version 1 alone, mounts it where nobody else sees it (fsmount(2), Linux
 * 5.2). Once, before the collector is confined. */
void cgroup_init(void);
/* Its root; -1: there is none. For the caller to close. */
int cgroup_open_root(void);
