/* Groups: a list's rows gathered under heads. Each update counts the members of every group, gives each its stretch of
 * one array, and fills the stretches in the list's order; folding only rewrites the lines. */
#include "group.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idmap.h"
#include "text.h"

struct member {
	u32 row, group;
};

struct groups {
	struct model *m;
	enum group_by by;
	struct group_sum *sums; /* owned, in the order shown */
	u32 sum_count, sum_cap;
	struct idmap keys;      /* key to index in sums, while gathering */
	struct member *members; /* owned: as the list has them, then by group */
	struct member *sorted;  /* owned */
	u32 member_count, member_cap;
	struct group_line *lines; /* owned */
	u32 line_count, line_cap;
	struct idmap folds; /* keys that are not as fold_default says */
	bool fold_default;
};

const char *group_name(enum group_by by)
{
	static const char *const names[GROUP_KINDS] = {"none", "process", "remote", "netns", "container"};

	return (unsigned)by < GROUP_KINDS ? names[by] : "none";
}

int groups_new(struct groups **g, struct model *m)
{
	*g = calloc(1, sizeof(**g));
	if (!*g)
		return -ENOMEM;
	(*g)->m = m;
	return 0;
}

void groups_free(struct groups *g)
{
	if (!g)
		return;
	idmap_deinit(&g->keys);
	idmap_deinit(&g->folds);
	free(g->sums);
	free(g->members);
	free(g->sorted);
	free(g->lines);
	free(g);
}

void groups_set(struct groups *g, enum group_by by)
{
	if ((unsigned)by >= GROUP_KINDS || g->by == by)
		return;
	g->by = by;
	g->sum_count = g->member_count = g->line_count = 0;
}

enum group_by groups_by(const struct groups *g)
{
	return g->by;
}

/* -- what a row belongs to -------------------------------------------------------------------------------------------
 */

static u64 hash_bytes(u64 seed, const void *p, size_t n)
{
	const u8 *bytes = p;

	for (size_t i = 0; i < n; i++)
		seed = (seed ^ bytes[i]) * 0x100000001b3ULL;
	return seed;
}

/* Never 0, which no idmap holds. */
static u64 group_key(const struct groups *g, const struct row *r)
{
	u64 h = 0xcbf29ce484222325ULL + (u64)g->by;

	switch (g->by) {
	case GROUP_PROCESS:
		if (r->s.has & HAS_OWNER) {
			h = hash_bytes(h, &r->s.pid, sizeof(r->s.pid));
			h = hash_bytes(h, r->s.comm, strnlen((const char *)r->s.comm, sizeof(r->s.comm)));
		}
		break;
	case GROUP_REMOTE:
		if (r->s.has & HAS_REMOTE) {
			h = hash_bytes(h, &r->s.family, 1);
			h = hash_bytes(h, r->s.raddr, r->s.family == 6 ? 16 : 4);
		}
		break;
	case GROUP_NETNS:
		h = hash_bytes(h, &r->s.netns, sizeof(r->s.netns));
		h = hash_bytes(h, &r->s.netns_cookie, sizeof(r->s.netns_cookie));
		break;
	case GROUP_CGROUP:
		if (r->s.has & HAS_CGROUP)
			h = hash_bytes(h, &r->s.cgroup_id, sizeof(r->s.cgroup_id));
		break;
	default: break;
	}
	h = idmap_hash(h);
	return h ? h : 1;
}

static void label_named(const struct groups *g, const struct row *r, char *dst, size_t size)
{
	bool netns = g->by == GROUP_NETNS;
	const char *name =
	    netns ? model_name(g->m, NAME_NETNS, r->s.netns, 0) : model_name(g->m, NAME_CGROUP, r->s.cgroup_id, 0);

	if (netns && name)
		snprintf(dst, size, "netns %u %s", r->s.netns, name);
	else if (netns)
		snprintf(dst, size, "netns %u", r->s.netns);
	else if (name)
		text_copy(dst, size, name);
	else
		snprintf(dst, size, "cgroup %llu", (unsigned long long)r->s.cgroup_id);
}

static void group_label(const struct groups *g, const struct row *r, char *dst, size_t size)
{
	static const struct {
		u64 has;
		const char *unknown;
	} needs[GROUP_KINDS] = {[GROUP_PROCESS] = {HAS_OWNER, "unknown process"},
				[GROUP_REMOTE] = {HAS_REMOTE, "no remote"},
				[GROUP_CGROUP] = {HAS_CGROUP, "unknown container"}};
	char label[RECORD_NAME_LEN + 40];

	if ((r->s.has & needs[g->by].has) != needs[g->by].has)
		text_copy(label, sizeof(label), needs[g->by].unknown);
	else if (g->by == GROUP_PROCESS)
		snprintf(label, sizeof(label), "%.15s[%u]", (const char *)r->s.comm, r->s.pid);
	else if (g->by == GROUP_REMOTE)
		address_format(r->s.raddr, r->s.family, label, sizeof(label));
	else
		label_named(g, r, label, sizeof(label));
	/* Cut at a character, not within one. */
	text_copy(dst, size, label);
}

/* -- gathering -------------------------------------------------------------------------------------------------------
 */

static int grow(void *array, u32 *cap, u32 need, size_t size)
{
	void **p = array;
	u32 want = MAX(need, *cap + *cap / 2);
	void *bigger;

	if (need <= *cap)
		return 0;
	bigger = realloc(*p, (size_t)want * size);
	if (!bigger)
		return -ENOMEM;
	*p = bigger;
	*cap = want;
	return 0;
}

static int group_of(struct groups *g, const struct row *r, u32 *group)
{
	u64 key = group_key(g, r);
	struct group_sum *s;
	int err;

	*group = idmap_get(&g->keys, key);
	if (*group != IDMAP_NONE)
		return 0;
	err = grow(&g->sums, &g->sum_cap, g->sum_count + 1, sizeof(*g->sums));
	if (err)
		return err;
	err = idmap_set(&g->keys, key, g->sum_count);
	if (err)
		return err;
	*group = g->sum_count++;
	s = &g->sums[*group];
	*s = (struct group_sum){.key = key, .rx_rate = NAN, .tx_rate = NAN};
	group_label(g, r, s->label, sizeof(s->label));
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

static int gather(struct groups *g, const struct list *l)
{
	u32 count = list_count(l);
	int err;

	if (count > g->member_cap) {
		u32 cap = g->member_cap;

		err = grow(&g->members, &cap, count, sizeof(*g->members));
		if (!err)
			err = grow(&g->sorted, &g->member_cap, cap, sizeof(*g->sorted));
		if (err)
			return err;
	}
	for (u32 i = 0; i < count; i++) {
		u32 row = list_at(l, i), group;

		if (row == IDMAP_NONE)
			continue;
		err = group_of(g, model_row(g->m, row), &group);
		if (err)
			return err;
		add_row(&g->sums[group], model_row(g->m, row));
		g->members[g->member_count++] = (struct member){row, group};
	}
	return 0;
}

/* -- order -----------------------------------------------------------------------------------------------------------
 */

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

struct sum_order {
	const char *column; /* NULL: by label */
	bool descending;
	const struct group_sum *sums;
};

static int compare_sums(const void *pa, const void *pb, void *arg)
{
	const struct sum_order *o = arg;
	const struct group_sum *a = &o->sums[*(const u32 *)pa], *b = &o->sums[*(const u32 *)pb];
	double va = o->column ? sum_value(a, o->column) : 0, vb = o->column ? sum_value(b, o->column) : 0;
	int d;

	if (isnan(va) != isnan(vb))
		return isnan(va) ? 1 : -1;
	if (!isnan(va) && va != vb)
		return (va < vb) == o->descending ? 1 : -1;
	d = strcmp(a->label, b->label);
	return d ? d : (a->key > b->key) - (a->key < b->key);
}

/* Sorts the sums and renumbers the members after them. */
static int order_groups(struct groups *g, const struct list *l)
{
	cleanup_free u32 *order = malloc((size_t)(g->sum_count + 1) * sizeof(*order));
	cleanup_free u32 *number = malloc((size_t)(g->sum_count + 1) * sizeof(*number));
	struct group_sum *sums = malloc((size_t)(g->sum_count + 1) * sizeof(*sums));
	struct sum_order o = {.sums = g->sums};
	const struct column *c = list_sort(l, &o.descending);

	if (!order || !number || !sums) {
		free(sums);
		return -ENOMEM;
	}
	o.column = c && has_sum(c->name) ? c->name : NULL;
	for (u32 i = 0; i < g->sum_count; i++)
		order[i] = i;
	qsort_r(order, g->sum_count, sizeof(*order), compare_sums, &o);
	for (u32 i = 0; i < g->sum_count; i++) {
		sums[i] = g->sums[order[i]];
		number[order[i]] = i;
	}
	free(g->sums);
	g->sums = sums;
	g->sum_cap = g->sum_count + 1;
	for (u32 i = 0; i < g->member_count; i++)
		g->members[i].group = number[g->members[i].group];
	return 0;
}

/* Members by group, within one in the list's order. */
static int place_members(struct groups *g)
{
	cleanup_free u32 *next = malloc((size_t)(g->sum_count + 1) * sizeof(*next));
	u32 at = 0;

	if (!next)
		return -ENOMEM;
	for (u32 i = 0; i < g->sum_count; i++) {
		next[i] = at;
		at += g->sums[i].members;
	}
	for (u32 i = 0; i < g->member_count; i++)
		g->sorted[next[g->members[i].group]++] = g->members[i];
	return 0;
}

/* -- lines -----------------------------------------------------------------------------------------------------------
 */

static bool is_folded(const struct groups *g, u32 group)
{
	return (idmap_get(&g->folds, g->sums[group].key) != IDMAP_NONE) != g->fold_default;
}

/* The room is there: groups_update() reserved a line for every head and member. */
static void make_lines(struct groups *g)
{
	u32 member = 0;

	g->line_count = 0;
	for (u32 i = 0; i < g->sum_count; i++) {
		bool folded = is_folded(g, i);

		g->lines[g->line_count++] =
		    (struct group_line){.head = true, .folded = folded, .row = IDMAP_NONE, .group = i};
		for (u32 end = member + g->sums[i].members; member < end; member++)
			if (!folded)
				g->lines[g->line_count++] =
				    (struct group_line){.row = g->sorted[member].row, .group = i};
	}
}

int groups_update(struct groups *g, const struct list *l)
{
	int err;

	g->sum_count = g->member_count = g->line_count = 0;
	idmap_clear(&g->keys);
	if (g->by == GROUP_NONE)
		return 0;
	err = gather(g, l);
	if (!err)
		err = order_groups(g, l);
	if (!err)
		err = place_members(g);
	if (!err)
		err = grow(&g->lines, &g->line_cap, g->sum_count + g->member_count, sizeof(*g->lines));
	if (err) {
		g->sum_count = g->member_count = 0;
		return err;
	}
	make_lines(g);
	return 0;
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
	return group < g->sum_count ? &g->sums[group] : NULL;
}

void groups_fold(struct groups *g, u32 group, bool folded)
{
	u64 key;

	if (group >= g->sum_count)
		return;
	key = g->sums[group].key;
	if (folded == g->fold_default)
		idmap_remove(&g->folds, key);
	else if (idmap_set(&g->folds, key, 1) < 0)
		return; /* no memory to remember it: it stays as it was */
	make_lines(g);
}

void groups_fold_all(struct groups *g, bool folded)
{
	g->fold_default = folded;
	idmap_clear(&g->folds);
	make_lines(g);
}
