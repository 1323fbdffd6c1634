/* Reads a traced packet's first bytes: headers of IP, TCP with its options, UDP and ICMP echo. They come from the wire:
 * every read is bounded, and what is inconsistent is left out. */
#include "packet_read.h"

#include <arpa/inet.h>
#include <string.h>

#include "cleanup.h"

#define OPTION_END 0
#define OPTION_NOP 1
#define OPTION_SACK 5
#define ICMP_HEADER 8 /* of an echo packet */

static u16 be16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

static u32 be32(const u8 *p)
{
	return (u32)be16(p) << 16 | be16(p + 2);
}

/* Local and remote are the socket's, source and destination the packet's. */
static void addresses(struct record_packet *p, const u8 *source, const u8 *dest, size_t len, bool tx)
{
	memcpy(p->laddr, tx ? source : dest, len);
	memcpy(p->raddr, tx ? dest : source, len);
}

static void ports(struct record_packet *p, const u8 *t, bool tx)
{
	p->lport = be16(tx ? t : t + 2);
	p->rport = be16(tx ? t + 2 : t);
}

static void sack_blocks(struct record_packet *p, const u8 *o, size_t len)
{
	for (size_t i = 0; i + 8 <= len && i / 4 + 1 < ARRAY_SIZE(p->sack); i += 8) {
		p->sack[i / 4] = be32(o + i);
		p->sack[i / 4 + 1] = be32(o + i + 4);
	}
}

static void tcp_options(struct record_packet *p, const u8 *o, size_t len)
{
	for (size_t at = 0; at < len && o[at] != OPTION_END;) {
		if (o[at] == OPTION_NOP) {
			at++;
			continue;
		}
		if (at + 2 > len || o[at + 1] < 2 || at + o[at + 1] > len)
			return;
		if (o[at] == OPTION_SACK)
			sack_blocks(p, o + at + 2, o[at + 1] - 2U);
		at += o[at + 1];
	}
}

static void read_tcp(struct record_packet *p, size_t at, bool tx)
{
	const u8 *t;
	size_t len;

	if (at + 20 > p->captured)
		return;
	t = p->data + at;
	ports(p, t, tx);
	p->seq = be32(t + 4);
	p->ack = be32(t + 8);
	p->tcp_flags = t[13];
	p->window = be16(t + 14);
	len = (size_t)(t[12] >> 4) * 4;
	if (len < 20)
		return;
	p->payload = p->frame > at + len ? p->frame - (u32)(at + len) : 0;
	tcp_options(p, t + 20, MIN(len, p->captured - at) - 20);
}

static void read_udp(struct record_packet *p, size_t at, bool tx)
{
	if (at + 8 > p->captured)
		return;
	ports(p, p->data + at, tx);
	p->payload = p->frame > at + 8 ? p->frame - (u32)(at + 8) : 0;
}

static bool is_icmp(unsigned proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

/* RFC 792, RFC 4443: type, code, checksum, identifier, sequence number. */
static void read_icmp(struct record_packet *p, size_t at)
{
	if (at + ICMP_HEADER > p->captured)
		return;
	p->icmp_type = p->data[at];
	p->echo_id = be16(p->data + at + 4);
	p->echo_seq = be16(p->data + at + 6);
	p->payload = p->frame > at + ICMP_HEADER ? p->frame - (u32)(at + ICMP_HEADER) : 0;
}

/* Where the transport header begins, after IPv4's options; 0: not IPv4, or a later fragment. */
static size_t ip4_transport(const struct record_packet *p)
{
	size_t at = (p->data[0] & 15U) * 4;

	return at < 20 || be16(p->data + 6) & 0x1fff ? 0 : at;
}

/* … after IPv6's extension headers; 0: beyond the captured bytes, or a later fragment. */
static size_t ip6_transport(const struct record_packet *p, u8 *next)
{
	size_t at = 40;
	bool later = false;

	*next = p->data[6];
	while (!later && (*next == 0 || *next == 43 || *next == 44 || *next == 60)) {
		size_t len;

		if (at + 8 > p->captured)
			return 0;
		later = *next == 44 && be16(p->data + at + 2) & 0xfff8;
		len = *next == 44 ? 8 : (p->data[at + 1] + 1U) * 8;
		*next = p->data[at];
		at += len;
	}
	return later ? 0 : at;
}

void packet_read(struct record_packet *p, bool tx)
{
	size_t at = 0;

	if (p->captured >= 20 && p->data[0] >> 4 == 4) {
		p->family = 4;
		p->proto = p->data[9];
		addresses(p, p->data + 12, p->data + 16, 4, tx);
		at = ip4_transport(p);
	} else if (p->captured >= 40 && p->data[0] >> 4 == 6) {
		p->family = 6;
		addresses(p, p->data + 8, p->data + 24, 16, tx);
		at = ip6_transport(p, &p->proto);
	}
	if (at && p->proto == IPPROTO_TCP)
		read_tcp(p, at, tx);
	else if (at && p->proto == IPPROTO_UDP)
		read_udp(p, at, tx);
	else if (at && is_icmp(p->proto))
		read_icmp(p, at);
}

/* How many of the captured bytes are certainly headers. */
static size_t headers_len(const struct record_packet *p)
{
	size_t at = 0, tcp;
	u8 next = p->proto;

	if (p->family == 4)
		at = ip4_transport(p);
	else if (p->family == 6)
		at = ip6_transport(p, &next);
	if (!at)
		return p->family == 6 ? 40 : p->family == 4 ? 20 : 0;
	if (next == IPPROTO_UDP || is_icmp(next))
		return at + 8;
	if (next != IPPROTO_TCP || at + 20 > p->captured)
		return at;
	tcp = (size_t)(p->data[at + 12] >> 4) * 4;
	return at + (tcp < 20 ? 20 : tcp);
}

void packet_cut(struct record_packet *p)
{
	size_t headers = headers_len(p);

	if (p->captured <= headers)
		return;
	memset(p->data + headers, 0, p->captured - headers);
	p->captured = (u32)headers;
}

/* Source and destination of a packet on the wire. */
struct packet_ends {
	u8 src[16], dst[16];
	u16 sport, dport;
};

static struct packet_ends ends_of_tuple(const struct abi_tuple *t, bool inverse)
{
	struct packet_ends e = {.sport = ntohs(inverse ? t->dport : t->sport),
				.dport = ntohs(inverse ? t->sport : t->dport)};

	memcpy(e.src, inverse ? t->dst : t->src, 16);
	memcpy(e.dst, inverse ? t->src : t->dst, 16);
	return e;
}

static bool ends_equal(const struct packet_ends *a, const struct packet_ends *b)
{
	return a->sport == b->sport && a->dport == b->dport && memcmp(a->src, b->src, 16) == 0 &&
	       memcmp(a->dst, b->dst, 16) == 0;
}

static void put_ends(const struct packet_ends *e, bool tx, u8 *laddr, u8 *raddr, u16 *lport, u16 *rport)
{
	memcpy(laddr, tx ? e->src : e->dst, 16);
	memcpy(raddr, tx ? e->dst : e->src, 16);
	*lport = tx ? e->sport : e->dport;
	*rport = tx ? e->dport : e->sport;
}

/* Each direction has two faces: an original packet is the first tuple until it is translated and the second's inverse
 * after; a reply the second tuple, then the first's inverse. A sent packet was caught after, a received one too: the
 * socket is behind the translation, so what was caught is the wire's face of a sent and the socket's of a received one.
 */
void packet_nat(struct record_packet *p, const struct abi_packet *a)
{
	struct packet_ends caught = {.sport = a->tx ? p->lport : p->rport, .dport = a->tx ? p->rport : p->lport};
	struct packet_ends faces[2][2] = {
	    {ends_of_tuple(&a->tuple[0], false), ends_of_tuple(&a->tuple[1], true)},
	    {ends_of_tuple(&a->tuple[1], false), ends_of_tuple(&a->tuple[0], true)},
	};

	memcpy(caught.src, a->tx ? p->laddr : p->raddr, 16);
	memcpy(caught.dst, a->tx ? p->raddr : p->laddr, 16);
	for (size_t i = 0; i < ARRAY_SIZE(faces); i++) {
		for (size_t k = 0; k < 2; k++) {
			const struct packet_ends *other = &faces[i][!k];

			if (!ends_equal(&caught, &faces[i][k]) || ends_equal(&caught, other))
				continue;
			p->flags |= PACKET_NAT;
			put_ends(a->tx ? &caught : other, a->tx, p->nat_laddr, p->nat_raddr, &p->nat_lport,
				 &p->nat_rport);
			if (a->tx)
				put_ends(other, true, p->laddr, p->raddr, &p->lport, &p->rport);
			return;
		}
	}
}
