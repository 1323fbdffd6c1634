/* Stamps of received packets on their way to the socket: at the device, at IP, at TCP or UDP. They belong to the skb.
 * Stamps at the socket: read.bpf.c. */
#include "slots.h"
#include "icmp_echo.h"
#include "nf_hooks.h"

struct rx_slot rx_slots[SLOTS] = {};
struct abi_rx_cpus rx_cpus[SLOTS] = {};

/* The IP header of a packet that a device hands to the stack, when network_header is not set yet. NULL: not IP. */
static __always_inline u8 *rx_network(const struct sk_buff *skb)
{
	u16 protocol = bpf_ntohs(skb->protocol);

	if (protocol == ETH_P_IP || protocol == ETH_P_IPV6)
		return skb->data;
	/* a VLAN tag that no driver has removed */
	return protocol == ETH_P_8021Q || protocol == ETH_P_8021AD ? skb->data + 4 : 0;
}

static __always_inline void rx_crosses(struct rx_slot *s, const struct sk_buff *skb, u32 ifindex, u64 now)
{
	if (s->ifindex == ifindex)
		return;
	s->ifindex = ifindex;
	if (s->key)
		trace_crossing(s->key, skb, now);
}

/* Datagrams of which a fragment was received, while a socket is traced. */
#define FRAGMENTS 1024

static struct fragment {
	u64 id;  /* the same for all its fragments; 0: free */
	u64 skb; /* the newest fragment: its slot has the stamps */
} fragments[FRAGMENTS];

#define IP_FRAGMENT 0x3fff /* IP_MF, IP_OFFSET */

/* A number that all fragments of a datagram share; 0: not a fragment. */
static __always_inline u64 fragment_id(u8 *network)
{
	struct ip4_head ip4;
	struct ip6_head ip6;
	u32 words[2], id;

	if (bpf_probe_read_kernel(&ip4, sizeof(ip4), network) != 0)
		return 0;
	if (ip4.ihl_version >> 4 == 4) {
		if (!(bpf_ntohs(ip4.frag_off) & IP_FRAGMENT))
			return 0;
		words[0] = *(u32 *)ip4.saddr;
		words[1] = *(u32 *)ip4.daddr;
		id = ip4.id;
	} else {
		if (bpf_probe_read_kernel(&ip6, sizeof(ip6), network) != 0 || ip6.nexthdr != NEXTHDR_FRAGMENT ||
		    bpf_probe_read_kernel(&id, sizeof(id), network + sizeof(ip6) + 4) != 0)
			return 0;
		words[0] = *(u32 *)(ip6.saddr + 12);
		words[1] = *(u32 *)(ip6.daddr + 12);
	}
	return (((u64)words[0] << 32 | words[1]) * 0x9e3779b97f4a7c15ULL ^ id) * 0xd6e8feb86659fd93ULL | 1;
}

/* When all fragments are there, the skb of the last to come becomes the datagram: IP gives it the first one's headers.
 * So the first stamps are handed on from fragment to fragment. false: this is the first. */
static __always_inline bool fragment_follows(u64 id, const struct sk_buff *skb, struct rx_slot *s)
{
	struct fragment *f = &fragments[id >> 32 & (FRAGMENTS - 1)];
	struct rx_slot *before = &rx_slots[slot_of((u32)f->skb >> 6)];
	bool follows = f->id == id && f->skb && before->skb == f->skb && before != s;

	if (follows) {
		s->device_ns = before->device_ns;
		s->gro_ns = before->gro_ns;
		s->ip_ns = before->ip_ns;
		s->key = before->key;
		*rx_cpus_of(low_half(skb)) = *rx_cpus_of((u32)f->skb);
		before->skb = 0;
	}
	f->id = id;
	f->skb = (u64)skb;
	return follows;
}

/* A datagram's length is in the UDP header, which the first fragment has. */
static __always_inline void fragment_size(struct headers *h)
{
	u16 length;

	if (h->proto == IPPROTO_UDP && bpf_probe_read_kernel(&length, sizeof(length), h->transport + 4) == 0)
		h->frame = (u32)(h->transport - h->network) + bpf_ntohs(length);
}

/* While a socket is traced all fragments are stamped: only the first one shows whether they are for it. */
static __always_inline void rx_fragment(struct rx_slot *s, const struct sk_buff *skb, u8 *network, u64 id, u64 now,
					u64 gro)
{
	struct headers h;

	s->skb = 0;
	s->gro_skb = 0;
	s->transport_ns = 0;
	if (!fragment_follows(id, skb, s)) {
		s->device_ns = now;
		s->gro_ns = gro;
		s->ip_ns = s->key = 0;
	}
	s->ifindex = skb->dev->ifindex;
	if (!s->key && headers_read(&h, network) && is_traced(&h, skb->dev->nd_net.net->ns.inum)) {
		headers_size(&h, skb);
		fragment_size(&h);
		s->key = trace_packet(skb, 0, &h, s->device_ns, gro_time(s));
	}
	s->skb = (u64)skb;
	count_stamped();
}

/* What is in the slot is of an earlier packet at this address. */
static __always_inline void rx_forget(struct rx_slot *s, const struct sk_buff *skb)
{
	if (s->skb == (u64)skb)
		s->skb = 0;
}

SEC("?tp_btf/netif_receive_skb")
int BPF_PROG(rx_device, struct sk_buff *skb)
{
	u64 now, key = 0, gro = 0, fragment;
	bool again, chosen;
	struct rx_slot *s;
	struct headers h;
	u8 *network;

	/* A driver has looped it back to this machine: loopback, veth. */
	if (filter.family) {
		tx_held_forget(skb);
		note_seen(skb, SEEN_RECEIVED);
	}
	s = rx_slot(skb);
	if (s->gro_skb == (u64)skb) {
		s->gro_skb = 0;
		gro = s->gro_ns;
	}
	/* A bridge or a tunnel hands the same skb to the stack again: only then is skb_iif set. */
	again = skb->skb_iif && s->skb == (u64)skb;
	chosen = !again && is_sampled(&segment_here()->gap);
	if (!again && !chosen && is_sparse()) {
		rx_forget(s, skb);
		return 0;
	}
	network = rx_network(skb);
	if (!network)
		return 0;
	now = bpf_ktime_get_ns();
	if (again) {
		rx_crosses(s, skb, skb->dev->ifindex, now);
		return 0;
	}
	fragment = filter.family ? fragment_id(network) : 0;
	if (fragment) {
		rx_fragment(s, skb, network, fragment, now, gro);
		return 0;
	}
	if ((filter.family || (filter.echo && may_be_icmp(skb, network))) && headers_read(&h, network) &&
	    (filter.echo ? is_echo_type(h.proto, h.icmp_type) : is_traced(&h, skb->dev->nd_net.net->ns.inum))) {
		headers_size(&h, skb);
		key = trace_packet(skb, 0, &h, now, gro);
		if (filter.echo)
			echo_device(skb, now, key);
	}
	if (!key && !chosen) {
		rx_forget(s, skb);
		return 0;
	}
	s->skb = 0;
	s->device_ns = now;
	s->gro_skb = 0;
	s->gro_ns = gro;
	s->ip_ns = s->transport_ns = 0;
	s->key = key;
	s->ifindex = skb->dev->ifindex;
	s->skb = (u64)skb;
	count_stamped();
	return 0;
}

static __always_inline int rx_ip(const struct sk_buff *skb)
{
	struct rx_slot *s = rx_find(skb);

	/* A tunnel's inner packet enters IP again: the first entry counts. */
	if (s && !s->ip_ns) {
		s->ip_ns = bpf_ktime_get_ns();
		if (s->key)
			rx_cpus_of(low_half(skb))->ip = cpu_here();
	}
	/* VLAN and macvlan replace the lower device by their own. */
	if (s && s->key)
		rx_crosses(s, skb, BPF_CORE_READ(skb, dev, ifindex), s->ip_ns);
	return 0;
}

static __always_inline int rx_transport(const struct sk_buff *skb, bool udp)
{
	struct rx_slot *s = rx_find(skb);

	if (udp)
		segment_here()->datagram = (u64)skb;
	if (!s)
		return 0;
	s->transport_ns = bpf_ktime_get_ns();
	if (s->key)
		rx_cpus_of(low_half(skb))->transport = cpu_here();
	return 0;
}

/* Was it received by a device on top of another one, which may be in another namespace? */
static __always_inline bool is_stacked(const struct sk_buff *skb)
{
	struct list_head *lower = &skb->dev->adj_list.lower;

	return BPF_CORE_READ(lower, next) != lower;
}

/* A packet that netfilter has translated has the traced socket's addresses only now, and one for a device on top of
 * another one is in the traced socket's namespace only now. */
static __always_inline int rx_translated(const struct sk_buff *skb, bool udp)
{
	struct rx_slot *s = rx_slot(skb);
	struct headers h;
	u64 now;

	if (filter.family && (skb->_nfct || is_stacked(skb)) && (s->skb != (u64)skb || !s->key) &&
	    headers_read(&h, skb->head + skb->network_header) && is_traced(&h, skb->dev->nd_net.net->ns.inum)) {
		now = s->skb == (u64)skb ? s->device_ns : bpf_ktime_get_ns();
		headers_size(&h, skb);
		if (s->skb != (u64)skb) {
			s->device_ns = now; /* it was not stamped: nobody knew that it would be traced */
			s->gro_skb = s->gro_ns = s->ip_ns = s->transport_ns = 0;
			s->ifindex = skb->dev->ifindex;
		}
		s->key = trace_packet(skb, 0, &h, now, gro_time(s));
		s->skb = (u64)skb;
		nf_report_passed(s->key, skb);
	}
	return rx_transport(skb, udp);
}

/* A kprobe's program must not dereference the skb. */
#define RX_HOOKS(function, call, call_kprobe)                                                                          \
	SEC("?fentry/" #function)                                                                                      \
	int BPF_PROG(function##_fentry, struct sk_buff *skb)                                                           \
	{                                                                                                              \
		return call;                                                                                           \
	}                                                                                                              \
	SEC("?kprobe/" #function)                                                                                      \
	int BPF_KPROBE(function##_kprobe, struct sk_buff *skb)                                                         \
	{                                                                                                              \
		return call_kprobe;                                                                                    \
	}

RX_HOOKS(ip_rcv_core, rx_ip(skb), rx_ip(skb))
RX_HOOKS(ip6_rcv_core, rx_ip(skb), rx_ip(skb))
RX_HOOKS(tcp_v4_rcv, rx_translated(skb, false), rx_transport(skb, false))
RX_HOOKS(tcp_v6_rcv, rx_translated(skb, false), rx_transport(skb, false))
RX_HOOKS(udp_rcv, rx_translated(skb, true), rx_transport(skb, true))
RX_HOOKS(udpv6_rcv, rx_translated(skb, true), rx_transport(skb, true))

#define NF_ACCEPT 1

static __always_inline void count_unseen(const struct headers *h, u32 netns)
{
	if (is_traced(h, netns))
		count_stage(unseen);
}

/* A kernel may skip tracepoints for a task and for everything that its processor sends and receives in softirqs on top
 * of it, but not netfilter's programs. Over loopback both ends are here. */
static __always_inline void check_seen(const struct sk_buff *skb)
{
	struct tx_held *held = tx_held_at(skb);
	u64 seen = held->seen == (u64)skb ? held->seen_by : 0;
	bool received = seen & SEEN_RECEIVED;
	bool sent = seen & SEEN_SENT || !(skb->dev->flags & IFF_LOOPBACK);
	u32 netns = skb->dev->nd_net.net->ns.inum;
	struct headers h;

	held->seen = 0;
	if ((received && sent) || !headers_read(&h, skb->head + skb->network_header))
		return;
	if (!received)
		count_unseen(&h, netns);
	if (!sent) {
		headers_turn(&h);
		count_unseen(&h, netns);
	}
}

/* Netfilter's hooks, for kernels on which no function can be hooked: the first in PRE_ROUTING is IP entry, the last in
 * LOCAL_IN its exit. They are attached in each network namespace (src/collect/hooks/netfilter.c). */
SEC("?netfilter/pre_routing")
int nf_pre_routing(struct bpf_nf_ctx *ctx)
{
	rx_ip(ctx->skb);
	if (filter.family)
		check_seen(ctx->skb);
	return NF_ACCEPT;
}

SEC("?netfilter/local_in")
int nf_local_in(struct bpf_nf_ctx *ctx)
{
	const struct sk_buff *skb = ctx->skb;

	if (is_sparse() && !rx_find(skb)) {
		segment_here()->datagram = 0;
		return NF_ACCEPT;
	}
	/* Mostly TCP has already found its socket. */
	if (skb->sk || !echo_local(skb))
		rx_translated(skb, true);
	return NF_ACCEPT;
}
