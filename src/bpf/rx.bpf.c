/* Stamps of received packets: at the device, at IP, at TCP or UDP, on the socket's queue, and as the program reads.
 * Up to the socket a stamp belongs to the skb. From the queue on the skb is merged, split and freed, and a segment is
 * known by the sequence number that it ends with (TCP); UDP keeps its skb. */
#include "slots.h"
#include "echo.h"
#include "hooks.h"

#define MERGES 32 /* segments that one call may queue or read */

struct rx_slot rx_slots[SLOTS] = {};
struct rx_segment rx_segments[CPUS] = {};

/* The IP header of what a device hands to the stack: network_header is not set yet. 0: it is not IP. */
static __always_inline u8 *rx_network(const struct sk_buff *skb)
{
	u16 protocol = bpf_ntohs(skb->protocol);

	if (protocol == ETH_P_IP || protocol == ETH_P_IPV6)
		return skb->data;
	/* A VLAN's tag that no driver took away. */
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

SEC("?tp_btf/netif_receive_skb")
int BPF_PROG(rx_device, struct sk_buff *skb)
{
	u64 now, key = 0, gro = 0;
	struct rx_slot *s;
	struct headers h;
	u8 *network;

	/* A driver gave it to this machine again: loopback, veth. */
	if (filter.family) {
		tx_held_forget(skb);
		note_seen(skb, SEEN_RECEIVED);
	}
	s = rx_slot(skb);
	if (s->gro_skb == (u64)skb) {
		s->gro_skb = 0;
		gro = s->gro_ns;
	}
	network = rx_network(skb);
	if (!network)
		return 0;
	now = bpf_ktime_get_ns();
	/* A bridge or a tunnel hands the same skb to the stack once more: skb_iif is set only then. */
	if (skb->skb_iif && s->skb == (u64)skb) {
		rx_crosses(s, skb, skb->dev->ifindex, now);
		return 0;
	}
	if ((filter.family || (filter.echo && may_be_icmp(skb, network))) && headers_read(&h, network) &&
	    (filter.echo ? is_echo_type(h.proto, h.icmp_type) : is_traced(&h, skb->dev->nd_net.net->ns.inum))) {
		headers_size(&h, skb);
		key = trace_packet(skb, 0, &h, now, gro);
		if (filter.echo)
			echo_device(skb, now, key);
	}
	if (!key && !is_sampled()) {
		if (s->skb == (u64)skb)
			s->skb = 0; /* of an earlier packet at this address */
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

	/* A tunnel's inner packet passes again: the first entry counts. */
	if (s && !s->ip_ns)
		s->ip_ns = bpf_ktime_get_ns();
	/* VLAN and macvlan put their device in place of the lower one, and go on. */
	if (s && s->key)
		rx_crosses(s, skb, BPF_CORE_READ(skb, dev, ifindex), s->ip_ns);
	return 0;
}

static __always_inline int rx_transport(const struct sk_buff *skb, bool udp)
{
	struct rx_slot *s = rx_find(skb);

	if (udp)
		segment_here()->datagram = (u64)skb;
	if (s)
		s->transport_ns = bpf_ktime_get_ns();
	return 0;
}

/* Has it come through a device on top of another one, which may be another namespace's? */
static __always_inline bool is_stacked(const struct sk_buff *skb)
{
	struct list_head *lower = &skb->dev->adj_list.lower;

	return BPF_CORE_READ(lower, next) != lower;
}

/* What netfilter has translated bears the traced socket's addresses only now, and a packet for a device on top of another
 * one belongs to the traced socket's namespace only now. */
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
			s->device_ns = now; /* the first stamp was not taken: nobody knew that it was ours */
			s->gro_skb = s->gro_ns = s->ip_ns = s->transport_ns = 0;
			s->ifindex = skb->dev->ifindex;
		}
		s->key = trace_packet(skb, 0, &h, now, gro_time(s));
		s->skb = (u64)skb;
		nf_tell_passed(s->key, skb);
	}
	return rx_transport(skb, udp);
}

/* A kprobe may not follow the skb's pointers. */
#define RX_HOOKS(function, call, call_kprobe)                                                                                       \
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

/* A kernel may withhold tracepoints from a task and from all that its processor sends and receives on top of it, but not from
 * netfilter. Over loopback both ends are here. */
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

/* Netfilter's hooks stand where a kernel lets no function be hooked: the first of PRE_ROUTING as IP begins, the last of
 * LOCAL_IN as it ends. They are attached in each network namespace (src/collect/netfilter.c). */
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

	/* TCP has found its socket by now, most often. */
	if (skb->sk || !echo_local(skb))
		rx_translated(skb, true);
	return NF_ACCEPT;
}

/* A kprobe's socket is a mere number: its fields must be read with care (probed). */
static __always_inline u32 rcv_nxt(const struct sock *sk, bool probed)
{
	struct tcp_sock *tp;

	if (probed)
		return BPF_CORE_READ((struct tcp_sock *)sk, rcv_nxt);
	tp = bpf_skc_to_tcp_sock((void *)sk);
	return tp ? tp->rcv_nxt : 0;
}

/* A field of what TCP keeps in skb->cb. The verifier lets it be read as if it were one of the skb's own, which a call that
 * reads it from an address costs many times over. */
static __always_inline u32 cb_word(const struct sk_buff *skb, u32 offset)
{
	return *(const u32 *)((const void *)skb + bpf_core_field_offset(skb->cb) + offset);
}

/* A traced segment that nobody will read: its way ends here. */
static __always_inline void rx_unread(struct rx_slot *s)
{
	struct abi_packet_done *d = s->key ? trace_done(s->key) : 0;

	s->skb = 0;
	if (!d)
		return;
	d->stamps[0] = gro_time(s) ?: s->device_ns;
	d->stamps[1] = s->ip_ns;
	d->stamps[2] = s->transport_ns;
	packets_submit(d);
}

/* TCP knows whose segment it is: its stamps move to the socket. (Only of established connections: what a socket that is
 * being opened or closed receives is not measured.) */
SEC("?tp_btf/tcp_probe")
int BPF_PROG(rx_segment, struct sock *sk, const struct sk_buff *skb)
{
	struct rx_slot *s = rx_find(skb);
	const struct tcp_skb_cb *cb = (void *)skb->cb; /* for its layout */
	struct abi_stages *stages;
	u32 seq, end_seq;
	struct rx_segment *now;
	struct abi_unread *u;

	if (!s) {
		if (sample == 1)
			count_stage(missed);
		return 0;
	}
	seq = cb_word(skb, bpf_core_field_offset(cb->seq));
	end_seq = cb_word(skb, bpf_core_field_offset(cb->end_seq));
	/* A bare acknowledgement nobody reads, and what came a second time neither. */
	if (seq == end_seq || (s32)(end_seq - rcv_nxt(sk, false)) <= 0) {
		rx_unread(s);
		return 0;
	}
	stages = sock_get(sk, sock_cookie(sk));
	if (!stages)
		return 0;
	if (stages->unread_head - stages->unread_tail >= ABI_UNREAD) {
		count_stage(missed); /* the oldest stay: they are the slow ones */
		return 0;
	}
	u = &stages->unread[stages->unread_head & (ABI_UNREAD - 1)];
	u->device_ns = s->device_ns;
	u->gro_ns = gro_time(s);
	u->ip_ns = s->ip_ns;
	u->transport_ns = s->transport_ns;
	u->queued_ns = 0;
	u->key = s->key;
	u->end_seq = end_seq;
	u->waiting = 0;
	u->backlog = sk->sk_lock.owned != 0; /* else it would be on the backlog now */
	stages->unread_head++;
	now = segment_here();
	now->skb = (u64)skb;
	now->sk = (u64)sk;
	now->cookie = sock_cookie(sk);
	if (queue_unknown)
		stages->queued_tail = stages->unread_head;
	s->skb = 0;
	return 0;
}

/* The first that waits for the socket; 0: nobody, which costs no look at what lies there. */
static __always_inline struct list_head *first_waiter(const struct sock *sk, bool probed)
{
	struct socket_wq *wq;
	struct list_head *first;

	if (probed) {
		wq = BPF_CORE_READ(sk, sk_wq);
		return BPF_CORE_READ(wq, wait.head.next);
	}
	wq = sk->sk_wq;
	if (!wq)
		return 0;
	first = wq->wait.head.next;
	return low_half(first) == low_half(wq) + (u32)bpf_core_field_offset(struct socket_wq, wait.head) ? 0 : first;
}

/* Does somebody sleep in recv()? Who waits in poll() or epoll_wait() cannot be told from who is not waiting. */
static __always_inline bool is_awaited(const struct sock *sk, bool probed)
{
	struct list_head *first = wake_function ? first_waiter(sk, probed) : 0;
	struct wait_queue_entry *e;

	if (!first)
		return false;
	e = (void *)first - bpf_core_field_offset(struct wait_queue_entry, entry);
	return BPF_CORE_READ(e, func) == (void *)wake_function;
}

/* What TCP has in order by now is on the queue; what came out of order waits for the hole to be filled. */
static __always_inline void tcp_queued(struct abi_stages *s, u32 rcv_nxt, u64 now, bool awaited)
{
	for (u32 i = 0; i < MERGES; i++) {
		struct abi_unread *u = &s->unread[s->queued_tail & (ABI_UNREAD - 1)];

		if (s->queued_tail == s->unread_head || (s32)(rcv_nxt - u->end_seq) < 0)
			break;
		u->queued_ns = now;
		u->waiting = awaited;
		s->queued_tail++;
	}
}

static __always_inline u32 udp_waiting(const struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_receive_queue.qlen) + BPF_CORE_READ((struct udp_sock *)sk, reader_queue.qlen);
}

/* A datagram is on the queue: its stamps move to the socket, with how many were queued before, for not all have stamps.
 * Several processors may be here at once. */
static __always_inline void udp_queued(const struct sock *sk, u64 cookie)
{
	struct sk_buff *skb = (void *)segment_here()->datagram;
	struct rx_slot *slot = skb ? rx_find(skb) : 0;
	bool stamped = slot && slot->transport_ns;
	struct abi_stages *s = stamped ? sock_get(sk, cookie) : sock_find(sk, cookie);
	struct abi_unread *u;
	u32 waiting;

	if (!s)
		return;
	/* What waited before us was not counted. */
	waiting = s->queued_tail ? 0 : udp_waiting(sk);
	if (waiting > 1)
		__sync_fetch_and_add(&s->queued_tail, waiting - 1);
	__sync_fetch_and_add(&s->queued_tail, 1);
	if (!stamped)
		return;
	if (s->unread_head - s->unread_tail >= ABI_UNREAD) {
		count_stage(missed);
		return;
	}
	/* Before 5.12 atomics return nothing. Two at once take the same entry: one packet less, and an empty entry. */
	u = &s->unread[s->unread_head & (ABI_UNREAD - 1)];
	__sync_fetch_and_add(&s->unread_head, 1);
	u->device_ns = slot->device_ns;
	u->gro_ns = gro_time(slot);
	u->ip_ns = slot->ip_ns;
	u->transport_ns = slot->transport_ns;
	u->queued_ns = bpf_ktime_get_ns();
	u->key = slot->key;
	u->skb = (u64)skb;
	u->end_seq = s->queued_tail;
	u->waiting = u->backlog = 0;
	slot->skb = 0;
}

static __always_inline int rx_queued(const struct sock *sk, u64 cookie, u16 protocol, bool probed)
{
	struct abi_stages *s;

	if (protocol == IPPROTO_TCP) {
		s = sock_find(sk, cookie);
		if (s)
			tcp_queued(s, rcv_nxt(sk, probed), bpf_ktime_get_ns(), is_awaited(sk, probed));
	} else if (protocol == IPPROTO_UDP) {
		udp_queued(sk, cookie);
	} else if (is_icmp(protocol)) {
		echo_queued(sk);
	}
	return 0;
}

SEC("?tp_btf/sk_data_ready")
int BPF_PROG(rx_queued_tp, const struct sock *sk)
{
	return rx_queued(sk, sock_cookie(sk), sk->sk_protocol, false);
}

SEC("?fentry/sock_def_readable")
int BPF_PROG(rx_queued_fentry, struct sock *sk)
{
	return rx_queued(sk, sock_cookie(sk), sk->sk_protocol, false);
}

SEC("?kprobe/sock_def_readable")
int BPF_KPROBE(rx_queued_kprobe, struct sock *sk)
{
	return rx_queued(sk, sock_cookie_kprobe(sk), BPF_CORE_READ(sk, sk_protocol), true);
}

/* What not every packet has: a time in GRO, somebody who waited for it. */
static __always_inline void rx_measured_more(struct abi_histograms *h, const struct abi_unread *u, u64 now, bool shared)
{
	u64 from = u->queued_ns, known, ns = time_since(&from, now & -(u64)u->waiting, &known);

	histogram_add(h, ABI_RX_WAKEUP, bucket_of(ns), ns, known, shared);
	from = u->gro_ns;
	ns = time_since(&from, u->device_ns, &known);
	histogram_add(h, ABI_RX_GRO, bucket_of(ns), ns, known, shared);
}

/* A packet's way is over: into the histograms. shared: the socket is not locked. Returns how many stamps were missed, 1 or 0. */
static __always_inline u32 rx_measured(struct abi_stages *s, const struct abi_unread *u, u64 now, bool shared)
{
	u64 from = first_stamp(u->gro_ns, u->device_ns);

	if (shared)
		layers_add_shared(&s->h, ABI_RX_MAC, from, u->ip_ns, u->transport_ns, u->queued_ns, now);
	else
		layers_add(&s->h, ABI_RX_MAC, from, u->ip_ns, u->transport_ns, u->queued_ns, now);
	if (u->waiting | u->gro_ns)
		rx_measured_more(&s->h, u, now, shared);
	return rx_whole & ~(u32)(is_stamped(u->ip_ns) & is_stamped(u->transport_ns) & is_stamped(u->queued_ns));
}

/* … and told if it was traced. */
static __always_inline void rx_told(const struct abi_unread *u, u64 now)
{
	struct abi_packet_done *d = u->key ? trace_done(u->key) : 0;

	if (!d)
		return;
	d->stamps[0] = first_stamp(u->gro_ns, u->device_ns);
	d->stamps[1] = u->ip_ns;
	d->stamps[2] = u->transport_ns;
	d->stamps[3] = u->queued_ns;
	d->stamps[4] = now;
	d->backlog = u->backlog;
	packets_submit(d);
}

/* Up to which of the segments that came in all lie before copied_seq. It is kept in the map: a number in a register
 * would make the verifier walk the loops that follow once for each. */
static __always_inline void segments_read(struct abi_stages *s, u32 copied)
{
	s->read_tail = s->unread_tail;
	for (u32 i = 0; i < MERGES; i++) {
		if (s->read_tail == s->unread_head || (s32)(copied - s->unread[s->read_tail & (ABI_UNREAD - 1)].end_seq) < 0)
			break;
		s->read_tail++;
	}
	/* What was read was queued, even if that stamp was missed. */
	if ((s32)(s->read_tail - s->queued_tail) > 0)
		s->queued_tail = s->read_tail;
}

/* Called as each piece has been copied to the program. Two loops: the verifier walks through each way of one, as often as
 * it goes round. */
SEC("?tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(rx_read, struct sock *sk)
{
	struct abi_stages *s = sock_find(sk, sock_cookie(sk));
	struct tcp_sock *tp;
	u32 missed = 0;
	u64 now;

	if (!s || s->unread_tail == s->unread_head)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return 0;
	segments_read(s, tp->copied_seq);
	now = bpf_ktime_get_ns();
	for (u32 i = 0; sample && i < MERGES && s->unread_tail + i != s->read_tail; i++)
		missed += rx_measured(s, &s->unread[(s->unread_tail + i) & (ABI_UNREAD - 1)], now, false);
	if (missed)
		count_stages(missed, missed);
	for (u32 i = 0; filter.family && i < MERGES && s->unread_tail + i != s->read_tail; i++)
		rx_told(&s->unread[(s->unread_tail + i) & (ABI_UNREAD - 1)], now);
	s->unread_tail = s->read_tail;
	return 0;
}

static __always_inline void datagram_read(struct abi_stages *s, const struct abi_unread *u)
{
	u64 now = bpf_ktime_get_ns();

	if (sample && rx_measured(s, u, now, true))
		count_stage(missed);
	rx_told(u, now);
}

/* A datagram whose queueing nobody saw: its stamps are still where those of packets are. */
static __always_inline void datagram_unqueued(const struct sock *sk, u64 cookie, const struct sk_buff *skb)
{
	struct rx_slot *slot = rx_find(skb);
	struct abi_stages *s = slot ? sock_get(sk, cookie) : 0;
	struct abi_unread u = {};

	if (!s)
		return;
	u.device_ns = slot->device_ns;
	u.gro_ns = gro_time(slot);
	u.ip_ns = slot->ip_ns;
	u.transport_ns = slot->transport_ns;
	u.key = slot->key;
	slot->skb = 0;
	datagram_read(s, &u);
}

/* How many came in after the datagram with this address; ABI_UNREAD: it is not there. The newest one that has it is it: an
 * older one was thrown away unread, and its memory used again. */
static __always_inline u32 datagram_find(const struct abi_stages *s, const struct sk_buff *skb)
{
	for (u32 i = 0; i < ABI_UNREAD && s->unread_head - i != s->unread_tail; i++)
		if (s->unread[(s->unread_head - 1 - i) & (ABI_UNREAD - 1)].skb == (u64)skb)
			return i;
	return ABI_UNREAD;
}

/* UDP: this datagram has been read. */
static __always_inline void udp_read_skb(const struct sock *sk, u64 cookie, const struct sk_buff *skb)
{
	struct abi_stages *s = sock_find(sk, cookie);
	u32 after = s ? datagram_find(s, skb) : ABI_UNREAD;

	if (!s || after >= ABI_UNREAD) {
		datagram_unqueued(sk, cookie, skb);
		return;
	}
	datagram_read(s, &s->unread[(s->unread_head - 1 - after) & (ABI_UNREAD - 1)]);
	s->unread_tail = udp_waiting(sk) ? s->unread_head - after : s->unread_head;
}

/* UDP: one datagram has been read, the oldest; which one it was the hook does not say. */
static __always_inline void udp_read(const struct sock *sk, u64 cookie)
{
	struct abi_stages *s = sock_find(sk, cookie);
	struct abi_unread *u;

	if (!s)
		return;
	__sync_fetch_and_add(&s->read_tail, 1);
	/* What is older was thrown away unread (a bad checksum). */
	for (u32 i = 0; i < ABI_UNREAD && s->unread_tail != s->unread_head; i++) {
		if ((s32)(s->unread[s->unread_tail & (ABI_UNREAD - 1)].end_seq - s->read_tail) >= 0)
			break;
		s->unread_tail++;
		count_stage(missed);
	}
	u = &s->unread[s->unread_tail & (ABI_UNREAD - 1)];
	if (s->unread_tail != s->unread_head && u->end_seq == s->read_tail) {
		__sync_fetch_and_add(&s->unread_tail, 1);
		if (u->queued_ns)
			datagram_read(s, u);
		u->queued_ns = 0; /* empty */
	}
	if (udp_waiting(sk))
		return;
	s->unread_tail = s->unread_head;
	s->read_tail = s->queued_tail;
}

/* A datagram that is only looked at (MSG_PEEK) stays on the queue: its length is told as a negative one, and of an empty
 * one the queue holds the skb too. */
static __always_inline bool is_peek(const struct sk_buff *skb, int len)
{
	return len < 0 || (!len && BPF_CORE_READ(skb, users.refs.counter) > 1);
}

SEC("?fentry/skb_consume_udp")
int BPF_PROG(rx_read_datagram_fentry, struct sock *sk, struct sk_buff *skb, int len)
{
	if (!is_peek(skb, len))
		udp_read_skb(sk, sock_cookie(sk), skb);
	return 0;
}

SEC("?kprobe/skb_consume_udp")
int BPF_KPROBE(rx_read_datagram_kprobe, struct sock *sk, struct sk_buff *skb, int len)
{
	if (!is_peek(skb, len))
		udp_read_skb(sk, sock_cookie_kprobe(sk), skb);
	return 0;
}

SEC("?tp_btf/sock_recv_length")
int BPF_PROG(rx_read_datagram_tp, struct sock *sk, int ret, int flags)
{
	if (ret < 0 || flags & (MSG_PEEK | MSG_ERRQUEUE))
		return 0;
	if (sk->sk_protocol == IPPROTO_UDP)
		udp_read(sk, sock_cookie(sk));
	else if (is_icmp(sk->sk_protocol))
		echo_read_by(sk);
	return 0;
}
