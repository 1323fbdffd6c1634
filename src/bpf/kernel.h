/* The kernel's types, as far as the programs use them. Each access is relocated (CO-RE) by the running kernel's BTF, so
 * only names and nesting matter here, not offsets. A field that only some kernels have is in a variant of its struct
 * (name___suffix) and checked with bpf_core_field_exists(). No vmlinux.h, so that a machine without BTF can build. */
#pragma once

typedef unsigned char u8, __u8;
typedef signed char s8, __s8;
typedef unsigned short u16, __u16, __be16, __sum16;
typedef short s16, __s16;
typedef unsigned int u32, __u32, __be32, __wsum;
typedef int s32, __s32;
typedef unsigned long long u64, __u64, __be64;
typedef long long s64, __s64;
typedef _Bool bool;
enum { false, true };

/* With this defined, bpf_tracing.h uses the kernel's names of the registers. */
#define __VMLINUX_H__
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
#if defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	u64 regs[31];
	u64 sp;
};
struct pt_regs {
	struct user_pt_regs user_regs;
	s32 syscallno;
};
#else
struct pt_regs {
	unsigned long di, si, dx, cx, r8, ax, sp, orig_ax;
};
#endif
#pragma clang attribute pop

struct bpf_raw_tracepoint_args {
	u64 args[0];
};

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

/* uapi/linux/bpf.h */
enum { BPF_ANY, BPF_NOEXIST, BPF_EXIST };
enum { BPF_F_NO_PREALLOC = 1, BPF_F_MMAPABLE = 1024 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2 };
enum { BPF_RB_AVAIL_DATA = 0 };
enum { BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB = 5 };
struct __sk_buff {
	u32 len;
	u32 others[41];
	struct bpf_sock *sk;
};
struct bpf_sock {
	u32 bound_dev_if, family, type, protocol;
};
struct bpf_tcp_sock {
	u32 snd_cwnd, srtt_us, rtt_min, snd_ssthresh, rcv_nxt, snd_nxt;
	u32 others[14];
	u64 bytes_received, bytes_acked;
};
struct bpf_sock_ops {
	u32 op;
};
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_RINGBUF = 27,
};

/* uapi/linux/{in,socket}.h, include/net/{tcp_states,inet_connection_sock,sock}.h */
#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define IPPROTO_ICMP 1
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_ICMPV6 58
#define IPPROTO_UDPLITE 136
#define IPPROTO_RAW 255
#define IPPROTO_MPTCP 262
#define TCP_FIN 1 /* bits of the TCP header's flags */
#define TCP_SYN 2
#define TCP_RST 4
#define MSG_PEEK 2
#define MSG_ERRQUEUE 0x2000
#define ICSK_TIME_RETRANS 1
#define ICSK_TIME_PROBE0 3
#define ICSK_TIME_LOSS_PROBE 5
#define ICSK_TIME_REO_TIMEOUT 6
#define EPIPE 32
#define ECONNRESET 104
#define TSQ_THROTTLED 0 /* enum tsq_enum: bit number in sk_tsq_flags */
#define SOCK_DONE 1     /* enum sock_flags: bit number in sk_flags */
#define SOCK_NOSPACE 2  /* include/linux/net.h: bit number in the flags of a struct socket */
/* Of sk_userlocks, include/net/sock.h: bind() was given an address, a port. */
#define SOCK_BINDADDR_LOCK 4
#define SOCK_BINDPORT_LOCK 8
#define INET_FLAGS_BIND_ADDRESS_NO_PORT 18 /* bit number in inet_flags, include/net/inet_sock.h */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;
typedef struct {
	s64 counter;
} atomic64_t;
typedef struct {
	atomic_t refs;
} refcount_t;
typedef struct {
	u32 val;
} kuid_t;

struct in6_addr {
	union {
		u8 u6_addr8[16];
		__be32 u6_addr32[4];
	} in6_u;
};

struct ns_common {
	unsigned int inum;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

struct netns_ipv4 {
	u8 sysctl_tcp_syncookies; /* an int to 5.12: the values are below 256 */
	int sysctl_max_syn_backlog;
};

struct net {
	struct ns_common ns;
	struct netns_ipv4 ipv4;
	u64 net_cookie;
	struct hlist_head *dev_index_head;
};

typedef struct {
	struct net *net;
} possible_net_t;

#pragma clang attribute pop

#include "kernel_socket.h"
#include "kernel_packet.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sched_info { /* empty without CONFIG_SCHED_INFO; times in the scheduler's clock, ns */
	unsigned long pcount;
	u64 last_arrival, last_queued;
};

struct task_struct {
	unsigned int flags;
	struct sched_info sched_info;
	int tgid;
	struct task_struct *group_leader;
	char comm[16];
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 seq_num;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key, *value;
};

struct bpf_iter__udp {
	struct bpf_iter_meta *meta;
	struct udp_sock *udp_sk;
};

struct bpf_iter__bpf_sk_storage_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	struct sock *sk;
	void *value;
};

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
	u32 uid;
};

#pragma clang attribute pop

#define BPF_SK_STORAGE_GET_F_CREATE 1 /* uapi/linux/bpf.h */
