/* Conversations: hands the beginnings of turns to who understands them, and keeps what they say until it is answered,
 * and until its exchange tells how long it took. */
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "array.h"
#include "requests_private.h"

#define SILENT_TICKS 60   /* a conversation of datagrams is forgotten after so many, others where there is no room */
#define SILENT_FEW 2      /* … where there is no room, and nothing is waited for */
#define SWEPT 64          /* conversations that each new one looks at for that */
#define ANSWERS_AHEAD 256 /* calls that an answer with an id is looked for among */
#define EARLY_NS 1000000  /* a server's request passes before it is queued: at most so long, if the socket is in use */

static struct said *call_at(const struct model *m, u64 number)
{
	return number ? ring_get(&m->requests->calls, number) : NULL;
}

/* -- who talks to whom --------------------------------------------------------------------------------------------- */

static u64 key_of(u64 id, const struct beginning *b)
{
	return b->turn ? id : idmap_hash(id ^ address_hash(b->raddr, b->rport)) | 1;
}

struct dialogue *dialogue_find(const struct model *m, u64 key)
{
	u32 at = m->requests->dialogue_end ? idmap_get(&m->requests->dialogue_ids, key) : IDMAP_NONE;

	return at == IDMAP_NONE ? NULL : &m->requests->dialogues[at];
}

const char *row_protocol(const struct model *m, const struct row *r)
{
	struct beginning b = {.rport = r->s.rport, .turn = r->s.proto == IPPROTO_TCP};
	const struct dialogue *d;

	memcpy(b.raddr, r->s.raddr, sizeof(b.raddr));
	d = dialogue_find(m, key_of(r->s.id, &b));
	return d ? conversation_word(d->said) : NULL;
}

/* Who opened the connection asks. Where nobody has seen that, an exchange says it, or the lower port. */
static u8 role_of(const struct model *m, const struct row *r, const struct beginning *b)
{
	const struct exchange *x;

	if (!b->turn)
		return r->s.lport < b->rport ? EXCHANGE_SERVER : EXCHANGE_CLIENT;
	if (r->s.dir == DIR_IN || r->s.dir == DIR_OUT)
		return r->s.dir == DIR_IN ? EXCHANGE_SERVER : EXCHANGE_CLIENT;
	x = row_exchange(m, r);
	if (x)
		return x->role;
	return r->s.lport < r->s.rport ? EXCHANGE_SERVER : EXCHANGE_CLIENT;
}

/* What both ends have in common. On loopback other namespaces have the same addresses. */
static u64 flow_of(const struct row *r, const struct beginning *b)
{
	const u8 *remote = b->turn ? r->s.raddr : b->raddr;
	u64 flow = address_flow(r->s.proto, b->turn ? r->s.laddr : b->laddr, r->s.lport, remote,
				b->turn ? r->s.rport : b->rport);

	return address_is_loopback(remote, b->turn ? r->s.family : b->family) ? idmap_hash(flow ^ r->s.netns) | 1
									      : flow;
}

static void set_ends(const struct model *m, struct dialogue *d, const struct row *r, const struct beginning *b)
{
	const u8 *remote = b->turn ? r->s.raddr : b->raddr;
	u16 rport = b->turn ? r->s.rport : b->rport;
	bool server;

	d->role = role_of(m, r, b);
	server = d->role == EXCHANGE_SERVER;
	d->flow = flow_of(r, b);
	d->family = b->turn ? r->s.family : b->family;
	d->port = server ? r->s.lport : rport;
	memcpy(d->server, !server ? remote : b->turn ? r->s.laddr : b->laddr, sizeof(d->server));
}

static void forget(struct model *m, u32 index)
{
	struct model_requests *q = m->requests;
	struct dialogue *d = &q->dialogues[index];

	if (!d->key)
		return;
	dialogue_settle(m, d);
	if (!d->head.turn)
		datagrams_forget(m, d);
	datagram_part(m, d);
	idmap_remove(&q->dialogue_ids, d->key);
	if (idmap_get(&q->servers, d->flow) == index)
		idmap_remove(&q->servers, d->flow);
	conversation_free(d->said);
	buf_deinit(&d->pending);
	*d = (struct dialogue){};
}

void dialogue_end(struct model *m, struct dialogue *d)
{
	forget(m, (u32)(d - m->requests->dialogues));
}

/* Who asks name servers has a socket for each question: of these there may be many. */
static bool is_silent(const struct model *m, const struct dialogue *d)
{
	bool full = m->requests->dialogue_end == DIALOGUES_MAX, datagrams = d->key != d->socket;
	u64 ticks = datagrams && full && !d->unanswered ? SILENT_FEW : SILENT_TICKS;

	return d->key && d->seen + ticks < m->tick.number && (datagrams || full);
}

/* A place for one more; IDMAP_NONE: there is none. Looks at a few of those that there are, whether they have long been
 * silent. */
static u32 place(struct model *m)
{
	struct model_requests *q = m->requests;

	for (u32 i = 0; i < MIN((u32)SWEPT, q->dialogue_end); i++) {
		u32 at = q->sweep++ % q->dialogue_end;
		struct dialogue *d = &q->dialogues[at];

		if (is_silent(m, d))
			forget(m, at);
		if (!d->key)
			return at;
	}
	if (q->dialogue_end == DIALOGUES_MAX ||
	    array_append(&q->dialogues, &q->dialogue_cap, q->dialogue_end, sizeof(*q->dialogues)) < 0)
		return IDMAP_NONE;
	q->dialogues[q->dialogue_end] = (struct dialogue){};
	return q->dialogue_end++;
}

struct dialogue *dialogue_of(struct model *m, const struct row *r, const struct beginning *b)
{
	struct model_requests *q = m->requests;
	u64 key = key_of(r->s.id, b);
	struct dialogue *d = dialogue_find(m, key);
	unsigned flags = (b->turn ? 0U : CONVERSATION_DATAGRAMS) |
			 (b->turn && !(b->flags & BEGINNING_FIRST) ? CONVERSATION_OLDER : 0U);
	u32 at;

	if (d)
		return d;
	at = place(m);
	if (at == IDMAP_NONE || idmap_set(&q->dialogue_ids, key, at) < 0)
		return NULL;
	d = &q->dialogues[at];
	*d = (struct dialogue){.key = key,
			       .socket = r->s.id,
			       .since = m->tick.number,
			       .seen = m->tick.number,
			       .said = conversation_new(flags)};
	set_ends(m, d, r, b);
	if (d->role == EXCHANGE_SERVER && idmap_set(&q->servers, d->flow, at) < 0)
		d->flow = 0;
	if (!b->turn && datagram_meet(m, d, datagram_ends(b, r->s.lport)) < 0)
		d->ends = 0;
	if (d->said)
		return d;
	forget(m, at);
	return NULL;
}

struct dialogue *dialogue_server(const struct model *m, const struct dialogue *d)
{
	const struct model_requests *q = m->requests;
	u32 at = d->role == EXCHANGE_CLIENT ? idmap_get(&q->servers, d->flow) : IDMAP_NONE;

	return at == IDMAP_NONE ? NULL : &q->dialogues[at];
}

/* -- what is said -------------------------------------------------------------------------------------------------- */

struct telling {
	struct model *m;
	struct dialogue *d;
};

/* What was told of a protocol that is taken back was wrong. */
static void check_guess(struct dialogue *d)
{
	const struct protocol *now = conversation_protocol(d->said);

	if (d->taken && d->taken != now)
		d->unanswered = d->untimed = d->uncounted = 0;
	d->taken = now;
}

static void put_call(struct model *m, struct dialogue *d, const struct said *call)
{
	struct ring *calls = &m->requests->calls;
	struct said *s = ring_add(calls), *before;
	u64 number = calls->end - 1;

	if (!s) {
		m->requests->unseen++;
		return;
	}
	check_guess(d);
	*s = *call;
	before = call_at(m, d->last);
	if (before)
		before->next = number;
	d->last = number;
	if (!d->head.turn)
		datagram_keep(m, d, s, number);
	d->unanswered = call_at(m, d->unanswered) ? d->unanswered : number;
	d->untimed = call_at(m, d->untimed) ? d->untimed : number;
	d->uncounted = call_at(m, d->uncounted) ? d->uncounted : number;
}

static void tell_request(void *context, const struct call *call)
{
	struct telling *t = context;
	struct model_requests *q = t->m->requests;
	struct said s = {.ns = t->d->head.time_ns,
			 .turn = t->d->head.turn,
			 .id = call->id,
			 .has_id = call->has_id,
			 .answered = call->unanswered};

	s.request = request_of(t->m, t->d, conversation_word(t->d->said), q->values ? call->shown : call->name);
	if (s.request == IDMAP_NONE)
		q->unseen++;
	else if (!t->d->head.turn ? datagram_asked(t->m, t->d, call, &s) : call->again)
		q->rows[s.request].again += t->d->head.turn != 0;
	else
		put_call(t->m, t->d, &s);
}

/* The call that is answered: the one with this id, or the oldest without an answer. */
static struct said *answered(const struct model *m, struct dialogue *d, const struct call *call)
{
	struct said *s = call_at(m, d->unanswered);

	for (unsigned i = 0; s && i < ANSWERS_AHEAD; i++, s = call_at(m, s->next))
		if (!s->answered && s->has_id == call->has_id && (!s->has_id || s->id == call->id))
			return s;
	return NULL;
}

static void tell_answer(void *context, const struct call *call)
{
	struct telling *t = context;
	struct model_requests *q = t->m->requests;
	struct said *s = answered(t->m, t->d, call);
	u32 status;

	if (!s)
		return;
	status = q->statuses.count < STATUSES_MAX ? column_texts_add(&q->statuses, call->status) : 0;
	s->answered = true;
	s->error = call->error;
	s->refused = call->refused;
	s->status = status == IDMAP_NONE ? 0 : status;
	if (s->counted && !dialogue_server(t->m, t->d))
		request_answered(&q->rows[s->request], s);
	if (!t->d->head.turn)
		datagram_answered(t->m, t->d, s);
	for (s = call_at(t->m, t->d->unanswered); s && s->answered; s = call_at(t->m, s->next))
		t->d->unanswered = s->next;
}

/* What was told may have been wrong until both ends have agreed; and of two ends on this machine the server counts. */
static void count(struct model *m, struct dialogue *d)
{
	struct model_requests *q = m->requests;
	bool twice = dialogue_server(m, d);

	check_guess(d);
	if (!dialogue_believed(d))
		return;
	for (struct said *s = call_at(m, d->uncounted); s; s = call_at(m, s->next)) {
		d->uncounted = s->next;
		s->counted = true;
		if (twice)
			continue;
		if (!s->again)
			request_count(m, &q->rows[s->request]);
		if (s->answered)
			request_answered(&q->rows[s->request], s);
	}
}

static bool asks(const struct dialogue *d, const struct beginning *b)
{
	return (d->role == EXCHANGE_CLIENT) == ((b->flags & BEGINNING_TX) != 0);
}

/* Bytes of this direction between what was given of it before and this. */
static u32 missed(const struct dialogue *d, const struct beginning *b)
{
	bool tx = b->flags & BEGINNING_TX;

	if (!b->turn)
		return d->known[tx] ? PIECE_UNKNOWN : 0;
	if (d->known[tx])
		return b->seq - d->end[tx];
	return b->flags & BEGINNING_FIRST || (b->turn == 2 && d->known[!tx]) ? 0 : PIECE_UNKNOWN;
}

void dialogue_settle(struct model *m, struct dialogue *d)
{
	const struct beginning *b = &d->head;
	bool tx = b->flags & BEGINNING_TX;
	struct telling t = {m, d};
	struct piece p = {buf_at(&d->pending), (u32)buf_len(&d->pending), missed(d, b), b->flags & BEGINNING_CUT};

	if (!p.len)
		return;
	if (asks(d, b))
		conversation_request(d->said, &p, &(struct call_sink){tell_request, &t});
	else
		conversation_answer(d->said, &p, &(struct call_sink){tell_answer, &t});
	d->end[tx] = b->seq + p.len;
	d->known[tx] = true;
	buf_reset(&d->pending, 0);
	count(m, d);
}

void dialogue_hear(struct model *m, struct dialogue *d, const struct beginning *b, const u8 *data)
{
	bool more = b->turn && b->turn == d->head.turn && b->at && b->at == buf_len(&d->pending);

	d->seen = m->tick.number;
	if (!more) {
		dialogue_settle(m, d);
		d->head = *b;
	}
	d->head.flags = b->flags;
	buf_put(&d->pending, data, b->len);
	if (!b->turn)
		dialogue_settle(m, d); /* it is whole, and its place is between those of others */
}

/* -- how long it took ---------------------------------------------------------------------------------------------- */

/* The first call that can be the exchange's: those before it have been without one. */
static struct said *first_of(const struct model *m, struct dialogue *d, const struct timing *t)
{
	u64 early = t->role == EXCHANGE_SERVER ? EARLY_NS : 0;
	struct said *s = call_at(m, d->untimed);

	while (s && s->ns + early < t->begin_ns) {
		d->untimed = s->next;
		s = call_at(m, s->next);
	}
	return s && s->ns <= t->begin_ns + MAX(t->whole_ns, (u64)EARLY_NS) ? s : NULL;
}

bool dialogue_time(struct model *m, struct dialogue *d, const struct timing *t)
{
	struct said *first = first_of(m, d, t), *s = first;
	u32 n = 0;

	if (!first)
		return false;
	request_names(m, t, first->request, first->status);
	for (; s && s->turn == first->turn; s = call_at(m, s->next)) {
		d->untimed = s->next;
		n++;
	}
	if (t->flags || dialogue_server(m, d))
		return true;
	for (s = first; s && s->turn == first->turn; s = call_at(m, s->next))
		if (s->counted)
			request_time(&m->requests->rows[s->request], t, n);
	return true;
}
