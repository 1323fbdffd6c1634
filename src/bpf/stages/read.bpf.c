/* Stamps of received packets at their socket: when they are queued, and when they are read. In the queue skbs are
 * merged, split and freed, so a TCP segment is identified by the sequence number at its end; UDP keeps its skbs. Stamps
 * on the way to the socket: rx.bpf.c. */
#include "slots.h"
#include "icmp_echo.h"

#define MERGES 32 /* segments that one call may queue or read */

struct rx_segment rx_segments[CPUS] = {};
u32 rx_awaited[SLOTS] = {};

/* To the verifier a kprobe's socket is a number: its fields have to be probed. */
static __always_inline u32 rcv_nxt(const struct sock *sk, bool probed)
{
	struct tcp_sock *tp;

	if (probed)
		return BPF_CORE_READ((struct tcp_sock *)sk, rcv_nxt);
	tp = tcp_of((void *)sk);
	return tp ? tp->rcv_nxt : 0;
}

/* A field of TCP's part of skb->cb. Read like one of the skb's own fields, which the verifier allows; probing it would
 * cost many times more. */
static __always_inline u32 cb_word(const struct sk_buff *skb, u32 offset)
{
	return *(const u32 *)((const void *)skb + bpf_core_field_offset(skb->cb) + offset);
}

/* A traced segment that nobody will read: this was its last stamp. */
static __always_inline void rx_unread(struct rx_slot *s)
{
	struct abi_packet_done *d = s->key ? trace_done(s->key) : 0;
	const struct abi_rx_cpus *cpus = rx_cpus_of((u32)s->skb);

	s->skb = 0;
	if (!d)
		return;
	d->stamps[0] = gro_time(s) ?: s->device_ns;
	d->stamps[1] = s->ip_ns;
	d->stamps[2] = s->transport_ns;
	d->cpus[1] = cpus->ip;
	d->cpus[2] = cpus->transport;
	packets_submit(d);
}

/* Everything in order up to rcv_nxt is on the queue; what came out of order waits until the hole is filled. */
static __always_inline void tcp_queued(struct abi_stages *s, u32 rcv_nxt, u64 now, bool awaited, u16 cpu)
{
	for (u32 i = 0; i < MERGES; i++) {
		u32 at = s->queued_tail & (ABI_UNREAD - 1);
		struct abi_unread *u = &s->unread[at];

		if (s->queued_tail == s->unread_head || (s32)(rcv_nxt - u->end_seq) < 0)
			break;
		u->queued_ns = now;
		if (u->key)
			s->cpus[at].queued = cpu;
		u->waiting = awaited;
		s->queued_tail++;
	}
}

/* With SO_RCVLOWAT sk_data_ready() is called only when that many bytes have come. Earlier segments were queued when
 * they came (or when a hole before them was filled), and have been waiting for the program since. For them the
 * tracepoint tcp_probe, just before a segment is queued, serves as the stamp. */
static __always_inline bool is_late_ready(const struct sock *sk, bool probed)
{
	return (probed ? BPF_CORE_READ(sk, sk_rcvlowat) : sk->sk_rcvlowat) > 1;
}

/* The newest segment in unread[] will be queued in a moment if it is in order and nothing before it waits for a hole.
 * If something does, the next call queues it, with the time of the segment that filled the hole. */
static __always_inline void queued_early(struct abi_stages *s, struct abi_unread *u, bool in_order, u64 now)
{
	if (!in_order)
		return;
	s->in_order_ns = now;
	if (s->queued_tail + 1 != s->unread_head)
		return;
	u->queued_ns = now;
	if (u->key)
		s->cpus[s->queued_tail & (ABI_UNREAD - 1)].queued = cpu_here();
	s->queued_tail++;
}

/* From when a segment left TCP, for the last time, until the peer had acknowledged it, as RACK measures it: an
 * acknowledgement that may be of an earlier transmission does not count (tcp_rack_advance()). The tracepoint is before
 * this segment is worked on, so what is new is what those before it have acknowledged. Only one is here at a time: the
 * socket's lock is held. */
static __always_inline void count_acknowledged(struct abi_stages *s, const struct tcp_sock *tp)
{
	u64 sent, ns;

	sent = tp->rack.mstamp;
	if (sent == s->acked_us)
		return;
	ns = tp->rack.rtt_us * 1000ULL;
	if (s->acked_us)
		histogram_add(&s->h, ABI_TX_ACK, bucket_of(ns), ns, 1, false);
	s->acked_us = sent;
}

/* TCP has found the segment's socket: its stamps move there. (Only on established connections: segments of a connection
 * that is being opened or closed are not measured.) */
SEC("?tp_btf/tcp_probe")
int BPF_PROG(rx_segment, struct sock *sk, const struct sk_buff *skb)
{
	struct rx_slot *s = rx_find(skb);
	const struct tcp_skb_cb *cb = (void *)skb->cb; /* for its layout */
	struct abi_stages *stages;
	u32 seq, end_seq, next;
	struct rx_segment *now;
	struct abi_unread *u;
	struct tcp_sock *tp;

	if (!s && is_sparse())
		return 0;
	tp = tcp_of(sk);
	if (!tp)
		return 0;
	stages = sock_find(sk, sock_cookie(sk));
	if (stages)
		count_acknowledged(stages, tp);
	if (!s) {
		if (sample == 1)
			count_stage(missed);
		return 0;
	}
	seq = cb_word(skb, bpf_core_field_offset(cb->seq));
	end_seq = cb_word(skb, bpf_core_field_offset(cb->end_seq));
	/* Nobody reads a bare acknowledgement, or a segment that was received before. */
	next = tp->rcv_nxt;
	if (seq == end_seq || (s32)(end_seq - next) <= 0) {
		rx_unread(s);
		return 0;
	}
	if (!stages)
		stages = sock_get(sk, sock_cookie(sk));
	if (!stages)
		return 0;
	if (stages->in_order_ns && is_late_ready(sk, false))
		tcp_queued(stages, next, stages->in_order_ns, false, 0);
	if (stages->unread_head - stages->unread_tail >= ABI_UNREAD) {
		count_stage(missed); /* the oldest are kept: they are the slow ones */
		return 0;
	}
	u = &stages->unread[stages->unread_head & (ABI_UNREAD - 1)];
	u->device_ns = s->device_ns;
	u->gro_ns = gro_time(s);
	u->ip_ns = s->ip_ns;
	u->transport_ns = s->transport_ns;
	u->queued_ns = 0;
	u->key = s->key;
	if (s->key)
		stages->cpus[stages->unread_head & (ABI_UNREAD - 1)] = *rx_cpus_of(low_half(skb));
	u->end_seq = end_seq;
	u->waiting = 0;
	u->backlog = sk->sk_lock.owned != 0; /* else it came straight from IP */
	u->counted = await(rx_awaited, low_half(sk));
	stages->unread_head++;
	if (is_late_ready(sk, false) && !queue_unknown)
		queued_early(stages, u, (s32)(seq - next) <= 0, bpf_ktime_get_ns());
	now = segment_here();
	now->skb = (u64)skb;
	now->sk = (u64)sk;
	now->cookie = sock_cookie(sk);
	if (queue_unknown)
		stages->queued_tail = stages->unread_head;
	s->skb = 0;
	return 0;
}

/* The first one that waits for the socket; NULL: nobody does. */
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

/* Does somebody sleep in recv()? A task in poll() or epoll_wait() cannot be told from one that is not waiting. */
static __always_inline bool is_awaited(const struct sock *sk, bool probed)
{
	struct list_head *first = wake_function ? first_waiter(sk, probed) : 0;
	struct wait_queue_entry *e;

	if (!first)
		return false;
	e = (void *)first - bpf_core_field_offset(struct wait_queue_entry, entry);
	if (!probed && has_cast)
		return CAST(struct wait_queue_entry, e)->func == (void *)wake_function;
	return BPF_CORE_READ(e, func) == (void *)wake_function;
}

static __always_inline u32 udp_waiting(const struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_receive_queue.qlen) + BPF_CORE_READ((struct udp_sock *)sk, reader_queue.qlen);
}

/* A datagram is on the queue: its stamps move to the socket, with the number of datagrams queued before it, because not
 * all have stamps. Several processors may be here at once. */
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
	/* Datagrams queued before we started were not counted. */
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
	/* Before 5.12 atomics return nothing. If two take the same entry, one packet is lost and one entry stays
	 * empty. */
	u = &s->unread[s->unread_head & (ABI_UNREAD - 1)];
	__sync_fetch_and_add(&s->unread_head, 1);
	u->device_ns = slot->device_ns;
	u->gro_ns = gro_time(slot);
	u->ip_ns = slot->ip_ns;
	u->transport_ns = slot->transport_ns;
	u->queued_ns = bpf_ktime_get_ns();
	u->key = slot->key;
	if (slot->key) {
		struct abi_rx_cpus *cpus = &s->cpus[(u - s->unread) & (ABI_UNREAD - 1)];

		*cpus = *rx_cpus_of((u32)slot->skb);
		cpus->queued = cpu_here();
	}
	u->skb = (u64)skb;
	u->end_seq = s->queued_tail;
	u->waiting = u->backlog = u->counted = 0;
	slot->skb = 0;
}

/* sk_data_ready(): a reader that sleeps in recv() is woken by the newest segment. */
static __always_inline void tcp_ready(const struct sock *sk, u64 cookie, bool probed)
{
	struct abi_stages *s = sock_find(sk, cookie);
	u64 now = bpf_ktime_get_ns();
	u16 cpu = filter.family ? cpu_here() : 0;
	bool awaited;

	if (!s)
		return;
	awaited = is_awaited(sk, probed);
	if (s->in_order_ns && is_late_ready(sk, probed)) { /* in this order: the probed read is a call */
		now = s->in_order_ns;
		cpu = 0;
		if (s->unread_head != s->unread_tail && s->queued_tail == s->unread_head)
			s->unread[(s->unread_head - 1) & (ABI_UNREAD - 1)].waiting = awaited;
	}
	tcp_queued(s, rcv_nxt(sk, probed), now, awaited, cpu);
}

static __always_inline int rx_queued(const struct sock *sk, u64 cookie, u16 protocol, bool probed)
{
	if (protocol == IPPROTO_TCP) {
		if (!is_left_out(rx_awaited, sk))
			tcp_ready(sk, cookie, probed);
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

/* What only some packets have: a time in GRO, a reader that waited. */
static __always_inline void rx_measured_more(struct abi_histograms *h, const struct abi_unread *u, u64 now, bool shared)
{
	u64 from = u->queued_ns, known, ns = time_since(&from, now & -(u64)u->waiting, &known);

	histogram_add(h, ABI_RX_WAKEUP, bucket_of(ns), ns, known, shared);
	if (!u->gro_ns)
		return;
	from = u->gro_ns;
	ns = time_since(&from, u->device_ns, &known);
	histogram_add(h, ABI_RX_GRO, bucket_of(ns), ns, known, shared);
}

/* Adds a packet that was read to the histograms. shared: the socket is not locked. Returns 1 if a stamp was missed,
 * else 0. */
static __always_inline u32 rx_measured(struct abi_stages *s, const struct abi_unread *u, u64 now, bool shared)
{
	u64 from = first_stamp(u->gro_ns, u->device_ns);

	/* It came before the others were left out: its queueing or its read may have been, too. */
	if (!shared && !u->counted && is_sparse())
		return 0;
	if (shared)
		layers_add_shared(&s->h, ABI_RX_MAC, from, u->ip_ns, u->transport_ns, u->queued_ns, now);
	else
		layers_add(&s->h, ABI_RX_MAC, from, u->ip_ns, u->transport_ns, u->queued_ns, now);
	if (u->waiting | u->gro_ns)
		rx_measured_more(&s->h, u, now, shared);
	return rx_whole & ~(u32)(is_stamped(u->ip_ns) & is_stamped(u->transport_ns) & is_stamped(u->queued_ns));
}

/* … and reports it if it is traced. */
static __always_inline void rx_report(const struct abi_unread *u, const struct abi_rx_cpus *cpus, u64 now)
{
	struct abi_packet_done *d = u->key ? trace_done(u->key) : 0;

	if (!d)
		return;
	d->stamps[0] = first_stamp(u->gro_ns, u->device_ns);
	d->stamps[1] = u->ip_ns;
	d->stamps[2] = u->transport_ns;
	d->stamps[3] = u->queued_ns;
	d->stamps[4] = now;
	d->cpus[1] = cpus->ip;
	d->cpus[2] = cpus->transport;
	d->cpus[3] = cpus->queued;
	d->cpus[4] = cpu_here();
	d->backlog = u->backlog;
	packets_submit(d);
}

/* Finds the segments that lie before copied_seq. The results are kept in the map: with a number in a register the
 * verifier would walk the loops that follow once for each value. */
static __always_inline void segments_read(struct abi_stages *s, u32 copied)
{
	s->read_tail = s->unread_tail;
	s->leaving = s->missed = 0;
	for (u32 i = 0; i < MERGES; i++) {
		const struct abi_unread *u = &s->unread[s->read_tail & (ABI_UNREAD - 1)];

		if (s->read_tail == s->unread_head || (s32)(copied - u->end_seq) < 0)
			break;
		s->leaving += u->counted;
		s->read_tail++;
	}
	await_no_more(rx_awaited, (u32)s->sk, s->leaving);
	/* What was read had been queued, even if that stamp was missed. */
	if ((s32)(s->read_tail - s->queued_tail) > 0)
		s->queued_tail = s->read_tail;
}

/* Called after each piece was copied to the program. Two loops: in one, the verifier would walk every combination of
 * branches in each iteration. */
SEC("?tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(rx_read, struct sock *sk)
{
	struct abi_stages *s = is_left_out(rx_awaited, sk) ? 0 : sock_find(sk, sock_cookie(sk));
	struct tcp_sock *tp;
	u64 now;

	if (!s || s->unread_tail == s->unread_head)
		return 0;
	tp = tcp_of(sk);
	if (!tp)
		return 0;
	segments_read(s, tp->copied_seq);
	now = bpf_ktime_get_ns();
	for (u32 i = 0; sample && i < MERGES && s->unread_tail + i != s->read_tail; i++)
		s->missed += rx_measured(s, &s->unread[(s->unread_tail + i) & (ABI_UNREAD - 1)], now, false);
	if (s->missed)
		count_stages(missed, s->missed);
	for (u32 i = 0; filter.family && i < MERGES && s->unread_tail + i != s->read_tail; i++) {
		u32 at = (s->unread_tail + i) & (ABI_UNREAD - 1);

		rx_report(&s->unread[at], &s->cpus[at], now);
	}
	s->unread_tail = s->read_tail;
	return 0;
}

static __always_inline void datagram_read(struct abi_stages *s, const struct abi_unread *u,
					  const struct abi_rx_cpus *cpus)
{
	u64 now = bpf_ktime_get_ns();

	if (sample && rx_measured(s, u, now, true))
		count_stage(missed);
	rx_report(u, cpus, now);
}

/* A datagram that no hook saw queued: its stamps are still in the packet's slot. */
static __always_inline void datagram_unqueued(const struct sock *sk, u64 cookie, const struct sk_buff *skb)
{
	struct rx_slot *slot = rx_find(skb);
	struct abi_stages *s = slot ? sock_get(sk, cookie) : 0;
	struct abi_rx_cpus cpus = *rx_cpus_of(low_half(skb));
	struct abi_unread u = {};

	if (!s)
		return;
	cpus.queued = 0;
	u.device_ns = slot->device_ns;
	u.gro_ns = gro_time(slot);
	u.ip_ns = slot->ip_ns;
	u.transport_ns = slot->transport_ns;
	u.key = slot->key;
	slot->skb = 0;
	datagram_read(s, &u, &cpus);
}

/* How many came after the datagram with this address; ABI_UNREAD: it is not there. The newest with this address is the
 * right one: older ones were dropped unread, and their memory reused. */
static __always_inline u32 datagram_find(const struct abi_stages *s, const struct sk_buff *skb)
{
	for (u32 i = 0; i < ABI_UNREAD && s->unread_head - i != s->unread_tail; i++)
		if (s->unread[(s->unread_head - 1 - i) & (ABI_UNREAD - 1)].skb == (u64)skb)
			return i;
	return ABI_UNREAD;
}

/* UDP: this datagram was read. */
static __always_inline void udp_read_skb(const struct sock *sk, u64 cookie, const struct sk_buff *skb)
{
	struct abi_stages *s = sock_find(sk, cookie);
	u32 after = s ? datagram_find(s, skb) : ABI_UNREAD, at;

	if (!s || after >= ABI_UNREAD) {
		datagram_unqueued(sk, cookie, skb);
		return;
	}
	at = (s->unread_head - 1 - after) & (ABI_UNREAD - 1);
	datagram_read(s, &s->unread[at], &s->cpus[at]);
	s->unread_tail = udp_waiting(sk) ? s->unread_head - after : s->unread_head;
}

/* UDP: one datagram was read, the oldest; the hook does not know which. */
static __always_inline void udp_read(const struct sock *sk, u64 cookie)
{
	struct abi_stages *s = sock_find(sk, cookie);
	struct abi_unread *u;

	if (!s)
		return;
	__sync_fetch_and_add(&s->read_tail, 1);
	/* Older ones were dropped unread (a bad checksum). */
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
			datagram_read(s, u, &s->cpus[(s->unread_tail - 1) & (ABI_UNREAD - 1)]);
		u->queued_ns = 0; /* the entry is free */
	}
	if (udp_waiting(sk))
		return;
	s->unread_tail = s->unread_head;
	s->read_tail = s->queued_tail;
}

/* A datagram that was only peeked at (MSG_PEEK) stays on the queue: then the length is negative, and for an empty one
 * the queue still holds a reference to the skb. */
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
