/* Exchanges both of whose ends are on this machine: the server's is told with the client's, as one call. */
#include "address.h"
#include "exchanges_private.h"

#define PEER_ASKED 4                /* times that a socket's other end is looked for: it can come later */
#define LOOKED_AT 16                /* of the other end's newest exchanges */
#define LATE_NS 1000000ULL          /* a request may come in a little later than its client stopped to wait */
#define AMBIGUOUS (IDMAP_NONE - 1U) /* in place of an index: several sockets have these ends */

/* Of both its ends, as this one sees them, or the other. A loopback address is another one in each namespace. */
static u64 flow(const struct record_socket *s, bool other_end)
{
	u64 local = address_hash(s->laddr, s->lport), remote = address_hash(s->raddr, s->rport);
	u64 h = other_end ? remote - local : local - remote; /* whose end it is matters */
	bool here = address_is_loopback(s->laddr, s->family) || address_is_loopback(s->raddr, s->family);

	return idmap_hash(idmap_mix(h, here ? s->netns : 0)) | 1;
}

/* -- sockets ------------------------------------------------------------------------------------------------------- */

static bool is_live(const struct model *m, u64 id)
{
	u32 index = model_find(m, id);

	return index != IDMAP_NONE && !model_row(m, index)->closed;
}

void exchange_pairs_meet(struct model *m, struct exchange_socket *s, const struct row *r)
{
	struct model_exchanges *e = m->exchanges;
	u32 at, own = (u32)(s - e->sockets);

	s->id = r->s.id;
	s->flow = r->s.has & HAS_REMOTE ? flow(&r->s, false) : 0;
	if (!s->flow)
		return;
	/* Who had these ends before has left them, or somebody in another namespace has the same. */
	at = idmap_get(&e->flows, s->flow);
	if (at != IDMAP_NONE && at != own && (at == AMBIGUOUS || is_live(m, e->sockets[at].id)))
		own = AMBIGUOUS;
	if (idmap_set(&e->flows, s->flow, own) < 0)
		s->flow = 0;
}

void exchange_pairs_drop(struct model_exchanges *e, const struct exchange_socket *s)
{
	u32 at = s->flow ? idmap_get(&e->flows, s->flow) : IDMAP_NONE;

	if (at == AMBIGUOUS || at == (u32)(s - e->sockets))
		idmap_remove(&e->flows, s->flow);
}

/* NULL: none was seen so far, or it is not known which one it is. */
static const struct exchange_socket *peer_of(struct model_exchanges *e, struct exchange_socket *s, const struct row *r)
{
	u32 at;

	if (s->flow && !s->peer && s->asked < PEER_ASKED) {
		s->asked++;
		at = idmap_get(&e->flows, flow(&r->s, true));
		if (at < AMBIGUOUS && idmap_get(&e->flows, s->flow) == (u32)(s - e->sockets))
			s->peer = e->sockets[at].id;
	}
	at = s->peer ? idmap_get(&e->ids, s->peer) : IDMAP_NONE;
	return at == IDMAP_NONE ? NULL : &e->sockets[at];
}

/* -- exchanges ----------------------------------------------------------------------------------------------------- */

static bool are_one(const struct exchange *a, const struct exchange *b)
{
	const struct exchange *client = a->role == EXCHANGE_CLIENT ? a : b, *server = client == a ? b : a;

	return client->role != server->role && !a->other && !b->other && client->begin_ns <= server->begin_ns &&
	       server->begin_ns <= client->begin_ns + client->whole_ns + LATE_NS;
}

/* Those of one socket do not overlap: of several requests the last one before it came in, of several that came in the
 * first one after it was sent. */
static struct exchange *other_end(struct model *m, const struct exchange_socket *peer, const struct exchange *x)
{
	struct exchange *found = NULL, *y = peer ? ring_get(&m->exchanges->events, peer->newest) : NULL;

	for (u32 i = 0; y && i < LOOKED_AT; i++, y = ring_get(&m->exchanges->events, y->before))
		if (are_one(x, y) && (!found || x->role == EXCHANGE_CLIENT))
			found = y;
	return found;
}

void exchange_join(struct model *m, struct exchange *client, struct exchange *server)
{
	client->other = server->number;
	server->other = client->number;
	client->served = exchange_has_times(server);
	server->behind = true;
	for (unsigned part = 0; part < EXCHANGE_PARTS; part++)
		client->served_ns[part] = server->ns[part];
	m->exchanges->behind++;
	m->exchanges->pairs++;
	exchange_slow_renew(m->exchanges, client);
	exchange_slow_renew(m->exchanges, server);
}

bool exchange_pair(struct model *m, struct exchange_socket *s, const struct row *r, struct exchange *x)
{
	struct exchange *y = other_end(m, peer_of(m->exchanges, s, r), x);

	if (y)
		exchange_join(m, x->role == EXCHANGE_CLIENT ? x : y, x->role == EXCHANGE_CLIENT ? y : x);
	return y;
}
