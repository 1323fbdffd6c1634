/* Sockets, as far as the programs use them: a part of kernel.h. */
#pragma once

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next, *prev;
};

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

struct sock_cgroup_data___tagged { /* to 5.15: a union of the two */
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
	unsigned long flags;
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
	int sk_err;
	u8 sk_kern_sock : 1;
	u8 sk_shutdown;
	u32 sk_ack_backlog;
	u32 sk_max_ack_backlog;
	struct sock_cgroup_data sk_cgrp_data;
	struct sk_filter *sk_filter;
	struct sock_reuseport *sk_reuseport_cb;
	void *sk_user_data;
	struct numa_drop_counters *sk_drop_counters; /* 6.18 */
	struct dst_entry *sk_dst_cache;
	int sk_rx_dst_ifindex; /* 5.16 */
};

struct ipv6_pinfo {
	s16 hop_limit : 9; /* a whole s16 since 6.8 */
	u8 tclass;
};

struct inet_sock {
	struct sock sk;
	struct ipv6_pinfo *pinet6;
	__be16 inet_sport;
	s16 uc_ttl;
	u8 tos;
	unsigned long inet_flags; /* 6.6 */
};

struct inet_sock___rx_dst { /* to 5.15 */
	int rx_dst_ifindex;
};

struct inet_sock___bits { /* to 6.5 */
	u8 bind_address_no_port : 1;
};

struct tcp_congestion_ops {
	char name[16];
};

struct tcp_ulp_ops {
	char name[16];
};

struct request_sock_queue {
	atomic_t qlen;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	struct request_sock_queue icsk_accept_queue;
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

/* With CONFIG_MPTCP: from 5.6. */
struct mptcp_sock {
	struct list_head conn_list;
	u64 bytes_received, bytes_acked; /* from 6.5 */
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

struct inet_connection_sock___timeout { /* to 6.14: where the expiry was */
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

/* Of tcp_sock, where it has no name of its own. */
struct tcp_rack {
	u64 mstamp; /* us: when the newest segment that was delivered was sent … */
	u32 rtt_us; /* … and how long that took */
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
	u32 snd_sml;
	struct list_head tsorted_sent_queue;
	struct sk_buff *highest_sack;
	u8 nonagle : 4;
	u32 snd_una;
	u32 srtt_us;
	struct tcp_rack rack;
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
	u32 ack_seq;
	u8 tcp_flags; /* u16 since 6.16: its lower byte */
	u16 tcp_gso_segs;
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
};

struct inet_timewait_sock {
	struct sock_common __tw_common;
	unsigned char tw_substate;
	struct timer_list tw_timer;
};

#pragma clang attribute pop

/* The helpers' headers of different versions define these differently, so none of them is included. */
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
