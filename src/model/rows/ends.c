/* What is left of ended connections whose rows were dropped: their totals, for as long as a TIME_WAIT may turn up. */
#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "rows_private.h"

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

/* tcp_time_wait() is called for the end that closed first. Older collectors do not report that. */
static bool may_linger(const struct record_socket *s)
{
	return s->proto == IPPROTO_TCP && s->flags & SOCKET_ENDED && !(s->flags & SOCKET_ABORTED) &&
	       (s->last_state == STATE_FIN_WAIT2 || s->last_state == STATE_CLOSING || s->last_state == STATE_UNKNOWN);
}

static struct ended *oldest(const struct ends *e)
{
	return ring_get(&e->lives, e->lives.first);
}

/* The oldest is about to go. */
static void let_go(struct ends *e)
{
	u64 id = oldest(e)->id;

	/* The same connection may have come again. */
	if (id && idmap_get(&e->ids, id) == (u32)e->lives.first)
		idmap_remove(&e->ids, id);
}

/* Room for one more. */
static struct ended *ended_new(struct ends *e)
{
	if (ring_reserve(&e->lives) > 0) {
		e->forgotten += oldest(e)->id != 0;
		let_go(e);
	}
	return ring_add(&e->lives);
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
	struct ended *d;

	if (!may_linger(s))
		return;
	d = ended_new(e);
	if (!d) {
		e->forgotten++;
		return;
	}
	*d = pack(s);
	if (idmap_set(&e->ids, s->id, (u32)(e->lives.end - 1)) < 0) {
		e->forgotten++;
		d->id = 0;
	}
}

void ends_recall(struct model *m, struct record_socket *fresh)
{
	struct ends *e = &m->ends;
	u32 number = e->ids.used ? idmap_remove(&e->ids, fresh->id) : IDMAP_NONE;
	struct ended *d;
	struct record_socket old;

	if (number == IDMAP_NONE)
		return;
	d = ring_get(&e->lives, ring_number(&e->lives, number));
	old = (struct record_socket){
	    .rx_bytes = d->rx_bytes,
	    .tx_bytes = d->tx_bytes,
	    .rx_pkts = d->rx_pkts,
	    .tx_pkts = d->tx_pkts,
	    .dir = d->dir,
	    .has = (d->known & KNOWN_RX ? HAS_RX_BYTES : 0) | (d->known & KNOWN_TX ? HAS_TX_BYTES : 0) |
		   (d->known & KNOWN_RX_PKTS ? HAS_RX_PKTS : 0) | (d->known & KNOWN_TX_PKTS ? HAS_TX_PKTS : 0)};
	d->id = 0;
	socket_merge(fresh, &old);
}

void ends_tick(struct model *m, u64 now)
{
	struct ends *e = &m->ends;

	while (ring_count(&e->lives) && oldest(e)->end_s * NSEC_PER_SEC + LINGER_NS < now) {
		let_go(e);
		ring_drop(&e->lives);
	}
	if (!ring_count(&e->lives) && e->lives.cap)
		ends_deinit(e);
}

void ends_init(struct ends *e)
{
	ring_init(&e->lives, sizeof(struct ended), MODEL_ENDS_MAX);
}

void ends_deinit(struct ends *e)
{
	ring_deinit(&e->lives);
	idmap_deinit(&e->ids);
}
