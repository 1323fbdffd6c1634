/* What is told of processes beside their names: which are to be asked for. */
#pragma once

#include "idmap.h"
#include "source.h"

#define PROCESSES_QUEUED 4096U
#define PROCESSES_ASKED 65536U

/* Zero-initialise. */
struct namer_processes {
	struct idmap asked;          /* by pid and name: those that were asked for lately; the values mean nothing */
	u32 queue[PROCESSES_QUEUED]; /* a ring of pids */
	u32 first, count;
};

/* Its owner is to be asked for, if that was not done yet. */
void processes_note(struct namer_processes *p, const struct record_socket *s);

extern const struct source_class processes_source;
