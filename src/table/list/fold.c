/* The picture of a fold: which row of the source belongs to which group, and what the groups' rows are then. */
#include "fold.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "clock.h"
#include "fold_series.h"
#include "query.h"
#include "fold_series.h"
#include "sums.h"
#include "text.h"

#define SLICE 128 /* rows of the source between two looks at the clock */
#define AHEAD 8   /* rows that are fetched into the cache before they are added */

#define SLAB 256 /* rows that are allocated together, so that their addresses stay */

struct fold_row {
	u64 key;   /* 0: the index is free */
	u64 age;   /* counts the rows that there ever were */
	u64 since; /* the picture in which it appeared; 0: it was there at first */
	u32 index;
	bool ended;
	char *label;                  /* owned; NULL: of a row that nobody has seen yet, or there is no memory */
	struct fold_history *history; /* owned; NULL: it has none */
};

struct folded {
	const struct table *t;     /* the fold */
	const struct table *of;    /* its source, and … */
	const void *picture;       /* … the source's picture; borrowed, but of a source that is a fold: */
	struct folded *inner;      /* owned; NULL: it is none */
	const struct query *query; /* which of the source's rows take part; borrowed; NULL: all */
	const void *source;        /* the picture of the table where the rows come from in the end; borrowed */
	struct sums sums;
	struct fold_series series;
	struct gathered shown, behind; /* by index */
	struct idmap keys;             /* to the index */
	struct fold_row **slabs;       /* owned */
	u32 slab_count, slab_cap;
	u32 end;   /* one past the largest index that was ever given */
	u32 *free; /* owned; indices below it that are free */
	u32 free_count, free_cap;
	u64 ages;
	u32 at, stop; /* in the source, while busy */
	bool busy, stale;
	u64 pictures; /* of the source, counted */
	u64 generation;
	u32 rows, alive; /* of shown */
};

static struct fold_row *row_at(const struct folded *f, u32 index)
{
	return &f->slabs[index / SLAB][index % SLAB];
}

/* -- columns ------------------------------------------------------------------------------------------------------- */

/* The source's column of which one of the fold's is the sum. */
static const struct column *column_of(const struct folded *f, const struct column *c)
{
	return table_columns(f->of) + (c - table_columns(f->t));
}

/* A value that was not summed is from the next gathering on: asking for it leaves a mark, that no caller sees. */
static int get(const struct column *c, const void *picture, const void *row, enum summed_values which, struct value *v)
{
	struct folded *f = (struct folded *)picture;
	const struct column *of = column_of(f, c);
	u32 index = ((const struct fold_row *)row)->index;

	if (c->sum == SUM_LABEL)
		return value_text(v, row_at(f, index)->label);
	if (gathered_value(&f->shown, &f->sums, index, of, which, v))
		return 1;
	f->stale |= sums_want(&f->sums, of, which) == 1;
	return 0;
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
		c->get = get_shown;
		c->order = c->order ? get_calm : NULL;
		c->severity = c->severity ? value_severity : NULL;
		c->series = c->series ? get_series : NULL;
		c->object = NULL;
		c->mix = NULL;
		c->item = NULL;
	}
}

void fold_want(struct folded *f, const struct column *c)
{
	const struct column *of = column_of(f, c);

	f->stale |= sums_want(&f->sums, of, SUMMED_SHOWN) == 1;
	if (c->series)
		fold_series_want(&f->series, c);
	if (c->order)
		f->stale |= sums_want(&f->sums, of, SUMMED_CALM) == 1;
}

/* -- the picture --------------------------------------------------------------------------------------------------- */

static int want_keyed(struct folded *f, const char *const *names)
{
	int err = 0;

	for (; names && *names && !err; names++)
		err = sums_want_keyed(&f->sums, column_of(f, table_find(f->t, *names)));
	return err;
}

/* What a row owns. */
static void drop(struct folded *f, struct fold_row *r)
{
	fold_series_drop(&f->series, &r->history);
	free(take(r->label));
}

int fold_new(struct folded **out, const struct table *t, const void *picture)
{
	struct folded *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	*f = (struct folded){
	    .t = t, .of = t->fold->of, .picture = picture, .source = picture, .stale = true, .pictures = 1};
	err = f->of->fold ? fold_new(&f->inner, f->of, picture) : 0;
	if (f->inner)
		f->picture = f->inner;
	if (!err)
		err = sums_init(&f->sums, f->of, f->picture);
	if (err) {
		fold_free(f);
		return err;
	}
	err = want_keyed(f, t->fold->down);
	if (!err)
		err = want_keyed(f, t->fold->keyed);
	if (err) {
		fold_free(f);
		return err;
	}
	*out = f;
	return 0;
}

void fold_free(struct folded *f)
{
	if (!f)
		return;
	for (u32 i = 0; i < f->end; i++)
		drop(f, row_at(f, i));
	for (u32 i = 0; i < f->slab_count; i++)
		free(f->slabs[i]);
	free(f->slabs);
	free(f->free);
	gathered_deinit(&f->shown);
	gathered_deinit(&f->behind);
	idmap_deinit(&f->keys);
	sums_deinit(&f->sums);
	fold_free(f->inner);
	free(f);
}

void fold_invalidate(struct folded *f)
{
	f->stale = true;
	f->pictures++;
	if (f->inner)
		fold_invalidate(f->inner);
}

void fold_set_query(struct folded *f, const struct query *q)
{
	f->query = q;
	f->stale = true;
}

bool fold_whole(const struct folded *f)
{
	return !f->busy && !f->stale && (!f->inner || fold_whole(f->inner));
}

/* -- gathering ----------------------------------------------------------------------------------------------------- */

/* An index that no row has. */
static int take_index(struct folded *f, u32 *index)
{
	struct fold_row *slab;

	if (f->free_count) {
		*index = f->free[--f->free_count];
		return 0;
	}
	/* With room to give it back. */
	if (array_append(&f->free, &f->free_cap, f->end, sizeof(*f->free)) < 0)
		return -ENOMEM;
	if (f->end == f->slab_count * SLAB) {
		if (array_append(&f->slabs, &f->slab_cap, f->slab_count, sizeof(*f->slabs)) < 0)
			return -ENOMEM;
		slab = calloc(SLAB, sizeof(*slab));
		if (!slab)
			return -ENOMEM;
		f->slabs[f->slab_count++] = slab;
	}
	*index = f->end++;
	return 0;
}

/* The index of a key's row, made if it is missing. */
static int index_of(struct folded *f, u64 key, u32 *index)
{
	int err;

	*index = idmap_get(&f->keys, key);
	if (*index != IDMAP_NONE)
		return 0;
	err = take_index(f, index);
	if (err)
		return err;
	err = gathered_reserve(&f->behind, f->end);
	if (!err)
		err = idmap_set(&f->keys, key, *index);
	if (err) {
		f->free[f->free_count++] = *index;
		return err;
	}
	*row_at(f, *index) =
	    (struct fold_row){.key = key, .age = ++f->ages, .since = f->generation ? f->pictures : 0, .index = *index};
	return 0;
}

/* What has ended steps back behind what lives, but for what it did in the last tick; and whoever speaks for the group
 * silences the others. */
static enum adds adds_what(struct folded *f, u32 index, const void *row)
{
	const struct fold *fold = f->t->fold;
	struct group_sum *group = &f->behind.groups[index];
	bool alive = !table_ended(f->of, row), speaks = !fold->speaks || fold->speaks(f->picture, row);

	group->lately |= !alive && f->of->just_ended && f->of->just_ended(f->picture, row);
	if (!alive && group->alive)
		return ADDS_TICK;
	if (alive && !group->alive) {
		gathered_forget(&f->behind, &f->sums, index, ADDS_ALL);
		group->alive = true;
		group->spoken = false;
	}
	if (speaks && !group->spoken) {
		gathered_forget(&f->behind, &f->sums, index, ADDS_NO_WORD);
		group->spoken = true;
	}
	return speaks || !group->spoken ? ADDS_ALL : ADDS_NO_WORD;
}

/* A name can become known later, or change. */
static void set_label(struct folded *f, struct fold_row *r, const void *row)
{
	char label[GROUP_LABEL_MAX];

	f->t->fold->by->label(f->picture, row, label, sizeof(label));
	if (r->label && strcmp(r->label, label) == 0)
		return;
	free(r->label);
	r->label = strdup(label);
}

static int add_row(struct folded *f, u32 source)
{
	const struct fold *fold = f->t->fold;
	const void *row = f->of->row(f->picture, source);
	struct group_sum *group;
	u32 index;
	int err;

	if (!row || (fold->takes && !fold->takes(f->picture, row)) || !query_match(f->query, f->picture, row))
		return 0;
	err = index_of(f, fold->by->key(f->picture, row), &index);
	if (err)
		return err;
	group = &f->behind.groups[index];
	if (!group->members)
		set_label(f, row_at(f, index), row);
	return gathered_add(&f->behind, &f->sums, index, row, source, adds_what(f, index, row));
}

/* 1: all were looked at. */
static int add_rows(struct folded *f, u64 deadline)
{
	while (f->at < f->stop) {
		u32 stop = MIN(f->stop, f->at + SLICE);

		for (; f->at < stop; f->at++) {
			int err;

			if (f->of->prefetch && f->at + AHEAD < f->stop)
				f->of->prefetch(f->picture, f->at + AHEAD, PART_ROW);
			err = add_row(f, f->at);
			if (err)
				return err;
		}
		if (deadline && f->at < f->stop && now_ns() >= deadline)
			return 0;
	}
	return 1;
}

static void begin(struct folded *f)
{
	gathered_begin(&f->behind, &f->sums);
	f->at = 0;
	f->stop = f->of->end(f->picture);
	f->busy = true;
	f->stale = false;
}

/* Clears the sums of the groups that there were: kilobytes each, if all columns are asked for. 1: they are clear. */
static int clear_groups(struct folded *f, u64 deadline)
{
	while (f->behind.count < f->end) {
		int err = gathered_reserve(&f->behind, MIN(f->end, f->behind.count + SLICE));

		if (err)
			return err;
		if (deadline && f->behind.count < f->end && now_ns() >= deadline)
			return 0;
	}
	return 1;
}

/* What the rows have in each column that is a line of bars; a gathering that only adds columns has nothing new. */
static void sample(struct folded *f)
{
	const struct table *source = table_source(f->t);
	u64 moment = source->moment ? source->moment(f->source, &f->series.span) : 0;

	if (moment == f->series.sampled || !f->series.columns[0])
		return;
	f->series.sampled = moment;
	for (u32 i = 0; i < f->end; i++) {
		float values[FOLD_SERIES];
		struct value v;

		for (u32 k = 0; k < FOLD_SERIES; k++) {
			const struct column *c = f->series.columns[k];

			values[k] = c && row_at(f, i)->key && get_shown(c, f, row_at(f, i), &v) ? (float)v.number : NAN;
		}
		if (row_at(f, i)->key)
			fold_series_push(&f->series, &row_at(f, i)->history, values);
	}
}

/* The new rows are those that are shown; indices of rows without a member are free. */
static void finish(struct folded *f)
{
	struct gathered before = f->shown;

	f->shown = f->behind;
	f->behind = before;
	f->busy = false;
	f->generation++;
	f->rows = f->alive = 0;
	for (u32 i = 0; i < f->end; i++) {
		struct fold_row *r = row_at(f, i);
		const struct group_sum *group = &f->shown.groups[i];

		if (!r->key)
			continue;
		if (!group->members) {
			idmap_remove(&f->keys, r->key);
			r->key = 0;
			drop(f, r);
			f->free[f->free_count++] = i;
			continue;
		}
		r->ended = !group->alive && !group->lately;
		f->rows++;
		f->alive += !r->ended;
	}
	sample(f);
}

int fold_work(struct folded *f, u64 budget_ns)
{
	u64 deadline = budget_ns ? now_ns() + budget_ns : 0;
	int r = 1;

	if (f->inner && !fold_whole(f->inner)) {
		r = fold_work(f->inner, budget_ns);
		if (r != 1)
			return r;
		f->stale = true;
		if (deadline && now_ns() >= deadline)
			return 0;
	}
	if (!f->busy && f->stale)
		begin(f);
	if (f->busy)
		r = clear_groups(f, deadline);
	if (f->busy && r == 1)
		r = add_rows(f, deadline);
	if (r == 1 && f->busy)
		finish(f);
	if (r < 0)
		f->busy = false;
	return r;
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
		else
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
