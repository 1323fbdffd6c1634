/* Gathering a list's rows: every row is added to its group's sums, the groups are sorted, and the members of each get a
 * stretch of one array. With 114,000 rows in 60,000 groups that takes tens of milliseconds, so it can be left at any
 * time. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "clock.h"
#include "group_private.h"
#include "text.h"

#define GATHER_SLICE 128 /* rows between two looks at the clock */
#define GATHER_AHEAD 8   /* rows that are prefetched into the cache */

void gathering_deinit(struct gathering *g)
{
	gathered_deinit(&g->sums);
	free(g->order);
	free(g->members);
	*g = (struct gathering){};
}

void gatherer_deinit(struct gatherer *w)
{
	idmap_deinit(&w->keys);
	free(w->rows);
	free(w->sort);
	*w = (struct gatherer){};
}

/* -- rows into groups ---------------------------------------------------------------------------------------------- */

/* The group of a key, made without a label if it is missing. */
static int group_of(struct gathering *g, struct gatherer *w, u64 key, u32 *group)
{
	int err;

	*group = w->last_group;
	if (key == w->last)
		return 0;
	*group = idmap_get(&w->keys, key);
	if (*group == IDMAP_NONE) {
		*group = g->sums.count;
		err = gathered_reserve(&g->sums, *group + 1);
		if (!err)
			err = idmap_set(&w->keys, key, *group);
		if (err)
			return err;
		g->sums.groups[*group].key = key;
	}
	w->last = key;
	w->last_group = *group;
	return 0;
}

static int begin(struct gathering *g, struct gatherer *w, const struct list *l)
{
	g->member_count = w->row_count = w->at = 0;
	w->last = 0;
	gathered_begin(&g->sums, w->sums);
	idmap_clear(&w->keys);
	w->stage = GATHER_ROWS;
	return array_reserve(&w->rows, &w->row_cap, list_count(l), sizeof(*w->rows));
}

static int add_rows(struct gathering *g, struct gatherer *w, const struct list *l, u64 deadline)
{
	u32 count = MIN(list_count(l), w->row_cap);

	while (w->at < count) {
		u32 stop = MIN(count, w->at + GATHER_SLICE);

		for (; w->at < stop; w->at++) {
			u32 row = list_at(l, w->at), group;
			const void *at;
			char *label;
			int err;

			list_prefetch(l, w->at + GATHER_AHEAD);
			if (row == IDMAP_NONE)
				continue;
			at = w->t->row(w->picture, row);
			err = group_of(g, w, g->by->key(w->picture, at), &group);
			if (err)
				return err;
			label = gathered_label(&g->sums, group);
			if (!label)
				return -ENOMEM;
			if (!*label)
				g->by->label(w->picture, at, label, GROUP_LABEL_MAX);
			err = gathered_add(&g->sums, w->sums, group, at, row, ADDS_ALL);
			if (err)
				return err;
			w->rows[w->row_count++] = (struct member){row, group};
		}
		if (deadline && now_ns() >= deadline)
			return 0;
	}
	return 1;
}

/* -- totals -------------------------------------------------------------------------------------------------------- */

struct totals {
	struct gathering *g;
	struct gatherer *w;
	int err;
};

static void add_total(void *context, u64 key, const char *label, u64 count, u64 recent)
{
	struct totals *t = context;
	struct group_sum *s;
	u32 group;

	if (!t->err)
		t->err = group_of(t->g, t->w, key, &group);
	if (!t->err && !gathered_label(&t->g->sums, group))
		t->err = -ENOMEM;
	if (t->err)
		return;
	s = &t->g->sums.groups[group];
	text_copy(s->label, GROUP_LABEL_MAX, label);
	s->counted = true;
	s->total += count;
	s->recent += recent;
}

/* There are no totals of what a filter leaves. */
static int add_totals(struct gathering *g, struct gatherer *w, const struct list *l)
{
	struct totals t = {.g = g, .w = w};

	if (g->by->totals && !list_query(l))
		g->by->totals(w->picture, w->t, add_total, &t);
	return t.err;
}

/* -- order --------------------------------------------------------------------------------------------------------- */

/* By value, else by label; the label's beginning separates equal values, and resort() what is still equal then.
 * column: of which the sum decides; NULL: by how many there are where they are folded, else by label alone. */
static void make_key(const struct gathering *g, const struct gatherer *w, u32 place, const struct column *column,
		     bool descending, struct sort_key *k)
{
	const struct group_sum *s = &g->sums.groups[place];
	double n = s->counted ? (double)s->total : s->members;
	struct value v;

	sort_key_text(s->label, k);
	k->row = place;
	k->id = s->key;
	k->extra = 0;
	if (!column && !g->by->folded)
		return;
	if (column)
		n = gathered_value(&g->sums, w->sums, place, column, SUMMED_SHOWN, &v) ? v.number : NAN;
	descending |= !column;
	k->extra = (u32)(k->low >> 32);
	k->low = k->high;
	k->high = isnan(n) ? UINT64_MAX : descending ? ~sort_key_double(n) : sort_key_double(n);
}

static int start_sort(struct gathering *g, struct gatherer *w, const struct list *l)
{
	bool descending;
	const struct column *c = list_sort(l, &descending);
	int err = add_totals(g, w, l);
	u32 count = g->sums.count;

	if (!err)
		err = array_reserve(&w->sort, &w->sort_cap, count, sizeof(*w->sort));
	if (!err)
		err = array_reserve(&g->order, &g->order_cap, count, sizeof(*g->order));
	if (!err)
		err = array_reserve(&g->members, &g->member_cap, w->row_count, sizeof(*g->members));
	if (err)
		return err;
	for (u32 i = 0; i < count; i++)
		make_key(g, w, i, c && column_sums_up(c->sum) ? c : NULL, descending, &w->sort[i]);
	sorter_start(&w->sorter, w->sort, count, NULL);
	w->stage = GATHER_SORT;
	return 0;
}

static int compare_labels(const void *pa, const void *pb, void *arg)
{
	const struct group_sum *sums = arg, *a = &sums[*(const u32 *)pa], *b = &sums[*(const u32 *)pb];
	int d = strcmp(a->label, b->label);

	return d ? d : (a->key > b->key) - (a->key < b->key);
}

/* Sorts labels that begin alike by the rest of them. */
static void resort(struct gathering *g, const struct sort_key *keys)
{
	for (u32 i = 0, end; i < g->sums.count; i = end) {
		for (end = i + 1; end < g->sums.count; end++)
			if (keys[end].high != keys[i].high || keys[end].low != keys[i].low ||
			    keys[end].extra != keys[i].extra)
				break;
		if (end - i > 1)
			qsort_r(&g->order[i], end - i, sizeof(*g->order), compare_labels, g->sums.groups);
	}
}

/* Places members by group, within one in the list's order. */
static int place_members(struct gathering *g, const struct gatherer *w)
{
	cleanup_free u32 *next = malloc(((size_t)g->sums.count + 1) * sizeof(*next));
	u32 at = 0;

	if (!next)
		return -ENOMEM;
	for (u32 i = 0; i < g->sums.count; i++) {
		next[g->order[i]] = at;
		at += g->sums.groups[g->order[i]].members;
	}
	for (u32 i = 0; i < w->row_count; i++)
		g->members[next[w->rows[i].group]++] = w->rows[i].row;
	g->member_count = w->row_count;
	return 0;
}

static int finish(struct gathering *g, struct gatherer *w)
{
	int err;

	for (u32 i = 0; i < g->sums.count; i++)
		g->order[i] = w->sort[i].row;
	resort(g, w->sort);
	err = place_members(g, w);
	w->stage = GATHER_IDLE;
	return err ? err : 1;
}

int gathering_work(struct gathering *g, struct gatherer *w, const struct list *l, u64 deadline)
{
	int r = w->stage == GATHER_IDLE ? begin(g, w, l) : 0;

	if (r < 0)
		return r;
	if (w->stage == GATHER_ROWS) {
		r = add_rows(g, w, l, deadline);
		if (r == 1)
			r = start_sort(g, w, l);
		else
			return r;
		if (r < 0 || (deadline && now_ns() >= deadline))
			return r;
	}
	return sorter_work(&w->sorter, 0, UINT32_MAX, deadline) ? finish(g, w) : 0;
}
