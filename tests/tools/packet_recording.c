/* Packets as the kernel would report them: real headers, stamps some microseconds apart, a segment that was lost and
 * sent again, one that was dropped, translated ones, one whose first line of payload would write to the terminal. */
#include "packet_recording.h"

#include <string.h>

#include "clock.h"
#include "stream.h"

#define NETNS 4026531840U
#define TX_BASE 4294960000U /* wraps round while the answer is sent */
#define RX_BASE 700000U
#define US NSEC_PER_USEC

/* A packet: numbers relative to the SYNs, times in microseconds. */
struct shot {
	unsigned tick;
	u32 at_us; /* after the tick before */
	u64 id;
	u8 tx, tcp_flags;
	u32 seq, ack, len, window;
	u16 segments;
	u8 flags, cause; /* of the record */
	u32 part_us[STAGE_MAX - 1];
	u8 unstamped; /* bits: stages without a stamp */
	u32 sack[2];
	const char *payload;
	u32 ifindex[2];
	u32 cwnd;
	u32 beside_us[2];             /* in GRO; or from the qdisc to the driver, and in the driver's hands */
	u32 hook_ns[NETFILTER_HOOKS]; /* 0: not passed */
};

#define TCP PACKET_TCP_ID
#define UDP PACKET_UDP_ID
#define WEB                                                                                                            \
	{                                                                                                              \
		2, 3                                                                                                   \
	}

static const struct shot shots[] = {
    {2, 100, UDP, 0, 0, 0, 0, 33, 0, 1, 0, 0, {3, 1, 7, 60}, 0, {}, NULL, {2}, 0},
    {2, 200, UDP, 1, 0, 0, 0, 120, 0, 1, 0, 0, {5, 1, 2, 1}, 0, {}, NULL, {2}, 0},
    {2, 1000, TCP, 0, TCP_SYN, 0, 0, 0, 64240, 1, 0, 0, {1, 2, 5}, 1 << 4, {}, NULL, WEB, 0},
    {2, 1040, TCP, 1, TCP_SYN | TCP_ACK, 0, 1, 0, 65160, 1, 0, 0, {0, 4, 2, 1}, 1 << 0, {}, NULL, WEB, 0},
    {2, 21000, TCP, 0, TCP_ACK, 1, 1, 0, 501760, 1, 0, 0, {1, 2, 3}, 1 << 4, {}, NULL, WEB, 0},
    {2,
     21300,
     TCP,
     0,
     TCP_PSH | TCP_ACK,
     1,
     1,
     60,
     501760,
     1,
     0,
     0,
     {2, 3, 9, 13900},
     0,
     {},
     "GET /cart HTTP/1.1\r\nHost: web1\r\nAccept: text/html, */*\r\n\r\n",
     WEB,
     0,
     {1},
     {900, 1450}},
    {2,
     36000,
     TCP,
     1,
     TCP_ACK,
     1,
     61,
     14480,
     65160,
     10,
     0,
     0,
     {2100, 4, 310, 6},
     0,
     {},
     NULL,
     WEB,
     10,
     {9, 42},
     {[NETFILTER_LOCAL_OUT] = 340, [NETFILTER_POST_ROUTING] = 2600}},
    {2, 38000, TCP, 1, TCP_PSH | TCP_ACK, 14481, 61, 1448, 65160, 1, 0, 0, {900, 4, 300, 6}, 0, {}, NULL, WEB, 10},
    {2, 57000, TCP, 0, TCP_ACK, 61, 1, 0, 501760, 1, 0, 0, {1, 2, 3}, 1 << 4, {1449, 14481}, NULL, WEB, 0},
    {3,
     1000,
     TCP,
     1,
     TCP_ACK,
     1,
     61,
     1448,
     65160,
     1,
     PACKET_RETRANSMIT,
     RETRANSMIT_FAST,
     {0, 3, 40, 5},
     1 << 0,
     {},
     NULL,
     WEB,
     7},
    {3,
     40000,
     TCP,
     1,
     TCP_PSH | TCP_ACK,
     14481,
     61,
     1448,
     65160,
     1,
     PACKET_RETRANSMIT,
     RETRANSMIT_TLP,
     {0, 3, 41, 5},
     1 << 0,
     {},
     NULL,
     WEB,
     7},
    {3, 60000, TCP, 0, TCP_ACK, 61, 15929, 0, 501760, 1, PACKET_NAT, 0, {1, 2, 3}, 1 << 4, {}, NULL, WEB, 0},
    /* The second half before the first. */
    {3, 70000, TCP, 0, TCP_PSH | TCP_ACK, 161, 15929, 100, 501760, 1, 0, 0, {2, 2, 8, 500}, 0, {}, NULL, WEB, 0},
    {3,
     70100,
     TCP,
     0,
     TCP_ACK,
     61,
     15929,
     100,
     501760,
     1,
     PACKET_BACKLOG,
     0,
     {2, 2, 80, 400},
     1 << 1,
     {},
     "\033]0;owned\007 /\r\n",
     WEB,
     0},
    {3, 80000, TCP, 0, TCP_ACK, 61, 15929, 100, 501760, 1, PACKET_DROPPED, 0, {2, 2, 8, 0}, 3 << 3, {}, NULL, WEB, 0},
    {4, 5000, TCP, 1, TCP_FIN | TCP_ACK, 15929, 261, 0, 65160, 1, 0, 0, {0, 2, 9, 2}, 1 << 0, {}, NULL, WEB, 0},
    {4, 25000, TCP, 0, TCP_RST, 261, 0, 0, 0, 1, 0, 0, {1, 1, 2}, 1 << 4, {}, NULL, WEB, 0},
};

static void put16(u8 *p, unsigned v)
{
	p[0] = (u8)(v >> 8);
	p[1] = (u8)v;
}

static void put32(u8 *p, u32 v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

/* IPv4's checksum, so that a reader has nothing to say against it. */
static void put_checksum(u8 *ip)
{
	u32 sum = 0;

	for (unsigned i = 0; i < 20; i += 2)
		sum += (u32)ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~(sum + (sum >> 16)) & 0xffff);
}

/* Fills data, frame and captured. */
static void put_headers(struct record_packet *r, const struct shot *s)
{
	u8 *ip = r->data, *t = ip + 20;
	u32 header = s->id == UDP ? 8 : s->sack[1] ? 32 : 20;

	ip[0] = 0x45;
	put16(ip + 2, 20 + header + s->len);
	put16(ip + 6, 0x4000);
	ip[8] = 64;
	ip[9] = r->proto;
	memcpy(ip + 12, s->tx ? r->laddr : r->raddr, 4);
	memcpy(ip + 16, s->tx ? r->raddr : r->laddr, 4);
	put_checksum(ip);
	put16(t, s->tx ? r->lport : r->rport);
	put16(t + 2, s->tx ? r->rport : r->lport);
	if (s->id == UDP) {
		put16(t + 4, 8 + s->len);
	} else {
		put32(t + 4, r->seq);
		put32(t + 8, r->ack);
		t[12] = (u8)(header / 4 << 4);
		t[13] = s->tcp_flags;
		put16(t + 14, s->window > 65535 ? s->window >> 7 : s->window);
		if (s->sack[1]) {
			t[20] = t[21] = 1;
			t[22] = 5;
			t[23] = 10;
			put32(t + 24, r->sack[0]);
			put32(t + 28, r->sack[1]);
		}
	}
	r->frame = 20 + header + s->len;
	r->captured = r->frame < PACKET_DATA ? r->frame : PACKET_DATA;
	for (u32 i = 20 + header; i < r->captured; i++)
		r->data[i] =
		    s->payload && i - 20 - header < strlen(s->payload) ? (u8)s->payload[i - 20 - header] : 0xee;
}

/* Received: steered to another CPU after GRO, and read on a third; sent: on one, and freed on another. */
static void put_cpus(struct record_packet *r, bool tx)
{
	for (unsigned i = 0; i < STAGE_MAX; i++)
		if (r->stamp_ns[i] && !(tx && i == STAGE_TX_LEAVES))
			r->cpu[i] = (u16)(1 + (tx ? 2 : i == STAGE_RX_READ ? 3 : i > STAGE_RX_DEVICE));
	r->gro_cpu = tx ? 0 : 1 + 1;
	r->dequeue_cpu = tx ? 1 + 2 : 0;
	r->freed_cpu = tx ? 1 + 0 : 0;
}

static void put_stamps(struct record_packet *r, const struct shot *s, u64 begin_ns)
{
	u64 at = begin_ns + s->at_us * US;
	bool first = true;

	for (unsigned i = 0; i < STAGE_MAX; i++) {
		at += i ? s->part_us[i - 1] * US : 0;
		if (s->unstamped & 1U << i)
			continue;
		r->stamp_ns[i] = at;
		if (first)
			r->time_ns = at;
		first = false;
	}
	if (s->beside_us[0] && s->tx) {
		r->dequeue_ns = r->stamp_ns[STAGE_TX_DRIVER] - s->beside_us[0] * US;
		r->freed_ns = r->stamp_ns[STAGE_TX_ACCEPTED] + s->beside_us[1] * US;
	} else if (s->beside_us[0]) {
		r->gro_ns = r->time_ns + s->beside_us[0] * US;
	}
	if (s->beside_us[0])
		put_cpus(r, s->tx);
	for (unsigned i = 0; i < 2 && s->ifindex[i]; i++) {
		r->ifindex[i] = s->ifindex[i];
		r->device_ns[i] = r->time_ns + i * US;
	}
}

static void put_packet(struct buf *out, const struct shot *s, u64 number, u64 begin_ns)
{
	struct record_packet r = {.id = s->id,
				  .number = number,
				  .laddr = {10, 0, 0, 1},
				  .raddr = {10, 0, 0, 2},
				  .netns = NETNS,
				  .payload = s->len,
				  .window = s->window,
				  .cwnd = s->cwnd,
				  .segments = s->segments,
				  .lport = s->id == UDP ? 53 : 443,
				  .rport = (u16)(50000 + s->id),
				  .flags = (u8)(s->flags | (s->tx ? PACKET_TX : 0)),
				  .cause = s->cause,
				  .tcp_flags = s->tcp_flags,
				  .family = 4,
				  .proto = s->id == UDP ? IPPROTO_UDP : IPPROTO_TCP};

	if (s->id == TCP) {
		r.seq = (s->tx ? TX_BASE : RX_BASE) + s->seq;
		r.ack = s->tcp_flags & TCP_ACK ? (s->tx ? RX_BASE : TX_BASE) + s->ack : 0;
	}
	for (unsigned i = 0; i < 2 && s->sack[1]; i++)
		r.sack[i] = TX_BASE + s->sack[i];
	if (s->flags & PACKET_NAT) {
		memcpy(r.nat_laddr, (u8[]){203, 0, 113, 5}, 4);
		memcpy(r.nat_raddr, r.raddr, 4);
		r.nat_lport = 8443;
		r.nat_rport = r.rport;
	}
	if (s->flags & PACKET_DROPPED) {
		r.drop_reason = 5;
		r.drop_location = 0xffffffff81234567;
	}
	for (unsigned i = 0; i < NETFILTER_HOOKS; i++) {
		r.nf_ns[i] = s->hook_ns[i];
		r.nf_passed |= (u8)((s->hook_ns[i] > 0) << i);
	}
	put_headers(&r, s);
	put_stamps(&r, s, begin_ns);
	stream_put(out, RECORD_PACKET, &r);
}

static void put_name(struct buf *out, u64 kind, u64 key, u64 scope, const char *text)
{
	struct record_name n = {.kind = kind, .key = key, .scope = scope};

	memcpy(n.text, text, strlen(text));
	stream_put(out, RECORD_NAME, &n);
}

void put_packet_names(struct buf *out)
{
	put_name(out, NAME_IFACE, 2, NETNS, "eth0");
	put_name(out, NAME_IFACE, 3, NETNS, "veth3");
	put_name(out, NAME_DROP_REASON, 5, 0, "TCP_CSUM");
	put_name(out, NAME_SYMBOL, 0xffffffff81234567, 0, "tcp_v4_rcv");
}

void put_packets(struct buf *out, unsigned tick, uint64_t end_ns)
{
	u64 number = 0;

	for (size_t i = 0; i < ARRAY_SIZE(shots); i++) {
		number = i == 2 ? 1 : number + 1;
		/* One before the fourth tick was lost on the way. */
		if (shots[i].tick == tick)
			put_packet(out, &shots[i], number + (tick > 3), end_ns - NSEC_PER_SEC);
	}
	stream_put(out, RECORD_TRACE,
		   &(struct record_trace){.id = PACKET_TCP_ID,
					  .packets = number,
					  .limited = tick > 2 ? 12 : 0,
					  .limit = 1000,
					  .unseen = tick > 2 ? 3 : 0});
}
