/* The pass over files: iter/task_file visits the sockets that a file holds, in all network namespaces, with their
 * owner.
 */
#include "info.h"
#include "visit.h"

#define SETTINGS_TICKS 8 /* each idle socket has its turn every SETTINGS_TICKS; refresh_slot runs through 64 */

/* A checksum of what a program can set on an idle connection; never 0. The collector compares it with that of its last
 * record. cc, ulp, user: icsk_ca_ops, icsk_ulp_ops and sk_user_data as numbers, since the verifier forbids arithmetic
 * on pointers. */
static __always_inline u32 settings_sum(const struct sock *sk, u64 cc, u64 ulp, u64 user)
{
	u64 sum = (u64)sk->sk_rcvbuf << 32 | (u32)sk->sk_sndbuf;

	sum = (sum ^ sk->sk_pacing_rate) * 0xd6e8feb86659fd93ULL;
	sum = (sum ^ sum >> 32 ^ cc) * 0xd6e8feb86659fd93ULL;
	sum = (sum ^ sum >> 32 ^ ulp) * 0xd6e8feb86659fd93ULL;
	sum = (sum ^ sum >> 32 ^ user ^ (u64)sk->sk_omem_alloc.counter << 32) * 0xd6e8feb86659fd93ULL;
	sum ^= sum >> 32 ^ ((u64)sk->__sk_common.skc_bound_dev_if << 32 | sk->sk_uid.val);
	sum *= 0xd6e8feb86659fd93ULL;
	return (u32)(sum >> 40) | 1;
}

/* Global, as all that is long and rare here: the verifier walks it once, not once for each way that leads to it. So it
 * works on a copy. */
__noinline u32 fill_info(u32 pass)
{
	struct scratch *s = scratch_of(pass);
	struct sock *copy = socket_copy_of(pass);
	struct abi_conn *conn;
	u64 cookie;
	long r;

	if (!s || !copy)
		return 0;
	cookie = s->sock.cookie;
	if (s->sock.protocol == IPPROTO_TCP)
		r = bpf_probe_read_kernel(copy, bpf_core_type_size(struct tcp_sock), (void *)s->address);
	else
		r = bpf_probe_read_kernel(copy, bpf_core_type_size(struct udp_sock), (void *)s->address);
	if (r || copy->__sk_common.skc_cookie.counter != cookie)
		return 0;
	__builtin_memset(&s->info, 0, sizeof(s->info));
	info_sock(&s->info, copy);
	if (s->sock.protocol == IPPROTO_TCP) {
		info_tcp(&s->info, (void *)copy);
		conn = bpf_map_lookup_elem(&conns, &cookie);
		if (conn)
			__builtin_memcpy(s->info.state_at, conn->state_at, sizeof(s->info.state_at));
	}
	s->sock.has_info = 1;
	s->sock.size = sizeof(s->sock) + sizeof(s->info);
	return 0;
}

/* The file at hand and who has it, for what a global function fills in: it cannot be given a task. */
static volatile struct { /* volatile: else clang makes a variable of each member, which .bss does not describe */
	u32 tgid, fd;
	u64 task, file; /* their addresses: what lies behind them is read where it is asked for */
	u64 msk;        /* that of the MPTCP socket that it is, for its subflows */
} holder;

static __always_inline void set_holder(struct task_struct *task, struct file *file, u32 fd)
{
	holder.tgid = task->tgid;
	holder.fd = fd;
	holder.task = (u64)task;
	holder.file = (u64)file;
}

static __always_inline void holder_comm(char to[ABI_COMM_LEN])
{
	struct task_struct *task = (void *)holder.task;

	bpf_probe_read_kernel_str(to, ABI_COMM_LEN, BPF_CORE_READ(task, group_leader)->comm);
}

/* An incoming connection belongs to the process that holds it, unless another was seen to accept or close it. */
static __always_inline void note_holder(u64 cookie)
{
	struct abi_conn *c = bpf_map_lookup_elem(&conns, &cookie);

	if (!c || !(c->flags & CONN_BORN) || c->flags & (CONN_OWNER_EXACT | CONN_OWNER_CLOSER))
		return;
	c->tgid = holder.tgid;
	holder_comm(c->comm);
	c->flags |= CONN_OWNER_EXACT;
}

/* Is it in one of the kernel's tables? If not, neither sock_diag nor ss lists it. */
static __always_inline bool is_listed(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP ? sk->__sk_common.skc_state != TCP_CLOSE : sk->__sk_common.skc_num;
}

/* The namespace of a socket without a cookie, where sock_diag has to be asked; 0: it does not have to. */
static __always_inline u32 cookieless_in(const struct sock *sk)
{
	if (!is_listed(sk))
		return 0;
	cookieless++;
	return BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
}

/* 0: it is not its turn. */
static __always_inline u32 idle_settings(const struct sock *sk, const struct tcp_sock *tp, u64 cookie)
{
	u64 cc = 0, ulp = 0, user = 0;

	if (cookie % SETTINGS_TICKS != refresh_slot % SETTINGS_TICKS)
		return 0;
	bpf_core_read(&cc, sizeof(cc), &tp->inet_conn.icsk_ca_ops);
	bpf_core_read(&ulp, sizeof(ulp), &tp->inet_conn.icsk_ulp_ops);
	bpf_core_read(&user, sizeof(user), &sk->sk_user_data);
	return settings_sum(sk, cc, ulp, user);
}

static __always_inline void fill_held(struct scratch *s, struct sock *sk, struct tcp_sock *tp, u64 cookie, bool often,
				      const void *address)
{
	struct tcp_names names = {};

	__builtin_memset(&s->sock, 0, sizeof(s->sock));
	s->sock.kind = ABI_FILE;
	if (tp) { /* before the rest: a setting that is changed in between is at least in the record */
		volatile u64 *numbers = s->numbers;

		names = tcp_names(tp, often);
		numbers[0] = (u64)names.ca;
		numbers[1] = (u64)names.ulp;
		numbers[2] = (u64)sk->sk_user_data;
		put_settings(s->sock.settings, settings_sum(sk, numbers[0], numbers[1], numbers[2]));
	}
	sample_full(s, PASS_TICK, sk, tp, names, cookie, often, address);
}

static __always_inline void write_held(struct seq_file *seq, struct scratch *s, struct task_struct *task,
				       struct file *file, u32 fd)
{
	s->sock.tgid = task->tgid;
	s->sock.fd = fd;
	s->sock.inode = file->f_inode->i_ino;
	bpf_probe_read_kernel_str(s->sock.comm, sizeof(s->sock.comm), task->group_leader->comm);
	write_record(seq, s);
}

/* Writes a socket that a file holds. */
static __always_inline void visit_held(struct bpf_iter__task_file *ctx, struct task_struct *task, struct file *file,
				       struct sock *sk)
{
	struct seq_file *seq = ctx->meta->seq;
	struct tcp_sock *tp = 0;
	struct scratch *s;
	u64 cookie;
	u32 space;

	if (owners_only) {
		if (sk->sk_protocol != IPPROTO_TCP)
			return;
		set_holder(task, file, ctx->fd);
		note_holder(sk->__sk_common.skc_cookie.counter);
		return;
	}
	if (!our_protocol(sk->sk_protocol))
		return;
	cookie = socket_cookie(sk);
	if (!has_cookie_helper() && !cookie) {
		space = cookieless_in(sk);
		if (space)
			write_same(seq, ABI_SPACE, space, 0, task->tgid, ctx->fd);
		return;
	}
	write_device(seq, &sk->__sk_common, PASS_TICK);
	if (sk->sk_protocol == IPPROTO_TCP)
		tp = bpf_skc_to_tcp_sock(sk);
	if (tp && unchanged(sk, tp, cookie)) {
		write_same(seq, ABI_SAME, cookie, idle_settings(sk, tp, cookie), task->tgid, ctx->fd);
		return;
	}
	s = scratch_of(PASS_TICK);
	if (!s)
		return;
	fill_held(s, sk, tp, cookie, true, sk);
	write_held(seq, s, task, file, ctx->fd);
}

static __always_inline u32 record_same(struct scratch *s, u8 kind, u64 cookie, u32 settings)
{
	*(struct abi_same *)s = same_of(kind, cookie, settings, holder.tgid, holder.fd);
	return sizeof(struct abi_same);
}

static __always_inline u32 record_held(struct scratch *s, struct sock *copy, struct tcp_sock *tp, u64 cookie,
				       u64 address)
{
	struct file *file = (void *)holder.file;

	fill_held(s, copy, tp, cookie, false, (void *)address);
	s->sock.tgid = holder.tgid;
	s->sock.fd = holder.fd;
	s->sock.inode = BPF_CORE_READ(file, f_inode, i_ino);
	holder_comm(s->sock.comm);
	return s->sock.size;
}

/* Makes in scratch the record of a copied socket, which is at this address. Returns its size; 0: there is none to
 * write. */
static __always_inline u32 record_copied(struct sock *copy, u64 address)
{
	u64 cookie = copy->__sk_common.skc_cookie.counter;
	struct scratch *s = scratch_of(PASS_TICK);
	struct tcp_sock *tp;
	u32 space;

	if (!s || !our_protocol(copy->sk_protocol))
		return 0;
	tp = copy->sk_protocol == IPPROTO_TCP ? (void *)copy : 0;
	barrier_var(
	    tp); /* else the compiler compares the protocol again, from which the verifier learns nothing about tp */
	if (owners_only) {
		if (tp)
			note_holder(cookie);
		return 0;
	}
	if (!cookie) {
		space = cookieless_in(copy);
		return space ? record_same(s, ABI_SPACE, space, 0) : 0;
	}
	if (tp && unchanged(copy, tp, cookie))
		return record_same(s, ABI_SAME, cookie, idle_settings(copy, tp, cookie));
	return record_held(s, copy, tp, cookie, address);
}

/* Of the socket that copy_socket() has copied. */
__noinline u32 visit_copied(u64 address)
{
	struct sock *copy = socket_copy_of(PASS_TICK);

	return copy ? record_copied(copy, address) : 0;
}

/* Of a subflow of an MPTCP socket, by its place in that one's list. Its device is left to the slow turn. */
__noinline u32 visit_subflow(u64 node)
{
	u64 address = 0;
	struct sock *copy = has_mptcp() ? copy_subflow(subflow_at((void *)node), (void *)holder.msk, &address) : 0;

	return copy ? record_copied(copy, address) : 0;
}

static __always_inline void write_recorded(struct seq_file *seq, u64 size)
{
	struct scratch *s = scratch_of(PASS_TICK);

	barrier_var(size); /* what is compared is what is passed on: 5.10 does not see it through a copy of 32 bits */
	if (!s || !size || size > SCRATCH_RECORD)
		return;
	bpf_seq_write(seq, s, size);
	if (s->sock.kind != ABI_FILE)
		return;
	write_listener(seq, s);
	write_interception(seq, s);
}

/* The owner of the MPTCP socket owns its subflows. */
static __always_inline void visit_subflows(struct seq_file *seq, const void *msk)
{
	const struct list_head *head = &((const struct mptcp_sock *)msk)->conn_list, *node;

	if (!has_mptcp())
		return;
	holder.msk = (u64)msk;
	node = BPF_CORE_READ(head, next);
	for (u32 i = 0; i < SUBFLOWS_MAX && node && node != head; i++) {
		write_recorded(seq, visit_subflow((u64)node));
		node = BPF_CORE_READ(node, next);
	}
}

SEC("?iter/task_file")
int task_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *sock;
	struct sock *sk;
	u64 address = 0;

	if (ctx->meta->seq_num == 0) {
		pass_jiffies = (u32)bpf_jiffies64();
		devices_begin(PASS_TICK);
	}
	if (!task || !file)
		return 0;
	if (!has_sock_from_file()) {
		sk = copy_socket(file, &address);
		if (!sk)
			return 0;
		set_holder(task, file, ctx->fd);
		if (sk->sk_protocol == IPPROTO_MPTCP) {
			visit_subflows(ctx->meta->seq, (void *)address);
			return 0;
		}
		if (!owners_only)
			write_device(ctx->meta->seq, &sk->__sk_common, PASS_TICK);
		write_recorded(ctx->meta->seq, visit_copied(address));
		return 0;
	}
	sock = bpf_sock_from_file(file);
	if (!sock || !sock->sk)
		return 0;
	sk = sock->sk;
	if (sk->__sk_common.skc_family != AF_INET && sk->__sk_common.skc_family != AF_INET6)
		return 0;
	if (sk->sk_protocol != IPPROTO_MPTCP) {
		visit_held(ctx, task, file, sk);
		return 0;
	}
	set_holder(task, file, ctx->fd);
	visit_subflows(ctx->meta->seq, sk);
	return 0;
}
