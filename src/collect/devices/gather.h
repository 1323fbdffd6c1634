/* What there is to know of the thread's network namespace beside its sockets. */
#pragma once

#include "conntrack.h"
#include "counters.h"
#include "rtnl.h"

#define COUNTERS_MAX 1024 /* different counters; the kernel has some 400 */
#define CPUS_MAX 1024     /* processors that are told of */

/* The counters by number, in the order in which they were met. Only who gathers adds any. */
struct counter_names {
	char *at[COUNTERS_MAX]; /* owned */
	u32 count;
	u32 expected; /* the number that the next counter probably has: each namespace lists them in the same order */
};

struct found {
	struct record_space space; /* without netns */
	struct rtnl_list devices;
	struct nat_list nat;        /* if it was asked for … */
	bool has_nat;               /* … and could be read */
	u32 counter_count;          /* names that were known */
	u64 counters[COUNTERS_MAX]; /* by number; those that are not there are 0 */
	struct record_cpu *cpus;    /* owned; of the collector's own namespace alone */
	u32 cpu_count;
};

/* Reads everything anew. own: also what is the whole machine's; nat: also translated connections; programs: also those
 * of BPF at devices. It waits for the kernel's rtnl lock. */
void gather(struct found *g, struct counter_names *names, bool own, bool nat, bool programs);
void found_deinit(struct found *g);
void counter_names_deinit(struct counter_names *n);

/* The parts that are text, for tests; f may be NULL. */
u32 gather_cpus(FILE *softnet, struct record_cpu *cpus, u32 max);
void gather_conntrack(FILE *stat, struct record_space *s);
void gather_sockstat(FILE *sockstat, struct record_space *s);
