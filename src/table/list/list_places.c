/* Finished lists: places in the order of a column. They can be inverted without looking at a row, and the rows that a
 * filter keeps are in order already. */
#include "list_private.h"

#include <stdlib.h>

#include "array.h"

#define WALK_SLICE 128 /* rows between two looks at the clock */
#define WALK_AHEAD 12  /* rows that are prefetched into the cache */

void places_deinit(struct places *p)
{
	free(p->at);
}

bool places_reserve(struct places *p, u32 count)
{
	return array_reserve(&p->at, &p->cap, MAX(count, 1U), sizeof(*p->at)) == 0;
}

bool places_take(struct places *p, const struct keys *k)
{
	if (!places_reserve(p, k->count))
		return false;
	for (u32 i = 0; i < k->count; i++) {
		const struct sort_key *key = &k->at[i];

		p->at[i] = (struct place){.row = key->row,
					  .unknown = sort_key_unknown(key),
					  .tie = i && sort_key_same(key, key - 1),
					  .mark = place_mark(key->id)};
	}
	p->count = k->count;
	p->examined = k->examined;
	p->picture = k->picture;
	return true;
}

static inline const void *row_below(const struct table *t, const void *picture, u32 end, struct place p)
{
	const void *row = p.row < end ? t->row(picture, p.row) : NULL;

	return row && place_mark(t->id(row)) == p.mark ? row : NULL;
}

const void *place_row(const struct table *t, const void *picture, struct place p)
{
	return row_below(t, picture, t->end(picture), p);
}

static void reverse(struct place *at, u32 begin, u32 end)
{
	while (begin + 1 < end) {
		struct place t = at[begin];

		at[begin++] = at[--end];
		at[end] = t;
	}
}

/* Rows with the same value stay ordered by id, as in table_compare() in both directions, so that they do not move when
 * the order is inverted. Rows without a value stay last. */
void places_orient(struct places *p, bool descending)
{
	u32 known = p->count;

	if (p->descending == descending)
		return;
	p->descending = descending;
	while (known && p->at[known - 1].unknown)
		known--;
	reverse(p->at, 0, known);
	/* Now each run of one value ends with the place that began it. */
	for (u32 begin = 0, i = 0; i < known; i++) {
		if (p->at[i].tie)
			continue;
		reverse(p->at, begin, i + 1);
		begin = i + 1;
	}
}

static void prefetch(const struct places_walk *w, u32 i)
{
	u32 row;

	if (i >= w->from->count || !w->t->prefetch)
		return;
	row = w->from->at[i].row;
	if (row < w->end)
		w->t->prefetch(w->picture, row, PART_KEYS);
}

void places_walk_start(struct places_walk *w, const struct table *t, const void *picture, const struct places *from,
		       struct places *to)
{
	*w = (struct places_walk){.t = t, .picture = picture, .from = from, .to = to};
	to->count = to->examined = 0;
	to->ordered = to->complete = false;
}

static void walk_one(struct places_walk *w, const struct list *l)
{
	struct place p = w->from->at[w->at];
	const void *row = row_below(w->t, w->picture, w->end, p);

	w->apart |= !p.tie;
	if (!row || list_leaves_out(l, row))
		return;
	w->to->examined++;
	if (!query_match(l->query, w->picture, row))
		return;
	p.tie = !w->apart;
	w->apart = false;
	w->to->at[w->to->count++] = p;
}

bool places_walk(struct places_walk *w, const struct list *l, u32 count, u64 deadline)
{
	u32 end = w->from->count;

	w->end = w->t->end(w->picture);
	while (w->at < end && w->to->count < count) {
		for (u32 stop = MIN(end, w->at + WALK_SLICE); w->at < stop; w->at++) {
			prefetch(w, w->at + WALK_AHEAD);
			walk_one(w, l);
		}
		if (deadline && now_ns() >= deadline)
			break;
	}
	return w->at == end;
}
