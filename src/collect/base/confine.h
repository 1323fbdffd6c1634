/* Giving up privileges for good. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "collect.h"

/* Drops the terminal, every descriptor except the stream's, and the working directory. Before anything is opened. */
void confine_descriptors(const struct collect_options *o);
/* Becomes the system user skbtop, else nobody; keeps only the capabilities that are used, can gain none, and makes only
 * the system calls in the table of src/sandbox. Applies to all threads that start later. 0 or a negative errno. */
int confine(struct error *err) must_check;
#define CONFINE_NONE (-1)
/* Keeps at most this capability in the calling thread; CONFINE_NONE: none. */
int confine_to(int capability);

/* The system user that the collector becomes; without one in /etc/passwd, the kernel's nobody. */
struct confine_user {
	uid_t uid;
	gid_t gid;
	char name[32];
};
void confine_find_user(struct confine_user *u, FILE *passwd);
/* For --doctor: what confines this process according to the kernel, and what this kernel offers for the monitor. */
struct confine_walls {
	bool filters;     /* seccomp */
	int landlock_abi; /* 0: none */
};
void confine_describe(FILE *out, const struct confine_walls *walls);
