/* Names for the numbers that records carry: cgroups, namespaces, devices, users. Each is looked up once and told once;
 * a device's is told again when it has another. */
#pragma once

#include "idmap.h"
#include "outbox.h"

#define NAMER_DEVICES 16384 /* that are remembered */

struct namer {
	struct idmap seen[NAME_USER + 1]; /* what was told already; the values mean nothing */
	struct namer_device *devices;     /* owned: as they were told last */
	u32 device_count;
	struct idmap device_ids;
	int cgroup_fd; /* mount point of cgroup v2, -1: none */
	int sock;      /* belongs to our own namespace, whichever the thread is in */
	u32 own_netns;
};

void namer_init(struct namer *n);
void namer_deinit(struct namer *n);
/* Looks at a record and tells the reader the names that it does not have yet. */
void namer_tell(struct namer *n, struct outbox *out, const struct record_socket *s);
/* A device has this name: told if the reader does not know it yet. kind: NAME_IFACE or NAME_DEVICE, with its scope. */
void namer_tell_device(struct namer *n, struct outbox *out, enum name_kind kind, u64 scope, u32 ifindex,
		       const u8 name[16]);
