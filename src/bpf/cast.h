/* Looks at the kernel's memory by plain loads, where the kernel allows that. */
#pragma once

#include "kernel.h"

/* From 6.2 on programs that are not kprobes' may read through any address as plain loads: a fault gives 0. Elsewhere
 * memory is probed, and a socket's type checked, by calls of 5 to 30 ns each. */
extern void *bpf_rdonly_cast(const void *p, u32 type) __ksym __weak;
extern const volatile bool has_cast; /* set by the collector before loading */
#define CAST(type, p) ((type *)bpf_rdonly_cast(p, bpf_core_type_id_kernel(type)))
/* A field of the structure at this address. */
#define FIELD(type, p, field) (has_cast ? CAST(type, p)->field : BPF_CORE_READ((type *)(p), field))

/* Not for kprobes. The socket is TCP's. */
static __always_inline struct tcp_sock *tcp_of(struct sock *sk)
{
	return has_cast ? CAST(struct tcp_sock, sk) : bpf_skc_to_tcp_sock(sk);
}
