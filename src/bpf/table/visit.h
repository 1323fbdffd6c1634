/* What the passes over sockets share: the record of a socket, and what is written in place of it. */
#pragma once

#include "cookie.h"
#include "device.h"
#include "listener.h"
#include "sample.h"

static __always_inline struct scratch *scratch_of(u32 pass)
{
	return bpf_map_lookup_elem(&scratch, &pass);
}

/* May the record be omitted, because nothing has happened since the last delivered pass? Only for connections that are
 * idle with empty queues; the collector then keeps what it has. */
static __always_inline bool unchanged(const struct sock *sk, const struct tcp_sock *tp, u64 cookie)
{
	u8 state = sk->__sk_common.skc_state;

	if (!since_valid || cookie % 64 == refresh_slot || info_cookie == ~0ULL || info_cookie == cookie)
		return false;
	if (state != TCP_ESTABLISHED && state != TCP_CLOSE_WAIT)
		return false;
	/* What is redirected to a program that reads moves nothing of the connection's own. */
	if (redirects_on && sk->sk_user_data)
		return false;
	if ((s32)(tp->rcv_tstamp - since_jiffies) >= 0 || (s32)(tp->lsndtime - since_jiffies) >= 0 ||
	    (s32)(tp->inet_conn.icsk_ack.lrcvtime - since_jiffies) >= 0)
		return false;
	if (tp->rcv_nxt != tp->copied_seq || tp->write_seq != tp->snd_una)
		return false;
	return !is_wanted(cookie);
}

/* Adds the abi_info to the record in scratch, unless there is another socket at its address by now (iter.bpf.c). */
u32 fill_info(u32 pass);

static __always_inline bool wants_info(u64 cookie)
{
	return info_cookie && (info_cookie == ~0ULL || info_cookie == cookie);
}

/* Adds the abi_interception to scratch, if there is anything of it (interception.bpf.c). */
u32 fill_interception(u32 pass);

/* What costs next to nothing to ask: a socket's filter is charged to its option memory, and of those with SO_REUSEPORT
 * connections have no group. */
static __always_inline bool may_be_intercepted(const struct abi_sock *a, const struct sock *sk)
{
	return sk->sk_user_data || a->ulp[0] || sk->sk_omem_alloc.counter ||
	       (a->bits & ABI_REUSEPORT && (a->protocol != IPPROTO_TCP || a->state == TCP_LISTEN));
}

/* Fills in the scratch record of a full socket, including conns and flows. If sk and tp are a copy, address is the
 * socket's, else sk. */
static __always_inline void sample_full(struct scratch *s, enum pass_kind pass, struct sock *sk, struct tcp_sock *tp,
					struct tcp_names names, u64 cookie, bool often, const void *address)
{
	struct abi_sock *a = &s->sock;

	a->cookie = cookie;
	a->ktime_ns = bpf_ktime_get_ns();
	a->jiffies = (u32)bpf_jiffies64();
	a->size = sizeof(*a);
	sample_sock(a, sk, often);
	if (tp) {
		struct abi_conn *conn = bpf_map_lookup_elem(&conns, &cookie);

		sample_tcp(a, tp, names);
		sample_writer(a, sk, often);
		if (conn)
			sample_conn(a, conn);
		if (a->state == TCP_LISTEN)
			sample_listener(s, tp);
	} else {
		u64 key = flow_key(address, cookie);
		struct abi_flow *flow = bpf_map_lookup_elem(&flows, &key);

		sample_udp(a, sk);
		if (flow)
			sample_flow(a, flow);
	}
	sample_via(a, sk, tp);
	s->address = (u64)address;
	s->interception.size = 0;
	if (may_be_intercepted(a, sk))
		fill_interception(pass);
	if (wants_info(cookie))
		fill_info(pass);
}

static __always_inline void write_interception(struct seq_file *seq, struct scratch *s)
{
	if (s->interception.size)
		bpf_seq_write(seq, &s->interception, sizeof(s->interception));
}

static __always_inline void write_record(struct seq_file *seq, struct scratch *s)
{
	bpf_seq_write(seq, s, s->sock.has_info ? SCRATCH_RECORD : sizeof(s->sock));
	write_listener(seq, s);
	write_interception(seq, s);
}

static __always_inline void put_settings(u8 to[3], u32 sum)
{
	to[0] = sum;
	to[1] = sum >> 8;
	to[2] = sum >> 16;
}

static __always_inline struct abi_same same_of(u8 kind, u64 cookie, u32 settings, u32 tgid, u32 fd)
{
	struct abi_same same = {.size = sizeof(same), .kind = kind, .cookie = cookie, .tgid = tgid, .fd = fd};

	put_settings(same.settings, settings);
	return same;
}

static __always_inline void write_same(struct seq_file *seq, u8 kind, u64 cookie, u32 settings, u32 tgid, u32 fd)
{
	struct abi_same same = same_of(kind, cookie, settings, tgid, fd);

	bpf_seq_write(seq, &same, sizeof(same));
}
