/* The last requests that were sent, in sets that a hash chooses: one that finds its set full replaces the oldest there,
 * whose reply then has no round trip. Bounded, whatever comes. */
#include "echo.h"

#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "packet.h"

#define SLOTS 4096
#define SET 8 /* slots with the same hash */

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

/* The first of its set. */
static struct echo_request *set_of(const struct echo_requests *e, const struct record_packet *r)
{
	u64 hash = address_flow(r->proto, r->laddr, r->echo_id, r->raddr, r->echo_seq);

	return &e->slots[hash % (SLOTS / SET) * SET];
}

static bool fits(const struct echo_request *q, const struct record_packet *r)
{
	return q->sent_ns && q->id == r->echo_id && q->seq == r->echo_seq && q->proto == r->proto &&
	       memcmp(q->laddr, r->laddr, sizeof(q->laddr)) == 0 && memcmp(q->raddr, r->raddr, sizeof(q->raddr)) == 0;
}

/* The request of r; with `or_oldest`, where there is none, the slot that r is to have. Otherwise NULL. */
static struct echo_request *find(const struct echo_requests *e, const struct record_packet *r, bool or_oldest)
{
	struct echo_request *set = set_of(e, r), *oldest = set;

	for (struct echo_request *q = set; q < set + SET; q++) {
		if (fits(q, r))
			return q;
		if (q->sent_ns < oldest->sent_ns)
			oldest = q;
	}
	return or_oldest ? oldest : NULL;
}

u64 echo_requests_take(struct echo_requests *e, const struct record_packet *r)
{
	struct echo_request *q;

	if (!packet_is_echo(r) || packet_is_echo_reply(r) == packet_is_tx(r))
		return 0;
	/* Without memory there are no round trips. */
	if (!e->slots && !(e->slots = calloc(SLOTS, sizeof(*e->slots))))
		return 0;
	q = find(e, r, packet_is_tx(r));
	if (packet_is_tx(r)) {
		*q = (struct echo_request){
		    .sent_ns = r->time_ns, .id = r->echo_id, .seq = r->echo_seq, .proto = r->proto};
		memcpy(q->laddr, r->laddr, sizeof(q->laddr));
		memcpy(q->raddr, r->raddr, sizeof(q->raddr));
		return 0;
	}
	/* The request stays: the reply may be reported again, or come twice. */
	return q && r->time_ns > q->sent_ns ? r->time_ns - q->sent_ns : 0;
}
