/* Giving up privileges: the monitor runs as the person who called it, without capabilities, and cannot regain them. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "sandbox.h"

/* The user that the monitor becomes. */
struct identity {
	uid_t uid;
	gid_t gid;
	char *name;   /* owned; NULL: the uid has no passwd entry */
	char *home;   /* owned; NULL likewise */
	bool changes; /* not the current user: groups and environment change, too */
};

/* user (--user), else SUDO_UID if the real uid is 0, else the real uid. -EINVAL: no such user, or not allowed; err is
 * the line to print. */
int identity_find(struct identity *id, const char *user, struct error *err) must_check;
void identity_deinit(struct identity *id);

/* Becomes id for good: groups, gid, uid, HOME; without capabilities, and without a way to gain any (no_new_privs).
 * Checks that there is no way back. On failure (negative errno) it may have been done in part: the process must end. */
int privilege_drop(const struct identity *id, struct error *err) must_check;

/* Keeps the user's other processes from tracing this one, and thereby from controlling the collector. */
int privilege_hide(struct error *err) must_check;

/* Called when everything is open that the start needs: from here on the monitor opens only these paths and makes only
 * the system calls in the table of src/sandbox. If the kernel lacks either, it continues without (--doctor reports
 * it). */
int privilege_confine(const struct sandbox_path *paths, size_t count, struct error *err) must_check;

/* Makes the scheduler wake us soon when programs use all CPUs: that is when somebody watches. A process with a nice
 * value of its own keeps it. Needs CAP_SYS_NICE in part; works without what is refused. */
void privilege_be_prompt(void);

#define cleanup_identity cleanup(identity_deinit)
