/* What the rows of a fold have: their columns, what leads from one down to its members, and the functions of the table
 * that a fold is. */
#include <string.h>

#include "fold_private.h"
#include "text.h"

/* -- columns ------------------------------------------------------------------------------------------------------- */

/* A value that was not summed is from the next gathering on: asking for it leaves a mark, that no caller sees. */
static bool known(struct folded *f, u32 index, const struct column *of, enum summed_values which, struct value *v)
{
	if (gathered_value(&f->shown, &f->sums, index, of, which, v))
		return true;
	f->stale |= sums_want(&f->sums, of, which) == 1;
	return false;
}

/* A name can become known later, or change. */
void fold_set_label(struct folded *f, struct fold_row *r, const void *row)
{
	char label[GROUP_LABEL_MAX];

	f->t->fold->by->label(f->picture, row, label, sizeof(label));
	if (r->label && strcmp(r->label, label) == 0)
		return;
	free(r->label);
	r->label = strdup(label);
}

/* Made when somebody looks: a page of a thousand hosts. */
static const char *label_of(struct folded *f, struct fold_row *r)
{
	const void *row = NULL;

	if (!r->label && r->index < f->shown.count)
		row = place_row(f->of, f->picture, first_of(&f->shown.groups[r->index]));
	if (row)
		fold_set_label(f, r, row);
	return r->label;
}

static int get(const struct column *c, const void *picture, const void *row, enum summed_values which, struct value *v)
{
	struct folded *f = (struct folded *)picture;
	const struct column *of = column_of(f, c);
	u32 index = ((const struct fold_row *)row)->index;

	if (c->sum == SUM_LABEL)
		return value_text(v, label_of(f, row_at(f, index)));
	return known(f, index, of, which, v);
}

static COLUMN_GETTER(get_shown)
{
	return get(c, picture, row, SUMMED_SHOWN, v);
}

static COLUMN_GETTER(get_calm)
{
	return get(c, picture, row, SUMMED_CALM, v);
}

static bool get_series(const struct column *c, const void *picture, const void *row, struct series *s)
{
	const struct folded *f = picture;

	return fold_series_of(&f->series, ((const struct fold_row *)row)->history, c, s);
}

void fold_columns(struct column *folded, const struct column *columns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct column *c = &folded[i];

		*c = columns[i];
		if (c->sum == SUM_OWN)
			continue;
		c->get = get_shown;
		c->order = c->order ? get_calm : NULL;
		c->severity = c->severity ? value_severity : NULL;
		c->series = c->series ? get_series : NULL;
		c->object = NULL;
		c->mix = NULL;
		c->item = NULL;
	}
}

/* The column of the source that has this getter. */
static const struct column *getter_of(const struct folded *f, column_getter *getter)
{
	const struct table *source = table_source(f->t);
	size_t i = 0;

	while (i < source->count - 1 && source->columns[i].get != getter)
		i++;
	return table_columns(f->of) + i;
}

const struct column *fold_followed(const struct folded *f)
{
	return getter_of(f, f->t->fold->follows);
}

int fold_value(const struct column *c, const struct folded *f, const struct fold_row *r, struct value *v)
{
	return get_shown(c, f, r, v);
}

bool fold_part(const struct column *c, const void *picture, const void *row, size_t part, struct value *v)
{
	struct folded *f = (struct folded *)picture;

	return known(f, ((const struct fold_row *)row)->index, getter_of(f, c->parts[part]), SUMMED_SHOWN, v);
}

bool fold_times(const void *picture, const void *row, column_getter *getter, struct histogram *h,
		struct histogram_figures *figures)
{
	struct folded *f = (struct folded *)picture;
	const struct column *of = getter_of(f, getter);
	u32 index = ((const struct fold_row *)row)->index;
	struct value v;

	return known(f, index, of, SUMMED_SHOWN, &v) && gathered_times(&f->shown, &f->sums, index, of, h, figures);
}

bool fold_growth(const void *picture, const void *row, double *per_second)
{
	struct folded *f = (struct folded *)picture;
	const struct fold_row *r = row;
	u64 elapsed = f->followed_ns - r->far.ns;
	struct value v;

	if (!r->far.ns || elapsed < GROWTH_NS || !known(f, r->index, fold_followed(f), SUMMED_SHOWN, &v))
		return false;
	*per_second = (v.number - r->far.n) * 1e9 / (double)elapsed;
	return true;
}

void fold_want(struct folded *f, const struct column *c)
{
	const struct column *of = column_of(f, c);

	for (size_t i = 0; i < ARRAY_SIZE(c->parts) && c->parts[i]; i++)
		f->stale |= sums_want(&f->sums, getter_of(f, c->parts[i]), SUMMED_SHOWN) == 1;
	f->stale |= sums_want(&f->sums, of, SUMMED_SHOWN) == 1;
	if (c->series)
		fold_series_want(&f->series, c);
	if (c->order)
		f->stale |= sums_want(&f->sums, of, SUMMED_CALM) == 1;
}

/* Of these words of a filter can be made without quotes. */
#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:"

/* What none of the rows knows cannot be compared. */
bool fold_down(const struct table *t, const void *picture, const void *row, char *dst, size_t size)
{
	*dst = '\0';
	for (const char *const *name = t->fold->down; name && *name; name++) {
		char text[256];
		size_t len = column_print(table_find(t, *name), picture, row, text, sizeof(text));
		const char *quote = strspn(text, PLAIN) < len ? "\"" : "";

		if (len)
			text_join(dst, size, " and ", "%s = %s%s%s", *name, quote, text, quote);
		else if (!t->fold->loose)
			text_join(dst, size, " and ", "not known %s", *name);
	}
	return *dst;
}

/* -- the table ----------------------------------------------------------------------------------------------------- */

u32 fold_end(const void *picture)
{
	return ((const struct folded *)picture)->shown.count;
}

const void *fold_row(const void *picture, u32 index)
{
	const struct folded *f = picture;

	return index < f->shown.count && f->shown.groups[index].members ? row_at(f, index) : NULL;
}

u64 fold_id(const void *row)
{
	return ((const struct fold_row *)row)->key;
}

u32 fold_find(const void *picture, u64 id)
{
	const struct folded *f = picture;
	u32 index = id ? idmap_get(&f->keys, id) : IDMAP_NONE;

	return index != IDMAP_NONE && fold_row(picture, index) ? index : IDMAP_NONE;
}

u64 fold_age(const void *row)
{
	return ((const struct fold_row *)row)->age;
}

bool fold_ended(const void *row)
{
	return ((const struct fold_row *)row)->ended;
}

unsigned fold_look(const void *picture, const void *row)
{
	const struct folded *f = picture;
	const struct fold_row *r = row;

	return (r->ended ? LOOK_PALE : 0) | (r->since == f->pictures ? LOOK_NEW : 0);
}

u32 fold_rows(const void *picture, bool ended)
{
	const struct folded *f = picture;

	return ended ? f->rows : f->alive;
}

u64 fold_generation(const void *picture)
{
	return ((const struct folded *)picture)->generation;
}
