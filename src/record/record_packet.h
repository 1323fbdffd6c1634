/* Records of packets (layers, netfilter's hooks, traces): a part of record.h. */
#pragma once

/* -- layers: where the time of packets goes ------------------------------------------------------------------------ */

/* In place of a socket's id: ICMP echo packets of the whole machine, whoever sends or receives them. No socket has this
 * id. */
#define ECHO_ID UINT64_MAX

/* The times between two stamps of one packet. The first eight are the layers of docs/layers.md, which add up to the
 * whole. */
enum layer {
	LAYER_RX_MAC = 0,              /* handed to the stack (GRO entry, or netif_receive_skb) → IP entry */
	LAYER_RX_IP,                   /* IP entry → TCP or UDP entry */
	LAYER_RX_TCP,                  /* TCP or UDP entry → queued on the socket */
	LAYER_RX_APP,                  /* queued → copied to the program */
	LAYER_TX_TCP,                  /* send call → the segment leaves TCP or UDP */
	LAYER_TX_IP,                   /* → device queue */
	LAYER_TX_QDISC,                /* device queue → driver */
	LAYER_TX_NIC,                  /* driver call → accepted */
	LAYER_PARTS,                   /* what follows is part of one of the above, or of none */
	LAYER_RX_WAKEUP = LAYER_PARTS, /* of rx_app: from the wake-up of a waiting reader until it runs */
	LAYER_TX_PACED,                /* of tx_qdisc: held back deliberately until the segment's departure time */
	LAYER_RX_GRO,                  /* of rx_mac: from GRO entry until GRO hands it on (netif_receive_skb) */
	LAYER_TX_DIRECT,               /* of tx_qdisc: from qdisc dequeue to the driver call (sch_direct_xmit) */
	LAYER_TX_ACK,                  /* of none: from leaving TCP until the peer has acknowledged it */
	LAYER_COUNT,
};

/* A histogram's buckets: two per octave. Bucket 0 ends at 128 ns; bucket b ≥ 1 begins at 2^(7 + (b - 1) / 2) ns, times
 * 1.5 if b - 1 is odd; the last is unbounded. */
#define LAYER_BUCKETS 64

/* The cumulative histograms of one socket since the layers were turned on. Sent while they are on, if they have
 * changed. */
#define RECORD_LAYERS_FIELDS(F, A)                                                                                     \
	F(u64, id,                                                                                                     \
	  "as record_socket.id; 0: the whole machine, sockets that are no more and packets of none included; "         \
	  "ECHO_ID: ICMP echo packets, which are not in the machine's")                                                \
	A(u64, n, LAYER_COUNT, "packets measured, for each of enum layer")                                             \
	A(u64, sum_ns, LAYER_COUNT, "their time")                                                                      \
	A(u64, max_ns, LAYER_COUNT, "the longest")                                                                     \
	A(u32, buckets, LAYER_COUNT *LAYER_BUCKETS, "how many fell into each bucket: layer * LAYER_BUCKETS + bucket")

/* How complete the layers' figures are; with each tick while they are on, and once when they are turned off. */
#define RECORD_STAGES_FIELDS(F, A)                                                                                     \
	F(u64, sample, "one in so many packets is measured; 0: the layers are off")                                    \
	F(u64, stamped, "packets that got a first stamp")                                                              \
	F(u64, missed, "later stamps that found no earlier one of the same packet")                                    \
	F(u64, lost, "sockets whose histograms found no room")                                                         \
	F(u32, merged, "bits 1 << enum layer: not stamped apart on this kernel, its time is in the next layer's")      \
	F(u32, absent, "bits: cannot be had on this kernel at all")

/* -- netfilter's hooks --------------------------------------------------------------------------------------------- */

/* enum nf_inet_hooks of include/uapi/linux/netfilter.h: the same for IPv4 and IPv6. */
enum netfilter_hook {
	NETFILTER_PRE_ROUTING = 0, /* received: IP entry → routing */
	NETFILTER_LOCAL_IN,        /* received, for this host: routing → TCP or UDP entry */
	NETFILTER_FORWARD,         /* for another host */
	NETFILTER_LOCAL_OUT,       /* sent: leaves TCP or UDP → routing */
	NETFILTER_POST_ROUTING,    /* sent or forwarded: routing → device queue */
	NETFILTER_HOOKS,
};

/* The machine's cumulative histograms of the time in each hook since the layers were turned on. With each tick while
 * the layers and the hooks are measured. */
#define RECORD_NETFILTER_FIELDS(F, A)                                                                                  \
	A(u64, n, NETFILTER_HOOKS, "packets measured in each of enum netfilter_hook")                                  \
	A(u64, sum_ns, NETFILTER_HOOKS, "their time")                                                                  \
	A(u64, max_ns, NETFILTER_HOOKS, "the longest")                                                                 \
	A(u64, dropped, NETFILTER_HOOKS, "of them, dropped by the hook")                                               \
	F(u64, missed, "packets that were not seen to leave the hook that they entered")                               \
	A(u32, buckets, NETFILTER_HOOKS *LAYER_BUCKETS, "as record_layers: hook * LAYER_BUCKETS + bucket")

/* -- packets of a traced socket ------------------------------------------------------------------------------------ */

/* The stamps of a packet. Received: DEVICE … READ; sent: SEND … ACCEPTED. */
enum stage {
	STAGE_RX_DEVICE = 0, /* handed to the stack (GRO entry, or netif_receive_skb) */
	STAGE_RX_IP,         /* IP entry */
	STAGE_RX_TRANSPORT,  /* TCP or UDP entry */
	STAGE_RX_QUEUED,     /* on the socket's queue */
	STAGE_RX_READ,       /* copied to the program */
	STAGE_RX_COUNT,
	STAGE_TX_SEND = 0, /* the send call that wrote the segment's last byte */
	STAGE_TX_LEAVES,   /* leaves TCP or UDP */
	STAGE_TX_QUEUE,    /* device queue (net_dev_queue) */
	STAGE_TX_DRIVER,   /* driver call (net_dev_start_xmit) */
	STAGE_TX_ACCEPTED, /* the driver took it (net_dev_xmit) */
	STAGE_TX_COUNT,
};
#define STAGE_MAX 5
#define PACKET_DEVICES 4
#define PACKET_DATA 160

enum packet_flags {
	PACKET_TX = 1 << 0,
	PACKET_RETRANSMIT = 1 << 1,
	PACKET_DROPPED = 1 << 2,
	PACKET_OUT_OF_ORDER = 1 << 3,
	PACKET_NAT = 1 << 4,     /* nat_* are known */
	PACKET_BACKLOG = 1 << 5, /* waited on the backlog of a busy socket */
};

/* Bits of the TCP header's flags. */
enum tcp_flag {
	TCP_FIN = 1,
	TCP_SYN = 2,
	TCP_RST = 4,
	TCP_PSH = 8,
	TCP_ACK = 16,
	TCP_URG = 32,
	TCP_ECE = 64,
	TCP_CWR = 128,
};

/* Why a segment was sent again. */
enum retransmit_cause {
	RETRANSMIT_UNKNOWN = 0,
	RETRANSMIT_FAST,
	RETRANSMIT_RTO,
	RETRANSMIT_TLP,
	RETRANSMIT_SYN,
	RETRANSMIT_SYNACK,
};

#define RECORD_PACKET_FIELDS(F, A)                                                                                     \
	F(u64, id, "the socket's, as record_socket.id; ECHO_ID: none's")                                               \
	F(u64, number, "1, 2, … of this trace, in the order of ending; a gap is a packet that was lost on the way")    \
	F(u64, time_ns, "its first stamp")                                                                             \
	A(u64, stamp_ns, STAGE_MAX, "of enum stage; 0: not stamped")                                                   \
	A(u64, device_ns, PACKET_DEVICES, "when it crossed each device of ifindex[]")                                  \
	A(u64, nf_ns, NETFILTER_HOOKS, "time in each of enum netfilter_hook; known where its bit in nf_passed is set") \
	F(u64, drop_location, "where it was dropped: an address in the kernel, see record_name")                       \
	A(u8, laddr, 16, "the socket's end; IPv4 in the first 4 bytes")                                                \
	A(u8, raddr, 16, "the other end")                                                                              \
	A(u8, nat_laddr, 16, "the same ends on the other side of a translation")                                       \
	A(u8, nat_raddr, 16, "")                                                                                       \
	A(u8, data, PACKET_DATA, "its first bytes, from the IP header on")                                             \
	A(u32, ifindex, PACKET_DEVICES, "devices in the order of crossing; 0: no more")                                \
	A(u32, sack, 8, "SACK blocks, begin and end; 0, 0: no more")                                                   \
	F(u32, netns, "inode of the network namespace")                                                                \
	F(u32, seq, "sequence number as on the wire")                                                                  \
	F(u32, ack, "")                                                                                                \
	F(u32, payload, "bytes of payload, of all segments of a GSO or GRO packet")                                    \
	F(u32, frame, "bytes from the IP header on")                                                                   \
	F(u32, window, "bytes, scaled by the connection's window scale where it is known")                             \
	F(u32, captured, "how many bytes of data are there")                                                           \
	F(u32, drop_reason, "the kernel's number, see record_name; 0: none")                                           \
	F(u32, cwnd, "the connection's when it was sent, segments; 0: not known")                                      \
	F(u16, segments, "in a GSO or GRO packet; 1: a plain one")                                                     \
	F(u16, lport, "")                                                                                              \
	F(u16, rport, "")                                                                                              \
	F(u16, nat_lport, "")                                                                                          \
	F(u16, nat_rport, "")                                                                                          \
	F(u16, echo_id, "of an ICMP echo packet")                                                                      \
	F(u16, echo_seq, "")                                                                                           \
	F(u8, flags, "bits of enum packet_flags")                                                                      \
	F(u8, cause, "enum retransmit_cause")                                                                          \
	F(u8, tcp_flags, "bits of enum tcp_flag")                                                                      \
	F(u8, family, "4 or 6")                                                                                        \
	F(u8, proto, "IPPROTO_*")                                                                                      \
	F(u8, icmp_type, "of ICMP and ICMPv6")                                                                         \
	F(u8, nf_passed, "bits 1 << enum netfilter_hook")                                                              \
	A(u8, reserved, 7, "")                                                                                         \
	F(u64, gro_ns, "received: when GRO handed it on (netif_receive_skb); 0: it passed none")                       \
	F(u64, dequeue_ns, "sent: when the last qdisc gave it out; 0: it has none, or was passed by")                  \
	F(u64, freed_ns, "sent: when the driver that took it freed it; 0: not known, or it travelled on")              \
	A(u16, cpu, STAGE_MAX, "where each stamp was taken: 1 + the CPU's number; 0: not known")                       \
	F(u16, gro_cpu, "the same of gro_ns")                                                                          \
	F(u16, dequeue_cpu, "of dequeue_ns")                                                                           \
	F(u16, freed_cpu, "of freed_ns")

/* The state of a trace: with each tick while it is on, and once when it ends. */
#define RECORD_TRACE_FIELDS(F, A)                                                                                      \
	F(u64, id, "whose packets; 0: none, the trace is off")                                                         \
	F(u64, packets, "reported so far")                                                                             \
	F(u64, lost, "the ring was full, or the reader behind")                                                        \
	F(u64, limited, "not reported: above the limit")                                                               \
	F(u64, limit, "the most packets that are reported in a second")                                                \
	F(u64, unseen, "the kernel ran no program at the tracepoint that reports them; known with netfilter links")
