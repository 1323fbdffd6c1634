/* Addresses, ports and sequence numbers from a packet's headers in the kernel's memory. The transport header is found
 * by the IP header: where packets are caught, skb->transport_header is often not set yet. */
#pragma once

#include "kernel.h"

#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd
#define ETH_P_8021Q 0x8100
#define ETH_P_8021AD 0x88a8
#define IP_OFFSET 0x1fff
#define EXTENSIONS_MAX 4 /* IPv6 extension headers before the transport header */

/* IPv6 extension headers (uapi/linux/in6.h). */
enum { NEXTHDR_HOP = 0, NEXTHDR_ROUTING = 43, NEXTHDR_FRAGMENT = 44, NEXTHDR_DEST = 60 };

struct headers {
	u8 *network;             /* the IP header */
	u8 *transport;           /* NULL: a later fragment, or behind too many extension headers */
	u8 saddr[16], daddr[16]; /* IPv4 in the first four bytes */
	u16 sport, dport;        /* network order */
	u32 seq;                 /* of TCP, host order, like the rest */
	u32 payload;             /* where it begins, from the IP header on; 0: unknown */
	u32 frame;               /* bytes from the IP header on, as it says; 0: a super-packet */
	u8 family;               /* 4, 6; 0: not IP */
	u8 proto;
	u8 flags;
	u8 icmp_type;
};

struct ip4_head {
	u8 ihl_version, tos;
	__be16 tot_len, id, frag_off;
	u8 ttl, protocol;
	__sum16 check;
	u8 saddr[4], daddr[4];
};

struct ip6_head {
	u32 flow;
	__be16 payload_len;
	u8 nexthdr, hop_limit;
	u8 saddr[16], daddr[16];
};

struct tcp_head {
	__be16 source, dest;
	__be32 seq, ack_seq;
	u8 doff, flags;
	__be16 window;
	__sum16 check;
	__be16 urg_ptr;
};

static __always_inline bool is_extension(u8 next)
{
	return next == NEXTHDR_HOP || next == NEXTHDR_ROUTING || next == NEXTHDR_FRAGMENT || next == NEXTHDR_DEST;
}

/* Skips IPv6 extension headers; NULL: there are too many, or this is a later fragment. */
static __always_inline u8 *ip6_transport(u8 *p, u8 *next)
{
	for (int i = 0; i < EXTENSIONS_MAX; i++) {
		u8 head[4];

		if (!is_extension(*next))
			return p;
		if (bpf_probe_read_kernel(head, sizeof(head), p) != 0)
			return 0;
		if (*next == NEXTHDR_FRAGMENT) {
			if (bpf_ntohs(*(u16 *)(head + 2)) & ~7) {
				*next = head[0];
				return 0;
			}
			p += 8;
		} else {
			p += (head[1] + 1) * 8;
		}
		*next = head[0];
	}
	return 0;
}

static __always_inline bool headers_ip4(struct headers *h)
{
	struct ip4_head ip;

	if (bpf_probe_read_kernel(&ip, sizeof(ip), h->network) != 0 || (ip.ihl_version & 15) < 5)
		return false;
	h->family = 4;
	h->proto = ip.protocol;
	h->frame = bpf_ntohs(ip.tot_len);
	*(u32 *)h->saddr = *(u32 *)ip.saddr;
	*(u32 *)h->daddr = *(u32 *)ip.daddr;
	if (bpf_ntohs(ip.frag_off) & IP_OFFSET)
		return false;
	h->transport = h->network + (ip.ihl_version & 15) * 4;
	return true;
}

static __always_inline bool headers_ip6(struct headers *h)
{
	struct ip6_head ip;
	u8 next;

	if (bpf_probe_read_kernel(&ip, sizeof(ip), h->network) != 0)
		return false;
	next = ip.nexthdr;
	h->family = 6;
	h->frame = bpf_ntohs(ip.payload_len) + sizeof(ip);
	__builtin_memcpy(h->saddr, ip.saddr, 16);
	__builtin_memcpy(h->daddr, ip.daddr, 16);
	h->transport = ip6_transport(h->network + sizeof(ip), &next);
	h->proto = next;
	return h->transport != 0;
}

static __always_inline bool headers_transport(struct headers *h)
{
	u32 before = (u32)(h->transport - h->network);
	struct tcp_head tcp = {};
	u16 ports[2];

	if (h->proto == IPPROTO_TCP) {
		if (bpf_probe_read_kernel(&tcp, sizeof(tcp), h->transport) != 0)
			return false;
		h->sport = tcp.source;
		h->dport = tcp.dest;
		h->seq = bpf_ntohl(tcp.seq);
		h->flags = tcp.flags;
		h->payload = before + (tcp.doff >> 4) * 4;
		return true;
	}
	h->payload = before + 8;
	if (h->proto == IPPROTO_UDP || h->proto == IPPROTO_UDPLITE) {
		if (bpf_probe_read_kernel(ports, sizeof(ports), h->transport) != 0)
			return false;
		h->sport = ports[0];
		h->dport = ports[1];
		return true;
	}
	return (h->proto == IPPROTO_ICMP || h->proto == IPPROTO_ICMPV6) &&
	       bpf_probe_read_kernel(&h->icmp_type, 1, h->transport) == 0;
}

/* Reads the IP header and what is used of the transport header. false: not IP, another transport, a later fragment, or
 * not readable; what was read until then stands. */
static __always_inline bool headers_read(struct headers *h, u8 *network)
{
	u8 version;

	__builtin_memset(h, 0, sizeof(*h));
	h->network = network;
	if (bpf_probe_read_kernel(&version, 1, network) != 0)
		return false;
	if (version >> 4 == 4)
		return headers_ip4(h) && headers_transport(h);
	return version >> 4 == 6 && headers_ip6(h) && headers_transport(h);
}
