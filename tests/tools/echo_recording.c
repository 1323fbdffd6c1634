/* Echo packets as the kernel would report them: real headers over IPv4 and IPv6, stamps some microseconds apart. */
#include "echo_recording.h"

#include <string.h>

#include "clock.h"
#include "histogram.h"
#include "stream.h"

#define NETNS 4026531840U
#define US NSEC_PER_USEC
#define DATA 56 /* bytes behind the header, as ping has them */

/* A packet; times in microseconds. */
struct shot {
	unsigned tick;
	u32 at_us; /* after the tick before */
	bool tx, v6, reply;
	u16 id, seq;
	u8 flags; /* of the record */
	u32 part_us[STAGE_MAX - 1];
	u8 unstamped; /* bits: stages without a stamp */
};

#define SENT 3      /* what it is sent by is not stamped */
#define ANSWERED 24 /* by the kernel: no queue, no reader */

static const struct shot shots[] = {
    {2, 1000, true, false, false, 4711, 1, 0, {0, 0, 4, 3}, SENT},
    {2, 13500, false, false, true, 4711, 1, 0, {2, 3, 6, 21}, 0},
    {2, 300000, false, true, false, 77, 9, 0, {1, 4, 0, 0}, ANSWERED},
    {2, 300030, true, true, true, 77, 9, 0, {0, 0, 2, 2}, SENT},
    {3, 1000, true, false, false, 4711, 2, 0, {0, 0, 20040, 3}, SENT},
    {3, 33800, false, false, true, 4711, 2, 0, {2, 3, 7, 310000}, 0},
    {4, 1000, true, false, false, 4711, 3, 0, {0, 0, 5, 3}, SENT},
    {4, 13100, false, false, true, 4711, 3, PACKET_DROPPED, {2, 0, 0, 0}, 28},
    {4, 500000, false, false, true, 9999, 1, 0, {2, 3, 0, 0}, ANSWERED},
};

static void put16(u8 *p, unsigned v)
{
	p[0] = (u8)(v >> 8);
	p[1] = (u8)v;
}

static void put_headers(struct record_packet *r, const struct shot *s)
{
	u8 *ip = r->data, *t = ip + (s->v6 ? 40 : 20);

	if (s->v6) {
		ip[0] = 0x60;
		put16(ip + 4, 8 + DATA);
		ip[6] = 58;
		ip[7] = 64;
		memcpy(ip + 8, s->tx ? r->laddr : r->raddr, 16);
		memcpy(ip + 24, s->tx ? r->raddr : r->laddr, 16);
	} else {
		ip[0] = 0x45;
		put16(ip + 2, 28 + DATA);
		ip[8] = 64;
		ip[9] = 1;
		memcpy(ip + 12, s->tx ? r->laddr : r->raddr, 4);
		memcpy(ip + 16, s->tx ? r->raddr : r->laddr, 4);
	}
	t[0] = r->icmp_type;
	put16(t + 4, s->id);
	put16(t + 6, s->seq);
	r->captured = r->frame = (u32)(t + 8 + DATA - ip);
}

static void put_stamps(struct record_packet *r, const struct shot *s, u64 begin_ns)
{
	u64 at = begin_ns + s->at_us * US;

	for (unsigned i = 0; i < STAGE_MAX; i++) {
		at += i ? s->part_us[i - 1] * US : 0;
		if (!(s->unstamped & 1U << i))
			r->stamp_ns[i] = at;
		if (!r->time_ns)
			r->time_ns = r->stamp_ns[i];
	}
	r->device_ns[0] = r->time_ns;
}

static void put_echo(struct buf *out, const struct shot *s, u64 number, u64 begin_ns)
{
	struct record_packet r = {.id = ECHO_ID,
				  .number = number,
				  .laddr = {10, 0, 0, 1},
				  .raddr = {192, 0, 2, 7},
				  .ifindex = {2},
				  .netns = NETNS,
				  .payload = DATA,
				  .segments = 1,
				  .echo_id = s->id,
				  .echo_seq = s->seq,
				  .flags = (u8)(s->flags | (s->tx ? PACKET_TX : 0)),
				  .family = s->v6 ? 6 : 4,
				  .proto = s->v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
				  .icmp_type = s->v6      ? (s->reply ? 129 : 128)
					       : s->reply ? 0
							  : 8};

	if (s->v6) {
		memcpy(r.laddr, (u8[16]){0xfd, [15] = 1}, 16);
		memcpy(r.raddr, (u8[16]){0x20, 1, 0x0d, 0xb8, [15] = 0x42}, 16);
	}
	if (s->flags & PACKET_DROPPED) {
		r.drop_reason = 5;
		r.drop_location = 0xffffffff81234567;
	}
	put_headers(&r, s);
	put_stamps(&r, s, begin_ns);
	stream_put(out, RECORD_PACKET, &r);
}

void put_echoes(struct buf *out, unsigned tick, uint64_t end_ns)
{
	u64 told = 0;

	for (size_t i = 0; i < ARRAY_SIZE(shots); i++) {
		told += shots[i].tick <= tick;
		if (shots[i].tick == tick)
			put_echo(out, &shots[i], i + 1, end_ns - NSEC_PER_SEC);
	}
	stream_put(out, RECORD_TRACE, &(struct record_trace){.id = ECHO_ID, .packets = told, .limit = 20000});
}

void put_echo_layers(struct buf *out, unsigned tick)
{
	struct record_layers r = {.id = ECHO_ID}, machine = {};

	for (size_t i = 0; i < ARRAY_SIZE(shots); i++) {
		const struct shot *s = &shots[i];

		for (unsigned part = 0; s->tick <= tick && part < STAGE_MAX - 1; part++) {
			unsigned layer = part + (s->tx ? LAYER_TX_TCP : LAYER_RX_MAC);
			u64 ns = s->part_us[part] * US;

			if (s->unstamped & 3U << part)
				continue;
			r.n[layer]++;
			r.sum_ns[layer] += ns;
			r.max_ns[layer] = MAX(r.max_ns[layer], ns);
			r.buckets[layer * LAYER_BUCKETS + histogram_bucket(ns)]++;
		}
	}
	stream_put(out, RECORD_LAYERS, &machine);
	stream_put(out, RECORD_LAYERS, &r);
	stream_put(out, RECORD_STAGES, &(struct record_stages){.sample = 1, .stamped = r.n[0] + r.n[LAYER_TX_QDISC]});
}
