/* Decodes IPv4, IPv6 with its extension headers, TCP with its options, UDP and ICMP from untrusted bytes. */
#include "packet_decode.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "cleanup.h"
#include "text.h"

#define EXTENSIONS_MAX 8 /* IPv6 extension headers that are followed */

static unsigned be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

/* -- where they lie ------------------------------------------------------------------------------------------------ */

/* The length of the transport header, from the header itself; 0: it is incomplete. */
static size_t transport_len(unsigned proto, const uint8_t *p, size_t left)
{
	size_t n;

	switch (proto) {
	case IPPROTO_TCP: n = left >= 20 ? (size_t)(p[12] >> 4) * 4 : 0; return n >= 20 ? n : 0;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6: return left >= 8 ? 8 : 0;
	default: return 0;
	}
}

static void find_transport(const uint8_t *data, size_t len, size_t at, struct packet_headers *h)
{
	size_t n;

	if (at >= len)
		return;
	h->transport = at;
	n = transport_len(h->proto, data + at, len - at);
	if (n)
		h->payload = MIN(at + n, len);
}

/* The length of a complete extension header, or 0: next is the transport. */
static size_t extension_len(unsigned next, const uint8_t *p, size_t left)
{
	if (left < 8)
		return 0;
	switch (next) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS: return ((size_t)p[1] + 1) * 8;
	case IPPROTO_FRAGMENT: return 8;
	case IPPROTO_AH: return ((size_t)p[1] + 2) * 4;
	default: return 0;
	}
}

static void find_v6(const uint8_t *data, size_t len, struct packet_headers *h)
{
	size_t at = 40, n;

	h->version = 6;
	h->proto = data[6];
	for (unsigned i = 0; i < EXTENSIONS_MAX && at < len; i++) {
		n = extension_len(h->proto, data + at, len - at);
		if (!n)
			break;
		/* In a later fragment no header follows. */
		if (h->proto == IPPROTO_FRAGMENT && be16(data + at + 2) >> 3)
			return;
		h->proto = data[at];
		at += n;
	}
	find_transport(data, len, at, h);
}

void packet_headers(const uint8_t *data, size_t len, struct packet_headers *h)
{
	size_t n;

	*h = (struct packet_headers){};
	if (len >= 40 && data[0] >> 4 == 6) {
		find_v6(data, len, h);
	} else if (len >= 20 && data[0] >> 4 == 4) {
		n = (size_t)(data[0] & 15) * 4;
		if (n < 20)
			return;
		h->version = 4;
		h->proto = data[9];
		if (!(be16(data + 6) & 0x1fff))
			find_transport(data, len, n, h);
	}
}

size_t packet_headers_len(const uint8_t *data, size_t len)
{
	struct packet_headers h;

	packet_headers(data, len, &h);
	if (h.payload)
		return MIN(h.payload, len);
	/* An unknown or incomplete transport header: at most its ports. */
	if (h.transport)
		return MIN(h.transport + 8, len);
	return h.version == 6 ? MIN((size_t)40, len) : h.version == 4 ? MIN((size_t)(data[0] & 15) * 4, len) : 0;
}

/* -- what they say ------------------------------------------------------------------------------------------------- */

struct sink {
	void (*line)(void *ctx, const char *title, const char *name, const char *value);
	void *ctx;
	const char *title;
};

static void printf_like(3, 4) put(const struct sink *s, const char *name, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s->line(s->ctx, s->title, name, text);
}

static void put_address(const struct sink *s, const char *name, const uint8_t *p, unsigned family)
{
	char text[64];

	address_format(p, family, text, sizeof(text));
	put(s, name, "%s", text);
}

static const char *protocol_name(unsigned proto)
{
	static const struct {
		unsigned proto;
		const char *name;
	} names[] = {{IPPROTO_ICMP, "ICMP"},         {IPPROTO_TCP, "TCP"},
		     {IPPROTO_UDP, "UDP"},           {IPPROTO_ICMPV6, "ICMPv6"},
		     {IPPROTO_UDPLITE, "UDP-Lite"},  {IPPROTO_HOPOPTS, "hop-by-hop options"},
		     {IPPROTO_ROUTING, "routing"},   {IPPROTO_FRAGMENT, "fragment"},
		     {IPPROTO_AH, "authentication"}, {IPPROTO_DSTOPTS, "destination options"}};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].proto == proto)
			return names[i].name;
	return "another";
}

static const char *ecn_name(unsigned tos)
{
	static const char *const names[] = {"not ECT", "ECT(1)", "ECT(0)", "CE"};

	return names[tos & 3];
}

static void decode_v4(const uint8_t *p, size_t len, struct sink *s)
{
	size_t n = (size_t)(p[0] & 15) * 4;
	unsigned off = be16(p + 6);

	s->title = "IPv4";
	put(s, "DSCP, ECN", "%u, %s", p[1] >> 2, ecn_name(p[1]));
	put(s, "total length", "%u", be16(p + 2));
	put(s, "id", "%u", be16(p + 4));
	put(s, "fragment", "%s%s, offset %u", off & 0x4000 ? "DF" : "-", off & 0x2000 ? " MF" : "", (off & 0x1fff) * 8);
	put(s, "TTL", "%u", p[8]);
	put(s, "protocol", "%u (%s)", p[9], protocol_name(p[9]));
	put(s, "checksum", "0x%04x", be16(p + 10));
	put_address(s, "source", p + 12, 4);
	put_address(s, "destination", p + 16, 4);
	if (n > 20)
		put(s, "options", "%zu bytes%s", n - 20, n > len ? ", not all captured" : "");
}

static void decode_v6(const uint8_t *p, size_t len, struct sink *s)
{
	unsigned next = p[6], class = (unsigned)(p[0] & 15) << 4 | p[1] >> 4;
	size_t at = 40, n;

	s->title = "IPv6";
	put(s, "DSCP, ECN", "%u, %s", class >> 2, ecn_name(class));
	put(s, "flow label", "0x%05" PRIx32, be32(p) & 0xfffff);
	put(s, "payload length", "%u", be16(p + 4));
	put(s, "next header", "%u (%s)", next, protocol_name(next));
	put(s, "hop limit", "%u", p[7]);
	put_address(s, "source", p + 8, 6);
	put_address(s, "destination", p + 24, 6);
	for (unsigned i = 0; i < EXTENSIONS_MAX && at < len; i++) {
		n = extension_len(next, p + at, len - at);
		if (!n)
			return;
		if (next == IPPROTO_FRAGMENT)
			put(s, "fragment", "offset %u%s, id 0x%08" PRIx32, be16(p + at + 2) & 0xfff8,
			    p[at + 3] & 1 ? ", more follow" : "", be32(p + at + 4));
		else
			put(s, protocol_name(next), "%zu bytes", n);
		next = p[at];
		at += n;
	}
}

/* -- TCP ----------------------------------------------------------------------------------------------------------- */

/* One option of n bytes, at least 2. */
static void put_tcp_option(const struct sink *s, const uint8_t *p, size_t n)
{
	char text[160] = "";

	switch (p[0]) {
	case 2:
		if (n == 4)
			put(s, "option MSS", "%u", be16(p + 2));
		return;
	case 3:
		if (n == 3)
			put(s, "option window scale", "%u", p[2]);
		return;
	case 4: put(s, "option", "SACK permitted"); return;
	case 5:
		for (size_t i = 2; i + 8 <= n; i += 8)
			text_join(text, sizeof(text), " ", "%" PRIu32 "-%" PRIu32, be32(p + i), be32(p + i + 4));
		put(s, "option SACK", "%s", text);
		return;
	case 8:
		if (n == 10)
			put(s, "option timestamps", "%" PRIu32 ", echo %" PRIu32, be32(p + 2), be32(p + 6));
		return;
	case 30: put(s, "option MPTCP", "subtype %u, %zu bytes", n > 2 ? p[2] >> 4 : 0, n); return;
	case 34: put(s, "option fast open", "cookie of %zu bytes", n - 2); return;
	default: put(s, "option", "kind %u, %zu bytes", p[0], n); return;
	}
}

static void put_tcp_options(const struct sink *s, const uint8_t *p, size_t left)
{
	while (left && p[0] != 0) {
		size_t n = p[0] == 1 ? 1 : left >= 2 ? p[1] : 0;

		if (n == 0 || (p[0] != 1 && n < 2) || n > left) {
			put(s, "option", "kind %u, broken or not captured", p[0]);
			return;
		}
		if (p[0] != 1)
			put_tcp_option(s, p, n);
		p += n;
		left -= n;
	}
}

static void decode_tcp(const uint8_t *p, size_t left, struct sink *s)
{
	static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
	size_t n = (size_t)(p[12] >> 4) * 4;
	char flags[64] = "";

	s->title = "TCP";
	put(s, "source port", "%u", be16(p));
	put(s, "destination port", "%u", be16(p + 2));
	put(s, "seq", "%" PRIu32, be32(p + 4));
	put(s, "ack", "%" PRIu32, be32(p + 8));
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (p[13] & 1U << i)
			text_join(flags, sizeof(flags), " ", "%s", names[i]);
	put(s, "flags", "%s", *flags ? flags : "none");
	put(s, "window", "%u", be16(p + 14));
	put(s, "checksum", "0x%04x", be16(p + 16));
	if (p[13] & 32)
		put(s, "urgent pointer", "%u", be16(p + 18));
	put(s, "header", "%zu bytes%s", n, n < 20 ? ", broken" : n > left ? ", not all captured" : "");
	if (n > 20)
		put_tcp_options(s, p + 20, MIN(n, left) - 20);
}

static void decode_icmp(const uint8_t *p, unsigned proto, struct sink *s)
{
	bool echo = proto == IPPROTO_ICMP ? p[0] == 0 || p[0] == 8 : p[0] == 128 || p[0] == 129;

	s->title = protocol_name(proto);
	put(s, "type, code", "%u, %u", p[0], p[1]);
	put(s, "checksum", "0x%04x", be16(p + 2));
	if (echo)
		put(s, "echo", "id %u, seq %u", be16(p + 4), be16(p + 6));
}

static void decode_transport(const uint8_t *p, size_t left, unsigned proto, struct sink *s)
{
	if (proto == IPPROTO_TCP && left >= 20) {
		decode_tcp(p, left, s);
	} else if ((proto == IPPROTO_UDP || proto == IPPROTO_UDPLITE) && left >= 8) {
		s->title = protocol_name(proto);
		put(s, "source port", "%u", be16(p));
		put(s, "destination port", "%u", be16(p + 2));
		put(s, proto == IPPROTO_UDP ? "length" : "checksum covers", "%u", be16(p + 4));
		put(s, "checksum", "0x%04x", be16(p + 6));
	} else if ((proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6) && left >= 8) {
		decode_icmp(p, proto, s);
	} else {
		s->title = protocol_name(proto);
		put(s, "header", "not all captured");
	}
}

void packet_decode(const uint8_t *data, size_t len,
		   void (*line)(void *ctx, const char *title, const char *name, const char *value), void *ctx)
{
	struct sink s = {.line = line, .ctx = ctx};
	struct packet_headers h;

	packet_headers(data, len, &h);
	if (h.version == 4)
		decode_v4(data, len, &s);
	else if (h.version == 6)
		decode_v6(data, len, &s);
	if (h.transport)
		decode_transport(data + h.transport, len - h.transport, h.proto, &s);
}
