/* What is told of processes beside their names: which are to be asked for. */
#pragma once

#include <stdio.h>

#include "idmap.h"
#include "source.h"

#define PROCESSES_QUEUED 4096U
#define PROCESSES_ASKED 65536U

/* Zero-initialise. */
struct namer_processes {
	struct idmap asked;          /* pid + 1 of those that were asked for → hash of the name that they had */
	size_t again;                /* the slot of these where the next round goes on */
	u32 queue[PROCESSES_QUEUED]; /* a ring of pids */
	u32 first, count;
};

/* Its owner is to be asked for, if that was not done yet. */
void processes_note(struct namer_processes *p, const struct record_socket *s);

/* When the process was started, in ticks of 10 ms after the boot: from /proc/PID/stat. false: it does not say. */
bool process_start_ticks(FILE *stat, u64 *ticks);

extern const struct source_class processes_source;
