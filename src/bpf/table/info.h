/* The rest of what ss -tiepmo shows of a TCP socket, read only for sockets that the reader asked for. */
#pragma once

#include "mptcp.h"
#include "sample.h"

/* TCPI_OPT_* of uapi/linux/tcp.h, as tcp_get_info() sets them. */
#define OPT_TIMESTAMPS 1
#define OPT_SACK 2
#define OPT_WSCALE 4
#define OPT_ECN 8
#define OPT_ECN_SEEN 16
#define OPT_SYN_DATA 32
#define ECN_OK 1
#define ECN_SEEN 8

static __always_inline void info_options(struct abi_info *i, const struct tcp_sock *tp)
{
	if (BPF_CORE_READ_BITFIELD(tp, rx_opt.tstamp_ok))
		i->options |= OPT_TIMESTAMPS;
	if (BPF_CORE_READ_BITFIELD(tp, rx_opt.sack_ok))
		i->options |= OPT_SACK;
	if (BPF_CORE_READ_BITFIELD(tp, rx_opt.wscale_ok)) {
		i->options |= OPT_WSCALE;
		i->snd_wscale = BPF_CORE_READ_BITFIELD(tp, rx_opt.snd_wscale);
		i->rcv_wscale = BPF_CORE_READ_BITFIELD(tp, rx_opt.rcv_wscale);
	}
	if (tp->ecn_flags & ECN_OK)
		i->options |= OPT_ECN;
	if (tp->ecn_flags & ECN_SEEN)
		i->options |= OPT_ECN_SEEN;
	if (BPF_CORE_READ_BITFIELD(tp, syn_data_acked))
		i->options |= OPT_SYN_DATA;
}

/* When the retransmit timer expires: its field has moved twice. */
static __always_inline u64 retransmit_expires(const struct inet_connection_sock *icsk)
{
	const struct inet_connection_sock___timeout *t = (const void *)icsk;
	const struct sock___retransmit_timer *s = (const void *)icsk;
	u64 expires = 0;

	if (bpf_core_field_exists(t->icsk_timeout))
		bpf_core_read(&expires, sizeof(expires), &t->icsk_timeout);
	else if (bpf_core_field_exists(icsk->icsk_retransmit_timer))
		expires = icsk->icsk_retransmit_timer.expires;
	else if (bpf_core_field_exists(s->tcp_retransmit_timer))
		bpf_core_read(&expires, sizeof(expires), &s->tcp_retransmit_timer.expires);
	return expires;
}

/* Like inet_sk_diag_fill(), but with the loss probe and reordering timers as kinds of their own. */
static __always_inline void info_timer(struct abi_info *i, const struct inet_connection_sock *icsk)
{
	const struct sock *sk = &icsk->icsk_inet.sk;
	u8 pending = icsk->icsk_pending;

	i->timer = 0;
	if (pending == ICSK_TIME_RETRANS || pending == ICSK_TIME_LOSS_PROBE || pending == ICSK_TIME_REO_TIMEOUT) {
		i->timer = pending;
		i->timer_retrans = icsk->icsk_retransmits;
		i->timer_expires = retransmit_expires(icsk);
	} else if (pending == ICSK_TIME_PROBE0) {
		i->timer = 4;
		i->timer_retrans = icsk->icsk_probes_out;
		i->timer_expires = retransmit_expires(icsk);
	} else if (BPF_CORE_READ(sk, sk_timer.entry.pprev)) {
		i->timer = 2;
		i->timer_retrans = icsk->icsk_probes_out;
		i->timer_expires = sk->sk_timer.expires;
	}
}

/* Any protocol: the verifier allows no access beyond a struct sock, hence the probes. */
static __always_inline void info_inet(struct abi_info *i, const struct sock *sk)
{
	struct inet_sock *inet = (void *)sk;
	struct ipv6_pinfo *inet6 = BPF_CORE_READ(inet, pinet6);
	s16 hops = BPF_CORE_READ(inet, uc_ttl);

	i->tos = BPF_CORE_READ(inet, tos);
	if (sk->__sk_common.skc_family == AF_INET6 && inet6) {
		hops = BPF_CORE_READ_BITFIELD_PROBED(inet6, hop_limit);
		i->tclass = BPF_CORE_READ(inet6, tclass);
	}
	i->ttl = hops < 0 ? 0 : hops;
}

/* Like inet_diag_msg_attrs_fill(). Its field has moved with Linux 5.16. */
static __always_inline u32 class_id(const struct sock *sk)
{
	const struct sock_cgroup_data___tagged *old = (const void *)&sk->sk_cgrp_data;
	u32 id = 0;

	if (bpf_core_field_exists(sk->sk_cgrp_data.classid) && bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		id = sk->sk_cgrp_data.classid;
	else if (bpf_core_field_exists(old->val) && BPF_CORE_READ_BITFIELD_PROBED(old, is_data))
		bpf_core_read(&id, sizeof(id), &old->classid);
	return id ?: sk->sk_priority;
}

static __always_inline void info_sock(struct abi_info *i, const struct sock *sk)
{
	i->class_id = class_id(sk);
	i->max_pacing_rate = sk->sk_max_pacing_rate;
	i->fwd_alloc = sk->sk_forward_alloc;
	i->omem_alloc = sk->sk_omem_alloc.counter;
	i->mark = sk->sk_mark;
	i->priority = sk->sk_priority;
	i->userlocks = BPF_CORE_READ_BITFIELD(sk, sk_userlocks);
	i->jiffies64 = bpf_jiffies64();
	info_inet(i, sk);
}

/* Like subflow_get_info() of net/mptcp/diag.c; the flags are those of uapi/linux/mptcp.h. */
static __always_inline void info_mptcp(struct abi_info *i, const struct tcp_sock *tp)
{
	const struct mptcp_subflow_context *c = BPF_CORE_READ(tp, inet_conn.icsk_ulp_data);
	u16 flags = 0;

	if (!has_mptcp() || !c || !bpf_core_field_exists(tp->is_mptcp) || !tp->is_mptcp)
		return;
#define FLAG(field, bit)                                                                                               \
	do {                                                                                                           \
		if (bpf_core_field_exists(c->field) && BPF_CORE_READ_BITFIELD_PROBED(c, field))                        \
			flags |= 1 << (bit);                                                                           \
	} while (0)
	FLAG(mp_capable, 0);
	FLAG(request_mptcp, 1);
	FLAG(mp_join, 2);
	FLAG(request_join, 3);
	FLAG(backup, 4);
	FLAG(request_bkup, 5);
	FLAG(fully_established, 6);
	FLAG(conn_finished, 7);
	FLAG(map_valid, 8);
#undef FLAG
	i->mptcp_flags = flags;
	i->mptcp_token_rem = BPF_CORE_READ(c, remote_token);
	i->mptcp_token_loc = BPF_CORE_READ(c, token);
	i->mptcp_id_rem = BPF_CORE_READ(c, remote_id);
	i->mptcp_id_loc = BPF_CORE_READ_BITFIELD_PROBED(c, local_id); /* 16 bits since 6.8 */
	i->mptcp_seq = BPF_CORE_READ(c, map_seq);
	i->mptcp_sfseq = BPF_CORE_READ(c, map_subflow_seq);
	i->mptcp_ssn_offset = BPF_CORE_READ(c, ssn_offset);
	i->mptcp_map_len = BPF_CORE_READ_BITFIELD_PROBED(c, map_data_len); /* 16 bits to 5.14 */
}

static __always_inline void info_tcp(struct abi_info *i, const struct tcp_sock *tp)
{
	const struct inet_connection_sock *icsk = &tp->inet_conn;

	i->lsndtime = tp->lsndtime;
	i->lrcvtime = icsk->icsk_ack.lrcvtime;
	i->rcv_tstamp = tp->rcv_tstamp;
	i->data_segs_in = tp->data_segs_in;
	i->data_segs_out = tp->data_segs_out;
	i->delivered = tp->delivered;
	i->delivered_ce = tp->delivered_ce;
	i->ato = BPF_CORE_READ_BITFIELD(icsk, icsk_ack.ato);
	i->rcv_mss = icsk->icsk_ack.rcv_mss;
	i->advmss = tp->advmss;
	i->rcv_rtt_us = tp->rcv_rtt_est.rtt_us;
	i->rcv_space = tp->rcvq_space.space;
	i->rcv_ssthresh = tp->rcv_ssthresh;
	i->reord_seen = tp->reord_seen;
	if (bpf_core_field_exists(tp->timeout_rehash))
		i->rehash = tp->timeout_rehash;
	if (bpf_core_field_exists(tp->plb_rehash))
		i->rehash += tp->plb_rehash;
	i->probes = icsk->icsk_probes_out;
	bpf_probe_read_kernel(i->cc_priv, sizeof(i->cc_priv), icsk->icsk_ca_priv);
	info_options(i, tp);
	info_timer(i, icsk);
	info_mptcp(i, tp);
}
