/* The first bytes of a traced socket's payload. If only the headers are in the linear part of an skb, the rest is in
 * pages, which a tracing program cannot reach but a cgroup program can. Attached to the root of cgroup v2 only while
 * payload is asked for: it runs for the packets of every socket, and returns at once for all but the traced one's. */
#include "stamps.h"

#define CGROUP_ALLOW 1

/* Where the payload begins, from the IP header on; 0: not TCP or UDP. headers_read() cannot be used: a cgroup program
 * reaches the packet only by bpf_skb_load_bytes(). */
static __always_inline u32 payload_offset(struct __sk_buff *skb, struct abi_payload *p)
{
	struct tcp_head tcp;
	u8 ip[10];
	u32 at;

	if (bpf_skb_load_bytes(skb, 0, ip, sizeof(ip)) != 0)
		return 0;
	if (ip[0] >> 4 == 4) {
		at = (ip[0] & 15) * 4;
		p->proto = ip[9];
	} else {
		at = sizeof(struct ip6_head); /* with extension headers nothing is reported */
		p->proto = ip[6];
	}
	if (p->proto == IPPROTO_UDP)
		return at + 8;
	if (p->proto != IPPROTO_TCP || bpf_skb_load_bytes(skb, at, &tcp, sizeof(tcp)) != 0)
		return 0;
	p->seq = bpf_ntohl(tcp.seq);
	return at + (tcp.doff >> 4) * 4;
}

static __always_inline int payload_report(struct __sk_buff *skb, bool tx)
{
	struct abi_payload *p;
	u32 at, len;

	if (!filter.family || bpf_get_socket_cookie(skb) != filter.cookie)
		return CGROUP_ALLOW;
	p = bpf_ringbuf_reserve(&packets, sizeof(*p), 0);
	if (!p)
		return CGROUP_ALLOW; /* the packet is reported without it */
	__builtin_memset(p, 0, sizeof(*p));
	p->size = sizeof(*p);
	p->kind = ABI_PAYLOAD;
	p->tx = tx;
	at = payload_offset(skb, p);
	len = skb->len > at ? skb->len - at : 0;
	if (len > ABI_PACKET_DATA)
		len = ABI_PACKET_DATA;
	if (at && len && bpf_skb_load_bytes(skb, at, p->data, at_most(len - 1, ABI_PACKET_DATA - 1) + 1) == 0)
		p->len = len;
	if (p->len)
		packets_submit(p);
	else
		bpf_ringbuf_discard(p, BPF_RB_NO_WAKEUP);
	return CGROUP_ALLOW;
}

SEC("?cgroup_skb/ingress")
int payload_ingress(struct __sk_buff *skb)
{
	return payload_report(skb, false);
}

SEC("?cgroup_skb/egress")
int payload_egress(struct __sk_buff *skb)
{
	return payload_report(skb, true);
}
