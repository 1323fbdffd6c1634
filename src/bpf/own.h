/* How the collector reads maps without holding off kprobes' programs, as every look-up by system call does.
 *
 * Maps in which each processor has elements of its own, one behind the other, lie in the collector's memory. (A per-CPU
 * map cannot be mapped.) src/collect/hooks/hooks.c gives them their size before they are loaded. What two processors
 * write shares no cache line: ABI_OWN_LINE. */
#pragma once

#include "kernel.h"

/* Hands the elements of a map to the collector, each as its key and the first bytes of its value: while a map is read
 * by look-ups, in batches too, no kprobe's program runs on that processor; while an iterator walks over it, they all
 * do. */
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

/* The part-th element, of parts, of the processor that we run on. */
static __always_inline u32 own_element(u32 parts, u32 part)
{
	return bpf_get_smp_processor_id() * parts + part;
}
