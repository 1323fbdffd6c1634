/* The end of a tick: rates, smoothed rates, the verdict `limited` and histories of the rows that are moving or have
 * moved lately. Rows at rest are on no list and cost nothing. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "array.h"
#include "clock.h"
#include "rows_private.h"

/* Weight of the newest rate in the smoothed one: 2 / (n + 1) for a mean over about n = 5 ticks. */
#define SMOOTH_WEIGHT (1.0F / 3.0F)
#define SMOOTH_REST 1.0F /* bytes per second: a quiet row below it is at rest */

#define SETTLE_SLICE 64 /* rows between two looks at the clock: about 20 us, more while histories are made */
#define SETTLE_AHEAD 6  /* rows that are prefetched into the cache */
#define BASES_KEPT 4096 /* 88 bytes each */

/* -- what moved ---------------------------------------------------------------------------------------------------- */

static const struct sampling *sampling_of(const struct model *m, const struct row *r)
{
	return r->s.flags & SOCKET_SLOW ? &m->host.slow : &m->host.files;
}

/* Has a new pass begun? */
static void sample(struct sampling *p, u64 number, u64 start_ns, bool whole)
{
	if (number != p->theirs) {
		p->number++;
		p->theirs = number;
		p->before_ns = p->start_ns;
		p->start_ns = start_ns;
		p->elapsed = p->before_ns && start_ns > p->before_ns ? start_ns - p->before_ns : 0;
	}
	p->whole = whole;
}

/* In a stream without numbers of passes, each tick has a whole pass. */
static void begin_sampling(struct model *m, const struct record_tick *t)
{
	if (t->pass)
		sample(&m->host.files, t->pass, t->pass_ns, t->pass_whole & PASS_FILES);
	else
		sample(&m->host.files, m->host.files.theirs + 1, t->time_ns, true);
	sample(&m->host.slow, t->slow_turn, t->slow_ns, t->pass_whole & PASS_SLOW);
}

/* A connection all of whose counters have grown since the last pass. An end of a connection that was never seen alive
 * is such a case too, unless it is older than the collector. */
static bool born_in_tick(const struct model *m, const struct slot *s)
{
	const struct record_socket *r = &s->row.s;
	const struct sampling *p = sampling_of(m, &s->row);

	if (!(s->flags & SLOT_FRESH) || r->flags & SOCKET_SEEDED || !m->ticks)
		return false;
	return s->flags & SLOT_ENDED ||
	       (r->has & HAS_BIRTH && r->birth_ns > (m->settling.running ? p->before_ns : p->start_ns));
}

struct counter {
	u64 now, before;
	u8 bit;
	bool known; /* now */
};

/* A counter that went backwards was reset: its growth is unknown. */
static u64 counter_delta(const struct slot *s, struct deltas *d, struct counter c)
{
	if (!c.known)
		return 0;
	if (d->born) {
		d->known |= c.bit;
		return c.now;
	}
	if (s->flags & SLOT_FRESH || !(s->known & c.bit) || c.now < c.before)
		return 0;
	d->known |= c.bit;
	return c.now - c.before;
}

/* Each counter of a row: the member of struct deltas and of struct base, the value, its slot_known, its socket_has. */
#define COUNTERS(C)                                                                                                    \
	C(rx, row.s.rx_bytes, KNOWN_RX, HAS_RX_BYTES)                                                                  \
	C(tx, row.s.tx_bytes, KNOWN_TX, HAS_TX_BYTES)                                                                  \
	C(tx_pkts, row.s.tx_pkts, KNOWN_TX_PKTS, HAS_TX_PKTS)                                                          \
	C(retrans, row.s.retrans, KNOWN_RETRANS, HAS_TCP)                                                              \
	C(tlp, row.s.retrans_tlp, KNOWN_RETRANS, HAS_TCP)                                                              \
	C(dsack, row.s.dsack_dups, KNOWN_RETRANS, HAS_TCP)                                                             \
	C(drops, row.s.drops, KNOWN_DROPS, HAS_DROPS)                                                                  \
	C(resets, row.s.resets, KNOWN_RESETS, HAS_RESETS)                                                              \
	C(busy, row.s.busy_us, KNOWN_CHRONO, HAS_CHRONO)                                                               \
	C(rwnd, row.s.rwnd_limited_us, KNOWN_CHRONO, HAS_CHRONO)                                                       \
	C(sndbuf, row.s.sndbuf_limited_us, KNOWN_CHRONO, HAS_CHRONO)

int slot_keep_base(struct model *m, struct slot *s)
{
	u64 has = s->row.s.has;
	struct base *b;

	if (s->base != IDMAP_NONE || s->flags & SLOT_FRESH)
		return 0;
	if (array_append(&m->bases, &m->base_cap, m->base_count, sizeof(*m->bases)) < 0)
		return -ENOMEM;
	s->base = m->base_count++;
	b = &m->bases[s->base];
	b->ns = s->row.s.sample_ns;
	b->recvq = s->row.s.recvq;
#define C(member, now_, bit_, has_) b->member = has & (has_) ? s->now_ : 0;
	COUNTERS(C)
#undef C
	return 0;
}

/* Memory that a burst needed is not kept for ever. */
static void drop_bases(struct model *m)
{
	if (m->base_cap > BASES_KEPT && m->base_count < m->base_cap / 4) {
		free(take(m->bases));
		m->base_cap = 0;
	}
	m->base_count = 0;
}

static const struct base *base_of(const struct model *m, const struct slot *s)
{
	static const struct base none;

	return s->base == IDMAP_NONE ? &none : &m->bases[s->base];
}

void slot_deltas(const struct model *m, const struct slot *s, struct deltas *d)
{
	const struct base *b = base_of(m, s);
	u64 has = s->row.s.has;

	*d = (struct deltas){.born = born_in_tick(m, s), .recvq = b->recvq};
#define C(member, now_, bit_, has_)                                                                                    \
	d->member = counter_delta(s, d, (struct counter){s->now_, b->member, bit_, (has & (has_)) != 0});
	COUNTERS(C)
#undef C
}

/* Before the handshake is over nothing was transferred, whether or not there are counters. */
static bool in_handshake(const struct record_socket *s)
{
	return s->proto == IPPROTO_TCP &&
	       (s->state == STATE_SYN_SENT || s->state == STATE_SYN_RECV || s->state == STATE_NEW_SYN_RECV);
}

/* The current values become the base of the next tick. */
static void keep_values(struct model *m, struct slot *s)
{
	u64 has = s->row.s.has;
	bool nothing_yet = in_handshake(&s->row.s);

	s->known = 0;
#define C(member, now_, bit_, has_)                                                                                    \
	if (has & (has_) || nothing_yet)                                                                               \
		s->known |= bit_;
	COUNTERS(C)
#undef C
	s->base = IDMAP_NONE;
	s->sampled = sampling_of(m, &s->row)->number;
	s->flags &= (u8) ~(SLOT_FRESH | SLOT_TOUCHED | SLOT_ENDED | SLOT_CONNECTED);
}

/* -- how fast ------------------------------------------------------------------------------------------------------ */

/* For ends and births, which come from events: they count for the whole tick, so that the rows add up to what the
 * machine transferred; if passes are further apart, for the time since the row was last read. */
static u64 event_elapsed(const struct sampling *p, const struct row *r, u64 since_ns, u64 tick_elapsed)
{
	if (p->elapsed < tick_elapsed + tick_elapsed / 2 || !since_ns || r->s.sample_ns <= since_ns)
		return tick_elapsed;
	return MAX(tick_elapsed, MIN(r->s.sample_ns - since_ns, 2 * p->elapsed));
}

/* The time over which a row's growth is spread, in ns; 0: unknown. Mostly the distance of its two samples. A row that
 * the last pass did not send had not changed until then. */
static u64 row_elapsed(const struct model *m, const struct slot *s, u64 tick_elapsed, bool born)
{
	const struct row *r = &s->row;
	const struct sampling *p = sampling_of(m, r);
	u64 before = base_of(m, s)->ns;

	if (!tick_elapsed)
		return 0;
	if (born || r->closed)
		return event_elapsed(p, r, born ? r->s.birth_ns : before, tick_elapsed);
	/* Turns differ in what they visit: only the two samples show how far apart they are. */
	if (r->s.flags & SOCKET_SLOW)
		return before && r->s.sample_ns > before ? r->s.sample_ns - before : 0;
	if (s->sampled + 1 != p->number || r->s.sample_ns < p->start_ns || r->s.sample_ns <= before)
		return MAX(tick_elapsed, p->elapsed);
	return r->s.sample_ns - before;
}

static float smooth(float before, float rate)
{
	if (isnan(rate))
		return before;
	if (isnan(before))
		return rate;
	before += SMOOTH_WEIGHT * (rate - before);
	return rate == 0 && before < SMOOTH_REST ? 0 : before;
}

static float rate_of(u64 moved, bool known, u64 elapsed_ns)
{
	return known && elapsed_ns ? (float)((double)moved * (double)NSEC_PER_SEC / (double)elapsed_ns) : NAN;
}

static u8 verdict(struct slot *s, const struct deltas *d, u64 elapsed_ns)
{
	const struct row *r = &s->row;
	struct limited_sample l = {
	    .s = &r->s,
	    .busy_us = d->busy,
	    .rwnd_us = d->rwnd,
	    .sndbuf_us = d->sndbuf,
	    .chrono = (d->known & KNOWN_CHRONO) != 0,
	    .moved = d->rx || d->tx,
	    .rx_bytes = d->rx,
	    .tx_bytes = d->tx,
	    .tx_pkts = d->tx_pkts,
	    .drops = (u32)d->drops,
	    .unread = d->recvq,
	};
	struct resent_since since = {
	    .retrans = d->retrans, .tlp = d->tlp, .dsack = d->dsack, .elapsed_us = elapsed_ns / NSEC_PER_USEC};

	if (r->closed)
		return LIMITED_UNKNOWN;
	/* One sample of an older connection does not show what happened in this tick. */
	if (d->born || !(s->flags & SLOT_FRESH))
		l.elapsed_us = elapsed_ns / NSEC_PER_USEC;
	l.lost = resent_judge(&s->resent, &r->s, &since);
	return (u8)limited_verdict(&l);
}

static void settle_touched(struct model *m, struct slot *s, const struct record_tick *tick, u64 tick_elapsed,
			   struct tick_sums *sums)
{
	struct row *r = &s->row;
	struct deltas d;
	u64 elapsed;

	slot_deltas(m, s, &d);
	elapsed = row_elapsed(m, s, tick_elapsed, d.born);
	r->rx_rate = rate_of(d.rx, d.known & KNOWN_RX, elapsed);
	r->tx_rate = rate_of(d.tx, d.known & KNOWN_TX, elapsed);
	r->rx_smooth = r->s.has & HAS_RX_BYTES ? smooth(r->rx_smooth, r->rx_rate) : NAN;
	r->tx_smooth = r->s.has & HAS_TX_BYTES ? smooth(r->tx_smooth, r->tx_rate) : NAN;
	r->retrans_tick = (u32)d.retrans;
	r->drops_tick = (u32)MIN(d.drops, (1ULL << 24) - 1) & 0xffffff;
	r->resets_tick = (u8)MIN(d.resets, (u64)UINT8_MAX);
	r->sent_tick = (u32)d.tx_pkts;
	r->born = d.born && (r->s.dir == DIR_OUT || r->s.dir == DIR_IN);
	r->just_ended = r->closed;
	r->connected = s->flags & SLOT_CONNECTED && (d.born || !(s->flags & SLOT_FRESH));
	r->limited = verdict(s, &d, elapsed);
	limited_push(r);
	sums->rx += isnan(r->rx_rate) ? 0 : (double)r->rx_rate;
	sums->tx += isnan(r->tx_rate) ? 0 : (double)r->tx_rate;
	sums->retrans += d.retrans;
	sums->tlp += d.tlp;
	sums->tcp_pkts += r->s.proto == IPPROTO_TCP ? d.tx_pkts : 0;
	sums->drops += d.drops;
	sums->resets += d.resets;
	sums->drops_known |= (d.known & KNOWN_DROPS) != 0;
	sums->resets_known |= (d.known & KNOWN_RESETS) != 0;
	if (s->flags & SLOT_FRESH)
		r->first_tick = (u32)tick->number;
	history_sample(m, s, d.rx || d.tx || d.retrans);
	keep_values(m, s);
}

/* There was no record for the row in this tick, so nothing moved. */
static void settle_quiet(struct model *m, struct slot *s)
{
	struct row *r = &s->row;

	r->rx_rate = r->s.has & HAS_RX_BYTES ? 0 : NAN;
	r->tx_rate = r->s.has & HAS_TX_BYTES ? 0 : NAN;
	r->rx_smooth = smooth(r->rx_smooth, r->rx_rate);
	r->tx_smooth = smooth(r->tx_smooth, r->tx_rate);
	r->retrans_tick = r->sent_tick = 0;
	r->drops_tick = r->resets_tick = 0;
	r->born = r->just_ended = r->connected = false;
	s->resent = (struct resent){};
	r->limited = r->closed ? LIMITED_UNKNOWN : (u8)limited_quiet(&r->s, r->limited, m->settling.tick.time_ns);
	limited_push(r);
	history_sample(m, s, false);
}

/* The pass has not reached the row yet: it stays as it is. */
static void settle_waiting(struct model *m, struct slot *s, struct tick_sums *sums)
{
	struct row *r = &s->row;

	r->born = r->connected = false;
	sums->rx += isnan(r->rx_rate) ? 0 : (double)r->rx_rate;
	sums->tx += isnan(r->tx_rate) ? 0 : (double)r->tx_rate;
	limited_push(r);
	history_sample(m, s, r->rx_rate > 0 || r->tx_rate > 0);
}

static bool is_waiting(const struct model *m, const struct slot *s)
{
	const struct sampling *p = sampling_of(m, &s->row);

	return !s->row.closed && (!p->whole || s->sampled == p->number);
}

static bool at_rest(const struct slot *s)
{
	const struct row *r = &s->row;

	return !r->history && !(r->rx_smooth > 0) && !(r->tx_smooth > 0) && limited_is_final(&r->s, r->limited);
}

/* Visits an active row. false: it is at rest, and leaves the list. */
static bool settle(struct model *m, struct slot *s)
{
	struct settling *t = &m->settling;

	if (s->flags & SLOT_TOUCHED) {
		settle_touched(m, s, &t->tick, t->elapsed, &t->sums);
		return true;
	}
	if (is_waiting(m, s)) {
		settle_waiting(m, s, &t->sums);
		return true;
	}
	settle_quiet(m, s);
	if (!at_rest(s))
		return true;
	/* It is not visited again until it moves: its current verdict holds until then. */
	for (unsigned i = 0; i < LIMITED_RECENT; i++)
		limited_push(&s->row);
	return false;
}

void rows_begin_tick(struct model *m, const struct record_tick *tick)
{
	m->settling = (struct settling){.running = true, .following = true, .tick = *tick, .sums = m->spill};
	if (m->ticks && tick->time_ns > m->tick.time_ns)
		m->settling.elapsed = tick->time_ns - m->tick.time_ns;
	begin_sampling(m, tick);
	m->spill = (struct tick_sums){};
	m->histories_new = 0;
}

bool rows_settle(struct model *m, u64 deadline_ns)
{
	struct settling *t = &m->settling;

	while (t->next < m->active_count) {
		u32 stop = MIN(m->active_count, t->next + SETTLE_SLICE);

		for (; t->next < stop; t->next++) {
			struct slot *s = model_slot(m, m->active[t->next]);

			if (t->next + SETTLE_AHEAD < m->active_count)
				slot_prefetch(model_slot(m, m->active[t->next + SETTLE_AHEAD]));
			if (!settle(m, s)) {
				s->active = IDMAP_NONE;
				continue;
			}
			s->active = t->kept;
			m->active[t->kept++] = s->index;
		}
		if (deadline_ns && now_ns() >= deadline_ns)
			break;
	}
	return t->next == m->active_count;
}

void rows_end_tick(struct model *m, const struct tick_losses *losses)
{
	struct settling *t = &m->settling;

	m->active_count = t->kept;
	t->running = false;
	drop_bases(m);
	totals_publish(m, losses);
	m->tick_seconds = t->elapsed ? (double)t->elapsed / (double)NSEC_PER_SEC : NAN;
	m->tick = t->tick;
	m->ticks++;
	ends_tick(m, t->tick.time_ns);
}
