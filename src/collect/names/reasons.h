/* The running kernel's names of drop and reset reasons, from its BTF: a built-in list could not be right on every
 * kernel. */
#pragma once

#include <stddef.h>

#include "record.h"

struct btf;
struct reasons;

/* Copies the names; btf is not kept. NULL: out of memory. An enum that this kernel lacks has no names. */
struct reasons *reasons_new(const struct btf *btf);
void reasons_free(struct reasons *r);
/* The name without its prefix ("NETFILTER_DROP"), or NULL. kind: NAME_DROP_REASON or NAME_RESET_REASON. */
const char *reasons_name(const struct reasons *r, enum name_kind kind, u32 number);
/* The number of the drop reason with this name, or -1. */
long reasons_number(const struct reasons *r, const char *name);

enum reason_class {
	REASON_LOSS = 0,
	REASON_NO_DROP,  /* the packet was used up */
	REASON_UNMISSED, /* nobody misses it */
	REASON_PURGED,   /* it lay in a queue that was emptied */
};

/* Classifies a drop reason. One without a name is a loss. */
enum reason_class reasons_class(const struct reasons *r, u32 number);
/* Sets a bit in `set` for each drop reason of this class below count, which `set` must have room for. */
void reasons_set(const struct reasons *r, enum reason_class class, u64 *set, u32 count);
