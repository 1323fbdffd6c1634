/* The map redirects: bytes that programs of BPF have moved from one socket to another. What a program of sk_msg
 * redirects passes tcp_bpf_sendmsg_redir(), which may take less than it is given; what one of sk_skb redirects passes
 * sk_psock_skb_redirect(), also for the kernel's TLS. All of it is counted at both ends, or none. */
#include "cookie.h"
#include "psock.h"

/* Set by the collector before loading: how many arguments tcp_bpf_sendmsg_redir() has (4: the message is the second, 5:
 * the third, behind the direction). */
const volatile u32 redir_args = 5;

#define SOCK_DEAD 0           /* bit numbers: enum sock_flags, */
#define SK_PSOCK_TX_ENABLED 0 /* enum sk_psock_state_bits */
#define REDIR_FLAGS 3UL       /* low bits of _sk_redir: BPF_F_INGRESS */
#define REDIR_STRPARSER 2UL   /* and BPF_F_STRPARSER */

/* A thread that sends what a program of sk_msg may redirect. */
struct sender {
	u64 from;    /* its socket's cookie */
	u64 to;      /* the other's, */
	u64 message; /* the address of what is redirected, */
	u32 size;    /* and its size before, while tcp_bpf_sendmsg_redir() runs */
	u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u64); /* pid_tgid */
	__type(value, struct sender);
} senders SEC(".maps");

static __always_inline u64 cookie_of(const struct sock *sk)
{
	if (!sk || !our_protocol(BPF_CORE_READ(sk, sk_protocol)))
		return 0; /* a Unix socket has no row, and no end that would clear its entry */
	return BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
}

static __always_inline struct abi_redirects *redirects_of(u64 cookie)
{
	struct abi_redirects none = {}, *found = bpf_map_lookup_elem(&redirects, &cookie);

	if (found)
		return found;
	bpf_map_update_elem(&redirects, &cookie, &none, BPF_NOEXIST);
	found = bpf_map_lookup_elem(&redirects, &cookie);
	if (!found)
		set_flag(redirects_lost);
	return found;
}

static __always_inline void moved(u64 from, u64 to, u32 bytes)
{
	struct abi_redirects *r;

	if (from && (r = redirects_of(from)))
		__sync_fetch_and_add(&r->tx, bytes);
	if (to && (r = redirects_of(to)))
		__sync_fetch_and_add(&r->rx, bytes);
}

/* -- sk_msg -------------------------------------------------------------------------------------------------------- */

/* Who redirects is not told to tcp_bpf_sendmsg_redir(), and a message knows it only if the program was asked about it
 * (bpf_msg_apply_bytes()): it is the socket of the thread's last send call, tcp_bpf_sendmsg() and, to 6.4,
 * tcp_bpf_sendpage(). The kernel's TLS calls sk_msg_return_zero() before. */
static __always_inline int sends(const struct sock *sk)
{
	struct sender now = {};
	u64 task = bpf_get_current_pid_tgid();

	if (!redirects_on)
		return 0;
	now.from = cookie_of(sk);
	if (bpf_map_update_elem(&senders, &task, &now, BPF_ANY) != 0)
		set_flag(redirects_lost);
	return 0;
}

SEC("?fentry/tcp_bpf_sendmsg")
int BPF_PROG(msg_send_fentry, struct sock *sk)
{
	return sends(sk);
}

SEC("?fentry/tcp_bpf_sendpage")
int BPF_PROG(msg_page_fentry, struct sock *sk)
{
	return sends(sk);
}

SEC("?fentry/sk_msg_return_zero")
int BPF_PROG(msg_tls_fentry, struct sock *sk)
{
	return sends(sk);
}

SEC("?fentry/tcp_bpf_sendmsg_redir")
int BPF_PROG(msg_redir_fentry, struct sock *to)
{
	u64 task = bpf_get_current_pid_tgid();
	struct sender *s, first = {};
	const struct sk_msg *msg;

	if (!redirects_on)
		return 0;
	if (redir_args == 4)
		msg = (void *)ctx_argument(ctx, 1);
	else
		msg = (void *)ctx_argument(ctx, 2);
	s = bpf_map_lookup_elem(&senders, &task);
	if (!s) { /* its send call began before that was seen */
		first.from = cookie_of(BPF_CORE_READ(msg, sk));
		bpf_map_update_elem(&senders, &task, &first, BPF_ANY);
		s = bpf_map_lookup_elem(&senders, &task);
	}
	if (!s || !s->from || s->message)
		set_flag(redirects_lost);
	if (!s)
		return 0;
	s->to = cookie_of(to);
	s->size = BPF_CORE_READ(msg, sg.size);
	s->message = (u64)msg;
	return 0;
}

/* What was not taken is left in the message. */
SEC("?fexit/tcp_bpf_sendmsg_redir")
int BPF_PROG(msg_redir_fexit)
{
	u64 task = bpf_get_current_pid_tgid();
	struct sender *s = bpf_map_lookup_elem(&senders, &task);
	const struct sk_msg *msg;
	u32 left;

	if (!s || !s->message)
		return 0;
	msg = (void *)s->message;
	left = BPF_CORE_READ(msg, sg.size);
	s->message = 0;
	if (left < s->size)
		moved(s->from, s->to, s->size - left);
	return 0;
}

/* -- sk_skb -------------------------------------------------------------------------------------------------------- */

/* What sk_psock_skb_redirect() asks of the target: otherwise the packet is dropped. */
static __always_inline bool takes(const struct sock *to)
{
	const struct sk_psock *p = psock_of(to);

	return p && !(BPF_CORE_READ(to, __sk_common.skc_flags) >> SOCK_DEAD & 1) &&
	       BPF_CORE_READ(p, state) >> SK_PSOCK_TX_ENABLED & 1;
}

/* As sk_psock_backlog() works it out, which hands the packet on: of one of a strparser the message alone. */
static __always_inline u32 length_of(const struct sk_buff *skb, u64 redir)
{
	const struct sk_skb_cb *cb = (void *)skb->cb;

	return redir & REDIR_STRPARSER ? BPF_CORE_READ(cb, strp.strp.full_len) : BPF_CORE_READ(skb, len);
}

SEC("?fentry/sk_psock_skb_redirect")
int BPF_PROG(skb_redirect_fentry, struct sk_psock *from, struct sk_buff *skb)
{
	u64 redir = BPF_CORE_READ(skb, _sk_redir);
	const struct sock *to = (void *)(redir & ~REDIR_FLAGS);

	if (redirects_on && to && takes(to))
		moved(cookie_of(BPF_CORE_READ(from, sk)), cookie_of(to), length_of(skb, redir));
	return 0;
}
