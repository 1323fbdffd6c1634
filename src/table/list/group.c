/* Groups: a list's rows gathered under heads, as a tree of lines that fold. A new gathering is made while the old one
 * is shown; folding only rewrites the lines. */
#include "group.h"

#include <errno.h>
#include <stdlib.h>

#include "array.h"
#include "clock.h"
#include "group_private.h"

struct groups {
	const struct table *t;
	const void *picture; /* borrowed */
	struct sums sums;
	const struct table_group *by;
	struct gathering shown, behind;
	struct gatherer gatherer;
	struct group_line *lines; /* owned; of shown */
	u32 line_count, line_cap;
	struct idmap folds; /* keys whose fold differs from fold_default */
	bool fold_default;
};

int groups_new(struct groups **g, const struct table *t, const void *picture)
{
	struct groups *n = calloc(1, sizeof(*n));

	*g = n;
	if (!n)
		return -ENOMEM;
	n->t = t;
	n->picture = picture;
	return sums_init(&n->sums, t, picture);
}

static void drop_all(struct groups *g)
{
	gathering_deinit(&g->shown);
	gathering_deinit(&g->behind);
	gatherer_deinit(&g->gatherer);
	free(g->lines);
	g->lines = NULL;
	g->line_count = g->line_cap = 0;
}

void groups_free(struct groups *g)
{
	if (!g)
		return;
	drop_all(g);
	idmap_deinit(&g->folds);
	sums_deinit(&g->sums);
	free(g);
}

void groups_look_at(struct groups *g, const void *picture)
{
	groups_abandon(g);
	drop_all(g);
	g->picture = g->sums.picture = picture;
}

bool groups_want(struct groups *g, const struct column *c)
{
	return column_sums_up(c->sum) && sums_want(&g->sums, c, SUMMED_SHOWN) == 1;
}

void groups_set(struct groups *g, const struct table_group *by)
{
	if (g->by == by)
		return;
	g->by = by;
	g->fold_default = by && by->folded;
	idmap_clear(&g->folds);
	groups_abandon(g);
	if (!by)
		drop_all(g);
}

const struct table_group *groups_by(const struct groups *g)
{
	return g->by;
}

const struct table_group *groups_shown(const struct groups *g)
{
	return g->shown.by;
}

/* -- lines --------------------------------------------------------------------------------------------------------- */

static bool is_folded(const struct groups *g, const struct group_sum *s)
{
	return (idmap_get(&g->folds, s->key) != IDMAP_NONE) != g->fold_default;
}

/* Cannot fail: reserve_lines() made room for every head and member. */
static void make_lines(struct groups *g)
{
	u32 member = 0;

	g->line_count = 0;
	for (u32 i = 0; i < g->shown.sums.count; i++) {
		const struct group_sum *s = &g->shown.sums.groups[g->shown.order[i]];
		bool folded = is_folded(g, s);

		g->lines[g->line_count++] =
		    (struct group_line){.head = true, .folded = folded, .row = IDMAP_NONE, .group = i};
		for (u32 end = member + s->members; member < end; member++)
			if (!folded)
				g->lines[g->line_count++] =
				    (struct group_line){.row = g->shown.members[member], .group = i};
	}
}

static bool reserve_lines(struct groups *g)
{
	u32 need = g->shown.sums.count + g->shown.member_count;

	return array_reserve(&g->lines, &g->line_cap, need, sizeof(*g->lines)) == 0;
}

static int show_gathered(struct groups *g)
{
	struct gathering t = g->shown;

	g->shown = g->behind;
	g->behind = t;
	if (!reserve_lines(g))
		return -ENOMEM;
	make_lines(g);
	return 1;
}

/* -- gathering ----------------------------------------------------------------------------------------------------- */

bool groups_busy(const struct groups *g)
{
	return g->gatherer.stage != GATHER_IDLE;
}

void groups_abandon(struct groups *g)
{
	g->gatherer.stage = GATHER_IDLE;
}

int groups_work(struct groups *g, const struct list *l, u64 budget_ns)
{
	u64 deadline = budget_ns ? now_ns() + budget_ns : 0;
	const struct column *sort = list_sort(l, NULL);
	int r;

	if (!g->by)
		return 1;
	g->behind.by = g->by;
	g->gatherer.t = g->t;
	g->gatherer.picture = g->picture;
	g->gatherer.sums = &g->sums;
	if (!groups_busy(g) && sort)
		(void)groups_want(g, sort);
	r = gathering_work(&g->behind, &g->gatherer, l, deadline);
	if (r == 1)
		r = show_gathered(g);
	if (r < 0)
		drop_all(g);
	return r;
}

u32 groups_count(const struct groups *g)
{
	return g->line_count;
}

struct group_line groups_line(const struct groups *g, u32 line)
{
	return line < g->line_count ? g->lines[line] : (struct group_line){.row = IDMAP_NONE, .group = IDMAP_NONE};
}

const struct group_sum *groups_sum(const struct groups *g, u32 group)
{
	return group < g->shown.sums.count ? &g->shown.sums.groups[g->shown.order[group]] : NULL;
}

bool groups_value(const struct groups *g, const struct group_sum *s, const struct column *c, struct value *v)
{
	u32 group = (u32)(s - g->shown.sums.groups);

	return column_sums_up(c->sum) && gathered_value(&g->shown.sums, &g->sums, group, c, SUMMED_SHOWN, v);
}

void groups_fold(struct groups *g, u32 group, bool folded)
{
	const struct group_sum *s = groups_sum(g, group);

	if (!s)
		return;
	if (folded == g->fold_default)
		idmap_remove(&g->folds, s->key);
	else if (idmap_set(&g->folds, s->key, 1) < 0)
		return; /* no memory to remember it: nothing changes */
	make_lines(g);
}

void groups_fold_all(struct groups *g, bool folded)
{
	g->fold_default = folded;
	idmap_clear(&g->folds);
	make_lines(g);
}
