/* What a TCP socket's drops are: its counter when it was first seen, the packets that were charged to it since, and the
 * SYNs that a listener refused. A connection's own counter (sk_drops) includes packets that need not be sent again; a
 * listener's counts the last segment of a refused handshake twice (in tcp_check_req(), and again in tcp_v4_rcv()), and
 * a SYN that it refuses makes no event. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "losses_private.h"

#define REFUSED_MAX 1000   /* events for one listener in a tick: more are only counted */
#define LISTENERS_MAX 4096 /* with refusals */
#define LAST_ACK 2         /* how often a listener counts that of a handshake */

static bool is_listener(const struct record_socket *s)
{
	return s->proto == IPPROTO_TCP && (s->state == STATE_LISTEN || s->last_state == STATE_LISTEN);
}

/* Removes listeners that are gone. */
static void sweep(struct model *m)
{
	struct losses *l = m->losses;
	u32 kept = 0;

	idmap_clear(&l->listener_ids);
	for (u32 i = 0; i < l->listener_count; i++) {
		if (model_find(m, l->listeners[i].id) == IDMAP_NONE ||
		    idmap_set(&l->listener_ids, l->listeners[i].id, kept) < 0)
			continue;
		l->listeners[kept++] = l->listeners[i];
	}
	l->listener_count = kept;
}

/* Made if it is new, with its counter at `counter`. NULL: no room. */
static struct loss_listener *listener_of(struct model *m, u64 id, u32 counter)
{
	struct losses *l = m->losses;
	u32 i = idmap_get(&l->listener_ids, id);

	if (i != IDMAP_NONE)
		return &l->listeners[i];
	if (!l->listeners)
		l->listeners = calloc(LISTENERS_MAX, sizeof(*l->listeners));
	if (l->listener_count == LISTENERS_MAX)
		sweep(m);
	if (!l->listeners || l->listener_count == LISTENERS_MAX ||
	    idmap_set(&l->listener_ids, id, l->listener_count) < 0)
		return NULL;
	l->listeners[l->listener_count] = (struct loss_listener){.id = id, .counter = counter};
	return &l->listeners[l->listener_count++];
}

static void note_counter(struct model *m, u64 id, u32 before, u32 now)
{
	struct loss_listener *k = NULL;

	if (now != before || idmap_get(&m->losses->listener_ids, id) != IDMAP_NONE)
		k = listener_of(m, id, before);
	if (!k)
		return;
	k->moved += now > k->counter ? now - k->counter : 0;
	k->counter = now;
}

void losses_load_listener(struct model *m, u64 id, const struct record_charge *rec)
{
	struct loss_listener *k = listener_of(m, id, rec->counter);

	/* Without room for it its next refusals are not told from what it counts besides. */
	if (!k)
		return;
	k->counter = rec->counter;
	k->owed = rec->owed;
	k->owed_tick = m->ticks;
}

void losses_own_drops(struct model *m, const struct row *r, struct record_socket *fresh)
{
	u32 counter = fresh->drops;
	bool ours = fresh->has & HAS_BIRTH && !(fresh->flags & SOCKET_SEEDED);

	if (!(fresh->has & HAS_DROPS))
		return;
	if (fresh->proto == IPPROTO_TCP && m->losses->known) {
		if (r && r->s.has & HAS_DROPS)
			fresh->drops = r->s.drops;
		else if (ours)
			fresh->drops = 0;
		if (is_listener(fresh))
			note_counter(m, fresh->id, fresh->drops, counter);
	}
	losses_add_charged(m, fresh);
}

/* How often the listener's counter includes a packet that has an event; in doubt twice. */
static u32 weight(const struct model *m, const struct loss *e)
{
	char reason[RECORD_NAME_LEN];

	loss_reason(m, &e->r, reason, sizeof(reason));
	/* Dropped before it reached TCP: the listener was found only by its address. */
	if (e->marks & LOSS_BY_ADDRESS && *reason && strncmp(reason, "TCP_", 4) != 0 &&
	    strcmp(reason, "NOT_SPECIFIED") != 0)
		return 0;
	return (e->r.tcp_flags & (TCP_SYN | TCP_RST | TCP_ACK)) == TCP_ACK ? LAST_ACK : 1;
}

static void note_refused(const struct model *m, struct loss_listener *k, u32 n)
{
	u64 coming = (u64)m->ticks + 1;

	k->refused = k->refused_tick == coming ? k->refused + n : n;
	k->refused_tick = coming;
}

bool losses_refused(const struct model *m, const struct row *r, u32 *n)
{
	u32 i = idmap_get(&m->losses->listener_ids, r->s.id);
	const struct loss_listener *k = i == IDMAP_NONE ? NULL : &m->losses->listeners[i];

	*n = k && k->refused_tick == m->ticks ? k->refused : 0;
	return m->losses->known;
}

void losses_note_charged(struct model *m, const struct row *r, const struct loss *e)
{
	struct loss_listener *k = is_listener(&r->s) ? listener_of(m, r->s.id, r->s.drops) : NULL;

	if (!k)
		return;
	k->owed += weight(m, e);
	k->owed_tick = m->ticks;
	if (weight(m, e) == LAST_ACK)
		note_refused(m, k, 1);
}

static void tell(struct model *m, struct slot *s, u32 n)
{
	struct losses *l = m->losses;
	const struct record_socket *r = &s->row.s;
	struct record_loss event = {
	    .id = r->id,
	    .time_ns = r->sample_ns,
	    .netns = r->netns,
	    .socket_netns = r->netns,
	    .lport = r->lport,
	    .segments = 1,
	    .flags = LOSS_SOCKET | LOSS_LOCAL | LOSS_REFUSED,
	    .kind = LOSS_DROP,
	    .family = r->family,
	    .proto = r->proto,
	    .state = STATE_LISTEN,
	};
	struct error err;

	memcpy(event.laddr, r->laddr, sizeof(event.laddr));
	if (loss_count_own(m, &event, n, &err) < 0)
		return;
	losses_charge(m, s, n);
	for (u32 i = 0; i < MIN(n, (u32)REFUSED_MAX); i++)
		if (loss_add(m, &event, &err) < 0)
			return;
	l->untold += n - MIN(n, (u32)REFUSED_MAX);
	l->worth.limited += n - MIN(n, (u32)REFUSED_MAX);
}

void losses_refuse(struct model *m)
{
	struct losses *l = m->losses;
	bool settled = l->settled == losses_newest(l);

	for (u32 i = 0; i < l->listener_count; i++) {
		struct loss_listener *k = &l->listeners[i];
		u32 moved = k->moved, row = moved ? model_find(m, k->id) : IDMAP_NONE, told;

		k->moved = 0;
		/* An event can be a tick ahead of the counter. */
		if (k->owed_tick + 1 < m->ticks)
			k->owed = 0;
		told = MIN(moved, k->owed);
		k->owed -= told;
		/* If not every event was reported, it is unknown which of them are in the counter. */
		if (row == IDMAP_NONE || moved <= told || !l->all_told)
			continue;
		note_refused(m, k, moved - told);
		tell(m, model_slot(m, row), moved - told);
	}
	if (settled)
		l->settled = losses_newest(l);
}
