/* What a traced packet's first bytes say, as the collector reads them: headers, options, SACK, both faces of a
 * translated packet, and bytes that lie. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "packet_read.h"

static void put16(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 8);
	p[1] = (u8)v;
}

static void put32(u8 *p, u32 v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

/* A TCP header with so many bytes of options, which the caller fills in. From port 1000 to 2000. */
static void put_tcp(u8 *t, size_t options)
{
	put16(t, 1000);
	put16(t + 2, 2000);
	put32(t + 4, 0x80000001);
	put32(t + 8, 0xfffffff0);
	t[12] = (u8)((20 + options) / 4 << 4);
	t[13] = 0x18;
	put16(t + 14, 512);
}

static void put_udp(u8 *t)
{
	put16(t, 1000);
	put16(t + 2, 2000);
}

/* An IPv4 header with so many bytes of options, from 10.0.0.1 to 10.0.0.2. Where it ends. */
static u8 *ip4(struct record_packet *p, u8 proto, size_t options)
{
	memset(p, 0, sizeof(*p));
	p->data[0] = (u8)(0x40 | (20 + options) / 4);
	p->data[9] = proto;
	put32(p->data + 12, 0x0a000001);
	put32(p->data + 16, 0x0a000002);
	return p->data + 20 + options;
}

/* An IPv6 header, from fd00::1 to fd00::2. */
static u8 *ip6(struct record_packet *p, u8 next)
{
	memset(p, 0, sizeof(*p));
	p->data[0] = 0x60;
	p->data[6] = next;
	p->data[8] = p->data[24] = 0xfd;
	p->data[23] = 1;
	p->data[39] = 2;
	return p->data + 40;
}

/* An extension header of 8 * (more + 1) bytes. */
static u8 *extension(u8 *at, u8 next, u8 more)
{
	at[0] = next;
	at[1] = more;
	return at + 8 * (more + 1);
}

static void captured(struct record_packet *p, const u8 *end, u32 payload)
{
	p->frame = (u32)(end - p->data) + payload;
	p->captured = MIN(p->frame, (u32)PACKET_DATA);
}

static void test_directions(void **state)
{
	struct record_packet p;

	for (unsigned tx = 0; tx < 2; tx++) {
		u8 *t = ip4(&p, IPPROTO_TCP, 0);

		put_tcp(t, 0);
		captured(&p, t + 20, 1000);
		packet_read(&p, tx);
		assert_int_equal(p.family, 4);
		assert_int_equal(p.proto, IPPROTO_TCP);
		assert_int_equal(tx ? p.laddr[3] : p.raddr[3], 1);
		assert_int_equal(tx ? p.raddr[3] : p.laddr[3], 2);
		assert_int_equal(tx ? p.lport : p.rport, 1000);
		assert_int_equal(tx ? p.rport : p.lport, 2000);
		assert_int_equal(p.seq, 0x80000001);
		assert_int_equal(p.ack, 0xfffffff0);
		assert_int_equal(p.tcp_flags, 0x18);
		assert_int_equal(p.window, 512);
		assert_int_equal(p.payload, 1000);
	}
}

static void test_ip_options(void **state)
{
	struct record_packet p;
	u8 *t;

	for (size_t options = 0; options <= 40; options += 4) {
		t = ip4(&p, IPPROTO_TCP, options);
		memset(p.data + 20, 1, options);
		put_tcp(t, 0);
		captured(&p, t + 20, 7);
		packet_read(&p, false);
		assert_int_equal(p.rport, 1000);
		assert_int_equal(p.payload, 7);
	}
	t = ip4(&p, IPPROTO_UDP, 40);
	put_udp(t);
	captured(&p, t + 8, 9);
	packet_read(&p, true);
	assert_int_equal(p.lport, 1000);
	assert_int_equal(p.payload, 9);
}

static void test_ip6_extensions(void **state)
{
	struct record_packet p;
	u8 *t;

	/* Hop-by-hop, routing, destination options, a first fragment; then each alone. */
	t = extension(extension(extension(extension(ip6(&p, 0), 43, 0), 60, 2), 44, 1), IPPROTO_TCP, 0);
	put_tcp(t, 0);
	captured(&p, t + 20, 5);
	packet_read(&p, false);
	assert_int_equal(p.family, 6);
	assert_int_equal(p.proto, IPPROTO_TCP);
	assert_int_equal(p.payload, 5);
	assert_int_equal(p.rport, 1000);
	assert_int_equal(p.laddr[15], 2);
	for (size_t i = 0; i < 4; i++) {
		t = extension(ip6(&p, (const u8[]){0, 43, 44, 60}[i]), IPPROTO_UDP, 0);
		put_udp(t);
		captured(&p, t + 8, 3);
		packet_read(&p, true);
		assert_int_equal(p.proto, IPPROTO_UDP);
		assert_int_equal(p.rport, 2000);
		assert_int_equal(p.payload, 3);
	}
	/* A fragment header is 8 bytes long, whatever its second byte, which is reserved. */
	t = extension(ip6(&p, 44), IPPROTO_UDP, 0);
	p.data[41] = 200;
	put_udp(t);
	captured(&p, t + 8, 3);
	packet_read(&p, true);
	assert_int_equal(p.rport, 2000);
	/* More headers than were captured. */
	t = extension(ip6(&p, 60), IPPROTO_TCP, 200);
	captured(&p, p.data + PACKET_DATA, 2000);
	packet_read(&p, false);
	assert_int_equal(p.rport, 0);
	assert_int_equal(p.payload, 0);
}

/* What follows a later fragment's header is not a header, whatever it looks like. */
static void test_fragments(void **state)
{
	struct record_packet p;
	u8 *t;

	t = ip4(&p, IPPROTO_UDP, 0);
	put16(p.data + 6, 0x2000); /* more fragments, the first */
	put_udp(t);
	captured(&p, t + 8, 100);
	packet_read(&p, false);
	assert_int_equal(p.rport, 1000);
	p.rport = p.lport = 0;
	put16(p.data + 6, 185);
	packet_read(&p, false);
	assert_int_equal(p.rport, 0);
	t = extension(ip6(&p, 44), IPPROTO_UDP, 0);
	put16(p.data + 42, 185 << 3);
	put_udp(t);
	captured(&p, t + 8, 100);
	packet_read(&p, false);
	assert_int_equal(p.rport, 0);
	assert_int_equal(p.proto, IPPROTO_UDP);
	/* Its payload is not taken for headers. */
	packet_cut(&p);
	assert_int_equal(p.captured, 40);
}

/* The blocks of an option, in how many bytes of a header it lies. */
static void read_options(struct record_packet *p, const u8 *options, size_t len)
{
	u8 *t = ip4(p, IPPROTO_TCP, 0);
	size_t padded = (len + 3) / 4 * 4;

	put_tcp(t, padded);
	memcpy(t + 20, options, len);
	captured(p, t + 20 + padded, 0);
	packet_read(p, false);
}

static void test_sack(void **state)
{
	u8 options[40] = {1, 1, 8, 10, [12] = 1, 1, 5, 26};
	struct record_packet p;

	for (size_t i = 0; i < 6; i++)
		put32(options + 16 + i * 4, (u32)(0xffffff00 + i * 100));
	read_options(&p, options, sizeof(options));
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(p.sack[i], (u32)(0xffffff00 + i * 100));
	assert_int_equal(p.sack[6], 0);
	/* Four blocks fill the options and the array. */
	memset(options, 1, sizeof(options));
	options[2] = 5;
	options[3] = 34;
	for (size_t i = 0; i < 8; i++)
		put32(options + 4 + i * 4, (u32)i + 1);
	read_options(&p, options, 36);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(p.sack[i], i + 1);
	assert_int_equal(p.netns, 0); /* what lies behind it */
	/* A length that is no whole number of blocks: the whole ones. */
	options[3] = 13;
	read_options(&p, options, 36);
	assert_int_equal(p.sack[1], 2);
	assert_int_equal(p.sack[2], 0);
	/* Behind the end of the options nothing counts. */
	options[0] = 0;
	read_options(&p, options, 36);
	assert_int_equal(p.sack[0], 0);
}

static void test_sack_lies(void **state)
{
	static const u8 lies[][4] = {{5, 0},        {5, 1},        {5, 2},          {5, 255},    {5, 41},
				     {8, 0, 5, 10}, {8, 1, 5, 10}, {2, 200, 5, 10}, {1, 1, 1, 5}};
	struct record_packet p;

	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		u8 options[12] = {0};

		memset(options, 0xee, sizeof(options));
		memcpy(options, lies[i], 4);
		read_options(&p, options, i + 1 < ARRAY_SIZE(lies) ? sizeof(options) : 4);
		assert_int_equal(p.sack[0], 0);
	}
	/* Cut off within the option. */
	{
		u8 options[12] = {1, 1, 5, 10, 1, 2, 3, 4, 5, 6, 7, 8}, *t = ip4(&p, IPPROTO_TCP, 0);

		put_tcp(t, sizeof(options));
		memcpy(t + 20, options, sizeof(options));
		captured(&p, t + 30, 0);
		packet_read(&p, false);
		assert_int_equal(p.sack[0], 0);
		assert_int_equal(p.rport, 1000);
	}
}

/* Every captured length of a packet: no byte after it is used, and fields that are not there are not set. */
static void test_cut_short(void **state)
{
	struct record_packet whole, p;
	u8 *t = ip4(&whole, IPPROTO_TCP, 4);

	put_tcp(t, 12);
	memcpy(t + 20, (const u8[]){1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9}, 12);
	captured(&whole, t + 32, 50);
	for (u32 n = 0; n <= whole.captured; n++) {
		p = whole;
		memset(p.data + n, 0xff, sizeof(p.data) - n);
		p.captured = n;
		packet_read(&p, false);
		assert_int_equal(p.family, n >= 20 ? 4 : 0);
		assert_int_equal(p.rport, n >= 44 ? 1000 : 0);
		assert_int_equal(p.payload, n >= 44 ? 50 : 0);
		assert_int_equal(p.sack[1], n >= 56 ? 9 : 0);
		packet_cut(&p);
		assert_true(p.captured <= n);
	}
}

static void test_lengths_that_lie(void **state)
{
	struct record_packet p;
	u8 *t;

	/* An IP header shorter than one can be. */
	for (u8 words = 0; words < 5; words++) {
		t = ip4(&p, IPPROTO_TCP, 0);
		p.data[0] = 0x40 | words;
		put_tcp(t, 0);
		captured(&p, t + 20, 0);
		packet_read(&p, false);
		assert_int_equal(p.rport, 0);
	}
	/* A TCP header shorter than one can be, and one longer than the packet. */
	for (u8 words = 0; words < 16; words++) {
		t = ip4(&p, IPPROTO_TCP, 0);
		put_tcp(t, 0);
		t[12] = (u8)(words << 4);
		captured(&p, t + 20, 4);
		packet_read(&p, false);
		assert_int_equal(p.rport, 1000);
		assert_int_equal(p.payload, words == 5 ? 4 : 0);
		packet_cut(&p);
		assert_int_equal(p.captured, words <= 5 ? 40 : 44);
	}
	/* Other versions and protocols. */
	ip4(&p, 200, 0);
	captured(&p, p.data + 60, 0);
	packet_read(&p, false);
	assert_int_equal(p.proto, 200);
	assert_int_equal(p.payload, 0);
	packet_cut(&p);
	assert_int_equal(p.captured, 20);
	p = (struct record_packet){.data = {0x50}, .captured = 60, .frame = 60};
	packet_read(&p, false);
	assert_int_equal(p.family, 0);
}

/* The program's data are not reported unless they are asked for. */
static void test_payload_is_taken_out(void **state)
{
	static const u8 nothing[PACKET_DATA];
	struct record_packet p;

	for (unsigned proto = IPPROTO_TCP; proto <= IPPROTO_UDP; proto += IPPROTO_UDP - IPPROTO_TCP) {
		u8 *t = ip4(&p, (u8)proto, 0);
		size_t headers = proto == IPPROTO_TCP ? 20 : 8;

		if (proto == IPPROTO_TCP)
			put_tcp(t, 0);
		else
			put_udp(t);
		memset(t + headers, 0xaa, 60);
		captured(&p, t + headers, 60);
		packet_read(&p, true);
		packet_cut(&p);
		assert_int_equal(p.payload, 60);
		assert_int_equal(p.captured, 20 + headers);
		assert_memory_equal(p.data + p.captured, nothing, PACKET_DATA - p.captured);
		assert_int_equal(t[1], 1000 & 0xff);
	}
}

/* Any bytes: nothing is read or written outside, and the headers lie within the packet. */
static void test_any_bytes(void **state)
{
	u32 random = 1;

	for (unsigned round = 0; round < 200000; round++) {
		struct record_packet *p = calloc(1, sizeof(*p)); /* of its own, so that a sanitizer sees its ends */

		assert_non_null(p);
		for (size_t i = 0; i < PACKET_DATA; i++) {
			random = random * 1664525 + 1013904223;
			/* Small numbers make headers more often. */
			p->data[i] = (u8)(random >> 24 & (random >> 16 & 1 ? 0xff : 0x3f));
		}
		p->data[0] = (u8)((round & 1 ? 0x40 : 0x60) | (p->data[0] & 15));
		p->data[round & 1 ? 9 : 6] =
		    (const u8[]){IPPROTO_TCP, IPPROTO_UDP, 0, 43, 44, 60, 58, 1}[round >> 1 & 7];
		p->captured = random % (PACKET_DATA + 1);
		p->frame = p->captured + (round % 3 ? 0 : random >> 16);
		packet_read(p, round & 2);
		assert_true(p->payload <= p->frame);
		packet_cut(p);
		assert_true(p->captured <= PACKET_DATA);
		free(p);
	}
}

static void put_tuple(struct abi_tuple *t, u32 src, u16 sport, u32 dst, u16 dport)
{
	memset(t, 0, sizeof(*t));
	put32((u8 *)t->src, src);
	put32((u8 *)t->dst, dst);
	t->sport = htons(sport);
	t->dport = htons(dport);
}

static struct record_packet face(bool tx, u32 local, u16 lport, u32 remote, u16 rport)
{
	struct record_packet p = {.flags = tx ? PACKET_TX : 0, .lport = lport, .rport = rport, .family = 4};

	put32(p.laddr, local);
	put32(p.raddr, remote);
	return p;
}

#define A 0x0a000001
#define B 0x0a000002
#define C 0x0a000003

/* 10.0.0.1:5 asks 10.0.0.2:80, and netfilter sends it on to 10.0.0.3:8080. */
static void test_translated(void **state)
{
	struct abi_packet a = {.nat = 1};
	struct record_packet p;

	put_tuple(&a.tuple[0], A, 5, B, 80);
	put_tuple(&a.tuple[1], C, 8080, A, 5);
	/* The asking socket's packet on its way out: caught behind the translation; the socket knows the first face. */
	a.tx = 1;
	p = face(true, A, 5, C, 8080);
	packet_nat(&p, &a);
	assert_true(p.flags & PACKET_NAT);
	assert_int_equal(p.raddr[3], 2);
	assert_int_equal(p.rport, 80);
	assert_int_equal(p.nat_raddr[3], 3);
	assert_int_equal(p.nat_rport, 8080);
	assert_int_equal(p.nat_laddr[3], 1);
	/* The answer to it: caught where it bears the socket's addresses. */
	a.tx = 0;
	p = face(false, A, 5, B, 80);
	packet_nat(&p, &a);
	assert_true(p.flags & PACKET_NAT);
	assert_int_equal(p.raddr[3], 2);
	assert_int_equal(p.nat_raddr[3], 3);
	assert_int_equal(p.nat_rport, 8080);
	/* The asked socket, which receives it. */
	p = face(false, C, 8080, A, 5);
	packet_nat(&p, &a);
	assert_true(p.flags & PACKET_NAT);
	assert_int_equal(p.lport, 8080);
	assert_int_equal(p.nat_laddr[3], 2);
	assert_int_equal(p.nat_lport, 80);
	/* A packet of neither face is left alone. */
	p = face(false, C, 8081, A, 5);
	packet_nat(&p, &a);
	assert_false(p.flags & PACKET_NAT);
	assert_int_equal(p.nat_lport, 0);
}

/* An echo header with id 4711 and seq 513. */
static u8 *put_echo(u8 *t, u8 type)
{
	t[0] = type;
	put16(t + 4, 4711);
	put16(t + 6, 513);
	return t + 8;
}

static void check_echo(struct record_packet *p, u8 proto, u8 type)
{
	packet_read(p, false);
	assert_int_equal(p->proto, proto);
	assert_int_equal(p->icmp_type, type);
	assert_int_equal(p->echo_id, 4711);
	assert_int_equal(p->echo_seq, 513);
	assert_int_equal(p->payload, 56);
	assert_int_equal(p->lport, 0);
	assert_int_equal(p->rport, 0);
}

static void test_echo(void **state)
{
	struct record_packet p;
	u8 *end;

	end = put_echo(ip4(&p, 1, 4), 8);
	captured(&p, end, 56);
	check_echo(&p, 1, 8);
	assert_int_equal(p.laddr[3], 2);
	assert_int_equal(p.raddr[3], 1);
	/* Only headers stay where payload is not asked for. */
	packet_cut(&p);
	assert_int_equal(p.captured, 32);
	end = put_echo(extension(ip6(&p, 60), 58, 1), 129);
	captured(&p, end, 56);
	check_echo(&p, 58, 129);
	packet_cut(&p);
	assert_int_equal(p.captured, 40 + 16 + 8);
}

/* Without its whole header it says nothing; nor does a later fragment. */
static void test_echo_cut_short(void **state)
{
	struct record_packet p;

	captured(&p, put_echo(ip4(&p, 1, 0), 8), 56);
	p.captured = 27;
	packet_read(&p, true);
	assert_int_equal(p.echo_id, 0);
	assert_int_equal(p.payload, 0);
	captured(&p, put_echo(ip4(&p, 1, 0), 8), 56);
	put16(p.data + 6, 185);
	packet_read(&p, true);
	assert_int_equal(p.echo_id, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_directions),
	    cmocka_unit_test(test_ip_options),
	    cmocka_unit_test(test_ip6_extensions),
	    cmocka_unit_test(test_fragments),
	    cmocka_unit_test(test_sack),
	    cmocka_unit_test(test_sack_lies),
	    cmocka_unit_test(test_payload_is_taken_out),
	    cmocka_unit_test(test_cut_short),
	    cmocka_unit_test(test_any_bytes),
	    cmocka_unit_test(test_translated),
	    cmocka_unit_test(test_lengths_that_lie),
	    cmocka_unit_test(test_echo),
	    cmocka_unit_test(test_echo_cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
