/* The first half of making a list: scans every row, makes keys for those that match, and ranks if the keys are long
 * texts. */
#include "list_private.h"

#include "array.h"

#define SCAN_SLICE 256 /* rows between two looks at the clock */
#define AHEAD 16       /* rows that are prefetched into the cache */

void list_notice_picture(struct list *l)
{
	if (l->generation != l->t->generation(l->rows))
		l->picture++;
	l->generation = l->t->generation(l->rows);
}

/* false: no memory for the keys; the shown rows stay. */
static bool begin(struct list *l)
{
	l->end = l->t->end(l->rows);
	if (array_reserve(&l->made.at, &l->made.cap, MAX(l->end, 1U), sizeof(*l->made.at)) < 0)
		return false;
	l->made.count = l->made.examined = 0;
	list_notice_picture(l);
	l->made.picture = l->picture;
	l->begun = true;
	/* The first rows must not wait for what the filter hides. */
	l->unfiltered = l->keep_all && l->query && !l->open && !l->early;
	l->scan = 0;
	sort_order_init(&l->order, l->t, l->rows, l->column, l->descending, &l->ranks);
	l->order.before = l->column && column_has_difference(l->column) ? l->before : NULL;
	l->phase = PHASE_SCAN;
	return true;
}

/* What every look needs; what the row points to is prefetched once the row is there. */
static void prefetch(const struct list *l, u32 i)
{
	if (i + AHEAD < l->end)
		l->t->prefetch(l->rows, i + AHEAD, PART_KEYS);
	if (l->column && l->column->needs & NEEDS_INFO && i + AHEAD / 2 < l->end)
		l->t->prefetch(l->rows, i + AHEAD / 2, PART_DETAILS);
}

static void look_at(struct list *l, u32 i)
{
	struct keys *k = &l->made;
	const void *row;

	if (l->t->prefetch)
		prefetch(l, i);
	row = l->t->row(l->rows, i);
	if (!row || list_leaves_out(l, row))
		return;
	k->examined++;
	if (l->unfiltered || query_match(l->query, l->rows, row))
		sort_key_make(&l->order, row, i, &k->at[k->count++]);
}

static bool scan(struct list *l, u64 deadline)
{
	while (l->scan < l->end) {
		for (u32 stop = MIN(l->end, l->scan + SCAN_SLICE); l->scan < stop; l->scan++)
			look_at(l, l->scan);
		if (deadline && l->scan < l->end && now_ns() >= deadline)
			return false;
	}
	return true;
}

static void start_sort(struct list *l)
{
	sorter_start(&l->sorter, l->made.at, l->made.count, NULL);
	l->phase = PHASE_SORT;
}

/* Every row has its key. false: no memory for the ranks; the next call starts over. */
static bool leave_scan(struct list *l)
{
	if (!l->order.ranks) {
		start_sort(l);
		return true;
	}
	if (l->ranks.failed || !text_ranks_start(&l->ranks, &l->sorter)) {
		l->phase = PHASE_BEGIN;
		return false;
	}
	l->phase = PHASE_RANK;
	return true;
}

static bool rank(struct list *l, u64 deadline)
{
	if (!sorter_work(&l->sorter, 0, UINT32_MAX, deadline))
		return false;
	text_ranks_apply(&l->ranks, l->made.at, l->made.count, l->order.descending);
	start_sort(l);
	return true;
}

enum progress list_give_keys(struct list *l, u64 deadline)
{
	if (l->phase == PHASE_BEGIN && !begin(l))
		return PROGRESS_FAILED;
	if (l->phase == PHASE_SCAN) {
		if (!scan(l, deadline))
			return PROGRESS_LATE;
		if (!leave_scan(l))
			return PROGRESS_FAILED;
	}
	return l->phase == PHASE_RANK && !rank(l, deadline) ? PROGRESS_LATE : PROGRESS_SORTING;
}
