/* A list is made in steps that can all be left at any time: every row is looked at once, and what matches gets a key;
 * where the keys are long texts, these are ranked; then the keys are sorted, the window first. Meanwhile the places of
 * the list before are read; for a new filter, and for a new order once its window is right, the keys themselves, so
 * that the first rows appear at once. */
#include "list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "idmap.h"
#include "list_private.h"

#define SCAN_SLICE 256 /* rows between two looks at the clock */
#define AHEAD 16       /* rows that are fetched into the cache before they are looked at */

/* What is left of a key when the list is whole. */
struct place {
	u32 row;
	u32 mark; /* of its id: the slot may be given to another socket */
};

struct places {
	struct place *at; /* owned */
	u32 count, cap;
	u32 examined;
};

struct keys {
	struct sort_key *at; /* owned */
	u32 count, cap;
	u32 examined;
};

enum phase { PHASE_IDLE, PHASE_BEGIN, PHASE_SCAN, PHASE_RANK, PHASE_SORT };

struct list {
	struct model *m;
	const struct query *query; /* borrowed */
	const struct column *column;
	bool descending;
	bool closed;
	struct places shown;
	struct keys made;
	bool open; /* made is read instead of shown */
	enum phase phase;
	bool again; /* the picture changed while the list was being made */
	bool early; /* made is to be read as soon as its window is right */
	u32 scan, end;
	struct sort_order order;
	struct text_ranks ranks;
	struct sorter sorter;
	u32 *positions; /* owned; row index to position in shown */
	u32 positions_len, positions_cap;
	bool positions_valid;
};

int list_new(struct list **l, struct model *m)
{
	*l = calloc(1, sizeof(**l));
	if (!*l)
		return -ENOMEM;
	(*l)->m = m;
	(*l)->open = true;
	(*l)->phase = PHASE_BEGIN;
	return 0;
}

void list_free(struct list *l)
{
	if (!l)
		return;
	free(l->shown.at);
	free(l->made.at);
	free(l->positions);
	text_ranks_deinit(&l->ranks);
	free(l);
}

/* What the user changes must be seen at once: what is read starts anew. */
static void restart(struct list *l)
{
	l->open = true;
	l->made.count = l->made.examined = 0;
	l->phase = PHASE_BEGIN;
	l->again = l->early = false;
	l->positions_valid = false;
}

void list_set_query(struct list *l, const struct query *q)
{
	l->query = q;
	restart(l);
}

void list_set_closed(struct list *l, bool closed)
{
	if (l->closed == closed)
		return;
	l->closed = closed;
	restart(l);
}

static u32 mark_of(u64 id)
{
	return (u32)(id ^ id >> 32);
}

static void *reserve(void *array, u32 *cap, u32 need, size_t size)
{
	void *bigger;

	if (need <= *cap)
		return array;
	bigger = reallocarray(array, (size_t)need + need / 8, size);
	if (bigger)
		*cap = need + need / 8;
	return bigger;
}

/* From now on the places are read, and the keys are free for other work. false: no memory; the keys stay open. */
static bool close_keys(struct list *l)
{
	struct place *at = reserve(l->shown.at, &l->shown.cap, MAX(l->made.count, 1U), sizeof(*at));

	if (!at)
		return false;
	for (u32 i = 0; i < l->made.count; i++)
		at[i] = (struct place){l->made.at[i].row, mark_of(l->made.at[i].id)};
	l->shown.at = at;
	l->shown.count = l->made.count;
	l->shown.examined = l->made.examined;
	l->open = l->positions_valid = false;
	return true;
}

void list_set_sort(struct list *l, const struct column *column, bool descending)
{
	if (l->column == column && l->descending == descending)
		return;
	l->column = column;
	l->descending = descending;
	/* While rows are still being looked at there is no old order to show. */
	if (l->open && ((l->phase != PHASE_IDLE && l->phase != PHASE_SORT) || !close_keys(l))) {
		restart(l);
		return;
	}
	l->phase = PHASE_BEGIN;
	l->again = false;
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
	/* Work that has begun is finished first: else fast ticks and small budgets would never show a whole list. */
	if (l->phase == PHASE_IDLE) {
		l->phase = PHASE_BEGIN;
	} else if (l->phase != PHASE_BEGIN) {
		l->again = true;
	}
}

/* false: no memory for the keys; what is shown stays. */
static bool begin(struct list *l)
{
	struct sort_key *at;

	l->end = model_rows_end(l->m);
	at = reserve(l->made.at, &l->made.cap, MAX(l->end, 1U), sizeof(*at));
	if (!at)
		return false;
	l->made.at = at;
	l->made.count = l->made.examined = 0;
	l->scan = 0;
	sort_order_init(&l->order, l->m, l->column, l->descending, &l->ranks);
	l->phase = PHASE_SCAN;
	return true;
}

/* The two ends of a row, where its marks and its id lie: what every look needs. Details lie elsewhere: they are fetched
 * once the row has come. */
static void prefetch(const struct list *l, u32 i)
{
	if (i + AHEAD < l->end) {
		const struct row *r = model_row(l->m, i + AHEAD);

		__builtin_prefetch(&r->live);
		__builtin_prefetch(&r->s.id);
		__builtin_prefetch(&r->info);
	}
	if (l->column && l->column->needs & NEEDS_INFO && i + AHEAD / 2 < l->end) {
		const struct record_info *info = model_row(l->m, i + AHEAD / 2)->info;

		if (info)
			__builtin_prefetch(&info->options);
	}
}

static bool scan(struct list *l, u64 deadline)
{
	struct keys *t = &l->made;

	while (l->scan < l->end) {
		u32 stop = MIN(l->end, l->scan + SCAN_SLICE);

		for (; l->scan < stop; l->scan++) {
			const struct row *r = model_row(l->m, l->scan);

			prefetch(l, l->scan);
			if (!r->live || (r->closed && !l->closed))
				continue;
			t->examined++;
			if (query_match(l->query, l->m, r))
				sort_key_make(&l->order, r, l->scan, &t->at[t->count++]);
		}
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

/* Every row has its key. false: no memory for the ranks; the next call begins anew. */
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
	text_ranks_apply(&l->ranks, l->made.at, l->made.count, l->descending);
	start_sort(l);
	return true;
}

/* From now on the keys are read, as far as they are in order. */
static void open_keys(struct list *l)
{
	l->early = false;
	l->open = true;
	l->positions_valid = false;
}

static void finish(struct list *l)
{
	/* Without memory for the places the keys are read on. */
	if (!close_keys(l))
		open_keys(l);
	l->early = false;
	l->phase = PHASE_IDLE;
	if (l->again) {
		l->again = false;
		list_invalidate(l);
	}
}

enum progress { PROGRESS_LATE, PROGRESS_FAILED, PROGRESS_SORTING };

/* Up to where only the order is missing. */
static enum progress give_keys(struct list *l, u64 deadline)
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

static u32 window_end(u32 first, u32 count)
{
	return count > UINT32_MAX - first ? UINT32_MAX : first + count;
}

bool list_work(struct list *l, u32 first, u32 count, u64 budget_ns)
{
	u64 deadline = budget_ns ? now_ns() + budget_ns : 0;
	u32 last = window_end(first, count);

	while (l->phase != PHASE_IDLE) {
		enum progress p = give_keys(l, deadline);

		if (p != PROGRESS_SORTING)
			return p == PROGRESS_FAILED;
		if (l->early && !sorter_show(&l->sorter, first, last, deadline))
			return false;
		if (l->early)
			open_keys(l);
		if (!sorter_work(&l->sorter, first, last, deadline))
			return false;
		finish(l);
		if (deadline && l->phase != PHASE_IDLE && now_ns() >= deadline)
			return false;
	}
	return true;
}

bool list_show(struct list *l, u32 first, u32 count, u64 budget_ns)
{
	u64 deadline = budget_ns ? now_ns() + budget_ns : 0;
	enum progress p;

	if (l->phase == PHASE_IDLE)
		return true;
	p = give_keys(l, deadline);
	if (p != PROGRESS_SORTING)
		return p == PROGRESS_FAILED;
	if (!sorter_show(&l->sorter, first, window_end(first, count), deadline))
		return false;
	if (l->early && count)
		open_keys(l);
	return true;
}

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

	if (l->phase == PHASE_IDLE)
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
		return (struct place){l->made.at[position].row, mark_of(l->made.at[position].id)};
	return l->shown.at[position];
}

/* The row's slot may have been freed, or given to another socket, since the list was made. */
static bool is_current(const struct list *l, struct place p)
{
	const struct row *r = p.row < model_rows_end(l->m) ? model_row(l->m, p.row) : NULL;

	return r && r->live && mark_of(r->s.id) == p.mark;
}

u32 list_at(const struct list *l, u32 position)
{
	struct place p;

	if (position >= list_count(l))
		return IDMAP_NONE;
	p = place_at(l, position);
	return is_current(l, p) ? p.row : IDMAP_NONE;
}

void list_prefetch(const struct list *l, u32 position)
{
	const u8 *p;
	u32 row;

	if (position >= list_count(l))
		return;
	row = place_at(l, position).row;
	if (row >= model_rows_end(l->m))
		return;
	p = (const u8 *)model_row(l->m, row);
	for (size_t at = 0; at < sizeof(struct row); at += 64)
		__builtin_prefetch(p + at);
}

static bool index_positions(struct list *l)
{
	u32 len = 0, *p;

	for (u32 i = 0; i < l->shown.count; i++)
		len = MAX(len, l->shown.at[i].row + 1);
	p = reserve(l->positions, &l->positions_cap, MAX(len, 1U), sizeof(*p));
	if (!p)
		return false;
	l->positions = p;
	memset(p, 0xff, (size_t)len * sizeof(*p));
	for (u32 i = 0; i < l->shown.count; i++)
		p[l->shown.at[i].row] = i;
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

	if (l->open || (!l->positions_valid && !index_positions(cache)))
		position = search_position(l, row);
	else
		position = row < l->positions_len ? l->positions[row] : IDMAP_NONE;
	return position != IDMAP_NONE && is_current(l, place_at(l, position)) ? position : IDMAP_NONE;
}
