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

/* Sums that a column needs. */
static u32 width_of(const struct column *c)
{
	return c->sum == SUM_RATIO ? 2 : 1;
}

int sums_want(struct sums *s, const struct column *c, enum summed_values which)
{
	u16 *slot = slot_of(s, c, which);
	int err;

	if (*slot || c->sum == SUM_NONE || c->sum == SUM_LABEL)
		return 0;
	err = array_append(&s->at, &s->cap, s->count, sizeof(*s->at));
	if (err)
		return err;
	s->at[s->count++] = (struct summed){.column = c,
					    .get = which == SUMMED_CALM && c->order ? c->order : c->get,
					    .at = s->width,
					    .sum = c->sum,
					    .real = column_is_real(c)};
	s->width += width_of(c);
	*slot = (u16)s->count;
	return 1;
}

int sums_want_keyed(struct sums *s, const struct column *c)
{
	int err = sums_want(s, c, SUMMED_SHOWN);

	if (err < 0)
		return err;
	s->at[*slot_of(s, c, SUMMED_SHOWN) - 1].keyed = true;
	return 0;
}

/* -- groups -------------------------------------------------------------------------------------------------------- */

void gathered_deinit(struct gathered *g)
{
	for (u32 i = 0; i < g->cap; i++)
		free(g->groups[i].label);
	free(g->groups);
	free(g->sums);
	free(g->samples);
	free(g->mixes);
	*g = (struct gathered){};
}

void gathered_begin(struct gathered *g, const struct sums *s)
{
	g->count = 0;
	g->columns = s->count;
	g->stride = s->width;
	g->sample_count = g->mix_count = 0;
}

int gathered_reserve(struct gathered *g, u32 count)
{
	u64 sums = MAX((u64)count * g->stride, 1); /* never NULL, where no column is summed either */
	u32 had = g->cap;
	int err = sums > UINT32_MAX ? -ENOMEM : array_reserve(&g->sums, &g->sum_cap, (u32)sums, sizeof(*g->sums));

	if (!err)
		err = array_reserve(&g->groups, &g->cap, count, sizeof(*g->groups));
	if (err)
		return err;
	memset(g->groups + had, 0, (g->cap - had) * sizeof(*g->groups));
	for (; g->count < count; g->count++) {
		struct group_sum *group = &g->groups[g->count];

		*group = (struct group_sum){.label = group->label};
		if (group->label)
			*group->label = '\0';
		memset(g->sums + (size_t)g->count * g->stride, 0, g->stride * sizeof(*g->sums));
	}
	return 0;
}

char *gathered_label(struct gathered *g, u32 group)
{
	char **label = &g->groups[group].label;

	if (!*label)
		*label = calloc(1, GROUP_LABEL_MAX);
	return *label;
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
static bool agrees(const struct column *c, const struct value *a, struct value *b)
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
	else
		to->mixed = !agrees(c->column, v, &other);
}

static int add_mix(struct gathered *g, const struct sums *s, const struct summed *c, struct sum *to, const void *row)
{
	u8 amounts[MIX_WORDS];

	if (!c->column->mix || !c->column->mix(s->picture, row, amounts))
		return 0;
	if (!to->mix) {
		if (array_append(&g->mixes, &g->mix_cap, g->mix_count, sizeof(*g->mixes)) < 0)
			return -ENOMEM;
		g->mixes[g->mix_count++] = (struct mix){};
		to->mix = g->mix_count;
	}
	for (u32 i = 0; i < MIX_WORDS; i++)
		g->mixes[to->mix - 1].amounts[i] += amounts[i];
	to->count++;
	return 0;
}

static int add_sample(struct gathered *g, struct sum *to, double n)
{
	int err = array_append(&g->samples, &g->sample_cap, g->sample_count, sizeof(*g->samples));

	if (err)
		return err;
	g->samples[g->sample_count++] = (struct sample){.value = (float)n, .before = to->newest};
	to->newest = g->sample_count;
	return 0;
}

static int add_value(struct gathered *g, const struct sums *s, const struct summed *c, struct sum *to, const void *row,
		     u32 index)
{
	struct value v;
	int err = 0;

	if (!c->get(c->column, s->picture, row, &v))
		return 0;
	switch (c->sum) {
	case SUM_SAME: agree(s, c, to, &v, row, index); break;
	case SUM_P50:
	case SUM_P99: err = add_sample(g, to, v.number); break;
	case SUM_RATIO:
		to[0].number += v.number * v.of;
		to[1].number += v.of;
		break;
	default:
		if (c->real)
			add_real(to, c->sum, v.number);
		else
			add_integer(to, c->sum, v.integer);
	}
	if (c->column->severity)
		to->severity = (u8)MAX(to->severity, c->column->severity(row, &v));
	to->count += !err;
	return err;
}

/* Does a row add to a column? */
static bool adds_to(const struct summed *c, const struct sum *to, enum adds adds)
{
	if (adds == ADDS_TICK)
		return c->column->of_tick;
	return c->sum != SUM_SAME || (adds == ADDS_ALL && !to->mixed && !(c->keyed && to->count));
}

int gathered_add(struct gathered *g, const struct sums *s, u32 group, const void *row, u32 index, enum adds adds)
{
	struct sum *to = g->sums + (size_t)group * g->stride;
	int err = 0;

	for (u32 i = 0; i < g->columns && !err; i++) {
		const struct summed *c = &s->at[i];

		if (!adds_to(c, to + c->at, adds))
			continue;
		err =
		    c->sum == SUM_MIX ? add_mix(g, s, c, to + c->at, row) : add_value(g, s, c, to + c->at, row, index);
	}
	g->groups[group].members += adds != ADDS_TICK;
	return err;
}

void gathered_forget(struct gathered *g, const struct sums *s, u32 group, enum adds adds)
{
	struct sum *to = g->sums + (size_t)group * g->stride;

	for (u32 i = 0; i < g->columns; i++) {
		const struct summed *c = &s->at[i];

		if (adds == ADDS_ALL ? !c->column->of_tick : c->sum == SUM_SAME && !c->keyed)
			memset(to + c->at, 0, width_of(c->column) * sizeof(*to));
	}
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

/* The k-th smallest of n values, counted from 0; they change their places. Hoare's selection. */
static float select_value(float *at, u32 n, u32 k)
{
	u32 low = 0, high = n - 1;

	while (low < high) {
		float pivot = at[low + (high - low) / 2], swap;
		u32 i = low, j = high;

		for (;; i++, j--) {
			while (at[i] < pivot)
				i++;
			while (at[j] > pivot)
				j--;
			if (i >= j)
				break;
			swap = at[i];
			at[i] = at[j];
			at[j] = swap;
		}
		if (k <= j)
			high = j;
		else
			low = j + 1;
	}
	return at[k];
}

/* Of a sum that was asked for the value is kept: its samples are needed no more. */
static bool choose(const struct gathered *g, struct sum *of, unsigned percent)
{
	cleanup_free float *values = calloc(of->count, sizeof(*values));
	u32 n = 0;

	if (!values)
		return false;
	for (u32 i = of->newest; i; i = g->samples[i - 1].before)
		values[n++] = g->samples[i - 1].value;
	of->integer = (u64)select_value(values, n, (u32)(((u64)n * percent + 99) / 100) - 1);
	of->chosen = true;
	return true;
}

static bool percentile(const struct gathered *g, const struct column *c, struct sum *of, struct value *v)
{
	if (!of->chosen && !choose(g, of, c->sum == SUM_P50 ? 50 : 99))
		return false;
	return value_number(v, of->integer);
}

static bool mix_value(const struct gathered *g, const struct column *c, const struct sum *of, struct value *v)
{
	return column_mix(c, g->mixes[of->mix - 1].amounts, v->buffer, sizeof(v->buffer)) && value_text(v, v->buffer);
}

/* One of the rows that have it knows the value. */
static bool agreed_value(const struct sums *s, const struct summed *c, const struct sum *of, struct value *v)
{
	const void *row = of->mixed ? NULL : place_row(s->t, s->picture, of->of);

	return row && c->get(c->column, s->picture, row, v);
}

static bool sum_value(const struct gathered *g, const struct sums *s, const struct summed *c, struct sum *of,
		      struct value *v)
{
	switch (c->sum) {
	case SUM_SAME: return agreed_value(s, c, of, v);
	case SUM_MIX: return mix_value(g, c->column, of, v);
	case SUM_P50:
	case SUM_P99: return percentile(g, c->column, of, v);
	case SUM_RATIO: v->of = of[1].number; return v->of > 0 && value_real(v, of[0].number / v->of);
	default: return (c->real ? real_value : integer_value)(c->column, of, v);
	}
}

bool gathered_value(const struct gathered *g, const struct sums *s, u32 group, const struct column *c,
		    enum summed_values which, struct value *v)
{
	u16 slot = *slot_of(s, c, which);
	const struct summed *summed;
	struct sum *of;

	if (!slot || slot > g->columns || group >= g->count)
		return false;
	summed = &s->at[slot - 1];
	of = &g->sums[(size_t)group * g->stride + summed->at];
	if (!of->count || !sum_value(g, s, summed, of, v))
		return false;
	v->severity = of->severity;
	return true;
}
