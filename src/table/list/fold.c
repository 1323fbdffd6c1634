/* The picture of a fold: which row of the source belongs to which group, and what the groups' rows are then. */
#include "fold_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "list.h"
#include "query.h"

#define SLICE 128 /* rows of the source between two looks at the clock */
#define AHEAD 8   /* rows that are fetched into the cache before they are added */

/* -- the picture --------------------------------------------------------------------------------------------------- */

static int want_keyed(struct folded *f, const char *const *names)
{
	int err = 0;

	for (; names && *names && !err; names++)
		err = sums_want_keyed(&f->sums, column_of(f, table_find(f->t, *names)));
	return err;
}

/* What a row owns. */
static void drop(struct folded *f, struct fold_row *r)
{
	fold_series_drop(&f->series, &r->history);
	free(take(r->label));
}

int fold_new(struct folded **out, const struct table *t, const void *picture)
{
	struct folded *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	*f = (struct folded){
	    .t = t, .of = t->fold->of, .picture = picture, .source = picture, .stale = true, .pictures = 1};
	err = f->of->fold ? fold_new(&f->inner, f->of, picture) : 0;
	if (f->inner)
		f->picture = f->inner;
	if (!err)
		err = sums_init(&f->sums, f->of, f->picture);
	if (err) {
		fold_free(f);
		return err;
	}
	err = t->fold->loose ? 0 : want_keyed(f, t->fold->down);
	for (const char *const *name = t->fold->loose ? t->fold->down : NULL; name && *name; name++)
		fold_want(f, table_find(t, *name));
	if (t->fold->follows)
		f->stale |= sums_want(&f->sums, fold_followed(f), SUMMED_SHOWN) == 1;
	if (!err)
		err = want_keyed(f, t->fold->keyed);
	if (err) {
		fold_free(f);
		return err;
	}
	*out = f;
	return 0;
}

void fold_free(struct folded *f)
{
	if (!f)
		return;
	for (u32 i = 0; i < f->end; i++)
		drop(f, row_at(f, i));
	for (u32 i = 0; i < f->slab_count; i++)
		free(f->slabs[i]);
	free(f->slabs);
	free(f->free);
	gathered_deinit(&f->shown);
	gathered_deinit(&f->behind);
	idmap_deinit(&f->keys);
	sums_deinit(&f->sums);
	fold_free(f->inner);
	free(f);
}

void fold_invalidate(struct folded *f)
{
	f->stale = true;
	f->pictures++;
	if (f->inner)
		fold_invalidate(f->inner);
}

void fold_set_query(struct folded *f, const struct query *q)
{
	f->query = q;
	f->stale = true;
}

bool fold_whole(const struct folded *f)
{
	return !f->busy && !f->stale && (!f->inner || fold_whole(f->inner));
}

int fold_list(struct folded *f, struct list *l)
{
	int r = 0;

	if (f)
		fold_invalidate(f);
	do {
		if (f)
			r = fold_work(f, 0);
		list_invalidate(l);
		while (!list_work(l, 0, UINT32_MAX, 0))
			;
	} while (r >= 0 && f && !fold_whole(f));
	return MIN(r, 0);
}

/* -- gathering ----------------------------------------------------------------------------------------------------- */

/* An index that no row has. */
static int take_index(struct folded *f, u32 *index)
{
	struct fold_row *slab;

	if (f->free_count) {
		*index = f->free[--f->free_count];
		return 0;
	}
	/* With room to give it back. */
	if (array_append(&f->free, &f->free_cap, f->end, sizeof(*f->free)) < 0)
		return -ENOMEM;
	if (f->end == f->slab_count * SLAB) {
		if (array_append(&f->slabs, &f->slab_cap, f->slab_count, sizeof(*f->slabs)) < 0)
			return -ENOMEM;
		slab = calloc(SLAB, sizeof(*slab));
		if (!slab)
			return -ENOMEM;
		f->slabs[f->slab_count++] = slab;
	}
	*index = f->end++;
	return 0;
}

/* The index of a key's row, made if it is missing. */
static int index_of(struct folded *f, u64 key, u32 *index)
{
	int err;

	*index = idmap_get(&f->keys, key);
	if (*index != IDMAP_NONE)
		return 0;
	err = take_index(f, index);
	if (err)
		return err;
	err = gathered_reserve(&f->behind, f->end);
	if (!err)
		err = idmap_set(&f->keys, key, *index);
	if (err) {
		f->free[f->free_count++] = *index;
		return err;
	}
	*row_at(f, *index) =
	    (struct fold_row){.key = key, .age = ++f->ages, .since = f->generation ? f->pictures : 0, .index = *index};
	return 0;
}

/* What has ended steps back behind what lives, but for what it did in the last tick; and whoever speaks for the group
 * silences the others. */
static int adds_what(struct folded *f, u32 index, const void *row)
{
	const struct fold *fold = f->t->fold;
	struct group_sum *group = &f->behind.groups[index];
	bool alive = !table_ended(f->of, row), speaks = !fold->speaks || fold->speaks(f->picture, row);

	group->lately |= !alive && f->of->just_ended && f->of->just_ended(f->picture, row);
	if (!alive && group->alive)
		return ADDS_TICK;
	if (alive && !group->alive) {
		if (gathered_forget(&f->behind, &f->sums, index, ADDS_ALL) < 0)
			return -ENOMEM;
		group->alive = true;
		group->spoken = false;
	}
	if (speaks && !group->spoken) {
		if (gathered_forget(&f->behind, &f->sums, index, ADDS_NO_WORD) < 0)
			return -ENOMEM;
		group->spoken = true;
	}
	return speaks || !group->spoken ? ADDS_ALL : ADDS_NO_WORD;
}

static int add_row(struct folded *f, u32 source)
{
	const struct fold *fold = f->t->fold;
	const void *row = f->of->row(f->picture, source);
	u32 index;
	int err, adds;

	if (!row || (fold->takes && !fold->takes(f->picture, row)) || !query_match(f->query, f->picture, row))
		return 0;
	err = index_of(f, fold->by->key(f->picture, row), &index);
	if (err)
		return err;
	if (!f->behind.groups[index].members && row_at(f, index)->label)
		fold_set_label(f, row_at(f, index), row);
	adds = adds_what(f, index, row);
	return adds < 0 ? adds : gathered_add(&f->behind, &f->sums, index, row, source, adds);
}

/* 1: all were looked at. */
static int add_rows(struct folded *f, u64 deadline)
{
	while (f->at < f->stop) {
		u32 stop = MIN(f->stop, f->at + SLICE);

		for (; f->at < stop; f->at++) {
			int err;

			if (f->of->prefetch && f->at + AHEAD < f->stop)
				f->of->prefetch(f->picture, f->at + AHEAD, PART_ROW);
			err = add_row(f, f->at);
			if (err)
				return err;
		}
		if (deadline && f->at < f->stop && now_ns() >= deadline)
			return 0;
	}
	return 1;
}

static void begin(struct folded *f)
{
	gathered_begin(&f->behind, &f->sums);
	f->at = 0;
	f->stop = f->of->end(f->picture);
	f->busy = true;
	f->stale = false;
}

/* Clears the groups that there were. 1: they are clear. */
static int clear_groups(struct folded *f, u64 deadline)
{
	while (f->behind.count < f->end) {
		int err = gathered_reserve(&f->behind, MIN(f->end, f->behind.count + SLICE));

		if (err)
			return err;
		if (deadline && f->behind.count < f->end && now_ns() >= deadline)
			return 0;
	}
	return 1;
}

/* A row that was not there in the picture before had nothing then. */
static void follow_row(const struct folded *f, struct fold_row *r, struct mark now)
{
	if (!r->far.ns)
		r->far = r->near = r->since && f->followed_ns ? (struct mark){.ns = f->followed_ns} : now;
	if (now.ns < r->near.ns + GROWTH_NS)
		return;
	r->far = r->near;
	r->near = now;
}

static void follow(struct folded *f)
{
	u64 ns = f->t->fold->follows ? f->t->fold->now(f->picture) : 0;
	struct value v;

	if (ns == f->followed_ns)
		return;
	for (u32 i = 0; i < f->end; i++)
		if (row_at(f, i)->key && gathered_value(&f->shown, &f->sums, i, fold_followed(f), SUMMED_SHOWN, &v))
			follow_row(f, row_at(f, i), (struct mark){ns, v.number});
	f->followed_ns = ns;
}

/* What the rows have in each column that is a line of bars; a gathering that only adds columns has nothing new. */
static void sample(struct folded *f)
{
	const struct table *source = table_source(f->t);
	u64 moment = source->moment ? source->moment(f->source, &f->series.span) : 0;

	if (moment == f->series.sampled || !f->series.columns[0])
		return;
	f->series.sampled = moment;
	for (u32 i = 0; i < f->end; i++) {
		float values[FOLD_SERIES];
		struct value v;

		for (u32 k = 0; k < FOLD_SERIES; k++) {
			const struct column *c = f->series.columns[k];

			values[k] =
			    c && row_at(f, i)->key && fold_value(c, f, row_at(f, i), &v) ? (float)v.number : NAN;
		}
		if (row_at(f, i)->key)
			fold_series_push(&f->series, &row_at(f, i)->history, values);
	}
}

/* The new rows are those that are shown; indices of rows without a member are free. */
static void finish(struct folded *f)
{
	struct gathered before = f->shown;

	f->shown = f->behind;
	f->behind = before;
	f->busy = false;
	f->generation++;
	f->rows = f->alive = 0;
	for (u32 i = 0; i < f->end; i++) {
		struct fold_row *r = row_at(f, i);
		const struct group_sum *group = &f->shown.groups[i];

		if (!r->key)
			continue;
		if (!group->members) {
			idmap_remove(&f->keys, r->key);
			r->key = 0;
			drop(f, r);
			f->free[f->free_count++] = i;
			continue;
		}
		r->ended = !group->alive && !group->lately;
		f->rows++;
		f->alive += !r->ended;
	}
	follow(f);
	sample(f);
}

int fold_work(struct folded *f, u64 budget_ns)
{
	u64 deadline = budget_ns ? now_ns() + budget_ns : 0;
	int r = 1;

	if (f->inner && !fold_whole(f->inner)) {
		r = fold_work(f->inner, budget_ns);
		if (r != 1)
			return r;
		f->stale = true;
		if (deadline && now_ns() >= deadline)
			return 0;
	}
	if (!f->busy && f->stale)
		begin(f);
	if (f->busy)
		r = clear_groups(f, deadline);
	if (f->busy && r == 1)
		r = add_rows(f, deadline);
	if (r == 1 && f->busy)
		finish(f);
	if (r < 0)
		f->busy = false;
	return r;
}
