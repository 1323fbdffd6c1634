/* A list is made in steps that can all be left at any time: every row is looked at once, and what matches gets a key;
 * where the keys are long texts, these are ranked; then the keys are sorted, the window first. Meanwhile the places of
 * the list before are read; for a new order, once its window is right, the keys themselves, so that the first rows
 * appear at once. An order that is only inverted needs none of this, and where all rows are in order, a new filter is
 * a walk through them: once a filter has been changed, the order of what it hides is made with each picture too. */
#include "list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "clock.h"
#include "idmap.h"
#include "list_private.h"

int list_new(struct list **l, const struct table *t, const void *picture)
{
	*l = calloc(1, sizeof(**l));
	if (!*l)
		return -ENOMEM;
	(*l)->t = t;
	(*l)->rows = picture;
	(*l)->open = true;
	(*l)->phase = PHASE_BEGIN;
	return 0;
}

void list_free(struct list *l)
{
	if (!l)
		return;
	places_deinit(&l->shown);
	places_deinit(&l->all);
	places_deinit(&l->behind);
	free(l->made.at);
	free(l->positions);
	text_ranks_deinit(&l->ranks);
	free(l);
}

/* -- what is asked for --------------------------------------------------------------------------------------------- */

/* Nothing that is there can be shown: what is read starts anew. */
static void restart(struct list *l)
{
	l->open = true;
	l->made.count = l->made.examined = 0;
	l->phase = PHASE_BEGIN;
	l->early = l->positions_valid = l->shown.ordered = false;
}

void list_look_at(struct list *l, const void *picture)
{
	l->rows = picture;
	l->picture++;
	l->generation = l->t->generation(picture);
	l->all.ordered = l->begun = false;
	l->shown.count = l->all.count = 0;
	restart(l);
}

static void swap_places(struct places *a, struct places *b)
{
	struct places t = *a;

	*a = *b;
	*b = t;
}

/* What is shown is what was asked for; perhaps there is a newer picture. */
static void settle(struct list *l)
{
	l->early = l->positions_valid = false;
	l->phase = l->shown.picture == l->picture ? PHASE_IDLE : PHASE_BEGIN;
}

static bool in_column(const struct list *l, const struct places *p)
{
	return p->ordered && p->column == l->column;
}

/* Of this picture, or of the one before while this one's is made. */
static bool is_recent(const struct list *l, const struct places *p)
{
	return in_column(l, p) && l->picture - p->picture <= 1;
}

/* Does what is read have the filter and the order that were asked for, though perhaps of the picture before? */
static bool is_asked_for(const struct list *l)
{
	return !l->open && in_column(l, &l->shown) && l->shown.descending == l->descending;
}

/* false: no memory. */
static bool begin_walk(struct list *l, struct places *to)
{
	if (!places_reserve(to, l->all.count))
		return false;
	places_walk_start(&l->walk, l->t, l->rows, &l->all, to);
	l->phase = PHASE_WALK;
	return true;
}

/* The query over what is in order already. */
static void filter_all(struct list *l)
{
	places_orient(&l->all, l->descending);
	l->open = false;
	if (!l->query) {
		swap_places(&l->shown, &l->all);
		settle(l);
	} else if (!begin_walk(l, &l->shown)) {
		restart(l);
	}
}

void list_set_query(struct list *l, const struct query *q)
{
	l->query = q;
	l->keep_all |= l->begun;
	list_notice_picture(l);
	if (!l->open && in_column(l, &l->shown) && l->shown.complete)
		swap_places(&l->shown, &l->all);
	l->early = l->positions_valid = l->shown.ordered = false;
	if (is_recent(l, &l->all))
		filter_all(l);
	else
		restart(l);
}

const struct query *list_query(const struct list *l)
{
	return l->query;
}

void list_set_closed(struct list *l, bool closed)
{
	if (l->closed == closed)
		return;
	l->closed = closed;
	l->all.ordered = false;
	restart(l);
}

void list_set_quiet(struct list *l, bool quiet)
{
	if (l->quiet == quiet)
		return;
	l->quiet = quiet;
	l->all.ordered = false;
	restart(l);
}

void list_set_only(struct list *l, list_only_fn *only, const void *context)
{
	l->only = only;
	l->only_context = context;
	l->all.ordered = false;
	restart(l);
}

void list_set_before(struct list *l, const void *before)
{
	l->before = before;
	l->all.ordered = false;
	restart(l);
}

/* From now on the places are read, and the keys are free for other work. false: no memory; the keys stay open. */
static bool close_keys(struct list *l)
{
	if (!places_take(&l->shown, &l->made))
		return false;
	l->shown.ordered = l->open = l->positions_valid = false;
	return true;
}

/* The order is there, or its reverse. */
static void invert(struct list *l)
{
	bool behind = l->phase == PHASE_SCAN || l->phase == PHASE_RANK || l->phase == PHASE_SORT;

	places_orient(&l->shown, l->descending);
	l->positions_valid = false;
	/* What is made of the next picture is turned round when it is whole; what was to be another order is not. */
	if (!behind || l->early)
		settle(l);
}

void list_set_sort(struct list *l, const struct column *column, bool descending)
{
	if (l->column == column && l->descending == descending)
		return;
	l->column = column;
	l->descending = descending;
	list_notice_picture(l);
	if (!l->open && in_column(l, &l->shown)) {
		invert(l);
		return;
	}
	if (l->phase == PHASE_WALK && l->walk.to == &l->shown && is_recent(l, &l->all)) {
		filter_all(l);
		return;
	}
	/* While rows are still being looked at there is no old order to show. */
	if (l->open && ((l->phase != PHASE_IDLE && l->phase != PHASE_SORT) || !close_keys(l))) {
		restart(l);
		return;
	}
	l->phase = PHASE_BEGIN;
	l->early = true;
}

const struct column *list_sort(const struct list *l, bool *descending)
{
	if (descending)
		*descending = l->descending;
	return l->column;
}

void list_invalidate(struct list *l)
{
	l->picture++;
	l->generation = l->t->generation(l->rows);
	/* Work that has begun is finished first: else fast ticks and small budgets would never show a whole list. */
	if (l->phase == PHASE_IDLE)
		l->phase = PHASE_BEGIN;
}

/* -- steps --------------------------------------------------------------------------------------------------------- */

/* From now on the keys are read, as far as they are in order. */
static void open_keys(struct list *l)
{
	l->early = false;
	l->open = true;
	l->positions_valid = false;
}

/* The keys are in order. false: no memory for the places of what the filter hides; what is shown stays. */
static bool finish_sort(struct list *l)
{
	struct places *p = l->unfiltered ? &l->all : &l->shown;

	if (!places_take(p, &l->made)) {
		if (!l->unfiltered)
			open_keys(l); /* they are read on */
		l->phase = PHASE_IDLE;
		return !l->unfiltered;
	}
	p->ordered = true;
	p->complete = l->unfiltered || !l->query;
	p->column = l->order.column;
	p->descending = l->order.descending;
	places_orient(p, l->descending);
	if (!l->unfiltered) {
		l->open = false;
		settle(l);
	} else if (!begin_walk(l, &l->behind)) {
		l->phase = PHASE_IDLE;
		return false;
	}
	return true;
}

static void finish_walk(struct list *l)
{
	struct places *to = l->walk.to;

	to->ordered = true;
	to->column = l->all.column;
	to->descending = l->all.descending;
	to->picture = l->all.picture;
	if (to == &l->behind)
		swap_places(&l->shown, &l->behind);
	settle(l);
}

/* Returns true when there are count places, or no more to come. */
static bool walk(struct list *l, u32 count, u64 deadline)
{
	if (places_walk(&l->walk, l, count, deadline)) {
		finish_walk(l);
		return true;
	}
	return l->walk.to->count >= count;
}

static u32 window_end(u32 first, u32 count)
{
	return count > UINT32_MAX - first ? UINT32_MAX : first + count;
}

/* One round from rows to places. Returns false at the deadline; *failed: no memory. */
static bool make_places(struct list *l, u32 first, u32 last, u64 deadline, bool *failed)
{
	enum progress p = list_give_keys(l, deadline);

	*failed = p == PROGRESS_FAILED;
	if (p != PROGRESS_SORTING)
		return false;
	if (l->early && !sorter_show(&l->sorter, first, last, deadline))
		return false;
	if (l->early)
		open_keys(l);
	if (!sorter_work(&l->sorter, first, last, deadline))
		return false;
	*failed = !finish_sort(l);
	return !*failed;
}

bool list_work(struct list *l, u32 first, u32 count, u64 budget_ns)
{
	u64 deadline = budget_ns ? now_ns() + budget_ns : 0;
	bool failed;

	while (l->phase != PHASE_IDLE) {
		if (l->phase == PHASE_WALK) {
			if (!walk(l, UINT32_MAX, deadline))
				return false;
		} else if (!make_places(l, first, window_end(first, count), deadline, &failed)) {
			return failed;
		}
		if (deadline && l->phase != PHASE_IDLE && now_ns() >= deadline)
			return false;
	}
	return true;
}

bool list_show(struct list *l, u32 first, u32 count, u64 budget_ns)
{
	u64 deadline = budget_ns ? now_ns() + budget_ns : 0;
	enum progress p;

	if (l->phase == PHASE_IDLE || is_asked_for(l))
		return true;
	if (l->phase == PHASE_WALK)
		return walk(l, count ? window_end(first, count) : UINT32_MAX, deadline);
	p = list_give_keys(l, deadline);
	if (p != PROGRESS_SORTING)
		return p == PROGRESS_FAILED;
	if (!sorter_show(&l->sorter, first, window_end(first, count), deadline))
		return false;
	if (l->early && count)
		open_keys(l);
	return true;
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

static u32 search_key(const struct keys *k, u32 row)
{
	for (u32 i = 0; i < k->count; i++)
		if (k->at[i].row == row)
			return i;
	return IDMAP_NONE;
}

u32 list_rank(const struct list *l, u32 row)
{
	u32 at;

	/* A walk fills the places in their order. */
	if (l->phase == PHASE_IDLE || l->phase == PHASE_WALK || is_asked_for(l))
		return list_position(l, row);
	if (l->phase != PHASE_SORT)
		return IDMAP_NONE;
	at = search_key(&l->made, row);
	return at == IDMAP_NONE ? at : sorter_rank(&l->sorter, l->made.count, &l->made.at[at]);
}

bool list_whole(const struct list *l)
{
	return l->phase == PHASE_IDLE;
}

u32 list_count(const struct list *l)
{
	return l->open ? l->made.count : l->shown.count;
}

u32 list_examined(const struct list *l)
{
	return l->open ? l->made.examined : l->shown.examined;
}

/* What is at a position below list_count(), whoever has its slot now. */
static struct place place_at(const struct list *l, u32 position)
{
	if (l->open)
		return (struct place){.row = l->made.at[position].row, .mark = place_mark(l->made.at[position].id)};
	return l->shown.at[position];
}

u32 list_at(const struct list *l, u32 position)
{
	struct place p;

	if (position >= list_count(l))
		return IDMAP_NONE;
	p = place_at(l, position);
	return place_row(l->t, l->rows, p) ? p.row : IDMAP_NONE;
}

void list_prefetch(const struct list *l, u32 position)
{
	u32 row;

	if (position >= list_count(l) || !l->t->prefetch)
		return;
	row = place_at(l, position).row;
	if (row < l->t->end(l->rows))
		l->t->prefetch(l->rows, row, PART_ROW);
}

static bool index_positions(struct list *l)
{
	u32 len = 0;

	for (u32 i = 0; i < l->shown.count; i++)
		len = MAX(len, (u32)l->shown.at[i].row + 1);
	if (array_reserve(&l->positions, &l->positions_cap, MAX(len, 1U), sizeof(*l->positions)) < 0)
		return false;
	memset(l->positions, 0xff, (size_t)len * sizeof(*l->positions));
	for (u32 i = 0; i < l->shown.count; i++)
		l->positions[l->shown.at[i].row] = i;
	l->positions_len = len;
	l->positions_valid = true;
	return true;
}

static u32 search_position(const struct list *l, u32 row)
{
	for (u32 i = 0; i < list_count(l); i++)
		if (place_at(l, i).row == row)
			return i;
	return IDMAP_NONE;
}

u32 list_position(const struct list *l, u32 row)
{
	/* The index is a cache that no caller can see: built at the first question to a finished list. */
	struct list *cache = (struct list *)l;
	u32 position;

	if (l->open || !l->shown.ordered || (!l->positions_valid && !index_positions(cache)))
		position = search_position(l, row);
	else
		position = row < l->positions_len ? l->positions[row] : IDMAP_NONE;
	return position != IDMAP_NONE && place_row(l->t, l->rows, place_at(l, position)) ? position : IDMAP_NONE;
}
