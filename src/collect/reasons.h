/* The kernel's own names of drop and reset reasons, out of its BTF: no list of ours can be right on every kernel. */
#pragma once

#include <stddef.h>

#include "record.h"

struct btf;
struct reasons;

/* Copies the names; btf is not kept. NULL: out of memory. An enum that the kernel does not have gives no names. */
struct reasons *reasons_new(const struct btf *btf);
void reasons_free(struct reasons *r);
/* The name without its prefix ("NETFILTER_DROP"), or NULL. kind: NAME_DROP_REASON or NAME_RESET_REASON. */
const char *reasons_name(const struct reasons *r, enum name_kind kind, u32 number);
/* The number of a drop reason by that name, or -1. */
long reasons_number(const struct reasons *r, const char *name);
