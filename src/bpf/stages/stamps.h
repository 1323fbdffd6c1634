/* What the programs that stamp packets share: slots for packets on their way, the sockets' histograms, the trace. */
#pragma once

#include "kernel.h"
#include "abi_stages.h"
#include "cast.h"
#include "headers.h"
#include "histograms.h"
#include "own.h"

#define SLOTS                                                                                                          \
	8192 /* packets on their way at once, a power of two; one that finds its slot taken is counted as missed */
#define CPUS 1024

struct socks_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, struct abi_stages);
};

struct stage_stats_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* for each processor: own.h */
	__type(key, u32);
	__type(value, struct abi_stage_stats);
};

/* A zeroed entry to make a socket's entry from: too large for the stack. */
struct blank_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct abi_stages);
};

/* The machine's histograms, without those of sockets in socks: of sockets that are gone, and of ICMP echo packets.
 * Indexed by enum abi_machine. */
struct machine_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, ABI_MACHINE_PARTS); /* for each processor: own.h */
	__type(key, u32);
	__type(value, struct abi_histograms);
};

struct packets_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
};

extern struct socks_map socks SEC(".maps");
extern struct stage_stats_map stage_stats SEC(".maps");
extern struct blank_map blank SEC(".maps");
extern struct machine_map machine SEC(".maps");
extern struct packets_map packets SEC(".maps");

/* Set by the collector. */
extern u32 sample;               /* one packet in so many is measured; 0: the layers are off */
extern struct abi_filter filter; /* whose packets are traced */
extern u64 trace_limit;          /* packets a second that are reported at most */
extern u64 trace_second, trace_in_second;
extern u32 trace_retrans; /* the traced socket's total_retrans at its last transmission */
extern u32 queue_unknown; /* no hook stamps when a socket's data are queued */
extern u32 rx_whole;      /* IP entry, transport entry and queueing have hooks: a missing stamp was missed */
extern u64 wake_function; /* address of woken_wake_function(), with which a task in recv() waits; 0: unknown */

static __always_inline struct abi_stage_stats *stage_stats_here(void)
{
	u32 here = own_element(1, 0);

	return bpf_map_lookup_elem(&stage_stats, &here);
}

/* Atomic: a softirq may interrupt a program that runs for a task on the same processor. */
#define count_stages(what, number)                                                                                     \
	do {                                                                                                           \
		struct abi_stage_stats *_stats = stage_stats_here();                                                   \
		if (_stats)                                                                                            \
			__sync_fetch_and_add(&_stats->what, number);                                                   \
	} while (0)
#define count_stage(what) count_stages(what, 1)

/* As abi_rx_cpus has it. */
static __always_inline u16 cpu_here(void)
{
	return (u16)(bpf_get_smp_processor_id() + 1);
}

/* The slot of a number: Fibonacci hashing, of which the upper bits are the good ones. */
static __always_inline u32 slot_of(u32 number)
{
	return number * 0x9e3779b9U >> 19 & (SLOTS - 1);
}

/* -- sockets ------------------------------------------------------------------------------------------------------- */

/* Does the entry at this address belong to this socket? It may have been made before a UDP socket got its cookie; then
 * the port shows whether it is still the same. */
static __always_inline bool sock_is(struct abi_stages *s, const struct sock *sk, u64 cookie)
{
	if (s->cookie == cookie)
		return true;
	if (s->cookie || s->port != BPF_CORE_READ(sk, __sk_common.skc_num))
		return false;
	s->cookie = cookie;
	return true;
}

static __always_inline struct abi_stages *sock_find(const struct sock *sk, u64 cookie)
{
	u64 key = (u64)sk;
	struct abi_stages *s = bpf_map_lookup_elem(&socks, &key);

	return s && sock_is(s, sk, cookie) ? s : 0;
}

/* The socket's cookie: the programs of the table have made it. A kprobe has to probe it. */
#define sock_cookie(sk) ((u64)(sk)->__sk_common.skc_cookie.counter)
#define sock_cookie_kprobe(sk) ((u64)BPF_CORE_READ(sk, __sk_common.skc_cookie.counter))

/* Where a packet's times are added: to the socket's, or to the machine's if there is no room for the socket. NULL only
 * for the verifier. */
static __always_inline struct abi_histograms *histograms_of(struct abi_stages *s)
{
	u32 here = own_element(ABI_MACHINE_PARTS, ABI_MACHINE_SOCKETS);

	return s ? &s->h : bpf_map_lookup_elem(&machine, &here);
}

/* Those of ICMP echo packets; NULL only for the verifier. */
static __always_inline struct abi_histograms *echo_histograms(void)
{
	u32 echo = own_element(ABI_MACHINE_PARTS, ABI_MACHINE_ECHO);

	return bpf_map_lookup_elem(&machine, &echo);
}

/* The entry of a socket, made if it is missing; NULL: no room. */
static __always_inline struct abi_stages *sock_get(const struct sock *sk, u64 cookie)
{
	u64 key = (u64)sk;
	struct abi_stages *s = bpf_map_lookup_elem(&socks, &key), *fresh;
	u32 zero = 0;

	if (s && sock_is(s, sk, cookie))
		return s;
	fresh = bpf_map_lookup_elem(&blank, &zero);
	if (!fresh)
		return 0;
	/* The end of another socket at this address was missed. */
	if (s)
		histograms_fold(s->sk);
	bpf_map_update_elem(&socks, &key, fresh, BPF_ANY);
	s = bpf_map_lookup_elem(&socks, &key);
	if (!s) {
		count_stage(lost_socks);
		return 0;
	}
	s->sk = key;
	s->cookie = cookie;
	s->port = BPF_CORE_READ(sk, __sk_common.skc_num);
	return s;
}

static __always_inline bool is_full_sock(const struct sock *sk)
{
	u8 state = sk->__sk_common.skc_state;

	return state != TCP_TIME_WAIT && state != TCP_NEW_SYN_RECV;
}

/* -- headers ------------------------------------------------------------------------------------------------------- */

/* Swaps source and destination: the packet from its sender's view. */
static __always_inline void headers_turn(struct headers *h)
{
	struct headers was = *h;

	__builtin_memcpy(h->saddr, was.daddr, sizeof(h->saddr));
	__builtin_memcpy(h->daddr, was.saddr, sizeof(h->daddr));
	h->sport = was.dport;
	h->dport = was.sport;
}

/* An echo request or reply? */
static __always_inline bool is_echo_type(u8 protocol, u8 type)
{
	return protocol == IPPROTO_ICMP ? type == 8 || type == 0
					: protocol == IPPROTO_ICMPV6 && (type == 128 || type == 129);
}

/* A super-packet's IP length is 0 or too small (BIG TCP, some GSO): use the skb's. */
static __always_inline void headers_size(struct headers *h, const struct sk_buff *skb)
{
	u32 before = (u32)(h->network - skb->data);

	h->frame = skb->len > before ? skb->len - before : 0;
	h->payload = h->frame > h->payload ? h->frame - h->payload : 0;
}

/* -- the trace ----------------------------------------------------------------------------------------------------- */

static __always_inline bool same_address(const u8 *a, const u8 *b, u8 family)
{
	const u64 *x = (void *)a, *y = (void *)b;

	if (family == 4)
		return *(u32 *)a == *(u32 *)b;
	return x[0] == y[0] && x[1] == y[1];
}

/* Is the packet for the traced socket? For sent packets the socket itself is known. */
static __always_inline bool is_traced(const struct headers *h, u32 netns)
{
	if (h->family != filter.family || h->proto != filter.proto || netns != filter.netns || h->dport != filter.lport)
		return false;
	if (!filter.any_local && !same_address(h->daddr, filter.laddr, h->family))
		return false;
	return filter.any_remote || (h->sport == filter.rport && same_address(h->saddr, filter.raddr, h->family));
}

/* May another packet be reported in this second? */
static __always_inline bool trace_allows(u64 now)
{
	u64 second = now / 1000000000;

	if (trace_second != second) {
		trace_second = second;
		trace_in_second = 0;
	}
	/* Not atomic: before 5.12 atomics return nothing, and a few more or less do not matter. */
	return trace_in_second++ < trace_limit;
}

/* The reader looks once a tick; it is woken earlier only when the ring fills up. */
#define PACKETS_WAKE (1 << 20)

#define packets_submit(packet) ring_submit(&packets, packet, PACKETS_WAKE)

#define IPS_NAT 0x30 /* IPS_SRC_NAT, IPS_DST_NAT */
#define NFCT_PTRMASK (~7ULL)

static __always_inline void tuple_read(struct abi_tuple *t, const struct nf_conntrack_tuple *from)
{
	BPF_CORE_READ_INTO(&t->src, from, src.u3.all);
	BPF_CORE_READ_INTO(&t->dst, from, dst.u3.all);
	t->sport = BPF_CORE_READ(from, src.u.all);
	t->dport = BPF_CORE_READ(from, dst.u.all);
}

/* Both sides of the translation, if netfilter translates this connection. */
static __always_inline void nat_read(struct abi_packet *p, const struct sk_buff *skb)
{
	struct nf_conn *ct;

	if (!bpf_core_type_exists(struct nf_conn))
		return;
	ct = (void *)(skb->_nfct & NFCT_PTRMASK);
	if (!ct || !(BPF_CORE_READ(ct, status) & IPS_NAT))
		return;
	tuple_read(&p->tuple[0], &ct->tuplehash[0].tuple);
	tuple_read(&p->tuple[1], &ct->tuplehash[1].tuple);
	p->nat = 1;
}

/* Unique among the packets on their way: two at the same time have different addresses. (A counter would need an atomic
 * that returns its value, which exists only from 5.12 on.) */
static __always_inline u64 trace_key(const struct sk_buff *skb, u64 now)
{
	return now << 16 | (u16)(low_half(skb) >> 8);
}

/* Has TCP sent this segment before? snd_nxt may be past a segment that is sent for the first time, too, if that had to
 * wait, for neighbour resolution for example. Hence also total_retrans, which is incremented before a segment is sent
 * again. */
static __always_inline bool is_sent_again(const struct sock *sk, const struct headers *h)
{
	struct tcp_sock *tp = (void *)sk;
	u32 total;

	if (h->proto != IPPROTO_TCP || !is_full_sock(sk))
		return false;
	total = BPF_CORE_READ(tp, total_retrans);
	if (sock_cookie(sk) == filter.cookie) {
		if (total == trace_retrans)
			return false;
		trace_retrans = total;
	}
	return (s32)(h->seq - BPF_CORE_READ(tp, snd_nxt)) < 0;
}

extern struct abi_rx_cpus rx_cpus[SLOTS]; /* of traced packets that are received, numbered as rx_slots */

static __always_inline struct abi_rx_cpus *rx_cpus_of(u32 skb_low)
{
	return &rx_cpus[slot_of(skb_low >> 6)];
}

/* Reports a packet at its first device. sender: the socket that sends it; NULL: it is received, and gro is its GRO
 * entry, if it had one. Returns its key; 0: it could not be reported. */
static __always_inline u64 trace_packet(const struct sk_buff *skb, const struct sock *sender, const struct headers *h,
					u64 now, u64 gro)
{
	struct skb_shared_info *shared;
	struct abi_packet *p;
	u64 key = trace_key(skb, now);
	bool again = sender && is_sent_again(sender, h);
	u32 len;

	if (!trace_allows(now)) {
		count_stage(limited);
		return 0;
	}
	p = bpf_ringbuf_reserve(&packets, sizeof(*p), 0);
	if (!p) {
		count_stage(lost);
		return 0;
	}
	__builtin_memset(p, 0, sizeof(*p));
	p->size = sizeof(*p);
	p->kind = ABI_PACKET_SEEN;
	p->key = key;
	p->ns = now;
	p->tx = sender != 0;
	p->frame = h->frame;
	p->ifindex = skb->dev->ifindex;
	p->netns = skb->dev->nd_net.net->ns.inum;
	BPF_CORE_READ_STR_INTO(&p->dev, skb, dev, name);
	shared = (void *)(skb->head + skb->end);
	p->segments = BPF_CORE_READ(shared, gso_segs) ?: 1;
	nat_read(p, skb);
	/* Only the linear part is there. */
	len = skb->len - skb->data_len - (u32)(h->network - skb->data);
	if (len > h->frame)
		len = h->frame;
	if (len > ABI_PACKET_DATA)
		len = ABI_PACKET_DATA;
	if (len && bpf_probe_read_kernel(p->data, at_most(len - 1, ABI_PACKET_DATA - 1) + 1, h->network) == 0)
		p->captured = len;
	count_stage(packets);
	p->cpu = cpu_here();
	if (!sender) {
		struct abi_rx_cpus *cpus = rx_cpus_of(low_half(skb));

		p->stamps[0] = gro ?: now;
		p->gro = gro != 0;
		p->gro_cpu = gro ? cpus->gro : 0;
		cpus->ip = cpus->transport = 0;
		packets_submit(p);
		return key;
	}
	p->stamps[2] = now;
	if (h->proto == IPPROTO_TCP && is_full_sock(sender)) {
		struct tcp_sock *tp = (void *)sender;

		p->cwnd = BPF_CORE_READ(tp, snd_cwnd);
		p->again = again;
		p->ca_state = BPF_CORE_READ_BITFIELD_PROBED(tp, inet_conn.icsk_ca_state);
		p->pending = BPF_CORE_READ(tp, inet_conn.icsk_pending);
		p->snd_wscale = BPF_CORE_READ_BITFIELD_PROBED(tp, rx_opt.snd_wscale);
		p->rcv_wscale = BPF_CORE_READ_BITFIELD_PROBED(tp, rx_opt.rcv_wscale);
	}
	packets_submit(p);
	return key;
}

/* A traced packet is at a further device. */
static __always_inline void trace_crossing(u64 key, const struct sk_buff *skb, u64 now)
{
	struct abi_packet_crossed *p = bpf_ringbuf_reserve(&packets, sizeof(*p), 0);

	if (!p) {
		count_stage(lost);
		return;
	}
	__builtin_memset(p, 0, sizeof(*p));
	p->size = sizeof(*p);
	p->kind = ABI_PACKET_CROSSED;
	p->key = key;
	p->ns = now;
	p->ifindex = BPF_CORE_READ(skb, dev, ifindex);
	p->netns = BPF_CORE_READ(skb, dev, nd_net.net, ns.inum);
	BPF_CORE_READ_STR_INTO(&p->dev, skb, dev, name);
	packets_submit(p);
}

static __always_inline struct abi_packet_done *trace_done(u64 key)
{
	struct abi_packet_done *d = bpf_ringbuf_reserve(&packets, sizeof(*d), 0);

	if (!d) {
		count_stage(lost);
		return 0;
	}
	__builtin_memset(d, 0, sizeof(*d));
	d->size = sizeof(*d);
	d->kind = ABI_PACKET_DONE;
	d->key = key;
	return d;
}

/* The driver that took a sent packet has freed it. */
static __always_inline void trace_freed(u64 key)
{
	struct abi_packet_freed *d = bpf_ringbuf_reserve(&packets, sizeof(*d), 0);

	if (!d) {
		count_stage(lost);
		return;
	}
	d->size = sizeof(*d);
	d->kind = ABI_PACKET_FREED;
	d->key = key;
	d->ns = bpf_ktime_get_ns();
	d->cpu = cpu_here();
	d->reserved = 0;
	packets_submit(d);
}

/* Is one packet in `sample` measured, and nothing traced? Then what was not chosen at its first stamp is to cost next
 * to nothing at the others. */
static __always_inline bool is_sparse(void)
{
	return sample != 1 && !filter.family && !filter.echo;
}

/* Is the next packet chosen? gap: a processor's own. A random number for each one that is chosen, none for the others;
 * traffic may repeat itself after so many packets, so gaps differ in length. */
static __always_inline bool is_sampled(u32 *gap)
{
	if (sample <= 1)
		return sample;
	if (*gap && *gap < 2 * sample) {
		--*gap;
		return false;
	}
	*gap = bpf_get_prandom_u32() % (2 * sample - 1);
	return true;
}
