/* Stamps of sent packets: at the send call, when they leave TCP, at the device's queue, when the qdisc dequeues them,
 * at the driver, when the driver has accepted them, and when it frees them. Data are identified by socket and sequence
 * number: software segmentation makes new skbs, of which the first stands for all, and a retransmit reuses the address
 * of the first transmission. */
#include "slots.h"
#include "icmp_echo.h"
#include "nf_hooks.h"

#define BULK 64 /* skbs that a qdisc dequeues at once */

struct tx_slot tx_slots[SLOTS] = {};
struct driver_call driver_calls[CPUS] = {};
struct tx_held tx_held[SLOTS] = {};
u32 tx_awaited[SLOTS] = {};

static __always_inline u32 write_seq(struct sock *sk)
{
	struct tcp_sock *tp = tcp_of(sk);

	return tp ? tp->write_seq : 0;
}

/* tcp_sendmsg_locked() is about to copy the rest of the message, starting at write_seq. */
static __always_inline int tx_send(struct sock *sk, u64 cookie, u64 left, u32 begin)
{
	struct abi_send *last;
	struct abi_stages *s;
	u32 end;

	/* For a trace alone the sockets on the traced port are enough. */
	if (!sample && BPF_CORE_READ(sk, __sk_common.skc_num) != bpf_ntohs(filter.lport))
		return 0;
	s = sock_get(sk, cookie);
	if (!s)
		return 0;
	end = begin + (u32)left;
	last = &s->sends[(s->send_head - 1) & (ABI_SENDS - 1)];
	if (s->send_head && last->end_seq == end && last->ns)
		return 0; /* the same call again: the tracepoint is in its loop */
	if (!s->send_head)
		s->sent = begin;
	/* An earlier call ended early, and wrote less than it was asked to. */
	if (s->send_head && (s32)(last->end_seq - begin) > 0)
		last->end_seq = begin;
	last = &s->sends[s->send_head & (ABI_SENDS - 1)];
	last->end_seq = end;
	last->ns = bpf_ktime_get_ns();
	last->cpu = filter.family ? cpu_here() : 0;
	s->send_head++;
	return 0;
}

SEC("?fentry/tcp_sendmsg_locked")
int BPF_PROG(tx_send_fentry, struct sock *sk, struct msghdr *msg, u64 size)
{
	return tx_send(sk, sock_cookie(sk), size, write_seq(sk));
}

SEC("?kprobe/tcp_sendmsg_locked")
int BPF_KPROBE(tx_send_kprobe, struct sock *sk, struct msghdr *msg, u64 size)
{
	return tx_send(sk, sock_cookie_kprobe(sk), size, BPF_CORE_READ((struct tcp_sock *)sk, write_seq));
}

SEC("?tp_btf/tcp_sendmsg_locked")
int BPF_PROG(tx_send_tp, struct sock *sk, struct msghdr *msg)
{
	return tx_send(sk, sock_cookie(sk), msg->msg_iter.count, write_seq(sk));
}

/* Was it sent before, or written before the first call that we know? Here snd_nxt has to be probed, which costs extra:
 * while every packet is measured s->sent is enough. */
static __always_inline bool is_again(const struct abi_stages *s, const struct sock *sk, u32 seq)
{
	if ((s32)(seq - s->sent) < 0)
		return true;
	return sample != 1 && (s32)(seq - BPF_CORE_READ((struct tcp_sock *)sk, snd_nxt)) < 0;
}

/* When, and where, the last byte of a segment was written; 0: that call is forgotten, or was before we started, or this
 * is a retransmit. */
static __always_inline u64 send_time(const struct sock *sk, u32 seq, u32 end_seq, u32 *cpu)
{
	struct abi_stages *s = sock_find(sk, sock_cookie(sk));
	u32 oldest;
	u64 ns = 0;

	if (!s || !s->send_head || is_again(s, sk, seq))
		return 0;
	s->sent = end_seq;
	oldest = s->send_head > ABI_SENDS ? s->send_head - ABI_SENDS : 0;
	/* Backwards: find the earliest call that reaches the segment's end. */
	for (u32 i = 0; i < ABI_SENDS; i++) {
		u32 at = s->send_head - 1 - i;
		const struct abi_send *c = &s->sends[at & (ABI_SENDS - 1)];

		if (s->send_head - i == oldest || (s32)(end_seq - c->end_seq) > 0)
			return ns;
		ns = c->ns;
		*cpu = c->cpu;
	}
	/* Older calls may have been overwritten. */
	return oldest ? 0 : ns;
}

/* When it left TCP: as tcp_transmit_skb() wrote it, unless somebody overwrote it. */
static __always_inline u64 leaves_time(const struct sk_buff *skb)
{
	if (bpf_core_field_exists(skb->tstamp_type) && BPF_CORE_READ_BITFIELD(skb, tstamp_type) != 1)
		return 0;
	return skb->tstamp;
}

/* The socket's own headers: in a tunnel, the inner ones. */
static __always_inline u8 *own_network(const struct sk_buff *skb)
{
	return skb->head +
	       (BPF_CORE_READ_BITFIELD(skb, encapsulation) ? skb->inner_network_header : skb->network_header);
}

static __always_inline u8 *own_transport(const struct sk_buff *skb)
{
	return skb->head +
	       (BPF_CORE_READ_BITFIELD(skb, encapsulation) ? skb->inner_transport_header : skb->transport_header);
}

/* What identifies a sent packet. */
struct tx_key {
	u32 seq;     /* of TCP's data; otherwise the low half of the skb's address */
	u32 payload; /* TCP */
	bool tcp;
	bool other; /* neither TCP nor UDP: possibly an ICMP echo packet */
};

/* Can the socket send ICMP echo packets? Raw and ping sockets, the kernel's own that answers, packet sockets (0). */
static __always_inline bool may_echo(u16 protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6 || protocol == IPPROTO_RAW || !protocol;
}

/* false: the socket's packets are not stamped. (A request socket only sends its SYN-ACK. The callers leave out packets
 * that a device has received since, on their way through a bridge: skb_iif shows it.) Most packets cost one read of the
 * header. */
static __always_inline bool tx_key(const struct sk_buff *skb, const struct sock *sk, struct tx_key *k)
{
	u8 state = sk->__sk_common.skc_state;
	u16 protocol = IPPROTO_TCP;
	u32 head[4], header;
	u8 *transport;

	if (state == TCP_TIME_WAIT)
		return false;
	if (state != TCP_NEW_SYN_RECV)
		protocol = sk->sk_protocol;
	k->payload = 0;
	k->tcp = protocol == IPPROTO_TCP;
	k->other = false;
	if (!k->tcp) {
		k->seq = low_half(skb);
		k->other = protocol != IPPROTO_UDP;
		return !k->other || may_echo(protocol);
	}
	transport = own_transport(skb);
	if (has_cast) {
		const struct tcphdr *t = CAST(struct tcphdr, transport);

		k->seq = bpf_ntohl(t->seq);
		header = BPF_CORE_READ_BITFIELD(t, doff);
	} else {
		if (bpf_probe_read_kernel(head, sizeof(head), transport) != 0)
			return false;
		k->seq = bpf_ntohl(head[1]);
		header = bpf_ntohl(head[3]) >> 28;
	}
	k->payload = skb->len - (u32)(transport - skb->data) - header * 4;
	/* A bare acknowledgement has the same sequence number, and paced by fq the same stamp, as the data that follow
	 * it. It is never segmented, so the skb's address identifies it. */
	if (!k->payload)
		k->seq = low_half(skb);
	return true;
}

static __always_inline struct driver_call *driver_call(void)
{
	return &driver_calls[bpf_get_smp_processor_id() & (CPUS - 1)];
}

/* The segment that this processor has just queued is recognised without reading its header. */
static __always_inline bool tx_key_again(const struct driver_call *c, const struct sk_buff *skb, const struct sock *sk,
					 struct tx_key *k)
{
	if (!c->queued_stamp || c->queued_skb != (u64)skb || c->queued_sk != (u64)sk ||
	    c->queued_stamp != (u64)skb->tstamp)
		return tx_key(skb, sk, k);
	k->seq = c->queued_seq;
	return true;
}

/* A packet may pass several devices: the last one counts. */
static __always_inline void tx_crosses(struct tx_slot *s, const struct sk_buff *skb, u64 now)
{
	if (s->traced) {
		s->queue_cpu = cpu_here();
		s->dequeue_cpu = s->driver_cpu = 0;
		trace_crossing(s->key, skb, now);
		nf_report_passed(s->key, skb);
	}
	s->queue_ns = now;
	s->driver_ns = 0;
	s->dequeued = 0;
}

/* Is this processor in a driver call for this packet? */
static __always_inline bool is_within(const struct driver_call *c, const struct sock *sk, const struct tx_key *k)
{
	return c->busy && c->sk == (u64)sk && (c->left_out || c->seq == k->seq);
}

/* Reports a packet of the traced socket. Returns its key. */
static __always_inline u64 tx_traced(const struct sk_buff *skb, const struct sock *sk, u64 now)
{
	struct headers h;

	if (!headers_read(&h, own_network(skb)))
		return 0;
	/* The same port, but another address. */
	if (sock_cookie(sk) != filter.cookie &&
	    (h.family != filter.family || (!filter.any_local && !same_address(h.saddr, filter.laddr, h.family))))
		return 0;
	headers_size(&h, skb);
	return trace_packet(skb, sk, &h, now, 0);
}

/* A traced listener's request sockets and connections have cookies of their own. */
static __always_inline bool is_of_listener(const struct sock *sk, bool tcp)
{
	return filter.any_remote && tcp && filter.proto == IPPROTO_TCP &&
	       sk->__sk_common.skc_num == bpf_ntohs(filter.lport) &&
	       sk->__sk_common.skc_net.net->ns.inum == filter.netns;
}

static __always_inline void tx_remember(struct driver_call *c, const struct sk_buff *skb, const struct sock *sk,
					u32 seq, u64 stamp)
{
	c->queued_stamp = stamp;
	c->queued_skb = (u64)skb;
	c->queued_sk = (u64)sk;
	c->queued_seq = seq;
}

/* Besides TCP and UDP only echo packets are stamped. */
static __always_inline bool tx_is_echo(const struct sk_buff *skb, struct headers *h)
{
	return (sample || filter.echo) && headers_read(h, own_network(skb)) && is_echo_type(h->proto, h->icmp_type);
}

SEC("?tp_btf/net_dev_queue")
int BPF_PROG(tx_queue, struct sk_buff *skb)
{
	const struct sock *sk = skb->sk;
	u64 now, key = 0, stamp;
	struct driver_call *c;
	struct headers h;
	bool within, chosen;
	struct tx_slot *s;
	u32 cpu = 0;
	struct tx_key k;

	if (skb->skb_iif) {
		if (filter.echo)
			echo_passes(skb);
		return 0;
	}
	if (!sk)
		return 0;
	c = driver_call();
	chosen = is_sampled(&c->gap);
	if (!chosen && is_left_out(tx_awaited, sk)) {
		c->queued_stamp = 0;
		return 0;
	}
	if (!tx_key(skb, sk, &k))
		return 0;
	if (k.other && !tx_is_echo(skb, &h))
		return 0;
	now = bpf_ktime_get_ns();
	s = tx_slot(low_half(sk), k.seq);
	stamp = k.tcp ? leaves_time(skb) : 0;
	within = is_within(c, sk, &k);
	if (s->sk == (u64)sk && s->seq == k.seq && (within || (stamp && s->departs_ns == stamp))) {
		tx_crosses(s, skb, now);
		return 0;
	}
	if (within)
		return 0;
	if (filter.family && (sock_cookie(sk) == filter.cookie || is_of_listener(sk, k.tcp)))
		key = tx_traced(skb, sk, now);
	if (k.other && filter.echo) {
		headers_size(&h, skb);
		key = trace_packet(skb, sk, &h, now, 0);
	}
	nf_report_passed(key, skb);
	if (!key && !chosen) {
		c->queued_stamp = 0;
		/* An earlier transmission of it never reached the driver: its stamps are not this one's. */
		if (s->sk == (u64)sk && s->seq == k.seq)
			tx_release(s);
		return 0;
	}
	tx_release(s);
	s->counted = await(tx_awaited, low_half(sk));
	s->send_ns = 0;
	if (k.payload)
		s->send_ns = send_time(sk, k.seq, k.seq + k.payload, &cpu);
	s->seq = k.seq;
	s->departs_ns = stamp;
	/* With pacing the stamp is in the future: it left TCP just now. UDP has no stamp. */
	s->leaves_ns = stamp && stamp > now ? now : stamp;
	s->queue_ns = now;
	s->driver_ns = 0;
	s->dequeued = 0;
	s->traced = key != 0;
	if (key) {
		s->key = key;
		s->send_cpu = s->send_ns ? (u16)cpu : 0;
		s->queue_cpu = cpu_here();
		s->dequeue_cpu = s->driver_cpu = 0;
	}
	s->cookie = is_full_sock(sk) && !k.other ? sock_cookie(sk) : 0;
	s->echo = k.other;
	s->sk = (u64)sk;
	tx_remember(c, skb, sk, k.seq, stamp);
	count_stamped();
	return 0;
}

static __always_inline void tx_dequeued(const struct sk_buff *skb, u64 now)
{
	const struct sock *sk = skb->sk;
	struct tx_slot *s;
	struct tx_key k;

	if (!sk || skb->skb_iif || is_left_out(tx_awaited, sk) || !tx_key_again(driver_call(), skb, sk, &k))
		return;
	s = tx_slot(low_half(sk), k.seq);
	if (s->sk != (u64)sk || s->seq != k.seq || s->driver_ns)
		return;
	s->dequeue_ns = now;
	s->dequeued = 1;
	if (s->traced)
		s->dequeue_cpu = cpu_here();
}

/* The skb is NULL when the qdisc is empty, and a list when it gives several. Most verifiers believe that it is never
 * NULL and remove a check of the pointer: hence the check of a number. */
SEC("?tp_btf/qdisc_dequeue")
int BPF_PROG(tx_dequeue, struct Qdisc *qdisc, const struct netdev_queue *txq, int packets, struct sk_buff *skb)
{
	u64 now;

	if (!low_half(skb) || !skb)
		return 0;
	now = bpf_ktime_get_ns();
	for (int i = 0; i < BULK && i < packets && skb; i++) {
		tx_dequeued(skb, now);
		skb = skb->next;
	}
	return 0;
}

/* Before the driver call: after it the skb may be gone, and its address reused. */
static __always_inline void tx_hold(const struct sk_buff *skb, u64 key)
{
	struct tx_held *h = tx_held_at(skb);

	h->key = key;
	h->skb = (u64)skb;
}

SEC("?tp_btf/net_dev_start_xmit")
int BPF_PROG(tx_driver, const struct sk_buff *skb, const struct net_device *dev)
{
	struct driver_call *c = driver_call();
	const struct sock *sk = skb->sk;
	struct tx_key k = {};
	struct tx_slot *s;
	bool left_out;

	/* Any earlier skb at this address was freed unseen. */
	if (filter.family) {
		tx_held_forget(skb);
		note_seen(skb, SEEN_SENT);
	}
	if (!sk || skb->skb_iif)
		return 0;
	left_out = is_left_out(tx_awaited, sk);
	if (!left_out && !tx_key_again(c, skb, sk, &k))
		return 0;
	c->sk = (u64)sk;
	c->skb = (u64)skb;
	c->seq = k.seq;
	c->dev = (u64)dev;
	c->busy = 1;
	c->left_out = left_out;
	if (left_out)
		return 0;
	s = tx_slot(low_half(sk), k.seq);
	/* Only the first segment of a packet has stamps. */
	if (s->sk != (u64)sk || s->seq != k.seq)
		return 0;
	if (!s->driver_ns) {
		s->driver_ns = bpf_ktime_get_ns();
		if (s->traced)
			s->driver_cpu = cpu_here();
	}
	if (s->traced)
		tx_hold(skb, s->key);
	return 0;
}

/* The driver is done with a packet that it had accepted: a NIC's has sent it. Packets in loopback and veth travel on;
 * they are removed when they are received. The arguments differ between kernels; the skb is always the first. Attached
 * while a socket is traced. */
SEC("?raw_tp/consume_skb")
int tx_done(struct bpf_raw_tracepoint_args *ctx)
{
	if (filter.family)
		tx_freed((void *)ctx->args[0]);
	return 0;
}

static __always_inline void tx_report(const struct tx_slot *s, u64 now)
{
	struct abi_packet_done *d = trace_done(s->key);

	if (!d)
		return;
	d->stamps[0] = s->send_ns;
	d->stamps[1] = s->leaves_ns;
	d->stamps[2] = s->queue_ns;
	d->stamps[3] = s->driver_ns;
	d->stamps[4] = now;
	d->dequeue_ns = s->dequeued ? s->dequeue_ns : 0;
	d->dequeue_cpu = s->dequeue_cpu;
	d->cpus[0] = s->send_cpu;
	d->cpus[2] = s->queue_cpu;
	d->cpus[3] = s->driver_cpu;
	d->cpus[4] = cpu_here();
	packets_submit(d);
}

static __always_inline void tx_measured(const struct tx_slot *s, u64 now)
{
	struct abi_stages *stages = s->cookie ? sock_get((void *)s->sk, s->cookie) : 0;
	struct abi_histograms *h = s->echo ? echo_histograms() : histograms_of(stages);
	u64 queue = s->queue_ns;

	if (!h)
		return;
	/* With pacing the time of leaving TCP is unknown and set to that of the queue: no time in IP. */
	queue &= -is_stamped(s->leaves_ns ^ queue);
	layers_add_shared(h, ABI_TX_TCP, s->send_ns, s->leaves_ns, queue, s->driver_ns, now);
	if (s->dequeued)
		layer_add(h, ABI_TX_DIRECT, s->dequeue_ns, s->driver_ns, true);
	if (s->departs_ns > s->queue_ns && s->driver_ns > s->queue_ns)
		layer_add(h, ABI_TX_PACED, s->queue_ns, s->departs_ns < s->driver_ns ? s->departs_ns : s->driver_ns,
			  true);
}

SEC("?tp_btf/net_dev_xmit")
int BPF_PROG(tx_accepted, struct sk_buff *skb, int rc, struct net_device *dev)
{
	struct driver_call *c = driver_call();
	struct tx_slot *s;
	u64 now;

	/* A lower device's call within this one has finished the packet. */
	if (!c->busy || c->dev != (u64)dev)
		return 0;
	c->busy = 0;
	if (c->left_out)
		return 0;
	s = tx_slot((u32)c->sk, c->seq);
	/* A lower device with a queue calls its driver later: that call finishes the packet. */
	if (s->sk != c->sk || s->seq != c->seq || !s->driver_ns)
		return 0;
	if (rc != 0) { /* NETDEV_TX_BUSY: it will be tried again */
		s->driver_ns = 0;
		tx_held_forget((void *)c->skb);
		return 0;
	}
	now = bpf_ktime_get_ns();
	if (sample)
		tx_measured(s, now);
	if (s->traced)
		tx_report(s, now);
	tx_release(s);
	return 0;
}
