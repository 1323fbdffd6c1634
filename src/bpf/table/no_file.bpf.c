/* The passes over sockets that no file holds: iter/tcp and iter/udp, run in each namespace by the slow turn, and those
 * that a turn has found, with each tick. */
#include "visit.h"

/* TIME_WAIT and request sockets: identity and state, no counters. A storm of short connections leaves hundreds of
 * thousands of them: the collector then takes a sample, always the same ones. */
static __always_inline s32 mini_expires_in(const struct sock_common *c)
{
	const struct inet_timewait_sock *tw = (const void *)c;
	const struct request_sock *req = (const void *)c;
	u64 at = 0;

	if (c->skc_state == TCP_TIME_WAIT)
		bpf_core_read(&at, sizeof(at), &tw->tw_timer.expires);
	else
		bpf_core_read(&at, sizeof(at), &req->rsk_timer.expires);
	return (s32)(at - bpf_jiffies64());
}

static __always_inline void write_mini(struct seq_file *seq, struct sock_common *c)
{
	struct scratch *s = scratch_of(PASS_SLOW_TURN);
	struct abi_sock *a;
	struct abi_mini m = {.size = sizeof(m), .kind = ABI_MINI};

	mini_seen++;
	if (!s || (c->skc_hash * 0x9e3779b9U) >> 8 & mini_mask)
		return;
	a = &s->sock;
	__builtin_memset(a, 0, sizeof(*a));
	sample_addresses(a, c);
	sample_netns(a, c);
	m.state = c->skc_state;
	m.family = a->family;
	m.cookie = socket_cookie(c); /* a request's cookie goes to its child */
	if (!has_cookie_helper() && !m.cookie) {
		cookieless++;
		return;
	}
	write_device(seq, c, PASS_SLOW_TURN);
	m.ktime_ns = bpf_ktime_get_ns();
	m.expires_in = mini_expires_in(c);
	m.netns = a->netns;
	m.netns_cookie = a->netns_cookie;
	m.ifindex = a->ifindex;
	m.lport = a->lport;
	m.rport = a->rport;
	__builtin_memcpy(m.laddr, a->laddr, sizeof(m.laddr));
	__builtin_memcpy(m.raddr, a->raddr, sizeof(m.raddr));
	if (m.state == TCP_TIME_WAIT) {
		struct inet_timewait_sock *tw = (void *)c;

		bpf_core_read(&m.state, sizeof(m.state), &tw->tw_substate);
	}
	bpf_seq_write(seq, &m, sizeof(m));
}

static __always_inline bool has_file(const struct sock *sk)
{
	return sk->sk_socket && sk->sk_socket->file;
}

/* From now on each tick visits it, until it is gone. */
static __always_inline bool keep(struct sock *sk)
{
	struct abi_kept *k;

	if (!keeps_no_file)
		return false;
	k = bpf_sk_storage_get(&no_file, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!k)
		return false;
	k->unheld = has_file(sk);
	set_flag(kept_any);
	return true;
}

static __always_inline void write_no_file(struct seq_file *seq, struct scratch *s, struct sock *sk, struct tcp_sock *tp,
					  u64 cookie, bool is_new)
{
	struct tcp_names names = {};

	__builtin_memset(&s->sock, 0, sizeof(s->sock));
	s->sock.kind = ABI_NO_FILE;
	if (tp)
		names = tcp_names(tp, false);
	sample_full(s, is_new ? PASS_SLOW_TURN : PASS_TICK, sk, tp, names, cookie, false, sk);
	if (is_new && !keep(sk)) /* last: the verifier follows both results through all the code after it */
		s->sock.bits |= ABI_SLOW;
	write_record(seq, s);
}

/* A socket with a file exists, even if no process holds it (in flight, io_uring). Its values are written only if they
 * were asked for, because the pass over files nearly always has them. */
static __always_inline void write_unheld(struct seq_file *seq, struct scratch *s, struct sock *sk, struct tcp_sock *tp,
					 u64 cookie)
{
	if (!has_cookie_helper() && !cookie) { /* the next round has it */
		cookieless++;
		return;
	}
	write_device(seq, &sk->__sk_common, PASS_SLOW_TURN);
	if (has_file(sk) && !is_wanted(cookie)) {
		write_same(seq, ABI_ALIVE, cookie, 0, 0, ~0U);
		return;
	}
	write_no_file(seq, s, sk, tp, cookie, true);
}

SEC("?iter/tcp")
int tcp_no_file(struct bpf_iter__tcp *ctx)
{
	struct sock_common *c = ctx->sk_common;
	struct seq_file *seq = ctx->meta->seq;
	struct tcp_sock *tp;
	struct scratch *s;

	if (!c)
		return 0;
	if (ctx->meta->seq_num == 0)
		devices_begin(PASS_SLOW_TURN);
	if (c->skc_state == TCP_TIME_WAIT || c->skc_state == TCP_NEW_SYN_RECV) {
		write_mini(seq, c);
		return 0;
	}
	tp = bpf_skc_to_tcp_sock(c);
	s = scratch_of(PASS_SLOW_TURN);
	if (tp && s)
		write_unheld(seq, s, &tp->inet_conn.icsk_inet.sk, tp, socket_cookie(c));
	return 0;
}

SEC("?iter/udp")
int udp_no_file(struct bpf_iter__udp *ctx)
{
	struct udp_sock *up = ctx->udp_sk;
	struct scratch *s;

	if (ctx->meta->seq_num == 0)
		devices_begin(PASS_SLOW_TURN);
	s = scratch_of(PASS_SLOW_TURN);
	if (up && s)
		write_unheld(ctx->meta->seq, s, &up->inet.sk, 0, socket_cookie(up));
	return 0;
}

/* Visits the sockets that a turn has found, in all namespaces. */
SEC("?iter/bpf_sk_storage_map")
int kept(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct abi_kept *k = ctx->value;
	struct sock *sk = ctx->sk;
	struct tcp_sock *tp = 0;
	struct scratch *s;
	u64 cookie;

	if (!sk || !k || (has_file(sk) && !k->unheld)) /* somebody has accepted it */
		return 0;
	cookie = socket_cookie(sk);
	if (sk->sk_protocol == IPPROTO_TCP) {
		tp = bpf_skc_to_tcp_sock(sk);
		if (!tp || sk->__sk_common.skc_state == TCP_CLOSE)
			return 0;
		if (unchanged(sk, tp, cookie)) {
			write_same(ctx->meta->seq, ABI_STILL, cookie, 0, 0, ~0U);
			return 0;
		}
	}
	s = scratch_of(PASS_TICK);
	if (s)
		write_no_file(ctx->meta->seq, s, sk, tp, cookie, false);
	return 0;
}
