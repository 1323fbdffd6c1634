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

#define GATHER_SLICE 128 /* rows between two looks at the clock */
#define GATHER_AHEAD 8   /* rows that are fetched into the cache before they are added */

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

static int group_of(struct gathering *g, struct gatherer *w, const struct model *m, const struct row *r, u32 *group)
{
	u64 key = group_key(g->by, r);
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
	*s = (struct group_sum){.key = key, .rx_rate = NAN, .tx_rate = NAN};
	group_label(m, g->by, r, s->label, sizeof(s->label));
	return 0;
}

static double add_known(double sum, float f)
{
	return isnan(f) ? sum : (isnan(sum) ? 0 : sum) + (double)f;
}

static void add_row(struct group_sum *s, const struct row *r)
{
	s->members++;
	s->rx_rate = add_known(s->rx_rate, r->rx_rate);
	s->tx_rate = add_known(s->tx_rate, r->tx_rate);
	if (r->s.has & HAS_RX_BYTES)
		s->rx_bytes += r->s.rx_bytes;
	if (r->s.has & HAS_TX_BYTES)
		s->tx_bytes += r->s.tx_bytes;
	if (r->s.has & HAS_DROPS)
		s->drops += r->s.drops;
	if (r->s.has & HAS_TCP) {
		s->retrans += r->s.retrans;
		s->rtt_max_us = MAX(s->rtt_max_us, r->s.rtt_us);
	}
}

static int begin(struct gathering *g, struct gatherer *w, const struct list *l)
{
	g->sum_count = g->member_count = w->row_count = w->at = 0;
	idmap_clear(&w->keys);
	w->stage = GATHER_ROWS;
	return array_reserve(&w->rows, &w->row_cap, list_count(l), sizeof(*w->rows));
}

static int add_rows(struct gathering *g, struct gatherer *w, const struct model *m, const struct list *l, u64 deadline)
{
	u32 count = MIN(list_count(l), w->row_cap);

	while (w->at < count) {
		u32 stop = MIN(count, w->at + GATHER_SLICE);

		for (; w->at < stop; w->at++) {
			u32 row = list_at(l, w->at), group;
			int err;

			list_prefetch(l, w->at + GATHER_AHEAD);
			if (row == IDMAP_NONE)
				continue;
			err = group_of(g, w, m, model_row(m, row), &group);
			if (err)
				return err;
			add_row(&g->sums[group], model_row(m, row));
			w->rows[w->row_count++] = (struct gathered){row, group};
		}
		if (deadline && now_ns() >= deadline)
			return 0;
	}
	return 1;
}

/* -- order --------------------------------------------------------------------------------------------------------- */

/* A sum as the column that it is the sum of; NaN: not known. */
static double sum_value(const struct group_sum *s, const char *column)
{
	return strcmp(column, "rx_rate") == 0    ? s->rx_rate
	       : strcmp(column, "tx_rate") == 0  ? s->tx_rate
	       : strcmp(column, "rx_bytes") == 0 ? (double)s->rx_bytes
	       : strcmp(column, "tx_bytes") == 0 ? (double)s->tx_bytes
	       : strcmp(column, "retrans") == 0  ? (double)s->retrans
	       : strcmp(column, "drops") == 0    ? (double)s->drops
	       : strcmp(column, "rtt_us") == 0   ? (s->rtt_max_us ? (double)s->rtt_max_us : NAN)
						 : NAN;
}

static bool has_sum(const char *column)
{
	static const struct group_sum known = {.rtt_max_us = 1};

	return !isnan(sum_value(&known, column));
}

/* By value, else by label; the label's beginning separates equal values, and resort() what is still equal then. */
static void make_key(const struct group_sum *s, u32 place, const char *column, bool descending, struct sort_key *k)
{
	double v = column ? sum_value(s, column) : 0;

	sort_key_text(s->label, k);
	k->row = place;
	k->id = s->key;
	k->extra = 0;
	if (!column)
		return;
	k->extra = (u32)(k->low >> 32);
	k->low = k->high;
	k->high = isnan(v) ? UINT64_MAX : descending ? ~sort_key_double(v) : sort_key_double(v);
}

static int start_sort(struct gathering *g, struct gatherer *w, const struct list *l)
{
	bool descending;
	const struct column *c = list_sort(l, &descending);
	const char *column = c && has_sum(c->name) ? c->name : NULL;
	int err = array_reserve(&w->sort, &w->sort_cap, g->sum_count, sizeof(*w->sort));

	if (!err)
		err = array_reserve(&g->order, &g->order_cap, g->sum_count, sizeof(*g->order));
	if (!err)
		err = array_reserve(&g->members, &g->member_cap, w->row_count, sizeof(*g->members));
	if (err)
		return err;
	for (u32 i = 0; i < g->sum_count; i++)
		make_key(&g->sums[i], i, column, descending, &w->sort[i]);
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

/* Labels that begin alike are ordered by the rest of them. */
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

/* Members by group, within one in the list's order. */
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

int gathering_work(struct gathering *g, struct gatherer *w, const struct model *m, const struct list *l, u64 deadline)
{
	int r = w->stage == GATHER_IDLE ? begin(g, w, l) : 0;

	if (r < 0)
		return r;
	if (w->stage == GATHER_ROWS) {
		r = add_rows(g, w, m, l, deadline);
		if (r == 1)
			r = start_sort(g, w, l);
		else
			return r;
		if (r < 0 || (deadline && now_ns() >= deadline))
			return r;
	}
	return sorter_work(&w->sorter, 0, UINT32_MAX, deadline) ? finish(g, w) : 0;
}
