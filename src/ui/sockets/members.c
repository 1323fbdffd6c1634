/* Gathers the sockets of one row of a fold. */
#include "members.h"

#include <math.h>
#include <string.h>

#include "clock.h"
#include "store.h"

#define SLICE 512 /* rows between two looks at the clock */

void members_begin(struct members_look *l, const struct fold *fold, u64 key)
{
	*l = (struct members_look){.fold = fold, .key = key};
	for (size_t kind = 0; kind < HISTORY_KINDS; kind++)
		for (size_t i = 0; i < HISTORY_LEN; i++)
			l->found.history.values[kind][i] = NAN;
}

/* All histories are sampled with each tick: the newest samples are of the same one. */
static void add_history(struct members *to, const struct history *h)
{
	static const enum history_kind kinds[] = {HISTORY_RX, HISTORY_TX, HISTORY_RETRANS};

	to->moved = true;
	to->history.count = MAX(to->history.count, h->count);
	for (u32 back = 1; back <= h->count; back++)
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			float n = h->values[kinds[k]][(h->next + HISTORY_LEN - back) % HISTORY_LEN];
			float *sum = &to->history.values[kinds[k]][HISTORY_LEN - back];

			if (!isnan(n))
				*sum = isnan(*sum) ? n : *sum + n;
		}
}

static void add(struct members *to, const struct model *m, const struct row *r)
{
	const struct record_tick *tick = model_tick(m);
	u8 counts[LIMITED_COUNT];

	if (tick && limited_recent(r, tick->number, counts))
		for (unsigned v = 0; v < LIMITED_COUNT; v++)
			to->held[v] += counts[v];
	if (r->s.dir == DIR_LISTEN && to->listeners++ < MEMBERS_LISTENERS)
		to->listener_ids[to->listeners - 1] = r->s.id;
	if (r->history)
		add_history(to, r->history);
}

static bool is_of(const struct members_look *l, const struct model *m, const struct row *r)
{
	return !r->closed && (!l->fold->takes || l->fold->takes(m, r)) && l->fold->by->key(m, r) == l->key;
}

bool members_work(struct members_look *l, const struct model *m, u64 until_ns)
{
	while (l->next < model_rows_end(m)) {
		const struct row *r = model_live_row(m, l->next);

		if (r && is_of(l, m, r))
			add(&l->found, m, r);
		if (++l->next % SLICE == 0 && now_ns() >= until_ns)
			return false;
	}
	l->found.known = true;
	return true;
}
