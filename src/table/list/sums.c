/* Sums over rows, of the columns that are asked for. Numbers are added up as they are compared: as integers, unless the
 * column has fractions. Of what rows agree on a row is kept that has it. */
#include "sums.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "select.h"

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

	if (*slot || c->sum == SUM_NONE || c->sum >= SUM_LABEL)
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
	idmap_deinit(&g->votes);
	free(g->samples);
	free(g->mixes);
	free(g->times);
	*g = (struct gathered){};
}

void gathered_begin(struct gathered *g, const struct sums *s)
{
	g->count = g->summed = 0;
	idmap_clear(&g->votes);
	g->columns = s->count;
	g->stride = s->width;
	g->sample_count = g->mix_count = g->time_count = 0;
}

int gathered_reserve(struct gathered *g, u32 count)
{
	u32 had = g->cap;
	int err = array_reserve(&g->groups, &g->cap, count, sizeof(*g->groups));

	if (err)
		return err;
	memset(g->groups + had, 0, (g->cap - had) * sizeof(*g->groups));
	for (; g->count < count; g->count++) {
		struct group_sum *group = &g->groups[g->count];

		*group = (struct group_sum){.label = group->label};
		if (group->label)
			*group->label = '\0';
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

static struct sum *sums_of(const struct gathered *g, u32 group)
{
	return g->sums + (size_t)(g->groups[group].sums - 1) * g->stride;
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
	else if (c->column->unit == UNIT_ADDRESS) /* its order goes by the port, too */
		to->mixed = v->family != other.family || memcmp(v->address, other.address, v->family == 6 ? 16 : 4);
	else
		to->mixed = !agrees(c->column, v, &other);
}

static u64 hash_of(const struct value *v, u64 h)
{
	h = idmap_mix(h, v->integer);
	if (v->kind == VALUE_TEXT)
		h = idmap_mix_text(h, v->text);
	return idmap_hash(h) | 1; /* never 0, which is an empty slot */
}

/* A vote for a value. What a group's rows had before they were forgotten has votes of its own. */
static int vote(struct gathered *g, const struct sums *s, u32 group, u32 slot, const void *row, u32 index)
{
	const struct column *c = s->at[slot].column;
	struct sum *to = sums_of(g, group) + s->at[slot].at;
	struct value v;
	u32 votes;
	u64 h;

	v.integer = 0;
	if (!s->at[slot].get(c, s->picture, row, &v))
		return 0;
	h = hash_of(&v, (u64)group << 32 | slot << 1 | g->groups[group].alive);
	votes = idmap_get(&g->votes, h);
	votes = (votes == IDMAP_NONE ? 0 : votes) + (c->weight ? c->weight(s->picture, row) : 1);
	if (idmap_set(&g->votes, h, votes) < 0)
		return -ENOMEM;
	if (votes <= to->count)
		return 0;
	to->count = votes;
	to->of = (struct place){.row = index, .mark = place_mark(s->t->id(row))};
	return 0;
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

/* Times in ns are added as such. */
static double sample_of(const struct column *c, const struct value *v)
{
	return c->unit == UNIT_NSEC ? (double)v->integer : v->number;
}

static int add_sample(struct gathered *g, struct sum *to, double n)
{
	int err = array_append(&g->samples, &g->sample_cap, g->sample_count, sizeof(*g->samples));

	if (err)
		return err;
	g->samples[g->sample_count++] = (struct sample){.value = n, .before = to->newest};
	to->newest = g->sample_count;
	return 0;
}

/* What a row has, or all that its value is of; but for the last one they are counted. */
static int add_samples(struct gathered *g, const struct sums *s, const struct column *c, struct sum *to,
		       const struct value *v, const void *row)
{
	double values[COLUMN_SAMPLES]; /* to clear it would cost more than all the rest */
	u32 n = c->samples ? c->samples(c, s->picture, row, values) : 1;
	int err = 0;

	if (!c->samples)
		values[0] = sample_of(c, v);
	for (u32 i = 0; i < n && !err; i++) {
		err = add_sample(g, to, values[i]);
		to->count += !err && i + 1 < n;
	}
	return err;
}

static int add_histogram(struct gathered *g, const struct sums *s, const struct column *c, struct sum *to,
			 const void *row)
{
	struct histogram h;

	if (!c->histogram(c, s->picture, row, &h))
		return 0;
	if (!to->times) {
		if (array_append(&g->times, &g->time_cap, g->time_count, sizeof(*g->times)) < 0)
			return -ENOMEM;
		g->times[g->time_count++] = (struct histogram){};
		to->times = g->time_count;
	}
	histogram_merge(&g->times[to->times - 1], &h);
	return 0;
}

static int add_value(struct gathered *g, const struct sums *s, const struct summed *c, struct sum *to, const void *row,
		     u32 index)
{
	struct value v;
	int err = 0;

	v.of = 0;
	if (!c->get(c->column, s->picture, row, &v)) {
		if (c->sum == SUM_RATIO)
			to[1].number += v.of;
		return 0;
	}
	switch (c->sum) {
	case SUM_SAME: agree(s, c, to, &v, row, index); break;
	case SUM_P50:
	case SUM_P99:
	case SUM_TIMES:
		err = (c->column->histogram ? add_histogram(g, s, c->column, to, row)
					    : add_samples(g, s, c->column, to, &v, row));
		break;
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

static int add_sums(struct gathered *g, const struct sums *s, u32 group, const void *row, u32 index, enum adds adds)
{
	struct sum *to = sums_of(g, group);
	int err = 0;

	for (u32 i = 0; i < g->columns && !err; i++) {
		const struct summed *c = &s->at[i];

		if (!adds_to(c, to + c->at, adds))
			continue;
		if (c->sum == SUM_MODE)
			err = vote(g, s, group, i, row, index);
		else
			err = c->sum == SUM_MIX ? add_mix(g, s, c, to + c->at, row)
						: add_value(g, s, c, to + c->at, row, index);
	}
	return err;
}

/* It has sums from now on: to begin with what its only member has, unless that has gone meanwhile. */
static int make_sums(struct gathered *g, const struct sums *s, u32 group)
{
	struct group_sum *of = &g->groups[group];
	u64 need = MAX((u64)(g->summed + 1) * g->stride, 1); /* never NULL, where no column is summed either */
	const void *row;

	if (of->sums)
		return 0;
	if (need > UINT32_MAX || array_reserve(&g->sums, &g->sum_cap, (u32)need, sizeof(*g->sums)) < 0)
		return -ENOMEM;
	of->sums = ++g->summed;
	memset(sums_of(g, group), 0, g->stride * sizeof(*g->sums));
	row = of->members ? place_row(s->t, s->picture, first_of(of)) : NULL;
	return row ? add_sums(g, s, group, row, of->first, ADDS_ALL) : 0;
}

int gathered_add(struct gathered *g, const struct sums *s, u32 group, const void *row, u32 index, enum adds adds)
{
	struct group_sum *of = &g->groups[group];
	bool alone = !of->members && !of->sums && adds == ADDS_ALL;
	int err = alone ? 0 : make_sums(g, s, group);

	if (!of->members) {
		of->first = index;
		of->first_mark = place_mark(s->t->id(row));
	}
	if (!err && !alone)
		err = add_sums(g, s, group, row, index, adds);
	of->members += adds != ADDS_TICK;
	return err;
}

int gathered_forget(struct gathered *g, const struct sums *s, u32 group, enum adds adds)
{
	struct group_sum *of = &g->groups[group];
	struct sum *to;

	if (!of->members && !of->sums)
		return 0;
	if (make_sums(g, s, group) < 0)
		return -ENOMEM;
	to = sums_of(g, group);
	for (u32 i = 0; i < g->columns; i++) {
		const struct summed *c = &s->at[i];

		if (adds == ADDS_ALL ? !c->column->of_tick : c->sum == SUM_SAME && !c->keyed)
			memset(to + c->at, 0, width_of(c->column) * sizeof(*to));
	}
	if (adds == ADDS_ALL)
		of->members = 0;
	return 0;
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

/* As many as it counts. NULL: out of memory. */
static double *samples_of(const struct gathered *g, const struct sum *of)
{
	double *values = calloc(of->count, sizeof(*values));
	u32 n = 0;

	for (u32 i = values ? of->newest : 0; i; i = g->samples[i - 1].before)
		values[n++] = g->samples[i - 1].value;
	return values;
}

static bool choose(const struct gathered *g, const struct column *c, struct sum *of, unsigned percent)
{
	cleanup_free double *values = c->histogram ? NULL : samples_of(g, of);

	if (c->histogram && of->times)
		of->integer = histogram_percentile(&g->times[of->times - 1], percent * 10);
	else if (values)
		of->integer = (u64)select_percent(values, of->count, percent);
	else
		return false;
	return true;
}

/* Of a sum that was asked for the value is kept: what it was made of is needed no more. */
static bool percentile(const struct gathered *g, const struct column *c, struct sum *of, struct value *v)
{
	if (!of->chosen && !choose(g, c, of, c->sum == SUM_P50 ? 50 : 99))
		return false;
	of->chosen = true;
	return integer_value(c, of, v);
}

static bool mix_value(const struct column *c, const u32 amounts[MIX_WORDS], struct value *v)
{
	return column_mix(c, amounts, v->buffer, sizeof(v->buffer)) && value_text(v, v->buffer);
}

/* One of the rows that have it knows the value. */
static bool agreed_value(const struct sums *s, const struct summed *c, const struct sum *of, struct value *v)
{
	const void *row = of->mixed ? NULL : place_row(s->t, s->picture, of->of);

	return row && c->get(c->column, s->picture, row, v);
}

static bool voted_value(const struct sums *s, const struct summed *c, const struct sum *of, struct value *v)
{
	if (!agreed_value(s, c, of, v))
		return false;
	if (v->kind == VALUE_TEXT)
		v->number = of->count;
	return true;
}

/* Of times it is their mean. */
static bool ratio_value(const struct column *c, const struct sum of[2], struct value *v)
{
	double n = of[0].number / of[1].number;

	v->of = of[1].number;
	if (!(v->of > 0))
		return false;
	value_real(v, n);
	if (c->unit == UNIT_NSEC)
		v->integer = (u64)(n * 1e3);
	return true;
}

static bool sum_value(const struct gathered *g, const struct sums *s, const struct summed *c, struct sum *of,
		      struct value *v)
{
	switch (c->sum) {
	case SUM_SAME: return agreed_value(s, c, of, v);
	case SUM_MODE: return voted_value(s, c, of, v);
	case SUM_MIX: return mix_value(c->column, g->mixes[of->mix - 1].amounts, v);
	case SUM_P50:
	case SUM_P99: return percentile(g, c->column, of, v);
	case SUM_TIMES: return value_number(v, of->count);
	case SUM_RATIO: return ratio_value(c->column, of, v);
	default: return (c->real ? real_value : integer_value)(c->column, of, v);
	}
}

static bool mix_of_one(const struct sums *s, const struct column *c, const void *row, struct value *v)
{
	u32 amounts[MIX_WORDS];
	u8 of[MIX_WORDS];

	if (!c->mix || !c->mix(s->picture, row, of))
		return false;
	for (u32 i = 0; i < MIX_WORDS; i++)
		amounts[i] = of[i];
	return mix_value(c, amounts, v);
}

/* The sum that its only row makes; false: that does not know it. */
static bool sum_of_one(const struct sums *s, const struct summed *c, const void *row, u32 index, struct sum *of)
{
	struct value v;

	switch (c->sum) {
	case SUM_P50:
	case SUM_P99:
	case SUM_TIMES:
		if (!c->get(c->column, s->picture, row, &v))
			return false;
		*of = (struct sum){.integer = (u64)sample_of(c->column, &v), .count = 1, .chosen = true};
		return true;
	case SUM_MODE:
		*of = (struct sum){.of = {.row = index, .mark = place_mark(s->t->id(row))}};
		of->count = c->column->weight ? c->column->weight(s->picture, row) : 1;
		return of->count;
	default: return add_value(NULL, s, c, of, row, index) == 0 && of->count;
	}
}

static bool value_of_one(const struct gathered *g, const struct sums *s, u32 group, const struct summed *c,
			 struct value *v)
{
	const struct group_sum *of = &g->groups[group];
	const void *row = of->members ? place_row(s->t, s->picture, first_of(of)) : NULL;
	struct sum sum[2] = {};

	if (!row)
		return false;
	if (c->sum == SUM_MIX)
		return mix_of_one(s, c->column, row, v);
	if (!sum_of_one(s, c, row, of->first, sum) || !sum_value(g, s, c, sum, v))
		return false;
	v->severity = sum->severity;
	return true;
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
	if (!g->groups[group].sums)
		return value_of_one(g, s, group, summed, v);
	of = sums_of(g, group) + summed->at;
	if (!of->count || !sum_value(g, s, summed, of, v))
		return false;
	v->severity = of->severity;
	return true;
}

/* As many as there are; NULL: none, or out of memory. */
static double *times_of(const struct gathered *g, const struct sums *s, u32 group, const struct summed *c, u32 *count)
{
	const struct group_sum *of = &g->groups[group];
	const void *row = !of->sums && of->members ? place_row(s->t, s->picture, first_of(of)) : NULL;
	struct sum one = {};
	double *value;

	if (of->sums) {
		*count = (sums_of(g, group) + c->at)->count;
		return *count ? samples_of(g, sums_of(g, group) + c->at) : NULL;
	}
	if (!row || !sum_of_one(s, c, row, of->first, &one))
		return NULL;
	*count = 1;
	value = malloc(sizeof(*value));
	if (value)
		*value = (double)one.integer;
	return value;
}

bool gathered_times(const struct gathered *g, const struct sums *s, u32 group, const struct column *c,
		    struct histogram *h, struct histogram_figures *f)
{
	u16 slot = *slot_of(s, c, SUMMED_SHOWN);
	bool summed = slot && slot <= g->columns && group < g->count;
	u32 n = 0;
	cleanup_free double *values = summed ? times_of(g, s, group, &s->at[slot - 1], &n) : NULL;

	if (!values)
		return false;
	histogram_clear(h);
	for (u32 i = 0; i < n; i++)
		histogram_add(h, (u64)values[i] * 1000, 1);
	*f = (struct histogram_figures){.n = n,
					.mean_ns = histogram_mean(h),
					.max_ns = h->max_ns,
					.p50_ns = (u64)select_percent(values, n, 50) * 1000,
					.p99_ns = (u64)select_percent(values, n, 99) * 1000};
	return true;
}
