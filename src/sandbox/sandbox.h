/* The walls around both ends, once what they need is open: which system calls they may make, which files they may
 * touch. Neither wall can be taken down again. docs/security.md says what they are for. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/* Whom a system call is for (calls.h); both ends are filtered, each with its own list. */
enum sandbox_end { SANDBOX_COLLECTOR = 1, SANDBOX_MONITOR = 2 };

/* From here on all threads of this process make only the system calls that the end is for. Anything else returns EPERM,
 * and what only an attacker does ends the process (SIGSYS). Sets no_new_privs. 0; -EOPNOTSUPP: this kernel has no
 * filters (err says so, nothing has changed); else negative, err says why. */
int sandbox_calls(enum sandbox_end end, struct error *err) must_check;
/* Has the kernel seccomp with filters? */
bool sandbox_has_filters(void);
/* How many system calls the end may make, some of them only with certain arguments. */
size_t sandbox_call_count(enum sandbox_end end);

enum sandbox_access {
	SANDBOX_READ,  /* a file, or all that is below a folder, and the files that links in it lead to */
	SANDBOX_WRITE, /* files below a folder are made, written, replaced and removed, but not read */
	SANDBOX_KEEP,  /* both */
};

struct sandbox_path {
	const char *path; /* borrowed; NULL or not there: passed over */
	enum sandbox_access access;
};

/* From here on the calling thread, and all that it starts, opens only what these paths name, and neither binds nor
 * connects TCP (Linux 6.7). What is open stays open. Sets no_new_privs. 0; -EOPNOTSUPP: no Landlock here; else
 * negative, err says why. */
int sandbox_files(const struct sandbox_path *paths, size_t count, struct error *err) must_check;
/* Landlock's ABI (1 came with 5.13); 0: this kernel has none, or it is not switched on (lsm=). */
int sandbox_landlock_abi(void);
