/* Giving up privileges: the monitor runs as the person who called it, without capabilities, and cannot get them back.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "sandbox.h"

/* Whom the monitor becomes. */
struct identity {
	uid_t uid;
	gid_t gid;
	char *name;   /* owned; NULL: the uid has no passwd entry */
	char *home;   /* owned; NULL likewise */
	bool changes; /* another user than now: groups and environment become theirs */
};

/* user (--user), else SUDO_UID if the real uid is 0, else the real uid. -EINVAL: no such user, or not allowed; err is
 * the line to print. */
int identity_find(struct identity *id, const char *user, struct error *err) must_check;
void identity_deinit(struct identity *id);

/* Becomes id for good: groups, gid, uid, HOME; no capabilities, none to be gained (no_new_privs). Checks that there is
 * no way back. Never returns success halfway: on failure (negative errno) the process must end. */
int privilege_drop(const struct identity *id, struct error *err) must_check;

/* Keeps the user's other processes from tracing this one, and so from driving the collector through it. */
int privilege_hide(struct error *err) must_check;

/* Once all that the start needs is open: from here on the monitor opens only these paths and makes only the system
 * calls of the table in src/sandbox. Where the kernel lacks either wall it goes on without that (--doctor tells). */
int privilege_confine(const struct sandbox_path *paths, size_t count, struct error *err) must_check;

/* To be woken soon when programs want all CPUs: that is when somebody watches. A process with a nice value of its own
 * keeps it. Needs CAP_SYS_NICE in part; what is refused is done without. */
void privilege_be_prompt(void);

#define cleanup_identity cleanup(identity_deinit)
