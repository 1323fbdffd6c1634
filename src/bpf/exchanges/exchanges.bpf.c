/* Exchanges: the edges of a TCP conversation's turns, which turns.h makes exchanges of. What is over goes to the
 * collector through a ring. Loaded while somebody looks. All programs but those of the socket's end run under the
 * socket's lock. */
#include "cast.h"
#include "own.h"
#include "turns.h"

#define RING_BYTES (16 << 20)
#define RING_WAKE (8 << 20)

/* What is known of each socket is at a place that its cookie leads to: no look-up in a hash table, of which each
 * exchange would need three. The collector reads it in its own memory. It sets the size before the programs are
 * loaded. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, ABI_TURNS_MOST / ABI_TURN_SET);
	__type(key, u32);
	__type(value, struct abi_turn_set);
} turn_sets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, ABI_TURNS_MOST);
	__type(key, u32);
	__type(value, struct abi_turn);
} turns SEC(".maps");

const volatile bool has_cast = false;
const volatile u32 sets_mask = ABI_TURNS_MOST / ABI_TURN_SET - 1;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} exchanges SEC(".maps");

/* The addresses of woken_wake_function(), with which a task in recv() waits, and of ep_poll_callback() and pollwake(),
 * with which one does in epoll_wait() and poll(); 0: unknown. */
u64 wake_function = 0, epoll_function = 0, poll_function = 0;
/* How often the collector's task was switched to, and when that was by the scheduler's clock: exchange_clock. */
u64 clock_switches = 0, clock_arrived = 0;
u64 lost_turns = 0;     /* sockets for which there was no place, each time */
u64 lost_exchanges = 0; /* that the ring had no room for */

static __always_inline void tell(const struct abi_exchange *x)
{
	struct abi_exchange *to = bpf_ringbuf_reserve(&exchanges, sizeof(*to), 0);

	if (!to) {
		__sync_fetch_and_add(&lost_exchanges, 1);
		return;
	}
	*to = *x;
	ring_submit(&exchanges, to, RING_WAKE);
}

static __always_inline struct abi_turn_set *set_of(u64 cookie)
{
	u32 n = turn_set_of(cookie, sets_mask);

	return bpf_map_lookup_elem(&turn_sets, &n);
}

static __always_inline struct abi_turn *turn_at(u64 cookie, u32 i)
{
	u32 place = turn_set_of(cookie, sets_mask) * ABI_TURN_SET + i;

	return bpf_map_lookup_elem(&turns, &place);
}

/* The socket's, and where its place is marked as taken. */
static __always_inline struct abi_turn *turn_find_at(u64 cookie, u64 **mark)
{
	struct abi_turn_set *set = cookie ? set_of(cookie) : 0;

	for (u32 i = 0; set && i < ABI_TURN_SET; i++) {
		if (set->cookie[i] != cookie)
			continue;
		*mark = &set->cookie[i];
		return turn_at(cookie, i);
	}
	return 0;
}

static __always_inline struct abi_turn *turn_find(u64 cookie)
{
	u64 *mark;

	return turn_find_at(cookie, &mark);
}

/* Who accepted a connection has the listener's limit of waiting ones, because the socket began as the listener's copy
 * (sk_clone_lock()); who connected has none. */
static __always_inline u8 role_of(u32 max_ack_backlog)
{
	return max_ack_backlog ? ABI_SERVER : ABI_CLIENT;
}

static __always_inline u64 cookie_of(const struct sock *sk)
{
	return sk->__sk_common.skc_cookie.counter;
}

static __always_inline void socket_read(struct turn_socket *s, const struct tcp_sock *tp)
{
	s->rx_bytes = tp->bytes_received;
	s->tx_bytes = tp->bytes_acked + (u32)(tp->write_seq - tp->snd_una);
	s->retrans = tp->total_retrans;
	s->unread = tp->copied_seq != tp->rcv_nxt;
}

/* A place for a socket that has none, at its first sight. fresh: nothing was sent or received before. NULL: there is no
 * place, or its cookie, which other programs give it, is not known. */
static __always_inline struct abi_turn *turn_make(u64 cookie, u32 max_ack_backlog, bool fresh, u32 copied)
{
	struct abi_turn_set *set = cookie ? set_of(cookie) : 0;

	for (u32 i = 0; set && i < ABI_TURN_SET; i++) {
		struct abi_turn *t = set->cookie[i] ? 0 : turn_at(cookie, i);

		if (!t || !turn_claim(t))
			continue;
		turn_meet(t, cookie, role_of(max_ack_backlog), fresh);
		t->copied = copied;
		set->cookie[i] = cookie;
		return t;
	}
	__sync_fetch_and_add(&lost_turns, 1);
	return 0;
}

static __always_inline struct abi_turn *turn_first(const struct sock *sk, const struct tcp_sock *tp)
{
	return turn_make(cookie_of(sk), sk->sk_max_ack_backlog,
			 !tp->bytes_received && tp->write_seq - tp->snd_una == 0 && tp->bytes_acked <= 1,
			 tp->copied_seq);
}

/* A field of TCP's part of skb->cb: see cb_word() of the stages. */
#define CB(skb, type, field)                                                                                           \
	(*(const type *)((const void *)(skb) + bpf_core_field_offset((skb)->cb) +                                      \
			 bpf_core_field_offset(((struct tcp_skb_cb *)0)->field)))

#define ENTRY(list) ((struct wait_queue_entry *)((void *)(list)-bpf_core_field_offset(struct wait_queue_entry, entry)))

/* Who sleeps in epoll_wait() is in the queue until somebody wakes him; the first of several is woken. */
static __always_inline struct task_struct *epoll_sleeper(struct wait_queue_entry *e, bool *known)
{
	struct eppoll_entry *p = (void *)e - bpf_core_field_offset(struct eppoll_entry, wait);
	struct epitem *item = FIELD(struct eppoll_entry, p, base);
	struct eventpoll *ep = FIELD(struct epitem, item, ep);
	struct list_head *first = FIELD(struct eventpoll, ep, wq.head.next);
	void *outer = (void *)ep + bpf_core_field_offset(struct eventpoll, poll_wait.head);
	void *wq = (void *)ep + bpf_core_field_offset(struct eventpoll, wq.head);

	*known = first && FIELD(struct list_head, outer, next) == outer; /* nobody waits for the epoll's own file */
	return *known && first != wq ? FIELD(struct wait_queue_entry, ENTRY(first), private) : 0;
}

/* Who sleeps in poll() or select() is in the queue until he returns. */
static __always_inline struct task_struct *poll_sleeper(struct wait_queue_entry *e)
{
	struct poll_wqueues *p = FIELD(struct wait_queue_entry, e, private);

	return FIELD(struct poll_wqueues, p, polling_task);
}

/* If nobody sleeps there, the last who did, or who has read, is busy elsewhere. If he waits for a processor, whether he
 * was woken for another socket or lost it in his work, the kernel does not let him run. */
static __always_inline enum abi_reader poller_of(struct wait_queue_entry *e, void *func, struct abi_turn *t)
{
	bool known = func == (void *)poll_function || func == (void *)epoll_function;
	struct task_struct *task = 0, *last = (void *)t->poller;

	if (!known || !bpf_core_field_exists(task->sched_info.pcount))
		return ABI_READER_UNKNOWN;
	task = func == (void *)poll_function ? poll_sleeper(e) : epoll_sleeper(e, &known);
	if (!known || (!task && !last))
		return ABI_READER_UNKNOWN;
	if (!task && !FIELD(struct task_struct, last, sched_info.last_queued))
		return ABI_READER_ELSEWHERE;
	task = task ?: last;
	t->poller = (u64)task;
	t->switches = FIELD(struct task_struct, task, sched_info.pcount);
	return ABI_READER_POLLS;
}

static __always_inline enum abi_reader reader_of(const struct sock *sk, struct abi_turn *t)
{
	struct socket_wq *wq = sk->sk_wq;
	struct list_head *first = wq ? wq->wait.head.next : 0;
	void *func;

	if (!first || !wake_function)
		return ABI_READER_UNKNOWN;
	if (first->next == first)
		return ABI_READER_ELSEWHERE;
	func = FIELD(struct wait_queue_entry, ENTRY(first), func);
	if (func == (void *)wake_function)
		return ABI_READER_SLEEPS;
	return first == wq->wait.head.prev ? poller_of(ENTRY(first), func, t) : ABI_READER_UNKNOWN;
}

/* tcp_rcv_established(), before it looks at the segment. */
SEC("?tp_btf/tcp_probe")
int BPF_PROG(exchange_segment, struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_of(sk);
	u32 seq, end, fin;
	struct turn_socket s;
	struct abi_exchange x = {};
	struct abi_turn *t;
	bool data, acks;

	if (!tp)
		return 0;
	fin = CB(skb, u8, tcp_flags) & TCP_FIN;
	seq = CB(skb, u32, seq);
	end = CB(skb, u32, end_seq) - fin;
	data = seq != end && (s32)(end - tp->rcv_nxt) > 0;
	t = turn_find(cookie_of(sk));
	if (!t && data)
		t = turn_first(sk, tp);
	if (!t)
		return 0;
	acks = (s32)(CB(skb, u32, ack_seq) - tp->write_seq) >= 0;
	socket_read(&s, tp);
	if (turn_segment(t, bpf_ktime_get_ns(), &s, acks, data, data ? reader_of(sk, t) : ABI_READER_UNKNOWN, &x))
		tell(&x);
	return 0;
}

/* The task may have ended: what is at its address then has hardly been switched to once more. */
static __always_inline void poller_ran(struct abi_turn *t)
{
	struct task_struct *task = (void *)t->poller;

	if (bpf_core_field_exists(task->sched_info.pcount))
		turn_poller_ran(t, BPF_CORE_READ(task, sched_info.pcount),
				BPF_CORE_READ(task, sched_info.last_arrival));
}

SEC("?tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(exchange_read, struct sock *sk)
{
	struct abi_turn *t = turn_find(cookie_of(sk));
	struct tcp_sock *tp = t ? tcp_of(sk) : 0;
	u32 copied;

	if (!tp)
		return 0;
	copied = tp->copied_seq;
	if (copied != t->copied && turn_polled(t))
		poller_ran(t);
	t->poller = t->poller ?: bpf_get_current_task();
	turn_read(t, bpf_ktime_get_ns(), tp->bytes_received, copied);
	return 0;
}

static __always_inline int send_begins(struct sock *sk)
{
	struct tcp_sock *tp = tcp_of(sk);
	struct abi_turn *t = tp ? turn_find(cookie_of(sk)) : 0;
	struct turn_socket s;
	struct abi_exchange x = {};

	if (tp && !t)
		t = turn_first(sk, tp);
	if (!tp || !t)
		return 0;
	socket_read(&s, tp);
	if (turn_send(t, bpf_ktime_get_ns(), &s, &x))
		tell(&x);
	return 0;
}

SEC("?fentry/tcp_sendmsg_locked")
int BPF_PROG(exchange_send_fentry, struct sock *sk)
{
	return send_begins(sk);
}

/* In the function's loop: for each skb that is filled. */
SEC("?tp_btf/tcp_sendmsg_locked")
int BPF_PROG(exchange_send_tp, struct sock *sk)
{
	return send_begins(sk);
}

/* To the verifier a kprobe's socket is a number: its fields have to be probed. */
static __always_inline int send_begins_probed(struct sock *sk)
{
	struct tcp_sock *tp = (void *)sk;
	u64 cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter), acked = BPF_CORE_READ(tp, bytes_acked);
	u32 copied = BPF_CORE_READ(tp, copied_seq), unacked = BPF_CORE_READ(tp, write_seq) - BPF_CORE_READ(tp, snd_una);
	struct turn_socket s = {.rx_bytes = BPF_CORE_READ(tp, bytes_received),
				.tx_bytes = acked + unacked,
				.retrans = BPF_CORE_READ(tp, total_retrans),
				.unread = copied != BPF_CORE_READ(tp, rcv_nxt)};
	struct abi_turn *t = turn_find(cookie);
	struct abi_exchange x = {};

	if (!t)
		t = turn_make(cookie, BPF_CORE_READ(sk, sk_max_ack_backlog), !s.rx_bytes && !unacked && acked <= 1,
			      copied);
	if (t && turn_send(t, bpf_ktime_get_ns(), &s, &x))
		tell(&x);
	return 0;
}

SEC("?kprobe/tcp_sendmsg_locked")
int BPF_KPROBE(exchange_send_kprobe, struct sock *sk)
{
	return send_begins_probed(sk);
}

/* sendfile(), splice() and kTLS before Linux 6.5, by pages. (In 6.4 it calls tcp_sendmsg_locked(), which changes
 * nothing.) */
SEC("?fentry/do_tcp_sendpages")
int BPF_PROG(exchange_pages_fentry, struct sock *sk)
{
	return send_begins(sk);
}

SEC("?kprobe/do_tcp_sendpages")
int BPF_KPROBE(exchange_pages_kprobe, struct sock *sk)
{
	return send_begins_probed(sk);
}

/* A FIN of ours that is acknowledged, with everything before it, leads out of FIN_WAIT1, CLOSING or LAST_ACK. */
static __always_inline enum turn_end end_of(const struct sock *sk, int old)
{
	int error = sk->sk_err;

	if (error)
		return error == ECONNRESET || error == EPIPE ? TURN_RESET : TURN_TIMED_OUT;
	if (old == TCP_ESTABLISHED || old == TCP_CLOSE_WAIT || old == TCP_FIN_WAIT1)
		return TURN_BROKEN_OFF;
	return old == TCP_LAST_ACK ? TURN_HALF_CLOSED : TURN_IN_ORDER;
}

/* What is acknowledged or ended where tcp_rcv_established() does not come. */
SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(exchange_state, struct sock *sk, const int old, const int new)
{
	struct turn_socket s;
	struct abi_exchange x = {};
	struct tcp_sock *tp;
	struct abi_turn *t;
	u64 *mark;

	if ((new != TCP_FIN_WAIT2 &&new != TCP_CLOSE) || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	t = turn_find_at(cookie_of(sk), &mark);
	tp = t ? tcp_of(sk) : 0;
	if (!tp)
		return 0;
	socket_read(&s, tp);
	if (new == TCP_FIN_WAIT2)
		turn_segment(t, bpf_ktime_get_ns(), &s, true, false, ABI_READER_UNKNOWN, &x);
	else if (turn_end(t, bpf_ktime_get_ns(), &s, end_of(sk, old), &x))
		tell(&x);
	if (new == TCP_CLOSE)
		turn_leave(t, mark);
	return 0;
}

/* In the collector, which has just slept and reads one byte: when did it run again? The byte ends the walk. */
SEC("?iter/task_file")
int exchange_clock(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u8 one = 0;

	if (!bpf_core_field_exists(task->sched_info.pcount))
		return 0;
	clock_switches = BPF_CORE_READ(task, sched_info.pcount);
	clock_arrived = BPF_CORE_READ(task, sched_info.last_arrival);
	bpf_seq_write(ctx->meta->seq, &one, sizeof(one));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
