/* The collector: the only code that holds privileges and the only code that uses libbpf. It attaches the programs,
 * polls them each tick and writes the record stream until its reader is gone. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "error.h"
#include "record.h"

#define COLLECT_WITHOUT_MAX 8
#define COLLECT_INTERVAL_MIN_NS 100000000ULL     /* 0.1 s */
#define COLLECT_INTERVAL_MAX_NS 3600000000000ULL /* 1 h */

struct collect_options {
	int in_fd, out_fd;                        /* commands come in, records go out; may be the same socket */
	u64 interval_ns;                          /* clamped to the bounds above; 0: one second */
	const char *without[COLLECT_WITHOUT_MAX]; /* hook kinds not to be used: fentry kprobe tracepoint (for tests, and
						     to rule one out) */
	size_t without_count;
	bool payload;    /* traced packets include the first bytes of their payload; otherwise only headers leave the
			    collector */
	bool netfilter;  /* also measure the time in netfilter's hooks */
	u32 cpu_percent; /* percent of one CPU that the collector may use after its first second; 0: a quarter */
	const char *btf; /* borrowed; --btf: a file with the kernel's BTF, if it shows none; NULL: not given */
	bool info_all;   /* a record_info for every socket from the first tick on */
};

/* Checks what can be known before anything starts: privileges, BTF, lockdown. 0, or negative with the one line to
 * print. */
int collect_check(const struct collect_options *o, struct error *err) must_check;
/* Runs until the peer closes or asks to quit. Drops unneeded privileges first; never prints. Returns the exit
 * status. */
int collect_run(const struct collect_options *o);
/* --doctor: kernel, privileges, and for each feature the hook that serves it or why none does. Returns the exit
 * status. */
int collect_doctor(FILE *out, const struct collect_options *o);
