/* Addresses, ports and sequence numbers out of a packet's headers, wherever it has been caught: with and without a MAC
 * header, before and after the transport header was set. All reads may fail; then the packet has no family. */
#pragma once

#include "kernel.h"

#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd
#define ROUTE_LOCAL 0x80000000U /* RTCF_LOCAL, RTF_LOCAL */
#define HEADER_UNSET 0xffff
#define EXTENSIONS_MAX 6

struct loss_packet {
	u32 saddr[4], daddr[4]; /* IPv4 in the first */
	u16 sport, dport;       /* host order */
	u16 family;             /* AF_INET, AF_INET6; 0: no IP packet */
	u8 protocol;
	u8 tcp_flags;
	u32 seq, end_seq;
	u32 length; /* from the IP header on */
	bool local; /* its route ends here */
};

/* FIN and SYN take a sequence number each. */
static __always_inline void packet_tcp(struct loss_packet *p, const u8 *at, u32 room)
{
	u8 h[14];
	u32 header;

	if (bpf_probe_read_kernel(h, sizeof(h), at))
		return;
	header = (h[12] >> 4) * 4;
	p->seq = (u32)h[4] << 24 | (u32)h[5] << 16 | (u32)h[6] << 8 | h[7];
	p->tcp_flags = h[13];
	p->end_seq = p->seq + (h[13] & 1) + (h[13] >> 1 & 1) + (room > header ? room - header : 0);
}

static __always_inline void packet_transport(struct loss_packet *p, const u8 *at, u32 room)
{
	u8 h[4];

	if (p->protocol != IPPROTO_TCP && p->protocol != IPPROTO_UDP && p->protocol != IPPROTO_UDPLITE)
		return;
	if (bpf_probe_read_kernel(h, sizeof(h), at))
		return;
	p->sport = (u16)(h[0] << 8 | h[1]);
	p->dport = (u16)(h[2] << 8 | h[3]);
	if (p->protocol == IPPROTO_TCP)
		packet_tcp(p, at, room);
}

static __always_inline bool packet_v4(struct loss_packet *p, const u8 *ip)
{
	u8 h[20];
	u32 header;

	if (bpf_probe_read_kernel(h, sizeof(h), ip) || h[0] >> 4 != 4)
		return false;
	header = (h[0] & 15) * 4;
	if (header < 20)
		return false;
	p->family = AF_INET;
	p->protocol = h[9];
	__builtin_memcpy(p->saddr, h + 12, 4);
	__builtin_memcpy(p->daddr, h + 16, 4);
	/* Only the first fragment has ports. */
	if (!(h[6] & 0x1f) && !h[7])
		packet_transport(p, ip + header, p->length > header ? p->length - header : 0);
	return true;
}

static __always_inline bool packet_v6(struct loss_packet *p, const u8 *ip)
{
	u32 at = 40;
	u8 h[40], next;

	if (bpf_probe_read_kernel(h, sizeof(h), ip) || h[0] >> 4 != 6)
		return false;
	p->family = AF_INET6;
	__builtin_memcpy(p->saddr, h + 8, 16);
	__builtin_memcpy(p->daddr, h + 24, 16);
	next = h[6];
#pragma unroll
	for (int i = 0; i < EXTENSIONS_MAX; i++) {
		u8 e[4];

		/* hop by hop, routing, fragment, destination options */
		if (next != 0 && next != 43 && next != 44 && next != 60)
			break;
		if (bpf_probe_read_kernel(e, sizeof(e), ip + at))
			break;
		if (next == 44 && (e[2] || e[3] & 0xf8)) {
			p->protocol = e[0];
			return true;
		}
		at += next == 44 ? 8 : ((u32)e[1] + 1) * 8;
		next = e[0];
	}
	p->protocol = next;
	packet_transport(p, ip + at, p->length > at ? p->length - at : 0);
	return true;
}

static __always_inline void packet_at(struct loss_packet *p, const struct sk_buff *skb, const u8 *ip, u16 protocol)
{
	const u8 *data = BPF_CORE_READ(skb, data);

	/* skb->len counts from data, which lies before or behind the IP header. */
	p->length = BPF_CORE_READ(skb, len) + (u32)(data - ip);
	if (protocol == ETH_P_IP)
		packet_v4(p, ip);
	else
		packet_v6(p, ip);
}

/* Without a family afterwards it is no IP packet, or its headers are not there yet. */
static __always_inline void packet_read(const struct sk_buff *skb, struct loss_packet *p)
{
	u16 protocol = bpf_ntohs(BPF_CORE_READ(skb, protocol)), offset = BPF_CORE_READ(skb, network_header);

	if (protocol != ETH_P_IP && protocol != ETH_P_IPV6)
		return;
	if (offset && offset != HEADER_UNSET)
		packet_at(p, skb, BPF_CORE_READ(skb, head) + offset, protocol);
	/* Before the network header is set, the MAC header has been pulled: eth_type_trans(). */
	if (!p->family)
		packet_at(p, skb, BPF_CORE_READ(skb, data), protocol);
}

/* skb->dev shares its place with UDP's dev_scratch, whose upper byte is a bool: a kernel address has it all set. */
static __always_inline const struct net_device *packet_device(const struct sk_buff *skb)
{
	const struct net_device *dev = BPF_CORE_READ(skb, dev);

	return (u64)dev >> 56 == 0xff ? dev : 0;
}

/* Where it was: the device, which is returned, and its namespace; without a device the one of its route. Says also
 * whether that route ends here. */
static __always_inline const struct net_device *packet_place(const struct sk_buff *skb, struct loss_packet *p,
							     u32 *ifindex, u32 *netns)
{
	const struct net_device *dev = packet_device(skb);
	const struct dst_entry *dst = (void *)(BPF_CORE_READ(skb, _skb_refdst) & ~1UL);

	if (dst && p->family == AF_INET)
		p->local = BPF_CORE_READ((const struct rtable *)dst, rt_flags) & ROUTE_LOCAL;
	else if (dst && p->family == AF_INET6)
		p->local = BPF_CORE_READ((const struct rt6_info *)dst, rt6i_flags) & ROUTE_LOCAL;
	if (!dev && dst)
		dev = BPF_CORE_READ(dst, dev);
	*ifindex = dev ? BPF_CORE_READ(dev, ifindex) : BPF_CORE_READ(skb, skb_iif);
	if (dev)
		*netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	return dev;
}
