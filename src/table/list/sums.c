/* Sums over rows, of the columns that are asked for. Numbers are added up as they are compared: as integers, unless the
 * column has fractions. Of what rows agree on a row is kept that has it. */
#include "sums.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

int sums_init(struct sums *s, const struct table *t, const void *picture)
{
	*s = (struct sums){.t = t, .picture = picture};
	s->slots = calloc(2 * table_source(t)->count, sizeof(*s->slots));
	return s->slots ? 0 : -ENOMEM;
}

void sums_deinit(struct sums *s)
{
	free(s->at);
	free(s->slots);
	*s = (struct sums){};
}

static u16 *slot_of(const struct sums *s, const struct column *c, enum summed_values which)
{
	return &s->slots[(size_t)(c - table_columns(s->t)) * 2 + which];
}

int sums_want(struct sums *s, const struct column *c, enum summed_values which)
{
	u16 *slot = slot_of(s, c, which);
	int err;

	if (*slot || c->sum == SUM_NONE || c->sum >= SUM_LABEL)
		return 0;
	err = array_append(&s->at, &s->cap, s->count, sizeof(*s->at));
	if (err)
		return err;
	s->at[s->count++] = (struct summed){.column = c,
					    .get = which == SUMMED_CALM && c->order ? c->order : c->get,
					    .sum = c->sum,
					    .real = column_is_real(c)};
	*slot = (u16)s->count;
	return 1;
}

/* -- groups -------------------------------------------------------------------------------------------------------- */

void gathered_deinit(struct gathered *g)
{
	free(g->groups);
	free(g->sums);
	idmap_deinit(&g->votes);
	*g = (struct gathered){};
}

void gathered_begin(struct gathered *g, const struct sums *s)
{
	g->count = 0;
	g->stride = s->count;
	idmap_clear(&g->votes);
}

int gathered_reserve(struct gathered *g, u32 count)
{
	u64 sums = MAX((u64)count * g->stride, 1); /* never NULL, where no column is summed either */
	int err = sums > UINT32_MAX ? -ENOMEM : array_reserve(&g->sums, &g->sum_cap, (u32)sums, sizeof(*g->sums));

	if (!err)
		err = array_reserve(&g->groups, &g->cap, count, sizeof(*g->groups));
	if (err)
		return err;
	for (; g->count < count; g->count++) {
		struct group_sum *group = &g->groups[g->count];

		/* All but the label, which is as long as the rest ten times over. */
		group->label[0] = '\0';
		memset((char *)group + sizeof(group->label), 0, sizeof(*group) - sizeof(group->label));
		memset(g->sums + (size_t)g->count * g->stride, 0, g->stride * sizeof(*g->sums));
	}
	return 0;
}

/* -- adding -------------------------------------------------------------------------------------------------------- */

static void add_integer(struct sum *to, enum column_sum sum, u64 n)
{
	switch (sum) {
	case SUM_MOST: to->integer = to->count ? MAX(to->integer, n) : n; break;
	case SUM_LEAST: to->integer = to->count ? MIN(to->integer, n) : n; break;
	case SUM_COUNT: to->integer += n != 0; break;
	default: to->integer += n; break;
	}
}

static void add_real(struct sum *to, enum column_sum sum, double n)
{
	switch (sum) {
	case SUM_MOST: to->number = to->count ? MAX(to->number, n) : n; break;
	case SUM_LEAST: to->number = to->count ? MIN(to->number, n) : n; break;
	default: to->number += n; break;
	}
}

/* What is sorted by the port, too, is the same without it where it is an address alone. */
static bool same_value(const struct column *c, const struct value *a, struct value *b)
{
	if (c->unit == UNIT_ADDRESS)
		b->integer = a->integer;
	return column_compare(c, a, b) == 0;
}

static void agree(const struct sums *s, const struct summed *c, struct sum *to, const struct value *v, const void *row,
		  u32 index)
{
	const void *before = to->count ? place_row(s->t, s->picture, to->of) : NULL;
	struct value other;

	/* A row that has gone meanwhile has no word any more. */
	if (!before || !c->get(c->column, s->picture, before, &other))
		to->of = (struct place){.row = index, .mark = place_mark(s->t->id(row))};
	else if (c->column->unit == UNIT_ADDRESS) /* its order goes by the port, too */
		to->mixed = v->family != other.family || memcmp(v->address, other.address, v->family == 6 ? 16 : 4);
	else
		to->mixed = !same_value(c->column, v, &other);
}

static u64 hash_of(const struct value *v, u64 h)
{
	size_t len = v->kind == VALUE_TEXT ? strlen(v->text) : 0;

	h = idmap_mix(h, v->integer);
	for (size_t i = 0; i < len; i += sizeof(u64)) {
		u64 word = 0;

		memcpy(&word, v->text + i, MIN(len - i, sizeof(word)));
		h = idmap_mix(h, word);
	}
	return idmap_hash(h) | 1; /* never 0, which is an empty slot */
}

/* A vote for a value. What a group's rows had before they were forgotten has votes of its own. */
static void vote(struct gathered *g, const struct sums *s, u32 group, u32 slot, const void *row, u32 index)
{
	const struct column *c = s->at[slot].column;
	struct sum *to = &g->sums[(size_t)group * g->stride + slot];
	struct value v;
	u32 votes;
	u64 h;

	v.integer = 0;
	if (!s->at[slot].get(c, s->picture, row, &v))
		return;
	h = hash_of(&v, (u64)group << 32 | slot << 1 | g->groups[group].alive);
	votes = idmap_get(&g->votes, h);
	votes = (votes == IDMAP_NONE ? 0 : votes) + (c->weight ? c->weight(s->picture, row) : 1);
	if (idmap_set(&g->votes, h, votes) < 0 || votes <= to->count)
		return;
	to->count = votes;
	to->of = (struct place){.row = index, .mark = place_mark(s->t->id(row))};
}

static void add_value(const struct sums *s, const struct summed *c, struct sum *to, const void *row, u32 index)
{
	struct value v;

	if (!c->get(c->column, s->picture, row, &v))
		return;
	if (c->sum == SUM_SAME)
		agree(s, c, to, &v, row, index);
	else if (c->real)
		add_real(to, c->sum, v.number);
	else
		add_integer(to, c->sum, v.integer);
	if (c->column->severity)
		to->severity = (u8)MAX(to->severity, c->column->severity(row, &v));
	to->count++;
}

void gathered_add(struct gathered *g, const struct sums *s, u32 group, const void *row, u32 index, enum adds adds)
{
	struct sum *to = g->sums + (size_t)group * g->stride;

	for (u32 i = 0; i < g->stride; i++)
		if (s->at[i].sum == SUM_MODE)
			vote(g, s, group, i, row, index);
		else if (s->at[i].sum != SUM_SAME || (adds == ADDS_ALL && !to[i].mixed))
			add_value(s, &s->at[i], &to[i], row, index);
	g->groups[group].members++;
}

void gathered_forget(struct gathered *g, const struct sums *s, u32 group, enum adds adds)
{
	struct sum *to = g->sums + (size_t)group * g->stride;

	for (u32 i = 0; i < g->stride; i++)
		if (adds == ADDS_ALL || s->at[i].sum == SUM_SAME)
			to[i] = (struct sum){};
	if (adds == ADDS_ALL)
		g->groups[group].members = 0;
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

static bool real_value(const struct column *c, const struct sum *of, struct value *v)
{
	double n = c->sum == SUM_MEAN ? of->number / of->count : of->number;

	return c->unit == UNIT_SIGNED ? value_signed(v, (s64)n) : value_real(v, n);
}

static bool integer_value(const struct column *c, const struct sum *of, struct value *v)
{
	u64 n = c->sum == SUM_MEAN ? of->integer / of->count : of->integer;

	switch (c->unit) {
	case UNIT_NSEC: return value_nsec(v, n);
	case UNIT_TIME:
	case UNIT_TIME_NSEC: return value_time(v, n);
	default: return value_number(v, n);
	}
}

bool gathered_value(const struct gathered *g, const struct sums *s, u32 group, const struct column *c,
		    enum summed_values which, struct value *v)
{
	u16 slot = *slot_of(s, c, which);
	const struct sum *of;
	const void *row;

	if (!slot || slot > g->stride || group >= g->count)
		return false;
	of = &g->sums[(size_t)group * g->stride + slot - 1];
	if (!of->count || of->mixed)
		return false;
	if (c->sum == SUM_SAME || c->sum == SUM_MODE) {
		row = place_row(s->t, s->picture, of->of);
		if (!row || !s->at[slot - 1].get(c, s->picture, row, v))
			return false;
		if (c->sum == SUM_MODE && v->kind == VALUE_TEXT)
			v->number = of->count;
	} else if (!(column_is_real(c) ? real_value : integer_value)(c, of, v)) {
		return false;
	}
	v->severity = of->severity;
	return true;
}
