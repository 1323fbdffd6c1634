/* What the reader was told of namespaces and devices: only what has changed since is sent. */
#pragma once

#include "idmap.h"
#include "outbox.h"
#include "visitor.h"

#define TOLD_DEVICES_MAX 65536 /* of all namespaces */

struct told_space {
	struct record_space r; /* as it was sent last */
	u64 tick;              /* … with this tick */
	u32 visit;             /* number of the last visit */
	u32 devices;           /* the first of its devices, or IDMAP_NONE */
	u32 unlisted;          /* devices that were beyond TOLD_DEVICES_MAX in the last visit */
	u64 *counters;         /* owned, COUNTERS_MAX */
	struct nat_list nat;   /* as they were sent last … */
	bool nat_sent;         /* … if they ever were */
	u64 programs_ns;       /* when those of its devices were last looked for; 0: never */
};

struct told_device {
	struct record_device r;
	u64 key;
	u32 next; /* of its namespace, or of those that are free; or IDMAP_NONE */
	u32 visit;
	u64 programs; /* those of BPF at it that were sent last, as a sum; 0: none were ever sent */
};

struct told {
	struct outbox *out;
	struct namer *namer;
	struct buf *tick;          /* records go there */
	struct told_space *spaces; /* owned */
	u32 space_count, space_cap;
	struct idmap by_netns;
	struct told_device *devices; /* owned */
	u32 device_count, device_cap, device_free, devices_live;
	struct idmap by_key;
	struct record_cpu *cpus; /* owned, CPUS_MAX; by their place in the file */
	u32 cpu_count;
	u32 cpu_space; /* id of the namespace with which they are read */
	u32 names;     /* of counters that were sent */
	u32 space_id;  /* the last that was given away … */
	u64 device_id;
	u64 number; /* of the tick that is being made */
};

/* All are borrowed. */
void told_init(struct told *t, struct outbox *out, struct buf *tick, struct namer *namer);
void told_deinit(struct told *t);
/* Tells what this visit has found, which gets the ids of its devices. */
void told_visit(struct told *t, struct visit *v, const struct counter_names *names);
/* The tick with this number is being made. */
void told_tick(struct told *t, u64 number);
/* Ticks after this one were not read: all that is known of the namespaces that were in them is told again. */
void told_again(struct told *t, u64 delivered);
/* When the namespace was visited last; 0: never. */
u64 told_visited_ns(const struct told *t, u32 netns);
/* When programs of BPF at its devices were looked for last; 0: never. */
u64 told_programs_ns(const struct told *t, u32 netns);
/* Forgets all namespaces for which there() is false. */
void told_forget(struct told *t, bool (*there)(const void *context, u32 netns), const void *context);
