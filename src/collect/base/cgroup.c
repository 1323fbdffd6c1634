/* Finding where cgroup v2 is mounted. */
#include "cgroup.h"

#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "cleanup.h"

static int open_mounted(void)
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

/* A mount of it that is in no name space: every kernel has the hierarchy, also where only version 1 is in use. */
static int open_unmounted(void)
{
	cleanup_close int context = fsopen("cgroup2", FSOPEN_CLOEXEC);
	cleanup_close int mount = -1;

	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
		return -1;
	mount = fsmount(context, FSMOUNT_CLOEXEC, 0);
	return mount < 0 ? -1 : openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int unmounted = -1;

void cgroup_init(void)
{
	cleanup_close int mounted = open_mounted();

	if (mounted < 0 && unmounted < 0)
		unmounted = open_unmounted();
}

int cgroup_open_root(void)
{
	int fd = open_mounted();

	return fd >= 0 || unmounted < 0 ? fd : fcntl(unmounted, F_DUPFD_CLOEXEC, 0);
}
