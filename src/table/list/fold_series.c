/* Histories of a fold's rows. */
#include "fold_series.h"

#include <stdlib.h>

static u32 place_of(const struct fold_series *f, const struct column *c)
{
	u32 i = 0;

	while (i < FOLD_SERIES && f->columns[i] && f->columns[i] != c)
		i++;
	return i;
}

void fold_series_want(struct fold_series *f, const struct column *c)
{
	u32 at = place_of(f, c);

	if (at < FOLD_SERIES)
		f->columns[at] = c;
}

static bool any(const float values[FOLD_SERIES])
{
	u32 i = 0;

	while (i < FOLD_SERIES && !(values[i] > 0))
		i++;
	return i < FOLD_SERIES;
}

void fold_series_push(struct fold_series *f, struct fold_history **h, const float values[FOLD_SERIES])
{
	if (!*h && f->histories < FOLD_HISTORIES_MAX && any(values)) {
		*h = calloc(1, sizeof(**h));
		f->histories += *h != NULL;
	}
	if (!*h)
		return;
	for (u32 i = 0; i < FOLD_SERIES; i++)
		(*h)->values[i][(*h)->next] = values[i];
	(*h)->next = ((*h)->next + 1) % SERIES_MAX;
	(*h)->count = MIN((*h)->count + 1, (u32)SERIES_MAX);
}

void fold_series_drop(struct fold_series *f, struct fold_history **h)
{
	f->histories -= *h != NULL;
	free(take(*h));
}

bool fold_series_of(const struct fold_series *f, const struct fold_history *h, const struct column *c, struct series *s)
{
	u32 at = place_of(f, c);

	if (!h || at == FOLD_SERIES || !f->columns[at])
		return false;
	*s = (struct series){.span = CLAMP(f->span, 1U, (u32)SERIES_MAX), .newest = f->sampled};
	s->count = MIN(h->count, (u32)s->span);
	for (u32 i = 0; i < s->count; i++)
		s->values[i] = h->values[at][(h->next + SERIES_MAX - (u32)s->count + i) % SERIES_MAX];
	return true;
}
