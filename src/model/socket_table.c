/* The table of sockets: each column, in the contract's order, with its name, its place, its width and when it is
 * highlighted. Everything else about columns is made from here. */
#include "socket_table.h"

#include <string.h>

#include "fold.h"
#include "layers.h"
#include "life_table.h"
#include "socket_get.h"
#include "socket_ports.h"
#include "totals.h"

/* Bits of column.of: what only sockets have, because it changes or because somebody must ask for it, and what only
 * events have. */
#define OF_SOCKETS 1
#define OF_LIVES 2

/* clang-format off */
#define SOCKETS .of = OF_SOCKETS
#define LIVES .of = OF_LIVES
/* Where a value is in struct row, its record_socket or its record_info. */
#define ROW(field) .offset = offsetof(struct row, field), .size = sizeof(((struct row *)0)->field)
#define RATE(field) .offset = offsetof(struct row, field), .size = 0
#define SPARK(way)                                                                                                     \
	RATE(way##_rate), .order = get_##way##_smooth, .series = series_##way, .descending = 1, SOCKETS
#define SOCK(field) ROW(s.field)
#define ASKED .needs = NEEDS_INFO, SOCKETS
#define INFO(field)                                                                                                    \
	.offset = offsetof(struct record_info, field), .size = sizeof(((struct record_info *)0)->field),               \
	ASKED

/* N: a number, right-aligned, largest first. S: one that adds up over rows. L: a small or naming number, smallest
 * first. T: text. B: true or false. Of all but S a group has what its rows agree on, if nothing else is said. */
#define L(name_, title_, width_, unit_, get_, has_, help_, ...)                                                        \
	{.name = name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .align = ALIGN_RIGHT, .width = width_,   \
	 .sum = SUM_SAME, .get = get_, .has = has_, __VA_ARGS__}
#define N(...) L(__VA_ARGS__, .descending = 1)
#define S(...) N(__VA_ARGS__, .sum = SUM_ADD)
#define T(name_, title_, width_, flex_, unit_, get_, has_, help_, ...)                                                 \
	{.name = name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .align = ALIGN_LEFT, .width = width_,    \
	 .flex = flex_, .sum = SUM_SAME, .get = get_, .has = has_, __VA_ARGS__}
#define B(name_, title_, has_, help_, ...)                                                                             \
	{.name = #name_, .title = title_, .help = help_, .unit = UNIT_BOOL, .align = ALIGN_LEFT, .descending = 1,      \
	 .width = sizeof(title_) - 1 > 3 ? sizeof(title_) - 1 : 3, .sum = SUM_SAME, .get = get_##name_, .has = has_,   \
	 __VA_ARGS__}
/* A layer's three columns: the figures of about the last ten ticks. */
#define LAYER_COLUMN(layer_, name_, title_, width_, get_, help_, outputs_)                                             \
	N(name_, title_, width_, NSEC, get_, 0, help_, .offset = LAYER_##layer_, .needs = NEEDS_LAYERS, SOCKETS,       \
	  .with_layers = outputs_, .severity = value_severity, NO_SUM)
#define LAYER(layer_, name_, title_, width_, what_)                                                                    \
	LAYER_COLUMN(layer_, name_ "_p50_us", title_ "50", width_, get_layer_p50, what_ ": half took less", \
		     OUTPUT_CSV), \
	LAYER_COLUMN(layer_, name_ "_p99_us", title_ "99", width_, get_layer_p99, what_ ": 99 % took less", \
		     OUTPUT_CSV | OUTPUT_TEXT), /* how bad it gets */ \
	LAYER_COLUMN(layer_, name_ "_max_us", title_ "MX", width_, get_layer_max, what_ ": the longest", OUTPUT_CSV)
#define WARN(warn_, alarm_) .warn = warn_, .alarm = alarm_
#define TELLS .tells = true
#define NO_SUM .sum = SUM_NONE
#define MOST .sum = SUM_MOST
#define LEAST .sum = SUM_LEAST
#define MEAN .sum = SUM_MEAN
#define FOLDED .of = TABLE_FOLDS
#define OF_TICK .of_tick = true, SOCKETS
/* Of folds alone: how many sockets are in a state. */
#define IN_STATE(name_, title_, state_, help_)                                                                         \
	N(name_, title_, 5, COUNT, get_in_state, 0, help_, .offset = STATE_##state_, .sum = SUM_COUNT, FOLDED)
/* The same: what is not exceeded by so many of those whose RTT is known. */
#define RTT(percent_)                                                                                                  \
	N("rtt_p" #percent_ "_us", "RTT" #percent_, 6, USEC, get_nonzero, HAS_TCP,                                     \
	  "smoothed round-trip time of the sockets: " #percent_ " % have at most that", SOCK(rtt_us),                  \
	  .sum = SUM_P##percent_, FOLDED)
#define WORDS(word_, count_) .word = word_, .words = count_

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif

static const struct column columns[] = {
	T("id", "ID", 10, 0, ID, get_id, 0, "socket cookie; .generation after reconnects on the same file", TELLS,
	  NO_SUM),
	L("netns", "NETNS", 10, NONE, get_nonzero, 0, "inode of the network namespace", SOCK(netns),
	  .elide = ELIDE_START),
	L("netns_cookie", "NSCOOKIE", 10, NONE, get_nonzero, 0, "cookie of the network namespace", SOCK(netns_cookie)),
	T("proto", "PROTO", 7, 0, TEXT, get_proto, 0, "transport protocol", WORDS(proto_word, 4)),
	T("state", "STATE", 10, 0, STATE, get_state, 0, "state, as ss names it; closed: ended",
	  STATE_COLUMN),
	T("dir", "DIR", 6, 0, TEXT, get_dir, 0, "who opened it: out, in, listen", WORDS(dir_name, 4)),
	T("laddr", "LADDR", 15, 2, ADDRESS, get_local, 0, "local address", TELLS),
	L("lport", "LPORT", 5, PORT, get_local_port, 0, "local port", TELLS),
	T("raddr", "RADDR", 15, 2, ADDRESS, get_remote, HAS_REMOTE, "remote address", TELLS),
	L("rport", "RPORT", 5, PORT, get_remote_port, HAS_REMOTE, "remote port", TELLS),
	T("local", "LOCAL", 21, 3, ENDPOINT, get_local, 0, "local address and port", .elide = ELIDE_ADDRESS, TELLS),
	T("remote", "REMOTE", 21, 3, ENDPOINT, get_remote, HAS_REMOTE, "remote address and port",
	  .elide = ELIDE_START, TELLS),
	T("prefix", "PREFIX", 18, 2, TEXT, get_prefix, HAS_REMOTE,
	  "network of the remote address: /24, /64, or of --prefix"),
	L("service", "SERVICE", 7, PORT, get_service, 0,
	  "port of the service: rport of what this end opened, else lport"),
	T("ifname", "DEV", 8, 0, TEXT, get_ifname, 0, "device that the socket is bound to"),
	L("pid", "PID", 7, NONE, get_field, HAS_OWNER, "process (thread-group leader) that holds it", SOCK(pid), TELLS),
	T("comm", "COMM", 10, 1, TEXT, get_text, HAS_OWNER, "name of that process", SOCK(comm), TELLS),
	T("exe", "EXE", 24, 2, TEXT, get_exe, HAS_OWNER, "file that the process runs, in its own mount namespace",
	  .elide = ELIDE_START),
	L("mntns", "MNTNS", 10, NONE, get_process_number, HAS_OWNER, "inode of the process's mount namespace",
	  .offset = offsetof(struct process, mntns)),
	L("pidns", "PIDNS", 10, NONE, get_process_number, HAS_OWNER, "inode of the process's pid namespace",
	  .offset = offsetof(struct process, pidns)),
	L("uid", "UID", 10, NONE, get_field, HAS_UID, "user id of the socket", SOCK(uid)),
	T("user", "USER", 8, 1, TEXT, get_user, HAS_UID, "user name of the socket"),
	T("cgroup", "CGROUP", 16, 3, TEXT, get_cgroup, HAS_CGROUP, "cgroup v2 path of the socket",
	  .operand = cgroup_operand),
	T("owner", "OWNER", 7, 0, TEXT, get_owner, 0,
	  "how the process is known: exact, seeded, closer, creator, unknown",
	  WORDS(owner_name, 5)),
	N("age_us", "AGE", 6, USEC, get_age, HAS_BIRTH,
	  "time since the first SYN or listen(); its whole life once ended", MOST, SOCKETS),
	S("rx_bytes", "RX", 5, BYTES, get_field, HAS_RX_BYTES, "payload bytes received in order",
	  SOCK(rx_bytes)),
	S("tx_bytes", "TX", 5, BYTES, get_field, HAS_TX_BYTES, "payload bytes acknowledged by the peer (UDP: sent)",
	  SOCK(tx_bytes)),
	S("rx_rate", "RX/s", 6, RATE, get_rate, 0, "bytes per second received, over the last tick", RATE(rx_rate),
	  .order = get_rx_smooth, .settles = true, OF_TICK),
	S("tx_rate", "TX/s", 6, RATE, get_rate, 0, "bytes per second acknowledged (UDP: sent), over the last tick",
	  RATE(tx_rate), .order = get_tx_smooth, .settles = true, OF_TICK),
	S("rate", "RATE", 6, RATE, get_both_rates, 0,
	  "rx_rate and tx_rate together; sorted by its mean over some 5 ticks",
	  .order = get_both_smooth, .settles = true, OF_TICK),
	T("rx_spark", "RX 60 s", 8, 1, RATE, get_rate, 0, "rx_rate in the last 60 s; the height is the row's largest",
	  SPARK(rx), .sum = SUM_ADD, OF_TICK),
	T("tx_spark", "TX 60 s", 8, 1, RATE, get_rate, 0, "tx_rate in the last 60 s; the height is the row's largest",
	  SPARK(tx), .sum = SUM_ADD, OF_TICK),
	S("rx_pkts", "RXPKT", 5, COUNT, get_field, HAS_RX_PKTS, "segments received (UDP: datagrams read)",
	  SOCK(rx_pkts)),
	S("tx_pkts", "TXPKT", 5, COUNT, get_field, HAS_TX_PKTS, "segments or datagrams sent", SOCK(tx_pkts)),
	N("rtt_us", "RTT", 6, USEC, get_nonzero, HAS_TCP, "smoothed round-trip time",
	  SOCK(rtt_us), MOST, WARN(100e3, 300e3)),
	N("rttvar_us", "RTTVAR", 6, USEC, get_rttvar, HAS_TCP, "mean deviation of the round-trip time", SOCK(rttvar_us),
	  MOST),
	N("minrtt_us", "MINRTT", 6, USEC, get_not_max, HAS_TCP, "least round-trip time in the kernel's window",
	  SOCK(minrtt_us), LEAST),
	N("rtt_ratio", "RTTx", 5, FACTOR, get_rtt_ratio, HAS_TCP, "rtt_us as a multiple of minrtt_us", MOST),
	N("rto_us", "RTO", 6, USEC, get_field, HAS_TCP, "retransmission time-out", SOCK(rto_us), WARN(3e6, 30e6), MOST),
	N("cwnd", "CWND", 5, SEGMENTS, get_field, HAS_TCP, "congestion window, segments", SOCK(cwnd)),
	N("ssthresh", "SSTHR", 5, SEGMENTS, get_ssthresh, HAS_TCP, "slow start threshold, segments", SOCK(ssthresh)),
	N("snd_wnd", "SNDWND", 6, BYTES, get_field, HAS_TCP, "the peer's receive window, bytes", SOCK(snd_wnd)),
	N("rcv_wnd", "RCVWND", 6, BYTES, get_field, HAS_TCP, "our receive window, bytes", SOCK(rcv_wnd)),
	N("mss", "MSS", 5, BYTES, get_field, HAS_TCP, "largest segment sent, bytes", SOCK(mss)),
	N("pmtu", "PMTU", 5, BYTES, get_field, HAS_TCP, "path MTU, bytes", SOCK(pmtu)),
	T("cc", "CC", 7, 0, TEXT, get_text, HAS_TCP, "congestion control", SOCK(cc)),
	T("ca_state", "CASTATE", 8, 0, TEXT, get_ca_state, HAS_TCP, "congestion avoidance state",
	  WORDS(ca_state_name, 5),
	  .severity = severity_ca_state),
	N("pacing_rate", "PACING", 6, RATE, get_not_max, HAS_TCP, "pacing rate, bytes per second", SOCK(pacing_rate)),
	N("delivery_rate", "DELIV", 6,
	  RATE, get_field, HAS_DELIVERY, "delivery rate, bytes per second", SOCK(delivery_rate), MOST),
	S("inflight", "INFL", 5, SEGMENTS, get_field, HAS_TCP, "segments in flight", SOCK(inflight)),
	S("lost", "LOST", 5, SEGMENTS, get_field, HAS_TCP, "segments believed lost now", SOCK(lost), WARN(1, 10)),
	S("sacked", "SACKED", 6, SEGMENTS, get_field, HAS_TCP, "segments selectively acknowledged now", SOCK(sacked)),
	N("reordering", "REORD", 5, SEGMENTS, get_field, HAS_TCP, "reordering that is tolerated, segments",
	  SOCK(reordering), MOST),
	S("retrans", "RETR", 5, SEGMENTS, get_field, HAS_TCP, "segments retransmitted in all", SOCK(retrans)),
	S("retrans_fast", "RFAST", 5, SEGMENTS, get_field, HAS_RETRANS_SPLIT, "of them, fast retransmits",
	  SOCK(retrans_fast)),
	S("retrans_rto", "RRTO", 5, SEGMENTS, get_field, HAS_RETRANS_SPLIT, "of them, after a time-out",
	  SOCK(retrans_rto)),
	S("retrans_tlp", "RTLP", 5, SEGMENTS, get_field, HAS_RETRANS_SPLIT, "of them, tail loss probes",
	  SOCK(retrans_tlp)),
	S("retrans_syn", "RSYN", 5, SEGMENTS, get_field, HAS_RETRANS_SPLIT, "SYN and SYN-ACK retransmits",
	  SOCK(retrans_syn)),
	S("retrans_unknown", "RUNKN", 5, SEGMENTS, get_retrans_unknown, HAS_RETRANS_SPLIT,
	  "of them, those that no hook told the cause of"),
	S("retrans_out", "ROUT", 5, SEGMENTS, get_field, HAS_TCP, "retransmitted and not acknowledged yet, segments",
	  SOCK(retrans_out)),
	S("retrans_tick", "RETR/t", 6, SEGMENTS, get_per_tick, HAS_TCP, "segments retransmitted in the last tick",
	  ROW(retrans_tick), WARN(1, 10), OF_TICK),
	S("sent_tick", "SENT/t", 6, SEGMENTS, get_per_tick, HAS_TX_PKTS,
	  "segments or datagrams sent in the last tick", ROW(sent_tick), OF_TICK),
	N("retrans_share", "RETR%", 6, SHARE, get_retrans_share, HAS_TCP,
	  "of the segments sent in the last tick, those that were sent again", WARN(0.01, 0.05), .exact = true,
	  .sum = SUM_RATIO, OF_TICK),
	S("drops_tick", "DROP/t", 6, COUNT, get_drops_tick, HAS_DROPS,
	  "packets of it that this machine dropped in the last tick",
	  WARN(1, 10), OF_TICK),
	S("resets_tick", "RST/t", 5, COUNT, get_resets_tick, HAS_RESETS,
	  "RST segments sent and received in the last tick", OF_TICK),
	S("new_rate", "NEW/s", 5, EVENTS, get_new_rate, 0,
	  "connections begun in the last tick, per second; those that are over, too", OF_TICK),
	S("dsack_dups", "DSACK", 5, SEGMENTS, get_field, HAS_TCP, "segments that the peer reported as received twice",
	  SOCK(dsack_dups)),
	S("ooo", "OOO", 5, SEGMENTS, get_field, HAS_TCP, "segments received out of order", SOCK(ooo)),
	T("limited", "LIMITED", 11, 0, TEXT, get_limited, 0, "what held it back in the last tick",
	  WORDS(limited_name, LIMITED_COUNT), .brief = limited_brief, .blanks = true, .operand = limited_operand,
	  .severity = severity_limited, SOCKETS),
	T("held_by", "HELD BY", 16, 2, TEXT, column_get_mix, 0,
	  "what held it back in the last ten ticks: shares of the time it was not idle",
	  .mix = held_by_mix, .word = limited_name, .sum = SUM_MIX, .blanks = true, SOCKETS),
	S("busy_us", "BUSY", 6, USEC, get_field, HAS_CHRONO, "time with data to send or in flight", SOCK(busy_us)),
	S("rwnd_limited_us", "RWNDLM", 6, USEC, get_field, HAS_CHRONO, "of it, stalled by the receiver's window",
	  SOCK(rwnd_limited_us)),
	S("sndbuf_limited_us", "SBUFLM", 6, USEC, get_field, HAS_CHRONO, "of it, stalled by the send buffer",
	  SOCK(sndbuf_limited_us)),
	S("recvq", "RECVQ", 5, BYTES, get_queue, HAS_MEM, "bytes not read by the program (a listener has accept_queue)",
	  SOCK(recvq), .severity = severity_recvq),
	S("sendq", "SENDQ", 5, BYTES, get_queue, HAS_MEM, "bytes not acknowledged (a listener has accept_limit)",
	  SOCK(sendq), .severity = severity_sendq),
	S("sndbuf", "SNDBUF", 6, BYTES, get_field, HAS_MEM, "size of the send buffer, bytes", SOCK(sndbuf)),
	S("rcvbuf", "RCVBUF", 6, BYTES, get_field, HAS_MEM, "size of the receive buffer, bytes", SOCK(rcvbuf)),
	S("wmem_queued", "WQUEUE", 6, BYTES, get_field, HAS_MEM, "memory queued for sending, bytes", SOCK(wmem_queued)),
	S("rmem_alloc", "RMEM", 5, BYTES, get_field, HAS_MEM, "memory of the receive queue, bytes", SOCK(rmem_alloc)),
	S("accept_queue", "ACCEPT", 6, COUNT, get_field, HAS_ACCEPT, "connections waiting for accept()",
	  SOCK(accept_queue), .severity = severity_accept_queue),
	S("accept_limit", "ACCLIM", 6, COUNT, get_field, HAS_ACCEPT, "most connections that may wait",
	  SOCK(accept_limit)),
	N("accept_share", "ACC%", 5, SHARE, get_accept_share, HAS_ACCEPT,
	  "accept_queue of accept_limit; of several listeners the fullest", MOST),
	S("sk_backlog", "BCKLOG", 6, BYTES, get_field, HAS_MEM, "bytes that wait for the socket's lock",
	  SOCK(sk_backlog)),
	S("drops", "DROPS", 5, COUNT, get_field, HAS_DROPS, "packets of it that this machine dropped", SOCK(drops),
	  .severity = severity_drops),
	S("resets", "RESETS", 6, COUNT, get_field, HAS_RESETS, "RST segments sent and received", SOCK(resets)),
	N("owners", "OWNERS", 6, NONE, get_field, HAS_OWNER, "processes that hold the socket", SOCK(owners), MOST),
	T("ulp", "ULP", 5, 0, TEXT, get_text, 0, "upper-layer protocol", SOCK(ulp)),
	S("unacked", "UNACK", 5, SEGMENTS, get_field, HAS_TCP, "segments sent and not acknowledged", SOCK(unacked)),
	S("notsent", "NOTSNT", 6, BYTES, get_field, HAS_TCP, "bytes written and not sent yet", SOCK(notsent)),
	N("backoff", "BACKOF", 6, NONE, get_field, HAS_TCP, "doublings of the retransmission time-out", SOCK(backoff),
	  WARN(1, 4), MOST),
	N("state_us", "INSTATE", 7, USEC, get_state_time, HAS_STATE_TIME, "time in the present state", NO_SUM, SOCKETS),
	S("bytes_sent", "SENT", 5, BYTES, get_field, HAS_TCP, "payload bytes sent, retransmissions included",
	  SOCK(bytes_sent)),
	S("bytes_retrans", "RESENT", 6, BYTES, get_field, HAS_TCP, "payload bytes retransmitted", SOCK(bytes_retrans)),
	T("peer", "PEER", 10, 0, ID, get_peer, 0, "id of the other end, where it is on this machine, too", NO_SUM),
	L("peer_pid", "PEERPID", 7, NONE, get_peer_pid, 0, "process that holds the other end"),
	T("peer_comm", "PEERCOMM", 10, 1, TEXT, get_peer_comm, 0, "name of that process"),
	L("inode", "INODE", 10, NONE, get_nonzero, 0, "inode of the socket's file", SOCK(inode)),
	B(ended, "ENDED", 0, "the connection is over; the row holds its final totals", SOCKETS),
	N("connect_us", "CONNECT", 7, USEC, get_nonzero, 0,
	  "SYN to established; of an accepted one its SYN-ACK to that", SOCK(connect_us), MOST),
	T("ended_by", "ENDED BY", 14, 0, TEXT, get_ended_by, 0,
	  "local or remote: who closed it first; or what ended it", WORDS(ended_by_name, ENDED_COUNT)),
	T("old_state", "WAS", 10, 0, STATE, get_old_state, 0, "its state before it ended", STATE_COLUMN),
	T("errno", "ERRNO", 13, 0, TEXT, get_error, 0, "the error that TCP ended it with",
	  WORDS(error_word, ERROR_WORDS)),
	S("failed", "FAILED", 6, COUNT, get_failed, 0, "1: a connect() that ended without a connection"),
	T("ended_at", "ENDED AT", 15, 0, TIME, get_ended_at, 0, "when it ended, unix seconds", MOST, SOCKETS),
	B(nofile, "NOFILE", 0, "no file holds it: not accepted yet, orphan, kernel socket"),
	B(aborted, "ABORTED", 0, "ended by reset, time-out or close with unread data"),
	B(seeded, "SEEDED", 0, "older than the collector"),
	B(mptcp, "MPTCP", 0, "subflow of an MPTCP connection"),
	B(kernel, "KERNEL", 0, "made by the kernel for itself"),
	B(mapped, "MAPPED", 0, "an IPv6 socket with IPv4 addresses"),
	B(v6only, "V6ONLY", 0, "IPV6_V6ONLY is set"),
	B(reuseport, "REUSEP", 0, "SO_REUSEPORT is set"),
	B(reuseaddr, "REUSEA", 0, "SO_REUSEADDR is set"),
	B(bound, "BOUND", 0, "bind() chose its port: no other socket of the address has it"),
	B(repair, "REPAIR", 0, "TCP_REPAIR was used: counters may have been set by hand"),
	B(cwnd_limited, "CWNDLIM", HAS_TCP, "the congestion window was full"),
	B(app_limited, "APPLIM", HAS_TCP, "the program sent too little: delivery_rate is a lower bound"),
	B(shut_rd, "SHUTRD", 0, "the peer's FIN came, or shutdown(SHUT_RD)"),
	B(shut_wr, "SHUTWR", 0, "shutdown(SHUT_WR) or close()"),
	B(tagged, "TAG", 0, "tagged on the screen", SOCKETS),

	S("bytes_acked", "BACKED", 6, BYTES, get_tcp_info, 0, "bytes_acked as the kernel counts it", INFO(bytes_acked)),
	S("bytes_received", "BRECVD", 6, BYTES, get_tcp_info, 0, "bytes_received as the kernel counts it",
	  INFO(bytes_received)),
	N("lastsnd_us", "LSTSND", 6, USEC, get_info_since, 0, "time since data was sent", INFO(lastsnd_ns), LEAST),
	N("lastrcv_us", "LSTRCV", 6, USEC, get_info_since, 0, "time since data was received", INFO(lastrcv_ns), LEAST),
	N("lastack_us", "LSTACK", 6, USEC, get_info_since, 0, "time since an ACK was received", INFO(lastack_ns),
	  LEAST),
	N("max_pacing_rate", "MAXPAC", 6, RATE, get_info_not_max, 0, "SO_MAX_PACING_RATE, bytes per second",
	  INFO(max_pacing_rate)),
	N("send_rate", "SEND", 6, RATE, get_send_rate, HAS_TCP, "cwnd * mss / rtt, bytes per second: ss's \"send\""),
	N("bbr_bw", "BBRBW", 6, RATE, get_bbr_bw, 0, "BBR's estimate of the bandwidth, bytes per second", INFO(bbr_bw)),
	N("bbr_mrtt_us", "BBRRTT", 6, USEC, get_bbr_mrtt, 0, "BBR's least round-trip time", ASKED, MOST),
	N("bbr_pacing_gain", "BBRPG", 5, FACTOR, get_bbr_pacing_gain, 0, "BBR's pacing gain", ASKED,
	  MEAN),
	N("bbr_cwnd_gain", "BBRCG", 5, FACTOR, get_bbr_cwnd_gain, 0, "BBR's cwnd gain", ASKED, MEAN),
	S("data_segs_in", "DSEGIN", 6, COUNT, get_tcp_info, 0, "segments with data received", INFO(data_segs_in)),
	S("data_segs_out", "DSEGOUT", 7, COUNT, get_tcp_info, 0, "segments with data sent", INFO(data_segs_out)),
	S("segs_in", "SEGIN", 5, COUNT, get_tcp_info, 0, "segments received", INFO(segs_in)),
	S("segs_out", "SEGOUT", 6, COUNT, get_tcp_info, 0, "segments sent", INFO(segs_out)),
	S("delivered", "DLVRD", 5, SEGMENTS, get_tcp_info, 0, "segments delivered", INFO(delivered)),
	S("delivered_ce", "DLVRCE", 6, SEGMENTS, get_tcp_info, 0, "segments delivered with an ECN mark",
	  INFO(delivered_ce)),
	N("ato_us", "ATO", 6, USEC, get_info_nonzero, 0, "delayed ACK time-out", INFO(ato_us), MOST),
	N("rcv_mss", "RCVMSS", 6, BYTES, get_tcp_info, 0, "estimate of the peer's segment size, bytes", INFO(rcv_mss)),
	N("advmss", "ADVMSS", 6, BYTES, get_tcp_info, 0, "segment size that we advertise, bytes", INFO(advmss)),
	N("rcv_rtt_us", "RCVRTT", 6, USEC, get_info_nonzero, 0, "receiver's estimate of the round-trip time",
	  INFO(rcv_rtt_us), MOST),
	N("rcv_space", "RCVSPC", 6, BYTES, get_tcp_info, 0, "receive buffer tuning: bytes per round trip",
	  INFO(rcv_space)),
	N("rcv_ssthresh", "RCVSST", 6, BYTES, get_tcp_info, 0, "bound of the window that we advertise, bytes",
	  INFO(rcv_ssthresh)),
	S("reord_seen", "REORDS", 6, COUNT, get_tcp_info, 0, "reordering events", INFO(reord_seen)),
	S("rehash", "REHASH", 6, COUNT, get_tcp_info, 0, "flow label changes after time-outs", INFO(rehash)),
	S("wmem_alloc", "WMEM", 5, BYTES, get_info, 0, "memory handed down for sending, bytes", INFO(wmem_alloc)),
	S("fwd_alloc", "FWDMEM", 6, BYTES, get_info, 0, "memory reserved and not used, bytes", INFO(fwd_alloc)),
	S("omem_alloc", "OPTMEM", 6, BYTES, get_info, 0, "memory of options and filters, bytes", INFO(omem_alloc)),
	L("mark", "MARK", 10, NONE, get_info, 0, "firewall mark (SO_MARK)", INFO(mark)),
	L("priority", "PRIO", 10, NONE, get_info, 0, "SO_PRIORITY", INFO(priority)),
	T("timer", "TIMER", 12, 0, TEXT, get_timer, 0, "timer that is pending",
	  ASKED, WORDS(timer_name, 7)),
	N("timer_us", "TIMERIN", 7, USEC, get_timer_until, 0, "time until that timer fires", INFO(timer_expires_ns),
	  NO_SUM),
	N("timer_retrans", "TRETR", 5, COUNT, get_tcp_info, 0, "retransmissions of that timer", INFO(timer_retrans),
	  MOST),
	L("tos", "TOS", 3, NONE, get_info, 0, "type of service (IP_TOS)", INFO(tos)),
	L("tclass", "TCLASS", 6, NONE, get_tclass, 0, "traffic class of an IPv6 socket (IPV6_TCLASS)", INFO(tclass)),
	L("class_id", "CLASS", 10, NONE, get_class_id, 0, "class for qdiscs: that of net_cls, else SO_PRIORITY",
	  INFO(class_id)),
	L("fd", "FD", 7, NONE, get_info_not_max, 0, "file descriptor in the process", INFO(fd)),
	N("probes", "PROBES", 6, COUNT, get_tcp_info, 0, "unanswered probes", INFO(probes), MOST),
	T("options", "OPTIONS", 20, 1, TEXT, get_options, 0, "TCP options in use, as ss names them",
	  ASKED),
	T("mptcp_flags", "MPFLAGS", 9, 0, TEXT, get_mptcp_flags, 0, "MPTCP subflow: flags, in ss's letters",
	  ASKED),
	T("mptcp_token", "MPTOKEN", 26, 0, TEXT, get_mptcp_token, 0,
	  "MPTCP subflow: token and address id of the peer and of us", ASKED),
	T("mptcp_map", "MPMAP", 30, 0, TEXT, get_mptcp_map, 0,
	  "MPTCP subflow: where its data belongs in the connection", ASKED),
	L("snd_wscale", "SNDWSC", 6, NONE, get_wscale, 0, "the peer's window scale", INFO(snd_wscale)),
	L("rcv_wscale", "RCVWSC", 6, NONE, get_wscale, 0, "our window scale", INFO(rcv_wscale)),

	T("layers", "LAYERS", 9, 0, TEXT, get_layers, 0,
	  "shares of the mean time: rx mac ip tcp app, tx tcp ip qdisc nic",
	  .needs = NEEDS_LAYERS, .with_layers = OUTPUT_TEXT | OUTPUT_JSON, .severity = value_severity,
	  .object = socket_layers_object, NO_SUM, SOCKETS),
	LAYER(RX_MAC, "rx_mac", "RXMAC", 7, "handed to the stack to IP entry"),
	LAYER(RX_IP, "rx_ip", "RXIP", 6, "IP entry to TCP or UDP entry"),
	LAYER(RX_TCP, "rx_tcp", "RXTCP", 7, "TCP or UDP entry to queued on the socket"),
	LAYER(RX_APP, "rx_app", "RXAPP", 7, "queued on the socket to copied to the program"),
	LAYER(TX_TCP, "tx_tcp", "TXTCP", 7, "send call to leaving TCP or UDP"),
	LAYER(TX_IP, "tx_ip", "TXIP", 6, "leaving TCP or UDP to the device queue"),
	LAYER(TX_QDISC, "tx_qdisc", "TXQD", 6, "device queue to the driver"),
	LAYER(TX_NIC, "tx_nic", "TXNIC", 7, "driver call to accepted"),

	/* Of events alone. */
	T("time", "TIME", 15, 0, TIME, get_life_time, 0, "when it happened, unix seconds", .descending = 1, TELLS,
	  LIVES),
	N("number", "NUMBER", 8, NONE, get_life_number, 0, "of the event, in the order of telling", TELLS, NO_SUM,
	  LIVES),
	T("event", "EVENT", 6, 0, TEXT, get_life_event, 0, "open, accept, listen, fail or close",
	  WORDS(life_event_name, LIFE_EVENTS), .severity = value_severity, LIVES),
	T("outcome", "OUTCOME", 14, 0, TEXT, get_life_outcome, 0, "why there is no connection, or how one ended",
	  .severity = value_severity, .extra = true, LIVES),
	N("old_state_us", "WAS FOR", 7, USEC, get_life_old_state_time, 0, "time in old_state", MOST, LIVES),
	T("states", "STATES", 60, 2, TEXT, get_life_states, 0, "its states before it ended, and the time in each",
	  .object = life_states_object, NO_SUM, LIVES),
	N("duration_us", "LASTED", 6, USEC, get_life_duration, HAS_BIRTH, "from its beginning to its end", MOST, LIVES),

	/* Of folds alone. */
	T("label", "GROUP", 16, 3, TEXT, NULL, 0, "what the sockets of a row have in common", .sum = SUM_LABEL, FOLDED),
	N("members", "SOCKETS", 7, COUNT, get_true, 0, "how many sockets they are", .sum = SUM_COUNT, FOLDED),
	N("connections", "CONNS", 6, COUNT, get_connected, 0,
	  "established connections, without those that no program has accepted yet", .sum = SUM_COUNT, FOLDED),
	S("ports_used", "USED", 5, COUNT, get_ports_used, 0,
	  "local ports of the namespace's range that are taken; a TIME-WAIT that can be reused takes none", FOLDED,
	  .exact = true),
	N("ports_range", "RANGE", 5, COUNT, get_ports_range, 0,
	  "ports in that range: ip_local_port_range less ip_local_reserved_ports", FOLDED, MOST, .exact = true),
	S("ports_share", "USED%", 6, SHARE, get_ports_share, 0,
	  "ports_used of ports_range; from half on connect() looks through every second port in vain first", FOLDED,
	  WARN(0.5, 0.9)),
	S("ports_rate", "PORT/s", 6, EVENTS, get_ports_rate, 0,
	  "ports a second that were taken in the last 10 s, and were not given back yet", FOLDED),
	N("ports_growth", "+USED/s", 7, FACTOR, get_ports_growth, 0,
	  "by how much ports_used grows in a second, over the last 10 to 20 s; first known after as long", FOLDED,
	  .sum = SUM_OWN),
	N("ports_left_us", "LEFT", 6, USEC, get_ports_left, 0,
	  "time until all are taken, if they go on growing so; unknown: they do not grow", FOLDED, .sum = SUM_OWN,
	  .parts = {get_ports_used, get_ports_range}, .descending = 0),
	S("ports_waiting", "TIMEW", 5, COUNT, get_time_wait, 0, "sockets in TIME-WAIT, those of a sample scaled",
	  FOLDED, .exact = true),
	S("reusable", "REUSE", 5, COUNT, get_reusable, 0,
	  "of them, those whose port connect() may take: net.ipv4.tcp_tw_reuse", FOLDED, .exact = true),
	N("sampled", "ONE IN", 6, COUNT, get_sampled, 0,
	  "one in so many TIME-WAIT sockets was looked at, the others are estimated; unknown: all were", FOLDED, MOST),
	L("holder_pid", "PID", 7, NONE, get_holder_pid, 0, "process that holds most of the sockets", FOLDED,
	  .sum = SUM_MODE, .weight = socket_weight),
	T("holder", "HOLDER", 10, 1, TEXT, get_holder, 0, "name of that process", FOLDED, .sum = SUM_MODE,
	  .weight = socket_weight),
	N("holder_sockets", "HOLDS", 5, COUNT, get_holder_sockets, 0, "how many of them it holds", FOLDED,
	  .sum = SUM_OWN, .parts = {get_holder}, .exact = true),
	IN_STATE("established", "ESTAB", ESTABLISHED, "how many sockets are established"),
	IN_STATE("syn_sent", "SYN-S", SYN_SENT, "how many wait for the answer to their SYN"),
	IN_STATE("syn_recv", "SYN-R", SYN_RECV, "how many wait for the end of the handshake"),
	IN_STATE("time_wait", "TW", TIME_WAIT, "how many are in TIME-WAIT; whose is not known counts to nobody"),
	IN_STATE("close_wait", "CW", CLOSE_WAIT, "how many are in CLOSE-WAIT: the peer has closed, they have not"),
	RTT(50),
	RTT(99),
};
/* clang-format on */

static struct column folded[ARRAY_SIZE(columns)];

__attribute__((constructor)) static void make_folded(void)
{
	fold_columns(folded, columns, ARRAY_SIZE(columns));
}

#pragma GCC diagnostic pop

#define P(name_, unit_, get_, has_, ...)                                                                               \
	{                                                                                                              \
		.name = name_, .unit = UNIT_##unit_, .get = get_, .has = has_, __VA_ARGS__                             \
	}

/* ss's own predicates: for it an unconnected end is *:0, and not unknown. */
static const struct column predicates[] = {
    P("dst", ADDRESS, get_remote_as_ss, HAS_REMOTE),
    P("dport", PORT, get_remote_port_as_ss, HAS_REMOTE),
    P("dev", DEVICE, get_device, 0),
    P("fwmark", MASK, get_info, 0, INFO(mark)),
    P("autobound", BOOL, get_autobound, 0),
    TABLE_END_PREDICATES,
};

static const struct column_alias aliases[] = {
    TABLE_END_ALIASES,
    {"dev", "ifname"},
    {"device", "ifname"},
};

/* What fits on a terminal and answers the first questions. */
static const char *const text[] = {
    "proto",   "pid",     "comm",   "state", "local",   "remote",  "recvq", "sendq",
    "rx_rate", "tx_rate", "rtt_us", "cwnd",  "retrans", "limited", NULL,
};

/* netwatcher's -x, except what the default set shows. */
static const char *const text_extra[] = {
    "accept_queue", "accept_limit", "rcv_wnd",   "snd_wnd", "ssthresh",     "sndbuf",      "wmem_queued",
    "rx_bytes",     "tx_bytes",     "rttvar_us", "age_us",  "retrans_fast", "retrans_rto", NULL,
};

/* The names of a socket row that scripts can rely on. */
/* clang-format off */
static const char *const contract[] = {
	"id", "netns", "netns_cookie", "proto", "state", "dir", "laddr", "lport", "raddr", "rport", "ifname",
	"pid", "comm", "uid", "cgroup", "owner", "age_us",
	"rx_bytes", "tx_bytes", "rx_rate", "tx_rate", "rx_pkts", "tx_pkts",
	"rtt_us", "rttvar_us", "minrtt_us", "rto_us", "cwnd", "ssthresh", "snd_wnd", "rcv_wnd", "mss", "pmtu",
	"cc", "ca_state", "pacing_rate", "delivery_rate", "inflight", "lost", "sacked", "reordering",
	"retrans", "retrans_out", "retrans_fast", "retrans_rto", "retrans_tlp", "dsack_dups", "ooo",
	"limited", "busy_us", "rwnd_limited_us", "sndbuf_limited_us",
	"recvq", "sendq", "sndbuf", "rcvbuf", "wmem_queued", "rmem_alloc", "accept_queue", "accept_limit", "sk_backlog",
	"drops", "resets", "owners", "ulp", "ended_at", "connect_us", "ended_by", "errno", "failed",
	NULL,
};
/* clang-format on */

static const struct table_shown shown[] = {
    {"pid", true, 7, 7, 7, 7},
    {"comm", true, 1, 7, 10, 15},
    {"user", false, 27, 8, 8, 12},
    {"proto", false, 21, 5, 5, 5},
    {"dir", false, 29, 6, 6, 6},
    {"state", true, 5, 6, 10, 10},
    {"local", true, 11, 6, 20, 47},
    {"remote", true, 4, 17, 21, 47},
    {"ifname", false, 36, 8, 8, 8},
    {"rx_rate", true, 3, 5, 6, 6},
    {"tx_rate", true, 2, 5, 6, 6},
    {"rtt_us", true, 6, 6, 6, 6},
    {"minrtt_us", false, 26, 6, 6, 6},
    {"cwnd", false, 20, 5, 5, 5},
    {"inflight", false, 34, 5, 5, 5},
    {"retrans", true, 8, 4, 5, 5},
    {"retrans_tick", false, 30, 6, 6, 6},
    {"limited", true, 9, 7, 7, 11},
    {"recvq", false, 22, 5, 5, 5},
    {"sendq", false, 23, 5, 5, 5},
    {"accept_queue", false, 36, 6, 6, 6},
    {"drops", false, 24, 5, 5, 5},
    {"delivery_rate", false, 28, 6, 6, 6},
    {"rto_us", false, 33, 6, 6, 6},
    {"cc", false, 32, 7, 7, 7},
    {"mss", false, 37, 5, 5, 5},
    {"age_us", false, 25, 6, 6, 6},
    {"rx_bytes", false, 31, 5, 5, 5},
    {"tx_bytes", false, 31, 5, 5, 5},
    {"netns", false, 35, 6, 10, 10, .alike = 10},
    {"cgroup", false, 38, 16, 16, 60},
    {"id", false, 39, 10, 10, 10},
};

static u32 end(const void *picture)
{
	return model_rows_end(picture);
}

static u64 id(const void *row)
{
	return ((const struct row *)row)->s.id;
}

static u32 find(const void *picture, u64 id)
{
	return model_find(picture, id);
}

static u64 age(const void *row)
{
	return ((const struct row *)row)->first_tick;
}

static bool ended(const void *row)
{
	return ((const struct row *)row)->closed;
}

static bool just_ended(const void *picture, const void *row)
{
	(void)picture;
	return ((const struct row *)row)->just_ended;
}

static void prefetch(const void *picture, u32 index, enum table_part part)
{
	const struct row *r = model_row(picture, index);

	switch (part) {
	case PART_KEYS:                       /* the two ends of a row, where its marks and its id lie */
		__builtin_prefetch(&r->host); /* and, in bits, what it is */
		__builtin_prefetch(&r->s.id);
		__builtin_prefetch(&r->s.lport);
		break;
	case PART_ROW:
		for (size_t at = 0; at < sizeof(*r); at += 64)
			__builtin_prefetch((const u8 *)r + at);
		break;
	case PART_DETAILS:
		if (r->info)
			__builtin_prefetch(&r->info->options);
		break;
	}
}

static bool waiting(const void *row)
{
	const struct row *r = row;

	return !r->closed && r->s.state == STATE_TIME_WAIT;
}

static u32 waiting_rows(const void *picture)
{
	return model_totals(picture)->by_state[STATE_TIME_WAIT];
}

/* Connections that only time out are dimmed like ended ones: there are many, and nothing is wrong with them. */
static unsigned look(const void *picture, const void *row)
{
	const struct record_tick *tick = model_tick(picture);
	const struct row *r = row;
	bool young = !tick || r->first_tick >= (u32)tick->number;

	/* Of a listener no rates are on their way. */
	return (layers_alarm(picture, row_layers(picture, r)) ? LOOK_ALARM : 0) |
	       (r->closed || waiting(row) ? LOOK_PALE : 0) |
	       (young && !r->closed && r->s.dir != DIR_LISTEN ? LOOK_NEW : 0) | (r->tagged ? LOOK_TAGGED : 0);
}

static u64 words_of(u64 h, const void *bytes, size_t n)
{
	u64 word;

	for (size_t i = 0; i < n; i += sizeof(word)) {
		memcpy(&word, (const u8 *)bytes + i, sizeof(word));
		h = idmap_mix(h, word);
	}
	return h;
}

/* By their protocol, ends and program: in two namespaces they can be the same. */
static u64 alike(const void *picture, const void *row)
{
	const struct record_socket *s = &((const struct row *)row)->s;
	u64 h = (u64)s->lport << 32 | (u64)s->rport << 16 | (u64)s->family << 8 | s->proto;

	(void)picture;
	h = words_of(h, s->laddr, sizeof(s->laddr));
	h = words_of(h, s->raddr, sizeof(s->raddr));
	return idmap_hash(words_of(h, s->comm, sizeof(s->comm)));
}

static u32 rows(const void *picture, bool ended)
{
	const struct totals *t = model_totals(picture);

	return ended ? t->rows : t->live;
}

#define COLUMNS(bit)                                                                                                   \
	.is = bit, .columns = columns, .count = ARRAY_SIZE(columns), .folded = folded, .predicates = predicates,       \
	.predicate_count = ARRAY_SIZE(predicates), .aliases = aliases, .alias_count = ARRAY_SIZE(aliases)

const struct table life_table = {LIFE_TABLE, COLUMNS(OF_LIVES)};

const struct table socket_table = {
    .name = "socket",
    .one = "socket",
    .many = "sockets",
    .shown = shown,
    .shown_count = ARRAY_SIZE(shown),
    .sort = "rate:desc",
    .contract = contract,
    .text = text,
    .text_extra = text_extra,
    COLUMNS(OF_SOCKETS),
    .groups = socket_groups,
    .group_count = SOCKET_GROUPS,
    .end = end,
    .row = model_live_row,
    .id = id,
    .find = find,
    .age = age,
    .ended = ended,
    .just_ended = just_ended,
    .prefetch = prefetch,
    .waiting = waiting,
    .waiting_rows = waiting_rows,
    .waiting_words = "in TIME-WAIT",
    .look = look,
    .alike = alike,
    .rows = rows,
    .generation = model_generation,
    .moment = socket_moment,
};
