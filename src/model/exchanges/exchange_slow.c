/* The slowest exchanges of each tick, which are kept longer than the others: as copies, which come to light when the
 * ring of all has lost theirs. */
#include <stdlib.h>

#include "exchanges_private.h"

/* The quickest of those that the tick has so far. */
static struct exchange *quickest(struct exchange_slow *s)
{
	struct exchange *least = s->top;

	for (u32 i = 1; i < s->count; i++)
		least = s->top[i].whole_ns < least->whole_ns ? &s->top[i] : least;
	return least;
}

void exchange_slow_offer(struct exchange_slow *s, const struct exchange *x)
{
	if (!exchange_has_times(x) || (s->count == EXCHANGES_SLOW_TICK && x->whole_ns <= s->least_ns))
		return;
	if (s->count < EXCHANGES_SLOW_TICK)
		s->top[s->count++] = *x;
	else
		*quickest(s) = *x;
	s->least_ns = quickest(s)->whole_ns;
}

static int by_number(const void *a, const void *b)
{
	u64 x = ((const struct exchange *)a)->number, y = ((const struct exchange *)b)->number;

	return x < y ? -1 : x > y;
}

u32 exchange_slow_end_tick(struct exchange_slow *s, u64 first)
{
	u32 gone = 0;

	qsort(s->top, s->count, sizeof(*s->top), by_number);
	for (u32 i = 0; i < s->count; i++) {
		struct exchange *x = ring_add(&s->kept);

		if (!x)
			break;
		*x = s->top[i];
		gone += x->number < first;
	}
	s->count = 0;
	return gone;
}

/* How many of those that are kept have a number below this. */
static u32 below(const struct exchange_slow *s, u64 number)
{
	u32 low = 0, high = ring_count(&s->kept);

	while (low < high) {
		u32 middle = low + (high - low) / 2;
		const struct exchange *x = ring_get(&s->kept, s->kept.first + middle);

		if (x->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct exchange *find(const struct exchange_slow *s, u64 number, u64 *at)
{
	struct exchange *x = ring_get(&s->kept, *at = s->kept.first + below(s, number));

	return x && x->number == number ? x : NULL;
}

void exchange_slow_renew(struct model_exchanges *e, const struct exchange *x)
{
	struct exchange *kept;
	u64 at;

	for (u32 i = 0; i < e->slow.count; i++)
		if (e->slow.top[i].number == x->number)
			e->slow.top[i] = *x;
	kept = find(&e->slow, x->number, &at);
	if (kept)
		*kept = *x;
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

u32 model_exchanges_slow(const struct model *m)
{
	return below(&m->exchanges->slow, m->exchanges->events.first);
}

const struct exchange *model_exchange_slow(const struct model *m, u32 at)
{
	const struct model_exchanges *e = m->exchanges;
	u64 newest = e->slow.kept.end - 1, back = (newest + MODEL_EXCHANGES_SLOW - at) % MODEL_EXCHANGES_SLOW;
	const struct exchange *x = newest > back ? ring_get(&e->slow.kept, newest - back) : NULL;

	return x && x->number < e->events.first ? x : NULL;
}

u32 model_exchange_slow_find(const struct model *m, u64 number)
{
	u64 at;

	return find(&m->exchanges->slow, number, &at) && number < m->exchanges->events.first
		   ? (u32)(at % MODEL_EXCHANGES_SLOW)
		   : IDMAP_NONE;
}

u32 model_exchanges_behind(const struct model *m)
{
	u32 n = m->exchanges->behind;

	for (u32 i = model_exchanges_slow(m); i > 0; i--) {
		const struct exchange *x = ring_get(&m->exchanges->slow.kept, m->exchanges->slow.kept.first + i - 1);

		n += x->behind;
	}
	return n;
}
