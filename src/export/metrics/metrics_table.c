/* The rows of a fold as series: which of them have a place, and what is added to whose counters. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "folds.h"
#include "metrics_private.h"

/* A scraper that comes once a minute sees the last of what has ended, too. */
#define LINGER_NS (120 * NSEC_PER_SEC)
#define GONE UINT32_MAX
#define TEXT_MAX 1024 /* of a label; it is cut later */

const struct table *metric_table_at(size_t i)
{
	const struct table *t;

	for (size_t at = 0; (t = fold_at(at)); at++)
		if (t->fold->labels && i-- == 0)
			return t;
	return NULL;
}

static void series_clear(struct metric_series *s)
{
	*s = (struct metric_series){.rank = GONE};
	for (size_t i = 0; i < METRIC_COLUMNS; i++)
		s->values[i] = NAN;
}

int metric_table_init(struct metric_table *t, const struct table *of, u32 top, const struct model *m)
{
	const struct column *sort;
	bool descending;
	int r;

	*t = (struct metric_table){.t = of, .top = top, .series = calloc(top, sizeof(*t->series))};
	r = t->series ? fold_new(&t->fold, of, m) : -ENOMEM;
	if (r == 0)
		r = list_new(&t->list, of, t->fold);
	if (r == 0)
		r = table_parse_sort(of, of->sort, &sort, &descending, NULL);
	if (r < 0)
		return r;
	fold_want(t->fold, sort);
	list_set_sort(t->list, sort, descending);
	for (const char *const *name = of->fold->labels; *name; name++)
		fold_want(t->fold, table_find(of, *name));
	table_each (of, c) {
		if (!c->metric || !column_is_contract(of, c) || t->column_count == METRIC_COLUMNS)
			continue;
		fold_want(t->fold, c);
		t->columns[t->column_count++] = c;
	}
	for (u32 i = 0; i < top; i++)
		series_clear(&t->series[i]);
	series_clear(&t->other);
	for (const char *const *name = of->fold->labels; *name; name++)
		metric_label(t->other.labels, *name, "other");
	return 0;
}

void metric_table_deinit(struct metric_table *t)
{
	list_free(t->list);
	fold_free(t->fold);
	idmap_deinit(&t->places);
	free(t->series);
}

/* -- who has a place ----------------------------------------------------------------------------------------------- */

static struct metric_series *series_of(const struct metric_table *t, u64 id)
{
	for (u32 i = 0; i < t->top; i++)
		if (t->series[i].id == id && *t->series[i].labels)
			return &t->series[i];
	return NULL;
}

/* The same for every row, as it was when the places were last noted. */
static struct metric_series *placed(const struct metric_table *t, u64 id)
{
	u32 at = idmap_get(&t->places, id);

	return at != IDMAP_NONE && t->series[at].id == id && *t->series[at].labels ? &t->series[at] : NULL;
}

static int note_places(struct metric_table *t)
{
	int r = 0;

	idmap_deinit(&t->places);
	t->places = (struct idmap){};
	for (u32 i = 0; i < t->top && r >= 0; i++)
		if (*t->series[i].labels)
			r = idmap_set(&t->places, t->series[i].id, i);
	return MIN(r, 0);
}

static void labels_of(const struct metric_table *t, const void *row, char labels[METRIC_LABELS_MAX])
{
	char text[TEXT_MAX];

	*labels = '\0';
	for (const char *const *name = t->t->fold->labels; *name; name++)
		if (column_print(table_find(t->t, *name), t->fold, row, text, sizeof(text)))
			metric_label(labels, *name, text);
		else
			metric_label(labels, *name, "");
}

/* The place that a row takes, which has none and is among the first: of what had these labels before; a free one; of
 * what has been gone for longest; of the last in the order. NULL: another row is called the same. */
static struct metric_series *place_for(struct metric_table *t, const char *labels)
{
	struct metric_series *best = NULL;

	for (u32 i = 0; i < t->top; i++) {
		struct metric_series *s = &t->series[i];

		if (strcmp(s->labels, labels) == 0)
			return s->rank == GONE ? s : NULL;
		if (!best || (*best->labels && (!*s->labels || s->rank > best->rank ||
						(s->rank == GONE && best->rank == GONE && s->gone_ns < best->gone_ns))))
			best = s;
	}
	return best;
}

/* The row at an index of the list; NULL: it is there no more. */
static const void *row_at(const struct metric_table *t, u32 i)
{
	u32 index = list_at(t->list, i);
	const void *row = index == IDMAP_NONE ? NULL : t->t->row(t->fold, index);

	return row && !table_ended(t->t, row) ? row : NULL;
}

static void keep_places(struct metric_table *t, u64 now)
{
	for (u32 i = 0; i < t->top; i++) {
		if (t->series[i].rank != GONE)
			t->series[i].gone_ns = now;
		t->series[i].rank = GONE;
		if (*t->series[i].labels && now - t->series[i].gone_ns > LINGER_NS)
			series_clear(&t->series[i]);
	}
	for (u32 i = 0; i < list_count(t->list); i++) {
		const void *row = row_at(t, i);
		struct metric_series *s = row ? placed(t, t->t->id(row)) : NULL;

		if (s)
			s->rank = i;
	}
}

static void give_places(struct metric_table *t)
{
	char labels[METRIC_LABELS_MAX];

	for (u32 i = 0; i < MIN(list_count(t->list), t->top); i++) {
		const void *row = row_at(t, i);
		struct metric_series *s = row ? series_of(t, t->t->id(row)) : NULL;
		struct metric_series *place;

		if (!row)
			continue;
		labels_of(t, row, labels);
		if (s && strcmp(s->labels, labels) == 0)
			continue;
		/* A program that is called something else now: another series, that begins anew. */
		if (s)
			series_clear(s);
		place = place_for(t, labels);
		if (!place)
			continue;
		if (strcmp(place->labels, labels) != 0)
			series_clear(place);
		memcpy(place->labels, labels, sizeof(labels));
		place->id = t->t->id(row);
		place->rank = i;
	}
}

/* -- what they have ------------------------------------------------------------------------------------------------ */

static bool is_per_second(const struct column *c)
{
	return c->unit == UNIT_RATE || c->unit == UNIT_EVENTS;
}

/* A column's value in the metric's unit; of a counter, by how much it grew in the tick. What is counted per tick stands
 * for as many ticks as a pass over the sockets takes. NaN: not known. */
static double value_of(const struct metric_table *t, const struct column *c, const void *row, const struct model *m)
{
	double ticks = MAX(1U, model_tick(m)->pass_ticks), number;
	struct value v;

	column_value(c, t->fold, row, &v);
	if (v.kind != VALUE_NUMBER)
		return NAN;
	number = c->unit == UNIT_USEC || c->unit == UNIT_NSEC ? v.number / 1e6 : v.number;
	if (!metric_is_counter(c->metric))
		return number;
	return is_per_second(c) ? number * model_tick_seconds(m) : number / ticks;
}

static void add(double *to, double value)
{
	if (!isnan(value))
		*to = isnan(*to) ? value : *to + value;
}

static void take_row(struct metric_table *t, const void *row, const struct model *m)
{
	struct metric_series *s = placed(t, t->t->id(row));

	t->left_out += !s;
	for (size_t i = 0; i < t->column_count; i++) {
		const struct column *c = t->columns[i];
		double value = value_of(t, c, row, m);

		if (s && !metric_is_counter(c->metric))
			s->values[i] = value;
		else if (s || metric_is_counter(c->metric) || c->sum == SUM_ADD || c->sum == SUM_COUNT)
			add(s ? &s->values[i] : &t->other.values[i], value);
	}
}

int metric_table_take(struct metric_table *t, const struct model *m)
{
	int r;

	fold_invalidate(t->fold);
	r = fold_list(t->fold, t->list);
	if (r < 0)
		return r;
	keep_places(t, model_tick(m)->time_ns);
	give_places(t);
	r = note_places(t);
	if (r < 0)
		return r;
	t->left_out = 0;
	for (size_t i = 0; i < t->column_count; i++)
		if (!metric_is_counter(t->columns[i]->metric)) {
			t->other.values[i] = NAN;
			for (u32 s = 0; s < t->top; s++)
				t->series[s].values[i] = NAN;
		}
	for (u32 i = 0; i < list_count(t->list); i++) {
		const void *row = row_at(t, i);

		if (row)
			take_row(t, row, m);
	}
	return 0;
}

void metric_table_put(struct buf *out, const struct metric_table *t)
{
	for (size_t i = 0; i < t->column_count; i++) {
		const struct column *c = t->columns[i];

		metric_put_head(out, t->t->name, c->metric, c->metric_help ? c->metric_help : c->help);
		for (u32 s = 0; s < t->top; s++)
			if (*t->series[s].labels)
				metric_put(out, t->t->name, c->metric, t->series[s].labels, t->series[s].values[i]);
		metric_put(out, t->t->name, c->metric, t->other.labels, t->other.values[i]);
	}
}
