/* Losses: each retransmit, drop and reset as an event with what the kernel knows about it, and exact totals by reason
 * and place. No program here runs for packets that arrive. All hooks are raw_tp: several verifiers believe that
 * arguments are never NULL although they can be (the sockets of kfree_skb and tcp_send_reset), so every read here is
 * one that may fail. */
#include "kernel.h"
#include "abi.h"
#include "own.h"
#include "packet.h"
#include "retransmit.h"

#define TCP_CA_CWR 2

#define WAKE_BYTES (256 << 10) /* waiting in the ring: the reader is woken */

/* Set by the collector before loading: which arguments this kernel's tracepoints have, … */
const volatile bool drop_has_reason = false;
const volatile bool drop_has_sk = false;
const volatile bool retransmit_has_err = false;
const volatile bool reset_has_reason = false;
const volatile u32 limit_per_second = 10000;
const volatile u32 foreign_per_second = 1000;
/* … and this kernel's numbers of reasons, one bit each: of packets that were not dropped, that nobody misses. */
const volatile u64 reasons_no_drop[ABI_REASONS / 64] = {};
const volatile u64 reasons_unmissed[ABI_REASONS / 64] = {};
const volatile u32 reason_unspecified = 0; /* 0: there is none */
const volatile u32 reason_outside = 0; /* outside the window, if that includes old segments; 0: those have their own */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} losses SEC(".maps");

/* Preallocated: before 6.1 the kernel warns about other hash maps in programs of this type. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct abi_loss_key);
	__type(value, u64);
} loss_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* for each processor: own.h */
	__type(key, u32);
	__type(value, struct abi_loss_stats);
} loss_stats SEC(".maps");

u64 second_begun = 0; /* when the current second began. Limits are not exact, because CPUs race */
u64 second_reported = 0;
u64 second_foreign = 0; /* packets that may be for another host have a limit of their own */

char LICENSE[] SEC("license") = "GPL";

#define count_stat(what)                                                                                               \
	do {                                                                                                           \
		u32 _here = own_element(1, 0);                                                                         \
		struct abi_loss_stats *_s = bpf_map_lookup_elem(&loss_stats, &_here);                                  \
		if (_s)                                                                                                \
			__sync_fetch_and_add(&_s->what, 1);                                                            \
	} while (0)

/* -- totals and events --------------------------------------------------------------------------------------------- */

static __always_inline void count_key(const struct abi_loss_key *key, u64 by)
{
	u64 zero = 0, *n = bpf_map_lookup_elem(&loss_counts, key);

	if (!n) {
		bpf_map_update_elem(&loss_counts, key, &zero, BPF_NOEXIST);
		n = bpf_map_lookup_elem(&loss_counts, key);
	}
	if (n)
		__sync_fetch_and_add(n, by);
	else
		count_stat(uncounted);
}

static __always_inline void count(u8 kind, u32 reason, bool has_reason, u64 by)
{
	struct abi_loss_key key = {.reason = reason, .kind = kind, .has_reason = has_reason};

	count_key(&key, by);
}

WALK(walk_loss_counts, struct abi_loss_key, sizeof(u64))

static __always_inline u64 this_second(void)
{
	u64 now = bpf_ktime_get_ns();

	if (now - second_begun >= 1000000000ULL) {
		second_begun = now;
		second_reported = 0;
		second_foreign = 0;
	}
	return now;
}

/* An event to be filled in and submitted, or NULL: the ring is full, which is counted. */
static __always_inline struct abi_loss *reserve_at(u8 kind, u64 now)
{
	struct abi_loss *l = bpf_ringbuf_reserve(&losses, sizeof(*l), 0);
	if (!l) {
		count_stat(lost);
		return 0;
	}
	__builtin_memset(l, 0, sizeof(*l));
	l->time_ns = now;
	l->kind = kind;
	return l;
}

/* An event, or NULL: the limit is reached, which is counted. */
static __always_inline struct abi_loss *reserve(u8 kind)
{
	u64 now = this_second();

	if (second_reported >= limit_per_second) {
		count_stat(limited);
		return 0;
	}
	second_reported++;
	return reserve_at(kind, now);
}

/* The same for a packet that is counted as foreign already. */
static __always_inline struct abi_loss *reserve_foreign(void)
{
	u64 now = this_second();

	if (second_foreign >= foreign_per_second)
		return 0;
	second_foreign++;
	return reserve_at(ABI_DROP, now);
}

/* Events are read once a tick; the reader is woken earlier only when many wait. */
static __always_inline void submit(struct abi_loss *l)
{
	ring_submit(&losses, l, WAKE_BYTES);
}

/* -- the socket ---------------------------------------------------------------------------------------------------- */

static __always_inline void fill_addresses(struct abi_loss *l, const struct sock *sk)
{
	l->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	l->lport = BPF_CORE_READ(sk, __sk_common.skc_num);
	l->rport = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (l->family == AF_INET6) {
		BPF_CORE_READ_INTO(&l->laddr, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&l->raddr, sk, __sk_common.skc_v6_daddr);
	} else {
		*(u32 *)l->laddr = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		*(u32 *)l->raddr = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	}
}

/* An IPv4 or IPv6 socket, not AF_UNIX, AF_NETLINK or AF_PACKET? */
static __always_inline bool is_inet(const struct sock *sk)
{
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	return family == AF_INET || family == AF_INET6;
}

/* Request and TIME_WAIT sockets consist of little more than a sock_common. */
static __always_inline bool is_full(u8 state)
{
	return state != TCP_TIME_WAIT && state != TCP_NEW_SYN_RECV;
}

static __always_inline void fill_tcp(struct abi_loss *l, const struct tcp_sock *tp)
{
	l->ca_state = BPF_CORE_READ_BITFIELD_PROBED(&tp->inet_conn, icsk_ca_state);
	l->cwnd = BPF_CORE_READ(tp, snd_cwnd);
	l->ssthresh = BPF_CORE_READ(tp, snd_ssthresh);
	/* tcp_enter_loss(), tcp_init_cwnd_reduction(): cwnd when the reduction began. */
	l->prior_cwnd = l->ca_state >= TCP_CA_CWR ? BPF_CORE_READ(tp, prior_cwnd) : l->cwnd;
}

/* The socket's identity and state; the addresses are left to fill_ends(). */
static __always_inline void fill_sock(struct abi_loss *l, const struct sock *sk)
{
	l->flags |= ABI_LOSS_SOCKET;
	l->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	l->socket_netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	/* It happened in the device's namespace: a packet keeps its socket on its way through other namespaces. */
	l->netns = l->netns ?: l->socket_netns;
	l->cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	l->protocol = is_full(l->state) ? BPF_CORE_READ(sk, sk_protocol) : IPPROTO_TCP;
	if (l->protocol == IPPROTO_TCP && is_full(l->state) && l->state != TCP_LISTEN)
		fill_tcp(l, (const void *)sk);
}

/* -- the packet ---------------------------------------------------------------------------------------------------- */

/* A packet that was received came from the remote end, one that is sent from the local end. */
static __always_inline void fill_packet(struct abi_loss *l, const struct loss_packet *p, bool tx)
{
	u8 *from = tx ? l->laddr : l->raddr, *to = tx ? l->raddr : l->laddr;

	l->family = p->h.family == 4 ? AF_INET : AF_INET6;
	__builtin_memcpy(from, p->h.saddr, 16);
	__builtin_memcpy(to, p->h.daddr, 16);
	l->lport = bpf_ntohs(tx ? p->h.sport : p->h.dport);
	l->rport = bpf_ntohs(tx ? p->h.dport : p->h.sport);
}

static __always_inline void fill_place(struct abi_loss *l, const struct sk_buff *skb, struct loss_packet *p)
{
	const struct net_device *dev = packet_place(skb, p, &l->ifindex, &l->netns);

	if (dev)
		BPF_CORE_READ_STR_INTO(&l->dev, dev, name);
}

/* A connection's own addresses are right; a listener or an unconnected socket does not know the other end, the packet
 * does. */
static __always_inline void fill_ends(struct abi_loss *l, const struct sock *sk, const struct loss_packet *p, bool tx)
{
	if (sk && (!p->h.family || BPF_CORE_READ(sk, __sk_common.skc_dport)))
		fill_addresses(l, sk);
	else if (p->h.family)
		fill_packet(l, p, tx);
	/* tcp_set_state() has already released the port at the end. */
	if (sk && !l->lport && l->protocol == IPPROTO_TCP && is_full(l->state))
		l->lport = bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport));
}

/* -- drops --------------------------------------------------------------------------------------------------------- */

#define PACKET_HOST 0
#define PACKET_OTHERHOST 3

enum whose {
	OURS,
	PERHAPS_OURS, /* for another host by its MAC address: behind a bridge, that can be a namespace of this machine
		       */
	FOREIGN,      /* for other hosts: not this host's loss */
};

static __always_inline enum whose whose_packet(const struct sk_buff *skb, const struct loss_packet *p, bool has_sk)
{
	u8 type;

	if (has_sk)
		return OURS;
	if (!p->h.family)
		return FOREIGN;
	type = BPF_CORE_READ_BITFIELD_PROBED(skb, pkt_type);
	if (type == PACKET_HOST || !BPF_CORE_READ(skb, skb_iif))
		return OURS;
	return type == PACKET_OTHERHOST && p->h.sport ? PERHAPS_OURS : FOREIGN;
}

/* A socket's packet can be dropped where another device has received it: it is still the socket's own if it comes from
 * the socket's port. */
static __always_inline bool is_sent(const struct sk_buff *skb, const struct sock *sk, const struct loss_packet *p)
{
	u16 port = sk ? BPF_CORE_READ(sk, __sk_common.skc_num) : 0;
	u16 from = bpf_ntohs(p->h.sport), to = bpf_ntohs(p->h.dport);

	if (port && from != to && (port == from || port == to))
		return port == from;
	return !BPF_CORE_READ(skb, skb_iif);
}

static __always_inline bool has_reason(const volatile u64 *set, u32 reason)
{
	return reason < ABI_REASONS && set[reason / 64 % (ABI_REASONS / 64)] >> reason % 64 & 1;
}

/* Has it to be sent again? collect/names/reasons.c decides what the reasons mean. */
static __always_inline u8 is_missed(const struct loss_packet *p, u32 reason)
{
	bool tcp = p->h.proto == IPPROTO_TCP && p->h.family;
	u8 flags = p->h.flags & (TCP_FIN | TCP_SYN | TCP_RST);

	if (has_reason(reasons_unmissed, reason))
		return ABI_UNMISSED;
	/* An empty segment outside the window is a keepalive or a window probe, which was answered. */
	if (tcp && reason_outside && reason == reason_outside && p->h.seq == p->end_seq && !(flags & TCP_RST))
		return ABI_UNMISSED;
	if (tcp && reason == reason_unspecified && flags == TCP_FIN && p->end_seq == p->h.seq + 1)
		return ABI_MISSED_FIN;
	return ABI_MISSED;
}

SEC("?raw_tp/kfree_skb")
int drop(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sk_buff *skb = (void *)ctx->args[0];
	u64 location = ctx->args[1];
	const struct sock *sk = 0;
	struct abi_loss_key key = {.location = location, .kind = ABI_DROP, .has_reason = drop_has_reason};
	struct loss_packet p = {};
	struct abi_loss *l;
	enum whose whose;
	u32 reason = 0;
	bool tx;

	if (drop_has_reason) {
		reason = (u32)ctx->args[2];
		if (has_reason(reasons_no_drop, reason))
			return 0;
	}
	if (drop_has_sk)
		sk = (void *)ctx->args[3];
	/* a packet socket's copy, a unix or netlink message */
	if (sk && !is_inet(sk)) {
		count_stat(foreign);
		return 0;
	}
	if (!sk)
		sk = BPF_CORE_READ(skb, sk);
	if (sk && !is_inet(sk))
		sk = 0;
	packet_read(skb, &p);
	whose = whose_packet(skb, &p, sk != 0);
	key.reason = reason;
	key.missed = is_missed(&p, reason);
	if (whose == OURS)
		count_key(&key, 1);
	else
		count_stat(foreign);
	if (whose == FOREIGN || key.missed == ABI_UNMISSED)
		return 0;
	l = whose == OURS ? reserve(ABI_DROP) : reserve_foreign();
	if (!l)
		return 0;
	tx = is_sent(skb, sk, &p);
	l->location = location;
	l->reason = reason;
	fill_place(l, skb, &p);
	l->flags = (drop_has_reason ? ABI_LOSS_REASON : 0) | (tx ? ABI_LOSS_TX : 0) | (p.local ? ABI_LOSS_LOCAL : 0) |
		   (whose == OURS ? 0 : ABI_LOSS_FOREIGN);
	l->missed = key.missed;
	l->protocol = p.h.proto;
	l->seq = p.h.seq;
	l->end_seq = p.end_seq;
	l->tcp_flags = p.h.flags;
	l->length = p.length;
	l->segments = 1;
	if (sk)
		fill_sock(l, sk);
	fill_ends(l, sk, &p, tx);
	bpf_get_stack(ctx, l->stack, sizeof(l->stack), 0);
	submit(l);
	return 0;
}

/* -- retransmits --------------------------------------------------------------------------------------------------- */

static __always_inline u32 cause_of(const struct sock *sk)
{
	const struct tcp_sock *tp = (const void *)sk;

	return retransmit_cause(BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_SYN_SENT,
				BPF_CORE_READ_BITFIELD_PROBED(&tp->inet_conn, icsk_ca_state),
				BPF_CORE_READ(tp, inet_conn.icsk_pending));
}

/* One event may be a GSO packet of several segments; RetransSegs counts those. */
SEC("?raw_tp/tcp_retransmit_skb")
int retransmit(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sock *sk = (void *)ctx->args[0];
	const struct sk_buff *skb = (void *)ctx->args[1];
	const struct tcp_skb_cb *cb = (void *)skb + bpf_core_field_offset(skb->cb);
	int err = retransmit_has_err ? (int)ctx->args[2] : 0;
	u32 cause = cause_of(sk);
	struct abi_loss *l;
	u16 segments = 1;

	if (retransmit_was_not_tried(err))
		return 0;
	bpf_core_read(&segments, sizeof(segments), &cb->tcp_gso_segs);
	segments = segments ?: 1;
	count(ABI_RETRANSMIT, cause, true, segments);
	l = reserve(ABI_RETRANSMIT);
	if (!l)
		return 0;
	fill_sock(l, sk);
	fill_addresses(l, sk);
	l->reason = cause;
	l->flags |= ABI_LOSS_REASON | ABI_LOSS_TX;
	if (err)
		l->flags |= ABI_LOSS_FAILED;
	l->segments = segments;
	l->seq = BPF_CORE_READ(cb, seq);
	l->end_seq = BPF_CORE_READ(cb, end_seq);
	submit(l);
	return 0;
}

/* The addresses are the request's; the socket that sends again is the listener. */
SEC("?raw_tp/tcp_retransmit_synack")
int retransmit_synack(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sock *sk = (void *)ctx->args[0];
	const struct request_sock *req = (void *)ctx->args[1];
	struct abi_loss *l;

	count(ABI_RETRANSMIT, ABI_RETRANSMIT_SYNACK, true, 1);
	l = reserve(ABI_RETRANSMIT);
	if (!l)
		return 0;
	fill_sock(l, sk);
	fill_addresses(l, (const void *)req);
	l->state = TCP_NEW_SYN_RECV;
	l->reason = ABI_RETRANSMIT_SYNACK;
	l->flags |= ABI_LOSS_REASON | ABI_LOSS_TX;
	l->segments = 1;
	submit(l);
	return 0;
}

/* -- resets -------------------------------------------------------------------------------------------------------- */

/* sk is NULL if there is no socket, skb if the reset answers no segment. */
SEC("?raw_tp/tcp_send_reset")
int reset_sent(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sock *sk = (void *)ctx->args[0];
	const struct sk_buff *skb = (void *)ctx->args[1];
	u32 reason = reset_has_reason ? (u32)ctx->args[2] : 0;
	struct loss_packet p = {};
	struct abi_loss *l;

	count(ABI_RESET_SENT, reason, reset_has_reason, 1);
	l = reserve(ABI_RESET_SENT);
	if (!l)
		return 0;
	l->reason = reason;
	l->flags = (reset_has_reason ? ABI_LOSS_REASON : 0) | ABI_LOSS_TX;
	l->protocol = IPPROTO_TCP;
	if (skb) {
		packet_read(skb, &p);
		fill_place(l, skb, &p);
	}
	if (sk)
		fill_sock(l, sk);
	fill_ends(l, sk, &p, false);
	submit(l);
	return 0;
}

SEC("?raw_tp/tcp_receive_reset")
int reset_received(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sock *sk = (void *)ctx->args[0];
	const struct loss_packet none = {};
	struct abi_loss *l;

	count(ABI_RESET_RECEIVED, 0, false, 1);
	l = reserve(ABI_RESET_RECEIVED);
	if (!l)
		return 0;
	fill_sock(l, sk);
	fill_ends(l, sk, &none, false);
	submit(l);
	return 0;
}
