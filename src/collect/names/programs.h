/* Programs of BPF that are attached to something, by their ids. */
#pragma once

#include <stdbool.h>

#include "cleanup.h"
#include "record.h"

void programs_add(struct record_attached *a, u8 hook, u32 id);
/* Adds those of one hook. target: a descriptor, or a device's number; flags: BPF_F_QUERY_*. Takes a lock of the
 * kernel's that others may hold for as long as they like: not for the main thread. 0, or negative errno: -EINVAL where
 * the kernel has no such hook. */
int programs_query(struct record_attached *a, int target, u8 hook, u32 flags) must_check;
/* The name that it was loaded with, not always NUL-terminated. false: it is gone, or we may not ask. */
bool program_name(u32 id, char name[16]);
