/* The map conns: births, owners, states, retransmits and resets of TCP connections, and their final totals at the end.
 * No program here runs per packet. */
#include "cookie.h"
#include "ends.h"
#include "listener.h"
#include "owner.h"
#include "retransmit.h"
#include "sample.h"

/* Set by the collector before loading: tcp_retransmit_skb has an error argument (6.17). */
const volatile bool retransmit_has_err = false;

static __always_inline void note_owner(struct abi_conn *c, u8 flag)
{
	u32 tgid = current_owner(c->comm);

	if (!tgid)
		return;
	c->tgid = tgid;
	c->flags |= flag;
}

/* The entry of a socket, made if it is missing; NULL: the map is full, or the socket has no cookie yet. */
static __always_inline struct abi_conn *conn_get(u64 cookie)
{
	struct abi_conn fresh = {}, *c;

	if (!has_cookie_helper() && !cookie)
		return 0;
	c = bpf_map_lookup_elem(&conns, &cookie);
	if (c)
		return c;
	bpf_map_update_elem(&conns, &cookie, &fresh, BPF_NOEXIST);
	c = bpf_map_lookup_elem(&conns, &cookie);
	if (!c)
		count_lost(lost_conns);
	return c;
}

/* A connection begins on this socket. If the socket had one before, this starts a new generation. */
static __always_inline void conn_birth(struct abi_conn *c, const struct sock *sk, u8 dir, u64 now)
{
	u8 generation = c->flags & CONN_ENDED ? c->generation + 1 : c->generation;

	__builtin_memset(c, 0, sizeof(*c));
	c->generation = generation;
	c->birth_ns = now;
	c->dir = dir;
	c->flags = CONN_BORN;
	c->uid = sk->sk_uid.val;
	c->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
}

static __always_inline void conn_end(const struct sock *sk, u64 cookie, struct abi_conn *c, u8 old, u64 now)
{
	struct abi_sock *a = reserve_end(ABI_END, cookie, now);
	struct tcp_sock *tp;
	u64 i = old & 15;

	if (!a)
		return;
	a->jiffies = (u32)bpf_jiffies64();
	a->old_state = old;
	sample_sock(a, sk, false);
	a->state = TCP_CLOSE;
	a->error = sk->sk_err;
	tp = bpf_skc_to_tcp_sock((void *)sk);
	if (tp) {
		sample_tcp(a, tp, tcp_names(tp, false));
		if (!a->lport) /* tcp_set_state() has already released the port */
			a->lport = bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
	}
	sample_via(a, sk, tp);
	if (c) {
		sample_conn(a, c);
		a->left_ns = c->state_at[TCP_FIN_WAIT1] ?: c->state_at[TCP_CLOSE_WAIT];
		if (i < ABI_STATES)
			a->last_ns = c->state_at[i];
	}
	submit_end(a);
}

static __always_inline void conn_state(struct abi_conn *c, u8 state, u64 now)
{
	u64 i = state & 15;

	c->state = state;
	c->state_ns = now;
	if (i < ABI_STATES)
		c->state_at[i] = now;
}

/* What became of our SYN. */
static __always_inline void conn_answered(struct abi_conn *c, const struct sock *sk, int new, u64 now)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);

	if (!tp)
		return;
	if (new == TCP_CLOSE && !tp->segs_out)
		c->flags |= CONN_UNSENT;
	else if (new == TCP_ESTABLISHED && BPF_CORE_READ_BITFIELD(tp, repair)) /* tcp_connect() */
		c->flags |= CONN_REPAIRED;
	else if (new == TCP_ESTABLISHED && c->flags &CONN_BORN)
		c->connect_us = (now - c->birth_ns) / 1000;
}

/* tcp_close() with unread data, tcp_disconnect(): they run in the process that closes, while what ends a connection
 * from outside leaves an error first. MPTCP resets its subflows wherever it is. */
static __always_inline bool is_cut_off(const struct sock *sk)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);

	return tp && !sk->sk_err && !(bpf_core_field_exists(tp->is_mptcp) && tp->is_mptcp);
}

/* Does the process that closes run? In tcp_close_state() it does. */
static __always_inline bool is_closer(const struct sock *sk, int old, int new)
{
	if (old != TCP_ESTABLISHED && old != TCP_CLOSE_WAIT)
		return false;
	return new == TCP_CLOSE ? is_cut_off(sk) : new == TCP_FIN_WAIT1 || new == TCP_LAST_ACK;
}

SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(set_state, const struct sock *sk, const int old, const int new)
{
	u64 now, cookie;
	struct abi_conn *c;

	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	/* inet_csk_clone_lock(): the child still has the listener's cookie. Its birth is SYN_RECV -> ESTABLISHED. */
	if (new == TCP_SYN_RECV && old != TCP_SYN_SENT) {
		note_handshake(sk);
		return 0;
	}
	now = bpf_ktime_get_ns();
	cookie = socket_cookie(sk);
	c = conn_get(cookie);
	if (!c) {
		if (new == TCP_CLOSE) /* without a cookie, under an id that nothing else has */
			conn_end(sk, has_cookie_helper() ? cookie : cookie ?: now, 0, old, now);
		return 0;
	}
	if (new == TCP_SYN_SENT || new == TCP_LISTEN) {
		conn_birth(c, sk, new == TCP_LISTEN ? CONN_DIR_LISTEN : CONN_DIR_OUT, now);
		note_owner(c, CONN_OWNER_EXACT);
		if (new == TCP_LISTEN)
			accepts_begin(cookie);
	} else if (old == TCP_SYN_RECV && new == TCP_ESTABLISHED && !(c->flags & CONN_BORN)) {
		struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);

		conn_birth(c, sk, CONN_DIR_IN, now);
		c->listener = listener_of(sk);
		__sync_fetch_and_add(&births, 1);
		if (tp) {
			c->syn = tp->total_retrans; /* tcp_create_openreq_child(): the SYN-ACK's retransmissions */
			c->connect_us = tp->srtt_us >> 3; /* tcp_synack_rtt_meas(): the only sample so far */
		}
	}
	if (old == TCP_SYN_SENT)
		conn_answered(c, sk, new, now);
	if (!(c->flags & CONN_OWNER_EXACT) && is_closer(sk, old, new))
		note_owner(c, CONN_OWNER_CLOSER);
	if (old == TCP_LISTEN)
		bpf_map_delete_elem(&accepts, &cookie);
	conn_state(c, new, now);
	set_flag(conns_changed);
	if (new == TCP_CLOSE && !(c->flags & CONN_ENDED)) {
		conn_end(sk, cookie, c, old, now);
		c->flags |= CONN_ENDED;
	}
	return 0;
}

SEC("?tp_btf/tcp_destroy_sock")
int BPF_PROG(destroy_sock, struct sock *sk)
{
	u64 cookie = sk->__sk_common.skc_cookie.counter;

	if (cookie)
		bpf_map_delete_elem(&conns, &cookie);
	if (redirects_on)
		bpf_map_delete_elem(&redirects, &cookie);
	return 0;
}

SEC("?tp_btf/tcp_retransmit_skb")
int BPF_PROG(retransmit_skb, const struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = (void *)skb->cb;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	u64 cookie = socket_cookie(sk);
	struct abi_conn *c;
	u16 segs = 1;

	/* A retransmit that failed later on is in total_retrans, too. */
	if (retransmit_has_err && retransmit_was_not_tried((int)ctx[2]))
		return 0;
	c = conn_get(cookie);
	if (!c || !tp)
		return 0;
	bpf_core_read(&segs, sizeof(segs), &cb->tcp_gso_segs);
	segs = segs ?: 1;
	switch (retransmit_cause(sk->__sk_common.skc_state == TCP_SYN_SENT,
				 BPF_CORE_READ_BITFIELD(tp, inet_conn.icsk_ca_state), tp->inet_conn.icsk_pending)) {
	case ABI_RETRANSMIT_SYN: c->syn += segs; break;
	case ABI_RETRANSMIT_TLP: c->tlp += segs; break;
	case ABI_RETRANSMIT_RTO: c->rto += segs; break;
	default: c->fast += segs; break;
	}
	return 0;
}

static __always_inline void note_reset(struct abi_conn *c)
{
	c->flags |= CONN_RESET;
	if (c->resets < 65535)
		c->resets++;
}

SEC("?tp_btf/tcp_receive_reset")
int BPF_PROG(receive_reset, struct sock *sk)
{
	struct abi_conn *c = conn_get(socket_cookie(sk));

	if (c)
		note_reset(c);
	return 0;
}

/* sk can be NULL, but several verifiers believe that it cannot: hence raw_tp, and reads that may fail. A close with
 * unread data sends its RST after CLOSE, when the end was already reported; data that arrive for a closed program, even
 * after the socket was destroyed: then only the cookie is known. */
SEC("?raw_tp/tcp_send_reset")
int send_reset(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sock *sk = (void *)ctx->args[0];
	struct abi_conn *c;
	struct abi_sock *a;
	u64 cookie;

	if (!sk)
		return 0;
	cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	c = cookie ? bpf_map_lookup_elem(&conns, &cookie) : 0;
	if (c)
		note_reset(c);
	if (!cookie || (c ? !(c->flags & CONN_ENDED) : BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_CLOSE))
		return 0;
	a = reserve_end(ABI_RESET, cookie, bpf_ktime_get_ns());
	if (!a)
		return 0;
	if (c)
		sample_conn(a, c);
	submit_end(a);
	return 0;
}

/* Notes the owner of an accepted connection: the hook's return value is the socket. */
static __always_inline void accepted(struct sock *sk)
{
	u64 cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	struct abi_conn *c = cookie ? bpf_map_lookup_elem(&conns, &cookie) : 0;

	if (!c)
		return;
	note_owner(c, CONN_OWNER_EXACT);
	note_accept(c);
}

/* inet_csk_accept() had four arguments to 6.9 and has two since. */
const volatile u32 accept_args = 2;

SEC("?fexit/inet_csk_accept")
int BPF_PROG(accept_fexit)
{
	struct sock *sk;

	if (accept_args == 4)
		sk = (void *)ctx_argument(ctx, 4);
	else
		sk = (void *)ctx_argument(ctx, 2);
	if (sk)
		accepted(sk);
	return 0;
}

SEC("?kretprobe/inet_csk_accept")
int BPF_KRETPROBE(accept_kretprobe, struct sock *sk)
{
	if (sk)
		accepted(sk);
	return 0;
}
