/* What is sent between collector and monitor: the kinds of records, their fields, units and sources.
 * One table per kind (RECORD_*_FIELDS) makes the C struct, the schema in the stream and the decoder's mapping. A field
 * is F(type, name, meaning) or A(type, name, count, meaning). Fields are sorted so that no struct has padding. All
 * counters are cumulative since the socket's birth, all *_ns are CLOCK_MONOTONIC nanoseconds, all *_us microseconds. An
 * unknown value has its bit in `has` clear (or the documented "unknown" value); the field is then not to be used. */
#pragma once

#include <netinet/in.h> /* IPPROTO_* */

#include "types.h"

#define STREAM_VERSION 1 /* a reader refuses a stream of another major version */
#define RECORD_COMM_LEN 16
#define RECORD_NAME_LEN 256

#include "record_socket.h"
#include "record_loss.h"
#include "record_packet.h"
#include "record_device.h"
#include "record_host.h"
#include "record_interception.h"
#include "record_exchange.h"
#include "record_request.h"
#include "record_key.h"

/* What was completed with a tick: it has reported all its sockets. */
enum pass_whole { PASS_FILES = 1, PASS_SLOW = 2 };

/* The end of a tick: everything since the last one belongs to it. Counters are cumulative since the collector's
 * start. */
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
	  "for how long the turn has waited for a socket's lock, or for another read of it; 0: it does not")           \
	F(u64, lost_answers, "answers of name servers that were not reported: above the limit, or the ring was full")

/* First record of a stream. */
#define RECORD_HELLO_FIELDS(F, A)                                                                                      \
	F(u64, start_ns, "when the collector attached")                                                                \
	F(u64, realtime_offset_ns, "CLOCK_REALTIME - CLOCK_MONOTONIC at the start")                                    \
	A(u8, host, 64, "host name")                                                                                   \
	A(u8, kernel, 96, "kernel release")                                                                            \
	A(u8, version, 32, "skbtop's version at the collector")                                                        \
	F(u32, cpus, "")                                                                                               \
	F(u32, netns, "inode of the collector's own network namespace")

/* Features that the code asks for. The numbers never change in recordings; a feature's name is for people. */
enum feature_number {
	TELLS_NOTHING = 0, /* any other feature, and every feature in recordings from before there were numbers */
	TELLS_DROPS = 1,
	TELLS_RETRANSMITS = 2,
	TELLS_RESETS_SENT = 3,
	TELLS_RESETS_RECEIVED = 4,
	TELLS_HOOK_TIMES = 5, /* netfilter's */
	TELLS_EXCHANGES = 6,  /* all of them are needed */
	TELLS_REQUESTS = 8,
};

/* One per feature: which hook serves it, or why none does. What --doctor prints. */
#define RECORD_FEATURE_FIELDS(F, A)                                                                                    \
	A(u8, name, 32, "the feature: births, ends, udp bytes, …")                                                     \
	A(u8, hook, 160, "the hook that serves it; empty: none does")                                                  \
	A(u8, reason, 256, "why none, or why the better ones were not taken")                                          \
	F(u64, required, "1: without it there is no table")                                                            \
	F(u64, number, "enum feature_number")

/* A name for a number in other records. */
enum name_kind {
	NAME_CGROUP = 1,
	NAME_NETNS = 2,
	NAME_IFACE = 3,
	NAME_USER = 4,
	NAME_DROP_REASON = 5,
	NAME_SYMBOL = 6,
	NAME_RESET_REASON = 7,
	NAME_DEVICE = 8,
	NAME_COUNTER = 9,
	NAME_PROGRAM = 10,
	NAME_CONTAINER = 11, /* of a cgroup: the container that it belongs to */
	NAME_KINDS,
};

#define RECORD_NAME_FIELDS(F, A)                                                                                       \
	F(u64, kind, "enum name_kind")                                                                                 \
	F(u64, key, "cgroup id, netns inode, ifindex, uid, program id, …")                                             \
	F(u64, scope,                                                                                                  \
	  "of an interface (of packets): netns inode; of a device (of sockets): netns cookie, where there are "        \
	  "none the inode; else 0")                                                                                    \
	A(u8, text, RECORD_NAME_LEN,                                                                                   \
	  "the name, raw bytes, NUL padded; the last one counts; empty: it has none any more")

/* What is known of a process that holds or held sockets, beside its name; the last one of a pid counts. */
#define RECORD_PROCESS_FIELDS(F, A)                                                                                    \
	F(u32, pid, "as record_socket.pid")                                                                            \
	F(u32, mntns, "inode of its mount namespace; 0: not known")                                                    \
	F(u32, pidns, "inode of its pid namespace; 0: not known")                                                      \
	F(u32, reserved, "")                                                                                           \
	A(u8, exe, 128, "path of the file that it runs, in its own mount namespace; cut; empty: not known")            \
	F(u64, start_ns,                                                                                               \
	  "when it was started, to 10 ms: its age before the present CLOCK_MONOTONIC, below whose 0 it is after a "    \
	  "suspend, and wraps; 0: not known")

#define CMDLINE_MAX 4096 /* of a process that a command asked for */
#define CMDLINE_TOLD 256 /* of all others */

/* The command line of such a process: sent once, and when it has changed. */
#define RECORD_CMDLINE_FIELDS(F, A)                                                                                    \
	F(u32, pid, "as record_socket.pid")                                                                            \
	F(u32, whole, "1: that is all, or as much as a command asks for; 0: CMDLINE_TOLD bytes of more")               \
	A(u8, text, CMDLINE_MAX, "its arguments with a blank between, raw bytes, NUL padded; cut")

/* A socket that is gone without an end event (UDP, or lost). */
#define RECORD_GONE_FIELDS(F, A)                                                                                       \
	F(u64, id, "as record_socket.id")                                                                              \
	F(u64, time_ns, "when it was found missing")

/* How many processes hold a socket none of whose other values has changed. */
#define RECORD_OWNERS_FIELDS(F, A)                                                                                     \
	F(u64, id, "as record_socket.id")                                                                              \
	F(u32, pid, "who holds it, as record_socket.pid")                                                              \
	F(u32, owners, "as record_socket.owners")                                                                      \
	A(u8, comm, RECORD_COMM_LEN, "of pid, as record_socket.comm")

/* RST segments that were sent after the end of a connection was reported (a close that left data unread). */
#define RECORD_RESETS_FIELDS(F, A)                                                                                     \
	F(u64, id, "as record_socket.id")                                                                              \
	F(u64, time_ns, "of the last one")                                                                             \
	F(u32, resets, "as record_socket.resets")                                                                      \
	F(u32, reserved, "")

/* Which local ports the kernel gives to connections that ask for none, in one network namespace, and how long it keeps
 * them: sent when it is first
 * visited, and when any of it has changed. */
#define RECORD_PORTS_FIELDS(F, A)                                                                                      \
	F(u64, netns_cookie, "the namespace's cookie; 0 where the kernel has none (before 5.14)")                      \
	F(u32, netns, "inode of the namespace")                                                                        \
	F(u32, kept, "ports of the range that are never given (ip_local_reserved_ports)")                              \
	F(u32, reuse_delay_ms, "for how long a TIME_WAIT cannot be reused (tcp_tw_reuse_delay, 6.14; before, 1000)")   \
	F(u16, first, "ip_local_port_range: the first")                                                                \
	F(u16, last, "… and the last, which belongs to it")                                                            \
	F(u8, reuse, "tcp_tw_reuse: 0 never, 1 always, 2 over loopback; 0 as well where timestamps are off")           \
	A(u8, reserved, 7, "")                                                                                         \
	F(u32, time_wait_max, "tcp_max_tw_buckets: beyond it a connection ends without TIME_WAIT; 0: not known")       \
	A(u8, reserved2, 4, "")

/* The collector's last word. */
#define RECORD_BYE_FIELDS(F, A)                                                                                        \
	F(u64, code, "exit status that fits: 0 done, 1 failed")                                                        \
	A(u8, text, 512, "one line: why")

/* From the monitor to the collector. */
enum command_kind {
	COMMAND_INTERVAL = 1, /* value: nanoseconds, 100 ms … 1 h; clamped to that */
	COMMAND_INFO = 2,     /* value: a socket's id, 0 none, ~0 all: which sockets get a record_info */
	COMMAND_TICK_NOW = 3, /* a tick as soon as the shortest interval allows */
	COMMAND_QUIT = 4,
	COMMAND_LAYERS = 5,  /* value: 0 off, else one packet in so many is measured; turned on at most once a tick */
	COMMAND_TRACE = 6,   /* value: the id of the socket whose packets are traced, 0 none, ECHO_ID: all ICMP echo */
	COMMAND_CMDLINE = 7, /* value: the pid of a process whose command line is sent as a whole, 0 none */
	COMMAND_NAT = 12,    /* value: 1: translated connections are looked for; 0: not any more */
	COMMAND_NAMES = 38,  /* value: 1 answers of name servers are sent, 0 not */
	COMMAND_EXCHANGES = 50, /* value: 1 exchanges are measured, 0 not */
	COMMAND_REQUESTS = 56,  /* value: enum requests_asked */
	COMMAND_REDIRECTS = 68, /* value: 1 bytes that programs of BPF redirect are counted, 0 not */
};

/* What turns begin with: of what it is taken. */
enum requests_asked { REQUESTS_NONE, REQUESTS_ALL, REQUESTS_DATAGRAMS /* of name servers' alone */ };

#define RECORD_COMMAND_FIELDS(F, A)                                                                                    \
	F(u64, kind, "enum command_kind")                                                                              \
	F(u64, value, "")

/* Every kind of record: its number in the stream, its name. Numbers are never reused. */
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
	K(22, NETFILTER, netfilter)                                                                                    \
	K(24, LIFE, life)                                                                                              \
	K(27, DEVICE, device)                                                                                          \
	K(28, CPU, cpu)                                                                                                \
	K(29, COUNTER, counter)                                                                                        \
	K(30, SPACE, space)                                                                                            \
	K(31, PORTS, ports)                                                                                            \
	K(33, PROCESS, process)                                                                                        \
	K(34, INTERCEPTION, interception)                                                                              \
	K(36, LISTENER, listener)                                                                                      \
	K(38, HOST, host)                                                                                              \
	K(39, ANSWER, answer)                                                                                          \
	K(40, CMDLINE, cmdline)                                                                                        \
	K(44, NAT, nat)                                                                                                \
	K(50, EXCHANGE, exchange)                                                                                      \
	K(51, EXCHANGES, exchanges)                                                                                    \
	K(52, ATTACHED, attached)                                                                                      \
	K(54, DATAGRAM_READ, datagram_read)                                                                            \
	K(56, BEGINNING, beginning)                                                                                    \
	K(57, HANDSHAKE, handshake)                                                                                    \
	K(58, BEGINNINGS, beginnings)                                                                                  \
	K(64, KEY, key)                                                                                                \
	K(65, CHARGE, charge)

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

/* A field, as the schema describes it. */
struct record_field {
	const char *name;
	const char *doc;
	u16 offset; /* bytes */
	u16 width;  /* bytes of one element: 1, 2, 4, 8 */
	u16 count;  /* elements: 1, or an array */
};

/* A kind, as the schema describes it. */
struct record_type {
	const char *name;
	const struct record_field *fields;
	u16 field_count;
	u16 size; /* bytes of the struct, a multiple of 8 */
};

/* The description of a kind, or NULL if there is no such kind. */
const struct record_type *record_type(unsigned kind);

/* "estab", "time-wait", … as ss prints them, in lower case; "?" if out of range. An ended connection is "closed", which
 * the caller has to handle. */
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
