/* What tracing programs could not do before Linux 5.12: get a socket's cookie (5.12) and the socket of a file (5.11).
 * Both ways are compiled; the verifier removes the one that this kernel does not support. */
#pragma once

#include "table_maps.h"

/* uapi/linux/bpf.h. No type shows that tracing programs may call bpf_get_socket_cookie(), so a helper of the same
 * version stands for it, as in src/collect/hooks/probe.c. */
enum bpf_func_id {
	BPF_FUNC_sock_from_file = 162,
	BPF_FUNC_check_mtu = 163,
};

#define SOCKFS_MAGIC 0x534F434B /* uapi/linux/magic.h */

static __always_inline bool our_protocol(u16 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE;
}

static __always_inline bool has_cookie_helper(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_check_mtu);
}

static __always_inline bool has_sock_from_file(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_sock_from_file);
}

/* The cookie of a socket (also of a minisock), made if it has none. Without the helper it is 0 then: cookies.bpf.c
 * gives cookies to new sockets, and the collector lets sock_diag give them to others. */
static __always_inline u64 socket_cookie(const void *sk)
{
	if (has_cookie_helper())
		return bpf_get_socket_cookie((void *)sk);
	return ((const struct sock_common *)sk)->skc_cookie.counter;
}

/* Copies the Internet socket of a file, and sets *address. To the verifier that address is a number, and probing field
 * by field is slow: hence one copy, which can be read like the socket itself as long as no pointer in it is followed.
 * NULL: not such a socket. */
static __always_inline struct sock *copy_socket(struct file *file, u64 *address)
{
	void *copy = socket_copy_of(PASS_TICK);
	struct socket *sock = 0;
	struct sock *sk;
	u16 family, type, protocol;
	long r;

	if (!copy || file->f_inode->i_sb->s_magic != SOCKFS_MAGIC)
		return 0;
	bpf_core_read(&sock, sizeof(sock), &file->private_data);
	sk = BPF_CORE_READ(sock, sk);
	if (!sk)
		return 0;
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	type = BPF_CORE_READ(sk, sk_type);
	protocol = BPF_CORE_READ(sk, sk_protocol);
	if (family != AF_INET && family != AF_INET6)
		return 0;
	/* Not more than its size: the page may end after it. */
	if (type == SOCK_STREAM && protocol == IPPROTO_TCP)
		r = bpf_probe_read_kernel(copy, bpf_core_type_size(struct tcp_sock), sk);
	else if (type == SOCK_DGRAM && (protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE))
		r = bpf_probe_read_kernel(copy, bpf_core_type_size(struct udp_sock), sk);
	else if (protocol == IPPROTO_MPTCP)
		r = bpf_probe_read_kernel(copy, bpf_core_type_size(struct sock), sk);
	else
		return 0;
	*address = (u64)sk;
	return r ? 0 : copy;
}
