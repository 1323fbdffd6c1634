/* Giving up privileges for good. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "collect.h"

/* Lets go of the terminal, of every descriptor but the stream's and of the folder: before anything is opened. */
void confine_descriptors(const struct collect_options *o);
/* Becomes the system user skbtop, else nobody; keeps only the capabilities that serve something, can gain none, and
 * makes no system call but those of the table in src/sandbox. In all threads that are started from here on. 0 or a
 * negative errno. */
int confine(struct error *err) must_check;
#define CONFINE_NONE (-1)
/* Keeps one capability at most, CONFINE_NONE: none, in the calling thread. */
int confine_to(int capability);

/* The system user that the collector becomes: where /etc/passwd has none, the kernel's own idea of nobody. */
struct confine_user {
	uid_t uid;
	gid_t gid;
	char name[32];
};
void confine_find_user(struct confine_user *u, FILE *passwd);
/* For --doctor: what holds this process, as the kernel says, and what this kernel has for the monitor. */
struct confine_walls {
	bool filters;     /* seccomp */
	int landlock_abi; /* 0: none */
};
void confine_describe(FILE *out, const struct confine_walls *walls);
