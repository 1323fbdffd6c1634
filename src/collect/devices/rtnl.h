/* Devices, queueing disciplines and classes of the thread's network namespace, by rtnetlink. */
#pragma once

#include <stdbool.h>

#include "record.h"

#define RTNL_DEVICES_MAX 16384 /* of a namespace; the rest is counted */

struct rtnl_list {
	struct record_device *at; /* owned; without id and netns; what belongs to a device has its name */
	u32 count, cap;
	u32 nics;
	u32 unlisted;                     /* did not fit */
	struct record_attached *programs; /* owned: of the devices that have any, by their numbers in place of keys */
	u32 programs_count, programs_cap;
	bool has_programs; /* they were asked for */
	bool whole;        /* nothing was missed */
};

/* Fills an empty list, or one that was filled before; programs: also with programs of BPF. It waits while somebody
 * holds the kernel's rtnl lock. */
void rtnl_read(struct rtnl_list *l, bool programs);
void rtnl_list_deinit(struct rtnl_list *l);
