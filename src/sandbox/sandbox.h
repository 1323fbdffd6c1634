/* Restricts both ends once what they need is open: which system calls they may make, which files they may touch.
 * Neither restriction can be lifted. docs/security.md says what they are for. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/* Which end may make a system call (calls.h); each end is filtered with a list of its own. */
enum sandbox_end { SANDBOX_COLLECTOR = 1, SANDBOX_MONITOR = 2 };

/* From here on all threads of this process make only the system calls of this end. Others return EPERM, and those that
 * only an attacker makes kill the process (SIGSYS). Sets no_new_privs. 0; -EOPNOTSUPP: this kernel has no filters (err
 * says so, nothing has changed); else negative, err says why. */
int sandbox_calls(enum sandbox_end end, struct error *err) must_check;
/* Has the kernel seccomp filters? */
bool sandbox_has_filters(void);
/* How many system calls the end may make, some of them only with certain arguments. */
size_t sandbox_call_count(enum sandbox_end end);

enum sandbox_access {
	SANDBOX_READ,  /* a file, or everything below a folder, and the files that links in it lead to */
	SANDBOX_WRITE, /* make, write, replace and remove files below a folder, but not read them */
	SANDBOX_KEEP,  /* both */
};

struct sandbox_path {
	const char *path; /* borrowed; NULL or missing: ignored */
	enum sandbox_access access;
};

/* From here on the calling thread, and all threads that it starts, open only these paths, and neither bind nor connect
 * TCP (Linux 6.7). Open descriptors stay usable. Sets no_new_privs. 0; -EOPNOTSUPP: no Landlock here; else negative,
 * err says why. */
int sandbox_files(const struct sandbox_path *paths, size_t count, struct error *err) must_check;
/* Landlock's ABI (1 came with 5.13); 0: this kernel has none, or it is not enabled (lsm=). */
int sandbox_landlock_abi(void);
