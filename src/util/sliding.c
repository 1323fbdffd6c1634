/* Sliding windows over cumulative histograms: earlier states are kept as marks, from which a span's values are the
 * difference. */
#include "sliding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The state at the end of a tick. */
struct sliding_mark {
	uint64_t tick;
	struct histogram at[];
};

int sliding_init(struct sliding *s, size_t count)
{
	*s = (struct sliding){.first = 1};
	s->now = calloc(count, sizeof(*s->now));
	if (!s->now)
		return -ENOMEM;
	s->count = count;
	return 0;
}

static void drop_marks(struct sliding *s)
{
	for (size_t i = 0; i < SLIDING_MARKS; i++)
		free(take(s->mark[i]));
}

void sliding_deinit(struct sliding *s)
{
	drop_marks(s);
	free(take(s->now));
}

void sliding_begin(struct sliding *s, uint64_t tick)
{
	drop_marks(s);
	memset(s->now, 0, s->count * sizeof(*s->now));
	s->first = tick;
	s->last = 0;
}

bool sliding_fell(const struct sliding *s, const struct histogram *values)
{
	for (size_t i = 0; i < s->count; i++)
		if (histogram_fell(&values[i], &s->now[i]))
			return true;
	return false;
}

static uint64_t mark_tick(const struct sliding *s, enum sliding_marks which)
{
	return s->mark[which] ? s->mark[which]->tick : s->first - 1;
}

/* Turns the current state into a mark of the previous tick. */
static int mark_set(struct sliding *s, enum sliding_marks which, uint64_t tick)
{
	struct sliding_mark *m = s->mark[which];

	if (!m)
		m = s->mark[which] = malloc(sizeof(*m) + s->count * sizeof(*m->at));
	if (!m)
		return -ENOMEM;
	m->tick = tick - 1;
	memcpy(m->at, s->now, s->count * sizeof(*m->at));
	return 0;
}

static int marks_move(struct sliding *s, uint64_t tick)
{
	struct sliding_mark *far = s->mark[SLIDING_MARK_FAR];

	if (s->last == tick || !s->last)
		return 0;
	if (mark_set(s, SLIDING_MARK_TICK, tick) < 0)
		return -ENOMEM;
	if (tick - 1 - mark_tick(s, SLIDING_MARK_NEAR) < SLIDING_RECENT_TICKS / 2)
		return 0;
	s->mark[SLIDING_MARK_FAR] = s->mark[SLIDING_MARK_NEAR];
	s->mark[SLIDING_MARK_NEAR] = far;
	return mark_set(s, SLIDING_MARK_NEAR, tick);
}

int sliding_take(struct sliding *s, uint64_t tick, const struct histogram *values)
{
	if (marks_move(s, tick) < 0)
		return -ENOMEM;
	memcpy(s->now, values, s->count * sizeof(*s->now));
	s->last = tick;
	return 0;
}

/* The oldest mark that is within "recent". */
static const struct sliding_mark *recent_mark(const struct sliding *s, uint64_t now)
{
	enum sliding_marks which = SLIDING_MARK_FAR;

	while (which > SLIDING_MARK_TICK && mark_tick(s, which) + SLIDING_RECENT_TICKS < now)
		which--;
	return s->mark[which];
}

/* The mark from which a span's difference is taken: *mark is NULL for the beginning. false: nothing came in the
 * span. */
static bool span_base(const struct sliding *s, enum sliding_span span, uint64_t now, const struct sliding_mark **mark)
{
	uint64_t age = s->last < now ? now - s->last : 0;

	*mark = NULL;
	if (!s->last)
		return false;
	switch (span) {
	case SLIDING_SINCE: return true;
	case SLIDING_TICK: *mark = s->mark[SLIDING_MARK_TICK]; return age == 0;
	case SLIDING_RECENT: break;
	}
	*mark = recent_mark(s, now);
	return age < SLIDING_RECENT_TICKS;
}

uint64_t sliding_count(const struct sliding *s, size_t i, enum sliding_span span, uint64_t now, uint64_t *sum_ns)
{
	const struct sliding_mark *mark;

	*sum_ns = 0;
	if (!span_base(s, span, now, &mark))
		return 0;
	*sum_ns = s->now[i].sum_ns - (mark ? mark->at[i].sum_ns : 0);
	return s->now[i].n - (mark ? mark->at[i].n : 0);
}

bool sliding_get(const struct sliding *s, size_t i, enum sliding_span span, uint64_t now, struct histogram *h)
{
	const struct sliding_mark *mark;

	histogram_clear(h);
	if (!span_base(s, span, now, &mark))
		return false;
	histogram_since(h, &s->now[i], mark ? &mark->at[i] : NULL);
	return h->n != 0;
}
