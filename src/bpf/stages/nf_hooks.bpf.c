/* Netfilter's five hooks of IPv4 and IPv6: when a packet enters one and when it leaves. Loaded only with -n. */
#include "nf_hooks.h"

#define NF_ACCEPT 1

/* nf_hook_slow() is called if a hook has any entry; nf_hook_slow_list() calls it for each packet. It returns 1 if the
 * packet continues, 0 if it was taken, or a negative error if it was dropped. */
static __always_inline enum nf_end nf_end_of(int ret)
{
	return ret == 1 ? NF_PASSES : ret < 0 ? NF_DROPPED : NF_TAKEN;
}

static __always_inline bool is_ip(u8 pf)
{
	return pf == NFPROTO_IPV4 || pf == NFPROTO_IPV6;
}

SEC("?fentry/nf_hook_slow")
int BPF_PROG(nf_hook_fentry, struct sk_buff *skb, struct nf_hook_state *state)
{
	u32 hook = state->hook;

	if (is_ip(state->pf))
		nf_enter(nf_slot_of(skb, hook), skb, hook, 0);
	return 0;
}

SEC("?fexit/nf_hook_slow")
int BPF_PROG(nf_hook_fexit, struct sk_buff *skb, struct nf_hook_state *state, const void *entries, u32 first, int ret)
{
	u32 hook = state->hook;
	struct nf_slot *s = nf_slot_of(skb, hook);

	if (is_ip(state->pf) && nf_is(s, skb, hook))
		nf_leave(s, nf_end_of(ret));
	return 0;
}

/* A kretprobe does not know the arguments, and calls nest: a packet that a hook sends passes hooks itself, perhaps in a
 * softirq on top of another call. The stack pointer identifies the call. If the return of a call is missed (only so
 * many kretprobe instances exist at a time), no other call finds its slot. */
#if defined(__TARGET_ARCH_x86)
#define RETURN_ADDRESS 8 /* has been popped */
#else
#define RETURN_ADDRESS 0
#endif

static __always_inline struct nf_slot *nf_slot_of_call(u64 call)
{
	return nf_slot_at(slot_of((u32)(call >> 3)));
}

SEC("?kprobe/nf_hook_slow")
int BPF_KPROBE(nf_hook_kprobe, struct sk_buff *skb, struct nf_hook_state *state)
{
	u64 call = PT_REGS_SP(ctx);

	if (is_ip(BPF_CORE_READ(state, pf)))
		nf_enter(nf_slot_of_call(call), skb, BPF_CORE_READ(state, hook), call);
	return 0;
}

SEC("?kretprobe/nf_hook_slow")
int BPF_KRETPROBE(nf_hook_kretprobe, int ret)
{
	u64 call = PT_REGS_SP(ctx) - RETURN_ADDRESS;
	struct nf_slot *s = nf_slot_of_call(call);

	if (s && s->skb && s->call == call)
		nf_leave(s, nf_end_of(ret));
	return 0;
}

/* Where functions cannot be hooked: the first and the last program of each hook (src/collect/hooks/netfilter.c has the
 * order of all programs). */
SEC("?netfilter/first")
int nf_hook_first(struct bpf_nf_ctx *ctx)
{
	u32 hook = ctx->state->hook;

	nf_enter(nf_slot_of(ctx->skb, hook), ctx->skb, hook, 0);
	return NF_ACCEPT;
}

SEC("?netfilter/last")
int nf_hook_last(struct bpf_nf_ctx *ctx)
{
	u32 hook = ctx->state->hook;
	struct nf_slot *s = nf_slot_of(ctx->skb, hook);

	if (nf_is(s, ctx->skb, hook))
		nf_leave(s, NF_PASSES);
	return NF_ACCEPT;
}
