/* A dropped packet, wherever that was: with or without a MAC header, before or after its network header was set. All
 * reads may fail; then the packet has no family. */
#pragma once

#include "headers.h"

#define ROUTE_LOCAL 0x80000000U /* RTCF_LOCAL, RTF_LOCAL */
#define HEADER_UNSET 0xffff

struct loss_packet {
	struct headers h;
	u32 end_seq;
	u32 length; /* from the IP header on */
	bool local; /* its route ends here */
};

static __always_inline void packet_at(struct loss_packet *p, const struct sk_buff *skb, u8 *ip, u16 protocol)
{
	const u8 *data = BPF_CORE_READ(skb, data);
	bool whole = headers_read(&p->h, ip);

	if (p->h.family != (protocol == ETH_P_IP ? 4 : 6)) {
		p->h.family = 0;
		return;
	}
	/* skb->len counts from data, which is before or after the IP header. */
	p->length = BPF_CORE_READ(skb, len) + (u32)(data - ip);
	if (whole && p->h.proto == IPPROTO_TCP)
		p->end_seq = p->h.seq + !!(p->h.flags & TCP_FIN) + !!(p->h.flags & TCP_SYN) +
			     (p->length > p->h.payload ? p->length - p->h.payload : 0);
}

/* Leaves the family 0 if it is not an IP packet, or its headers are not there yet. */
static __always_inline void packet_read(const struct sk_buff *skb, struct loss_packet *p)
{
	u16 protocol = bpf_ntohs(BPF_CORE_READ(skb, protocol)), offset = BPF_CORE_READ(skb, network_header);

	if (protocol != ETH_P_IP && protocol != ETH_P_IPV6)
		return;
	if (offset && offset != HEADER_UNSET)
		packet_at(p, skb, BPF_CORE_READ(skb, head) + offset, protocol);
	/* If the network header is not set yet, eth_type_trans() has pulled the MAC header. */
	if (!p->h.family)
		packet_at(p, skb, BPF_CORE_READ(skb, data), protocol);
}

/* skb->dev is a union with UDP's dev_scratch, whose upper byte is a bool: in a kernel address that byte is all ones. */
static __always_inline const struct net_device *packet_device(const struct sk_buff *skb)
{
	const struct net_device *dev = BPF_CORE_READ(skb, dev);

	return (u64)dev >> 56 == 0xff ? dev : 0;
}

/* Where it was: returns the device and sets its namespace, without a device those of the route. Also sets `local`. */
static __always_inline const struct net_device *packet_place(const struct sk_buff *skb, struct loss_packet *p,
							     u32 *ifindex, u32 *netns)
{
	const struct net_device *dev = packet_device(skb);
	const struct dst_entry *dst = (void *)(BPF_CORE_READ(skb, _skb_refdst) & ~1UL);

	if (dst && p->h.family == 4)
		p->local = BPF_CORE_READ((const struct rtable *)dst, rt_flags) & ROUTE_LOCAL;
	else if (dst && p->h.family == 6)
		p->local = BPF_CORE_READ((const struct rt6_info *)dst, rt6i_flags) & ROUTE_LOCAL;
	if (!dev && dst)
		dev = BPF_CORE_READ(dst, dev);
	*ifindex = dev ? BPF_CORE_READ(dev, ifindex) : BPF_CORE_READ(skb, skb_iif);
	if (dev)
		*netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	return dev;
}
