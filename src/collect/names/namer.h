/* Names for the numbers in records: cgroups, namespaces, devices, users. Each is looked up and sent once; a device's is
 * sent again when it changes. */
#pragma once

#include "containers.h"
#include "idmap.h"
#include "outbox.h"
#include "processes.h"

#define NAMER_DEVICES 16384 /* remembered at most */

struct namer {
	struct idmap seen[NAME_KINDS]; /* which names were sent; the values mean nothing */
	struct namer_device *devices;  /* owned: with the names that were sent last */
	u32 device_count;
	struct idmap device_ids;
	int cgroup_fd; /* mount point of cgroup v2, -1: none */
	int sock;      /* belongs to our own namespace, whichever one the thread is in */
	u32 own_netns;
	struct namer_processes processes;
	struct containers *containers; /* borrowed; NULL: none are looked for */
};

void namer_init(struct namer *n);
void namer_deinit(struct namer *n);
/* Sends the names that this record refers to and the reader does not have yet. */
void namer_send(struct namer *n, struct outbox *out, const struct record_socket *s);
/* Sends the name of a program of BPF if the reader does not have it yet. An id is never another program's. */
void namer_send_program(struct namer *n, struct outbox *out, u32 id, const char name[16]);
/* The same of those that are attached to a place. */
void namer_send_attached(struct namer *n, struct outbox *out, const struct record_attached *a);
/* A control group, opened for its name alone (O_PATH), for the caller to close; -1: it is gone, or may not be opened.
 */
int namer_open_cgroup(const struct namer *n, u64 id);
/* Sends a device's name if the reader does not know it yet. kind: NAME_IFACE or NAME_DEVICE, with its scope. */
void namer_send_device(struct namer *n, struct outbox *out, enum name_kind kind, u64 scope, u32 ifindex,
		       const u8 name[16]);
/* The container that a cgroup belongs to. */
void namer_send_container(struct outbox *out, u64 cgroup, const char *text);
