/* The table of a packet's values: JSON, CSV and docs/json.md are made from it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "address.h"
#include "clock.h"
#include "socket_table.h"
#include "idmap.h"
#include "packet.h"
#include "text.h"

#define FIELD(name_) static size_t print_##name_(const struct model *m, const struct packet *p, char *dst, size_t size)

/* snprintf() of a text that always fits: the bytes written. */
#define PRINT(...) ((void)m, (size_t)snprintf(dst, size, __VA_ARGS__))
#define NONE (*dst = '\0', (void)m, (void)p, (void)size, 0)

static const struct row *row_of(const struct model *m, const struct packet *p)
{
	u32 index = model_find(m, p->r.id);

	return index == IDMAP_NONE ? NULL : model_row(m, index);
}

FIELD(time)
{
	u64 ns = model_realtime(m, p->r.time_ns);

	return ns ? PRINT("%" PRIu64 ".%09" PRIu64, (u64)(ns / NSEC_PER_SEC), (u64)(ns % NSEC_PER_SEC)) : NONE;
}

#define ECHO(name_, ...)                                                                                               \
	FIELD(name_)                                                                                                   \
	{                                                                                                              \
		return packet_is_echo(&p->r) ? PRINT(__VA_ARGS__) : NONE;                                              \
	}

ECHO(icmp_type, "%u", p->r.icmp_type)
ECHO(echo_id, "%u", p->r.echo_id)
ECHO(echo_seq, "%u", p->r.echo_seq)

FIELD(echo_rtt)
{
	return p->echo_rtt_ns ? PRINT("%.3f", (double)p->echo_rtt_ns / 1e3) : NONE;
}

/* As the column of the sockets has it: the cookie, and its generation. */
FIELD(id)
{
	u64 id = model_socket_id(m, p->r.id), cookie = id & ((1ULL << 56) - 1), generation = id >> 56;

	if (p->r.id == ECHO_ID)
		return NONE;
	return generation ? PRINT("%" PRIu64 ".%" PRIu64, cookie, generation) : PRINT("%" PRIu64, cookie);
}

FIELD(number)
{
	return PRINT("%" PRIu64, p->r.number);
}

FIELD(dir)
{
	return PRINT("%s", packet_is_tx(&p->r) ? "tx" : "rx");
}

FIELD(netns)
{
	return p->r.netns ? PRINT("%" PRIu32, p->r.netns) : NONE;
}

FIELD(proto)
{
	return PRINT("%s", proto_name(p->r.proto));
}

FIELD(laddr)
{
	(void)m;
	return address_format(p->r.laddr, p->r.family, dst, size);
}

FIELD(lport)
{
	return !packet_is_echo(&p->r) ? PRINT("%u", p->r.lport) : NONE;
}

FIELD(raddr)
{
	(void)m;
	return address_format(p->r.raddr, p->r.family, dst, size);
}

FIELD(rport)
{
	return !packet_is_echo(&p->r) ? PRINT("%u", p->r.rport) : NONE;
}

FIELD(pid)
{
	const struct row *r = row_of(m, p);

	return r && r->s.has & HAS_OWNER ? PRINT("%" PRIu32, r->s.pid) : NONE;
}

FIELD(comm)
{
	const struct row *r = row_of(m, p);

	return r && r->s.has & HAS_OWNER ? PRINT("%.*s", (int)sizeof(r->s.comm), (const char *)r->s.comm) : NONE;
}

FIELD(flags)
{
	(void)m;
	return packet_flags_text(&p->r, dst, size);
}

FIELD(seq)
{
	return p->marks & PACKET_HAS_SEQ ? PRINT("%" PRId64, p->rel_seq) : NONE;
}

FIELD(ack)
{
	return p->marks & PACKET_HAS_ACK ? PRINT("%" PRId64, p->rel_ack) : NONE;
}

FIELD(seq_raw)
{
	return p->r.proto == 6 ? PRINT("%" PRIu32, p->r.seq) : NONE;
}

FIELD(ack_raw)
{
	return p->marks & PACKET_HAS_ACK ? PRINT("%" PRIu32, p->r.ack) : NONE;
}

FIELD(payload)
{
	return PRINT("%" PRIu32, p->r.payload);
}

FIELD(frame)
{
	return PRINT("%" PRIu32, p->r.frame);
}

FIELD(window)
{
	return p->r.proto == 6 ? PRINT("%" PRIu32, p->r.window) : NONE;
}

FIELD(segments)
{
	return PRINT("%u", p->r.segments);
}

FIELD(devices)
{
	return packet_devices_text(m, &p->r, dst, size);
}

static size_t print_part(const struct packet *p, bool tx, unsigned part, char *dst, size_t size)
{
	struct packet_times t;

	*dst = '\0';
	packet_times(&p->r, &t);
	if (packet_is_tx(&p->r) != tx || !(t.known & 1U << part))
		return 0;
	return (size_t)snprintf(dst, size, "%.3f", (double)t.part_ns[part] / 1e3);
}

#define PART(name_, tx, part)                                                                                          \
	FIELD(name_)                                                                                                   \
	{                                                                                                              \
		(void)m;                                                                                               \
		return print_part(p, tx, part, dst, size);                                                             \
	}

PART(rx_mac, false, 0)
PART(rx_ip, false, 1)
PART(rx_tcp, false, 2)
PART(rx_app, false, 3)
PART(tx_tcp, true, 0)
PART(tx_ip, true, 1)
PART(tx_qdisc, true, 2)
PART(tx_nic, true, 3)

static size_t print_beside(bool known, u64 ns, char *dst, size_t size)
{
	*dst = '\0';
	return known ? (size_t)snprintf(dst, size, "%.3f", (double)ns / 1e3) : 0;
}

/* Beside the parts that add up. */
#define BESIDE(name_)                                                                                                  \
	FIELD(name_)                                                                                                   \
	{                                                                                                              \
		u64 ns;                                                                                                \
		bool known = packet_##name_(&p->r, &ns);                                                               \
                                                                                                                       \
		(void)m;                                                                                               \
		return print_beside(known, ns, dst, size);                                                             \
	}

BESIDE(gro)
BESIDE(direct)
BESIDE(done)

static size_t print_hook(const struct packet *p, enum netfilter_hook hook, char *dst, size_t size)
{
	*dst = '\0';
	return p->r.nf_passed >> hook & 1 ? (size_t)snprintf(dst, size, "%.3f", (double)p->r.nf_ns[hook] / 1e3) : 0;
}

#define HOOK(name_, hook)                                                                                              \
	FIELD(name_)                                                                                                   \
	{                                                                                                              \
		(void)m;                                                                                               \
		return print_hook(p, hook, dst, size);                                                                 \
	}

HOOK(nf_pre_routing, NETFILTER_PRE_ROUTING)
HOOK(nf_local_in, NETFILTER_LOCAL_IN)
HOOK(nf_forward, NETFILTER_FORWARD)
HOOK(nf_local_out, NETFILTER_LOCAL_OUT)
HOOK(nf_post_routing, NETFILTER_POST_ROUTING)

FIELD(total)
{
	struct packet_times t;

	packet_times(&p->r, &t);
	return t.known ? PRINT("%.3f", (double)t.total_ns / 1e3) : NONE;
}

FIELD(merged)
{
	struct packet_times t;
	size_t n = 0;

	(void)m;
	*dst = '\0';
	packet_times(&p->r, &t);
	for (unsigned i = 0; i < PACKET_PARTS; i++)
		if (t.merged & 1U << i)
			n = text_join(dst, size, ",", "%s", packet_part_name(packet_is_tx(&p->r), i));
	return n;
}

FIELD(retransmit)
{
	(void)m;
	return text_copy(dst, size, packet_retransmit_name(p));
}

FIELD(cwnd)
{
	return p->r.cwnd ? PRINT("%" PRIu32, p->r.cwnd) : NONE;
}

FIELD(out_of_order)
{
	return p->r.flags & PACKET_OUT_OF_ORDER || p->marks & PACKET_LATE ? PRINT("true") : NONE;
}

FIELD(gap)
{
	return p->marks & PACKET_GAP ? PRINT("%" PRId64, p->gap) : NONE;
}

FIELD(sack)
{
	(void)m;
	return packet_sack_text(p, false, dst, size);
}

FIELD(backlog)
{
	return p->r.flags & PACKET_BACKLOG ? PRINT("true") : NONE;
}

FIELD(dropped)
{
	return p->r.flags & PACKET_DROPPED ? PRINT("true") : NONE;
}

FIELD(reason)
{
	return packet_drop_reason(m, &p->r, dst, size);
}

FIELD(function)
{
	return packet_drop_function(m, &p->r, dst, size);
}

FIELD(nat)
{
	(void)m;
	return packet_ends_text(&p->r, true, dst, size);
}

FIELD(line)
{
	(void)m;
	return packet_first_line(&p->r, dst, size);
}

/* clang-format off */
#define ROW(name, unit, number, print, help) {name, unit, help, number, print_##print}
/* clang-format on */

static const struct packet_field fields[] = {
    ROW("time", "unix seconds", true, time, "its first stamp"),
    ROW("id", "text", false, id, "the socket's, as in its row"),
    ROW("number", "count", true, number, "1, 2, … of this trace; a gap is a packet that was lost on the way"),
    ROW("dir", "text", false, dir, "rx or tx"),
    ROW("netns", "number", true, netns, "inode of the network namespace"),
    ROW("proto", "text", false, proto, "transport protocol"),
    ROW("laddr", "text", false, laddr, "the socket's address, whatever the direction"),
    ROW("lport", "number", true, lport, "the socket's port"),
    ROW("raddr", "text", false, raddr, "the other end's address"),
    ROW("rport", "number", true, rport, "the other end's port"),
    ROW("pid", "number", true, pid, "owner of the socket"),
    ROW("comm", "text", false, comm, "its name"),
    ROW("flags", "text", false, flags,
	"of the TCP header: S SYN, F FIN, R RST, U URG, E ECE, W CWR, P PSH, A ACK; .A: only ACK; ICMP: req, reply"),
    ROW("seq", "number", true, seq, "sequence number, the SYN's being 0; without SYN the first byte seen is 1"),
    ROW("ack", "number", true, ack, "acknowledgement, counted as the other direction's seq"),
    ROW("seq_raw", "number", true, seq_raw, "sequence number as on the wire"),
    ROW("ack_raw", "number", true, ack_raw, "acknowledgement as on the wire"),
    ROW("payload", "bytes", true, payload, "payload of all segments of a GSO or GRO packet"),
    ROW("frame", "bytes", true, frame, "from the IP header on"),
    ROW("window", "bytes", true, window, "window that it advertises, scaled where the scale is known"),
    ROW("segments", "segments", true, segments, "in a GSO or GRO packet; 1: a plain one"),
    ROW("devices", "text", false, devices, "devices in the order of crossing, with commas between"),
    ROW("rx_mac_us", "µs", true, rx_mac, "handed to the stack → IP entry"),
    ROW("rx_ip_us", "µs", true, rx_ip, "IP entry → TCP or UDP entry"),
    ROW("rx_tcp_us", "µs", true, rx_tcp, "TCP or UDP entry → queued on the socket"),
    ROW("rx_app_us", "µs", true, rx_app, "queued → copied to the program"),
    ROW("tx_tcp_us", "µs", true, tx_tcp, "send call → leaves TCP or UDP"),
    ROW("tx_ip_us", "µs", true, tx_ip, "→ device queue"),
    ROW("tx_qdisc_us", "µs", true, tx_qdisc, "device queue → driver"),
    ROW("tx_nic_us", "µs", true, tx_nic, "driver call → accepted"),
    ROW("total_us", "µs", true, total, "from its first stamp to its last: the sum of the parts"),
    ROW("gro_us", "µs", true, gro, "part of rx_mac_us: in GRO, until that hands it on; absent: it passed none"),
    ROW("direct_us", "µs", true, direct,
	"part of tx_qdisc_us: from the qdisc to the driver; absent: no qdisc gave it out"),
    ROW("done_us", "µs", true, done,
	"after total_us: from accepted until the driver frees it; absent where it travels on (loopback, veth)"),
    ROW("nf_pre_routing_us", "µs", true, nf_pre_routing, "of rx_ip, with -n: in netfilter's hook PRE_ROUTING"),
    ROW("nf_local_in_us", "µs", true, nf_local_in, "of rx_ip: in LOCAL_IN"),
    ROW("nf_forward_us", "µs", true, nf_forward, "in FORWARD, of a bridge"),
    ROW("nf_local_out_us", "µs", true, nf_local_out, "of tx_ip: in LOCAL_OUT"),
    ROW("nf_post_routing_us", "µs", true, nf_post_routing, "of tx_ip: in POST_ROUTING"),
    ROW("merged", "text", false, merged, "parts that were not stamped apart: their time is in the next one's"),
    ROW("retransmit", "text", false, retransmit,
	"fast, rto, tlp, syn, synack or unknown; again: its bytes were seen before in this trace"),
    ROW("cwnd", "segments", true, cwnd, "the connection's when it was sent"),
    ROW("out_of_order", "true/false", true, out_of_order, "received after bytes that follow it"),
    ROW("gap", "bytes", true, gap, "bytes before it that were missing when it was received"),
    ROW("sack", "text", false, sack, "SACK blocks, counted as ack: begin-end, with blanks between"),
    ROW("backlog", "true/false", true, backlog, "waited on the backlog of a busy socket"),
    ROW("dropped", "true/false", true, dropped, "this machine dropped it"),
    ROW("drop_reason", "text", false, reason, "the kernel's reason"),
    ROW("drop_function", "text", false, function, "the function in which it was dropped"),
    ROW("nat", "text", false, nat, "the ends on the other side of a translation, ours first"),
    ROW("line", "text", false, line, "first line of the payload, with -i, if it is plain text"),
    ROW("icmp_type", "number", true, icmp_type, "of ICMP echo: request 8, reply 0; ICMPv6: 128, 129"),
    ROW("echo_id", "number", true, echo_id, "identifier of an ICMP echo packet"),
    ROW("echo_seq", "number", true, echo_seq, "its sequence number"),
    ROW("echo_rtt_us", "µs", true, echo_rtt,
	"of a received reply: from its request's queue at the device to the reply's device"),
};

const struct packet_field *packet_field_at(size_t i)
{
	return i < ARRAY_SIZE(fields) ? &fields[i] : NULL;
}
