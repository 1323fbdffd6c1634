/* Makes events of the beginnings and ends of rows, and looks them up. */
#include "lives_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

int lives_init(struct model *m)
{
	m->lives = calloc(1, sizeof(*m->lives));
	if (!m->lives)
		return -ENOMEM;
	ring_init(&m->lives->events, sizeof(struct life), LIVES_MAX);
	return sliding_init(&m->lives->recent, 1);
}

void lives_deinit(struct model *m)
{
	if (!m->lives)
		return;
	ring_deinit(&m->lives->events);
	idmap_deinit(&m->lives->openings);
	sliding_deinit(&m->lives->recent);
	free(take(m->lives));
}

/* The oldest event is about to be replaced. */
static void forget_oldest(struct lives *l, u64 tick)
{
	const struct life *old = ring_get(&l->events, l->events.first);

	l->unseen += old->tick == tick;
	if (idmap_get(&l->openings, old->r.s.id) == (u32)old->number)
		idmap_remove(&l->openings, old->r.s.id);
}

/* Without memory for it there is no event: the row stays. */
static struct life *life_add(struct model *m, enum life_event event, const struct record_socket *s)
{
	struct lives *l = m->lives;
	struct life *e;

	l->total[event]++;
	if (ring_reserve(&l->events) > 0)
		forget_oldest(l, m->tick.number + 1);
	e = ring_add(&l->events);
	if (!e)
		return NULL;
	e->r = (struct row){.s = *s, .live = 1, .past = 1};
	e->r.rx_rate = e->r.tx_rate = e->r.rx_smooth = e->r.tx_smooth = NAN;
	e->r.host = (u8)m->host.number;
	e->number = l->events.end - 1;
	e->r.first_tick = e->tick = m->tick.number + 1;
	e->event = (u8)event;
	return e;
}

static bool lacks(const struct record_socket *s)
{
	return !(s->has & HAS_OWNER) || (!s->connect_us && s->dir == DIR_OUT);
}

/* What it has had since its beginning, when a tick sees it first or it has already ended, belongs to other events. */
static void forget_later(struct record_socket *s)
{
	static const u8 states[] = {
	    [DIR_OUT] = STATE_SYN_SENT, [DIR_IN] = STATE_ESTABLISHED, [DIR_LISTEN] = STATE_LISTEN};

	s->has &= HAS_OWNER | HAS_UID | HAS_REMOTE | HAS_BIRTH | HAS_CGROUP;
	s->state = states[s->dir];
	s->last_state = STATE_UNKNOWN;
	s->ended_by = ENDED_UNKNOWN;
	s->error = 0;
}

static void began(struct model *m, const struct record_socket *s)
{
	static const u8 events[] = {[DIR_OUT] = LIFE_OPEN, [DIR_IN] = LIFE_ACCEPT, [DIR_LISTEN] = LIFE_LISTEN};
	struct life *e;

	if (s->proto != IPPROTO_TCP || !(s->has & HAS_BIRTH) || s->dir == DIR_UNKNOWN)
		return;
	e = life_add(m, events[s->dir], s);
	if (!e)
		return;
	forget_later(&e->r.s);
	if (lacks(s) && !(s->flags & SOCKET_ENDED) && idmap_set(&m->lives->openings, s->id, (u32)e->number) < 0)
		return; /* no memory: it will lack that */
}

/* The beginning of this socket, as long as it is kept and lacks something; or NULL. */
static struct life *opening(const struct lives *l, u64 id)
{
	u32 low = idmap_get(&l->openings, id);
	struct life *e = low == IDMAP_NONE ? NULL : ring_get(&l->events, ring_number(&l->events, low));

	return e && e->r.s.id == id ? e : NULL;
}

static void complete(struct lives *l, const struct record_socket *fresh)
{
	struct life *e = opening(l, fresh->id);

	if (!e)
		return;
	if (!(e->r.s.has & HAS_OWNER) && fresh->has & HAS_OWNER) {
		memcpy(e->r.s.comm, fresh->comm, sizeof(e->r.s.comm));
		e->r.s.pid = fresh->pid;
		e->r.s.owner = fresh->owner;
		e->r.s.has |= HAS_OWNER;
	}
	if (!e->r.s.connect_us)
		e->r.s.connect_us = fresh->connect_us;
	if (!lacks(&e->r.s))
		idmap_remove(&l->openings, fresh->id);
}

/* Called for every record: most tell of no beginning, and of nothing that one lacks. A socket can be known before it
 * listens or connects: as soon as it is bound. */
void lives_came(struct model *m, const struct row *r, const struct record_socket *fresh)
{
	u64 more = fresh->has & ~(r ? r->s.has : 0);

	if (fresh->dir == DIR_OUT && fresh->connect_us && !(r && r->s.connect_us))
		histogram_add(&m->lives->connect, fresh->connect_us * NSEC_PER_USEC, 1);
	if (more & HAS_BIRTH)
		began(m, fresh);
	else if (r && (more & HAS_OWNER || (!r->s.connect_us && fresh->connect_us)))
		complete(m->lives, fresh);
}

void lives_ended(struct model *m, const struct record_socket *s, u64 ended_ns)
{
	struct life *e;

	if (s->proto != IPPROTO_TCP)
		return;
	e = life_add(m, s->last_state == STATE_SYN_SENT ? LIFE_FAIL : LIFE_CLOSE, s);
	if (!e)
		return;
	e->r.closed = 1;
	e->r.s.ended_ns = ended_ns;
	if (m->lives->coming.id != s->id)
		return;
	e->left_ns = m->lives->coming.left_ns;
	e->last_ns = m->lives->coming.last_ns;
}

void take_life(struct model *m, const struct record_life *rec)
{
	m->lives->coming = *rec;
	m->lives->coming.id = model_key(m, rec->id);
}

void lives_end_tick(struct model *m, u64 elapsed_ns)
{
	struct lives *l = m->lives;

	for (unsigned e = LIFE_OPEN; e < LIFE_EVENTS; e++) {
		u64 moved = l->total[e] - l->total_before[e];

		l->total_before[e] = l->total[e];
		l->rates[e] = elapsed_ns ? (double)moved * (double)NSEC_PER_SEC / (double)elapsed_ns : NAN;
	}
	if (l->connect.n != l->recent.now[0].n && sliding_take(&l->recent, m->ticks + 1, &l->connect) < 0)
		return; /* no memory: the times stay as they were */
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

u64 model_lives_total(const struct model *m, enum life_event event)
{
	return m->lives->total[event];
}

double model_lives_rate(const struct model *m, enum life_event event)
{
	return m->ticks ? m->lives->rates[event] : NAN;
}

bool model_connect_times(const struct model *m, struct histogram_figures *f)
{
	struct histogram h;

	return sliding_get(&m->lives->recent, 0, SLIDING_RECENT, m->ticks, &h) && histogram_figures(&h, f);
}

const struct ring *model_lives(const struct model *m)
{
	return &m->lives->events;
}

u64 model_lives_newest(const struct model *m)
{
	return m->lives->events.end - 1;
}

u64 model_lives_unseen(const struct model *m)
{
	return m->lives->unseen;
}

const struct life *model_life(const struct model *m, u64 number)
{
	return ring_get(&m->lives->events, number);
}

u64 life_time(const struct life *l)
{
	return l->r.closed ? l->r.s.ended_ns : l->r.s.birth_ns;
}

/* The steps of a life: each state and when it was entered. Between ESTABLISHED and the end there are two at most
 * (RFC 9293, figure 5). Returns how many. */
static unsigned steps(const struct life *l, struct life_state at[LIFE_STATES])
{
	const struct record_socket *s = &l->r.s;
	u8 first =
	    s->last_state == STATE_CLOSE_WAIT || s->last_state == STATE_LAST_ACK ? STATE_CLOSE_WAIT : STATE_FIN_WAIT1;
	bool handshake = s->dir == DIR_OUT && s->connect_us && s->last_state != STATE_SYN_SENT;
	u64 connect_ns = handshake ? s->connect_us * NSEC_PER_USEC : 0;
	unsigned n = 0;

	if (s->birth_ns && handshake)
		at[n++] = (struct life_state){STATE_SYN_SENT, s->birth_ns};
	if (s->birth_ns && s->last_state != STATE_LISTEN && s->last_state != STATE_SYN_SENT)
		at[n++] = (struct life_state){STATE_ESTABLISHED, s->birth_ns + connect_ns};
	if (l->left_ns)
		at[n++] = (struct life_state){first, l->left_ns};
	if (l->last_ns && n < LIFE_STATES && (!n || at[n - 1].state != s->last_state))
		at[n++] = (struct life_state){s->last_state, l->last_ns};
	return n;
}

unsigned life_states(const struct life *l, struct life_state at[LIFE_STATES])
{
	unsigned n = l->r.closed && l->r.s.last_state ? steps(l, at) : 0;
	u64 end = l->r.s.ended_ns;

	for (unsigned i = n; i-- > 0;) {
		u64 began = MIN(at[i].ns, end);

		at[i].ns = end - began;
		end = began;
	}
	return n;
}

const char *life_event_name(unsigned event)
{
	static const char *const names[LIFE_EVENTS] = {"?", "open", "accept", "listen", "fail", "close"};

	return event < LIFE_EVENTS ? names[event] : names[0];
}
