/* The histories of sockets as columns: the rates of the last 60 s. The model keeps them for rows that move, as many as
 * MODEL_HISTORIES_MAX; what has none has no line. */
#include <assert.h>
#include <math.h>

#include "socket_get.h"

#define SHOWN_SECONDS 60

static_assert(HISTORY_LEN == SERIES_MAX, "a history is a series");

u64 socket_moment(const void *picture, u32 *span)
{
	const struct record_tick *t = model_tick(picture);
	double ticks = t && t->interval_ns ? ceil(SHOWN_SECONDS * 1e9 / (double)t->interval_ns) : HISTORY_LEN;

	*span = (u32)CLAMP(ticks, 1.0, (double)HISTORY_LEN);
	return t ? t->number : 0;
}

static bool series_of(const struct model *m, const struct row *r, enum history_kind kind, struct series *s)
{
	const struct record_tick *t = model_tick(m);
	const struct history *h = r->history;
	u32 span;

	if (!h || !t || !t->interval_ns)
		return false;
	s->newest = socket_moment(m, &span);
	s->span = span;
	s->count = MIN(h->count, (u32)s->span);
	for (size_t i = 0; i < s->count; i++)
		s->values[i] = history_value(h, kind, (u32)(s->count - 1 - i));
	return true;
}

bool series_rx(const struct column *c, const void *picture, const void *row, struct series *s)
{
	(void)c;
	return series_of(picture, row, HISTORY_RX, s);
}

bool series_tx(const struct column *c, const void *picture, const void *row, struct series *s)
{
	(void)c;
	return series_of(picture, row, HISTORY_TX, s);
}
