/* Makes histograms of the last ticks of what rows and events remember. */
#include "spread.h"

#include <math.h>

#include "cleanup.h"
#include "clock.h"

/* How many ticks ago something happened; SPREAD_TICKS or more: too long, or it is not known. */
static u64 age_of(const struct model *m, u64 ns)
{
	const struct record_tick *t = model_tick(m);

	if (!t || !t->interval_ns || !ns)
		return SPREAD_TICKS;
	return t->time_ns > ns ? (t->time_ns - ns) / t->interval_ns : 0;
}

unsigned spread_reach(const struct model *m, u64 ns)
{
	return ns ? (unsigned)MIN(age_of(m, ns), (u64)SPREAD_TICKS) : SPREAD_TICKS;
}

static void add(struct spread *s, u64 age, u64 usec)
{
	u64 ns = usec * NSEC_PER_USEC;

	if (age >= SPREAD_TICKS)
		return;
	histogram_add(&s->ticks[age], ns, 1);
	s->sums[age][histogram_bucket(ns)] += ns;
}

/* The tick in which it ended has no RTT of its own there. */
static void add_history(struct spread *s, const struct row *r)
{
	const struct history *h = r->history;

	for (u32 age = 1; age < MIN(h->count, (u32)SPREAD_TICKS); age++) {
		float rtt = history_value(h, HISTORY_RTT, age);

		if (isnan(rtt) && r->closed)
			rtt = (float)r->s.rtt_us;
		if (rtt > 0 && history_value(h, HISTORY_TX, age) > 0)
			add(s, age, (u64)rtt);
	}
}

/* One that was over so soon that no history was begun: what it sent, it sent then. */
static void add_short(struct spread *s, const struct model *m, const struct row *r)
{
	u64 ended = age_of(m, r->s.ended_ns), born = age_of(m, r->s.birth_ns);

	if (r->s.has & HAS_BIRTH && r->s.tx_bytes && born <= ended + 1)
		add(s, MAX(ended, (u64)1), r->s.rtt_us);
}

void spread_add_rtt(struct spread *s, const struct model *m, const struct row *r)
{
	bool fresh = row_has_fresh_rtt(r);

	if (!(r->s.has & HAS_TCP) || !r->s.rtt_us)
		return;
	if (fresh)
		add(s, 0, r->s.rtt_us);
	if (r->history)
		add_history(s, r);
	else if (r->closed && !fresh)
		add_short(s, m, r);
}

void spread_add_connect(struct spread *s, const struct model *m, const struct row *r)
{
	if (r->s.dir == DIR_OUT && r->s.connect_us && r->s.has & HAS_BIRTH)
		add(s, age_of(m, r->s.birth_ns + r->s.connect_us * NSEC_PER_USEC), r->s.connect_us);
}

/* Interpolation would take them to lie evenly in a bucket: those of one path lie close together. */
static u64 bucket_mean(const struct spread *s, unsigned ticks, const struct histogram *all, unsigned per_mille)
{
	unsigned b = histogram_bucket(histogram_percentile(all, per_mille));
	u64 sum = 0;

	for (unsigned i = 0; i < ticks; i++)
		sum += s->sums[i][b];
	return all->buckets[b] ? sum / all->buckets[b] : 0;
}

bool spread_figures(const struct spread *s, unsigned ticks, struct histogram_figures *f)
{
	struct histogram all = {};

	for (unsigned i = 0; i < ticks; i++)
		histogram_merge(&all, &s->ticks[i]);
	if (!histogram_figures(&all, f))
		return false;
	f->p50_ns = bucket_mean(s, ticks, &all, 500);
	f->p99_ns = bucket_mean(s, ticks, &all, 990);
	return true;
}
