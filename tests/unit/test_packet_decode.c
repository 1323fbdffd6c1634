/* Headers out of bytes: where they lie, what they say, and what is made of those that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "packet_decode.h"
#include "packet_make.h"

struct said {
	char text[4096];
	size_t len;
};

static void line(void *ctx, const char *title, const char *name, const char *value)
{
	struct said *s = ctx;

	s->len += (size_t)snprintf(s->text + s->len, sizeof(s->text) - s->len, "%s|%s|%s\n", title, name, value);
	assert_true(s->len < sizeof(s->text));
}

/* The bytes lie in a block of exactly their size. */
static void decode(struct said *s, const u8 *data, size_t len)
{
	u8 *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, data, len);
	*s = (struct said){};
	packet_decode(copy, len, line, s);
	free(copy);
}

static void test_tcp(void **state)
{
	static const u8 options[] = {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8, 1, 3, 3, 7};
	struct record_packet r = make_packet(1, 1, false, 77, 88, 60);
	struct packet_headers h;
	struct said s;

	r.data[1] = 3;
	r.data[32] = 0xa0;
	r.data[33] = 0x12;
	memcpy(r.data + 40, options, sizeof(options));
	packet_headers(r.data, r.captured, &h);
	assert_int_equal(h.version, 4);
	assert_int_equal(h.proto, IPPROTO_TCP);
	assert_int_equal(h.transport, 20);
	assert_int_equal(h.payload, 60);
	assert_int_equal(packet_headers_len(r.data, r.captured), 60);
	decode(&s, r.data, r.captured);
	assert_non_null(strstr(s.text, "IPv4|DSCP, ECN|0, CE\n"));
	assert_non_null(strstr(s.text, "IPv4|source|10.0.0.2\n"));
	assert_non_null(strstr(s.text, "TCP|seq|77\n"));
	assert_non_null(strstr(s.text, "TCP|flags|SYN ACK\n"));
	assert_non_null(strstr(s.text, "TCP|option MSS|1460\nTCP|option|SACK permitted\n"
				       "TCP|option timestamps|9, echo 8\nTCP|option window scale|7\n"));
	/* Cut off anywhere, it says less, and nothing else. */
	for (size_t len = 0; len < r.captured; len++)
		decode(&s, r.data, len);
}

static void test_broken_options(void **state)
{
	static const u8 lies[][4] = {{2, 0, 0, 0}, {2, 1, 0, 0}, {2, 200, 0, 0}, {8, 4, 0, 0}, {1, 1, 1, 5}};
	struct record_packet r = make_packet(1, 1, false, 77, 88, 60);
	struct said s;

	r.data[32] = 0x60;
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		memcpy(r.data + 40, lies[i], 4);
		decode(&s, r.data, 44);
		assert_true(i == 3 || strstr(s.text, "broken or not captured"));
	}
	/* A header longer than what there is, and one shorter than it can be. */
	r.data[32] = 0xf0;
	decode(&s, r.data, 44);
	assert_non_null(strstr(s.text, "60 bytes, not all captured"));
	r.data[32] = 0x10;
	decode(&s, r.data, 44);
	assert_non_null(strstr(s.text, "4 bytes, broken"));
	/* Where the payload begins is not known then: little is kept. */
	assert_int_equal(packet_headers_len(r.data, 100), 28);
}

static void test_v6(void **state)
{
	u8 data[PACKET_DATA] = {0x60, 0, 0, 1, 0, 100, 0, 64};
	struct packet_headers h;
	struct said s;

	/* Hop-by-hop options, a first fragment, UDP. */
	data[40] = 44;
	data[48] = 17;
	data[51] = 1;
	make_be(data + 56, 5000, 2);
	make_be(data + 58, 53, 2);
	make_be(data + 60, 30, 2);
	packet_headers(data, sizeof(data), &h);
	assert_int_equal(h.version, 6);
	assert_int_equal(h.proto, IPPROTO_UDP);
	assert_int_equal(h.transport, 56);
	assert_int_equal(h.payload, 64);
	decode(&s, data, sizeof(data));
	assert_non_null(strstr(s.text, "IPv6|fragment|offset 0, more follow"));
	assert_non_null(strstr(s.text, "UDP|destination port|53\n"));
	/* A later fragment has no header of UDP. */
	data[50] = 1;
	packet_headers(data, sizeof(data), &h);
	assert_int_equal(h.transport, 0);
	assert_int_equal(packet_headers_len(data, sizeof(data)), 40);
	/* Extension headers without end. */
	memset(data + 40, 0, sizeof(data) - 40);
	packet_headers(data, sizeof(data), &h);
	assert_true(h.transport <= sizeof(data));
	data[41] = 255;
	packet_headers(data, sizeof(data), &h);
	assert_int_equal(h.transport, 0);
}

static void test_others(void **state)
{
	u8 icmp[28] = {0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, [20] = 8, [25] = 3, [27] = 4};
	u8 none[64] = {0x15}, v4[24] = {0x42};
	struct packet_headers h;
	struct said s;

	decode(&s, icmp, sizeof(icmp));
	assert_non_null(strstr(s.text, "ICMP|echo|id 3, seq 4\n"));
	icmp[9] = 200;
	decode(&s, icmp, sizeof(icmp));
	assert_non_null(strstr(s.text, "another|header|not all captured\n"));
	decode(&s, none, sizeof(none));
	assert_string_equal(s.text, "");
	assert_int_equal(packet_headers_len(none, sizeof(none)), 0);
	packet_headers(v4, sizeof(v4), &h);
	assert_int_equal(h.version, 0);
	packet_headers(NULL, 0, &h);
	assert_int_equal(h.version, 0);
	/* IPv4 options, a later fragment. */
	icmp[0] = 0x46;
	packet_headers(icmp, sizeof(icmp), &h);
	assert_int_equal(h.transport, 24);
	icmp[7] = 1;
	packet_headers(icmp, sizeof(icmp), &h);
	assert_int_equal(h.transport, 0);
	assert_int_equal(packet_headers_len(icmp, sizeof(icmp)), 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tcp),
	    cmocka_unit_test(test_broken_options),
	    cmocka_unit_test(test_v6),
	    cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
