/* Finds a way into a namespace: through a process that has a socket in it, through /run/netns, or through any
 * process. */
#include "spaces.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "address.h"
#include "array.h"

#define RUN_NETNS "/run/netns"
#define NETNS_COOKIE 71  /* SO_NETNS_COOKIE, 5.14: include/uapi/asm-generic/socket.h */
#define SEARCH_PIECE 16U /* directory entries between two looks at the clock */

void spaces_init(struct spaces *s)
{
	struct stat st = {};

	*s = (struct spaces){.own_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)};
	if (s->own_fd >= 0 && fstat(s->own_fd, &st) == 0)
		s->own = (u32)st.st_ino;
	spaces_note(s, s->own, 0, (u32)getpid());
}

void spaces_deinit(struct spaces *s)
{
	for (u32 i = 0; i < s->count; i++)
		free(s->at[i].name);
	idmap_deinit(&s->map);
	idmap_deinit(&s->addresses);
	free(s->at);
	if (s->search)
		closedir(s->search);
	if (s->own_fd >= 0)
		close(s->own_fd);
}

struct space *spaces_find(const struct spaces *s, u32 netns)
{
	u32 i = netns ? idmap_get(&s->map, netns) : IDMAP_NONE;

	return i == IDMAP_NONE ? NULL : &s->at[i];
}

struct space *spaces_own(const struct spaces *s)
{
	return spaces_find(s, s->own);
}

static struct space *add(struct spaces *s, u32 netns)
{
	if (array_append(&s->at, &s->cap, s->count, sizeof(*s->at)) < 0 || idmap_set(&s->map, netns, s->count) < 0)
		return NULL;
	s->at[s->count] = (struct space){.netns = netns};
	return &s->at[s->count++];
}

static void set_lost(struct spaces *s, struct space *space, bool lost)
{
	s->lost += (u32)lost - (u32)space->lost;
	space->lost = lost;
}

/* Its inode belongs to another namespace now. */
static void begin_anew(struct spaces *s, struct space *space, u64 cookie)
{
	snmp_add(&s->gone, &space->snmp);
	set_lost(s, space, false);
	free(space->name);
	*space = (struct space){.netns = space->netns, .cookie = cookie};
}

static void set_cookie(struct spaces *s, struct space *space, u64 cookie)
{
	if (space->cookie && cookie && space->cookie != cookie)
		begin_anew(s, space, cookie);
	if (cookie)
		space->cookie = cookie;
}

void spaces_note(struct spaces *s, u32 netns, u64 cookie, u32 pid)
{
	struct space *space = spaces_find(s, netns);

	if (!space && netns)
		space = add(s, netns);
	if (!space)
		return;
	set_cookie(s, space, cookie);
	if (!pid || space->pid == pid)
		return;
	space->pid = pid;
	set_lost(s, space, false);
}

void spaces_note_address(struct spaces *s, const u8 address[16])
{
	if (s->addresses.used < SPACES_ADDRESSES_MAX)
		(void)!idmap_set(&s->addresses, address_hash(address, 0) | 1, 1); /* it is one of those without */
}

bool spaces_has_address(const struct spaces *s, const u8 address[16])
{
	return idmap_get(&s->addresses, address_hash(address, 0) | 1) != IDMAP_NONE;
}

void spaces_note_move(struct spaces *s, u32 netns, u8 visits)
{
	struct space *space = spaces_find(s, netns);

	if (space)
		space->moves = MAX(space->moves, visits);
}

/* -- entering ------------------------------------------------------------------------------------------------------ */

/* Opens path if it is this namespace. */
static int open_if(const char *path, u32 netns)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == netns)
		return fd;
	if (fd >= 0) {
		close(fd);
		errno = ENOENT;
	}
	return -1;
}

int spaces_open(const struct space *space)
{
	char path[sizeof(RUN_NETNS) + NAME_MAX + 2];
	int fd = -1;

	errno = ENOENT;
	if (space->pid) {
		snprintf(path, sizeof(path), "/proc/%u/ns/net", space->pid);
		fd = open_if(path, space->netns);
	}
	if (fd < 0 && space->name) {
		snprintf(path, sizeof(path), RUN_NETNS "/%s", space->name);
		fd = open_if(path, space->netns);
	}
	return fd;
}

u64 spaces_cookie_here(void)
{
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(u64);
	u64 cookie = 0;

	return fd >= 0 && getsockopt(fd, SOL_SOCKET, NETNS_COOKIE, &cookie, &len) == 0 ? cookie : 0;
}

/* It could not be opened or not be entered: unless it certainly exists, it is searched for. */
static void not_entered(struct spaces *s, struct space *space, bool opened, int error)
{
	bool there = opened || error == EMFILE || error == ENFILE;

	space->barred = there || error == EACCES || error == EPERM;
	if (there)
		return;
	space->pid = 0;
	set_lost(s, space, true);
}

bool spaces_enter(struct spaces *s, struct space *space, int *fd)
{
	u32 pid = space->pid;

	*fd = -1;
	if (space->netns == s->own)
		return true;
	*fd = spaces_open(space);
	if (*fd < 0 || s->own_fd < 0 || setns(*fd, CLONE_NEWNET) < 0) {
		not_entered(s, space, *fd >= 0, errno);
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
		return false;
	}
	set_cookie(s, space, spaces_cookie_here());
	space->pid = pid;
	space->barred = false;
	return true;
}

void spaces_leave(struct spaces *s)
{
	(void)!setns(s->own_fd, CLONE_NEWNET);
}

void spaces_each(struct spaces *s, void (*each)(void *context, u32 netns), void *context)
{
	for (u32 i = 0; i < s->count; i++) {
		cleanup_close int fd = -1;

		if (s->at[i].lost || !spaces_enter(s, &s->at[i], &fd))
			continue;
		each(context, s->at[i].netns);
		if (fd >= 0)
			spaces_leave(s);
	}
}

/* -- searching for those that are lost ----------------------------------------------------------------------------- */

/* Does this entry of the folder lead to one of them? */
static void look_at(struct spaces *s, const char *name)
{
	char path[NAME_MAX + 16];
	struct space *space;
	struct stat st;

	if (name[0] == '.' || (s->in_proc && (name[0] < '0' || name[0] > '9')))
		return;
	snprintf(path, sizeof(path), s->in_proc ? "%s/ns/net" : "%s", name);
	if (fstatat(dirfd(s->search), path, &st, 0) < 0)
		return;
	space = spaces_find(s, (u32)st.st_ino);
	if (!space || !space->lost)
		return;
	if (s->in_proc) {
		space->pid = (u32)strtoul(name, NULL, 10);
	} else {
		free(space->name);
		space->name = strdup(name);
	}
	set_lost(s, space, false);
}

/* Opens the next folder. false: there is none. */
static bool next_folder(struct spaces *s)
{
	bool was_open = s->search;

	if (was_open)
		closedir(s->search);
	s->search = NULL;
	if (!was_open) {
		s->in_proc = false;
		s->search = opendir(RUN_NETNS);
	}
	if (!s->search && !s->in_proc) {
		s->in_proc = true;
		s->search = opendir("/proc");
	}
	return s->search;
}

bool spaces_search(struct spaces *s, const struct slice *slice)
{
	u32 looked = 0;

	if (!s->search && !next_folder(s))
		return true;
	while (s->lost) {
		struct dirent *e = readdir(s->search);

		if (e)
			look_at(s, e->d_name);
		else if (!next_folder(s))
			return true;
		if (++looked % SEARCH_PIECE == 0 && slice_over(slice))
			return !s->lost;
	}
	closedir(take(s->search));
	return true;
}

void spaces_forget_lost(struct spaces *s)
{
	u32 kept = 0;

	if (!s->lost)
		return;
	for (u32 i = 0; i < s->count; i++) {
		struct space *space = &s->at[i];

		if (space->lost) {
			snmp_add(&s->gone, &space->snmp);
			free(space->name);
			idmap_remove(&s->map, space->netns);
			continue;
		}
		s->at[kept] = *space;
		(void)!idmap_set(&s->map, space->netns, kept++); /* cannot fail: the key is there */
	}
	s->count = kept;
	s->lost = 0;
}

/* -- what is known about them -------------------------------------------------------------------------------------- */

bool spaces_visited_after(const struct spaces *s, u32 netns, u32 turn)
{
	const struct space *space = spaces_find(s, netns);

	return !space || space->turn > turn;
}

u32 spaces_unreachable(const struct spaces *s)
{
	u32 sum = 0;

	for (u32 i = 0; i < s->count; i++)
		sum += s->at[i].barred;
	return sum;
}

u32 spaces_time_wait(const struct spaces *s)
{
	u32 sum = 0;

	for (u32 i = 0; i < s->count; i++)
		sum += s->at[i].time_wait;
	return sum;
}

void spaces_sum(const struct spaces *s, struct snmp *sum)
{
	*sum = s->gone;
	for (u32 i = 0; i < s->count; i++)
		snmp_add(sum, &s->at[i].snmp);
}
