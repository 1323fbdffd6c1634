/* Which socket a loss is charged to. If the kernel named a socket it is that one; for others all rows are walked once
 * per tick, in slices, to find the addresses of the tick's packets. Charges are added to rows before their rates are
 * worked out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "array.h"
#include "clock.h"
#include "losses_private.h"

#define WALK_SLICE 256 /* rows between two looks at the clock */
#define WALK_AHEAD 8   /* rows that are prefetched into the cache */
#define CHARGES_MAX (1U << 17)

/* -- charging ------------------------------------------------------------------------------------------------------ */

void losses_add_charged(const struct model *m, struct record_socket *fresh)
{
	const struct losses *l = m->losses;
	u32 i = l->charge_count ? idmap_get(&l->charge_ids, fresh->id) : IDMAP_NONE;

	if (i != IDMAP_NONE && fresh->has & HAS_DROPS)
		fresh->drops = MAX(fresh->drops, l->charges[i].base + l->charges[i].count);
}

/* The row's own counter before this tick, or since its birth. */
static u32 drops_before(const struct model *m, const struct slot *s)
{
	if (s->flags & SLOT_FRESH)
		return s->row.s.has & HAS_BIRTH && !(s->row.s.flags & SOCKET_SEEDED) ? 0 : s->row.s.drops;
	return s->base == IDMAP_NONE ? s->row.s.drops : m->bases[s->base].drops;
}

/* Removes the charges of rows that are gone. */
static void sweep_charges(struct model *m)
{
	struct losses *l = m->losses;
	u32 kept = 0;

	for (u32 i = 0; i < l->charge_count; i++)
		if (idmap_get(&m->ids, l->charges[i].id) != IDMAP_NONE)
			l->charges[kept++] = l->charges[i];
	l->charge_count = kept;
	idmap_clear(&l->charge_ids);
	for (u32 i = 0; i < kept; i++)
		if (idmap_set(&l->charge_ids, l->charges[i].id, i) < 0)
			l->charge_count = i;
}

static struct loss_charge *charge_of(struct model *m, const struct slot *s)
{
	struct losses *l = m->losses;
	u32 i = idmap_get(&l->charge_ids, s->row.s.id);

	if (i != IDMAP_NONE)
		return &l->charges[i];
	if (l->charge_count == l->charge_cap)
		sweep_charges(m);
	if (l->charge_count >= l->charge_cap / 2 && l->charge_cap * 2 <= CHARGES_MAX)
		(void)!array_append(&l->charges, &l->charge_cap, l->charge_cap, sizeof(*l->charges));
	if (l->charge_count == l->charge_cap || idmap_set(&l->charge_ids, s->row.s.id, l->charge_count) < 0)
		return NULL;
	l->charges[l->charge_count] = (struct loss_charge){.id = s->row.s.id, .base = drops_before(m, s)};
	return &l->charges[l->charge_count++];
}

void losses_charge(struct model *m, struct slot *s, u32 n)
{
	struct loss_charge *c = s->row.s.has & HAS_DROPS ? charge_of(m, s) : NULL;
	struct record_socket fresh;

	if (!c)
		return;
	c->count += n;
	fresh = s->row.s;
	losses_add_charged(m, &fresh);
	if (fresh.drops != s->row.s.drops)
		(void)!row_store(m, s, &fresh, &(struct error){});
}

int losses_load_charge(struct model *m, u64 id, const struct record_charge *rec)
{
	struct losses *l = m->losses;
	u32 i = idmap_get(&l->charge_ids, id);

	if (i == IDMAP_NONE) {
		if (l->charge_count >= CHARGES_MAX)
			return 0;
		if (array_append(&l->charges, &l->charge_cap, l->charge_count, sizeof(*l->charges)) < 0 ||
		    idmap_set(&l->charge_ids, id, l->charge_count) < 0)
			return -ENOMEM;
		i = l->charge_count++;
	}
	l->charges[i] = (struct loss_charge){.id = id, .base = rec->base, .count = rec->count};
	return 0;
}

static void charge(struct model *m, const struct loss *e)
{
	/* What was refused was charged when the event was made. */
	bool own = e->r.kind == LOSS_DROP && !(e->r.flags & (LOSS_REFUSED | LOSS_FOREIGN));
	u32 index = own ? model_find(m, e->r.id) : IDMAP_NONE;

	if (index == IDMAP_NONE)
		return;
	losses_note_charged(m, model_row(m, index), e);
	losses_charge(m, model_slot(m, index), 1);
}

/* -- looking for sockets ------------------------------------------------------------------------------------------- */

static u64 directed(u32 netns, u8 proto, const u8 *laddr, u16 lport, const u8 *raddr, u16 rport)
{
	u64 both = address_flow(proto, laddr, lport, raddr, rport);

	/* The flow's hash is the same for both directions: the local end makes the difference. */
	return idmap_hash(both ^ idmap_hash(address_flow(proto, laddr, lport, laddr, 0) ^ (u64)netns << 16)) | 1;
}

static u64 port_key(u32 netns, u8 proto, u16 lport)
{
	return idmap_hash((u64)netns << 32 | (u64)proto << 16 | lport) | 1;
}

/* May the packet belong to a socket that has only a local end? A packet in transit does not belong to a listener. */
static bool may_be_bound(const struct record_loss *r)
{
	return r->flags & (LOSS_LOCAL | LOSS_TX) && r->lport;
}

/* Does this address mean the same host in every namespace? */
static bool is_of_a_host(const struct record_loss *r, const u8 *a)
{
	if (r->family == 4)
		return a[0] && a[0] != 127 && a[0] < 224 && !(a[0] == 169 && a[1] == 254);
	/* Neither ::, ::1, fe80::/10 nor ff00::/8. */
	return (a[0] & 0xe0) == 0x20 || (a[0] & 0xfe) == 0xfc;
}

/* A packet in transit through a namespace can belong to sockets in others. */
static bool may_be_elsewhere(const struct record_loss *r)
{
	return r->kind == LOSS_DROP && !(r->flags & (LOSS_SOCKET | LOSS_LOCAL | LOSS_TX)) && r->lport && r->rport &&
	       is_of_a_host(r, r->laddr) && is_of_a_host(r, r->raddr);
}

static void want_elsewhere(struct losses *l, u32 i, const struct record_loss *r)
{
	struct loss_want *w = &l->wants[i];
	u64 key = directed(0, r->proto, r->laddr, r->lport, r->raddr, r->rport);

	if (w->elsewhere != IDMAP_NONE || !may_be_elsewhere(r))
		return;
	w->elsewhere = idmap_get(&l->by_any, key);
	if (w->elsewhere != IDMAP_NONE || idmap_set(&l->by_any, key, i) < 0 ||
	    idmap_set(&l->by_any_swapped, directed(0, r->proto, r->raddr, r->rport, r->laddr, r->lport), i) < 0)
		return;
	w->elsewhere = i;
}

static void want_bound(struct losses *l, u32 i, const struct record_loss *r)
{
	u64 key = port_key(r->netns, r->proto, r->lport);

	if (l->wants[i].may_be_bound || !may_be_bound(r))
		return;
	l->wants[i].bound_next = idmap_get(&l->by_port, key);
	l->wants[i].may_be_bound = idmap_set(&l->by_port, key, i) == 0;
}

static void want(struct model *m, struct loss *e)
{
	struct losses *l = m->losses;
	const struct record_loss *r = &e->r;
	u32 netns = r->socket_netns ?: r->netns;
	u64 key = directed(netns, r->proto, r->laddr, r->lport, r->raddr, r->rport);
	u32 i = idmap_get(&l->by_flow, key);

	e->want = i;
	if (i != IDMAP_NONE) {
		want_bound(l, i, r);
		want_elsewhere(l, i, r);
		return;
	}
	if (array_append(&l->wants, &l->want_cap, l->want_count, sizeof(*l->wants)) < 0)
		return;
	i = l->want_count;
	l->wants[i] = (struct loss_want){.number = e->number,
					 .exact = IDMAP_NONE,
					 .swapped = IDMAP_NONE,
					 .bound = IDMAP_NONE,
					 .bound_next = IDMAP_NONE,
					 .elsewhere = IDMAP_NONE};
	/* A packet in transit may belong to either end; otherwise it is known which end is local. */
	if (idmap_set(&l->by_flow, key, i) < 0 ||
	    (r->kind == LOSS_DROP && !(r->flags & LOSS_SOCKET) &&
	     idmap_set(&l->by_swapped, directed(netns, r->proto, r->raddr, r->rport, r->laddr, r->lport), i) < 0))
		return;
	want_bound(l, i, r);
	want_elsewhere(l, i, r);
	e->want = i;
	l->want_count++;
}

static bool all_zero(const u8 address[16])
{
	static const u8 zero[16];

	return memcmp(address, zero, sizeof(zero)) == 0;
}

/* How well a row without a remote end matches: an address of its own is better than a wildcard. */
static u8 bound_rank(const struct record_socket *s, const struct record_loss *r)
{
	if (s->family == r->family && memcmp(s->laddr, r->laddr, sizeof(s->laddr)) == 0)
		return 2;
	if (!all_zero(s->laddr))
		return 0;
	return s->family == r->family || (s->family == 6 && !(s->flags & SOCKET_V6ONLY)) ? 1 : 0;
}

static void match_bound(struct model *m, const struct slot *s)
{
	struct losses *l = m->losses;
	const struct record_socket *r = &s->row.s;
	u32 i = l->by_port.used ? idmap_get(&l->by_port, port_key(r->netns, r->proto, r->lport)) : IDMAP_NONE;

	for (; i != IDMAP_NONE; i = l->wants[i].bound_next) {
		u8 rank = bound_rank(r, &loss_slot(m, l->wants[i].number)->r);

		if (rank <= l->wants[i].rank)
			continue;
		l->wants[i].rank = rank;
		l->wants[i].bound = s->index;
	}
}

static void note_row(struct loss_rows *rows, const struct slot *s)
{
	if (s->row.closed) {
		rows->closed++;
		rows->row_closed = s->index;
	} else {
		rows->live++;
		rows->row = s->index;
	}
}

static void match_elsewhere(struct losses *l, const struct slot *s)
{
	const struct record_socket *r = &s->row.s;
	u64 key = directed(0, r->proto, r->laddr, r->lport, r->raddr, r->rport);
	u32 i = idmap_get(&l->by_any, key);

	if (i != IDMAP_NONE)
		note_row(&l->wants[i].any_exact, s);
	i = idmap_get(&l->by_any_swapped, key);
	if (i != IDMAP_NONE)
		note_row(&l->wants[i].any_swapped, s);
}

static void match(struct model *m, const struct slot *s)
{
	struct losses *l = m->losses;
	const struct record_socket *r = &s->row.s;
	u64 key;
	u32 i;

	if (!s->row.live)
		return;
	if (!(r->has & HAS_REMOTE)) {
		if (!s->row.closed)
			match_bound(m, s);
		return;
	}
	if (l->by_any.used)
		match_elsewhere(l, s);
	key = directed(r->netns, r->proto, r->laddr, r->lport, r->raddr, r->rport);
	i = idmap_get(&l->by_flow, key);
	/* A live connection takes precedence over one that had the same ends. */
	if (i != IDMAP_NONE && (l->wants[i].exact == IDMAP_NONE || !s->row.closed))
		l->wants[i].exact = s->index;
	i = idmap_get(&l->by_swapped, key);
	if (i != IDMAP_NONE && (l->wants[i].swapped == IDMAP_NONE || !s->row.closed))
		l->wants[i].swapped = s->index;
}

static void turn_round(struct record_loss *r)
{
	u8 address[16];
	u16 port = r->lport;

	memcpy(address, r->laddr, sizeof(address));
	memcpy(r->laddr, r->raddr, sizeof(address));
	memcpy(r->raddr, address, sizeof(address));
	r->lport = r->rport;
	r->rport = port;
	r->flags ^= LOSS_TX;
}

/* The only row that matches. false: there are several. */
static bool only_row(const struct loss_rows *rows, u32 *row)
{
	*row = rows->live ? rows->row : rows->closed ? rows->row_closed : IDMAP_NONE;
	return rows->live ? rows->live == 1 : rows->closed <= 1;
}

/* A match in other namespaces: if both ends of the connection are on this machine, the end that sent the packet. */
static u32 found_elsewhere(const struct losses *l, const struct loss_want *w, bool *swapped)
{
	u32 sender, receiver;

	if (w->elsewhere == IDMAP_NONE || !only_row(&l->wants[w->elsewhere].any_swapped, &sender) ||
	    !only_row(&l->wants[w->elsewhere].any_exact, &receiver))
		return IDMAP_NONE;
	*swapped = sender != IDMAP_NONE;
	return *swapped ? sender : receiver;
}

/* A packet for another host is a loss after all. */
static void adopt(struct model *m, struct loss *e)
{
	if (!(e->r.flags & LOSS_FOREIGN) || loss_count_own(m, &e->r, 1, &(struct error){}) < 0)
		return;
	e->r.flags &= (u16)~LOSS_FOREIGN;
	m->losses->adopted++;
	m->losses->worth.foreign -= m->losses->worth.foreign > 0;
}

static void found(struct model *m, struct loss *e)
{
	const struct loss_want *w;
	bool swapped;
	u32 row;

	if (e->want == IDMAP_NONE)
		return;
	w = &m->losses->wants[e->want];
	row = w->exact != IDMAP_NONE ? w->exact : w->swapped;
	swapped = row != w->exact && row == w->swapped;
	if (row == IDMAP_NONE && may_be_bound(&e->r))
		row = w->bound;
	if (row == IDMAP_NONE && may_be_elsewhere(&e->r))
		row = found_elsewhere(m->losses, w, &swapped);
	e->want = IDMAP_NONE;
	if (row == IDMAP_NONE)
		return;
	if (swapped)
		turn_round(&e->r);
	e->r.id = model_slot(m, row)->row.s.id;
	e->r.socket_netns = model_slot(m, row)->row.s.netns;
	e->marks |= LOSS_BY_ADDRESS;
	adopt(m, e);
}

/* -- a tick's events ----------------------------------------------------------------------------------------------- */

/* Returns true if there is anything to look for. */
static bool begin_walk(struct model *m)
{
	struct losses *l = m->losses;

	l->walk_to = losses_newest(l);
	l->walk_next = 0;
	l->want_count = 0;
	for (u64 n = MAX(l->settled + 1, l->events.first); n <= l->walk_to; n++) {
		struct loss *e = loss_slot(m, n);

		if (model_find(m, e->r.id) == IDMAP_NONE && e->r.family && e->r.netns)
			want(m, e);
	}
	return l->want_count;
}

static void end_walk(struct model *m)
{
	struct losses *l = m->losses;

	for (u64 n = MAX(l->settled + 1, l->events.first); n <= l->walk_to; n++) {
		struct loss *e = loss_slot(m, n);

		found(m, e);
		charge(m, e);
		if (e->r.kind == LOSS_RETRANSMIT)
			loss_find_drop(m, e);
	}
	l->settled = l->walk_to;
	l->walking = false;
	losses_refuse(m);
	idmap_clear(&l->by_flow);
	idmap_clear(&l->by_swapped);
	idmap_clear(&l->by_port);
	idmap_clear(&l->by_any);
	idmap_clear(&l->by_any_swapped);
}

bool losses_settle(struct model *m, u64 deadline_ns)
{
	struct losses *l = m->losses;

	if (!l->walking) {
		if (l->settled == losses_newest(l)) {
			losses_refuse(m);
			return true;
		}
		l->walking = true;
		if (!begin_walk(m))
			l->walk_next = m->rows_end;
	}
	while (l->walk_next < m->rows_end) {
		for (u32 stop = MIN(m->rows_end, l->walk_next + WALK_SLICE); l->walk_next < stop; l->walk_next++) {
			if (l->walk_next + WALK_AHEAD < m->rows_end)
				slot_prefetch(model_slot(m, l->walk_next + WALK_AHEAD));
			match(m, model_slot(m, l->walk_next));
		}
		if (deadline_ns && now_ns() >= deadline_ns)
			return l->walk_next == m->rows_end ? (end_walk(m), true) : false;
	}
	end_walk(m);
	return true;
}
