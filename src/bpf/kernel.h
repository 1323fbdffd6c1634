/* The kernel's types, as far as the programs touch them: each access is relocated (CO-RE) against the running kernel's
 * BTF, so only names and nesting matter here, not offsets. Fields that exist in some kernels only stand in a variant
 * (name___suffix) and are asked for with bpf_core_field_exists(). No vmlinux.h: a machine without BTF can build. */
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

/* The register file: bpf_tracing.h takes the kernel's names of the registers when this is defined. */
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
struct bpf_sock;
struct __sk_buff {
	u32 len;
};
struct bpf_sock_ops {
	u32 op;
};
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
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
#define MSG_PEEK 2
#define MSG_ERRQUEUE 0x2000
#define ICSK_TIME_RETRANS 1
#define ICSK_TIME_PROBE0 3
#define ICSK_TIME_LOSS_PROBE 5
#define ICSK_TIME_REO_TIMEOUT 6
#define TSQ_THROTTLED 0 /* enum tsq_enum: bit number in sk_tsq_flags */
#define SOCK_DONE 1     /* enum sock_flags: bit number in sk_flags */

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

struct net {
	struct ns_common ns;
	u64 net_cookie;
	struct hlist_head *dev_index_head;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct timer_list {
	struct hlist_node entry;
	unsigned long expires;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	unsigned int skc_hash;
	__be16 skc_dport;
	u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	unsigned char skc_reuse : 4;
	unsigned char skc_reuseport : 1;
	unsigned char skc_ipv6only : 1;
	int skc_bound_dev_if;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	unsigned long skc_flags;
};

struct kernfs_node {
	u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
	u32 classid; /* with CONFIG_CGROUP_NET_CLASSID */
};

struct sock_cgroup_data___tagged { /* to 5.15: either of them */
	union {
		struct {
			u8 is_data : 1;
			u8 padding;
			u16 prioidx;
			u32 classid;
		};
		u64 val;
	};
};

struct super_block {
	unsigned long s_magic;
};

struct inode {
	unsigned long i_ino;
	struct super_block *i_sb;
};

struct file {
	struct inode *f_inode;
	void *private_data;
};

struct sock;

struct socket {
	short type;
	struct file *file;
	struct sock *sk;
};

struct numa_drop_counters { /* 6.18 */
	atomic_t drops0;
	atomic_t drops1;
};

struct sk_buff;

struct sk_buff_head {
	struct sk_buff *next;
	struct sk_buff *prev;
	u32 qlen;
};

struct sock {
	struct sock_common __sk_common;
	struct {
		int owned;
	} sk_lock;
	struct socket_wq *sk_wq;
	struct {
		atomic_t rmem_alloc;
		int len;
	} sk_backlog;
	atomic_t sk_drops;
	struct sk_buff_head sk_receive_queue;
	u8 sk_userlocks : 4;
	int sk_rcvbuf;
	int sk_rcvlowat;
	struct socket *sk_socket;
	int sk_forward_alloc;
	atomic_t sk_omem_alloc;
	int sk_wmem_queued;
	refcount_t sk_wmem_alloc;
	struct timer_list sk_timer;
	unsigned long sk_tsq_flags;
	u32 sk_pacing_status; /* enum sk_pacing */
	unsigned long sk_pacing_rate;
	unsigned long sk_max_pacing_rate;
	u32 sk_priority;
	u32 sk_mark;
	kuid_t sk_uid;
	u16 sk_type;
	u16 sk_protocol;
	int sk_sndbuf;
	u8 sk_kern_sock : 1;
	u8 sk_shutdown;
	u32 sk_ack_backlog;
	u32 sk_max_ack_backlog;
	struct sock_cgroup_data sk_cgrp_data;
	struct numa_drop_counters *sk_drop_counters; /* 6.18 */
};

struct ipv6_pinfo {
	s16 hop_limit : 9; /* whole since 6.8 */
	u8 tclass;
};

struct inet_sock {
	struct sock sk;
	struct ipv6_pinfo *pinet6;
	__be16 inet_sport;
	s16 uc_ttl;
	u8 tos;
};

struct tcp_congestion_ops {
	char name[16];
};

struct tcp_ulp_ops {
	char name[16];
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	struct timer_list icsk_retransmit_timer;
	u32 icsk_rto;
	u32 icsk_pmtu_cookie;
	const struct tcp_congestion_ops *icsk_ca_ops;
	const struct tcp_ulp_ops *icsk_ulp_ops;
	void *icsk_ulp_data;
	u8 icsk_ca_state : 5;
	u8 icsk_retransmits;
	u8 icsk_pending;
	u8 icsk_backoff;
	u8 icsk_probes_out;
	struct {
		u32 ato : 8;
		u32 lrcvtime;
		u16 rcv_mss;
	} icsk_ack;
	u64 icsk_ca_priv[13];
};

struct list_head {
	struct list_head *next, *prev;
};

/* With CONFIG_MPTCP: from 5.6. */
struct mptcp_sock {
	struct list_head conn_list;
};

struct mptcp_subflow_context {
	struct list_head node;
	u64 map_seq;
	u32 token;
	u32 map_subflow_seq;
	u32 ssn_offset;
	u32 map_data_len;
	u32 request_mptcp : 1, request_join : 1, request_bkup : 1, mp_capable : 1, mp_join : 1, fully_established : 1,
	    backup : 1, conn_finished : 1, map_valid : 1;
	u32 remote_token;
	s16 local_id;
	u8 remote_id;
	struct sock *tcp_sock;
	struct sock *conn;
};

struct inet_connection_sock___timeout { /* to 6.14: the expiry stood here */
	unsigned long icsk_timeout;
};

struct sock___retransmit_timer { /* from 6.19 */
	struct timer_list tcp_retransmit_timer;
};

struct tcp_options_received {
	u16 saw_tstamp : 1;
	u16 tstamp_ok : 1;
	u16 dsack : 1;
	u16 wscale_ok : 1;
	u16 sack_ok : 3;
	u16 snd_wscale : 4;
	u16 rcv_wscale : 4;
};

struct minmax_sample {
	u32 t;
	u32 v;
};

struct minmax {
	struct minmax_sample s[3];
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	u32 rcv_ssthresh;
	u32 reordering;
	u32 prior_cwnd;
	u32 snd_wnd;
	u32 mss_cache;
	u32 snd_cwnd;
	u32 lost_out;
	u32 sacked_out;
	u8 repair : 1;
	u8 is_cwnd_limited : 1;
	u32 copied_seq;
	u32 retrans_out;
	u16 advmss;
	u32 snd_ssthresh;
	struct minmax rtt_min;
	u32 segs_out;
	u32 data_segs_out;
	u64 bytes_sent;
	u8 chrono_type : 2;
	u32 chrono_start;
	u32 chrono_stat[3];
	u32 write_seq;
	u64 tcp_wstamp_ns; /* CLOCK_MONOTONIC: when pacing lets the next segment go */
	u32 lsndtime;
	u32 mdev_us;
	u8 ecn_flags;
	u8 rate_app_limited : 1;
	u32 rcv_nxt;
	u32 snd_nxt;
	u32 snd_una;
	u32 srtt_us;
	u32 packets_out;
	u32 delivered;
	u32 delivered_ce;
	u32 rcv_wnd;
	u32 rcv_tstamp;
	struct tcp_options_received rx_opt;
	u64 bytes_received;
	u32 segs_in;
	u32 data_segs_in;
	u32 rate_delivered;
	u32 rate_interval_us;
	u64 bytes_acked;
	struct {
		u32 rtt_us;
	} rcv_rtt_est;
	struct {
		int space;
	} rcvq_space;
	u32 dsack_dups;
	u8 syn_data : 1;
	u8 syn_data_acked : 1;
	u32 reord_seen;
	u64 bytes_retrans;
	u32 total_retrans;
	u16 timeout_rehash;
	u32 plb_rehash;
	u32 rcv_ooopack;
	bool is_mptcp;
};

struct udp_sock {
	struct inet_sock inet;
	int pending; /* AF_INET, AF_INET6: a datagram is being put together (MSG_MORE, UDP_CORK) */
	u16 gso_size;
	int forward_deficit;
	unsigned long udp_flags; /* 6.7 */
	struct sk_buff_head reader_queue;
};

struct udp_sock___bits { /* to 6.6 */
	u8 gro_enabled : 1;
};

struct udp_sock___cork { /* to 6.6 */
	unsigned int corkflag;
};

struct tcp_skb_cb {
	u32 seq;
	u32 end_seq;
	u16 tcp_gso_segs;
};

#define IFF_LOOPBACK 0x8

struct net_device {
	char name[16];
	int ifindex;
	unsigned int flags;
	possible_net_t nd_net;
	struct {
		struct list_head upper, lower;
	} adj_list;
	struct hlist_node index_hlist;
};

struct sk_buff {
	struct sk_buff *next;
	struct net_device *dev;
	struct sock *sk;
	s64 tstamp;
	char cb[48];
	unsigned long _skb_refdst;
	unsigned long _nfct;
	unsigned int len;
	unsigned int data_len;
	u8 pkt_type : 3;
	u8 encapsulation : 1;
	u8 tstamp_type : 2; /* 6.11 */
	int skb_iif;
	__be16 protocol;
	u16 inner_transport_header;
	u16 inner_network_header;
	u16 transport_header;
	u16 network_header;
	u16 mac_header;
	unsigned int end;
	unsigned char *head;
	unsigned char *data;
	refcount_t users;
};

struct dst_entry {
	struct net_device *dev;
};

struct rtable {
	unsigned int rt_flags;
};

struct rt6_info {
	u32 rt6i_flags;
};

union nf_inet_addr {
	u32 all[4];
};

union nf_conntrack_man_proto {
	__be16 all;
};

struct nf_conntrack_man {
	union nf_inet_addr u3;
	union nf_conntrack_man_proto u;
};

struct nf_conntrack_tuple {
	struct nf_conntrack_man src;
	struct {
		union nf_inet_addr u3;
		union {
			__be16 all;
		} u;
	} dst;
};

struct nf_conntrack_tuple_hash {
	struct nf_conntrack_tuple tuple;
};

struct nf_conn {
	struct nf_conntrack_tuple_hash tuplehash[2];
	unsigned long status;
};

struct wait_queue_entry {
	void *func;
	struct list_head entry;
};

struct wait_queue_head {
	struct list_head head;
};

struct socket_wq {
	struct wait_queue_head wait;
};

struct nf_hook_state {
	u8 hook; /* u32 before 5.14: the loader widens the load, and what is probed is the low byte (little endian) */
	u8 pf;
};

struct bpf_nf_ctx { /* 6.4 */
	const struct nf_hook_state *state;
	struct sk_buff *skb;
};

struct Qdisc;
struct netdev_queue;

struct skb_shared_info {
	u16 gso_size;
	u16 gso_segs;
};

struct iov_iter {
	unsigned long count;
};

struct msghdr {
	struct iov_iter msg_iter;
	void *msg_control;
	unsigned long msg_controllen;
};

struct request_sock {
	struct sock_common __req_common;
	struct timer_list rsk_timer;
	u8 num_timeout : 7;
};

struct inet_timewait_sock {
	struct sock_common __tw_common;
	unsigned char tw_substate;
	struct timer_list tw_timer;
};

struct task_struct {
	unsigned int flags;
	int tgid;
	struct task_struct *group_leader;
	char comm[16];
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
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

/* What became of a packet in GRO. */
enum gro_result {
	GRO_HELD = 2,
	GRO_NORMAL = 3,
};

/* Their layout differs too much between helpers' headers to be taken from there. */
enum kernel_state {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT,
	TCP_SYN_RECV,
	TCP_FIN_WAIT1,
	TCP_FIN_WAIT2,
	TCP_TIME_WAIT,
	TCP_CLOSE,
	TCP_CLOSE_WAIT,
	TCP_LAST_ACK,
	TCP_LISTEN,
	TCP_CLOSING,
	TCP_NEW_SYN_RECV,
};
