/* The map flows: bytes and datagrams of UDP sockets, counted per call. By hooks on the UDP functions where they can be
 * hooked (fexit, then kprobe), else by sock_send_length and sock_recv_length, which fire for every protocol. */
#include "cookie.h"
#include "ends.h"
#include "owner.h"
#include "sample.h"
#include "segment.h"

/* Set by the collector before loading: how many arguments udp_recvmsg() has (6: 5.10, 5: 6.1 … 6.18, 4: later). */
const volatile u32 udp_recvmsg_args = 5;

#define UDP_FLAGS_CORK 0 /* bit numbers in udp_flags since 6.7 (include/linux/udp.h) */
#define UDP_FLAGS_GRO_ENABLED 3
#define RCV_SHUTDOWN 1

static __always_inline bool is_udp(const struct sock *sk)
{
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family), protocol = BPF_CORE_READ(sk, sk_protocol);

	return (protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE) && (family == AF_INET || family == AF_INET6);
}

static __always_inline void flow_addresses(struct abi_flow *f, const struct sock *sk)
{
	f->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	f->lport = BPF_CORE_READ(sk, __sk_common.skc_num);
	f->rport = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	f->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (f->family == AF_INET6) {
		BPF_CORE_READ_INTO(&f->laddr, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
		BPF_CORE_READ_INTO(&f->raddr, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
		return;
	}
	*(u32 *)f->laddr = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
	*(u32 *)f->raddr = BPF_CORE_READ(sk, __sk_common.skc_daddr);
}

/* A socket's first call: notes its owner and addresses. */
static __always_inline struct abi_flow *flow_new(const struct sock *sk, u64 key)
{
	struct net *net = BPF_CORE_READ(sk, __sk_common.skc_net.net);
	struct abi_flow f = {.first_ns = bpf_ktime_get_ns()}, *found;

	f.proto = BPF_CORE_READ(sk, sk_protocol);
	f.tgid = current_owner(f.comm);
	f.uid = BPF_CORE_READ(sk, sk_uid.val);
	f.netns = BPF_CORE_READ(net, ns.inum);
	if (bpf_core_field_exists(net->net_cookie))
		f.netns_cookie = BPF_CORE_READ(net, net_cookie);
	flow_addresses(&f, sk);
	bpf_map_update_elem(&flows, &key, &f, BPF_NOEXIST);
	set_flag(flows_added);
	found = bpf_map_lookup_elem(&flows, &key);
	if (!found)
		count_lost(lost_flows);
	return found;
}

static __always_inline struct abi_flow *flow_get(struct sock *sk, u64 cookie)
{
	u64 key = flow_key(sk, cookie);
	struct abi_flow *f;

	if (!key)
		return 0;
	f = bpf_map_lookup_elem(&flows, &key);
	if (!f)
		return flow_new(sk, key);
	f->last_ns = bpf_ktime_get_ns();
	/* It was bound by its first send, or has been connected since. */
	if (f->state != BPF_CORE_READ(sk, __sk_common.skc_state) || !f->lport)
		flow_addresses(f, sk);
	return f;
}

static __always_inline bool is_corked(struct sock *sk)
{
	struct udp_sock *up = (void *)sk;
	struct udp_sock___cork *old = (void *)sk;

	if (bpf_core_field_exists(old->corkflag))
		return BPF_CORE_READ(old, corkflag);
	return BPF_CORE_READ(up, udp_flags) >> UDP_FLAGS_CORK & 1;
}

/* Counts a send call whose data are segmented into pieces of `cut` bytes (0: not segmented). With MSG_MORE the datagram
 * stays open, and is sent by the call that closes it; with UDP_CORK it may be sent by setsockopt(), which has no
 * hook. */
static __always_inline void count_sent(struct sock *sk, u64 cookie, u32 len, u32 cut)
{
	struct abi_flow *f = flow_get(sk, cookie);
	bool pending = BPF_CORE_READ((struct udp_sock *)sk, pending);

	if (!f)
		return;
	__sync_fetch_and_add(&f->tx_bytes, len);
	if (cut == SEGMENT_UNKNOWN || (cut && (pending || f->pending)) || (pending && is_corked(sk)))
		f->tx_pkts_unknown = 1;
	else if (!pending)
		__sync_fetch_and_add(&f->tx_pkts, cut && len > cut ? (len + cut - 1) / cut : 1);
	f->pending = pending;
}

static __always_inline bool gro_enabled(struct sock *sk)
{
	struct udp_sock *up = (void *)sk;
	struct udp_sock___bits *old = (void *)sk;

	if (bpf_core_field_exists(up->udp_flags))
		return BPF_CORE_READ(up, udp_flags) >> UDP_FLAGS_GRO_ENABLED & 1;
	if (bpf_core_field_exists(old->gro_enabled))
		return BPF_CORE_READ_BITFIELD_PROBED(old, gro_enabled);
	return false;
}

static __always_inline void count_received(struct sock *sk, u64 cookie, int len, int flags)
{
	struct abi_flow *f;

	/* A datagram may be empty; after shutdown() a read returns 0 without one. */
	if (flags & (MSG_PEEK | MSG_ERRQUEUE) || (!len && BPF_CORE_READ(sk, sk_shutdown) & RCV_SHUTDOWN))
		return;
	f = flow_get(sk, cookie);
	if (!f)
		return;
	__sync_fetch_and_add(&f->rx_bytes, len);
	__sync_fetch_and_add(&f->rx_pkts, 1);
	if (gro_enabled(sk))
		f->rx_pkts_unknown = 1;
}

SEC("?tp_btf/sock_send_length")
int BPF_PROG(send_length, struct sock *sk, int ret, int flags)
{
	/* It fires for every protocol: the others cost this line only. */
	if (sk->sk_protocol != IPPROTO_UDP && sk->sk_protocol != IPPROTO_UDPLITE)
		return 0;
	if (ret >= 0 && is_udp(sk))
		count_sent(sk, socket_cookie(sk), ret, segment_of_call(own_segment(sk)));
	return 0;
}

SEC("?tp_btf/sock_recv_length")
int BPF_PROG(recv_length, struct sock *sk, int ret, int flags)
{
	if (sk->sk_protocol != IPPROTO_UDP && sk->sk_protocol != IPPROTO_UDPLITE)
		return 0;
	if (ret >= 0 && is_udp(sk))
		count_received(sk, socket_cookie(sk), ret, flags);
	return 0;
}

/* int udp_sendmsg(struct sock *sk, struct msghdr *msg, size_t len) */
SEC("?fexit/udp_sendmsg")
int BPF_PROG(udp_sendmsg_fexit, struct sock *sk, struct msghdr *msg, u64 len, int ret)
{
	/* udpv6_sendmsg() calls it for mapped addresses and counts them itself. */
	if (ret >= 0 && sk->__sk_common.skc_family == AF_INET)
		count_sent(sk, socket_cookie(sk), ret, segment_of(msg, own_segment(sk)));
	return 0;
}

SEC("?fexit/udpv6_sendmsg")
int BPF_PROG(udpv6_sendmsg_fexit, struct sock *sk, struct msghdr *msg, u64 len, int ret)
{
	if (ret >= 0 && sk->__sk_common.skc_family == AF_INET6)
		count_sent(sk, socket_cookie(sk), ret, segment_of(msg, own_segment(sk)));
	return 0;
}

static __always_inline int received_fexit(u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	int ret, flags;

	if (udp_recvmsg_args == 6) {
		flags = ctx_argument(ctx, 4);
		ret = ctx_argument(ctx, 6);
	} else if (udp_recvmsg_args == 5) {
		flags = ctx_argument(ctx, 3);
		ret = ctx_argument(ctx, 5);
	} else {
		flags = ctx_argument(ctx, 3);
		ret = ctx_argument(ctx, 4);
	}
	if (ret >= 0)
		count_received(sk, socket_cookie(sk), ret, flags);
	return 0;
}

SEC("?fexit/udp_recvmsg")
int udp_recvmsg_fexit(u64 *ctx)
{
	return received_fexit(ctx);
}

SEC("?fexit/udpv6_recvmsg")
int udpv6_recvmsg_fexit(u64 *ctx)
{
	return received_fexit(ctx);
}

/* Where a function's exit cannot be hooked with its arguments, the entry notes them for the return. */
struct call {
	u64 sk;
	u32 family; /* of the function: a mapped address passes through both senders */
	u32 cut;    /* as from segment_of() */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, u64); /* pid_tgid */
	__type(value, struct call);
} calls SEC(".maps");

static __always_inline int call_enter(struct sock *sk, const struct msghdr *msg, u32 family)
{
	u64 task = bpf_get_current_pid_tgid();
	struct call call = {.sk = (u64)sk, .family = family, .cut = segment_of(msg, own_segment(sk))};

	if (BPF_CORE_READ(sk, __sk_common.skc_family) == family &&
	    bpf_map_update_elem(&calls, &task, &call, BPF_ANY) != 0)
		count_lost(lost_lookups);
	return 0;
}

/* Removes the noted call of this task from the map; false: it failed or was not noted. */
static __always_inline bool call_leave(struct call *call, u32 family, int ret)
{
	u64 task = bpf_get_current_pid_tgid();
	struct call *noted = bpf_map_lookup_elem(&calls, &task);

	if (!noted || noted->family != family)
		return false;
	*call = *noted;
	bpf_map_delete_elem(&calls, &task);
	return ret >= 0;
}

static __always_inline int sent_return(u32 family, int ret)
{
	struct call call;
	struct sock *sk;

	if (!call_leave(&call, family, ret))
		return 0;
	sk = (void *)call.sk;
	count_sent(sk, BPF_CORE_READ(sk, __sk_common.skc_cookie.counter), ret, call.cut);
	return 0;
}

SEC("?kprobe/udp_sendmsg")
int udp_sendmsg_kprobe(struct pt_regs *ctx)
{
	return call_enter((void *)PT_REGS_PARM1(ctx), (void *)PT_REGS_PARM2(ctx), AF_INET);
}

SEC("?kretprobe/udp_sendmsg")
int udp_sendmsg_kretprobe(struct pt_regs *ctx)
{
	return sent_return(AF_INET, PT_REGS_RC(ctx));
}

SEC("?kprobe/udpv6_sendmsg")
int udpv6_sendmsg_kprobe(struct pt_regs *ctx)
{
	return call_enter((void *)PT_REGS_PARM1(ctx), (void *)PT_REGS_PARM2(ctx), AF_INET6);
}

SEC("?kretprobe/udpv6_sendmsg")
int udpv6_sendmsg_kretprobe(struct pt_regs *ctx)
{
	return sent_return(AF_INET6, PT_REGS_RC(ctx));
}

/* void skb_consume_udp(struct sock *sk, struct sk_buff *skb, int len): called at the end of both udp_recvmsg() with the
 * value that they return; negative for a peek. Their return is not hooked, because only so many kretprobes can be
 * pending at once (on 5.10 one per CPU), and these calls wait for datagrams. */
SEC("?kprobe/skb_consume_udp")
int udp_consume_kprobe(struct pt_regs *ctx)
{
	struct sock *sk = (void *)PT_REGS_PARM1(ctx);
	int len = PT_REGS_PARM3(ctx);

	if (len >= 0)
		count_received(sk, BPF_CORE_READ(sk, __sk_common.skc_cookie.counter), len, 0);
	return 0;
}

/* Fills in an ended socket's record from its flow. */
static __always_inline void flow_sample(struct abi_sock *a, const struct abi_flow *f)
{
	sample_flow(a, f);
	a->birth_ns = f->first_ns;
	a->protocol = f->proto;
	a->family = f->family;
	a->lport = f->lport;
	a->rport = f->rport;
	a->netns = f->netns;
	a->netns_cookie = f->netns_cookie;
	a->uid = f->uid;
	a->tgid = f->tgid;
	__builtin_memcpy(a->comm, f->comm, sizeof(a->comm));
	__builtin_memcpy(a->laddr, f->laddr, sizeof(a->laddr));
	__builtin_memcpy(a->raddr, f->raddr, sizeof(a->raddr));
}

/* The end of a UDP socket, with its totals. Without a hook for this the collector notices that it is missing. */
static __always_inline int udp_end(struct sock *sk)
{
	u64 cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter), key = flow_key(sk, cookie);
	struct abi_flow *f = key ? bpf_map_lookup_elem(&flows, &key) : 0;
	struct abi_sock *a;
	u64 now;

	/* Without a cookie no pass has seen it: it is reported only if it has traffic, under an id that nothing else
	 * has. */
	if (!cookie && !f)
		return 0;
	if (redirects_on)
		bpf_map_delete_elem(&redirects, &cookie);
	now = bpf_ktime_get_ns();
	a = reserve_end(ABI_END, cookie ?: now, now);
	if (!a) {
		if (flow_by_address) /* or another socket at this address would continue it */
			bpf_map_delete_elem(&flows, &key);
		return 0;
	}
	a->protocol = IPPROTO_UDP;
	a->state = a->old_state = TCP_CLOSE;
	if (f) {
		flow_sample(a, f);
		bpf_map_delete_elem(&flows, &key);
	}
	submit_end(a);
	return 0;
}

SEC("?fentry/udp_destroy_sock")
int BPF_PROG(udp_destroy_fentry, struct sock *sk)
{
	return udp_end(sk);
}

SEC("?fentry/udpv6_destroy_sock")
int BPF_PROG(udpv6_destroy_fentry, struct sock *sk)
{
	return udp_end(sk);
}

SEC("?kprobe/udp_destroy_sock")
int udp_destroy_kprobe(struct pt_regs *ctx)
{
	return udp_end((void *)PT_REGS_PARM1(ctx));
}

SEC("?kprobe/udpv6_destroy_sock")
int udpv6_destroy_kprobe(struct pt_regs *ctx)
{
	return udp_end((void *)PT_REGS_PARM1(ctx));
}
