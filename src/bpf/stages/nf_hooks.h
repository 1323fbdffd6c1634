/* The time that packets spend in netfilter's hooks (-n). A packet in a hook has a slot on its processor; one that
 * returns on another processor, or finds its slot taken, is counted as missed. Its exit is matched by the skb's address
 * only: the hook may have freed or stolen it by then. */
#pragma once

#include "slots.h"

#define NF_SLOTS 128   /* packets in hooks per processor, a power of two: they nest, because a hook may send packets */
#define NF_PASSED 4096 /* packets between their hooks and the device's queue, a power of two */

enum nf_inet_hooks { NF_INET_PRE_ROUTING, NF_INET_LOCAL_IN, NF_INET_FORWARD, NF_INET_LOCAL_OUT, NF_INET_POST_ROUTING };
enum { NFPROTO_IPV4 = 2, NFPROTO_IPV6 = 10 };

/* Without -n the collector makes the first two maps as small as possible: all look-ups but one fail. */
struct nf_slots_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NF_SLOTS);
	__type(key, u32);
	__type(value, struct nf_slot);
};

struct nf_passed_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NF_PASSED);
	__type(key, u32);
	__type(value, struct nf_passed);
};

struct nf_times_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* for each processor: own.h */
	__type(key, u32);
	__type(value, struct abi_nf_times);
};

extern struct nf_slots_map nf_slots SEC(".maps");
extern struct nf_passed_map nf_passed SEC(".maps");
extern struct nf_times_map nf_times SEC(".maps");

/* Set by the collector. */
extern u32 nf_on; /* the hooks are measured */
extern u32
    nf_links; /* … by two programs in each hook, which do not see the exit of a packet that is dropped between them */

static __always_inline struct abi_nf_times *nf_times_here(void)
{
	u32 here = own_element(1, 0);

	return bpf_map_lookup_elem(&nf_times, &here);
}

static __always_inline struct nf_slot *nf_slot_at(u32 number)
{
	u32 at = number & (NF_SLOTS - 1);

	return bpf_map_lookup_elem(&nf_slots, &at);
}

/* One skb may be in two different hooks at once: IPVS sends what it took in LOCAL_IN. Each hook has its own slots, so
 * that packets that a hook sends (REJECT) cannot take the slot of the packet it works on. */
static __always_inline struct nf_slot *nf_slot_of(const struct sk_buff *skb, u32 hook)
{
	return nf_slot_at(hook << 4 | (slot_of(low_half(skb) >> 6) & 15));
}

static __always_inline struct nf_passed *nf_passed_of(u32 skb_low)
{
	u32 at = slot_of(skb_low >> 6) & (NF_PASSED - 1);

	return bpf_map_lookup_elem(&nf_passed, &at);
}

/* -- the time of a traced packet ----------------------------------------------------------------------------------- */

static __always_inline struct abi_packet_hooks *nf_event(u64 key, u32 passed)
{
	struct abi_packet_hooks *p = bpf_ringbuf_reserve(&packets, sizeof(*p), 0);

	if (!p) {
		count_stage(lost);
		return 0;
	}
	__builtin_memset(p, 0, sizeof(*p));
	p->size = sizeof(*p);
	p->kind = ABI_PACKET_HOOKS;
	p->key = key;
	p->passed = passed;
	return p;
}

static __always_inline void nf_report_one(u64 key, u32 hook, u64 ns)
{
	struct abi_packet_hooks *p = nf_event(key, 1U << hook);

	if (!p)
		return;
	/* No index: older verifiers do not accept a number from the stack as an offset into the ring. */
	p->ns[NF_INET_PRE_ROUTING] = hook == NF_INET_PRE_ROUTING ? ns : 0;
	p->ns[NF_INET_LOCAL_IN] = hook == NF_INET_LOCAL_IN ? ns : 0;
	p->ns[NF_INET_FORWARD] = hook == NF_INET_FORWARD ? ns : 0;
	p->ns[NF_INET_LOCAL_OUT] = hook == NF_INET_LOCAL_OUT ? ns : 0;
	p->ns[NF_INET_POST_ROUTING] = hook == NF_INET_POST_ROUTING ? ns : 0;
	packets_submit(p);
}

/* A packet gets its key only now: reports its time in earlier hooks. */
static __always_inline void nf_report_passed(u64 key, const struct sk_buff *skb)
{
	struct nf_passed *of = nf_on && key ? nf_passed_of(low_half(skb)) : 0;
	struct abi_packet_hooks *p;

	if (!of || of->skb != (u64)skb || of->tstamp != BPF_CORE_READ(skb, tstamp))
		return;
	of->skb = 0;
	p = nf_event(key, of->passed);
	if (!p)
		return;
	for (u32 i = 0; i < ABI_NF_HOOKS; i++)
		p->ns[i] = of->ns[i];
	packets_submit(p);
}

#define NF_RECEIVED (1 << NF_INET_PRE_ROUTING | 1 << NF_INET_LOCAL_IN | 1 << NF_INET_FORWARD)
#define NF_SENT (1 << NF_INET_LOCAL_OUT | 1 << NF_INET_POST_ROUTING)

/* Which hooks the same packet may have passed before this one. A packet from one namespace to another keeps its skb,
 * but is a new packet to the receiver. */
static __always_inline u32 nf_before(u32 hook, u64 tstamp)
{
	if (tstamp)
		return hook <= NF_INET_FORWARD ? NF_RECEIVED : NF_SENT;
	switch (hook) {
	case NF_INET_LOCAL_IN: return 1 << NF_INET_PRE_ROUTING;
	case NF_INET_POST_ROUTING: return 1 << NF_INET_LOCAL_OUT;
	default: return 0;
	}
}

/* It is not known yet whether the packet is traced: for one that is sent the device's queue decides, for a translated
 * one the transport layer. Addresses are reused: a packet is the same one if its time stamp (TCP's, or the device's) is
 * the same; a packet without a time stamp passes each hook once, in their order. */
static __always_inline void nf_keep(u64 skb, u64 tstamp, u32 hook, u64 ns)
{
	struct nf_passed *p = nf_passed_of((u32)skb);

	if (!p)
		return;
	if (p->skb != skb || p->tstamp != tstamp || p->passed & ~nf_before(hook, tstamp)) {
		p->skb = 0;
		p->tstamp = tstamp;
		p->passed = 0;
		for (u32 i = 0; i < ABI_NF_HOOKS; i++)
			p->ns[i] = 0;
		p->skb = skb;
	}
	p->ns[hook] += ns;
	p->passed |= 1U << hook;
}

/* -- enter and leave ----------------------------------------------------------------------------------------------- */

/* A received packet's slot shows whether it is traced. For a packet that is sent, the slot at its address belongs to an
 * earlier one. */
static __always_inline u64 nf_key(const struct sk_buff *skb, u32 hook)
{
	const struct rx_slot *s = hook <= NF_INET_FORWARD ? rx_find(skb) : 0;

	return s ? s->key : 0;
}

static __always_inline void nf_enter(struct nf_slot *s, const struct sk_buff *skb, u32 hook, u64 call)
{
	bool measured = is_sampled(&segment_here()->gap);
	struct abi_nf_times *t;

	if (!s || hook >= ABI_NF_HOOKS || (!measured && !filter.family))
		return;
	if (s->skb && s->measured) {
		t = nf_times_here();
		if (t)
			__sync_fetch_and_add(&t->missed, 1);
	}
	s->skb = 0;
	s->call = call;
	s->tstamp = filter.family ? BPF_CORE_READ(skb, tstamp) : 0;
	s->key = filter.family ? nf_key(skb, hook) : 0;
	s->hook = hook;
	s->measured = measured;
	s->begin_ns = bpf_ktime_get_ns();
	s->skb = (u64)skb;
}

/* Atomic: an interrupt may run a program in a hook on the same processor. */
static __always_inline void nf_measured(u32 hook, u64 ns, bool dropped)
{
	struct abi_nf_times *t = nf_times_here();

	if (!t)
		return;
	__sync_fetch_and_add(&t->buckets[hook][bucket_of(ns) & (ABI_LAYER_BUCKETS - 1)], 1);
	__sync_fetch_and_add(&t->sum_ns[hook], ns);
	if (dropped)
		__sync_fetch_and_add(&t->dropped[hook], 1);
	if (ns > t->max_ns[hook])
		t->max_ns[hook] = ns;
}

enum nf_end { NF_PASSES, NF_DROPPED, NF_TAKEN /* queued or stolen: it may belong to anybody by now */ };

static __always_inline void nf_leave(struct nf_slot *s, enum nf_end end)
{
	u64 skb = s->skb, ns = bpf_ktime_get_ns() - s->begin_ns;
	u32 hook = s->hook;

	s->skb = 0;
	if (hook >= ABI_NF_HOOKS)
		return;
	if (s->measured)
		nf_measured(hook, ns, end == NF_DROPPED);
	if (s->key)
		nf_report_one(s->key, hook, ns);
	else if (end == NF_PASSES && filter.family)
		nf_keep(skb, s->tstamp, hook, ns);
}

/* Does the packet have a slot, and is this it? The compiler must not replace one address by the other: to the verifier
 * the slot's is a number, which allows arithmetic. */
static __always_inline bool nf_is(const struct nf_slot *s, const struct sk_buff *skb, u32 hook)
{
	u64 of = s ? s->skb : 0;

	barrier_var(of);
	return s && of == (u64)skb && s->hook == hook;
}

/* Netfilter has dropped the packet: the last program of its hook will not see it. */
static __always_inline void nf_drop(const struct sk_buff *skb)
{
	for (u32 hook = 0; hook < ABI_NF_HOOKS; hook++) {
		struct nf_slot *s = nf_slot_of(skb, hook);

		if (nf_is(s, skb, hook)) {
			nf_leave(s, NF_DROPPED);
			return;
		}
	}
}
