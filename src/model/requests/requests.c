/* Takes the beginnings of turns in, each for its conversation, and gives calls the times of their exchanges. */
#include "requests.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "requests_private.h"

int requests_init(struct model *m)
{
	struct model_requests *q = calloc(1, sizeof(*q));

	if (!q)
		return -ENOMEM;
	ring_init(&q->calls, sizeof(struct said), CALLS_MAX);
	m->requests = q;
	/* Number 0: the answer said nothing. */
	return column_texts_add(&q->statuses, "") == 0 ? 0 : -ENOMEM;
}

void requests_deinit(struct model *m)
{
	struct model_requests *q = m->requests;

	if (!q)
		return;
	for (u32 i = 0; i < q->dialogue_end; i++) {
		conversation_free(q->dialogues[i].said);
		buf_deinit(&q->dialogues[i].pending);
	}
	for (u32 i = 0; i < q->row_end; i++)
		free(q->rows[i].name);
	ring_deinit(&q->calls);
	idmap_deinit(&q->dialogue_ids);
	idmap_deinit(&q->servers);
	idmap_deinit(&q->questions);
	idmap_deinit(&q->resolver_ids);
	free(q->resolvers);
	idmap_deinit(&q->ends);
	free(q->unread);
	idmap_deinit(&q->row_ids);
	column_texts_deinit(&q->statuses);
	buf_deinit(&q->bytes);
	free(q->coming);
	free(q->late);
	free(q->dialogues);
	free(q->rows);
	free(take(m->requests));
}

/* -- records in ---------------------------------------------------------------------------------------------------- */

static int take_bytes(struct model *m, const struct beginning *head, const u8 *data, size_t most)
{
	struct model_requests *q = m->requests;
	struct beginning_coming *c;

	if (!head->len || head->len > most)
		return 0;
	if (q->coming_count == BEGINNINGS_COMING_MAX || buf_len(&q->bytes) > BEGINNINGS_BYTES_MAX) {
		q->unseen++;
		return 0;
	}
	if (array_append(&q->coming, &q->coming_cap, q->coming_count, sizeof(*q->coming)) < 0)
		return -ENOMEM;
	c = &q->coming[q->coming_count++];
	*c = (struct beginning_coming){.head = *head, .data = (u32)buf_len(&q->bytes), .tick = m->tick.number + 1};
	c->head.id = model_key(m, head->id);
	buf_put(&q->bytes, data, head->len);
	return q->bytes.failed ? -ENOMEM : 0;
}

int take_beginning(struct model *m, const struct record_beginning *rec)
{
	struct beginning head;

	memcpy(&head, rec, sizeof(head));
	return take_bytes(m, &head, rec->data, sizeof(rec->data));
}

int take_handshake(struct model *m, const struct record_handshake *rec)
{
	struct beginning head;

	memcpy(&head, rec, sizeof(head));
	return take_bytes(m, &head, rec->data, sizeof(rec->data));
}

int take_datagram_read(struct model *m, const struct record_datagram_read *rec)
{
	struct model_requests *q = m->requests;
	struct beginning_coming *c;

	if (q->coming_count == BEGINNINGS_COMING_MAX)
		return 0;
	if (array_append(&q->coming, &q->coming_cap, q->coming_count, sizeof(*q->coming)) < 0)
		return -ENOMEM;
	c = &q->coming[q->coming_count++];
	*c = (struct beginning_coming){
	    .read = true, .number = rec->number, .lport = rec->lport, .tick = m->tick.number + 1};
	c->head.time_ns = rec->time_ns;
	c->head.rport = rec->rport;
	memcpy(c->head.raddr, rec->raddr, sizeof(c->head.raddr));
	memcpy(c->head.laddr, rec->laddr, sizeof(c->head.laddr));
	return 0;
}

void take_beginnings(struct model *m, const struct record_beginnings *rec)
{
	m->requests->on = rec->on;
	m->requests->lost = rec->lost;
	m->requests->reads = rec->reads;
}

/* -- the end of a tick --------------------------------------------------------------------------------------------- */

/* false: it has to wait: its socket is not known yet; or the other end's may not be, which counts if it is the
 * server's. */
static bool hear(struct model *m, const struct beginning_coming *c)
{
	u32 index = c->read ? IDMAP_NONE : model_find(m, c->head.id);
	struct dialogue *d;

	if (c->read)
		return datagram_read(m, c);
	if (index == IDMAP_NONE)
		return false;
	d = dialogue_of(m, model_row(m, index), &c->head);
	if (!d)
		m->requests->unseen++;
	else if (d->since == m->tick.number)
		return false;
	else
		dialogue_hear(m, d, &c->head, buf_at(&m->requests->bytes) + c->data);
	return true;
}

/* Those that wait move to the front, with their bytes. */
static void keep(struct model_requests *q, struct beginning_coming c)
{
	struct requests_work *w = &q->work;

	memmove(buf_at(&q->bytes) + w->bytes, buf_at(&q->bytes) + c.data, c.head.len);
	c.data = w->bytes;
	w->bytes += c.head.len;
	q->coming[w->kept++] = c;
}

/* The parts of a tick; each returns false if time was up before its end. */
static bool hear_all(struct model *m, u64 deadline_ns)
{
	struct model_requests *q = m->requests;
	struct requests_work *w = &q->work;

	while (w->heard < q->coming_count) {
		const struct beginning_coming c = q->coming[w->heard++];
		bool heard = hear(m, &c);

		if (!heard && c.tick + BEGINNING_PATIENCE > m->tick.number)
			keep(q, c);
		else
			q->unseen += !heard && !c.read;
		if (is_time_up(deadline_ns, w->heard))
			return false;
	}
	return true;
}

static bool settle_all(struct model *m, u64 deadline_ns)
{
	struct model_requests *q = m->requests;

	while (q->work.settled < q->dialogue_end) {
		struct dialogue *d = &q->dialogues[q->work.settled++];

		if (d->seen == m->tick.number && d->key)
			dialogue_settle(m, d);
		if (is_time_up(deadline_ns, q->work.settled))
			return false;
	}
	return true;
}

/* Of a conversation without calls the exchanges are all that is known. */
static void time_nameless(struct model *m, struct dialogue *d, const struct timing *t)
{
	struct model_requests *q = m->requests;
	u32 at;

	if (d->last || t->flags || dialogue_server(m, d))
		return;
	at = request_of(m, d, conversation_word(d->said), conversation_subject(d->said));
	if (at == IDMAP_NONE)
		return;
	q->rows[at].nameless = true;
	request_count(m, &q->rows[at]);
	request_time(&q->rows[at], t, 1);
	request_names(m, t, at, 0);
}

/* false: its conversation was not listened to yet. */
static bool time_one(struct model *m, const struct timing *t)
{
	struct dialogue *d = dialogue_find(m, t->socket);

	if (!d || d->since == m->tick.number)
		return false;
	if (!dialogue_time(m, d, t))
		time_nameless(m, d, t);
	return true;
}

/* An exchange is over. One whose conversation is new has to wait, as that does, until the next tick. */
static void over(struct model *m, struct exchange *x)
{
	struct model_requests *q = m->requests;
	struct timing t = {.number = x->number,
			   .socket = x->r.s.id,
			   .begin_ns = x->begin_ns,
			   .whole_ns = x->whole_ns,
			   .role = x->role,
			   .flags = x->flags};

	memcpy(t.ns, x->ns, sizeof(t.ns));
	if (time_one(m, &t) || q->late_count == LATE_MAX ||
	    array_append(&q->late, &q->late_cap, q->late_count, sizeof(*q->late)) < 0)
		return;
	q->late[q->late_count++] = t;
}

static bool time_late(struct model *m, u64 deadline_ns)
{
	struct model_requests *q = m->requests;

	while (q->work.timed < q->late_count) {
		(void)!time_one(m, &q->late[q->work.timed++]);
		if (is_time_up(deadline_ns, q->work.timed))
			return false;
	}
	return true;
}

/* Servers first: with each of them goes its client. */
static void tell_overdue(struct model *m)
{
	struct model_requests *q = m->requests;

	for (u32 role = EXCHANGE_SERVER; role >= EXCHANGE_CLIENT; role--)
		for (u32 i = 0; i < q->dialogue_end; i++)
			if (q->dialogues[i].key && !q->dialogues[i].head.turn && q->dialogues[i].role == role)
				datagrams_overdue(m, &q->dialogues[i]);
}

bool requests_settle(struct model *m, u64 deadline_ns)
{
	struct model_requests *q = m->requests;

	m->exchanges->over = q->on || q->coming_count ? over : NULL;
	if (!hear_all(m, deadline_ns) || !settle_all(m, deadline_ns) || !time_late(m, deadline_ns))
		return false;
	q->coming_count = q->work.kept;
	q->bytes.end = q->bytes.start + q->work.bytes;
	q->late_count = 0;
	tell_overdue(m);
	datagrams_unread(m);
	resolvers_end_tick(m);
	q->work = (struct requests_work){};
	return true;
}

void requests_end_tick(struct model *m)
{
	struct model_requests *q = m->requests;

	for (u32 i = 0; i < q->row_end; i++)
		request_end_tick(&q->rows[i], m->tick.time_ns);
}

void requests_drop(struct model *m, u64 id)
{
	struct dialogue *d = dialogue_find(m, id);

	if (d)
		dialogue_end(m, d);
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

bool model_requests_on(const struct model *m)
{
	return m->requests->on;
}

u64 model_requests_lost(const struct model *m)
{
	return m->requests->lost + m->requests->unseen;
}

u64 model_requests_other(const struct model *m)
{
	return m->requests->other;
}

void model_requests_show_values(struct model *m)
{
	m->requests->values = true;
}
