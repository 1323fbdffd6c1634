/* Records of losses (retransmits, drops, resets): a part of record.h. */
#pragma once

enum loss_kind { LOSS_RETRANSMIT = 1, LOSS_DROP = 2, LOSS_RESET_SENT = 3, LOSS_RESET_RECEIVED = 4, LOSS_KINDS };

#define LOSS_STACK 16

enum loss_flags {
	LOSS_SOCKET = 1 << 0, /* the kernel named the socket; else the addresses are those in the packet's headers */
	LOSS_TX = 1 << 1,     /* being sent, or between two devices of this machine */
	LOSS_LOCAL = 1 << 2,  /* received for this host, by its route */
	LOSS_REASON = 1 << 3, /* reason is known */
	LOSS_FAILED = 1 << 4, /* a retransmit that did not leave the machine: sending it failed */
	LOSS_FOREIGN =
	    1 << 6, /* for another host by its MAC address: a loss if it belongs to a socket of another namespace */
	LOSS_REFUSED = 1 << 5, /* known from a listener's counter only; made by the monitor, in no stream */
};

/* One event. Limited to some thousands per second: the exact totals are in record_loss_count. */
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

/* Which totals the monitor has counted itself. */
enum loss_count_own { LOSS_COUNT_OWN = 1, LOSS_COUNT_REFUSED = 2 };

/* How many since the collector's start: exact, even if not all were reported one by one. A retransmit counts its
 * segments. */
#define RECORD_LOSS_COUNT_FIELDS(F, A)                                                                                 \
	F(u64, location, "as record_loss.location")                                                                    \
	F(u64, count, "")                                                                                              \
	F(u32, reason, "as record_loss.reason")                                                                        \
	F(u8, kind, "enum loss_kind")                                                                                  \
	F(u8, has_reason, "0: this kernel gives none")                                                                 \
	F(u8, own, "in a key frame: enum loss_count_own; 0: the collector's")                                          \
	A(u8, reserved, 1, "")

/* How complete the events are: with each tick once losses are watched. Since the collector's start. */
#define RECORD_LOSSES_FIELDS(F, A)                                                                                     \
	F(u64, limit, "the most events that are reported in a second")                                                 \
	F(u64, limited, "not reported: above the limit")                                                               \
	F(u64, lost, "not reported: the ring was full, or the reader behind")                                          \
	F(u64, uncounted, "of a reason and place for which the totals had no room")                                    \
	F(u64, foreign, "freed packets that are none: not IP, or for other hosts and groups that nobody here joined")  \
	F(u64, purged, "packets left in queues that were emptied, mostly those of sockets that were closed")           \
	F(u64, since_ns, "when the first hook was attached")                                                           \
	F(u64, unmissed,                                                                                               \
	  "dropped packets that nobody misses: what TCP had already, probes, stale acknowledgements and resets")
