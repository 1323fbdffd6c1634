/* Listeners' records in, and what has been accepted from tick to tick. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "clock.h"
#include "listeners_private.h"

#define WINDOW_NS (10 * NSEC_PER_SEC)

_Static_assert(LAYER_BUCKETS == HISTOGRAM_BUCKETS, "what the stream carries is kept as it comes");

int listeners_init(struct model *m)
{
	m->listeners = calloc(1, sizeof(*m->listeners));
	return m->listeners ? 0 : -ENOMEM;
}

static void kept_free(struct kept_listener *k)
{
	if (k)
		sliding_deinit(&k->times);
	free(k);
}

void listeners_deinit(struct model *m)
{
	struct listeners *all = m->listeners;

	for (u32 i = 0; all && i < all->count; i++)
		kept_free(all->at[i]);
	if (all) {
		free(all->at);
		idmap_deinit(&all->ids);
	}
	free(take(m->listeners));
}

static struct kept_listener *find(const struct model *m, u64 id)
{
	u32 i = id && m->listeners->count ? idmap_get(&m->listeners->ids, id) : IDMAP_NONE;

	return i == IDMAP_NONE ? NULL : m->listeners->at[i];
}

const struct listener *model_listener(const struct model *m, const struct row *r)
{
	struct kept_listener *k = r->s.has & HAS_ACCEPT ? find(m, r->s.id) : NULL;

	return k ? &k->l : NULL;
}

/* The last one takes its place. */
void listeners_drop(struct model *m, u64 id)
{
	struct listeners *all = m->listeners;
	u32 i = all->count ? idmap_remove(&all->ids, id) : IDMAP_NONE;

	if (i == IDMAP_NONE)
		return;
	kept_free(all->at[i]);
	all->at[i] = all->at[--all->count];
	if (i < all->count && idmap_set(&all->ids, all->at[i]->l.r.id, i) < 0)
		kept_free(all->at[--all->count]); /* cannot be: there is room for what was removed */
}

static struct kept_listener *kept_new(struct model *m, u64 id)
{
	struct listeners *all = m->listeners;
	struct kept_listener *k = calloc(1, sizeof(*k));

	if (!k || array_append(&all->at, &all->cap, all->count, sizeof(struct kept_listener *)) < 0 ||
	    idmap_set(&all->ids, id, all->count) < 0) {
		free(k);
		return NULL;
	}
	*k = (struct kept_listener){.l = {.r.id = id, .accept_rate = NAN, .skew = NAN}};
	all->at[all->count++] = k;
	return k;
}

/* -- records in ---------------------------------------------------------------------------------------------------- */

static int take_times(struct model *m, struct kept_listener *k, const struct record_listener *rec)
{
	struct histogram values[LISTENER_TIMES];
	u64 coming = (u64)m->ticks + 1;

	if (!k->times.count && !rec->n[LISTENER_WAIT])
		return 0;
	if (!k->times.count && sliding_init(&k->times, LISTENER_TIMES) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < LISTENER_TIMES; i++) {
		values[i] = (struct histogram){.n = rec->n[i], .sum_ns = rec->sum_ns[i], .max_ns = rec->max_ns[i]};
		memcpy(values[i].buckets, rec->buckets + i * LAYER_BUCKETS, sizeof(values[i].buckets));
	}
	if (!k->times.last || sliding_fell(&k->times, values))
		sliding_begin(&k->times, coming);
	return sliding_take(&k->times, coming, values);
}

/* Of a socket without a row nothing is kept. */
int take_listener(struct model *m, const struct record_listener *rec)
{
	u64 id = model_key(m, rec->id);
	struct kept_listener *k = find(m, id);

	if (!k && (!id || m->listeners->count == LISTENERS_MAX || model_find(m, id) == IDMAP_NONE))
		return 0;
	if (!k)
		k = kept_new(m, id);
	if (!k)
		return -ENOMEM;
	if (listener_handshakes(rec) < listener_handshakes(&k->l.r) || !(rec->has & LISTENER_HAS_COUNTS))
		k->last = k->near = k->far = (struct accepted){};
	k->l.r = *rec;
	k->l.r.id = id;
	k->tick = (u64)m->ticks + 1;
	return take_times(m, k, rec);
}

/* -- a tick -------------------------------------------------------------------------------------------------------- */

static u64 accepted_now(const struct kept_listener *k)
{
	return listener_handshakes(&k->l.r) - k->l.r.accept_queue;
}

/* What nobody took was lost when the listener was closed: never less than before. */
static u64 grown(const struct kept_listener *k, struct accepted since)
{
	u64 n = accepted_now(k) - since.n;

	return n >> 63 ? 0 : n;
}

/* Without a record nothing has changed, if the pass has looked at all sockets. */
static void settle(const struct model *m, struct kept_listener *k)
{
	bool came = k->tick == m->ticks;
	struct accepted now = {.ns = came ? k->l.r.sample_ns : m->tick.time_ns, .n = accepted_now(k)};

	if (!(k->l.r.has & LISTENER_HAS_COUNTS)) {
		k->l.accept_rate = NAN;
		return;
	}
	if (!came && !m->host.files.whole)
		return;
	if (k->last.ns && now.ns > k->last.ns)
		k->l.accept_rate = (float)((double)grown(k, k->last) * 1e9 / (double)(now.ns - k->last.ns));
	k->last = now;
	if (!k->far.ns)
		k->far = k->near = now;
	if (now.ns >= k->near.ns + WINDOW_NS) {
		k->far = k->near;
		k->near = now;
	}
}

void listeners_end_tick(struct model *m)
{
	for (u32 i = 0; i < m->listeners->count; i++)
		settle(m, m->listeners->at[i]);
	listeners_compare(m);
}

/* -- figures out --------------------------------------------------------------------------------------------------- */

bool listener_figures(const struct model *m, const struct listener *l, enum listener_times which,
		      struct histogram_figures *f)
{
	const struct kept_listener *k = (const void *)l;
	struct histogram h;

	return k->times.count && sliding_get(&k->times, which, SLIDING_RECENT, m->ticks, &h) &&
	       histogram_figures(&h, f);
}

u64 listener_handshakes(const struct record_listener *r)
{
	u64 n = 0;

	for (unsigned b = 0; b < LISTENER_LENGTHS; b++)
		n += r->found[b];
	return n;
}

const char *listener_length(unsigned bucket, const char *to, char dst[LISTENER_LENGTH_MAX])
{
	u32 first = bucket ? 1U << (bucket - 1) : 0, last = (1U << bucket) - 1;

	if (bucket == LISTENER_LENGTHS - 1)
		snprintf(dst, LISTENER_LENGTH_MAX, "%u+", first);
	else if (first == last)
		snprintf(dst, LISTENER_LENGTH_MAX, "%u", first);
	else
		snprintf(dst, LISTENER_LENGTH_MAX, "%u%s%u", first, to, last);
	return dst;
}
