/* The table of sockets: each column, in the contract's order, with its name, its place, its width and when it is
 * highlighted. Everything else about columns is made from here; how the table gets to its rows is in socket_rows.c. */
#include "socket_rows.h"

#include "exchange_table.h"
#include "request_table.h"
#include "fold.h"
#include "interception_table.h"
#include "layers.h"
#include "life_table.h"
#include "listeners.h"
#include "socket_ports.h"

/* Bits of column.of: what only sockets have, because it changes or because somebody must ask for it, and what only
 * events have. */
#define OF_SOCKETS 1
#define OF_LIVES 2
#define OF_EXCHANGES 4

/* clang-format off */
#define SOCKETS .of = OF_SOCKETS
#define LIVES .of = OF_LIVES
#define EXCHANGES .of = OF_EXCHANGES
/* A part of an exchange; and of a socket's exchanges, the figures of about the last ten ticks. */
#define PART(part_, name_, title_, help_)                                                                              \
	N(name_ "_us", title_, 6, NSEC, get_exchange_part, 0, help_, .offset = EXCHANGE_##part_, EXCHANGES,            \
	  .sum = SUM_ADD)
#define EXCHANGED(...) N(__VA_ARGS__, .needs = NEEDS_EXCHANGES, OF_TICK, .extra = true)
#define TIME_OF(part_, percent_)                                                                                       \
	.offset = EXCHANGE_##part_, .sum = SUM_P##percent_, .samples = exchange_samples
#define PARTS(part_, name_, title_, what_)                                                                             \
	EXCHANGED(name_ "_p50_us", title_ "50", 6, NSEC, get_exchange_part_p50, 0, what_ ": half took less",           \
		  TIME_OF(part_, 50)),                                                                                 \
	EXCHANGED(name_ "_p99_us", title_ "99", 6, NSEC, get_exchange_part_p99, 0, what_ ": 99 % took less",           \
		  TIME_OF(part_, 99))
#define TIME_SHARE(place_, name_, title_, what_)                                                                       \
	EXCHANGED(name_ "_share", title_, 6, SHARE, get_exchange_share, 0, "of the time of its exchanges, " what_,     \
		  .offset = PLACE_##place_, .sum = SUM_RATIO, .exact = true)
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

/* Of struct record_interception. */
#define TAKEN(field)                                                                                                   \
	.offset = offsetof(struct record_interception, field),                                                         \
	.size = sizeof(((struct record_interception *)0)->field), SOCKETS

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
/* Round trips one by one: of a group, of all that its connections had. */
#define ROUND_TRIPS(percent_, help_)                                                                                   \
	N("tx_ack_p" #percent_ "_us", "ACK" #percent_, 6, NSEC, get_layer_p##percent_, 0, help_,                       \
	  .offset = LAYER_TX_ACK, .needs = NEEDS_LAYERS, SOCKETS, .sum = SUM_P##percent_,                              \
	  .histogram = layer_times_of)
#define METRIC(name_, help_) .metric = name_, .metric_help = help_
#define WARN(warn_, alarm_) .warn = warn_, .alarm = alarm_
#define TELLS .tells = true
#define NO_SUM .sum = SUM_NONE
#define MOST .sum = SUM_MOST
#define LEAST .sum = SUM_LEAST
#define MEAN .sum = SUM_MEAN
#define FOLDED .of = TABLE_FOLDS
#define OF_TICK .of_tick = true, SOCKETS
/* Of listeners: a field of record_listener; a figure of the times until accept(). */
#define QUEUE(field)                                                                                                   \
	.offset = offsetof(struct record_listener, field),                                                             \
	.size = sizeof(((struct record_listener *)0)->field), SOCKETS
#define ACCEPT_TIME(name_, title_, width_, which_, percent_, what_)                                                    \
	N(name_ "_p" #percent_ "_us", title_ #percent_, width_, USEC, get_accept_p##percent_, HAS_ACCEPT,              \
	  what_ ", of connections accepted in the last ten ticks: " #percent_ " % took at most that",                  \
	  .offset = LISTENER_##which_, SOCKETS, MOST)
/* Of folds alone: how many sockets are in a state. */
#define IN_STATE(name_, title_, state_, help_)                                                                         \
	N(name_, title_, 5, COUNT, get_in_state, 0, help_, .offset = STATE_##state_, .sum = SUM_COUNT, FOLDED,         \
	  METRIC(name_ "_sockets", NULL))
/* The same: what is not exceeded by so many of those whose RTT is known. */
#define RTT(percent_)                                                                                                  \
	N("rtt_p" #percent_ "_us", "RTT" #percent_, 6, USEC, get_nonzero, HAS_TCP,                                     \
	  "smoothed round-trip time of the sockets: " #percent_ " % have at most that", SOCK(rtt_us),                  \
	  .sum = SUM_P##percent_, FOLDED, METRIC("rtt_p" #percent_ "_seconds", NULL))
/* The same: how many had something measured in the last tick; and its histogram. */
#define TIMES(name_, title_, get_, help_)                                                                              \
	N(name_, title_, 6, COUNT, get_, 0, help_, .sum = SUM_TIMES, .of_tick = true, FOLDED, .exact = true)
#define HISTOGRAM(name_, title_, of_, object_, help_)                                                                  \
	T(name_, title_, 24, 3, TEXT, get_times, 0,                                                                    \
	  help_ ": where each bucket begins, in us, and how many are in it", .object = object_, .sum = SUM_OWN,        \
	  .parts = {of_}, FOLDED)
#define FIGURE(name_, title_, figure_, of_, help_)                                                                     \
	N(name_, title_, 6, NSEC, get_times_figure, 0, help_, .sum = SUM_OWN, .parts = {of_},                          \
	  .offset = offsetof(struct histogram_figures, figure_), .size = sizeof(u64), FOLDED)
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
	T("rname", "RNAME", 20, 2, TEXT, get_host, HAS_REMOTE, "name of the remote host", .elide = ELIDE_START,
	  .needs = NEEDS_NAMES),
	T("rname_from", "NAMED BY", 8, 0, TEXT, get_host_from, HAS_REMOTE,
	  "how it is known: hosts (/etc/hosts), dns (an answer that this machine received), resolved (--resolve)",
	  WORDS(host_from_word, HOST_FROM_COUNT), .needs = NEEDS_NAMES),
	T("prefix", "PREFIX", 18, 2, TEXT, get_prefix, HAS_REMOTE,
	  "network of the remote address: /24, /64, or of --prefix"),
	L("service", "SERVICE", 7, PORT, get_service, 0,
	  "port of the service: rport of what this end opened, else lport"),
	T("app", "APP", 10, 0, TEXT, get_app, 0,
	  "protocol that it speaks, by what is said, not by its port; or why that is not known",
	  .needs = NEEDS_REQUESTS, .extra = true),
	T("ifname", "DEV", 8, 0, TEXT, get_ifname, 0, "device that the socket is bound to"),
	T("via", "VIA", 8, 0, TEXT, get_via, 0, "device that its packets come by, else the one of its route"),
	L("pid", "PID", 7, NONE, get_field, HAS_OWNER, "process (thread-group leader) that holds it", SOCK(pid), TELLS),
	T("comm", "COMM", 10, 1, TEXT, get_text, HAS_OWNER, "name of that process", SOCK(comm), TELLS),
	T("exe", "EXE", 24, 2, TEXT, get_exe, HAS_OWNER, "file that the process runs, in its own mount namespace",
	  .elide = ELIDE_START),
	T("cmdline", "COMMAND", 30, 3, TEXT, get_cmdline, HAS_OWNER, "its arguments, cut to 256 bytes"),
	T("started_at", "STARTED", 15, 0, TIME, get_started_at, HAS_OWNER, "when it was started, unix seconds"),
	L("mntns", "MNTNS", 10, NONE, get_process_number, HAS_OWNER, "inode of the process's mount namespace",
	  .offset = offsetof(struct process, mntns)),
	L("pidns", "PIDNS", 10, NONE, get_process_number, HAS_OWNER, "inode of the process's pid namespace",
	  .offset = offsetof(struct process, pidns)),
	L("uid", "UID", 10, NONE, get_field, HAS_UID, "user id of the socket", SOCK(uid)),
	T("user", "USER", 8, 1, TEXT, get_user, HAS_UID, "user name of the socket"),
	T("cgroup", "CGROUP", 16, 3, TEXT, get_cgroup, HAS_CGROUP, "cgroup v2 path of the socket",
	  .operand = cgroup_operand),
	T("container", "CONTAINER", 16, 2, TEXT, get_container, HAS_CGROUP,
	  "container of that cgroup: its name, NAMESPACE/POD/CONTAINER of Kubernetes'; without one runtime:id"),
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
	  .order = get_rx_smooth, .settles = true, OF_TICK,
	  METRIC("received_bytes_total", "payload bytes received")),
	S("tx_rate", "TX/s", 6, RATE, get_rate, 0, "bytes per second acknowledged (UDP: sent), over the last tick",
	  RATE(tx_rate), .order = get_tx_smooth, .settles = true, OF_TICK,
	  METRIC("sent_bytes_total", "payload bytes that the peer acknowledged (UDP: sent)")),
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
	  SOCK(minrtt_us), LEAST,
	  METRIC("rtt_least_seconds", NULL)),
	N("rtt_ratio", "RTTx", 5, FACTOR, get_rtt_ratio, HAS_TCP, "rtt_us as a multiple of minrtt_us", MOST),
	N("rto_us", "RTO", 6, USEC, get_field, HAS_TCP, "retransmission time-out", SOCK(rto_us), WARN(3e6, 30e6), MOST),
	N("cwnd", "CWND", 5, SEGMENTS, get_field, HAS_TCP, "congestion window, segments", SOCK(cwnd)),
	N("ssthresh", "SSTHR", 5, SEGMENTS, get_ssthresh, HAS_TCP, "slow start threshold, segments", SOCK(ssthresh)),
	N("snd_wnd", "SNDWND", 6, BYTES, get_field, HAS_TCP, "the peer's receive window, bytes", SOCK(snd_wnd)),
	N("rcv_wnd", "RCVWND", 6, BYTES, get_field, HAS_TCP, "our receive window, bytes", SOCK(rcv_wnd)),
	N("mss", "MSS", 5, BYTES, get_field, HAS_TCP, "largest segment sent, bytes", SOCK(mss), .exact = true),
	N("pmtu", "PMTU", 5, BYTES, get_field, HAS_TCP, "path MTU, bytes", SOCK(pmtu), .exact = true),
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
	  ROW(retrans_tick), WARN(1, 10), OF_TICK,
	  METRIC("retransmitted_segments_total", "segments sent again")),
	S("sent_tick", "SENT/t", 6, SEGMENTS, get_per_tick, HAS_TX_PKTS,
	  "segments or datagrams sent in the last tick", ROW(sent_tick), OF_TICK,
	  METRIC("sent_packets_total", "segments and datagrams sent")),
	N("retrans_share", "RETR%", 6, SHARE, get_retrans_share, HAS_TCP,
	  "of the segments sent in the last tick, those that were sent again", WARN(0.01, 0.05), .exact = true,
	  .sum = SUM_RATIO, OF_TICK),
	N("oversized_share", "BIG%", 5, SHARE, get_oversized_share, 0,
	  "sockets whose full segments do not arrive, while smaller ones do", FOLDED, .sum = SUM_RATIO),
	S("drops_tick", "DROP/t", 6, COUNT, get_drops_tick, HAS_DROPS,
	  "packets of it that this machine dropped in the last tick",
	  WARN(1, 10), OF_TICK,
	  METRIC("dropped_packets_total", "packets of its sockets that this machine dropped")),
	S("resets_tick", "RST/t", 5, COUNT, get_resets_tick, HAS_RESETS,
	  "RST segments sent and received in the last tick", OF_TICK,
	  METRIC("resets_total", "RST segments sent and received")),
	S("new_rate", "NEW/s", 5, EVENTS, get_new_rate, 0,
	  "connections begun in the last tick, per second; those that are over, too", OF_TICK,
	  METRIC("connections_begun_total", "connections begun")),
	S("fail_rate", "FAIL/s", 6, EVENTS, get_fail_rate, 0,
	  "connect() calls that ended without a connection in the last tick, per second", OF_TICK,
	  METRIC("connections_failed_total", "connect() calls that ended without a connection")),
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
	  SOCK(accept_queue), .severity = severity_accept_queue,
	  METRIC("accept_queue", NULL)),
	S("accept_limit", "ACCLIM", 6, COUNT, get_field, HAS_ACCEPT, "most connections that may wait",
	  SOCK(accept_limit),
	  METRIC("accept_queue_limit", NULL)),
	N("accept_share", "ACC%", 5, SHARE, get_accept_share, HAS_ACCEPT,
	  "accept_queue of accept_limit; of several listeners the fullest", MOST),
	N("accept_high", "HIGH", 5, COUNT, get_listener_counted, HAS_ACCEPT,
	  "the longest accept queue that the end of a handshake, or a tick, has met since skbtop looks",
	  QUEUE(accept_high), MOST),
	N("accept_high_60s", "HIGH60", 6, COUNT, get_listener_counted, HAS_ACCEPT, "the same of the last 60 to 69 s",
	  QUEUE(accept_high_60s), MOST),
	N("accept_peak", "PEAK", 5, COUNT, get_accept_peak, HAS_ACCEPT,
	  "accept_high_60s, where it is more than waits now", SOCKETS, MOST),
	N("accept_high_share", "HIGH%", 5, SHARE, get_accept_high_share, HAS_ACCEPT,
	  "accept_high_60s of accept_limit; of several listeners the fullest", SOCKETS, MOST),
	T("accept_queue_met", "MET", 16, 1, TEXT, get_accept_queue_met, HAS_ACCEPT,
	  "how many handshakes met an accept queue of which length: 0:900 2-3:12", SOCKETS),
	N("accept_waiting_us", "WAITS", 6, USEC, get_accept_waiting, 0,
	  "for how long a connection has been waiting for accept(); of several the longest", SOCKETS, MOST,
	  METRIC("accept_waiting_seconds", NULL)),
	S("accept_rate", "ACC/s", 5, EVENTS, get_accept_rate, HAS_ACCEPT,
	  "connections that left the accept queue in the last tick, per second", SOCKETS,
	  METRIC("connections_accepted_total", "connections that left the accept queue")),
	S("refused_rate", "REFUS/s", 7, EVENTS, get_refused_rate, HAS_ACCEPT | HAS_DROPS,
	  "SYNs and last ACKs of handshakes that the listener refused in the last tick, per second", SOCKETS,
	  WARN(1, 10),
	  METRIC("handshakes_refused_total", "SYNs and last ACKs of handshakes that the listener refused")),
	S("overflow_rate", "OVER/s", 6, EVENTS, get_alone_overflows, HAS_ACCEPT,
	  "TcpExtListenOverflows per second; known where the listener is alone in its network namespace", SOCKETS),
	S("cookies_rate", "COOK/s", 6, EVENTS, get_alone_cookies, HAS_ACCEPT,
	  "TcpExtSyncookiesSent per second; known where the listener is alone in its network namespace", SOCKETS),
	ACCEPT_TIME("accept_wait", "WAIT", 6, WAIT, 50, "from the end of the handshake to accept()"),
	ACCEPT_TIME("accept_wait", "WAIT", 6, WAIT, 99, "from the end of the handshake to accept()"),
	ACCEPT_TIME("syn_to_accept", "SYNAC", 7, WHOLE, 50,
		    "from the SYN's answer, if that was sent once, to accept()"),
	ACCEPT_TIME("syn_to_accept", "SYNAC", 7, WHOLE, 99,
		    "from the SYN's answer, if that was sent once, to accept()"),
	S("syn_queue", "SYNQ", 5, COUNT, get_listener, HAS_ACCEPT, "handshakes that are not completed yet",
	  QUEUE(syn_queue),
	  METRIC("syn_queue", NULL)),
	S("syn_limit", "SYNLIM", 6, COUNT, get_syn_limit, HAS_ACCEPT,
	  "as many of them make the kernel answer SYNs with cookies, or drop them; unknown: it always sends cookies",
	  QUEUE(syn_limit)),
	N("syn_share", "SYN%", 5, SHARE, get_syn_share, HAS_ACCEPT, "syn_queue of syn_limit; of several the fullest",
	  SOCKETS, MOST, WARN(0.8, 1)),
	N("reuseport_skew", "SKEW", 5, FACTOR, get_reuseport_skew, HAS_ACCEPT,
	  "what it has accepted in the last 10 to 20 s, as a multiple of the mean of all SO_REUSEPORT listeners of the "
	  "address and port; if none accepts, what waits", SOCKETS, MOST, WARN(1.5, 3)),
	S("sk_backlog", "BCKLOG", 6, BYTES, get_field, HAS_MEM, "bytes that wait for the socket's lock",
	  SOCK(sk_backlog)),
	S("drops", "DROPS", 5, COUNT, get_field, HAS_DROPS, "packets of it that this machine dropped", SOCK(drops),
	  .severity = severity_drops),
	S("resets", "RESETS", 6, COUNT, get_field, HAS_RESETS, "RST segments sent and received", SOCK(resets)),
	N("owners", "OWNERS", 6, NONE, get_field, HAS_OWNER, "processes that hold the socket", SOCK(owners), MOST),
	T("ulp", "ULP", 5, 0, TEXT, get_text, 0, "upper-layer protocol", SOCK(ulp)),
	T("intercepted", "INTERCEPTED", 14, 1, TEXT, get_intercepted, 0,
	  "what has taken it over: parser, verdict, skb_verdict, msg or sockmap; its ulp; filter, reuseport", SOCKETS),
	T("psock_progs", "PROGRAMS", 26, 2, TEXT, get_psock_progs, 0,
	  "BPF programs that its data go through, in the order of intercepted: name#id", SOCKETS),
	T("filter_prog", "FILTER", 14, 1, TEXT, get_filter_prog, 0,
	  "its filter, name#id; classic: SO_ATTACH_FILTER", SOCKETS),
	T("reuseport_prog", "REUSEPROG", 14, 1, TEXT, get_reuseport_prog, 0,
	  "program that chooses among the sockets of its port, name#id", SOCKETS),
	T("cgroup_progs", "CGROUP PROGRAMS", 20, 2, TEXT, get_cgroup_progs, HAS_CGROUP,
	  "BPF programs of its control group, inherited ones included, that see its calls or packets: hook:name#id; "
	  "none", .extra = true, .needs = NEEDS_DEVICES, SOCKETS),
	T("device_progs", "DEVICE PROGRAMS", 20, 2, TEXT, get_device_progs, 0,
	  "BPF programs of the device `via`, which see all of its packets: xdp, tcx or tc, and the direction; none",
	  .extra = true, .needs = NEEDS_DEVICES, SOCKETS),
	S("strp_msgs", "MSGS", 5, COUNT, get_interception, INTERCEPTION_STRPARSER,
	  "messages that its stream parser has found", TAKEN(strp_msgs)),
	S("strp_bytes", "MSGBYT", 6, BYTES, get_interception, INTERCEPTION_STRPARSER, "… and their bytes",
	  TAKEN(strp_bytes)),
	S("strp_need_more", "NEEDMO", 6, COUNT, get_interception, INTERCEPTION_STRPARSER,
	  "how often the parser could not tell a message's length yet", TAKEN(strp_need_more)),
	S("strp_errors", "STRERR", 6, COUNT, get_interception, INTERCEPTION_STRPARSER,
	  "what the parser failed at: no memory, message too large or late, bad header", TAKEN(strp_errors),
	  WARN(1, 100)),
	S("redir_rx", "REDIRX", 6, BYTES, get_interception, INTERCEPTION_REDIRECTS,
	  "bytes that BPF programs have moved to it from other sockets since somebody looks, which rx_bytes and "
	  "tx_bytes need not have", TAKEN(redir_rx), .extra = true, .needs = NEEDS_REDIRECTS),
	S("redir_tx", "REDITX", 6, BYTES, get_interception, INTERCEPTION_REDIRECTS, "… and from it to other sockets",
	  TAKEN(redir_tx), .extra = true, .needs = NEEDS_REDIRECTS),
	B(strp_aborted, "ABORTED", INTERCEPTION_STRPARSER, "its parser has given up", SOCKETS),
	T("tls_version", "TLS", 4, 0, TEXT, get_tls_version, 0, "version of TLS that the kernel speaks on it", SOCKETS),
	T("tls_cipher", "CIPHER", 11, 0, TEXT, get_tls_cipher, 0, "its cipher, as ss names it", SOCKETS),
	T("tls_tx", "TLS TX", 6, 0, TEXT, get_tls_conf, INTERCEPTION_TLS,
	  "who encrypts: none (the program), sw (the kernel), hw or hw-record (the device)", TAKEN(tls_tx),
	  WORDS(tls_conf_name, TLS_CONFS)),
	T("tls_rx", "TLS RX", 6, 0, TEXT, get_tls_conf, INTERCEPTION_TLS, "who decrypts, likewise", TAKEN(tls_rx),
	  WORDS(tls_conf_name, TLS_CONFS)),
	T("mptcp_conn", "MPCONN", 8, 0, TEXT, get_mptcp_conn, 0,
	  "token of the MPTCP connection that it is a subflow of, as ss -M has it", .extra = true, SOCKETS),
	N("mptcp_rx_bytes", "MPRX", 5, BYTES, get_interception, INTERCEPTION_MPTCP_BYTES,
	  "bytes that this connection has received by all its subflows, when this one moved last; from Linux 6.5 on",
	  TAKEN(mptcp_rx_bytes), MOST, .extra = true),
	N("mptcp_tx_bytes", "MPTX", 5, BYTES, get_interception, INTERCEPTION_MPTCP_BYTES,
	  "… and that its peer has acknowledged: what was sent by two subflows counts once",
	  TAKEN(mptcp_tx_bytes), MOST, .extra = true),
	S("unacked", "UNACK", 5, SEGMENTS, get_field, HAS_TCP, "segments sent and not acknowledged", SOCK(unacked)),
	S("notsent", "NOTSNT", 6, BYTES, get_field, HAS_TCP, "bytes written and not sent yet", SOCK(notsent)),
	N("backoff", "BACKOF", 6, NONE, get_field, HAS_TCP, "doublings of the retransmission time-out", SOCK(backoff),
	  WARN(1, 4), MOST),
	N("state_us", "INSTATE", 7, USEC, get_state_time, HAS_STATE_TIME, "time in the present state", NO_SUM, SOCKETS),
	S("bytes_sent", "SENT", 5, BYTES, get_field, HAS_TCP, "payload bytes sent, retransmissions included",
	  SOCK(bytes_sent)),
	S("bytes_retrans", "RESENT", 6, BYTES, get_field, HAS_TCP, "payload bytes retransmitted", SOCK(bytes_retrans)),
	T("peer", "PEER", 10, 0, ID, get_peer, 0, "id of the other end, where it is on this machine, too", NO_SUM,
	  .needs = NEEDS_NAT),
	L("peer_pid", "PEERPID", 7, NONE, get_peer_pid, 0, "process that holds the other end", .needs = NEEDS_NAT),
	T("peer_comm", "PEERCOMM", 10, 1, TEXT, get_peer_comm, 0, "name of that process", .needs = NEEDS_NAT),
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

	EXCHANGED("exch_rate", "EXCH/s", 6, EVENTS, get_exch_rate, 0, "requests answered in the last tick, per second",
		  .sum = SUM_ADD),
	EXCHANGED("exch_mean_us", "EXCHAV", 6, NSEC, get_exch_mean, 0, "from a request to its answer: the mean",
		  .sum = SUM_RATIO),
	EXCHANGED("exch_p50_us", "EXCH50", 6, NSEC, get_exch_p50, 0, "from a request to its answer: half took less",
		  TIME_OF(PARTS, 50)),
	EXCHANGED("exch_p99_us", "EXCH99", 6, NSEC, get_exch_p99, 0, "from a request to its answer: 99 % took less",
		  TIME_OF(PARTS, 99), .severity = value_severity),
	EXCHANGED("exch_max_us", "EXCHMX", 6, NSEC, get_exch_max, 0, "from a request to its answer: the longest",
		  MOST, .severity = value_severity),
	PARTS(IN, "in", "IN", "from the first to the last segment that came in"),
	PARTS(WAIT, "wait", "WAIT", "from then until the program read it"),
	PARTS(THINK, "think", "THNK", "of a server: from then until it began to answer"),
	PARTS(WRITE, "write", "WRIT", "from the first to the last send call"),
	PARTS(OUT, "out", "OUT", "of a server: from then until the answer was acknowledged"),
	PARTS(AWAY, "away", "AWAY", "of a client: from the last send call to the answer's first segment"),
	TIME_SHARE(NETWORK, "network", "NET%", "what was spent beyond this machine: in, out, away"),
	TIME_SHARE(KERNEL, "kernel", "KERN%",
		   "what the kernel took to wake the program up, where that is known: a part of wait"),
	TIME_SHARE(PROGRAM, "program", "PROG%", "what the program took: wait but for the kernel's part, think, write"),
	EXCHANGED("overlap_share", "OVER%", 6, SHARE, get_overlap_share, 0,
		  "of its exchanges, those that say nothing because their directions overlapped", .exact = true,
		  .sum = SUM_RATIO),

	T("began", "BEGAN", 15, 0, TIME, get_exchange_time, 0, "when the request came or was sent, unix seconds",
	  EXCHANGES, .descending = 1, NO_SUM),
	N("exchange", "NUMBER", 7, NONE, get_exchange_number, 0, "number of the exchange", EXCHANGES, NO_SUM),
	T("role", "ROLE", 6, 0, TEXT, get_exchange_role, 0, "server: it was asked; client: it asked",
	  WORDS(exchange_role_name, 3), EXCHANGES),
	T("outcome", "OUTCOME", 9, 0, TEXT, get_exchange_outcome, 0,
	  "answered; else why it is no measure: overlap, partly (not all of it was seen); or how it ended before it "
	  "was over: no_answer, cut, reset (by the peer), timed_out",
	  WORDS(exchange_outcome_name, OUTCOMES), .blanks = true, EXCHANGES, .severity = value_severity),
	N("call_us", "CALL", 6, NSEC, get_exchange_whole, 0, "from the request to its answer: its parts together",
	  EXCHANGES, .sum = SUM_ADD, .severity = value_severity),
	PART(IN, "in", "IN", "from the first to the last segment that came in"),
	PART(WAIT, "wait", "WAIT", "from then until the program read it"),
	PART(THINK, "think", "THINK", "of a server: from then until it began to answer"),
	PART(WRITE, "write", "WRITE", "from the first to the last send call"),
	PART(OUT, "out", "OUT", "of a server: from then until the answer was acknowledged"),
	N("wakeup_us", "WAKE", 6, NSEC, get_exchange_wakeup, 0,
	  "of wait_us, the kernel's: until it let a program run that slept for it, or waited for a processor; absent: "
	  "not known",
	  EXCHANGES,
	  .sum = SUM_ADD),
	PART(AWAY, "away", "AWAY", "of a client: from the last send call to the answer's first segment"),
	T("name", "REQUEST", 20, 3, TEXT, get_exchange_name, 0,
	  "what was asked for, where that can be known (--view requests)", EXCHANGES, .needs = NEEDS_REQUESTS,
	  .extra = true, NO_SUM),
	T("status", "ANSWER", 8, 0, TEXT, get_exchange_status, 0, "how it was answered", EXCHANGES,
	  .needs = NEEDS_REQUESTS, .extra = true, NO_SUM),
	N("other", "OTHER", 7, NONE, get_exchange_other, 0,
	  "number of the exchange that the other end has seen of the same call, where that is on this machine, too",
	  EXCHANGES, NO_SUM),
	T("parts", "WHERE THE TIME WENT", 24, 2, TEXT, get_exchange_parts, 0,
	  "its parts in their order, in brackets those of a server on this machine; and segments that were sent again",
	  EXCHANGES, NO_SUM),

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
	ROUND_TRIPS(50, "a segment's last send to its acknowledgement: half took less"),
	ROUND_TRIPS(99, "a segment's last send to its acknowledgement: 99 % took less"),

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
	S("cut_by_peer", "CUT P", 5, COUNT, get_life_cut_by_peer, 0,
	  "1: the peer reset it before it had answered, or acknowledged all", LIVES),
	S("cut_here", "CUT H", 5, COUNT, get_life_cut_here, 0,
	  "1: it was reset from here with a request unread, or with data that was not acknowledged", LIVES),
	N("cut_share", "CUT%", 5, SHARE, get_life_cut_share, 0, "1: it was cut off, by either; of several their share",
	  .sum = SUM_RATIO, .exact = true, LIVES),
	T("blackbox", "BLACK BOX", 40, 2, TEXT, get_life_blackbox, 0,
	  "told last of one that ended badly, each with its time before the end", .object = life_blackbox_object,
	  NO_SUM, LIVES),
	N("duration_us", "LASTED", 6, USEC, get_life_duration, HAS_BIRTH, "from its beginning to its end", MOST, LIVES),

	/* Of folds alone. */
	T("label", "GROUP", 16, 3, TEXT, NULL, 0, "what the sockets of a row have in common", .sum = SUM_LABEL, FOLDED),
	N("members", "SOCKETS", 7, COUNT, get_true, 0, "how many sockets they are", .sum = SUM_COUNT, FOLDED,
	  METRIC("sockets", NULL)),
	N("connections", "CONNS", 6, COUNT, get_connected, 0,
	  "established connections, without those that no program has accepted yet", .sum = SUM_COUNT, FOLDED,
	  METRIC("connections", NULL)),
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
	S("waiting_share", "TW%", 6, SHARE, get_waiting_share, 0,
	  "of ports_range, those that only wait in TIME-WAIT, and cannot be reused", FOLDED),
	N("time_wait_max", "TWMAX", 6, COUNT, get_time_wait_max, 0,
	  "how many TIME-WAIT sockets the namespace may have (net.ipv4.tcp_max_tw_buckets)", FOLDED, MOST,
	  .exact = true),
	S("time_wait_share", "OFMAX%", 6, SHARE, get_time_wait_share, 0, "ports_waiting of time_wait_max", FOLDED),
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
	T("waiting_client", "WAITING", 15, 1, TEXT, get_waiting_client, HAS_REMOTE,
	  "remote address of most of the connections that wait for accept()", FOLDED, .sum = SUM_MODE),
	IN_STATE("established", "ESTAB", ESTABLISHED, "how many sockets are established"),
	IN_STATE("syn_sent", "SYN-S", SYN_SENT, "how many wait for the answer to their SYN"),
	IN_STATE("syn_recv", "SYN-R", SYN_RECV, "how many wait for the end of the handshake"),
	IN_STATE("time_wait", "TW", TIME_WAIT, "how many are in TIME-WAIT; whose is not known counts to nobody"),
	IN_STATE("close_wait", "CW", CLOSE_WAIT, "how many are in CLOSE-WAIT: the peer has closed, they have not"),
	RTT(50),
	RTT(99),
	TIMES("rtt_samples", "RTTS/t", get_rtt_sample,
	      "connections of which the peer acknowledged data in the last tick: those that rtt_hist counts"),
	HISTOGRAM("rtt_hist", "RTTS", get_rtt_sample, rtt_hist_object, "their smoothed round-trip times"),
	TIMES("connects", "CONN/t", get_connect_sample,
	      "connections that were opened from here and became established in the last tick"),
	FIGURE("connect_p50_us", "CONN50", p50_ns, get_connect_sample,
	       "how long half of them took at most, from SYN to established"),
	FIGURE("connect_p99_us", "CONN99", p99_ns, get_connect_sample, "how long 99 % of them took at most"),
	HISTOGRAM("connect_hist", "CONNECTS", get_connect_sample, connect_hist_object,
		  "how long they took, from SYN to established"),
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

#define COLUMNS(bit)                                                                                                   \
	.is = bit, .columns = columns, .count = ARRAY_SIZE(columns), .folded = folded, .predicates = predicates,       \
	.predicate_count = ARRAY_SIZE(predicates), .aliases = aliases, .alias_count = ARRAY_SIZE(aliases)

const struct table life_table = {LIFE_TABLE, COLUMNS(OF_LIVES)};

const struct table exchange_table = {EXCHANGE_TABLE, COLUMNS(OF_EXCHANGES)};

const struct table socket_table = {SOCKET_TABLE, COLUMNS(OF_SOCKETS)};

const struct table interception_table = {INTERCEPTION_TABLE, COLUMNS(OF_SOCKETS)};
