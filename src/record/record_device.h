/* Records of network namespaces and of what is in them beside sockets: devices, queueing disciplines, counters; and of
 * the processors' receive queues. A namespace is visited once a second, less often where there are many. A visit begins
 * with its SPACE; what has not changed since the visit before is not sent again. */
#pragma once

/* Bits of record_space.has: which of the figures are known. */
enum space_has {
	SPACE_CONNTRACK = 1 << 0,       /* conntrack, conntrack_max */
	SPACE_CONNTRACK_STATS = 1 << 1, /* insert_failed … early_drop */
	SPACE_MACHINE = 1 << 2,         /* tcp_mem … orphans_max, which are the whole machine's */
	SPACE_GONE = 1 << 3,            /* there is no namespace with this id any more, and nothing of what was in it */
};

#define RECORD_SPACE_FIELDS(F, A)                                                                                      \
	F(u64, time_ns, "CLOCK_MONOTONIC of the visit")                                                                \
	F(u64, has, "bits of enum space_has")                                                                          \
	F(u64, cookie, "of the namespace; 0: not known")                                                               \
	F(u64, insert_failed, "conntrack: entries that could not be inserted; here and below summed over CPUs")        \
	F(u64, conntrack_drop, "conntrack: packets dropped for want of an entry")                                      \
	F(u64, early_drop, "conntrack: entries given up early to make room")                                           \
	F(u64, tcp_mem, "memory of all TCP sockets, bytes (sockstat)")                                                 \
	F(u64, tcp_mem_pressure, "from which on TCP is sparing, bytes (tcp_mem)")                                      \
	F(u64, tcp_mem_max, "beyond which nothing is buffered, bytes (tcp_mem)")                                       \
	F(u32, id, "a number that is its own: inodes are used again")                                                  \
	F(u32, netns, "inode")                                                                                         \
	F(u32, devices, "how many there are")                                                                          \
	F(u32, conntrack, "entries in the table of connections")                                                       \
	F(u32, conntrack_max, "their limit")                                                                           \
	F(u32, orphans, "connections that no process holds any more (sockstat)")                                       \
	F(u32, orphans_max, "their limit (tcp_max_orphans)")                                                           \
	F(u32, unlisted, "devices and queueing disciplines that are not sent: there are too many")

enum device_kind { DEVICE_NIC = 1, DEVICE_QDISC = 2, DEVICE_CLASS = 3 };

/* Bits of record_device.has. */
enum device_has {
	DEVICE_GONE = 1 << 0, /* it is no more: only id is set */
	DEVICE_HAS_CARRIER = 1 << 1,
};

#define DEVICE_ROOT 0xffffffffU /* TC_H_ROOT: the parent of a queueing discipline that is a device's first */

/* A network device (rtnetlink), or a queueing discipline or class of one. */
#define RECORD_DEVICE_FIELDS(F, A)                                                                                     \
	F(u64, id, "a number that is its own")                                                                         \
	F(u64, has, "bits of enum device_has")                                                                         \
	F(u64, rx_bytes, "of a NIC, like all rx_ and the counters below up to collisions: rtnl_link_stats64")          \
	F(u64, rx_packets, "")                                                                                         \
	F(u64, tx_bytes, "of qdiscs and classes what they have let out")                                               \
	F(u64, tx_packets, "")                                                                                         \
	F(u64, rx_errors, "")                                                                                          \
	F(u64, tx_errors, "")                                                                                          \
	F(u64, rx_dropped, "")                                                                                         \
	F(u64, tx_dropped, "")                                                                                         \
	F(u64, rx_missed, "the ring was full (rx_missed_errors)")                                                      \
	F(u64, rx_crc, "")                                                                                             \
	F(u64, rx_fifo, "")                                                                                            \
	F(u64, rx_frame, "")                                                                                           \
	F(u64, rx_nohandler, "for nobody here")                                                                        \
	F(u64, tx_carrier, "")                                                                                         \
	F(u64, tx_fifo, "")                                                                                            \
	F(u64, collisions, "")                                                                                         \
	F(u64, errors, "rx_errors + tx_errors")                                                                        \
	F(u64, drops, "of a NIC rx_dropped + tx_dropped + rx_missed; of a qdisc its own")                              \
	F(u64, overlimits, "of qdiscs and classes, like the rest of the counters")                                     \
	F(u64, requeues, "")                                                                                           \
	F(u64, backlog, "bytes that wait")                                                                             \
	F(u32, qlen, "packets that wait")                                                                              \
	F(u32, kind, "enum device_kind")                                                                               \
	F(u32, space, "id of its namespace, whose SPACE came before")                                                  \
	F(u32, ifindex, "")                                                                                            \
	F(u32, handle, "of qdiscs and classes: major << 16 | minor")                                                   \
	F(u32, parent, "likewise, or DEVICE_ROOT; of a NIC the ifindex of its master")                                 \
	F(u32, mtu, "bytes")                                                                                           \
	F(u32, flags, "IFF_UP …")                                                                                      \
	F(u32, carrier, "1: it has one")                                                                               \
	F(u32, carrier_changes, "")                                                                                    \
	F(u32, operstate, "as RFC 2863 has it: IF_OPER_UP …")                                                          \
	F(u32, reserved, "")                                                                                           \
	A(u8, name, 16, "of the device")                                                                               \
	A(u8, type, 16, "veth, bridge, …; htb, fq_codel, …")

/* A connection whose addresses are translated (conntrack), both of whose ends have addresses of this machine. Those of
 * a namespace come together, sent again when any of them has changed; of none, one record with count 0. */
#define RECORD_NAT_FIELDS(F, A)                                                                                        \
	F(u32, space, "id of the namespace that translates, whose SPACE came before")                                  \
	F(u32, index, "0 … count - 1; with 0 all that were told of this namespace before are forgotten")               \
	F(u32, count, "")                                                                                              \
	F(u8, proto, "IPPROTO_TCP, IPPROTO_UDP")                                                                       \
	F(u8, family, "4 or 6")                                                                                        \
	A(u8, reserved, 2, "")                                                                                         \
	A(u8, src, 16, "as it is sent by who has opened it")                                                           \
	A(u8, dst, 16, "")                                                                                             \
	A(u8, new_src, 16, "as it arrives at the other end")                                                           \
	A(u8, new_dst, 16, "")                                                                                         \
	F(u16, sport, "")                                                                                              \
	F(u16, dport, "")                                                                                              \
	F(u16, new_sport, "")                                                                                          \
	F(u16, new_dport, "")

/* A processor's receive queue (/proc/net/softnet_stat), as of the last visit to the collector's own namespace. */
#define RECORD_CPU_FIELDS(F, A)                                                                                        \
	F(u64, processed, "packets")                                                                                   \
	F(u64, dropped, "packets that found its queue full (netdev_max_backlog)")                                      \
	F(u64, squeezed, "times that it had to stop with packets left (time_squeeze)")                                 \
	F(u64, rps, "times that another processor gave it packets (received_rps)")                                     \
	F(u64, flow_limit, "packets dropped because their flow had filled the queue")                                  \
	F(u32, cpu, "number")                                                                                          \
	F(u32, backlog, "packets that wait in its queue (5.10)")

/* A counter that is not 0: of /proc/net/snmp, netstat or snmp6. */
#define RECORD_COUNTER_FIELDS(F, A)                                                                                    \
	F(u64, value, "")                                                                                              \
	F(u32, space, "id of its namespace, whose SPACE came before")                                                  \
	F(u32, number, "NAME_COUNTER tells its name")
