/* The table of system calls: which end may make which, and why. */
#pragma once

#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>

#include "sandbox.h"

enum call_answer {
	CALL_ALLOWED,
	CALL_ABSENT, /* ENOSYS: the C library then uses the older call, whose arguments a filter can see */
	CALL_ATTACK, /* kills the process: our code never calls it, so an attacker does */
};

struct call {
	int number; /* SCMP_SYS(); negative: this architecture has no such call */
	unsigned ends;
	enum call_answer answer;
	struct scmp_arg_cmp arg[2]; /* only with these arguments */
	unsigned args;
	bool own_pid; /* only with this process's id as the first argument */
	const char *why;
};

extern const struct call calls[];
extern const size_t call_count;
