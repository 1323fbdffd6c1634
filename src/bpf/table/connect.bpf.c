/* connect() that fails before there is a SYN: no route, no permission, a wrong address. Its socket never leaves CLOSE,
 * so no state tells of it. Of connect() that succeeds nothing is done here but to look at its result. */
#include "cookie.h"
#include "ends.h"
#include "owner.h"
#include "sample.h"

/* Where connect() was to go: struct sockaddr_in and sockaddr_in6 of uapi/linux/in.h and in6.h. */
struct target {
	u16 family;
	__be16 port;
	union {
		struct {
			u32 v4;
			u32 zero;
		};
		struct {
			u32 flowinfo;
			u32 v6[4];
		};
	};
};

static __always_inline bool is_mapped(const struct target *to)
{
	return !to->v6[0] && !to->v6[1] && to->v6[2] == bpf_htonl(0xffff);
}

/* As inet_sock_set_state would have had it. Whatever was known of the socket stays as it is: the attempt has an id that
 * nothing else has. */
static __always_inline void report_attempt(const struct sock *sk, const struct target *to, u8 family, int err)
{
	u64 now = bpf_ktime_get_ns();
	struct abi_sock *a = reserve_end(ABI_END, now, now);

	if (!a)
		return;
	a->birth_ns = a->state_ns = now;
	a->bits = ABI_HAS_CONN;
	a->conn_flags = CONN_BORN | CONN_OWNER_EXACT;
	a->dir = CONN_DIR_OUT;
	a->protocol = IPPROTO_TCP;
	a->state = TCP_CLOSE;
	a->old_state = TCP_SYN_SENT;
	a->error = -err;
	a->family = family;
	a->tgid = current_owner(a->comm);
	a->uid = BPF_CORE_READ(sk, sk_uid.val);
	a->lport = BPF_CORE_READ(sk, __sk_common.skc_num);
	a->rport = bpf_ntohs(to->port);
	sample_links(a, sk);
	if (family == AF_INET) {
		*(u32 *)a->laddr = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		*(u32 *)a->raddr = to->v4;
	} else {
		BPF_CORE_READ_INTO(&a->laddr, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
		__builtin_memcpy(a->raddr, to->v6, sizeof(a->raddr));
	}
	submit_end(a);
}

/* tcp_v4_connect() or tcp_v6_connect(), by the family, has returned err. */
static __always_inline int connect_returned(const struct sock *sk, const void *uaddr, u8 family, int err)
{
	struct target to = {};
	struct abi_conn *c;
	u64 cookie;

	if (err >= 0 || bpf_probe_read_kernel(&to, sizeof(to), uaddr))
		return 0;
	/* Mapped addresses go through both functions. */
	if (family == AF_INET6 && is_mapped(&to))
		return 0;
	cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	c = cookie ? bpf_map_lookup_elem(&conns, &cookie) : 0;
	if (c && c->flags & CONN_UNSENT)
		c->flags &= ~CONN_UNSENT; /* told when its state was set back */
	else
		report_attempt(sk, &to, family, err);
	return 0;
}

/* int tcp_v4_connect(struct sock *sk, struct sockaddr *uaddr, int addr_len) */
SEC("?fexit/tcp_v4_connect")
int BPF_PROG(connect4_fexit, struct sock *sk, void *uaddr, int len, int ret)
{
	return connect_returned(sk, uaddr, AF_INET, ret);
}

SEC("?fexit/tcp_v6_connect")
int BPF_PROG(connect6_fexit, struct sock *sk, void *uaddr, int len, int ret)
{
	return connect_returned(sk, uaddr, AF_INET6, ret);
}

struct connect_call {
	u64 sk, uaddr;
	u32 family; /* of the function */
	u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, u64); /* pid_tgid */
	__type(value, struct connect_call);
} connects SEC(".maps");

/* The inner call of a mapped address replaces the outer one, which has nothing to tell. */
static __always_inline int connect_enter(struct pt_regs *ctx, u32 family)
{
	u64 task = bpf_get_current_pid_tgid();
	struct connect_call call = {.sk = PT_REGS_PARM1(ctx), .uaddr = PT_REGS_PARM2(ctx), .family = family};

	if (bpf_map_update_elem(&connects, &task, &call, BPF_ANY) != 0)
		count_lost(lost_lookups);
	return 0;
}

static __always_inline int connect_leave(struct pt_regs *ctx, u32 family)
{
	u64 task = bpf_get_current_pid_tgid();
	struct connect_call *noted = bpf_map_lookup_elem(&connects, &task), call;

	if (!noted || noted->family != family)
		return 0;
	call = *noted;
	bpf_map_delete_elem(&connects, &task);
	return connect_returned((void *)call.sk, (void *)call.uaddr, family, PT_REGS_RC(ctx));
}

SEC("?kprobe/tcp_v4_connect")
int connect4_kprobe(struct pt_regs *ctx)
{
	return connect_enter(ctx, AF_INET);
}

SEC("?kretprobe/tcp_v4_connect")
int connect4_kretprobe(struct pt_regs *ctx)
{
	return connect_leave(ctx, AF_INET);
}

SEC("?kprobe/tcp_v6_connect")
int connect6_kprobe(struct pt_regs *ctx)
{
	return connect_enter(ctx, AF_INET6);
}

SEC("?kretprobe/tcp_v6_connect")
int connect6_kretprobe(struct pt_regs *ctx)
{
	return connect_leave(ctx, AF_INET6);
}
