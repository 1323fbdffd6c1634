/* Giving up privileges for good. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "collect.h"
#include "types.h"

/* Drops the terminal, every descriptor except the stream's, and the working directory. Before anything is opened. */
void confine_descriptors(const struct collect_options *o);
/* Becomes the system user skbtop, else nobody; keeps only the capabilities that are used, can gain none, and makes only
 * the system calls in the table of src/sandbox. Applies to all threads that start later. 0 or a negative errno. */
int confine(struct error *err) must_check;
#define CONFINE_NONE 0
#define CONFINE_KEEP(capability) (1ULL << (capability))
/* Keeps at most these capabilities in the calling thread: a sum of CONFINE_KEEP(), or CONFINE_NONE. */
int confine_to(u64 keep);

/* For --doctor: what confines this process according to the kernel, and what this kernel offers for the monitor. */
struct confine_walls {
	bool filters;     /* seccomp */
	int landlock_abi; /* 0: none */
};
void confine_describe(FILE *out, const struct confine_walls *walls);
