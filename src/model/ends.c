/* What is left of ended connections whose rows had to make room: their totals, for as long as a TIME_WAIT may turn up.
 */
#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "model_private.h"

#define LINGER_NS (70 * NSEC_PER_SEC) /* TIME_WAIT lasts 60 s (TCP_TIMEWAIT_LEN); the slow turn may be late */

/* 40 bytes. Counters of packets that do not fit are not kept. */
struct ended {
	u64 id; /* 0: recalled */
	u64 rx_bytes, tx_bytes;
	u32 rx_pkts, tx_pkts;
	u32 end_s; /* when it ended, in seconds */
	u8 dir;
	u8 known; /* enum slot_known, and … */
};

enum { KNOWN_RX_PKTS = 1 << 7 }; /* besides enum slot_known */

/* tcp_time_wait() is called for the end that closed first. A stream of an older collector does not tell. */
static bool may_linger(const struct record_socket *s)
{
	return s->proto == 6 && s->flags & SOCKET_ENDED && !(s->flags & SOCKET_ABORTED) &&
	       (s->last_state == STATE_FIN_WAIT2 || s->last_state == STATE_CLOSING || s->last_state == STATE_UNKNOWN);
}

static struct ended *ended_at(const struct ends *e, u32 number)
{
	return &e->at[number & (e->cap - 1)];
}

static void let_go(struct ends *e)
{
	u64 id = ended_at(e, e->first)->id;

	/* The same one may have come again. */
	if (id && idmap_get(&e->ids, id) == e->first)
		idmap_remove(&e->ids, id);
	e->first++;
}

/* Room for one more: the oldest makes it at the bound, and where there is no memory. */
static bool make_room(struct ends *e)
{
	u32 cap = e->cap ? e->cap * 2 : 1024;
	struct ended *bigger;

	if (e->end - e->first < e->cap)
		return true;
	bigger = cap <= MODEL_ENDS_MAX ? calloc(cap, sizeof(*bigger)) : NULL;
	if (bigger) {
		for (u32 i = e->first; i != e->end; i++)
			bigger[i & (cap - 1)] = *ended_at(e, i);
		free(e->at);
		e->at = bigger;
		e->cap = cap;
		return true;
	}
	if (!e->cap)
		return false;
	if (ended_at(e, e->first)->id)
		e->forgotten++;
	let_go(e);
	return true;
}

static struct ended pack(const struct record_socket *s)
{
	struct ended d = {.id = s->id, .dir = s->dir, .end_s = (u32)(s->ended_ns / NSEC_PER_SEC)};

	if (s->has & HAS_RX_BYTES) {
		d.rx_bytes = s->rx_bytes;
		d.known |= KNOWN_RX;
	}
	if (s->has & HAS_TX_BYTES) {
		d.tx_bytes = s->tx_bytes;
		d.known |= KNOWN_TX;
	}
	if (s->has & HAS_RX_PKTS && s->rx_pkts <= UINT32_MAX) {
		d.rx_pkts = (u32)s->rx_pkts;
		d.known |= KNOWN_RX_PKTS;
	}
	if (s->has & HAS_TX_PKTS && s->tx_pkts <= UINT32_MAX) {
		d.tx_pkts = (u32)s->tx_pkts;
		d.known |= KNOWN_TX_PKTS;
	}
	return d;
}

void ends_keep(struct model *m, const struct record_socket *s)
{
	struct ends *e = &m->ends;

	if (!may_linger(s))
		return;
	if (!make_room(e) || idmap_set(&e->ids, s->id, e->end) < 0) {
		e->forgotten++;
		return;
	}
	*ended_at(e, e->end++) = pack(s);
}

void ends_recall(struct model *m, struct record_socket *neu)
{
	struct ends *e = &m->ends;
	u32 number = e->ids.used ? idmap_remove(&e->ids, neu->id) : IDMAP_NONE;
	struct ended *d;
	struct record_socket old;

	if (number == IDMAP_NONE)
		return;
	d = ended_at(e, number);
	old = (struct record_socket){
	    .rx_bytes = d->rx_bytes,
	    .tx_bytes = d->tx_bytes,
	    .rx_pkts = d->rx_pkts,
	    .tx_pkts = d->tx_pkts,
	    .dir = d->dir,
	    .has = (d->known & KNOWN_RX ? HAS_RX_BYTES : 0) | (d->known & KNOWN_TX ? HAS_TX_BYTES : 0) |
		   (d->known & KNOWN_RX_PKTS ? HAS_RX_PKTS : 0) | (d->known & KNOWN_TX_PKTS ? HAS_TX_PKTS : 0)};
	d->id = 0;
	socket_merge(neu, &old);
}

void ends_tick(struct model *m, u64 now)
{
	struct ends *e = &m->ends;

	while (e->first != e->end && ended_at(e, e->first)->end_s * NSEC_PER_SEC + LINGER_NS < now)
		let_go(e);
	if (e->first == e->end && e->cap)
		ends_deinit(e);
}

void ends_deinit(struct ends *e)
{
	u64 forgotten = e->forgotten;

	free(e->at);
	idmap_deinit(&e->ids);
	*e = (struct ends){.forgotten = forgotten};
}
