/* Matches payloads with their packets: by direction, protocol and sequence number; datagrams by length and order. */
#include "payload.h"

#include <string.h>

#include "cleanup.h"

bool payload_fits(const struct abi_payload *a, const struct record_packet *p)
{
	u32 headers = p->frame - p->payload;

	if (a->tx != (p->flags & PACKET_TX) || a->proto != p->proto || !p->payload || p->captured > headers)
		return false;
	return a->proto == IPPROTO_UDP ? a->len == MIN(p->payload, (u32)ABI_PACKET_DATA) : a->seq == p->seq;
}

void payload_put(const struct abi_payload *a, struct record_packet *p)
{
	u32 headers = p->frame - p->payload, len = MIN(a->len, (u32)ABI_PACKET_DATA);

	if (headers >= sizeof(p->data) || p->captured < headers)
		return;
	len = MIN(len, (u32)sizeof(p->data) - headers);
	memcpy(p->data + headers, a->data, len);
	p->captured = headers + len;
}

void payloads_hold(struct payloads *s, const struct abi_payload *a)
{
	s->held[s->next++ & (PAYLOADS_HELD - 1)] = *a;
}

void payloads_give(struct payloads *s, struct record_packet *p)
{
	for (u32 i = 0; i < PAYLOADS_HELD; i++) {
		struct abi_payload *a = &s->held[(s->next + i) & (PAYLOADS_HELD - 1)];

		if (!a->size || !payload_fits(a, p))
			continue;
		payload_put(a, p);
		a->size = 0;
		return;
	}
}
