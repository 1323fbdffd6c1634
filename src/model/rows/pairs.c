/* Finds the other end of connections within the machine: rows are chained by a hash of both their ends. The index is
 * made when somebody asks, kept as rows come and go, and thrown away when nobody has asked for long. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "array.h"
#include "rows_private.h"

#define CHAIN_MAX 64     /* rows with the same ends: with more, nothing is known of any of them */
#define PENDING_MIN 4096 /* … or half of all rows, if that is more: nobody has asked for long */

void pairs_deinit(struct pairs *p)
{
	idmap_deinit(&p->flows);
	free(p->links);
	free(p->pending);
	*p = (struct pairs){};
}

/* -- the index ----------------------------------------------------------------------------------------------------- */

/* Somebody holds it, and it has another end. In TIME-WAIT the other end has gone. */
static bool is_connected(const struct row *r)
{
	return r->live && !r->closed && r->s.has & HAS_REMOTE && r->s.state != STATE_TIME_WAIT;
}

static void unlink_row(struct pairs *p, u32 index)
{
	struct pair_link *l = index < p->link_cap ? &p->links[index] : NULL;

	if (!l || !l->flow)
		return;
	if (l->next != IDMAP_NONE)
		p->links[l->next].prev = l->prev;
	if (l->prev != IDMAP_NONE)
		p->links[l->prev].next = l->next;
	else if (l->next != IDMAP_NONE)
		(void)!idmap_set(&p->flows, l->flow, l->next); /* cannot fail: the key is there */
	else
		idmap_remove(&p->flows, l->flow);
	l->flow = 0;
}

static int make_room(struct pairs *p, u32 end)
{
	u32 before = p->link_cap;

	if (end <= before)
		return 0;
	if (array_reserve(&p->links, &p->link_cap, end, sizeof(*p->links)) < 0)
		return -ENOMEM;
	memset(p->links + before, 0, (p->link_cap - before) * sizeof(*p->links));
	return 0;
}

static int link_row(struct pairs *p, u32 index, const struct row *r)
{
	struct pair_link l = {.prev = IDMAP_NONE};

	unlink_row(p, index);
	if (!is_connected(r))
		return 0;
	l.flow = address_flow(r->s.proto, r->s.laddr, r->s.lport, r->s.raddr, r->s.rport);
	l.next = idmap_get(&p->flows, l.flow);
	if (idmap_set(&p->flows, l.flow, index) < 0)
		return -ENOMEM;
	if (l.next != IDMAP_NONE)
		p->links[l.next].prev = index;
	p->links[index] = l;
	return 0;
}

static int link_all(struct model *m)
{
	for (u32 i = 0; i < m->rows_end; i++)
		if (link_row(&m->pairs, i, &model_slot(m, i)->row) < 0)
			return -ENOMEM;
	m->pairs.kept = true;
	return 0;
}

static int link_pending(struct model *m)
{
	struct pairs *p = &m->pairs;

	for (u32 i = 0; i < p->pending_count; i++) {
		u32 index = model_find(m, p->pending[i]);

		if (index != IDMAP_NONE && link_row(p, index, &model_slot(m, index)->row) < 0)
			return -ENOMEM;
	}
	p->pending_count = 0;
	return 0;
}

/* false: there is no memory for it. */
static bool bring_up_to_date(struct model *m)
{
	struct pairs *p = &m->pairs;

	if (p->kept && !p->pending_count)
		return true;
	if (make_room(p, m->rows_end) == 0 && (p->kept ? link_pending(m) : link_all(m)) == 0)
		return true;
	pairs_deinit(p);
	return false;
}

/* -- as rows come and go ------------------------------------------------------------------------------------------- */

bool socket_same_ends(const struct record_socket *a, const struct record_socket *b)
{
	return a->lport == b->lport && a->rport == b->rport && a->proto == b->proto &&
	       memcmp(a->laddr, b->laddr, sizeof(a->laddr)) == 0 && memcmp(a->raddr, b->raddr, sizeof(a->raddr)) == 0;
}

/* Does the record bring the row into the index, or out of it? One that is freed stays there, and is passed over, until
 * its slot has another row. */
static bool moves(const struct row *r, const struct record_socket *fresh)
{
	if (!r || r->closed || fresh->flags & SOCKET_ENDED || (fresh->has & ~r->s.has) & HAS_REMOTE)
		return true;
	return (fresh->state == STATE_TIME_WAIT) != (r->s.state == STATE_TIME_WAIT) ||
	       (fresh->has & HAS_REMOTE && !socket_same_ends(fresh, &r->s));
}

void pairs_came(struct model *m, const struct row *r, const struct record_socket *fresh)
{
	struct pairs *p = &m->pairs;

	if (!p->kept || !moves(r, fresh))
		return;
	if (p->pending_count >= MAX(PENDING_MIN, m->rows_end / 2) ||
	    array_append(&p->pending, &p->pending_cap, p->pending_count, sizeof(*p->pending)) < 0) {
		pairs_deinit(p);
		return;
	}
	p->pending[p->pending_count++] = fresh->id;
}

/* -- the other end ------------------------------------------------------------------------------------------------- */

/* What has the same hash as a row, in its namespace and in others: rows from its own end to the same other end, and
 * rows from there back. */
struct found {
	u32 twins_here, twins_there;
	u32 peers_here, peers_there;
	u32 here, there; /* the last of either */
};

static bool same_place(const struct record_socket *a, const struct record_socket *b)
{
	return a->netns == b->netns && a->netns_cookie == b->netns_cookie;
}

static bool is_mirrored(const struct record_socket *a, const struct record_socket *b)
{
	return a->lport == b->rport && a->rport == b->lport && a->proto == b->proto &&
	       memcmp(a->laddr, b->raddr, sizeof(a->laddr)) == 0 && memcmp(a->raddr, b->laddr, sizeof(a->raddr)) == 0;
}

static void look_at(struct found *f, const struct row *r, const struct row *other, u32 index)
{
	bool here = same_place(&r->s, &other->s);

	if (other == r || !is_connected(other) || r->s.family != other->s.family || r->host != other->host)
		return;
	if (is_mirrored(&r->s, &other->s)) {
		*(here ? &f->here : &f->there) = index;
		(*(here ? &f->peers_here : &f->peers_there))++;
	} else if (socket_same_ends(&r->s, &other->s)) {
		(*(here ? &f->twins_here : &f->twins_there))++;
	}
}

/* May packets to it leave their namespace? */
static bool is_far(const struct record_socket *s)
{
	return !address_is_loopback(s->laddr, s->family) && !address_is_loopback(s->raddr, s->family);
}

/* An event is no slot: the other end is that of its socket. */
static const struct row *row_itself(const struct model *m, const struct row *r)
{
	u32 index = r->past ? model_find(m, r->s.id) : IDMAP_NONE;

	return r->past ? (index == IDMAP_NONE ? NULL : model_row(m, index)) : r;
}

/* All rows with the same hash of both ends are looked at. false: there are too many. */
static bool look_at_all(struct model *m, struct found *f, const struct row *r)
{
	u32 i = idmap_get(&m->pairs.flows, m->pairs.links[((const struct slot *)r)->index].flow);

	for (u32 steps = 0; i != IDMAP_NONE; i = m->pairs.links[i].next) {
		look_at(f, r, model_row(m, i), i);
		if (++steps > CHAIN_MAX)
			return false;
	}
	return true;
}

/* The one row that has the ends which a translation leads to, in whichever namespace. */
static struct row *translated_peer(struct model *m, const struct row *r)
{
	struct record_socket want = {};
	struct row *found = NULL;
	u32 i, steps = 0;

	if (!nat_other_end(&m->nat, &r->s, &want))
		return NULL;
	i = idmap_get(&m->pairs.flows, address_flow(want.proto, want.laddr, want.lport, want.raddr, want.rport));
	for (; i != IDMAP_NONE; i = m->pairs.links[i].next) {
		struct row *other = model_row(m, i);

		if (++steps > CHAIN_MAX)
			return NULL;
		if (other == r || !is_connected(other) || other->host != r->host || !socket_same_ends(&want, &other->s))
			continue;
		if (found)
			return NULL;
		found = other;
	}
	return found;
}

struct row *model_peer(const struct model *cm, const struct row *of)
{
	/* The index is no part of the picture. */
	struct model *m = (struct model *)cm;
	const struct row *r = row_itself(m, of);
	u32 at = r ? ((const struct slot *)r)->index : 0;
	struct found f = {};

	if (!r || !is_connected(r) || !bring_up_to_date(m) || at >= m->pairs.link_cap || !m->pairs.links[at].flow)
		return NULL;
	if (!look_at_all(m, &f, r) || f.twins_here)
		return NULL;
	if (f.peers_here == 1)
		return model_row(m, f.here);
	if (f.peers_here || f.twins_there)
		return NULL;
	if (f.peers_there)
		return f.peers_there == 1 && is_far(&r->s) ? model_row(m, f.there) : NULL;
	return translated_peer(m, r);
}
