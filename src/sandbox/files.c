/* Landlock, by its three system calls, which neither the C library nor older headers know. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "sandbox.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444 /* the same number on every architecture */
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

/* include/uapi/linux/landlock.h, up to ABI 5 */
#define ASK_VERSION 1U
#define RULE_PATH_BENEATH 1
#define FS_WRITE_FILE (1ULL << 1)
#define FS_READ_FILE (1ULL << 2)
#define FS_READ_DIR (1ULL << 3)
#define FS_REMOVE_FILE (1ULL << 5)
#define FS_MAKE_REG (1ULL << 8)
#define FS_TRUNCATE (1ULL << 14)
#define FS_ALL 0xffffULL /* of ABI 5: EXECUTE is bit 0, IOCTL_DEV bit 15 */
#define NET_ALL 3ULL     /* BIND_TCP, CONNECT_TCP */

struct ruleset {
	uint64_t fs, net; /* what is refused unless a rule allows it */
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

/* What each ABI can refuse. The kernel rejects what it does not know. */
static const struct {
	int abi;
	struct ruleset rules;
} known[] = {
    {5, {FS_ALL, NET_ALL}},      /* 6.10: ioctl() of devices */
    {4, {FS_ALL >> 1, NET_ALL}}, /* 6.7: TCP */
    {3, {FS_ALL >> 1, 0}},       /* 6.2: truncate() */
    {2, {FS_ALL >> 2, 0}},       /* 5.19: from one folder to another; before, that is always refused */
    {1, {FS_ALL >> 3, 0}},       /* 5.13 */
};

static const uint64_t file_rights[] = {
    [SANDBOX_READ] = FS_READ_FILE,
    [SANDBOX_WRITE] = FS_WRITE_FILE | FS_TRUNCATE,
    [SANDBOX_KEEP] = FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE,
};

static const uint64_t folder_rights[] = {
    [SANDBOX_READ] = FS_READ_DIR,
    [SANDBOX_WRITE] = FS_MAKE_REG | FS_REMOVE_FILE,
    [SANDBOX_KEEP] = FS_READ_DIR | FS_MAKE_REG | FS_REMOVE_FILE,
};

int sandbox_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

static int add_rule(int ruleset, int fd, uint64_t rights)
{
	struct path_beneath rule = {.allowed = rights, .parent_fd = fd};

	if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0)
		return 0;
	return errno == EBADFD ? 0 : -errno; /* a pipe has no path, and is not restricted */
}

/* Settings are often links to where they are kept: the targets of links in the folder may be read. */
static int allow_links(int ruleset, const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	int r = 0;

	while (d && r == 0 && (e = readdir(d))) {
		cleanup_close int fd = e->d_type == DT_LNK ? openat(dirfd(d), e->d_name, O_PATH | O_CLOEXEC) : -1;
		struct stat st;

		if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
			r = add_rule(ruleset, fd, FS_READ_FILE);
	}
	if (d)
		closedir(d);
	return r;
}

static int allow(int ruleset, const struct sandbox_path *p, uint64_t known_rights)
{
	cleanup_close int fd = p->path ? open(p->path, O_PATH | O_CLOEXEC) : -1;
	uint64_t rights = file_rights[p->access];
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 0;
	if (!S_ISDIR(st.st_mode))
		return add_rule(ruleset, fd, rights & known_rights);
	r = add_rule(ruleset, fd, (rights | folder_rights[p->access]) & known_rights);
	return r < 0 || p->access == SANDBOX_WRITE ? r : allow_links(ruleset, p->path);
}

#ifdef SANDBOX_SANITIZED
/* LeakSanitizer looks for threads at the end, and reports need the memory map. */
static const struct sandbox_path sanitizers = {"/proc", SANDBOX_READ};
#else
static const struct sandbox_path sanitizers = {NULL, SANDBOX_READ};
#endif

static int restrict_to(int ruleset, const struct sandbox_path *paths, size_t count, uint64_t known_rights)
{
	int r = allow(ruleset, &sanitizers, known_rights);

	for (size_t i = 0; r == 0 && i < count; i++)
		r = allow(ruleset, &paths[i], known_rights);
	if (r < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? -errno : 0;
}

int sandbox_files(const struct sandbox_path *paths, size_t count, struct error *err)
{
	int abi = sandbox_landlock_abi(), r;
	cleanup_close int ruleset = -1;
	size_t k = 0;

	if (!abi)
		return error_set(err, -EOPNOTSUPP, "the kernel has no Landlock");
	while (k + 1 < ARRAY_SIZE(known) && known[k].abi > abi)
		k++;
	/* Before ABI 4 there is no second word. */
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &known[k].rules,
			       known[k].rules.net ? sizeof(known[k].rules) : sizeof(known[k].rules.fs), 0);
	r = ruleset < 0 ? -errno : restrict_to(ruleset, paths, count, known[k].rules.fs);
	return r < 0 ? error_set(err, r, "cannot restrict files (Landlock): %s", strerror(-r)) : 0;
}
