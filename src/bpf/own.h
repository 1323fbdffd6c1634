/* How the collector reads maps without keeping kprobes' programs from running, as every look-up by system call does.
 *
 * Maps with elements for each processor are arrays, in which the elements of one processor follow those of another,
 * mapped into the collector's memory. (A per-CPU map cannot be mapped.) src/collect/hooks/hooks.c sets their size
 * before they are loaded. What two processors write shares no cache line: ABI_OWN_LINE. */
#pragma once

#include "kernel.h"

/* Writes the elements of a map to the collector, each as its key and the first bytes of its value. While a map is read
 * by look-ups, also in batches, no kprobe's program runs on that processor; while an iterator walks it, they run. */
#define WALK(name, key_type, bytes)                                                                                    \
	SEC("?iter/bpf_map_elem")                                                                                      \
	int name(struct bpf_iter__bpf_map_elem *ctx)                                                                   \
	{                                                                                                              \
		void *key = ctx->key, *value = ctx->value;                                                             \
		if (!key || !value)                                                                                    \
			return 0;                                                                                      \
		bpf_seq_write(ctx->meta->seq, key, sizeof(key_type));                                                  \
		bpf_seq_write(ctx->meta->seq, value, bytes);                                                           \
		return 0;                                                                                              \
	}

/* The index of an element, `part` of `parts`, of the current processor. */
static __always_inline u32 own_element(u32 parts, u32 part)
{
	return bpf_get_smp_processor_id() * parts + part;
}
