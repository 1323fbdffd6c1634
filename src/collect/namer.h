/* Names for the numbers that records carry: cgroups, namespaces, devices, users. Each is looked up once and told once. */
#pragma once

#include "idmap.h"
#include "outbox.h"

struct namer {
	struct idmap seen[NAME_USER + 1]; /* what was told already; the values mean nothing */
	int cgroup_fd;			  /* mount point of cgroup v2, -1: none */
	int sock;			  /* belongs to our own namespace, whichever the thread is in */
	u32 own_netns;
};

/* The root of cgroup v2, or -1: it is not mounted. */
int namer_open_cgroup2(void);

void namer_init(struct namer *n);
void namer_deinit(struct namer *n);
/* Looks at a record and tells the reader the names that it does not have yet. */
void namer_tell(struct namer *n, struct outbox *out, const struct record_socket *s);
/* A device whose name is known already. */
void namer_tell_device(struct namer *n, struct outbox *out, u32 netns, u32 ifindex, const char *name);
