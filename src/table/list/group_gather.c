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
	free(g->sums);
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
	struct group_sum *s;
	int err;

	*group = idmap_get(&w->keys, key);
	if (*group != IDMAP_NONE)
		return 0;
	err = array_append(&g->sums, &g->sum_cap, g->sum_count, sizeof(*g->sums));
	if (err)
		return err;
	err = idmap_set(&w->keys, key, g->sum_count);
	if (err)
		return err;
	*group = g->sum_count++;
	s = &g->sums[*group];
	*s = (struct group_sum){.key = key};
	for (size_t i = 0; i < w->sums->count; i++)
		s->sums[i] = NAN;
	return 0;
}

static void add_row(const struct gatherer *w, struct group_sum *s, const void *row)
{
	struct value v;

	s->members++;
	for (size_t i = 0; i < w->sums->count; i++) {
		const struct column *c = w->sums->columns[i];
		double sum = s->sums[i];

		if (!c->get(c, w->picture, row, &v))
			continue;
		if (isnan(sum))
			s->sums[i] = v.number;
		else
			s->sums[i] = c->sum == SUM_MOST ? MAX(sum, v.number) : sum + v.number;
	}
}

static int begin(struct gathering *g, struct gatherer *w, const struct list *l)
{
	g->sum_count = g->member_count = w->row_count = w->at = 0;
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
			int err;

			list_prefetch(l, w->at + GATHER_AHEAD);
			if (row == IDMAP_NONE)
				continue;
			at = w->t->row(w->picture, row);
			err = group_of(g, w, g->by->key(w->picture, at), &group);
			if (err)
				return err;
			if (!*g->sums[group].label)
				g->by->label(w->picture, at, g->sums[group].label, sizeof(g->sums[group].label));
			add_row(w, &g->sums[group], at);
			w->rows[w->row_count++] = (struct gathered){row, group};
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
	if (t->err)
		return;
	s = &t->g->sums[group];
	text_copy(s->label, sizeof(s->label), label);
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
 * sum: of which of the sums; negative: by how many there are if by_count, else by label alone. */
static void make_key(const struct group_sum *s, u32 place, int sum, bool descending, bool by_count, struct sort_key *k)
{
	double v = sum >= 0 ? s->sums[sum] : s->counted ? (double)s->total : s->members;

	sort_key_text(s->label, k);
	k->row = place;
	k->id = s->key;
	k->extra = 0;
	if (sum < 0 && !by_count)
		return;
	descending |= sum < 0;
	k->extra = (u32)(k->low >> 32);
	k->low = k->high;
	k->high = isnan(v) ? UINT64_MAX : descending ? ~sort_key_double(v) : sort_key_double(v);
}

int group_sums_find(const struct group_sums *sums, const struct column *c)
{
	for (size_t i = 0; i < sums->count; i++)
		if (sums->columns[i] == c)
			return (int)i;
	return -1;
}

static int start_sort(struct gathering *g, struct gatherer *w, const struct list *l)
{
	bool descending;
	const struct column *c = list_sort(l, &descending);
	int sum = group_sums_find(w->sums, c);
	int err = add_totals(g, w, l);

	if (!err)
		err = array_reserve(&w->sort, &w->sort_cap, g->sum_count, sizeof(*w->sort));
	if (!err)
		err = array_reserve(&g->order, &g->order_cap, g->sum_count, sizeof(*g->order));
	if (!err)
		err = array_reserve(&g->members, &g->member_cap, w->row_count, sizeof(*g->members));
	if (err)
		return err;
	for (u32 i = 0; i < g->sum_count; i++)
		make_key(&g->sums[i], i, sum, descending, g->by->folded, &w->sort[i]);
	sorter_start(&w->sorter, w->sort, g->sum_count, NULL);
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
	for (u32 i = 0, end; i < g->sum_count; i = end) {
		for (end = i + 1; end < g->sum_count; end++)
			if (keys[end].high != keys[i].high || keys[end].low != keys[i].low ||
			    keys[end].extra != keys[i].extra)
				break;
		if (end - i > 1)
			qsort_r(&g->order[i], end - i, sizeof(*g->order), compare_labels, g->sums);
	}
}

/* Places members by group, within one in the list's order. */
static int place_members(struct gathering *g, const struct gatherer *w)
{
	cleanup_free u32 *next = malloc(((size_t)g->sum_count + 1) * sizeof(*next));
	u32 at = 0;

	if (!next)
		return -ENOMEM;
	for (u32 i = 0; i < g->sum_count; i++) {
		next[g->order[i]] = at;
		at += g->sums[g->order[i]].members;
	}
	for (u32 i = 0; i < w->row_count; i++)
		g->members[next[w->rows[i].group]++] = w->rows[i].row;
	g->member_count = w->row_count;
	return 0;
}

static int finish(struct gathering *g, struct gatherer *w)
{
	int err;

	for (u32 i = 0; i < g->sum_count; i++)
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
