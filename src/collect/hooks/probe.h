/* Trying a hook: does this kernel let us attach there? */
#pragma once

#include "hooks.h"

/* 0: it attaches (or at least loads, if attach is false). Negative errno otherwise, reason says why in a few words.
 * Leaves nothing attached. */
int probe_hook(const struct btf *btf, enum hook_kind kind, const char *target, bool attach, char *reason, size_t size);
/* The kind's word in a section name and in --doctor: "fentry", "tp_btf", … */
const char *probe_kind_name(enum hook_kind kind);
/* Arguments of a kernel function, or -1 if BTF does not know it. */
int probe_function_args(const struct btf *btf, const char *function);
/* Arguments of a tracepoint (tp_btf's view), or -1. */
int probe_tracepoint_args(const struct btf *btf, const char *tracepoint);
