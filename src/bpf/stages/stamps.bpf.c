/* Definitions of the maps and variables of the programs that stamp packets (see stamps.h). */
#include "slots.h"
#include "icmp_echo.h"
#include "nf_hooks.h"

struct socks_map socks SEC(".maps");
struct stage_stats_map stage_stats SEC(".maps");
struct blank_map blank SEC(".maps");
struct machine_map machine SEC(".maps");
struct packets_map packets SEC(".maps");
struct nf_slots_map nf_slots SEC(".maps");
struct nf_passed_map nf_passed SEC(".maps");
struct nf_times_map nf_times SEC(".maps");

u32 sample = 0;
struct abi_filter filter = {};
u64 trace_limit = 0;
u64 trace_second = 0, trace_in_second = 0;
u32 trace_retrans = 0;
u32 queue_unknown = 0;
u32 rx_whole = 0;
u64 wake_function = 0;
u32 nf_on = 0, nf_links = 0;

__weak u32 bucket_of(u64 ns)
{
	return bucket(ns);
}

__weak u64 four_buckets(u64 a, u64 b, u64 c, u64 d)
{
	return bucket(a) | bucket(b) << 8 | bucket(c) << 16 | (u64)bucket(d) << 24;
}

/* Atomic, like counting: sockets end in tasks and in softirqs. */
__weak int layer_fold(u64 sk, u32 layer)
{
	struct abi_stages *s = bpf_map_lookup_elem(&socks, &sk);
	u32 here = own_element(ABI_MACHINE_PARTS, ABI_MACHINE_SOCKETS);
	struct abi_histograms *all = bpf_map_lookup_elem(&machine, &here);

	if (!s || !all || layer >= ABI_LAYERS)
		return 0;
	__sync_fetch_and_add(&all->sum_ns[layer], s->h.sum_ns[layer]);
	if (s->h.max_ns[layer] > all->max_ns[layer])
		all->max_ns[layer] = s->h.max_ns[layer];
	for (u32 b = 0; b < ABI_LAYER_BUCKETS; b++)
		if (s->h.buckets[layer][b])
			__sync_fetch_and_add(&all->buckets[layer][b], s->h.buckets[layer][b]);
	return 0;
}

__weak int histograms_fold(u64 sk)
{
	for (u32 layer = 0; layer < ABI_LAYERS; layer++)
		layer_fold(sk, layer);
	return 0;
}

/* Set by the collector before loading: kfree_skb has a reason (5.17). */
const volatile bool drop_has_reason = false;
const volatile bool has_cast = false;

/* The socket's memory is about to be used again. */
SEC("?tp_btf/tcp_destroy_sock")
int BPF_PROG(stages_end, struct sock *sk)
{
	u64 key = (u64)sk;
	const struct abi_stages *s = bpf_map_lookup_elem(&socks, &key);
	u32 counted = 0;

	if (!s)
		return 0;
	for (u32 i = 0; i < ABI_UNREAD && s->unread_tail + i != s->unread_head; i++)
		counted += s->unread[(s->unread_tail + i) & (ABI_UNREAD - 1)].counted;
	await_no_more(rx_awaited, (u32)s->sk, counted);
	histograms_fold(s->sk);
	bpf_map_delete_elem(&socks, &key);
	return 0;
}

/* Up to and including the histograms. */
WALK(walk_socks, u64, ABI_STAGES_READ)

/* Resets the histograms; the stamps of unread packets stay. */
SEC("?iter/bpf_map_elem")
int clear_socks(struct bpf_iter__bpf_map_elem *ctx)
{
	struct abi_stages *s = ctx->value;
	volatile u64 *words; /* or the compiler would call memset(), which does not exist here */

	if (!s)
		return 0;
	words = (void *)&s->h;
	for (u32 i = 0; i < sizeof(s->h) / sizeof(*words); i++)
		words[i] = 0;
	return 0;
}

/* Gives new sockets a cookie from the beginning while packets are stamped: the programs that stamp cannot. */
SEC("?cgroup/sock_create")
int stages_create(struct bpf_sock *ctx)
{
	bpf_get_socket_cookie(ctx);
	return 1;
}

enum skb_drop_reason {
	SKB_CONSUMED = 1,              /* 6.3 */
	SKB_DROP_REASON_NOT_SPECIFIED, /* 5.17 */
	SKB_DROP_REASON_NO_SOCKET,
	SKB_DROP_REASON_NETFILTER_DROP = 8, /* 5.18 */
};

/* A packet was dropped: reports that if it is traced. */
static __always_inline void dropped(u64 key, const u64 stamps[5], const u16 cpus[5], u64 location, u32 reason)
{
	struct abi_packet_done *d = key ? trace_done(key) : 0;

	if (!d)
		return;
	for (u32 i = 0; i < 5; i++) {
		d->stamps[i] = stamps[i];
		d->cpus[i] = cpus[i];
	}
	d->drop_location = location;
	d->drop_reason = reason;
	packets_submit(d);
}

static __always_inline void drop_received(struct rx_slot *s, u64 location, u32 reason)
{
	u64 stamps[5] = {gro_time(s) ?: s->device_ns, s->ip_ns, s->transport_ns};
	const struct abi_rx_cpus *at = rx_cpus_of((u32)s->skb);
	u16 cpus[5] = {0, at->ip, at->transport};

	s->skb = 0;
	dropped(s->key, stamps, cpus, location, reason);
}

/* TCP has dropped the segment (a bad checksum): it is the newest of those unread, and was not queued. */
static __always_inline bool drop_segment(const struct sk_buff *skb, u64 location, u32 reason)
{
	struct rx_segment *now = segment_here();
	struct tcp_skb_cb *cb = (void *)skb->cb;
	struct abi_stages *s;
	struct abi_unread *u;
	u32 end_seq = 0;

	if (now->skb != (u64)skb)
		return false;
	now->skb = 0;
	s = sock_find((void *)now->sk, now->cookie);
	bpf_core_read(&end_seq, sizeof(end_seq), &cb->end_seq);
	if (!s || s->unread_head == s->unread_tail)
		return false;
	u = &s->unread[(s->unread_head - 1) & (ABI_UNREAD - 1)];
	if (u->end_seq != end_seq || (u->queued_ns && u->queued_ns != s->in_order_ns))
		return false;
	s->unread_head--;
	await_no_more(rx_awaited, (u32)now->sk, u->counted);
	if (queue_unknown || u->queued_ns)
		s->queued_tail = s->unread_head;
	{
		u64 stamps[5] = {first_stamp(u->gro_ns, u->device_ns), u->ip_ns, u->transport_ns};
		const struct abi_rx_cpus *at = &s->cpus[s->unread_head & (ABI_UNREAD - 1)];
		u16 cpus[5] = {0, at->ip, at->transport};

		dropped(u->key, stamps, cpus, location, reason);
	}
	return true;
}

/* Does the kernel give a reason why it freed an echo packet? Without a reason it may be a request that was answered;
 * and where no hook sees what sockets receive, NO_SOCKET may mean only that ICMP found no socket besides a raw one. */
static __always_inline bool echo_is_lost(u32 reason)
{
	if (!bpf_core_enum_value_exists(enum skb_drop_reason, SKB_DROP_REASON_NOT_SPECIFIED) ||
	    reason <= bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_NOT_SPECIFIED))
		return false;
	return !echo_unseen || reason != bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_NO_SOCKET);
}

/* A traced echo packet, in its slot before ICMP has received it, or a raw socket's clone. One that a socket has taken
 * is not lost, even if ICMP found no other socket for it. */
static __always_inline bool drop_echo(const struct sk_buff *skb, struct rx_slot *rx, u64 location, u32 reason)
{
	u64 head = (u64)BPF_CORE_READ(skb, head);
	struct echo_slot *e = echo_slot(head);

	if (e->head != head || (rx ? rx->key != e->key : !is_echo(skb, head)))
		return false;
	if (rx) {
		e->stamps[1] = rx->ip_ns;
		rx->skb = 0;
	}
	if (!e->stamps[3] && ((!e->entered && !echo_unseen) || echo_is_lost(reason)))
		dropped(e->key, e->stamps, e->cpus, location, reason);
	return true;
}

static __always_inline void drop_sent(const struct sk_buff *skb, const struct sock *sk, u64 location, u32 reason)
{
	u64 stamps[5] = {};
	u16 cpus[5] = {};
	struct headers h;
	struct tx_slot *s;
	u32 seq;

	if ((!filter.echo && BPF_CORE_READ(sk, __sk_common.skc_cookie.counter) != filter.cookie) ||
	    !headers_read(&h, BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header)))
		return;
	/* h.payload is still the offset of the payload; a super-packet's length may be 0. */
	seq = h.proto == IPPROTO_TCP && (!h.frame || h.frame > h.payload) ? h.seq : low_half(skb);
	s = tx_slot(low_half(sk), seq);
	if (s->sk != (u64)sk || s->seq != seq || !s->queue_ns)
		return;
	stamps[0] = s->send_ns;
	stamps[1] = s->leaves_ns;
	stamps[2] = s->queue_ns;
	stamps[3] = s->driver_ns;
	cpus[0] = s->send_cpu;
	cpus[2] = s->queue_cpu;
	cpus[3] = s->driver_ns ? s->driver_cpu : 0;
	tx_release(s);
	dropped(s->traced ? s->key : 0, stamps, cpus, location, reason);
}

/* The arguments differ between kernels, and a socket among them may be NULL: hence raw_tp. */
SEC("?raw_tp/kfree_skb")
int stages_drop(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sk_buff *skb = (void *)ctx->args[0];
	u64 location =
	    ctx->args[1]; /* read now: the verifier may reject a read after the context pointer was modified */
	u32 reason = 0;
	const struct sock *sk;
	struct rx_slot *s;

	if (!filter.family && !filter.echo && !sample)
		return 0;
	gro_forget(skb);
	/* Some drivers free sent packets this way. */
	if (filter.family)
		tx_freed(skb);
	if (drop_has_reason)
		reason = (u32)ctx->args[2];
	if (bpf_core_enum_value_exists(enum skb_drop_reason, SKB_CONSUMED) &&
	    reason == bpf_core_enum_value(enum skb_drop_reason, SKB_CONSUMED))
		return 0;
	if (nf_links && bpf_core_enum_value_exists(enum skb_drop_reason, SKB_DROP_REASON_NETFILTER_DROP) &&
	    reason == bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_NETFILTER_DROP))
		nf_drop(skb);
	s = rx_find(skb);
	if (filter.echo && (!s || s->key) && drop_echo(skb, s, location, reason))
		return 0;
	if (s) {
		drop_received(s, location, reason);
		return 0;
	}
	if (drop_segment(skb, location, reason) || (!filter.family && !filter.echo))
		return 0;
	sk = BPF_CORE_READ(skb, sk);
	if (sk)
		drop_sent(skb, sk, location, reason);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
