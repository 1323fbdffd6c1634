/* The tables of packets: how each value is found, and what it is called. */
#include "packet_table.h"

#include <stdio.h>
#include <string.h>

#include "owner_get.h"
#include "packet_groups.h"
#include "packets.h"
#include "store.h"
#include "text.h"

#define PACKET_GETTER(name) STATIC_GETTER_OF(struct model, m, struct packet, p, name)
#define NUMBER(name, known, number)                                                                                    \
	PACKET_GETTER(name)                                                                                            \
	{                                                                                                              \
		return (known) ? value_number(v, (u64)(number)) : 0;                                                   \
	}
#define SIGNED(name, known, number)                                                                                    \
	PACKET_GETTER(name)                                                                                            \
	{                                                                                                              \
		return (known) ? value_signed(v, number) : 0;                                                          \
	}
/* A text that write, given v->buffer and its size, writes. */
#define TEXT(name, write)                                                                                              \
	PACKET_GETTER(name)                                                                                            \
	{                                                                                                              \
		char *dst = v->buffer;                                                                                 \
		size_t size = sizeof(v->buffer);                                                                       \
                                                                                                                       \
		write;                                                                                                 \
		return value_text(v, dst);                                                                             \
	}

/* -- whose --------------------------------------------------------------------------------------------------------- */

PACKET_GETTER(get_time)
{
	return value_time(v, model_realtime(m, p->r.time_ns));
}

PACKET_GETTER(get_id)
{
	return p->r.id == ECHO_ID ? 0 : value_id(v, model_socket_id(m, p->r.id));
}

static int set_address(struct value *v, const struct packet *p, const u8 *address, u16 port)
{
	return value_address(v, address, p->r.family, false, packet_is_echo(&p->r) ? PORT_NONE : port);
}

PACKET_GETTER(get_local)
{
	return set_address(v, p, p->r.laddr, p->r.lport);
}

PACKET_GETTER(get_remote)
{
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
	return set_port(v, p, p->r.lport);
}

PACKET_GETTER(get_rport)
{
	return set_port(v, p, p->r.rport);
}

PACKET_GETTER(get_pid)
{
	return value_pid(v, owned_row(m, p->r.id));
}

PACKET_GETTER(get_comm)
{
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

PACKET_GETTER(get_flags)
{
	v->severity = is_tcp(p) && p->r.tcp_flags & TCP_RST;
	return packet_flags_text(&p->r, v->buffer, sizeof(v->buffer)) ? value_text(v, v->buffer) : 0;
}

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
	return p->echo_rtt_ns ? value_nsec(v, p->echo_rtt_ns) : 0;
}

/* -- how long ------------------------------------------------------------------------------------------------------ */

#define TX_PART 16   /* in column.offset, beside the number of the part */
#define BOTH_PARTS 8 /* of either direction */

PACKET_GETTER(get_part)
{
	unsigned part = c->offset & (BOTH_PARTS - 1);
	struct packet_times t;

	if (!(c->offset & BOTH_PARTS) && packet_is_tx(&p->r) != !!(c->offset & TX_PART))
		return 0;
	packet_times(&p->r, &t);
	if (!(t.known & 1U << part))
		return 0;
	return value_nsec(v, t.part_ns[part]);
}

PACKET_GETTER(get_total)
{
	struct packet_times t;

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
		return known ? value_nsec(v, ns) : 0;                                                                  \
	}

BESIDE(gro)
BESIDE(direct)
BESIDE(done)

/* The hook is column.offset. */
PACKET_GETTER(get_hook)
{
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
PACKET_GETTER(get_cpus)
{
	struct packet_cpu cpus[PACKET_CPUS];

	v->kind = VALUE_LIST;
	v->integer = packet_cpus(&p->r, cpus);
	v->number = (double)v->integer;
	return v->integer > 0;
}

static size_t cpu_item(const void *picture, const void *row, size_t i, char *dst, size_t size)
{
	struct packet_cpu cpus[PACKET_CPUS];
	unsigned count = packet_cpus(&((const struct packet *)row)->r, cpus);

	(void)picture;
	snprintf(dst, size, "%s %u", i < count ? cpus[i].stage : "?", i < count ? cpus[i].cpu : 0);
	return strlen(dst);
}

PACKET_GETTER(get_cpu_changes)
{
	int changes = packet_cpu_changes(&p->r);

	return changes >= 0 ? value_number(v, (u64)changes) : 0;
}

TEXT(get_stages, packet_stages_text(&p->r, dst, size))

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

PACKET_GETTER(get_note)
{
	char hooks[PACKET_TEXT];

	v->severity = (u8)packet_severity(p);
	packet_note(m, p, v->buffer, sizeof(v->buffer));
	if (packet_hooks_text(&p->r, hooks, sizeof(hooks)))
		text_join(v->buffer, sizeof(v->buffer), ", ", "netfilter %s", hooks);
	return value_text(v, v->buffer);
}

/* Bits of column.of. */
#define S 1 /* packets of sockets */
#define E 2 /* of ICMP echo */

/* clang-format off */
/* N: a number. T: text. END: an address. B: true, or not said. US: a time in microseconds. A name that is there twice
 * has a heading in each table. */
#define N(name_, title_, width_, unit_, help_, ...)                                                                    \
	{.name = #name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .align = ALIGN_RIGHT, .width = width_,  \
	 .descending = 1, .get = get_##name_, __VA_ARGS__},
#define T(name_, title_, width_, flex_, unit_, help_, ...)                                                             \
	{.name = #name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .width = width_, .flex = flex_,         \
	 .get = get_##name_, __VA_ARGS__},
#define END(name_, title_, unit_, get_, help_, ...)                                                                    \
	{.name = name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .width = 15, .flex = 2, .get = get_,     \
	 __VA_ARGS__},
#define B(name_, title_, help_)                                                                                        \
	{.name = #name_, .title = title_, .help = help_, .unit = UNIT_BOOL, .width = sizeof(title_) - 1,               \
	 .descending = 1, .get = get_##name_},
#define US(name_, title_, width_, get_, offset_, help_, ...)                                                           \
	{.name = name_ "_us", .title = title_, .help = help_, .unit = UNIT_NSEC, .align = ALIGN_RIGHT,                 \
	 .width = width_, .descending = 1, .get = get_, .offset = offset_, __VA_ARGS__},
#define EXTRA .extra = true
#define FLAGS_HELP                                                                                                     \
	"of the TCP header: S SYN, F FIN, R RST, U URG, E ECE, W CWR, P PSH, A ACK; .A: only ACK; ICMP: req, reply"

static const struct column columns[] = {
	T(time, "TIME", 15, 0, TIME_NSEC, "its first stamp", .tells = true)
	T(id, "ID", 10, 0, ID, "the socket's, as in its row")
	N(number, "NUMBER", 7, COUNT, "1, 2, … of this trace; a gap is a packet that was lost on the way")
	T(dir, "DIR", 3, 0, TEXT, "rx or tx", .tells = true)
	N(netns, "NETNS", 10, NONE, "inode of the network namespace")
	T(proto, "PROTO", 7, 0, TEXT, "transport protocol")
	END("local", "LOCAL", ENDPOINT, get_local, "the socket's address and port", .elide = ELIDE_START, EXTRA)
	END("remote", "REMOTE", ENDPOINT, get_remote, "the other end's", .elide = ELIDE_START, EXTRA)
	END("laddr", "LADDR", ADDRESS, get_local, "the socket's address, whatever the direction")
	N(lport, "LPORT", 5, PORT, "the socket's port")
	END("raddr", "RADDR", ADDRESS, get_remote, "the other end's address")
	N(rport, "RPORT", 5, PORT, "the other end's port")
	N(pid, "PID", 7, NONE, "owner of the socket")
	T(comm, "COMM", 10, 1, TEXT, "its name")
	T(flags, "FLAGS", 5, 0, TEXT, FLAGS_HELP, .of = S, .severity = value_severity)
	T(flags, "TYPE", 5, 0, TEXT, FLAGS_HELP, .of = E)
	N(seq, "SEQ", 11, SIGNED, "sequence number, the SYN's being 0; without SYN the first byte seen is 1")
	N(ack, "ACK", 11, SIGNED, "acknowledgement, counted as the other direction's seq")
	N(seq_raw, "SEQRAW", 10, NONE, "sequence number as on the wire")
	N(ack_raw, "ACKRAW", 10, NONE, "acknowledgement as on the wire")
	N(payload, "LEN", 6, BYTES, "payload of all segments of a GSO or GRO packet", .sum = SUM_ADD,
	  .exact = true)
	N(frame, "FRAME", 6, BYTES, "from the IP header on", .sum = SUM_ADD, .exact = true)
	N(window, "WIN", 5, BYTES, "window that it advertises, scaled where the scale is known")
	N(segments, "SEGS", 4, SEGMENTS, "in a GSO or GRO packet; 1: a plain one", .sum = SUM_ADD)
	T(devices, "DEVICES", 11, 1, TEXT, "devices in the order of crossing, with commas between")
	US("rx_mac", "RXMAC", 9, get_part, 0, "handed to the stack → IP entry")
	US("rx_ip", "RXIP", 9, get_part, 1, "IP entry → TCP or UDP entry")
	US("rx_tcp", "RXTCP", 9, get_part, 2, "TCP or UDP entry → queued on the socket")
	US("rx_app", "RXAPP", 9, get_part, 3, "queued → copied to the program")
	US("tx_tcp", "TXTCP", 9, get_part, TX_PART, "send call → leaves TCP or UDP")
	US("tx_ip", "TXIP", 9, get_part, TX_PART | 1, "→ device queue")
	US("tx_qdisc", "TXQDISC", 9, get_part, TX_PART | 2, "device queue → driver")
	US("tx_nic", "TXNIC", 9, get_part, TX_PART | 3, "driver call → accepted")
	US("mac_tcp", "MAC|TCP", 7, get_part, BOTH_PARTS, "rx_mac_us or tx_tcp_us", EXTRA)
	US("ip", "IP", 6, get_part, BOTH_PARTS | 1, "rx_ip_us or tx_ip_us", EXTRA)
	US("tcp_qdisc", "TCP|QDISC", 9, get_part, BOTH_PARTS | 2, "rx_tcp_us or tx_qdisc_us", EXTRA)
	US("app_nic", "APP|NIC", 7, get_part, BOTH_PARTS | 3, "rx_app_us or tx_nic_us", EXTRA)
	T(stages, "STAGES", 10, 1, TEXT, "the parts in words; in Packets a bar", EXTRA)
	US("total", "TOTAL", 6, get_total, 0, "from its first stamp to its last: the sum of the parts", .sum = SUM_MOST)
	US("gro", "GRO", 9, get_gro, 0, "part of rx_mac_us: in GRO, until that hands it on; absent: it passed none")
	US("direct", "DIRECT", 9, get_direct, 0,
	   "part of tx_qdisc_us: from the qdisc to the driver; absent: no qdisc gave it out")
	US("done", "DONE", 9, get_done, 0,
	   "after total_us: from accepted until the driver frees it; absent where it travels on (loopback, veth)")
	US("nf_pre_routing", "NFPRE", 9, get_hook, NETFILTER_PRE_ROUTING,
	   "of rx_ip, with -n: in netfilter's hook PRE_ROUTING")
	US("nf_local_in", "NFIN", 9, get_hook, NETFILTER_LOCAL_IN, "of rx_ip: in LOCAL_IN")
	US("nf_forward", "NFFWD", 9, get_hook, NETFILTER_FORWARD, "in FORWARD, of a bridge")
	US("nf_local_out", "NFOUT", 9, get_hook, NETFILTER_LOCAL_OUT, "of tx_ip: in LOCAL_OUT")
	US("nf_post_routing", "NFPOST", 9, get_hook, NETFILTER_POST_ROUTING, "of tx_ip: in POST_ROUTING")
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
	N(echo_seq, "ECHOSEQ", 7, NONE, "its sequence number", .of = S)
	N(echo_seq, "SEQ", 6, NONE, "its sequence number", .of = E)
	US("echo_rtt", "ECHORTT", 9, get_echo_rtt, 0,
	   "of a received reply: from its request's queue at the device to the reply's device")
	T(cpus, "CPUS", 12, 1, LIST,
	  "the CPU of each stamp: gro device ip transport queued read; send queue dequeue driver accepted freed",
	  .item = cpu_item)
	N(cpu_changes, "CPUCHG", 6, COUNT, "how often it went on on another CPU, to its end or its reader")
	T(note, "NOTE", 20, 3, TEXT, "all that is remarkable, the worst first", .severity = value_severity, EXTRA)
};
/* clang-format on */

static const struct column predicates[] = {TABLE_END_PREDICATES};

static const struct column_alias aliases[] = {
    TABLE_END_ALIASES,
    {"len", "payload"},
};

/* Of one socket the other end stands in the view's head: here it comes last. */
static const struct table_shown shown[] = {
    {"time", true, 1, 12, 15, 15},  {"dir", true, 2, 3, 3, 3},         {"flags", true, 5, 5, 5, 5},
    {"seq", true, 8, 11, 11, 11},   {"ack", true, 9, 11, 11, 11},      {"payload", true, 4, 5, 6, 6},
    {"window", true, 11, 5, 5, 5},  {"remote", false, 12, 21, 21, 26}, {"devices", true, 10, 9, 11, 11},
    {"stages", true, 7, 8, 10, 32}, {"total", true, 3, 6, 6, 6},       {"note", true, 6, 20, 26, 255},
};

/* Of any two hosts, without acknowledgement and window. */
static const struct table_shown echo_shown[] = {
    {"time", true, 1, 12, 15, 15},   {"dir", true, 2, 3, 3, 3},        {"flags", true, 5, 5, 5, 5},
    {"echo_seq", true, 6, 5, 6, 6},  {"payload", true, 10, 5, 6, 6},   {"local", true, 9, 15, 15, 39},
    {"remote", true, 4, 15, 15, 39}, {"devices", true, 11, 9, 11, 11}, {"stages", true, 8, 6, 10, 32},
    {"total", true, 3, 6, 6, 6},     {"note", true, 7, 20, 20, 255},
};

/* A line has the parts of its direction. */
static const char *const text[] = {"time",    "dir", "flags",     "seq",     "ack",   "payload", "window", "devices",
				   "mac_tcp", "ip",  "tcp_qdisc", "app_nic", "total", "merged",  "note",   NULL};
static const char *const echo_text[] = {"time",   "dir",     "flags",   "echo_seq", "payload",   "local",
					"remote", "devices", "mac_tcp", "ip",       "tcp_qdisc", "app_nic",
					"total",  "merged",  "note",    NULL};

static u32 end(const void *picture)
{
	return packets_slots(model_packets(picture));
}

/* Those that have come since the tick have no numbers yet. */
static const void *row(const void *picture, u32 index)
{
	const struct packets *p = model_packets(picture);
	const struct packet *at = packets_in_slot(p, index);

	return at && packets_is_settled(p, at) ? at : NULL;
}

static u64 serial(const void *row)
{
	return ((const struct packet *)row)->serial;
}

static u32 find(const void *picture, u64 id)
{
	return packets_slot(model_packets(picture), id);
}

static u32 rows(const void *picture, bool ended)
{
	(void)ended;
	return (u32)packets_count(model_packets(picture));
}

#define PACKET_TABLE(which, is_, shown_, text_)                                                                        \
	const struct table which##_table = {                                                                           \
	    .name = "packet",                                                                                          \
	    .one = "packet",                                                                                           \
	    .many = "packets",                                                                                         \
	    .is = is_,                                                                                                 \
	    .columns = columns,                                                                                        \
	    .count = ARRAY_SIZE(columns),                                                                              \
	    .predicates = predicates,                                                                                  \
	    .predicate_count = ARRAY_SIZE(predicates),                                                                 \
	    .aliases = aliases,                                                                                        \
	    .alias_count = ARRAY_SIZE(aliases),                                                                        \
	    .groups = packet_groups,                                                                                   \
	    .group_count = PACKET_GROUPS,                                                                              \
	    .shown = shown_,                                                                                           \
	    .shown_count = ARRAY_SIZE(shown_),                                                                         \
	    .text = text_,                                                                                             \
	    .sort = "time:asc",                                                                                        \
	    .events = true,                                                                                            \
	    .end = end,                                                                                                \
	    .row = row,                                                                                                \
	    .id = serial,                                                                                              \
	    .find = find,                                                                                              \
	    .age = serial,                                                                                             \
	    .rows = rows,                                                                                              \
	    .generation = model_generation,                                                                            \
	}

PACKET_TABLE(packet, S, shown, text);
PACKET_TABLE(echo, E, echo_shown, echo_text);

enum packet_cell packet_cell(const struct column *c)
{
	return c->get == get_dir ? PACKET_CELL_DIR : c->get == get_stages ? PACKET_CELL_STAGES : PACKET_CELL_TEXT;
}
