/* Reads a socket into a record: the same code for iterators and end events. All pointers are BTF pointers, so the reads
 * are plain loads. Fields follow tcp_get_info() (net/ipv4/tcp.c) and inet_sk_diag_fill(). */
#pragma once

#include "table_maps.h"

#define IPV4_IN(to, from) (*(u32 *)(to) = (from))

static __always_inline void sample_addresses(struct abi_sock *a, const struct sock_common *c)
{
	a->family = c->skc_family;
	a->lport = c->skc_num;
	a->rport = bpf_ntohs(c->skc_dport);
	a->ifindex = c->skc_bound_dev_if;
	if (a->family == AF_INET6) {
		u32 *l = (u32 *)a->laddr, *r = (u32 *)a->raddr;

		l[0] = c->skc_v6_rcv_saddr.in6_u.u6_addr32[0];
		l[1] = c->skc_v6_rcv_saddr.in6_u.u6_addr32[1];
		l[2] = c->skc_v6_rcv_saddr.in6_u.u6_addr32[2];
		l[3] = c->skc_v6_rcv_saddr.in6_u.u6_addr32[3];
		r[0] = c->skc_v6_daddr.in6_u.u6_addr32[0];
		r[1] = c->skc_v6_daddr.in6_u.u6_addr32[1];
		r[2] = c->skc_v6_daddr.in6_u.u6_addr32[2];
		r[3] = c->skc_v6_daddr.in6_u.u6_addr32[3];
	} else {
		IPV4_IN(a->laddr, c->skc_rcv_saddr);
		IPV4_IN(a->raddr, c->skc_daddr);
	}
}

/* From 6.4 to 6.18 the verifier searches the kernel's types by name, for about a millisecond, whenever a program
 * follows a pointer. So pointers are probed, which takes about 20 ns more each, except where a pass does it for every
 * socket that moves. */
static __always_inline void sample_netns(struct abi_sock *a, const struct sock_common *c)
{
	struct net *net = BPF_CORE_READ(c, skc_net.net);

	a->netns = BPF_CORE_READ(net, ns.inum);
	if (bpf_core_field_exists(net->net_cookie))
		a->netns_cookie = BPF_CORE_READ(net, net_cookie);
}

/* What the socket's pointers lead to. The socket may be a copy. */
static __always_inline void sample_links(struct abi_sock *a, const struct sock *sk)
{
	sample_netns(a, &sk->__sk_common);
	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		a->cgroup_id = BPF_CORE_READ(sk, sk_cgrp_data.cgroup, kn, id);
}

/* The same for a socket that is not a copy, where it is done often. */
static __always_inline void sample_links_often(struct abi_sock *a, const struct sock *sk)
{
	struct net *net = sk->__sk_common.skc_net.net;

	a->netns = net->ns.inum;
	if (bpf_core_field_exists(net->net_cookie))
		a->netns_cookie = net->net_cookie;
	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup) && sk->sk_cgrp_data.cgroup)
		a->cgroup_id = sk->sk_cgrp_data.cgroup->kn->id;
}

static __always_inline u32 sample_drops(const struct sock *sk)
{
	if (bpf_core_field_exists(sk->sk_drop_counters)) {
		struct numa_drop_counters *n = sk->sk_drop_counters;

		if (n) /* probed: sk may be a copy */
			return BPF_CORE_READ(n, drops0.counter) + BPF_CORE_READ(n, drops1.counter);
	}
	return sk->sk_drops.counter;
}

/* The fields that every full socket has. */
static __always_inline void sample_sock_fields(struct abi_sock *a, const struct sock *sk)
{
	sample_addresses(a, &sk->__sk_common);
	a->state = sk->__sk_common.skc_state;
	a->protocol = sk->sk_protocol;
	a->uid = sk->sk_uid.val;
	a->sndbuf = sk->sk_sndbuf;
	a->rcvbuf = sk->sk_rcvbuf;
	a->wmem_queued = sk->sk_wmem_queued;
	a->wmem_alloc = sk->sk_wmem_alloc.refs.counter;
	a->rmem_alloc = sk->sk_backlog.rmem_alloc.counter;
	a->backlog = sk->sk_backlog.len;
	a->ack_backlog = sk->sk_ack_backlog;
	a->max_ack_backlog = sk->sk_max_ack_backlog;
	a->drops = sample_drops(sk);
	a->shutdown = sk->sk_shutdown;
	a->pacing_rate = sk->sk_pacing_rate;
	if (BPF_CORE_READ_BITFIELD(sk, __sk_common.skc_reuse))
		a->bits |= ABI_REUSE;
	if (BPF_CORE_READ_BITFIELD(sk, __sk_common.skc_reuseport))
		a->bits |= ABI_REUSEPORT;
	if (BPF_CORE_READ_BITFIELD(sk, __sk_common.skc_ipv6only))
		a->bits |= ABI_V6ONLY;
	if (sk->__sk_common.skc_flags >> SOCK_DONE & 1)
		a->bits |= ABI_SOCK_DONE;
	if (BPF_CORE_READ_BITFIELD(sk, sk_kern_sock))
		a->bits |= ABI_KERNEL;
	if (sk->sk_pacing_status)
		a->bits |= ABI_PACING;
	if (sk->sk_pacing_rate >= sk->sk_max_pacing_rate)
		a->bits |= ABI_PACING_MAX;
	if (sk->sk_tsq_flags >> TSQ_THROTTLED & 1)
		a->bits |= ABI_TSQ_THROTTLED;
}

static __always_inline void sample_sock(struct abi_sock *a, const struct sock *sk, bool often)
{
	if (often)
		sample_links_often(a, sk);
	else
		sample_links(a, sk);
	sample_sock_fields(a, sk);
}

/* Not at an end: nobody writes any more. */
static __always_inline void sample_writer(struct abi_sock *a, const struct sock *sk, bool often)
{
	u64 flags = 0;

	if (!often)
		flags = BPF_CORE_READ(sk, sk_socket, flags);
	else if (sk->sk_socket)
		flags = sk->sk_socket->flags;
	if (flags >> SOCK_NOSPACE & 1)
		a->bits |= ABI_NO_SPACE;
}

/* With IP_BIND_ADDRESS_NO_PORT the port is left to connect(). */
static __always_inline bool is_bound(const struct inet_sock *inet)
{
	const struct inet_sock___bits *bits = (const void *)inet;

	if ((BPF_CORE_READ_BITFIELD(&inet->sk, sk_userlocks) & (SOCK_BINDADDR_LOCK | SOCK_BINDPORT_LOCK)) !=
	    SOCK_BINDADDR_LOCK)
		return false;
	if (bpf_core_field_exists(inet->inet_flags))
		return !(inet->inet_flags >> INET_FLAGS_BIND_ADDRESS_NO_PORT & 1);
	return !bpf_core_field_exists(bits->bind_address_no_port) ||
	       !BPF_CORE_READ_BITFIELD(bits, bind_address_no_port);
}

static __always_inline void sample_tcp_bits(struct abi_sock *a, const struct tcp_sock *tp)
{
	if (BPF_CORE_READ_BITFIELD(tp, is_cwnd_limited))
		a->bits |= ABI_CWND_LIMITED;
	if (BPF_CORE_READ_BITFIELD(tp, rate_app_limited))
		a->bits |= ABI_APP_LIMITED;
	if (BPF_CORE_READ_BITFIELD(tp, repair))
		a->bits |= ABI_REPAIR;
	if (tp->tcp_wstamp_ns > a->ktime_ns)
		a->bits |= ABI_PACED;
	/* With TCP_CORK or MSG_MORE it is the program that holds it. */
	if (!BPF_CORE_READ_BITFIELD(tp, nonagle) && (s32)(tp->snd_sml - a->snd_una) > 0)
		a->bits |= ABI_NAGLE;
	/* tcp_highest_sack_seq(): NULL is the end of what was sent. */
	if (tp->sacked_out && tp->snd_sml == tp->snd_nxt && !BPF_CORE_READ(tp, highest_sack))
		a->bits |= ABI_END_SACKED;
	if (is_bound(&tp->inet_conn.icsk_inet))
		a->bits |= ABI_BOUND;
	if (bpf_core_field_exists(tp->is_mptcp) && tp->is_mptcp)
		a->bits |= ABI_MPTCP;
}

/* What has the names of the congestion control and of the upper layer protocol. */
struct tcp_names {
	const struct tcp_congestion_ops *ca;
	const struct tcp_ulp_ops *ulp;
};

static __always_inline struct tcp_names tcp_names(const struct tcp_sock *tp, bool often)
{
	const struct inet_connection_sock *icsk = &tp->inet_conn;

	if (often)
		return (struct tcp_names){icsk->icsk_ca_ops, icsk->icsk_ulp_ops};
	return (struct tcp_names){BPF_CORE_READ(icsk, icsk_ca_ops), BPF_CORE_READ(icsk, icsk_ulp_ops)};
}

static __always_inline void sample_tcp(struct abi_sock *a, const struct tcp_sock *tp, struct tcp_names names)
{
	const struct inet_connection_sock *icsk = &tp->inet_conn;

	a->bytes_received = tp->bytes_received;
	a->bytes_acked = tp->bytes_acked;
	a->bytes_sent = tp->bytes_sent;
	a->bytes_retrans = tp->bytes_retrans;
	a->srtt_us = tp->srtt_us;
	a->mdev_us = tp->mdev_us;
	a->min_rtt_us = tp->rtt_min.s[0].v;
	a->rto = icsk->icsk_rto;
	a->cwnd = tp->snd_cwnd;
	a->ssthresh = tp->snd_ssthresh;
	a->snd_wnd = tp->snd_wnd;
	a->rcv_wnd = tp->rcv_wnd;
	a->mss = tp->mss_cache;
	a->pmtu = icsk->icsk_pmtu_cookie;
	a->packets_out = tp->packets_out;
	a->lost_out = tp->lost_out;
	a->sacked_out = tp->sacked_out;
	a->retrans_out = tp->retrans_out;
	a->reordering = tp->reordering;
	a->total_retrans = tp->total_retrans;
	a->dsack_dups = tp->dsack_dups;
	a->ooo = tp->rcv_ooopack;
	a->rcv_nxt = tp->rcv_nxt;
	a->copied_seq = tp->copied_seq;
	a->write_seq = tp->write_seq;
	a->snd_una = tp->snd_una;
	a->snd_nxt = tp->snd_nxt;
	a->rate_delivered = tp->rate_delivered;
	a->rate_interval_us = tp->rate_interval_us;
	a->chrono_start = tp->chrono_start;
	a->chrono_stat[0] = tp->chrono_stat[0];
	a->chrono_stat[1] = tp->chrono_stat[1];
	a->chrono_stat[2] = tp->chrono_stat[2];
	a->chrono_type = BPF_CORE_READ_BITFIELD(tp, chrono_type);
	a->segs_in = tp->segs_in;
	a->segs_out = tp->segs_out;
	a->ca_state = BPF_CORE_READ_BITFIELD(icsk, icsk_ca_state);
	a->backoff = icsk->icsk_backoff;
	if (names.ca)
		bpf_probe_read_kernel_str(a->cc, sizeof(a->cc), names.ca->name);
	if (names.ulp)
		bpf_probe_read_kernel_str(a->ulp, sizeof(a->ulp), names.ulp->name);
	sample_tcp_bits(a, tp);
}

/* What the map conns knows about the connection. */
static __always_inline void sample_conn(struct abi_sock *a, const struct abi_conn *c)
{
	a->bits |= ABI_HAS_CONN;
	a->birth_ns = c->birth_ns;
	a->state_ns = c->state_ns;
	a->fast = c->fast;
	a->rto_segs = c->rto;
	a->tlp = c->tlp;
	a->syn = c->syn;
	a->resets = c->resets;
	a->generation = c->generation;
	a->dir = c->dir;
	a->conn_flags = c->flags;
	a->connect_us = c->connect_us;
	if (!a->tgid && c->flags & (CONN_OWNER_EXACT | CONN_OWNER_CLOSER)) {
		a->tgid = c->tgid;
		__builtin_memcpy(a->comm, c->comm, sizeof(a->comm));
	}
}

/* inet_sk_rx_dst_set() notes the device of an established connection's packets. Where none has come, the device of the
 * route that it would send by. */
static __always_inline void sample_via(struct abi_sock *a, const struct sock *sk, const struct tcp_sock *tp)
{
	const struct inet_sock___rx_dst *old = (const void *)tp;
	struct dst_entry *route = sk->sk_dst_cache;

	if (tp && bpf_core_field_exists(sk->sk_rx_dst_ifindex))
		a->via = sk->sk_rx_dst_ifindex;
	else if (tp && bpf_core_field_exists(old->rx_dst_ifindex))
		bpf_core_read(&a->via, sizeof(a->via), &old->rx_dst_ifindex);
	if (!a->via && route)
		a->via = BPF_CORE_READ(route, dev, ifindex);
}

/* udp_rqueue_get(): without what was read but not yet returned to the memory accounting. */
static __always_inline void sample_udp(struct abi_sock *a, const struct sock *sk)
{
	const struct udp_sock *up = (const void *)sk;
	int deficit = 0;

	bpf_core_read(&deficit, sizeof(deficit), &up->forward_deficit);
	a->rmem_alloc = sk->sk_backlog.rmem_alloc.counter - deficit;
}

static __always_inline void sample_flow(struct abi_sock *a, const struct abi_flow *f)
{
	a->bits |= ABI_HAS_FLOW;
	a->bytes_received = f->rx_bytes;
	a->bytes_sent = f->tx_bytes;
	a->udp_rx_pkts = f->rx_pkts;
	a->udp_tx_pkts = f->tx_pkts;
	if (f->rx_pkts_unknown)
		a->bits |= ABI_RX_PKTS_UNKNOWN;
	if (f->tx_pkts_unknown)
		a->bits |= ABI_TX_PKTS_UNKNOWN;
}
