/* Who the user is, and becoming that user. The order matters: groups need CAP_SETGID, the bounding set CAP_SETPCAP, and
 * both are gone once the uid has changed. */
#include "privilege.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <wchar.h>

#include "nss.h"

/* A passwd entry that is larger is considered broken. */
#define PASSWD_MAX 65536

/* Above the user's own programs, below the collector (-15), without which there is nothing to show. */
#define PROMPT_NICE (-10)
#define PROMPT_SLICE_NS 100000 /* the kernel's minimum */

/* A decimal user or group id; not (uid_t)-1, which means "unchanged" to the system calls. */
static bool parse_id(const char *s, uint32_t *id)
{
	uint64_t n = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		n = n * 10 + (uint64_t)(*s - '0');
		if (n >= UINT32_MAX)
			return false;
	}
	*id = (uint32_t)n;
	return true;
}

static char *dup_or_null(const char *s)
{
	return s ? strdup(s) : NULL;
}

/* Looks the user up by name, or by uid if name is NULL. 1: found, 0: no such user, negative errno. */
static int passwd_find(struct identity *id, const char *name, uid_t uid)
{
	cleanup_free char *space = malloc(PASSWD_MAX);
	struct passwd entry, *found = NULL;
	int r;

	if (!space)
		return -ENOMEM;
	r = nss_user(name, uid, &entry, space, PASSWD_MAX, &found);
	if (!found)
		/* getpwnam(3) lists these errors for "not found". */
		return r == 0 || r == ENOENT || r == ESRCH || r == EBADF || r == EPERM ? 0 : -r;
	id->uid = entry.pw_uid;
	id->gid = entry.pw_gid;
	id->name = dup_or_null(entry.pw_name);
	id->home = dup_or_null(entry.pw_dir);
	return id->name && id->home ? 1 : -ENOMEM;
}

static int lookup_failed(int r, struct error *err)
{
	return error_set(err, r, "cannot look the user up: %s", strerror(-r));
}

static int find_named(struct identity *id, const char *user, struct error *err)
{
	int r = passwd_find(id, user, 0);

	if (r < 0)
		return lookup_failed(r, err);
	if (r == 0)
		return error_set(err, -EINVAL, "unknown user '%s'", user);
	if (getuid() != 0 && id->uid != getuid())
		return error_set(err, -EINVAL, "--user %s: only root can become another user", user);
	return 0;
}

/* The caller of sudo. A uid without a passwd entry is used as it is, with the group in SUDO_GID. */
static int find_sudo(struct identity *id, const char *text, struct error *err)
{
	const char *group = getenv("SUDO_GID");
	uint32_t uid, gid;
	int r;

	if (!parse_id(text, &uid))
		return error_set(err, -EINVAL, "SUDO_UID is '%s', which is no user id", text);
	r = passwd_find(id, NULL, uid);
	if (r < 0)
		return lookup_failed(r, err);
	if (r > 0)
		return 0;
	id->uid = uid;
	if (!group || !parse_id(group, &gid))
		return error_set(err, -EINVAL, "user %u has no passwd entry and SUDO_GID names no group", uid);
	id->gid = gid;
	return 0;
}

static int find_self(struct identity *id, struct error *err)
{
	int r = passwd_find(id, NULL, getuid());

	if (r < 0)
		return lookup_failed(r, err);
	/* This process keeps the group that it was started with, whatever passwd says. */
	id->uid = getuid();
	id->gid = getgid();
	return 0;
}

int identity_find(struct identity *id, const char *user, struct error *err)
{
	const char *sudo = getuid() == 0 ? getenv("SUDO_UID") : NULL;
	int r;

	*id = (struct identity){};
	if (user)
		r = find_named(id, user, err);
	else if (sudo)
		r = find_sudo(id, sudo, err);
	else
		r = find_self(id, err);
	id->changes = id->uid != getuid();
	return r;
}

void identity_deinit(struct identity *id)
{
	free(id->name);
	free(id->home);
	*id = (struct identity){};
}

static int failed(struct error *err, const char *what)
{
	int code = errno ? errno : EPERM;

	return error_set(err, -code, "cannot give up privileges: %s: %s", what, strerror(code));
}

static int drop_groups(const struct identity *id, struct error *err)
{
	if (!id->changes)
		return 0;
	if ((id->name ? nss_set_groups(id->name, id->gid) : setgroups(0, NULL)) < 0)
		return failed(err, "initgroups");
	return 0;
}

static int drop_ids(const struct identity *id, struct error *err)
{
	if (setresgid(id->gid, id->gid, id->gid) < 0)
		return failed(err, "setresgid");
	if (setresuid(id->uid, id->uid, id->uid) < 0)
		return failed(err, "setresuid");
	return 0;
}

static void drop_bounding_set(void)
{
	/* Needs CAP_SETPCAP, which a container may withhold; then no_new_privs serves the same purpose. */
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP)) {
		capng_clear(CAPNG_SELECT_BOUNDS);
		(void)!capng_apply(CAPNG_SELECT_BOUNDS);
	}
}

static int drop_capabilities(struct error *err)
{
	if (capng_get_caps_process() < 0)
		return failed(err, "capget");
	capng_clear(CAPNG_SELECT_CAPS);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return failed(err, "capset");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return failed(err, "ambient capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return failed(err, "no_new_privs");
	return 0;
}

static int check_dropped(const struct identity *id, struct error *err)
{
	errno = 0;
	if (capng_get_caps_process() < 0 || capng_have_capabilities(CAPNG_SELECT_CAPS) > CAPNG_NONE)
		return failed(err, "capabilities are left");
	if (id->uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
		return failed(err, "root can be had back");
	return 0;
}

/* sudo keeps or sets these as it is configured. From here on files are read and written as the user. */
static int take_environment(const struct identity *id, struct error *err)
{
	static const char *const foreign[] = {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME",
					      "XDG_RUNTIME_DIR"};

	if (!id->changes)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
		unsetenv(foreign[i]);
	if (setenv("HOME", id->home ? id->home : "/", 1) < 0)
		return failed(err, "setenv");
	if (id->name && (setenv("USER", id->name, 1) < 0 || setenv("LOGNAME", id->name, 1) < 0))
		return failed(err, "setenv");
	return 0;
}

int privilege_drop(const struct identity *id, struct error *err)
{
	int r;

	if (capng_get_caps_process() < 0)
		return failed(err, "capget");
	r = drop_groups(id, err);
	if (r < 0)
		return r;
	drop_bounding_set();
	r = drop_ids(id, err);
	if (r == 0)
		r = drop_capabilities(err);
	if (r == 0)
		r = check_dropped(id, err);
	if (r == 0)
		r = take_environment(id, err);
	return r;
}

int privilege_hide(struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return failed(err, "PR_SET_DUMPABLE");
	return 0;
}

/* Makes the C library read now what it would read at first use: the time zone, and the locale's character
 * conversion. */
static void settle_library(void)
{
	mbstate_t state = {};
	wchar_t wide;

	tzset();
	(void)!mbrtowc(&wide, "a", 1, &state);
}

int privilege_confine(const struct sandbox_path *paths, size_t count, struct error *err)
{
	int r;

	settle_library();
	r = sandbox_files(paths, count, err);
	if (r == 0 || r == -EOPNOTSUPP)
		r = sandbox_calls(SANDBOX_MONITOR, err);
	return r == -EOPNOTSUPP ? 0 : r;
}

/* The kernel's struct sched_attr in its first version (3.14): not every C library has it. */
struct sched_attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/* Two settings, because each helps in one case: the nice value among the processes of a session (autogroup, sched(7));
 * the slice, since 6.12 the requested time per turn (EEVDF), also between sessions: a short one is scheduled earlier.
 * Older kernels ignore it. */
void privilege_be_prompt(void)
{
	struct sched_attributes a = {.size = sizeof(a), .runtime = PROMPT_SLICE_NS};

	errno = 0;
	a.nice = getpriority(PRIO_PROCESS, 0);
	/* Somebody has chosen a nice value: keep it. */
	if (errno || a.nice)
		return;
	if (setpriority(PRIO_PROCESS, 0, PROMPT_NICE) == 0)
		a.nice = PROMPT_NICE;
	syscall(SYS_sched_setattr, 0, &a, 0);
}
