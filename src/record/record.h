/* What travels between collector and monitor: the kinds of records, their fields, units and sources.
 * One table per kind (RECORD_*_FIELDS) makes the C struct, the schema on the wire and the decoder's mapping. A field
 * is F(type, name, meaning) or A(type, name, count, meaning). Fields are sorted so that no struct has padding. All
 * counters are cumulative since the socket's birth, all *_ns are CLOCK_MONOTONIC nanoseconds, all *_us microseconds. A
 * value that is not known has its bit in `has` clear (or the documented "unknown" value) and means nothing. */
#pragma once

#include "types.h"

#define STREAM_VERSION 1 /* a reader refuses a stream of another major version */
#define RECORD_COMM_LEN 16
#define RECORD_NAME_LEN 256

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

/* How sure the owner is. */
enum owner_kind {
	OWNER_UNKNOWN = 0,
	OWNER_EXACT = 1,   /* seen at connect or accept, or holds the file in the last pass */
	OWNER_SEEDED = 2,  /* found by a pass after the birth; earlier owners may have been others */
	OWNER_CLOSER = 3,  /* only known as the process that closed it */
	OWNER_CREATOR = 4, /* held the file once; now nobody does (orphan, TIME_WAIT) */
};

/* TCP's congestion avoidance state: enum tcp_ca_state of include/uapi/linux/tcp.h. */
enum ca_state { CA_OPEN = 0, CA_DISORDER = 1, CA_CWR = 2, CA_RECOVERY = 3, CA_LOSS = 4 };

/* Which groups of fields of a record_socket are known. */
enum socket_has {
	HAS_OWNER = 1ULL << 0, /* pid, comm, owners */
	HAS_UID = 1ULL << 1,
	HAS_REMOTE = 1ULL << 2,     /* raddr, rport */
	HAS_BIRTH = 1ULL << 3,      /* birth_ns: the connection was born while we watched */
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
	SOCKET_PACING = 1 << 14, /* sk_pacing_status: TCP or the qdisc fq keeps to pacing_rate */
	SOCKET_PACED = 1 << 15,  /* pacing had not yet let the next segment go (tcp_wstamp_ns) when this was read */
	SOCKET_TSQ_THROTTLED =
	    1 << 16,                 /* qdisc and driver hold as much of it as TCP Small Queues allow (sk_tsq_flags) */
	SOCKET_PACING_MAX = 1 << 17, /* pacing_rate is what SO_MAX_PACING_RATE allows */
	SOCKET_TX_HELD = 1 << 18,    /* qdisc and driver hold half of what is in flight or more (sk_wmem_alloc) */
	SOCKET_SLOW = 1 << 19,       /* only the slow turn comes to it, not each tick */
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
	F(u64, inode, "inode number of the socket's file; 0 without a file")                                           \
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
	F(u32, retrans_syn, "SYN and SYN-ACK retransmits; what is missing to retrans, no hook told of")                \
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
	F(u8, last_state, "of an ended TCP connection: its state before CLOSE; 0: not told")                           \
	A(u8, reserved, 1, "")

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

/* record_info.has: values that older collectors do not tell. */
enum info_has {
	INFO_CLASS_ID = 1,
	INFO_TCLASS = 2,
	INFO_TIMER_ALONE = 4, /* of a minisock: nothing but its timer is known */
};

/* The rest of what ss -tiepmo shows: sent only for the sockets that a command asked for (see enum command_kind). */
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

/* What had come to its end with a tick: the sockets that it had to tell of, it has told. */
enum pass_whole { PASS_FILES = 1, PASS_SLOW = 2 };

/* The end of a tick: everything before it belongs to it. Counters are cumulative since the collector's start. */
#define RECORD_TICK_FIELDS(F, A)                                                                                       \
	F(u64, number, "1, 2, …; a gap is a tick that was skipped because the reader was behind")                      \
	F(u64, time_ns, "CLOCK_MONOTONIC at which the tick's pass over the sockets began")                             \
	F(u64, realtime_ns, "CLOCK_REALTIME at the same moment")                                                       \
	F(u64, interval_ns, "the interval asked for")                                                                  \
	F(u64, duration_ns, "wall time that the collector took for this tick")                                         \
	F(u64, collector_cpu_ns, "CPU time of the collector")                                                          \
	F(u64, bpf_run_ns, "sampled: run time of our programs within bpf_window_ns, of passes their share; ~0: never") \
	F(u64, bpf_run_count, "sampled: runs within bpf_window_ns")                                                    \
	F(u64, bpf_window_ns, "length of the last sampling window")                                                    \
	F(u64, map_bytes, "memory of all our maps (fdinfo memlock)")                                                   \
	F(u64, lost_events, "events that did not fit into the ring buffer")                                            \
	F(u64, lost_ends, "ended connections dropped because the reader was behind")                                   \
	F(u64, lost_conns, "connections that did not fit into the map conns")                                          \
	F(u64, lost_flows, "UDP sockets that did not fit into the map flows")                                          \
	F(u64, lost_lookups, "look-ups that failed where an entry was expected")                                       \
	F(u64, missed_runs, "runs of our programs that the kernel skipped (recursion_misses: 5.12, of kprobes 6.7)")   \
	F(u64, skipped_ticks, "ticks replaced before they were read")                                                  \
	F(u64, sockets, "sockets seen by this tick's pass")                                                            \
	F(u64, sockets_alive, "sockets that the collector believes alive")                                             \
	F(u64, events, "end events handled")                                                                           \
	F(u64, tcp_retrans_segs,                                                                                       \
	  "TcpRetransSegs: here and below the sum over all namespaces with sockets (/proc/net/snmp)")                  \
	F(u64, tcp_out_segs, "TcpOutSegs")                                                                             \
	F(u64, tcp_in_segs, "TcpInSegs")                                                                               \
	F(u64, tcp_in_errs, "TcpInErrs")                                                                               \
	F(u64, tcp_out_rsts, "TcpOutRsts")                                                                             \
	F(u64, listen_overflows, "TcpExtListenOverflows")                                                              \
	F(u64, listen_drops, "TcpExtListenDrops")                                                                      \
	F(u64, udp_in_errors, "UdpInErrors")                                                                           \
	F(u64, stat_has, "bit 0: the SNMP figures are known")                                                          \
	F(u32, time_wait, "TIME_WAIT sockets of all namespaces that were seen (sockstat)")                             \
	F(u32, netns_count, "network namespaces with sockets")                                                         \
	F(u32, mini_share, "one in so many of the TIME_WAIT and request sockets is listed as a row; 1: all")           \
	F(u32, reserved, "")                                                                                           \
	F(u32, netns_unreachable, "network namespaces that could not be entered, at the last look into all")           \
	F(u32, netns_unlinked, "… without all netfilter links, at the last look; 0 where none are used")               \
	F(u64, pass, "number of the pass over files that went on in this tick; 0: each tick has a whole one")          \
	F(u64, pass_ns, "time_ns of the tick in which it began")                                                       \
	F(u64, slow_turn, "number of the turn through the namespaces that went on in this tick, or was the last")      \
	F(u64, slow_ns, "CLOCK_MONOTONIC at its beginning")                                                            \
	F(u32, pass_ticks, "over how many ticks passes over files stretch: the last whole one, or this one so far")    \
	F(u32, slow_ticks, "over how many ticks the turn went so far")                                                 \
	F(u32, pass_whole, "bits of enum pass_whole")                                                                  \
	F(u32, slow_held_ms,                                                                                           \
	  "for how long the turn has waited for a socket's lock, or for another read of it; 0: it does not")

/* First record of a stream. */
#define RECORD_HELLO_FIELDS(F, A)                                                                                      \
	F(u64, start_ns, "when the collector attached")                                                                \
	F(u64, realtime_offset_ns, "CLOCK_REALTIME - CLOCK_MONOTONIC at the start")                                    \
	A(u8, host, 64, "host name")                                                                                   \
	A(u8, kernel, 96, "kernel release")                                                                            \
	A(u8, version, 32, "skbtop's version at the collector")                                                        \
	F(u32, cpus, "")                                                                                               \
	F(u32, netns, "inode of the collector's own network namespace")

/* Features that somebody asks for, by a number that stays what it is in recordings; its name is for people. */
enum feature_number {
	TELLS_NOTHING = 0, /* any other feature, and all in recordings from before the numbers */
	TELLS_DROPS = 1,
	TELLS_RETRANSMITS = 2,
	TELLS_RESETS_SENT = 3,
	TELLS_RESETS_RECEIVED = 4,
	TELLS_HOOK_TIMES = 5, /* netfilter's */
};

/* One per feature: which hook serves it, or why none does. What --doctor prints. */
#define RECORD_FEATURE_FIELDS(F, A)                                                                                    \
	A(u8, name, 32, "the feature: births, ends, udp bytes, …")                                                     \
	A(u8, hook, 160, "the hook that serves it; empty: none does")                                                  \
	A(u8, reason, 256, "why none, or why the better ones were not taken")                                          \
	F(u64, required, "1: without it there is no table")                                                            \
	F(u64, number, "enum feature_number")

/* A name for a number that other records carry. */
enum name_kind {
	NAME_CGROUP = 1,
	NAME_NETNS = 2,
	NAME_IFACE = 3,
	NAME_USER = 4,
	NAME_DROP_REASON = 5,
	NAME_SYMBOL = 6,
	NAME_RESET_REASON = 7,
	NAME_DEVICE = 8
};

#define RECORD_NAME_FIELDS(F, A)                                                                                       \
	F(u64, kind, "enum name_kind")                                                                                 \
	F(u64, key, "cgroup id, netns inode, ifindex, or uid")                                                         \
	F(u64, scope,                                                                                                  \
	  "of an interface (of packets): netns inode; of a device (of sockets): netns cookie, where there are "        \
	  "none the inode; else 0")                                                                                    \
	A(u8, text, RECORD_NAME_LEN,                                                                                   \
	  "the name, raw bytes, NUL padded; the last one told counts; empty: there is none any more")

/* A socket that is no more, of which no end event told (UDP, or lost). */
#define RECORD_GONE_FIELDS(F, A)                                                                                       \
	F(u64, id, "as record_socket.id")                                                                              \
	F(u64, time_ns, "when it was found missing")

/* How many processes hold a socket whose other values did not change. */
#define RECORD_OWNERS_FIELDS(F, A)                                                                                     \
	F(u64, id, "as record_socket.id")                                                                              \
	F(u32, pid, "who holds it, as record_socket.pid")                                                              \
	F(u32, owners, "as record_socket.owners")                                                                      \
	A(u8, comm, RECORD_COMM_LEN, "of pid, as record_socket.comm")

/* RST segments that were sent after the end of a connection was told (a close that left data unread). */
#define RECORD_RESETS_FIELDS(F, A)                                                                                     \
	F(u64, id, "as record_socket.id")                                                                              \
	F(u64, time_ns, "of the last one")                                                                             \
	F(u32, resets, "as record_socket.resets")                                                                      \
	F(u32, reserved, "")

/* -- losses: retransmits, drops, resets ------------------------------------------------------------------------------
 */

enum loss_kind { LOSS_RETRANSMIT = 1, LOSS_DROP = 2, LOSS_RESET_SENT = 3, LOSS_RESET_RECEIVED = 4, LOSS_KINDS };

#define LOSS_STACK 16

enum loss_flags {
	LOSS_SOCKET = 1 << 0, /* the kernel named the socket; else the addresses are those in the packet's headers */
	LOSS_TX = 1 << 1,     /* on its way out, or between two devices of this machine */
	LOSS_LOCAL = 1 << 2,  /* received, and for this host: its route says so */
	LOSS_REASON = 1 << 3, /* reason is known */
	LOSS_FAILED = 1 << 4, /* a retransmit that did not leave the machine: the kernel was told so on the way out */
	LOSS_FOREIGN =
	    1 << 6, /* for another host by its MAC address: a loss if it belongs to a socket of another namespace */
	LOSS_REFUSED = 1 << 5, /* told by a listener's counter alone; the monitor's own, in no stream */
};

/* One event. Bounded to some thousand in a second: the exact totals are in record_loss_count. */
#define RECORD_LOSS_FIELDS(F, A)                                                                                       \
	F(u64, id, "whom it hit, as record_socket.id; 0: the kernel named none, or one without a cookie")              \
	F(u64, time_ns, "")                                                                                            \
	F(u64, location, "of a drop: an address in the function that freed the packet, see record_name; 0: none")      \
	A(u64, stack, LOSS_STACK, "of a drop: return addresses, innermost first; 0: no more")                          \
	A(u8, laddr, 16, "this machine's end; IPv4 in the first 4 bytes")                                              \
	A(u8, raddr, 16, "the other end")                                                                              \
	F(u32, netns, "inode of the network namespace where it happened; 0: not known")                                \
	F(u32, reason,                                                                                                 \
	  "of a drop or reset: the kernel's number, see record_name; a retransmit: enum retransmit_cause")             \
	F(u32, seq, "first sequence number as on the wire; TCP drops and retransmits")                                 \
	F(u32, end_seq, "one past the last")                                                                           \
	F(u32, cwnd, "the connection's at the event, segments; 0: no connection")                                      \
	F(u32, cwnd_before, "tcp_sock.prior_cwnd while it is reduced (CWR, recovery, loss), else cwnd")                \
	F(u32, ssthresh, "segments; 0x7fffffff: infinite")                                                             \
	F(u32, ifindex, "device; 0: not known")                                                                        \
	F(u32, length, "of a drop: bytes from the IP header on")                                                       \
	F(u16, lport, "")                                                                                              \
	F(u16, rport, "")                                                                                              \
	F(u16, segments, "of a retransmit; 1: a plain packet")                                                         \
	F(u16, flags, "bits of enum loss_flags")                                                                       \
	F(u8, kind, "enum loss_kind")                                                                                  \
	F(u8, family, "4 or 6; 0: not known")                                                                          \
	F(u8, proto, "IPPROTO_*")                                                                                      \
	F(u8, state, "enum sock_state of the socket; 0: none")                                                         \
	F(u8, ca_state, "enum ca_state")                                                                               \
	F(u8, tcp_flags, "of a dropped segment, as record_packet.tcp_flags")                                           \
	A(u8, reserved, 6, "")                                                                                         \
	A(u8, dev, 16, "name of the device then; empty: none, or not known")                                           \
	F(u32, socket_netns, "inode of the namespace of the socket that the kernel named; 0: none")                    \
	A(u8, reserved2, 4, "")

/* How often since the collector's start: exact, whatever was told one by one. A retransmit counts its segments. */
#define RECORD_LOSS_COUNT_FIELDS(F, A)                                                                                 \
	F(u64, location, "as record_loss.location")                                                                    \
	F(u64, count, "")                                                                                              \
	F(u32, reason, "as record_loss.reason")                                                                        \
	F(u8, kind, "enum loss_kind")                                                                                  \
	F(u8, has_reason, "0: this kernel gives none")                                                                 \
	A(u8, reserved, 2, "")

/* How much the events are worth: with each tick once losses are watched. Since the collector's start. */
#define RECORD_LOSSES_FIELDS(F, A)                                                                                     \
	F(u64, limit, "events in a second that are told at most")                                                      \
	F(u64, limited, "not told because there were more")                                                            \
	F(u64, lost, "not told because the ring was full, or the reader behind")                                       \
	F(u64, uncounted, "of a reason and place for which the totals had no room")                                    \
	F(u64, foreign, "freed packets that are none: not IP, or for other hosts and groups that nobody here joined")  \
	F(u64, purged, "packets left in queues that were emptied, mostly those of sockets that were closed")           \
	F(u64, since_ns, "when the first hook was attached")                                                           \
	F(u64, unmissed,                                                                                               \
	  "dropped packets that nobody misses: what TCP had already, probes, stale acknowledgements and resets")

/* -- layers: where the time of packets goes -------------------------------------------------------------------------
 */

/* Stands where a socket's id would: ICMP echo packets of the whole machine, whoever sends or gets them. No socket has
 * it. */
#define ECHO_ID UINT64_MAX

/* What is between two stamps of one packet. The first eight are the layers of docs/layers.md; their sum is the whole.
 */
enum layer {
	LAYER_RX_MAC = 0,              /* handed to the stack (GRO entry, or netif_receive_skb) → IP entry */
	LAYER_RX_IP,                   /* IP entry → TCP or UDP entry */
	LAYER_RX_TCP,                  /* TCP or UDP entry → queued on the socket */
	LAYER_RX_APP,                  /* queued → copied to the program */
	LAYER_TX_TCP,                  /* send call → the segment leaves TCP or UDP */
	LAYER_TX_IP,                   /* → device queue */
	LAYER_TX_QDISC,                /* device queue → driver */
	LAYER_TX_NIC,                  /* driver call → accepted */
	LAYER_PARTS,                   /* what follows is part of one of the above */
	LAYER_RX_WAKEUP = LAYER_PARTS, /* of rx_app: from the wake-up of a waiting reader until it runs */
	LAYER_TX_PACED,                /* of tx_qdisc: held back on purpose until the segment's departure time */
	LAYER_RX_GRO,                  /* of rx_mac: from GRO entry until GRO hands it on (netif_receive_skb) */
	LAYER_TX_DIRECT,               /* of tx_qdisc: from qdisc dequeue to the driver call (sch_direct_xmit) */
	LAYER_COUNT,
};

/* A histogram's buckets: two to an octave. Bucket 0 ends at 128 ns; bucket b ≥ 1 begins at
 * 2^(7 + (b - 1) / 2) ns, times 1.5 if b - 1 is odd; the last has no end. */
#define LAYER_BUCKETS 64

/* The cumulative histograms of one socket since the layers were turned on. Sent while they are on, if they changed. */
#define RECORD_LAYERS_FIELDS(F, A)                                                                                     \
	F(u64, id,                                                                                                     \
	  "as record_socket.id; 0: the whole machine, sockets that are no more and packets of none included; "         \
	  "ECHO_ID: ICMP echo packets, which are not in the machine's")                                                \
	A(u64, n, LAYER_COUNT, "packets measured, for each of enum layer")                                             \
	A(u64, sum_ns, LAYER_COUNT, "their time")                                                                      \
	A(u64, max_ns, LAYER_COUNT, "the longest")                                                                     \
	A(u32, buckets, LAYER_COUNT *LAYER_BUCKETS, "how many fell into each bucket: layer * LAYER_BUCKETS + bucket")

/* What the layers' figures are worth; with each tick while they are on, once more when they go off. */
#define RECORD_STAGES_FIELDS(F, A)                                                                                     \
	F(u64, sample, "one in so many packets is measured; 0: the layers are off")                                    \
	F(u64, stamped, "packets that got a first stamp")                                                              \
	F(u64, missed, "later stamps that found no earlier one of the same packet")                                    \
	F(u64, lost, "sockets whose histograms found no room")                                                         \
	F(u32, merged, "bits 1 << enum layer: not stamped apart on this kernel, its time is in the next layer's")      \
	F(u32, absent, "bits: cannot be had on this kernel at all")

/* -- netfilter's hooks ----------------------------------------------------------------------------------------------
 */

/* enum nf_inet_hooks of include/uapi/linux/netfilter.h: the same of IPv4 and IPv6. */
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

/* -- packets of a traced socket ---------------------------------------------------------------------------------------
 */

/* The moments of a packet's way. Received: DEVICE … READ; sent: SEND … ACCEPTED. */
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
	F(u8, tcp_flags, "as in the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128")              \
	F(u8, family, "4 or 6")                                                                                        \
	F(u8, proto, "IPPROTO_*")                                                                                      \
	F(u8, icmp_type, "of ICMP and ICMPv6")                                                                         \
	F(u8, nf_passed, "bits 1 << enum netfilter_hook")                                                              \
	A(u8, reserved, 7, "")                                                                                         \
	F(u64, gro_ns, "received: when GRO handed it on (netif_receive_skb); 0: it passed none")                       \
	F(u64, dequeue_ns, "sent: when the last qdisc gave it out; 0: it has none, or was passed by")                  \
	F(u64, freed_ns, "sent: when the driver that took it freed it; 0: not known, or it travelled on")

/* How a trace stands: with each tick while it is on, and once more when it ends. */
#define RECORD_TRACE_FIELDS(F, A)                                                                                      \
	F(u64, id, "whose packets; 0: none, the trace is off")                                                         \
	F(u64, packets, "told so far")                                                                                 \
	F(u64, lost, "the ring was full, or the reader behind")                                                        \
	F(u64, limited, "not told because there were more than the limit in a second")                                 \
	F(u64, limit, "packets in a second that are told at most")                                                     \
	F(u64, unseen, "for which the kernel ran no program at the tracepoint where they are told; where links know")

/* The collector's last word. */
#define RECORD_BYE_FIELDS(F, A)                                                                                        \
	F(u64, code, "exit status that fits: 0 done, 1 failed")                                                        \
	A(u8, text, 512, "one line: why")

/* Monitor to collector. */
enum command_kind {
	COMMAND_INTERVAL = 1, /* value: nanoseconds, 100 ms … 1 h; outside it is clamped */
	COMMAND_INFO = 2,     /* value: a socket's id, 0 none, ~0 all: which sockets get a record_info */
	COMMAND_TICK_NOW = 3, /* a tick soon, at the shortest interval after the last one */
	COMMAND_QUIT = 4,
	COMMAND_LAYERS = 5, /* value: 0 off, else one in so many packets is measured; turned on once a tick at most */
	COMMAND_TRACE = 6,  /* value: the id of the socket whose packets are told, 0 none, ECHO_ID: ICMP echo of all */
};

#define RECORD_COMMAND_FIELDS(F, A)                                                                                    \
	F(u64, kind, "enum command_kind")                                                                              \
	F(u64, value, "")

/* Every kind of record: number on the wire, name. Numbers are never reused. */
#define RECORD_KINDS(K)                                                                                                \
	K(1, HELLO, hello)                                                                                             \
	K(2, FEATURE, feature)                                                                                         \
	K(3, NAME, name)                                                                                               \
	K(4, SOCKET, socket)                                                                                           \
	K(5, INFO, info)                                                                                               \
	K(6, GONE, gone)                                                                                               \
	K(7, TICK, tick)                                                                                               \
	K(8, BYE, bye)                                                                                                 \
	K(9, COMMAND, command)                                                                                         \
	K(10, OWNERS, owners)                                                                                          \
	K(11, RESETS, resets)                                                                                          \
	K(12, LOSS, loss)                                                                                              \
	K(13, LOSS_COUNT, loss_count)                                                                                  \
	K(14, LOSSES, losses)                                                                                          \
	K(16, LAYERS, layers)                                                                                          \
	K(17, STAGES, stages)                                                                                          \
	K(18, PACKET, packet)                                                                                          \
	K(19, TRACE, trace)                                                                                            \
	K(22, NETFILTER, netfilter)

enum record_kind {
#define K(number, UPPER, lower) RECORD_##UPPER = number,
	RECORD_KINDS(K)
#undef K
	    RECORD_KIND_COUNT,
};

#define RECORD_DECLARE_F(type, name, doc) type name;
#define RECORD_DECLARE_A(type, name, count, doc) type name[count];
#define K(number, UPPER, lower)                                                                                        \
	struct record_##lower {                                                                                        \
		RECORD_##UPPER##_FIELDS(RECORD_DECLARE_F, RECORD_DECLARE_A)                                            \
	};
RECORD_KINDS(K)
#undef K

/* A field as the schema describes it. */
struct record_field {
	const char *name;
	const char *doc;
	u16 offset; /* bytes */
	u16 width;  /* bytes of one element: 1, 2, 4, 8 */
	u16 count;  /* elements: 1, or an array */
};

/* A kind as the schema describes it. */
struct record_type {
	const char *name;
	const struct record_field *fields;
	u16 field_count;
	u16 size; /* bytes of the struct, a multiple of 8 */
};

/* The description of a kind, or NULL if there is no such kind. */
const struct record_type *record_type(unsigned kind);

/* "estab", "time-wait", … as ss prints them, in lower case; "?" outside the range. An ended connection is "closed",
 * which is the caller's to say. */
const char *state_name(unsigned state);
/* Parses any name that ss accepts in a filter (established, estab, syn-sent, …) into a bit set of 1 << state.
 * Groups: all connected synchronized bucket big. 0: no such state. */
u32 state_parse(const char *name);
/* "out", "in", "listen", or "unknown". */
const char *dir_name(unsigned dir);
/* "exact", "seeded", "closer", "creator", or "unknown". */
const char *owner_name(unsigned kind);
/* "open", "disorder", "cwr", "recovery", "loss". */
const char *ca_state_name(unsigned state);
/* "fast", "rto", "tlp", "syn", "synack", or "unknown". */
const char *retransmit_cause_name(unsigned cause);
/* "pre_routing", "local_in", "forward", "local_out", "post_routing", or "?". */
const char *netfilter_hook_name(unsigned hook);
/* "tcp", "udp", "udplite", "icmp", "icmpv6", or "?". */
const char *proto_name(unsigned proto);
