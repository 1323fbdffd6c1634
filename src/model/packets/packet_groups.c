/* What packets are gathered by: what they are for, the direction, the socket. */
#include "packet_groups.h"

#include <netinet/in.h>

#include "idmap.h"
#include "packet.h"
#include "text.h"

/* The worst that can be said of a packet, else what it carries. */
enum kind { DROPPED = 1, RETRANSMIT, LATE, HANDSHAKE, RESET, CLOSING, DATA, ACKNOWLEDGEMENT, PROBE };

static enum kind kind_of(const struct packet *p)
{
	unsigned flags = p->r.proto == IPPROTO_TCP ? p->r.tcp_flags : 0;

	if (p->r.flags & PACKET_DROPPED)
		return DROPPED;
	if (*packet_retransmit_name(p))
		return RETRANSMIT;
	if (packet_severity(p))
		return LATE;
	if (flags & (TCP_SYN | TCP_RST | TCP_FIN))
		return flags & TCP_SYN ? HANDSHAKE : flags & TCP_RST ? RESET : CLOSING;
	if (packet_is_echo(&p->r))
		return PROBE;
	return p->r.proto == IPPROTO_TCP && !p->r.payload ? ACKNOWLEDGEMENT : DATA;
}

static u64 kind_key(const void *picture, const void *row)
{
	(void)picture;
	return kind_of(row);
}

static void kind_label(const void *picture, const void *row, char *dst, size_t size)
{
	static const char *const words[] = {
	    [DROPPED] = "dropped here",
	    [RETRANSMIT] = "sent again",
	    [LATE] = "out of order, or behind a gap",
	    [HANDSHAKE] = "SYN",
	    [RESET] = "RST",
	    [CLOSING] = "FIN",
	    [DATA] = "data",
	    [ACKNOWLEDGEMENT] = "acknowledgements alone",
	    [PROBE] = "ICMP echo",
	};

	(void)picture;
	text_copy(dst, size, words[kind_of(row)]);
}

static u64 direction_key(const void *picture, const void *row)
{
	(void)picture;
	return packet_is_tx(&((const struct packet *)row)->r) ? 2 : 1;
}

static void direction_label(const void *picture, const void *row, char *dst, size_t size)
{
	text_copy(dst, size, direction_key(picture, row) == 2 ? "tx  sent" : "rx  received");
}

static u64 socket_key(const void *picture, const void *row)
{
	(void)picture;
	return idmap_hash(((const struct packet *)row)->r.id) | 1;
}

/* "nginx[101]  10.0.0.1:443 -> 10.0.0.2:50002" */
static void socket_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct record_packet *r = &((const struct packet *)row)->r;
	char ends[PACKET_TEXT];

	packet_owner_text(picture, r, dst, size);
	if (r->id != ECHO_ID && packet_ends_text(r, false, ends, sizeof(ends)))
		text_join(dst, size, "  ", "%s", ends);
}

const struct table_group packet_groups[PACKET_GROUPS] = {
    {"kind", kind_key, kind_label, NULL, true},
    {"direction", direction_key, direction_label, NULL, true},
    {"socket", socket_key, socket_label, NULL, true},
};
