/* Calls, gathered by server, protocol, name and program. */
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "array.h"
#include "requests_private.h"

/* The end whose program a call is told of: of both on this machine the server's. */
static const struct row *end_of(const struct model *m, const struct dialogue *d)
{
	u32 index = d ? model_find(m, d->socket) : IDMAP_NONE;

	return index == IDMAP_NONE ? NULL : model_row(m, index);
}

static u64 id_of(const struct request *q, bool loopback)
{
	u64 h = address_hash(q->server, q->port);

	h = idmap_mix(h, (u64)q->role << 32 | (loopback ? q->netns : 0));
	h = idmap_mix_text(h, q->proto);
	h = idmap_mix_text(h, (const char *)q->comm);
	return idmap_hash(idmap_mix_text(h, q->name)) | 1;
}

/* NULL: out of memory. */
static struct request *row_new(struct model_requests *q, const struct request *like, u64 id)
{
	char *name = strdup(like->name);

	if (!name || array_append(&q->rows, &q->row_cap, q->row_end, sizeof(*q->rows)) < 0 ||
	    idmap_set(&q->row_ids, id, q->row_end) < 0) {
		free(name);
		return NULL;
	}
	q->rows[q->row_end] = *like;
	q->rows[q->row_end].name = name;
	q->rows[q->row_end].id = id;
	return &q->rows[q->row_end++];
}

/* What finds no room any more has one row for each protocol and role. */
static struct request other_of(const struct request *like)
{
	static char other[] = "other";

	return (struct request){.proto = like->proto, .name = other, .role = like->role};
}

u32 request_of(struct model *m, const struct dialogue *d, const char *proto, const char *name)
{
	const struct dialogue *server = dialogue_server(m, d);
	const struct row *r = end_of(m, server ? server : d), *client = server ? end_of(m, d) : NULL;
	struct model_requests *q = m->requests;
	struct request like = {.proto = proto,
			       .name = (char *)name,
			       .family = d->family,
			       .port = d->port,
			       .now.since_ns = m->tick.time_ns};
	struct request *row;
	u64 id;
	u32 at;

	like.role = server ? EXCHANGE_SERVER : d->role;
	memcpy(like.server, d->server, sizeof(like.server));
	if (r) {
		like.netns = r->s.netns;
		like.pid = r->s.has & HAS_OWNER ? r->s.pid : 0;
		memcpy(like.comm, r->s.comm, r->s.has & HAS_OWNER ? sizeof(like.comm) : 0);
	}
	id = id_of(&like, address_is_loopback(like.server, like.family));
	at = idmap_get(&q->row_ids, id);
	if (at == IDMAP_NONE && q->row_end >= REQUESTS_MAX) {
		like = other_of(&like);
		id = id_of(&like, false);
		at = idmap_get(&q->row_ids, id);
		q->other++;
	}
	row = at == IDMAP_NONE ? row_new(q, &like, id) : &q->rows[at];
	if (!row)
		return IDMAP_NONE;
	row->several |= row->pid != like.pid;
	if (client && client->s.has & HAS_OWNER)
		memcpy(row->client, client->s.comm, sizeof(row->client));
	return (u32)(row - q->rows);
}

void request_count(struct model *m, struct request *q)
{
	m->requests->row_count += !q->count;
	q->count++;
	q->fresh++;
}

void request_answered(struct request *q, const struct said *s)
{
	q->answered++;
	q->errors += s->error;
	q->now.answered++;
	q->now.failed += s->error && !s->refused;
	q->now.refused += s->refused;
	if (s->error)
		q->failure = s->status;
	for (u32 i = 0; i < REQUEST_STATUSES; i++) {
		if (q->statuses[i].n && q->statuses[i].status != s->status)
			continue;
		q->statuses[i].status = s->status;
		q->statuses[i].n++;
		break;
	}
}

void request_time(struct request *q, const struct timing *t, u32 n)
{
	histogram_add(&q->times, t->whole_ns, 1);
	histogram_add(&q->now.times, t->whole_ns, 1);
	for (unsigned part = 0; part < EXCHANGE_PARTS; part++)
		if (exchange_has_part(t->role, part))
			q->spent[exchange_part_place(part)] += t->ns[part] / n;
}

void request_names(struct model *m, const struct timing *t, u32 row, u32 status)
{
	struct exchange *x = exchange_get(m, t->number);

	if (!x)
		return;
	x->request = row + 1;
	x->status = status;
	exchange_slow_renew(m->exchanges, x);
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

u32 model_requests_end(const struct model *m)
{
	return m->requests->row_end;
}

u32 model_requests_count(const struct model *m)
{
	return m->requests->row_count;
}

const struct request *model_request(const struct model *m, u32 index)
{
	const struct model_requests *q = m->requests;

	return index < q->row_end && q->rows[index].count ? &q->rows[index] : NULL;
}

u32 model_request_find(const struct model *m, u64 id)
{
	return id ? idmap_get(&m->requests->row_ids, id) : IDMAP_NONE;
}

const char *model_request_status(const struct model *m, u32 status)
{
	const struct column_texts *t = &m->requests->statuses;

	return status < t->count ? column_texts_at(t, status) : "";
}

const struct request *exchange_request(const struct model *m, const struct exchange *x)
{
	return x->request ? model_request(m, x->request - 1) : NULL;
}
