/* The last requests that were sent, each in a slot chosen by a hash: one that finds its slot taken replaces the other,
 * whose reply then has no round trip. Bounded, whatever comes. */
#include "echo.h"

#include <stdlib.h>
#include <string.h>

#include "packet.h"

#define SLOTS 4096

struct echo_request {
	u8 laddr[16], raddr[16];
	u64 sent_ns; /* 0: the slot is empty */
	u16 id, seq;
	u8 proto;
};

void echo_requests_deinit(struct echo_requests *e)
{
	free(e->slots);
	e->slots = NULL;
}

/* FNV-1a. */
static u32 mix(u32 hash, const void *p, size_t n)
{
	const u8 *bytes = p;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ bytes[i]) * 16777619U;
	return hash;
}

static struct echo_request *slot_of(const struct echo_requests *e, const struct record_packet *r)
{
	u32 hash = mix(2166136261U, r->laddr, sizeof(r->laddr));

	hash = mix(hash, r->raddr, sizeof(r->raddr));
	hash = mix(hash, &r->proto, sizeof(r->proto));
	hash = mix(hash, &r->echo_id, sizeof(r->echo_id));
	hash = mix(hash, &r->echo_seq, sizeof(r->echo_seq));
	return &e->slots[(hash ^ hash >> 16) % SLOTS];
}

static bool fits(const struct echo_request *q, const struct record_packet *r)
{
	return q->sent_ns && q->id == r->echo_id && q->seq == r->echo_seq && q->proto == r->proto &&
	       memcmp(q->laddr, r->laddr, sizeof(q->laddr)) == 0 && memcmp(q->raddr, r->raddr, sizeof(q->raddr)) == 0;
}

u64 echo_requests_take(struct echo_requests *e, const struct record_packet *r)
{
	struct echo_request *q;

	if (!packet_is_echo(r) || packet_is_echo_reply(r) == packet_is_tx(r))
		return 0;
	/* Without memory there are no round trips. */
	if (!e->slots && !(e->slots = calloc(SLOTS, sizeof(*e->slots))))
		return 0;
	q = slot_of(e, r);
	if (packet_is_tx(r)) {
		*q = (struct echo_request){
		    .sent_ns = r->time_ns, .id = r->echo_id, .seq = r->echo_seq, .proto = r->proto};
		memcpy(q->laddr, r->laddr, sizeof(q->laddr));
		memcpy(q->raddr, r->raddr, sizeof(q->raddr));
		return 0;
	}
	/* The request stays: the reply may be reported again, or come twice. */
	return fits(q, r) && r->time_ns > q->sent_ns ? r->time_ns - q->sent_ns : 0;
}
