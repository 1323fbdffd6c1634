/* Packets, devices, routes and netfilter, as far as the programs use them: a part of kernel.h. */
#pragma once

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#define IFF_LOOPBACK 0x8

struct net_device {
	char name[16];
	int ifindex;
	unsigned int flags;
	possible_net_t nd_net;
	struct {
		struct list_head lower;
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
	unsigned long _sk_redir; /* 5.13 */
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
	unsigned int end;
	unsigned char *head;
	unsigned char *data;
	refcount_t users;
};

struct iphdr {
	u8 protocol;
};

struct ipv6hdr {
	u8 nexthdr;
};

struct tcphdr {
	__be32 seq;
	u16 doff : 4;
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
	void *private;
	void *func;
	struct list_head entry;
};

struct wait_queue_head {
	struct list_head head;
};

struct eventpoll {
	struct wait_queue_head wq, poll_wait;
};

struct epitem {
	struct eventpoll *ep;
};

struct eppoll_entry {
	struct epitem *base;
	struct wait_queue_entry wait;
};

struct poll_wqueues {
	struct task_struct *polling_task;
};

struct socket_wq {
	struct wait_queue_head wait;
};

struct nf_hook_state {
	u8 hook; /* u32 before 5.14: the loader widens a plain load; a probed one reads the low byte (little endian) */
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

#pragma clang attribute pop

/* GRO's verdict on a packet. */
enum gro_result {
	GRO_HELD = 2,
	GRO_NORMAL = 3,
};
