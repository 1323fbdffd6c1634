/* The figures of a socket's exchanges, worked out when somebody asks for the first time in a tick, and kept for it. */
#include "array.h"
#include "clock.h"
#include "exchanges_private.h"
#include "select.h"

/* The newest of its exchanges that figures are of; NULL: there is none. Then the one before. */
static const struct exchange *recent(const struct model *m, const struct exchange *x)
{
	return x && x->tick + EXCHANGES_RECENT > m->tick.number ? x : NULL;
}

static const struct exchange *before(const struct model *m, const struct exchange *x)
{
	return recent(m, model_exchange(m, x->before));
}

u32 row_exchange_samples(const struct model *m, const struct row *r, enum exchange_part part,
			 double dst[EXCHANGES_OF_SOCKET])
{
	const struct exchange *x = recent(m, row_exchange(m, r));
	u32 n = 0;

	for (u32 i = 0; x && i < EXCHANGES_OF_SOCKET; i++, x = before(m, x)) {
		if (x->flags)
			continue;
		if (part == EXCHANGE_PARTS)
			dst[n++] = (double)x->whole_ns;
		else if (exchange_knows_part(x, part))
			dst[n++] = (double)x->ns[part];
	}
	return n;
}

/* Those of one part, or of the whole (EXCHANGE_PARTS). */
static void percentiles(const struct model *m, const struct row *r, enum exchange_part part, u64 *p50, u64 *p99)
{
	double values[EXCHANGES_OF_SOCKET];
	u32 n = row_exchange_samples(m, r, part, values);

	if (!n)
		return;
	*p50 = (u64)select_percent(values, n, 50);
	*p99 = (u64)select_percent(values, n, 99);
}

static void figure(const struct model *m, const struct row *r, struct exchange_figures *f)
{
	const struct exchange *x = recent(m, row_exchange(m, r));

	*f = (struct exchange_figures){};
	for (u32 i = 0; x && i < EXCHANGES_OF_SOCKET; i++, x = before(m, x)) {
		f->overlaps += x->flags & EXCHANGE_OVERLAP ? 1 : 0;
		if (x->flags)
			continue;
		f->n++;
		f->max_ns = MAX(f->max_ns, x->whole_ns);
		f->time_ns += x->whole_ns;
		f->wakeups += x->has & EXCHANGE_HAS_WAKEUP ? 1 : 0;
		f->wakeup_ns += x->wakeup_ns;
		for (unsigned part = 0; part < EXCHANGE_PARTS; part++)
			if (exchange_has_part(x->role, part))
				f->spent_ns[part] += x->ns[part];
	}
	percentiles(m, r, EXCHANGE_PARTS, &f->p50_ns, &f->p99_ns);
	for (unsigned part = 0; part < EXCHANGE_PARTS; part++)
		percentiles(m, r, part, &f->part_p50_ns[part], &f->part_p99_ns[part]);
}

const struct exchange_figures *row_exchange_figures(const struct model *m, const struct row *r)
{
	/* What was worked out is no part of the picture. */
	struct model_exchanges *e = m->exchanges;
	struct exchange_socket *s = exchange_socket(m, r);

	if (!s || !recent(m, model_exchange(m, s->newest)))
		return NULL;
	if (s->figured != e->round) {
		if (array_append(&e->figures, &e->figure_cap, e->figure_count, sizeof(*e->figures)) < 0)
			return NULL;
		s->figures = e->figure_count++;
		s->figured = e->round;
		figure(m, r, &e->figures[s->figures]);
	}
	return &e->figures[s->figures];
}

/* -- slow ones ----------------------------------------------------------------------------------------------------- */

u8 exchange_slowness(u64 ns, u64 usual_ns)
{
	if (ns < 3 * usual_ns || ns < usual_ns + NSEC_PER_MSEC)
		return 0;
	return ns < 10 * usual_ns ? 1 : 2;
}

#define LEARNED_FIRST 8 /* of fewer nobody knows what is usual */
#define LEARNED_LAST 16

/* One that is slow changes what is usual by little; if all are from then on, that is usual soon. */
static void learn(struct exchange_socket *s, u64 ns)
{
	u64 most = MAX(3 * s->usual_ns, s->usual_ns + NSEC_PER_MSEC), told = s->learned ? MIN(ns, most) : ns;

	s->learned += s->learned < LEARNED_LAST;
	s->usual_ns += (u64)(((s64)told - (s64)s->usual_ns) / (s64)s->learned);
}

void exchange_learn(struct exchange_socket *s, struct exchange *x)
{
	x->slow = s->learned < LEARNED_FIRST ? 0 : exchange_slowness(x->whole_ns, s->usual_ns);
	learn(s, x->whole_ns);
}
