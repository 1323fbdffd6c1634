/* Finding a namespace again: through a process that has a socket in it, through /run/netns, or through any process. */
#include "spaces.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

void spaces_init(struct spaces *s)
{
	struct stat st = {};

	*s = (struct spaces){.own_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)};
	if (s->own_fd >= 0 && fstat(s->own_fd, &st) == 0)
		s->own = (u32)st.st_ino;
	spaces_note(s, s->own, (u32)getpid());
}

void spaces_deinit(struct spaces *s)
{
	idmap_deinit(&s->pids);
	free(s->inodes);
	if (s->own_fd >= 0)
		close(s->own_fd);
}

void spaces_note(struct spaces *s, u32 netns, u32 pid)
{
	u32 known;

	if (!netns)
		return;
	known = idmap_get(&s->pids, netns);
	if (known == pid || (known != IDMAP_NONE && !pid))
		return;
	if (known == IDMAP_NONE) {
		if (s->count == s->cap) {
			u32 cap = s->cap ? s->cap * 2 : 16;
			u32 *bigger = realloc(s->inodes, cap * sizeof(*bigger));

			if (!bigger)
				return;
			s->inodes = bigger;
			s->cap = cap;
		}
		s->inodes[s->count++] = netns;
	}
	if (idmap_set(&s->pids, netns, pid) < 0 && known == IDMAP_NONE)
		s->count--;
}

static bool is_exhausted(int error)
{
	return error == EMFILE || error == ENFILE;
}

/* Opens path if it is this namespace. */
static int open_if(int dir, const char *path, u32 netns)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == netns)
		return fd;
	if (fd >= 0) {
		close(fd);
		errno = ENOENT;
	}
	return -1;
}

/* Looks through a folder of namespace files (/run/netns), or of processes (/proc). */
static int search(const char *folder, const char *suffix, u32 netns)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	char path[300];
	int fd = -1;

	while (d && fd < 0 && (e = readdir(d))) {
		if (e->d_name[0] == '.' || (*suffix && (e->d_name[0] < '0' || e->d_name[0] > '9')))
			continue;
		snprintf(path, sizeof(path), "%s%s", e->d_name, suffix);
		fd = open_if(dirfd(d), path, netns);
	}
	if (d)
		closedir(d);
	return fd;
}

static int open_space(const struct spaces *s, u32 netns)
{
	u32 pid = idmap_get(&s->pids, netns);
	char path[64];
	int fd, error;

	snprintf(path, sizeof(path), "/proc/%u/ns/net", pid);
	fd = pid ? open_if(AT_FDCWD, path, netns) : -1;
	error = pid ? errno : ENOENT;
	if (fd < 0)
		fd = search("/run/netns", "", netns);
	if (fd < 0)
		fd = search("/proc", "/ns/net", netns);
	/* Why the last of all processes is not in it says nothing. */
	if (fd < 0 && !is_exhausted(errno))
		errno = error;
	return fd;
}

/* Could not be opened or entered: forgets it, if it may be gone. It would come back with the next socket that is seen in
 * it, which an idle one is not. */
static bool forget(struct spaces *s, u32 netns, bool opened, int error)
{
	bool there = opened || is_exhausted(error);

	s->unreachable += there || error == EACCES || error == EPERM;
	if (!there)
		idmap_remove(&s->pids, netns);
	return !there;
}

void spaces_each(struct spaces *s, void (*each)(void *context, u32 netns), void *context)
{
	bool away = false;
	u32 kept = 0;

	s->unreachable = 0;
	for (u32 i = 0; i < s->count; i++) {
		u32 netns = s->inodes[i];
		cleanup_close int fd = -1;

		if (netns != s->own) {
			fd = s->own_fd < 0 ? -1 : open_space(s, netns);
			if (fd < 0 || setns(fd, CLONE_NEWNET) < 0) {
				if (!forget(s, netns, fd >= 0, errno))
					s->inodes[kept++] = netns;
				continue;
			}
			away = true;
		}
		s->inodes[kept++] = netns;
		each(context, netns);
		if (away && setns(s->own_fd, CLONE_NEWNET) == 0)
			away = false;
	}
	s->count = kept;
}
