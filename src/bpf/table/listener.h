/* What a listener's queues have seen: the map accepts. Nothing but set_state() is needed for it. */
#pragma once

#include "buckets.h"
#include "table_maps.h"

static const struct abi_accepts no_accepts;

/* NULL: the map is full. */
static __always_inline struct abi_accepts *accepts_begin(u64 cookie)
{
	struct abi_accepts *a;

	bpf_map_update_elem(&accepts, &cookie, &no_accepts, BPF_ANY);
	a = bpf_map_lookup_elem(&accepts, &cookie);
	if (!a)
		set_flag(accepts_full);
	return a;
}

/* Two handshakes can end at once: who writes the lower number looks again. */
#define RAISE(to, number)                                                                                              \
	for (u32 _i = 0; _i < 2 && (to) < (number); _i++)                                                              \
	(to) = (number)

static __always_inline void note_high(struct abi_accepts *a, u32 high)
{
	u32 at = bpf_ktime_get_ns() >> ABI_HIGH_SHIFT, slot = at & (ABI_HIGH_SLOTS - 1);

	if (a->recent[slot].at != at) {
		a->recent[slot].high = high;
		a->recent[slot].at = at;
	}
	RAISE(a->recent[slot].high, high);
	RAISE(a->high, high);
}

/* sk_clone_lock() has copied the listener, and what is new in the connection is not set yet: the head of a list that is
 * empty points to itself, in the copy to the listener's. NULL: it is no such copy. */
static __always_inline const struct sock *listener_behind(const struct sock *copy)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)copy);
	const struct sock *sk;
	u64 at = 0;

	if (!tp)
		return 0;
	bpf_core_read(&at, sizeof(at), &tp->tsorted_sent_queue.next);
	sk = (void *)(at - bpf_core_field_offset(struct tcp_sock, tsorted_sent_queue));
	if (BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_LISTEN ||
	    BPF_CORE_READ(sk, __sk_common.skc_num) != copy->__sk_common.skc_num)
		return 0;
	return sk;
}

/* A handshake is completed, and its connection goes into the queue behind those that are there; copy: what it is made
 * of. It is established on the same processor right after this. */
static __always_inline void note_handshake(const struct sock *copy)
{
	const struct sock *sk = listener_behind(copy);
	u64 cookie = sk ? BPF_CORE_READ(sk, __sk_common.skc_cookie.counter) : 0;
	struct newborn *n;
	struct abi_accepts *a;
	u32 zero = 0, length = copy->sk_ack_backlog;

	if (!cookie) /* a listener that no pass has met */
		return;
	n = bpf_map_lookup_elem(&newborns, &zero);
	if (n) {
		n->address = (u64)copy;
		n->listener = cookie;
	}
	a = bpf_map_lookup_elem(&accepts, &cookie);
	if (!a)
		a = accepts_begin(cookie);
	if (!a)
		return;
	__sync_fetch_and_add(&a->found[queue_bucket(length)], 1);
	note_high(a, length + 1);
}

/* The cookie of the listener through which this connection came in, 0: not known. */
static __always_inline u64 listener_of(const struct sock *sk)
{
	u32 zero = 0;
	struct newborn *n = bpf_map_lookup_elem(&newborns, &zero);

	return n && n->address == (u64)sk ? n->listener : 0;
}

static __always_inline void times_add(struct abi_times *t, u64 ns)
{
	__sync_fetch_and_add(&t->buckets[bucket(ns) & (ABI_TIME_BUCKETS - 1)], 1);
	__sync_fetch_and_add(&t->sum_ns, ns);
	RAISE(t->max_ns, ns);
}

/* A program has taken the connection. */
static __always_inline void note_accept(const struct abi_conn *c)
{
	u64 waited = bpf_ktime_get_ns() - c->birth_ns, cookie = c->listener;
	struct abi_accepts *a;

	if (!cookie || !c->birth_ns)
		return;
	a = bpf_map_lookup_elem(&accepts, &cookie);
	if (!a)
		return;
	times_add(&a->wait, waited);
	if (c->connect_us)
		times_add(&a->whole, waited + c->connect_us * 1000ULL);
}

static __always_inline void sample_listener(struct scratch *s, const struct tcp_sock *tp)
{
	const struct sock *sk = &tp->inet_conn.icsk_inet.sk;
	struct net *net = BPF_CORE_READ(sk, __sk_common.skc_net.net);
	struct abi_listener *l = &s->listener;

	__builtin_memset(l, 0, sizeof(*l));
	l->kind = ABI_LISTENER;
	l->cookie = s->sock.cookie;
	l->ktime_ns = s->sock.ktime_ns;
	l->accept_queue = s->sock.ack_backlog;
	l->accept_limit = s->sock.max_ack_backlog;
	l->syn_queue = tp->inet_conn.icsk_accept_queue.qlen.counter;
	l->syncookies = BPF_CORE_READ(net, ipv4.sysctl_tcp_syncookies);
	l->max_syn_backlog = BPF_CORE_READ(net, ipv4.sysctl_max_syn_backlog);
}

/* After the record of a socket, if it is a listener. */
static __always_inline void write_listener(struct seq_file *seq, struct scratch *s)
{
	struct abi_listener *l = &s->listener;
	u64 cookie = s->sock.cookie;
	struct abi_accepts *a;

	if (s->sock.state != TCP_LISTEN || s->sock.protocol != IPPROTO_TCP)
		return;
	a = bpf_map_lookup_elem(&accepts, &cookie);
	l->flags = a ? LISTENER_COUNTED : accepts_full ? LISTENER_UNCOUNTED : 0;
	l->size = sizeof(*l) + (a ? sizeof(*a) : 0);
	if (a) /* without a handshake the queue only gets shorter */
		note_high(a, l->accept_queue);
	bpf_seq_write(seq, l, sizeof(*l));
	if (a)
		bpf_seq_write(seq, a, sizeof(*a));
}
