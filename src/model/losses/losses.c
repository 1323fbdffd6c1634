/* Takes events and totals of losses in, and looks them up. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "array.h"
#include "clock.h"
#include "losses_private.h"

#define COUNTS_MAX 8192
#define DSACK_STEPS 1000 /* events of one flow that are searched for a DSACK */

int losses_init(struct model *m)
{
	m->losses = calloc(1, sizeof(*m->losses));
	if (!m->losses)
		return -ENOMEM;
	ring_init(&m->losses->events, sizeof(struct loss), LOSSES_MAX);
	return 0;
}

void losses_deinit(struct model *m)
{
	struct losses *l = m->losses;

	if (!l)
		return;
	ring_deinit(&l->events);
	free(l->counts);
	free(l->charges);
	free(l->wants);
	free(l->listeners);
	idmap_deinit(&l->flows);
	idmap_deinit(&l->count_ids);
	idmap_deinit(&l->charge_ids);
	idmap_deinit(&l->listener_ids);
	idmap_deinit(&l->by_flow);
	idmap_deinit(&l->by_swapped);
	idmap_deinit(&l->by_port);
	idmap_deinit(&l->by_any);
	idmap_deinit(&l->by_any_swapped);
	free(take(m->losses));
}

/* -- events -------------------------------------------------------------------------------------------------------- */

/* Makes a hostile record harmless. */
static void clean(struct record_loss *r)
{
	r->family = r->family == 4 || r->family == 6 ? r->family : 0;
	r->state = r->state < STATE_COUNT ? r->state : 0;
	r->flags &= (u16)~LOSS_REFUSED;
	r->segments = r->kind == LOSS_RETRANSMIT ? MAX(r->segments, (u16)1) : r->segments;
	if (r->family == 4) {
		memset(r->laddr + 4, 0, 12);
		memset(r->raddr + 4, 0, 12);
	}
}

/* The oldest event is about to be replaced. */
static void forget_oldest(struct losses *l)
{
	const struct loss *old = ring_get(&l->events, l->events.first);

	if (idmap_get(&l->flows, old->flow) == (u32)old->number)
		idmap_remove(&l->flows, old->flow);
}

int loss_add(struct model *m, const struct record_loss *rec, struct error *err)
{
	struct losses *l = m->losses;
	struct loss *e;
	u32 before;

	if (ring_reserve(&l->events) > 0)
		forget_oldest(l);
	e = ring_add(&l->events);
	if (!e)
		return error_set(err, -ENOMEM, "out of memory");
	*e = (struct loss){.r = *rec, .number = losses_newest(l), .tick = m->tick.number + 1, .want = IDMAP_NONE};
	e->flow = address_flow(e->r.proto, e->r.laddr, e->r.lport, e->r.raddr, e->r.rport);
	before = idmap_get(&l->flows, e->flow);
	e->before = before == IDMAP_NONE ? (u32)e->number : before;
	if (idmap_set(&l->flows, e->flow, (u32)e->number) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	return 0;
}

int take_loss(struct model *m, const struct record_loss *rec, struct error *err)
{
	struct record_loss r = *rec;

	if (rec->kind < LOSS_RETRANSMIT || rec->kind >= LOSS_KINDS)
		return 0;
	clean(&r);
	r.id = model_key(m, r.id);
	return loss_add(m, &r, err);
}

/* The event of the same flow before this one, or NULL. */
static struct loss *loss_before(const struct model *m, const struct loss *e)
{
	u64 number = ring_number(&m->losses->events, e->before);
	struct loss *b = number < e->number ? loss_slot(m, number) : NULL;

	return b && b->flow == e->flow ? b : NULL;
}

/* The newest retransmits are the likeliest: a segment that was reported twice arrived a round trip ago. */
void losses_note_dsack(struct model *m, const struct record_socket *s, u32 segments)
{
	u64 flow = address_flow(s->proto, s->laddr, s->lport, s->raddr, s->rport);
	u32 low = idmap_get(&m->losses->flows, flow);
	struct loss *e;

	if (low == IDMAP_NONE)
		return;
	e = loss_slot(m, ring_number(&m->losses->events, low));
	for (u32 i = 0; e && segments && i < DSACK_STEPS; i++, e = loss_before(m, e)) {
		if (e->r.kind != LOSS_RETRANSMIT || e->marks & LOSS_SPURIOUS || (e->r.id && e->r.id != s->id))
			continue;
		e->marks |= LOSS_SPURIOUS;
		segments -= MIN(segments, (u32)e->r.segments);
	}
}

static bool overlap(const struct record_loss *a, const struct record_loss *b)
{
	return (int32_t)(a->end_seq - b->seq) > 0 && (int32_t)(b->end_seq - a->seq) > 0;
}

/* Did the dropped packet come from this end? */
static bool came_from(const struct record_loss *drop, const struct record_loss *end)
{
	bool tx = drop->flags & LOSS_TX;

	return (tx ? drop->lport : drop->rport) == end->lport &&
	       memcmp(tx ? drop->laddr : drop->raddr, end->laddr, sizeof(end->laddr)) == 0;
}

void loss_find_drop(const struct model *m, struct loss *e)
{
	const struct loss *b = loss_before(m, e);

	if (e->r.flags & LOSS_FAILED)
		e->marks |= LOSS_DROPPED_HERE;
	for (u32 i = 0; b && i < DSACK_STEPS; i++, b = loss_before(m, b)) {
		if (b->r.kind != LOSS_DROP || !came_from(&b->r, &e->r) || !overlap(&b->r, &e->r))
			continue;
		e->marks |= LOSS_DROPPED_HERE;
		e->drop = b->number;
		return;
	}
}

/* -- totals -------------------------------------------------------------------------------------------------------- */

/* A total, made if it is new; NULL: out of memory, or there are too many. */
static struct loss_count *count_of(struct losses *l, u64 id, const struct loss_count *fresh)
{
	u32 i = idmap_get(&l->count_ids, id);

	if (i != IDMAP_NONE)
		return &l->counts[i];
	if (l->count == COUNTS_MAX)
		return NULL;
	if (array_append(&l->counts, &l->cap, l->count, sizeof(*l->counts)) < 0 ||
	    idmap_set(&l->count_ids, id, l->count) < 0)
		return NULL;
	l->counts[l->count] = *fresh;
	return &l->counts[l->count++];
}

static void count_to(struct model *m, struct loss_count *c, u64 count)
{
	if (c->number != m->tick.number + 1)
		c->moved = 0;
	c->number = m->tick.number + 1;
	if (count > c->r.count) {
		c->moved += count - c->r.count;
		m->losses->total[c->r.kind] += count - c->r.count;
		c->r.count = count;
	}
}

/* Ids of the stream's totals are odd, ours even. */
static u64 count_id(const struct record_loss_count *r)
{
	return idmap_hash(idmap_hash(r->location) ^ ((u64)r->reason << 16 | r->kind << 8 | r->has_reason)) | 1;
}

static u64 own_count_id(const struct record_loss_count *r)
{
	bool refused = r->own == LOSS_COUNT_REFUSED;

	return (idmap_hash(idmap_hash(r->location) ^ ((u64)r->reason << 8 | refused)) & ~1ULL) | 2;
}

int take_loss_count(struct model *m, const struct record_loss_count *rec, struct error *err)
{
	struct losses *l = m->losses;
	struct loss_count fresh = {.r = *rec, .refused = rec->own == LOSS_COUNT_REFUSED}, *c;

	if (rec->kind < LOSS_RETRANSMIT || rec->kind >= LOSS_KINDS || (rec->own && !m->loading))
		return 0;
	fresh.r.count = 0;
	c = count_of(l, rec->own ? own_count_id(rec) : count_id(rec), &fresh);
	if (!c)
		return l->count == COUNTS_MAX ? 0 : error_set(err, -ENOMEM, "out of memory");
	count_to(m, c, rec->count);
	return 0;
}

int loss_count_own(struct model *m, const struct record_loss *r, u32 n, struct error *err)
{
	struct loss_count fresh = {
	    .r = {.location = r->location,
		  .reason = r->reason,
		  .kind = r->kind,
		  .has_reason = (r->flags & LOSS_REASON) != 0,
		  .own = r->flags & LOSS_REFUSED ? LOSS_COUNT_REFUSED : LOSS_COUNT_OWN},
	    .refused = (r->flags & LOSS_REFUSED) != 0,
	};
	struct loss_count *c = count_of(m->losses, own_count_id(&fresh.r), &fresh);

	if (!c)
		return error_set(err, -ENOMEM, "no room for another total of losses");
	count_to(m, c, c->r.count + n);
	return 0;
}

void take_losses(struct model *m, const struct record_losses *rec)
{
	struct losses *l = m->losses;

	l->all_told = rec->lost == l->worth.lost && rec->limited + l->untold == l->worth.limited;
	l->worth = *rec;
	l->worth.limited += l->untold;
	l->worth.foreign -= MIN(l->worth.foreign, l->adopted);
	l->known = true;
}

/* Tail loss probes among the retransmits of the tick that is ending. */
static u64 probes(const struct model *m)
{
	const struct losses *l = m->losses;
	u64 sum = 0;

	for (u32 i = 0; i < l->count; i++)
		if (l->counts[i].r.kind == LOSS_RETRANSMIT && l->counts[i].r.reason == RETRANSMIT_TLP &&
		    l->counts[i].number == m->tick.number + 1)
			sum += l->counts[i].moved;
	return sum;
}

/* The length of the first tick of the watch is unknown. */
struct tick_losses losses_end_tick(struct model *m, u64 elapsed_ns)
{
	struct losses *l = m->losses;
	bool known = l->known && elapsed_ns;
	u64 moved[LOSS_KINDS];
	double rates[LOSS_KINDS];

	for (unsigned kind = 0; kind < LOSS_KINDS; kind++) {
		moved[kind] = l->total[kind] - l->total_before[kind];
		l->total_before[kind] = l->total[kind];
		rates[kind] = known ? (double)moved[kind] * (double)NSEC_PER_SEC / (double)elapsed_ns : NAN;
	}
	return (struct tick_losses){
	    .drops_rate = rates[LOSS_DROP],
	    .resets_rate = rates[LOSS_RESET_SENT] + rates[LOSS_RESET_RECEIVED],
	    .resent_known = known,
	    .resent = known ? moved[LOSS_RETRANSMIT] : 0,
	    .probes = known ? probes(m) : 0,
	    .lost = l->worth.lost,
	    .uncounted = l->worth.uncounted,
	};
}

int take_charge(struct model *m, const struct record_charge *rec)
{
	u64 id = model_key(m, rec->id);

	if (!m->loading || model_find(m, id) == IDMAP_NONE)
		return 0;
	if (rec->has & CHARGE_LISTENER)
		losses_load_listener(m, id, rec);
	return rec->has & CHARGE_DROPS ? losses_load_charge(m, id, rec) : 0;
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

u64 model_losses_newest(const struct model *m)
{
	return losses_newest(m->losses);
}

const struct loss *model_loss(const struct model *m, u64 number)
{
	const struct loss *l = loss_slot(m, number);

	/* For another host, and of no socket on this machine: not a loss. */
	return l && !(l->r.flags & LOSS_FOREIGN) ? l : NULL;
}

const struct record_losses *model_losses(const struct model *m)
{
	return m->losses->known ? &m->losses->worth : NULL;
}

const struct loss_count *model_loss_count(const struct model *m, size_t i)
{
	return i < m->losses->count ? &m->losses->counts[i] : NULL;
}

struct record_loss loss_count_event(const struct loss_count *c)
{
	return (struct record_loss){
	    .location = c->r.location,
	    .reason = c->r.reason,
	    .flags = c->refused        ? LOSS_REFUSED
		     : c->r.has_reason ? LOSS_REASON
				       : 0,
	    .kind = c->r.kind,
	};
}

u64 loss_count_moved(const struct model *m, const struct loss_count *c)
{
	return c->number == m->tick.number ? c->moved : 0;
}

const struct row *loss_row(const struct model *m, const struct loss *l)
{
	u32 index = model_find(m, l->r.id);

	return index == IDMAP_NONE ? NULL : model_row(m, index);
}
