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

/* Tells the verifier, where it needs to know, that a number is not above a constant: 5.10 forgets it while the number
 * is on the stack. Verifiers up to 6.1 understand that it is not 0 only as at_most(n - 1, …) + 1. */
#define at_most(number, most)                                                                                          \
	({                                                                                                             \
		u64 _n = (number);                                                                                     \
		asm volatile("if %0 < %1 goto +1; %0 = %1" : "+r"(_n) : "i"(most));                                    \
		_n;                                                                                                    \
	})

/* The low half of an address as a number: the verifier does not allow arithmetic on a whole one. */
static __always_inline u32 low_half(const void *p)
{
	u32 low;

	asm volatile("%0 = %1" : "=w"(low) : "w"((u32)(u64)p));
	return low;
}

/* Hands a record to a ring, whose reader comes once a tick. Where more than so many bytes wait, a power of two, it is
 * woken earlier, and again with each eighth of them: a wake-up costs as much as several records. */
#define ring_submit(ring, record, wake) ring_hand_over(ring, record, sizeof(*(record)), wake)

static __always_inline void ring_hand_over(void *ring, void *record, u64 size, u64 wake)
{
	u64 waiting = bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA);
	/* Two processors may be here at once: the one of them passes the mark. */
	bool now = waiting > wake && (waiting & (wake / 8 - 1)) < 2 * (size + 8);

	bpf_ringbuf_submit(record, now ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

/* The index of an element, `part` of `parts`, of the current processor. */
static __always_inline u32 own_element(u32 parts, u32 part)
{
	return bpf_get_smp_processor_id() * parts + part;
}
