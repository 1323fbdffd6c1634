/* Stamps of packets when a driver hands them to GRO. The stamp is the skb's until its device receives it (rx.bpf.c), or
 * it is merged into another one. */
#include "slots.h"

/* The skb that GRO is working on; GRO's exit hook knows only the verdict. */
static u64 gro_now[CPUS];

/* A driver hands a packet to GRO: only its address is usable yet, its headers are not set. Whether it is measured is
 * decided when it leaves GRO for the stack. */
static __always_inline int rx_gro_entry(const struct sk_buff *skb)
{
	struct rx_slot *s = rx_slot(skb);

	/* The other end of a veth: the packet travels on. It may be merged into another one, for which there is no
	 * tracepoint. */
	if (filter.family)
		tx_held_forget(skb);
	gro_now[bpf_get_smp_processor_id() & (CPUS - 1)] = (u64)skb;
	/* A packet that a tunnel has unwrapped passes GRO again: the first entry counts. */
	if (s->skb == (u64)skb && skb->skb_iif)
		return 0;
	if (filter.family || filter.echo)
		rx_cpus_of(low_half(skb))->gro = cpu_here();
	s->gro_skb = (u64)skb;
	s->gro_ns = bpf_ktime_get_ns();
	return 0;
}

/* A held packet goes to the stack later. One that was merged into a held packet never does: its stamp must not stay,
 * because the address will be reused. */
static __always_inline int rx_gro_exit(int result)
{
	u64 *now = &gro_now[bpf_get_smp_processor_id() & (CPUS - 1)];

	if (result != (int)bpf_core_enum_value(enum gro_result, GRO_HELD) &&
	    result != (int)bpf_core_enum_value(enum gro_result, GRO_NORMAL))
		gro_forget((void *)*now);
	return 0;
}

SEC("?tp_btf/napi_gro_receive_entry")
int BPF_PROG(rx_gro_receive_entry, const struct sk_buff *skb)
{
	return rx_gro_entry(skb);
}

SEC("?tp_btf/napi_gro_frags_entry")
int BPF_PROG(rx_gro_frags_entry, const struct sk_buff *skb)
{
	return rx_gro_entry(skb);
}

SEC("?tp_btf/napi_gro_receive_exit")
int BPF_PROG(rx_gro_receive_exit, int result)
{
	return rx_gro_exit(result);
}

SEC("?tp_btf/napi_gro_frags_exit")
int BPF_PROG(rx_gro_frags_exit, int result)
{
	return rx_gro_exit(result);
}
