/* Finding where cgroup v2 is mounted. */
#include "cgroup.h"

#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>

int cgroup_open_root(void)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	struct mntent entry;
	char line[4096];
	int fd = -1;

	while (f && fd < 0 && getmntent_r(f, &entry, line, sizeof(line)))
		if (strcmp(entry.mnt_type, "cgroup2") == 0)
			fd = open(entry.mnt_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f)
		endmntent(f);
	return fd;
}
