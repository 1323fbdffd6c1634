/* The table of packets: how each value is found, and what it is called. */
#include "packet_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "owner_get.h"
#include "packets.h"
#include "store.h"
#include "text.h"

#define PACKET_GETTER(name)                                                                                            \
	static inline int name##_of(const struct column *c, const struct model *m, const struct packet *p,             \
				    struct value *v);                                                                  \
	static COLUMN_GETTER(name)                                                                                     \
	{                                                                                                              \
		return name##_of(c, picture, row, v);                                                                  \
	}                                                                                                              \
	static inline int name##_of(const struct column *c, const struct model *m, const struct packet *p,             \
				    struct value *v)
#define NUMBER(name, known, number)                                                                                    \
	PACKET_GETTER(name)                                                                                            \
	{                                                                                                              \
		(void)c, (void)m;                                                                                      \
		return (known) ? value_number(v, (u64)(number)) : 0;                                                   \
	}
#define SIGNED(name, known, number)                                                                                    \
	PACKET_GETTER(name)                                                                                            \
	{                                                                                                              \
		(void)c, (void)m;                                                                                      \
		return (known) ? value_signed(v, number) : 0;                                                          \
	}
/* A text that write, given v->buffer and its size, writes. */
#define TEXT(name, write)                                                                                              \
	PACKET_GETTER(name)                                                                                            \
	{                                                                                                              \
		char *dst = v->buffer;                                                                                 \
		size_t size = sizeof(v->buffer);                                                                       \
                                                                                                                       \
		(void)c, (void)m;                                                                                      \
		write;                                                                                                 \
		return value_text(v, dst);                                                                             \
	}

/* -- whose --------------------------------------------------------------------------------------------------------- */

PACKET_GETTER(get_time)
{
	(void)c;
	return value_time(v, model_realtime(m, p->r.time_ns));
}

PACKET_GETTER(get_id)
{
	(void)c;
	return p->r.id == ECHO_ID ? 0 : value_id(v, model_socket_id(m, p->r.id));
}

static int set_address(struct value *v, const struct packet *p, const u8 *address, u16 port)
{
	v->kind = VALUE_ADDRESS;
	v->address = address;
	v->family = p->r.family == 6 ? 6 : 4;
	v->mapped = false;
	v->integer = packet_is_echo(&p->r) ? PORT_NONE : port;
	return 1;
}

PACKET_GETTER(get_local)
{
	(void)c, (void)m;
	return set_address(v, p, p->r.laddr, p->r.lport);
}

PACKET_GETTER(get_remote)
{
	(void)c, (void)m;
	return set_address(v, p, p->r.raddr, p->r.rport);
}

static int set_port(struct value *v, const struct packet *p, u16 port)
{
	v->family = p->r.family == 6 ? 6 : 4;
	v->mapped = false;
	return packet_is_echo(&p->r) ? 0 : value_number(v, port);
}

PACKET_GETTER(get_lport)
{
	(void)c, (void)m;
	return set_port(v, p, p->r.lport);
}

PACKET_GETTER(get_rport)
{
	(void)c, (void)m;
	return set_port(v, p, p->r.rport);
}

PACKET_GETTER(get_pid)
{
	(void)c;
	return value_pid(v, owned_row(m, p->r.id));
}

PACKET_GETTER(get_comm)
{
	(void)c;
	return value_comm(v, owned_row(m, p->r.id));
}

NUMBER(get_number, true, p->r.number)
NUMBER(get_netns, p->r.netns, p->r.netns)
TEXT(get_dir, text_copy(dst, size, packet_is_tx(&p->r) ? "tx" : "rx"))
TEXT(get_proto, text_copy(dst, size, proto_name(p->r.proto)))

/* -- what ---------------------------------------------------------------------------------------------------------- */

/* Only TCP has these headers. */
static bool is_tcp(const struct packet *p)
{
	return p->r.proto == IPPROTO_TCP;
}

TEXT(get_flags, packet_flags_text(&p->r, dst, size))
SIGNED(get_seq, p->marks &PACKET_HAS_SEQ, p->rel_seq)
SIGNED(get_ack, p->marks &PACKET_HAS_ACK, p->rel_ack)
NUMBER(get_seq_raw, is_tcp(p), p->r.seq)
NUMBER(get_ack_raw, p->marks &PACKET_HAS_ACK, p->r.ack)
NUMBER(get_payload, true, p->r.payload)
NUMBER(get_frame, true, p->r.frame)
NUMBER(get_window, is_tcp(p), p->r.window)
NUMBER(get_segments, true, p->r.segments)
TEXT(get_devices, packet_devices_text(m, &p->r, dst, size))
NUMBER(get_icmp_type, packet_is_echo(&p->r), p->r.icmp_type)
NUMBER(get_echo_id, packet_is_echo(&p->r), p->r.echo_id)
NUMBER(get_echo_seq, packet_is_echo(&p->r), p->r.echo_seq)

PACKET_GETTER(get_echo_rtt)
{
	(void)c, (void)m;
	return p->echo_rtt_ns ? value_nsec(v, p->echo_rtt_ns) : 0;
}

/* -- how long ------------------------------------------------------------------------------------------------------ */

#define TX_PART 16 /* in column.offset, beside the number of the part */

PACKET_GETTER(get_part)
{
	unsigned part = c->offset & (TX_PART - 1);
	struct packet_times t;

	(void)m;
	packet_times(&p->r, &t);
	if (packet_is_tx(&p->r) != !!(c->offset & TX_PART) || !(t.known & 1U << part))
		return 0;
	return value_nsec(v, t.part_ns[part]);
}

PACKET_GETTER(get_total)
{
	struct packet_times t;

	(void)c, (void)m;
	packet_times(&p->r, &t);
	return t.known ? value_nsec(v, t.total_ns) : 0;
}

/* Besides the parts that add up. */
#define BESIDE(name)                                                                                                   \
	PACKET_GETTER(get_##name)                                                                                      \
	{                                                                                                              \
		u64 ns = 0;                                                                                            \
		bool known = packet_##name(&p->r, &ns);                                                                \
                                                                                                                       \
		(void)c, (void)m;                                                                                      \
		return known ? value_nsec(v, ns) : 0;                                                                  \
	}

BESIDE(gro)
BESIDE(direct)
BESIDE(done)

/* The hook is column.offset. */
PACKET_GETTER(get_hook)
{
	(void)m;
	return p->r.nf_passed >> c->offset & 1 ? value_nsec(v, p->r.nf_ns[c->offset]) : 0;
}

static void merged_text(const struct packet *p, char *dst, size_t size)
{
	struct packet_times t;

	*dst = '\0';
	packet_times(&p->r, &t);
	for (unsigned i = 0; i < PACKET_PARTS; i++)
		if (t.merged & 1U << i)
			text_join(dst, size, ",", "%s", packet_part_name(packet_is_tx(&p->r), i));
}

TEXT(get_merged, merged_text(p, dst, size))

/* -- what became of it --------------------------------------------------------------------------------------------- */

TEXT(get_retransmit, text_copy(dst, size, packet_retransmit_name(p)))
NUMBER(get_cwnd, p->r.cwnd, p->r.cwnd)
NUMBER(get_out_of_order, p->r.flags &PACKET_OUT_OF_ORDER || p->marks & PACKET_LATE, 1)
SIGNED(get_gap, p->marks &PACKET_GAP, p->gap)
TEXT(get_sack, packet_sack_text(p, false, dst, size))
NUMBER(get_backlog, p->r.flags &PACKET_BACKLOG, 1)
NUMBER(get_dropped, p->r.flags &PACKET_DROPPED, 1)
TEXT(get_drop_reason, packet_drop_reason(m, &p->r, dst, size))
TEXT(get_drop_function, packet_drop_function(m, &p->r, dst, size))
TEXT(get_nat, packet_ends_text(&p->r, true, dst, size))
TEXT(get_line, packet_first_line(&p->r, dst, size))

/* clang-format off */
/* N: a number. T: text. B: true, or not said. US: a time in microseconds. */
#define N(name_, title_, width_, unit_, help_, ...)                                                                    \
	{.name = #name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .align = ALIGN_RIGHT, .width = width_,  \
	 .descending = 1, .warn = NAN, .alarm = NAN, .get = get_##name_, __VA_ARGS__},
#define T(name_, title_, width_, flex_, unit_, help_, ...)                                                             \
	{.name = #name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .width = width_, .flex = flex_,         \
	 .warn = NAN, .alarm = NAN, .get = get_##name_, __VA_ARGS__},
#define B(name_, title_, help_)                                                                                        \
	{.name = #name_, .title = title_, .help = help_, .unit = UNIT_BOOL, .width = sizeof(title_) - 1,               \
	 .descending = 1, .warn = NAN, .alarm = NAN, .get = get_##name_},
#define US(name_, title_, get_, offset_, help_)                                                                        \
	{.name = name_ "_us", .title = title_, .help = help_, .unit = UNIT_NSEC, .align = ALIGN_RIGHT, .width = 9,     \
	 .descending = 1, .warn = NAN, .alarm = NAN, .get = get_, .offset = offset_},

static const struct column columns[] = {
	T(time, "TIME", 15, 0, TIME_NSEC, "its first stamp")
	T(id, "ID", 10, 0, ID, "the socket's, as in its row")
	N(number, "NUMBER", 7, COUNT, "1, 2, … of this trace; a gap is a packet that was lost on the way")
	T(dir, "DIR", 3, 0, TEXT, "rx or tx")
	N(netns, "NETNS", 10, NONE, "inode of the network namespace")
	T(proto, "PROTO", 7, 0, TEXT, "transport protocol")
	{.name = "laddr", .title = "LADDR", .help = "the socket's address, whatever the direction",
	 .unit = UNIT_ADDRESS, .width = 15, .flex = 2, .warn = NAN, .alarm = NAN, .get = get_local},
	N(lport, "LPORT", 5, PORT, "the socket's port")
	{.name = "raddr", .title = "RADDR", .help = "the other end's address", .unit = UNIT_ADDRESS,
	 .width = 15, .flex = 2, .warn = NAN, .alarm = NAN, .get = get_remote},
	N(rport, "RPORT", 5, PORT, "the other end's port")
	N(pid, "PID", 7, NONE, "owner of the socket")
	T(comm, "COMM", 10, 1, TEXT, "its name")
	T(flags, "FLAGS", 5, 0, TEXT,
	  "of the TCP header: S SYN, F FIN, R RST, U URG, E ECE, W CWR, P PSH, A ACK; .A: only ACK; ICMP: req, reply")
	N(seq, "SEQ", 13, SIGNED, "sequence number, the SYN's being 0; without SYN the first byte seen is 1")
	N(ack, "ACK", 13, SIGNED, "acknowledgement, counted as the other direction's seq")
	N(seq_raw, "SEQRAW", 10, NONE, "sequence number as on the wire")
	N(ack_raw, "ACKRAW", 10, NONE, "acknowledgement as on the wire")
	N(payload, "LEN", 6, BYTES, "payload of all segments of a GSO or GRO packet")
	N(frame, "FRAME", 6, BYTES, "from the IP header on")
	N(window, "WIN", 5, BYTES, "window that it advertises, scaled where the scale is known")
	N(segments, "SEGS", 4, SEGMENTS, "in a GSO or GRO packet; 1: a plain one")
	T(devices, "DEVICES", 11, 1, TEXT, "devices in the order of crossing, with commas between")
	US("rx_mac", "RXMAC", get_part, 0, "handed to the stack → IP entry")
	US("rx_ip", "RXIP", get_part, 1, "IP entry → TCP or UDP entry")
	US("rx_tcp", "RXTCP", get_part, 2, "TCP or UDP entry → queued on the socket")
	US("rx_app", "RXAPP", get_part, 3, "queued → copied to the program")
	US("tx_tcp", "TXTCP", get_part, TX_PART, "send call → leaves TCP or UDP")
	US("tx_ip", "TXIP", get_part, TX_PART | 1, "→ device queue")
	US("tx_qdisc", "TXQDISC", get_part, TX_PART | 2, "device queue → driver")
	US("tx_nic", "TXNIC", get_part, TX_PART | 3, "driver call → accepted")
	US("total", "TOTAL", get_total, 0, "from its first stamp to its last: the sum of the parts")
	US("gro", "GRO", get_gro, 0, "part of rx_mac_us: in GRO, until that hands it on; absent: it passed none")
	US("direct", "DIRECT", get_direct, 0,
	   "part of tx_qdisc_us: from the qdisc to the driver; absent: no qdisc gave it out")
	US("done", "DONE", get_done, 0,
	   "after total_us: from accepted until the driver frees it; absent where it travels on (loopback, veth)")
	US("nf_pre_routing", "NFPRE", get_hook, NETFILTER_PRE_ROUTING,
	   "of rx_ip, with -n: in netfilter's hook PRE_ROUTING")
	US("nf_local_in", "NFIN", get_hook, NETFILTER_LOCAL_IN, "of rx_ip: in LOCAL_IN")
	US("nf_forward", "NFFWD", get_hook, NETFILTER_FORWARD, "in FORWARD, of a bridge")
	US("nf_local_out", "NFOUT", get_hook, NETFILTER_LOCAL_OUT, "of tx_ip: in LOCAL_OUT")
	US("nf_post_routing", "NFPOST", get_hook, NETFILTER_POST_ROUTING, "of tx_ip: in POST_ROUTING")
	T(merged, "MERGED", 8, 0, TEXT, "parts that were not stamped apart: their time is in the next one's")
	T(retransmit, "RETRANS", 7, 0, TEXT,
	  "fast, rto, tlp, syn, synack or unknown; again: its bytes were seen before in this trace")
	N(cwnd, "CWND", 5, SEGMENTS, "the connection's when it was sent")
	B(out_of_order, "OOO", "received after bytes that follow it")
	N(gap, "GAP", 6, SIGNED, "bytes before it that were missing when it was received")
	T(sack, "SACK", 17, 1, TEXT, "SACK blocks, counted as ack: begin-end, with blanks between")
	B(backlog, "BACKLOG", "waited on the backlog of a busy socket")
	B(dropped, "DROPPED", "this machine dropped it")
	T(drop_reason, "REASON", 18, 1, TEXT, "the kernel's reason")
	T(drop_function, "FUNCTION", 16, 1, TEXT, "the function in which it was dropped")
	T(nat, "NAT", 21, 2, TEXT, "the ends on the other side of a translation, ours first")
	T(line, "LINE", 20, 3, TEXT, "first line of the payload, with -i, if it is plain text")
	N(icmp_type, "ICMP", 4, NONE, "of ICMP echo: request 8, reply 0; ICMPv6: 128, 129")
	N(echo_id, "ECHOID", 6, NONE, "identifier of an ICMP echo packet")
	N(echo_seq, "ECHOSEQ", 7, NONE, "its sequence number")
	US("echo_rtt", "ECHORTT", get_echo_rtt, 0,
	   "of a received reply: from its request's queue at the device to the reply's device")
};
/* clang-format on */

static const struct column predicates[] = {TABLE_END_PREDICATES};

static const struct column_alias aliases[] = {
    {"sport", "lport"}, {"dport", "rport"}, {"src", "laddr"}, {"dst", "raddr"}, {"len", "payload"},
};

static u32 end(const void *picture)
{
	return (u32)packets_count(model_packets(picture));
}

static const void *row(const void *picture, u32 index)
{
	return packets_at(model_packets(picture), index);
}

static u64 serial(const void *row)
{
	return ((const struct packet *)row)->serial;
}

static u32 find(const void *picture, u64 id)
{
	size_t at = packets_find(model_packets(picture), id);

	return at < packets_count(model_packets(picture)) ? (u32)at : IDMAP_NONE;
}

static u32 rows(const void *picture, bool ended)
{
	(void)ended;
	return end(picture);
}

static u64 generation(const void *picture)
{
	return model_generation(picture);
}

const struct table packet_table = {
    .name = "packet",
    .one = "packet",
    .many = "packets",
    .columns = columns,
    .count = ARRAY_SIZE(columns),
    .predicates = predicates,
    .predicate_count = ARRAY_SIZE(predicates),
    .aliases = aliases,
    .alias_count = ARRAY_SIZE(aliases),
    .sort = "time:asc",
    .events = true,
    .end = end,
    .row = row,
    .id = serial,
    .find = find,
    .age = serial,
    .rows = rows,
    .generation = generation,
};
