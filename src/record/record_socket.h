/* Records of sockets, and the enums of their values: a part of record.h. */
#pragma once

/* The kernel's TCP states (include/net/tcp_states.h), which UDP sockets share (7 unconnected, 1 connected). */
enum sock_state {
	STATE_UNKNOWN = 0,
	STATE_ESTABLISHED = 1,
	STATE_SYN_SENT = 2,
	STATE_SYN_RECV = 3,
	STATE_FIN_WAIT1 = 4,
	STATE_FIN_WAIT2 = 5,
	STATE_TIME_WAIT = 6,
	STATE_CLOSE = 7,
	STATE_CLOSE_WAIT = 8,
	STATE_LAST_ACK = 9,
	STATE_LISTEN = 10,
	STATE_CLOSING = 11,
	STATE_NEW_SYN_RECV = 12, /* a request socket: shown as syn-recv */
	STATE_COUNT = 13,
};

enum sock_dir { DIR_UNKNOWN = 0, DIR_OUT = 1, DIR_IN = 2, DIR_LISTEN = 3 };

/* How certain the owner is. */
enum owner_kind {
	OWNER_UNKNOWN = 0,
	OWNER_EXACT = 1,   /* seen at connect or accept, or holds the file in the last pass */
	OWNER_SEEDED = 2,  /* found by a pass after the birth; there may have been earlier owners */
	OWNER_CLOSER = 3,  /* known only as the process that closed it */
	OWNER_CREATOR = 4, /* held the file once; nobody does now (orphan, TIME_WAIT) */
};

/* TCP's congestion avoidance state: enum tcp_ca_state of include/uapi/linux/tcp.h. */
enum ca_state { CA_OPEN = 0, CA_DISORDER = 1, CA_CWR = 2, CA_RECOVERY = 3, CA_LOSS = 4 };

/* How a TCP connection ended, or a listener: what its last packets, or their absence, were. */
enum sock_ended_by {
	ENDED_UNKNOWN = 0, /* not over, or not known */
	ENDED_LOCAL = 1,   /* closed here, and here first */
	ENDED_REMOTE = 2,  /* closed by the peer first */
	ENDED_RESET_SENT = 3,
	ENDED_RESET_RECEIVED = 4,
	ENDED_TIMEOUT = 5, /* nobody answered */
	ENDED_GAVE_UP = 6, /* closed here before the peer answered the SYN */
	ENDED_ERROR = 7,   /* any other: see error */
	ENDED_COUNT = 8,
};

/* Which groups of fields of a record_socket are known. */
enum socket_has {
	HAS_OWNER = 1ULL << 0, /* pid, comm, owners */
	HAS_UID = 1ULL << 1,
	HAS_REMOTE = 1ULL << 2,     /* raddr, rport */
	HAS_BIRTH = 1ULL << 3,      /* birth_ns: the birth was seen */
	HAS_STATE_TIME = 1ULL << 4, /* state_ns */
	HAS_RX_BYTES = 1ULL << 5,
	HAS_TX_BYTES = 1ULL << 6,
	HAS_RX_PKTS = 1ULL << 7,
	HAS_TX_PKTS = 1ULL << 8,
	HAS_TCP = 1ULL << 9,            /* rtt_us … ooo, ca_state, cc: a full TCP socket that is not listening */
	HAS_CHRONO = 1ULL << 10,        /* busy_us rwnd_limited_us sndbuf_limited_us */
	HAS_RETRANS_SPLIT = 1ULL << 11, /* retrans_fast retrans_rto retrans_tlp retrans_syn */
	HAS_MEM = 1ULL << 12,           /* recvq sendq sndbuf rcvbuf wmem_queued rmem_alloc sk_backlog: a full socket */
	HAS_ACCEPT = 1ULL << 13,        /* accept_queue accept_limit: a listener */
	HAS_DROPS = 1ULL << 14,
	HAS_RESETS = 1ULL << 15,
	HAS_CGROUP = 1ULL << 16,
	HAS_DELIVERY = 1ULL << 17, /* delivery_rate */
};

enum socket_flags {
	SOCKET_ENDED = 1 << 0,        /* the connection is over; these are its final totals */
	SOCKET_ABORTED = 1 << 1,      /* it ended by reset, time-out or close with unread data: tx_bytes is what was
					 acknowledged, which can be less than what was written */
	SOCKET_NO_FILE = 1 << 2,      /* not held by any file: not accepted yet, orphan, in-kernel user */
	SOCKET_CWND_LIMITED = 1 << 3, /* tcp_sock.is_cwnd_limited */
	SOCKET_APP_LIMITED = 1 << 4,  /* tcp_sock.rate_app_limited: delivery_rate is a lower bound */
	SOCKET_REUSEPORT = 1 << 5,
	SOCKET_V6ONLY = 1 << 6,
	SOCKET_REPAIR = 1 << 7,  /* TCP_REPAIR was used: the kernel's counters may have been set by hand */
	SOCKET_MPTCP = 1 << 8,   /* a subflow of an MPTCP connection */
	SOCKET_KERNEL = 1 << 9,  /* made by the kernel for itself */
	SOCKET_SEEDED = 1 << 10, /* older than the collector */
	SOCKET_REUSEADDR = 1 << 11,
	SOCKET_SHUT_RD = 1 << 12, /* sk_shutdown & RCV_SHUTDOWN: the peer's FIN came, or shutdown(SHUT_RD) */
	SOCKET_SHUT_WR = 1 << 13,
	SOCKET_PACING = 1 << 14, /* sk_pacing_status: TCP or the qdisc fq paces by pacing_rate */
	SOCKET_PACED = 1 << 15,  /* the next segment had to wait for pacing (tcp_wstamp_ns) when this was read */
	SOCKET_TSQ_THROTTLED =
	    1 << 16,                 /* qdisc and driver hold as much of it as TCP Small Queues allow (sk_tsq_flags) */
	SOCKET_PACING_MAX = 1 << 17, /* pacing_rate equals SO_MAX_PACING_RATE */
	SOCKET_TX_HELD = 1 << 18,    /* qdisc and driver hold at least half of what is in flight (sk_wmem_alloc) */
	SOCKET_SLOW = 1 << 19,       /* only the slow turn visits it, not each tick */
	SOCKET_NAGLE = 1 << 20,      /* neither TCP_NODELAY nor TCP_CORK is set, and a small segment is not acknowledged
					yet: what is less than a segment waits for that */
	SOCKET_NO_SPACE = 1 << 21,   /* the program waits for room in the send buffer (SOCK_NOSPACE) */
	SOCKET_BOUND = 1 << 22,      /* opened from here, after bind() had chosen the port for an address */
	SOCKET_END_SACKED = 1 << 23, /* the last segment sent is smaller than mss, and was selectively acknowledged */
	SOCKET_INTERCEPTED = 1 << 24, /* what has taken it over is in a record_interception */
};

#define RECORD_SOCKET_FIELDS(F, A)                                                                                     \
	F(u64, id, "cookie in the low 56 bits, generation (connect after disconnect) in the high 8")                   \
	F(u64, has, "bits of enum socket_has: which of the fields below are known")                                    \
	F(u64, sample_ns, "when these values were read")                                                               \
	F(u64, birth_ns, "SYN sent, handshake done by the peer that was called, or listen()")                          \
	F(u64, state_ns, "when the present state was entered")                                                         \
	F(u64, ended_ns, "when it ended; 0 while it lives")                                                            \
	F(u64, netns_cookie, "the namespace's cookie; 0 where the kernel has none (before 5.14)")                      \
	F(u64, cgroup_id, "cgroup v2 id of the socket (sk_cgrp_data), see record_name")                                \
	F(u32, inode, "inode number of the socket's file; 0 without a file")                                           \
	F(u32, via, "ifindex: where its packets come in, else where its route leads; 0: not known")                    \
	F(u64, rx_bytes, "payload received in order, without FIN")                                                     \
	F(u64, tx_bytes, "TCP: payload acknowledged by the peer, without SYN and FIN; UDP: payload sent")              \
	F(u64, rx_pkts, "TCP: segments received (segs_in); UDP: datagrams read")                                       \
	F(u64, tx_pkts, "TCP: segments sent (segs_out); UDP: datagrams sent")                                          \
	F(u64, bytes_sent, "tcp_sock.bytes_sent: payload sent, retransmissions included")                              \
	F(u64, bytes_retrans, "tcp_sock.bytes_retrans")                                                                \
	F(u64, pacing_rate, "sk_pacing_rate, bytes per second; ~0: not limited")                                       \
	F(u64, delivery_rate, "tcp_compute_delivery_rate(), bytes per second")                                         \
	F(u64, busy_us, "time with data to send or in flight (tcp_chrono, jiffies resolution)")                        \
	F(u64, rwnd_limited_us, "of it, time stalled by the receiver's window")                                        \
	F(u64, sndbuf_limited_us, "of it, time stalled by the send buffer")                                            \
	A(u8, laddr, 16, "local address; IPv4 in the first 4 bytes")                                                   \
	A(u8, raddr, 16, "remote address")                                                                             \
	A(u8, comm, RECORD_COMM_LEN, "thread-group leader's comm, raw bytes, NUL padded")                              \
	A(u8, cc, 16, "congestion control's name")                                                                     \
	A(u8, ulp, 16, "upper-layer protocol's name, empty without one")                                               \
	F(u32, netns, "inode of the network namespace")                                                                \
	F(u32, ifindex, "bound device (sk_bound_dev_if), 0: none")                                                     \
	F(u32, pid, "thread-group id of the owner in the collector's pid namespace")                                   \
	F(u32, uid, "sk_uid")                                                                                          \
	F(u32, flags, "bits of enum socket_flags")                                                                     \
	F(u32, rtt_us, "smoothed RTT; 0: not measured yet")                                                            \
	F(u32, rttvar_us, "")                                                                                          \
	F(u32, minrtt_us, "tcp_min_rtt(); ~0: not measured")                                                           \
	F(u32, rto_us, "")                                                                                             \
	F(u32, cwnd, "segments")                                                                                       \
	F(u32, ssthresh, "segments; 0x7fffffff: infinite, not set yet")                                                \
	F(u32, snd_wnd, "the peer's window, bytes")                                                                    \
	F(u32, rcv_wnd, "our window, bytes")                                                                           \
	F(u32, mss, "mss_cache: what we send, bytes")                                                                  \
	F(u32, pmtu, "path MTU, bytes")                                                                                \
	F(u32, inflight, "tcp_packets_in_flight(): segments out - sacked - lost + retransmitted")                      \
	F(u32, unacked, "packets_out, segments")                                                                       \
	F(u32, lost, "lost_out, segments")                                                                             \
	F(u32, sacked, "sacked_out, segments")                                                                         \
	F(u32, retrans_out, "retransmitted and not yet acknowledged, segments")                                        \
	F(u32, reordering, "segments")                                                                                 \
	F(u32, retrans, "total_retrans, segments")                                                                     \
	F(u32, retrans_fast, "fast retransmits, segments")                                                             \
	F(u32, retrans_rto, "retransmits by time-out, segments")                                                       \
	F(u32, retrans_tlp, "tail loss probes that retransmitted, segments")                                           \
	F(u32, retrans_syn, "SYN and SYN-ACK retransmits; the rest of retrans was seen by no hook")                    \
	F(u32, dsack_dups, "segments that the peer reported as received twice")                                        \
	F(u32, ooo, "rcv_ooopack: segments received out of order")                                                     \
	F(u32, notsent, "bytes written and not sent yet")                                                              \
	F(u32, recvq, "bytes not read by the program; 0 of a listener (older collectors: its accept queue)")           \
	F(u32, sendq, "bytes not acknowledged; 0 of a listener (older collectors: its accept limit)")                  \
	F(u32, sndbuf, "sk_sndbuf, bytes")                                                                             \
	F(u32, rcvbuf, "sk_rcvbuf, bytes")                                                                             \
	F(u32, wmem_queued, "sk_wmem_queued, bytes")                                                                   \
	F(u32, rmem_alloc, "sk_rmem_alloc, bytes")                                                                     \
	F(u32, sk_backlog, "sk_backlog.len, bytes")                                                                    \
	F(u32, accept_queue, "sk_ack_backlog: connections waiting for accept()")                                       \
	F(u32, accept_limit, "sk_max_ack_backlog")                                                                     \
	F(u32, drops, "sk_drops: packets that this socket dropped")                                                    \
	F(u32, resets, "RST segments that hit this connection, sent and received")                                     \
	F(u16, lport, "")                                                                                              \
	F(u16, rport, "")                                                                                              \
	F(u16, owners, "how many processes hold the socket")                                                           \
	F(u8, family, "4 or 6; v4-mapped sockets are 4 with is_mapped")                                                \
	F(u8, proto, "IPPROTO_TCP 6, UDP 17, UDPLITE 136, ICMP 1 (ping socket)")                                       \
	F(u8, state, "enum sock_state")                                                                                \
	F(u8, dir, "enum sock_dir")                                                                                    \
	F(u8, owner, "enum owner_kind")                                                                                \
	F(u8, ca_state, "enum ca_state")                                                                               \
	F(u8, is_mapped, "1: an AF_INET6 socket with IPv4 addresses (::ffff:a.b.c.d)")                                 \
	F(u8, backoff, "icsk_backoff: doublings of the RTO")                                                           \
	F(u8, last_state, "of an ended TCP connection: its state before CLOSE; 0: unknown")                            \
	A(u8, reserved, 1, "")                                                                                         \
	F(u32, connect_us, "SYN to ESTABLISHED; of an accepted one SYN-ACK to ESTABLISHED; 0: unknown")                \
	F(u16, error, "of an ended TCP connection: the errno that its program was told, x86's number; 0: none")        \
	F(u8, ended_by, "enum sock_ended_by")                                                                          \
	A(u8, reserved2, 1, "")

/* Which times of connections that wait for accept() a record_listener has. */
enum listener_times {
	LISTENER_WAIT = 0,  /* from the end of the handshake to accept() */
	LISTENER_WHOLE = 1, /* from the SYN-ACK to accept(), of those whose SYN-ACK was sent once */
	LISTENER_TIMES = 2,
};

/* record_listener.has */
enum listener_has {
	LISTENER_HAS_COUNTS = 1, /* all but id, sample_ns, accept_queue, syn_queue, syn_limit */
};

#define LISTENER_LENGTHS 18

/* A listener's queues, when any of it has changed. What is counted is counted since the programs were attached, or
 * since listen(). */
#define RECORD_LISTENER_FIELDS(F, A)                                                                                   \
	F(u64, id, "as record_socket.id")                                                                              \
	F(u64, sample_ns, "when these values were read")                                                               \
	F(u64, has, "bits of enum listener_has")                                                                       \
	A(u64, n, LISTENER_TIMES, "connections that were accepted and timed, for each of enum listener_times")         \
	A(u64, sum_ns, LISTENER_TIMES, "their time")                                                                   \
	A(u64, max_ns, LISTENER_TIMES, "the longest")                                                                  \
	A(u64, found, LISTENER_LENGTHS,                                                                                \
	  "handshakes that found the accept queue so long: 0, 1, 2 to 3, 4 to 7 …; each put a connection into it")     \
	A(u32, buckets, LISTENER_TIMES *LAYER_BUCKETS, "as record_layers: time * LAYER_BUCKETS + bucket")              \
	F(u32, accept_queue, "as record_socket.accept_queue, at the same moment as found")                             \
	F(u32, accept_high, "the longest that the accept queue ever was")                                              \
	F(u32, accept_high_60s, "… and in the last 60 to 69 s")                                                        \
	F(u32, syn_queue, "handshakes that are not completed yet (icsk_accept_queue.qlen)")                            \
	F(u32, syn_limit, "of them, from which on SYNs are answered with cookies or dropped; 0: always cookies")       \
	F(u32, reserved, "")

/* When the states of a connection that ends were entered: ahead of its last record_socket. */
#define RECORD_LIFE_FIELDS(F, A)                                                                                       \
	F(u64, id, "as record_socket.id")                                                                              \
	F(u64, left_ns, "when it left ESTABLISHED to be closed in order; 0: not seen, or cut off")                     \
	F(u64, last_ns, "when it entered last_state; 0: not seen")

/* record_info.timer: what a TCP socket waits for. */
enum sock_timer {
	TIMER_NONE = 0,
	TIMER_RETRANSMIT = 1,
	TIMER_KEEPALIVE = 2,
	TIMER_TIME_WAIT = 3,
	TIMER_PROBE0 = 4, /* zero window */
	TIMER_LOSS_PROBE = 5,
	TIMER_REORDER = 6,
};

/* record_info.cc_info_kind: which union of include/uapi/linux/inet_diag.h's union tcp_cc_info cc_info is. */
enum cc_info_kind {
	CC_INFO_NONE = 0,
	CC_INFO_VEGAS = 1,
	CC_INFO_DCTCP = 2,
	CC_INFO_BBR = 3,
};

/* record_info.has: values that older collectors do not send. */
enum info_has {
	INFO_CLASS_ID = 1,
	INFO_TCLASS = 2,
	INFO_TIMER_ALONE = 4, /* a minisock: only its timer is known */
};

/* The rest of what ss -tiepmo shows: sent only for the sockets that a command asked for (enum command_kind). */
#define RECORD_INFO_FIELDS(F, A)                                                                                       \
	F(u64, id, "as record_socket.id")                                                                              \
	A(u64, state_entered_ns, STATE_COUNT, "when each state was last entered; 0: not seen")                         \
	F(u64, max_pacing_rate, "sk_max_pacing_rate, bytes per second; ~0: none")                                      \
	F(u64, bytes_acked, "tcp_sock.bytes_acked as the kernel counts it")                                            \
	F(u64, bytes_received, "tcp_sock.bytes_received as the kernel counts it")                                      \
	F(u64, lastsnd_ns, "when data was sent last; 0: never")                                                        \
	F(u64, lastrcv_ns, "when data was received last; 0: never")                                                    \
	F(u64, lastack_ns, "when an ACK was received last; 0: never")                                                  \
	F(u64, timer_expires_ns, "when the pending timer fires; 0: none")                                              \
	F(u64, bbr_bw, "BBR's bandwidth estimate, bytes per second")                                                   \
	A(u64, cc_info, 4, "congestion control's own words, see cc_info_kind")                                         \
	F(u32, data_segs_in, "")                                                                                       \
	F(u32, data_segs_out, "")                                                                                      \
	F(u32, segs_in, "")                                                                                            \
	F(u32, segs_out, "")                                                                                           \
	F(u32, delivered, "segments")                                                                                  \
	F(u32, delivered_ce, "segments delivered with ECN CE")                                                         \
	F(u32, ato_us, "delayed ACK time-out")                                                                         \
	F(u32, rcv_mss, "")                                                                                            \
	F(u32, advmss, "")                                                                                             \
	F(u32, rcv_rtt_us, "receiver's RTT estimate")                                                                  \
	F(u32, rcv_space, "rcvq_space.space, bytes")                                                                   \
	F(u32, rcv_ssthresh, "bytes")                                                                                  \
	F(u32, fackets, "0 on kernels since 4.15")                                                                     \
	F(u32, reord_seen, "reordering events")                                                                        \
	F(u32, rehash, "timeout_rehash: flow label changes after time-outs")                                           \
	F(u32, wmem_alloc, "sk_wmem_alloc - 1, bytes (skmem t)")                                                       \
	F(u32, fwd_alloc, "sk_forward_alloc, bytes (skmem f)")                                                         \
	F(u32, omem_alloc, "sk_omem_alloc, bytes (skmem o)")                                                           \
	F(u32, mark, "sk_mark")                                                                                        \
	F(u32, priority, "sk_priority")                                                                                \
	F(u32, timer_retrans, "retransmissions of the pending timer (icsk_retransmits or probes)")                     \
	F(u32, snd_buf_locked, "SO_SNDBUF or SO_RCVBUF set by hand: bits of sk_userlocks")                             \
	F(u32, tos, "IP_TOS; without INFO_TCLASS, of an IPv6 socket its traffic class")                                \
	F(u32, fd, "file descriptor in the owner; ~0: unknown")                                                        \
	F(u8, timer, "enum sock_timer")                                                                                \
	F(u8, probes, "icsk_probes_out")                                                                               \
	F(u8, options, "TCPI_OPT_* of include/uapi/linux/tcp.h: ts 1 sack 2 wscale 4 ecn 8 ecn_seen 16 syn_data 32")   \
	F(u8, snd_wscale, "")                                                                                          \
	F(u8, rcv_wscale, "")                                                                                          \
	F(u8, cc_info_kind, "enum cc_info_kind")                                                                       \
	F(u8, shutdown, "sk_shutdown bits")                                                                            \
	F(u8, ttl, "IP_TTL or hop limit; 0: default")                                                                  \
	F(u64, mptcp_seq, "of a subflow: data sequence number of the mapping that is being received")                  \
	F(u32, mptcp_token_rem, "token of the connection at the peer; 0: this subflow did not join by it")             \
	F(u32, mptcp_token_loc, "token of the connection here")                                                        \
	F(u32, mptcp_sfseq, "where that mapping begins in the subflow, bytes from its start")                          \
	F(u32, mptcp_ssn_offset, "the subflow's initial sequence number")                                              \
	F(u32, mptcp_map_len, "length of that mapping, bytes")                                                         \
	F(u8, mptcp_id_rem, "address id of the peer")                                                                  \
	F(u8, mptcp_id_loc, "our address id")                                                                          \
	F(u16, mptcp_flags, "MPTCP_SUBFLOW_FLAG_* of include/uapi/linux/mptcp.h; known with SOCKET_MPTCP")             \
	F(u32, class_id, "class of net_cls, else sk_priority: as INET_DIAG_CLASS_ID")                                  \
	F(u8, tclass, "IPV6_TCLASS")                                                                                   \
	F(u8, has, "enum info_has")                                                                                    \
	A(u8, reserved, 2, "")
