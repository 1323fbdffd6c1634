/* Calls over datagrams: there is no connection whose edges could be seen, so that what is said makes the exchange. A
 * question that is asked again, also from another socket, stays one; one that nobody answers is over at some time. */
#include <string.h>

#include "address.h"
#include "array.h"
#include "clock.h"
#include "requests_private.h"
#include "resolvers.h"

#define PATIENCE_NS (DATAGRAM_PATIENCE * NSEC_PER_SEC)
#define AGAIN_NS (30 * NSEC_PER_SEC) /* what is asked later than that is a new question */
#define LOOKED_AT 64                 /* of a server's newest exchanges, for the other end of one */
#define DNS_PORT 53
#define ENDS_OF_SEVERAL (IDMAP_NONE - 1U)

bool dialogue_believed(const struct dialogue *d)
{
	return conversation_sure(d->said) || (!d->head.turn && d->port == DNS_PORT && conversation_protocol(d->said));
}

/* -- asked again --------------------------------------------------------------------------------------------------- */

static u64 question_of(const struct model *m, const struct dialogue *d, const struct call *call)
{
	u32 index = model_find(m, d->socket);
	const struct row *r = index == IDMAP_NONE ? NULL : model_row(m, index);
	u64 h = idmap_mix(address_hash(d->server, d->port), call->id);

	/* A program may ask again from another socket. */
	if (d->role == EXCHANGE_SERVER)
		h = idmap_mix(h, address_hash(d->head.raddr, d->head.rport));
	if (r)
		h = idmap_mix(h, (u64)r->s.netns << 32 | (r->s.has & HAS_OWNER ? r->s.pid : 0));
	return idmap_hash(idmap_mix_text(h, call->shown)) | 1;
}

/* One that this program has asked of this server before, and of which no answer has come yet; NULL: it has not. The
 * map has the lower half of a call's number. */
static struct said *before(const struct model *m, u64 question, u64 ns)
{
	const struct model_requests *q = m->requests;
	u64 newest = q->calls.end - 1;
	u32 at = idmap_get(&q->questions, question);
	struct said *s = at == IDMAP_NONE ? NULL : ring_get(&q->calls, newest - (u32)((u32)newest - at));

	return s && s->question == question && !s->answered && ns - s->asked < AGAIN_NS ? s : NULL;
}

bool datagram_asked(struct model *m, struct dialogue *d, const struct call *call, struct said *s)
{
	struct said *old;

	s->asked = s->ns;
	s->question = question_of(m, d, call);
	s->bytes = d->head.seq;
	old = before(m, s->question, s->ns);
	if (!old)
		return false;
	m->requests->rows[old->request].again++;
	if (dialogue_believed(d))
		resolver_silent(m, d);
	if (old->turned == d->key) {
		old->asked = s->ns;
		return true;
	}
	/* The socket that asks now waits for the answer, since it was asked first. */
	s->ns = old->ns;
	s->again = true;
	old->answered = true;
	return false;
}

void datagram_keep(struct model *m, const struct dialogue *d, struct said *s, u64 number)
{
	s->turned = d->key;
	s->number = number;
	if (idmap_set(&m->requests->questions, s->question, (u32)number) < 0)
		s->question = 0;
}

static void forget(struct model_requests *q, struct said *s)
{
	if (s->question)
		idmap_remove(&q->questions, s->question);
	s->question = 0;
}

/* -- over ---------------------------------------------------------------------------------------------------------- */

/* The server's end of the same call, where it is on this machine; NULL: it is not, or has not seen it. */
static struct exchange *other_end(const struct model *m, const struct dialogue *d, const struct exchange *of)
{
	const struct dialogue *server = dialogue_server(m, d);
	u32 index = server ? model_find(m, server->socket) : IDMAP_NONE;
	const struct row *r = index == IDMAP_NONE ? NULL : model_row(m, index);
	const struct exchange_socket *s = r ? exchange_kept(m, r) : NULL;
	struct exchange *x = s ? exchange_get(m, s->newest) : NULL;

	for (u32 i = 0; x && i < LOOKED_AT; i++, x = exchange_get(m, x->before))
		if (x->call == of->call && x->role == EXCHANGE_SERVER && !x->other && x->begin_ns >= of->begin_ns)
			return x;
	return NULL;
}

/* The socket as this conversation sees it: it may have others with others. */
static struct row end_of(const struct dialogue *d, const struct row *r)
{
	struct row at = *r;

	memcpy(at.s.laddr, d->head.laddr, sizeof(at.s.laddr));
	memcpy(at.s.raddr, d->head.raddr, sizeof(at.s.raddr));
	at.s.rport = d->head.rport;
	at.s.family = d->head.family;
	at.s.has |= HAS_REMOTE;
	return at;
}

static void put_exchange(struct model *m, const struct dialogue *d, const struct said *s,
			 const struct record_exchange *rec)
{
	u32 index = model_find(m, d->socket);
	const struct row *r = index == IDMAP_NONE ? NULL : model_row(m, index);
	struct exchange *x;
	struct row end;

	if (!r)
		return;
	end = end_of(d, r);
	x = exchange_say(m, r, &end, rec);
	if (!x)
		return;
	x->request = s->request + 1;
	x->status = s->answered ? s->status : 0;
	x->call = idmap_hash(idmap_mix(d->flow, s->id)) | 1;
	exchange_said(m, x, d->role == EXCHANGE_CLIENT ? other_end(m, d, x) : NULL);
}

/* How a call ended. */
struct ending {
	u64 ns;         /* so long after the request */
	u64 wait;       /* of the answer, until it was read; 0: not known */
	u32 bytes;      /* of the answer */
	unsigned flags; /* enum exchange_flags */
};

/* Of two ends on this machine the server's counts. */
static void put_time(struct model *m, const struct dialogue *d, const struct said *s, const struct record_exchange *rec)
{
	struct timing t = {.role = d->role, .whole_ns = rec->ns[EXCHANGE_AWAY] + rec->ns[EXCHANGE_THINK]};

	if (rec->flags || dialogue_server(m, d))
		return;
	t.whole_ns += rec->ns[EXCHANGE_WAIT];
	memcpy(t.ns, rec->ns, sizeof(t.ns));
	request_time(&m->requests->rows[s->request], &t, 1);
}

static void over(struct model *m, struct dialogue *d, struct said *s, const struct ending *e)
{
	bool server = d->role == EXCHANGE_SERVER;
	u64 read = s->read > s->ns ? MIN(s->read - s->ns, e->ns) : 0;
	struct record_exchange rec = {.begin_ns = s->ns,
				      .role = d->role,
				      .flags = (u8)e->flags,
				      .tx_bytes = server ? e->bytes : s->bytes,
				      .rx_bytes = server ? s->bytes : e->bytes};

	rec.ns[server ? EXCHANGE_THINK : EXCHANGE_AWAY] = e->ns - (server ? read : 0);
	rec.ns[EXCHANGE_WAIT] = server ? read : e->wait;
	put_time(m, d, s, &rec);
	put_exchange(m, d, s, &rec);
}

/* The oldest call without an answer; what was asked again is later than those behind it, but not for long. */
static struct said *waiting(const struct model *m, struct dialogue *d)
{
	struct said *s = d->unanswered ? ring_get(&m->requests->calls, d->unanswered) : NULL;

	for (; s && s->answered; s = s->next ? ring_get(&m->requests->calls, s->next) : NULL)
		d->unanswered = s->next;
	return s;
}

/* -- read ---------------------------------------------------------------------------------------------------------- */

/* false: it is not told when, or there is no room. */
static bool wait_for_read(struct model *m, const struct dialogue *d, const struct said *s)
{
	struct model_requests *q = m->requests;

	if (!q->reads || q->unread_count == UNREAD_MAX ||
	    array_append(&q->unread, &q->unread_cap, q->unread_count, sizeof(*q->unread)) < 0)
		return false;
	q->unread[q->unread_count++] = (struct unread){.call = s->number,
						       .key = d->key,
						       .id = s->id,
						       .ns = d->head.time_ns,
						       .tick = m->tick.number,
						       .bytes = d->head.seq};
	return true;
}

/* ns: when it was read; 0: that is not known. */
static void end_unread(struct model *m, u32 at, u64 ns)
{
	struct model_requests *q = m->requests;
	const struct unread u = q->unread[at];
	struct dialogue *d = dialogue_find(m, u.key);
	struct said *s = ring_get(&q->calls, u.call);

	memmove(&q->unread[at], &q->unread[at + 1], (q->unread_count - at - 1) * sizeof(u));
	q->unread_count--;
	if (d && s)
		over(m, d, s,
		     &(struct ending){.ns = u.ns - s->ns, .wait = ns > u.ns ? ns - u.ns : 0, .bytes = u.bytes});
}

void datagrams_unread(struct model *m)
{
	struct model_requests *q = m->requests;

	while (q->unread_count && q->unread[0].tick + EXCHANGE_PATIENCE <= m->tick.number)
		end_unread(m, 0, 0);
}

static void read_answer(struct model *m, const struct dialogue *d, u16 number, u64 ns)
{
	struct model_requests *q = m->requests;

	for (u32 i = 0; i < q->unread_count; i++)
		if (q->unread[i].key == d->key && q->unread[i].id == number) {
			end_unread(m, i, ns);
			return;
		}
}

static void read_request(struct model *m, struct dialogue *d, u16 number, u64 ns)
{
	for (struct said *s = waiting(m, d); s; s = s->next ? ring_get(&m->requests->calls, s->next) : NULL)
		if (!s->answered && !s->read && s->id == number) {
			s->read = ns;
			return;
		}
}

u64 datagram_ends(const struct beginning *b, u16 lport)
{
	/* Whose end it is matters. */
	return idmap_hash(address_hash(b->laddr, lport) - address_hash(b->raddr, b->rport)) | 1;
}

int datagram_meet(struct model *m, struct dialogue *d, u64 ends)
{
	struct model_requests *q = m->requests;
	u32 own = (u32)(d - q->dialogues), at = idmap_get(&q->ends, ends);
	u32 row = at < ENDS_OF_SEVERAL ? model_find(m, q->dialogues[at].socket) : IDMAP_NONE;

	/* In another namespace. Who had these ends before on this one is gone. */
	if (at == ENDS_OF_SEVERAL || (row != IDMAP_NONE && !model_row(m, row)->closed))
		own = ENDS_OF_SEVERAL;
	d->ends = ends;
	return idmap_set(&q->ends, ends, own);
}

void datagram_part(struct model *m, const struct dialogue *d)
{
	u32 at = d->ends ? idmap_get(&m->requests->ends, d->ends) : IDMAP_NONE;

	if (at == ENDS_OF_SEVERAL || at == (u32)(d - m->requests->dialogues))
		idmap_remove(&m->requests->ends, d->ends);
}

bool datagram_read(struct model *m, const struct beginning_coming *c)
{
	struct model_requests *q = m->requests;
	u32 at = idmap_get(&q->ends, datagram_ends(&c->head, c->lport));
	struct dialogue *d = at < ENDS_OF_SEVERAL ? &q->dialogues[at] : NULL;

	if (!d || d->since == m->tick.number)
		return at == ENDS_OF_SEVERAL;
	if (d->role == EXCHANGE_SERVER)
		read_request(m, d, c->number, c->head.time_ns);
	else
		read_answer(m, d, c->number, c->head.time_ns);
	return true;
}

void datagram_answered(struct model *m, struct dialogue *d, struct said *s)
{
	struct ending e = {.ns = d->head.time_ns - s->ns, .bytes = d->head.seq};

	if (d->head.time_ns < s->ns)
		return;
	resolver_answered(m, d, s, e.ns);
	if (d->role == EXCHANGE_SERVER || !wait_for_read(m, d, s))
		over(m, d, s, &e);
	forget(m->requests, s);
}

void datagrams_forget(struct model *m, struct dialogue *d)
{
	struct said *s;

	for (; (s = waiting(m, d)); d->unanswered = s->next)
		forget(m->requests, s);
}

void datagrams_overdue(struct model *m, struct dialogue *d)
{
	struct said *s;

	while (dialogue_believed(d) && (s = waiting(m, d)) && s->asked + PATIENCE_NS <= m->tick.time_ns) {
		d->unanswered = s->next;
		resolver_silent(m, d);
		over(m, d, s,
		     &(struct ending){.ns = s->asked + PATIENCE_NS - s->ns,
				      .flags = EXCHANGE_NO_ANSWER | EXCHANGE_TIMED_OUT});
		forget(m->requests, s);
	}
}
