/* Gathers what became of questions, by server and program. */
#include "resolvers.h"

#include <string.h>

#include "address.h"
#include "array.h"
#include "clock.h"
#include "requests_private.h"

#define HALF_NS (RESOLVER_SPAN_S * NSEC_PER_SEC / 2)

static bool is_quiet(const struct resolver *r)
{
	return !(r->now.answered | r->now.silent | r->before.answered | r->before.silent);
}

static u64 id_of(const struct dialogue *d, const struct row *r)
{
	u64 whose = r->s.has & HAS_OWNER ? idmap_mix_text(r->s.pid, (const char *)r->s.comm) : 0;

	return idmap_hash(idmap_mix(address_hash(d->server, d->port) ^ r->s.netns, whose)) | 1;
}

/* A place that nobody needs any more, or a new one; IDMAP_NONE: there is none. */
static u32 place(struct model_requests *q)
{
	for (u32 i = 0; i < q->resolver_end; i++)
		if (is_quiet(&q->resolvers[i])) {
			idmap_remove(&q->resolver_ids, q->resolvers[i].id);
			return i;
		}
	if (q->resolver_end == RESOLVERS_MAX ||
	    array_append(&q->resolvers, &q->resolver_cap, q->resolver_end, sizeof(*q->resolvers)) < 0)
		return IDMAP_NONE;
	return q->resolver_end++;
}

/* NULL: there is no room, or it is not known who has asked. */
static struct resolver *resolver_of(struct model *m, const struct dialogue *d)
{
	struct model_requests *q = m->requests;
	u32 index = model_find(m, d->socket), at;
	const struct row *r = index == IDMAP_NONE ? NULL : model_row(m, index);
	struct resolver *to;
	u64 id;

	if (!r || d->role != EXCHANGE_CLIENT)
		return NULL;
	id = id_of(d, r);
	at = q->resolver_end ? idmap_get(&q->resolver_ids, id) : IDMAP_NONE;
	if (at != IDMAP_NONE)
		return &q->resolvers[at];
	at = place(q);
	if (at == IDMAP_NONE)
		return NULL;
	to = &q->resolvers[at];
	*to = (struct resolver){.id = id, .family = d->family, .port = d->port, .netns = r->s.netns};
	memcpy(to->server, d->server, sizeof(to->server));
	if (r->s.has & HAS_OWNER) {
		to->pid = r->s.pid;
		memcpy(to->comm, r->s.comm, sizeof(to->comm));
	}
	to->now.since_ns = m->tick.time_ns;
	return idmap_set(&q->resolver_ids, id, at) == 0 ? to : NULL;
}

static void count_word(struct resolver_span *now, u32 status)
{
	for (u32 i = 0; i < RESOLVER_WORDS; i++) {
		if (now->words[i].n && now->words[i].status != status)
			continue;
		now->words[i].status = status;
		now->words[i].n++;
		break;
	}
}

void resolver_answered(struct model *m, const struct dialogue *d, const struct said *s, u64 ns)
{
	struct resolver *r = resolver_of(m, d);

	if (!r)
		return;
	r->now.answered++;
	r->now.failed += s->error && !s->refused;
	r->now.unknown += s->refused;
	histogram_add(&r->now.times, ns, 1);
	if (s->error)
		count_word(&r->now, s->status);
}

void resolver_silent(struct model *m, const struct dialogue *d)
{
	struct resolver *r = resolver_of(m, d);

	if (r)
		r->now.silent++;
}

void resolvers_end_tick(struct model *m)
{
	struct model_requests *q = m->requests;
	u64 now = m->tick.time_ns;

	for (u32 i = 0; i < q->resolver_end; i++) {
		struct resolver *r = &q->resolvers[i];

		if (is_quiet(r) || now < r->now.since_ns + HALF_NS)
			continue;
		r->before = r->now;
		if (now >= r->now.since_ns + 2 * HALF_NS)
			r->before = (struct resolver_span){};
		r->now = (struct resolver_span){.since_ns = now};
	}
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

u32 model_resolvers_end(const struct model *m)
{
	return m->requests->resolver_end;
}

const struct resolver *model_resolver(const struct model *m, u32 index)
{
	const struct model_requests *q = m->requests;

	return index < q->resolver_end && !is_quiet(&q->resolvers[index]) ? &q->resolvers[index] : NULL;
}

u32 model_resolver_find(const struct model *m, u64 id)
{
	return idmap_get(&m->requests->resolver_ids, id);
}
