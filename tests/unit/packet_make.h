/* Packets for tests: real headers and stamps, changed by the test before they are taken. Include after cmocka. */
#pragma once

#include <string.h>

#include "packets.h"

#define MS 1000000ULL

static inline void make_be(u8 *p, u32 v, unsigned bytes)
{
	while (bytes--) {
		p[bytes] = (u8)v;
		v >>= 8;
	}
}

/* A TCP segment over IPv4 of the socket 7, 40 bytes of headers; rx, ACK, 5 stamps 1 ms apart. */
static inline struct record_packet make_packet(u64 number, u64 time_ns, bool tx, u32 seq, u32 ack, u32 len)
{
	struct record_packet r = {.id = 7,
				  .number = number,
				  .time_ns = time_ns,
				  .laddr = {10, 0, 0, 1},
				  .raddr = {10, 0, 0, 2},
				  .seq = seq,
				  .ack = ack,
				  .payload = len,
				  .frame = 40 + len,
				  .captured = MIN(40 + len, (u32)PACKET_DATA),
				  .lport = 443,
				  .rport = 50000,
				  .segments = 1,
				  .flags = tx ? PACKET_TX : 0,
				  .tcp_flags = TCP_ACK,
				  .family = 4,
				  .proto = IPPROTO_TCP,
				  .ifindex = {2},
				  .netns = 4026531840U};

	for (unsigned i = 0; i < STAGE_MAX; i++)
		r.stamp_ns[i] = time_ns + i * MS;
	r.data[0] = 0x45;
	make_be(r.data + 2, r.frame, 2);
	r.data[8] = 64;
	r.data[9] = 6;
	make_be(r.data + 12, 0x0a000002, 4);
	make_be(r.data + 16, 0x0a000001, 4);
	make_be(r.data + 20, 50000, 2);
	make_be(r.data + 22, 443, 2);
	make_be(r.data + 24, seq, 4);
	make_be(r.data + 28, ack, 4);
	r.data[32] = 0x50;
	r.data[33] = 16;
	for (u32 i = 40; i < r.captured; i++)
		r.data[i] = 'x';
	return r;
}
