/* Trying a hook: can we attach to it on this kernel? */
#pragma once

#include "hooks.h"

/* 0: it attaches (or only loads, if attach is false). Negative errno otherwise, with a few words in reason. Leaves
 * nothing attached. */
int probe_hook(const struct btf *btf, enum hook_kind kind, const char *target, bool attach, char *reason, size_t size);
/* The kind as in a section name and in --doctor: "fentry", "tp_btf", … */
const char *probe_kind_name(enum hook_kind kind);
/* How many arguments a kernel function has; -1: BTF does not know it. */
int probe_function_args(const struct btf *btf, const char *function);
/* How many arguments a tracepoint has (as tp_btf sees them); -1: BTF does not know it. */
int probe_tracepoint_args(const struct btf *btf, const char *tracepoint);
/* The addresses of n functions, by their names; 0: /proc/kallsyms does not tell it. */
void probe_functions(const char *const *names, u64 *addresses, unsigned n);
/* That of woken_wake_function(), with which a task waits in recv(). */
u64 probe_wake_function(void);
