/* One table of several pictures: each function of it finds the part that a row is of and asks that. */
#include "joint.h"

#include <errno.h>
#include <stdlib.h>

#include "array.h"
#include "text.h"

#define OWN 2           /* columns that come from here, the first ones */
#define SLAB (1U << 12) /* rows */

/* Columns of the other table, changed so that they are ours, and what each was made of; NULL: it is ours alone. */
struct copies {
	struct column *columns;
	const struct column **origins;
	size_t count;
};

struct joint {
	struct table table;
	const struct table *of;
	struct copies columns, predicates;
	char label[TITLE_MAX]; /* the heading of a fold's words */
	const char **contract, **text;
	struct table_shown *shown;
};

struct part;

/* A row: the other table's, and where it is from. Its address is the row's for life. */
struct slot {
	const struct part *part;
	const void *row;
};

struct part {
	const struct joint *joint;
	const char *name;
	const void *picture;
	u64 silent_ns;
	u64 mix;         /* tells its ids from those of other parts */
	u64 generations; /* of the pictures that it had before */
	u32 number;
	struct slot **slabs; /* grows with the indices that are looked at */
	u32 slab_cap;
};

struct joined {
	const struct joint *joint;
	u32 count;
	struct part parts[];
};

/* -- values -------------------------------------------------------------------------------------------------------- */

static const struct column *origin_in(const struct copies *copies, const struct column *c)
{
	size_t i = (size_t)(c - copies->columns);

	return copies->columns && c >= copies->columns && i < copies->count ? copies->origins[i] : NULL;
}

const struct column *joint_origin(const struct joint *j, const struct column *c)
{
	const struct column *origin = origin_in(&j->columns, c);

	return origin ? origin : origin_in(&j->predicates, c);
}

static int get_value(const struct column *c, const void *picture, const void *row, struct value *v)
{
	const struct slot *s = row;
	const struct column *origin = joint_origin(s->part->joint, c);

	(void)picture;
	return origin->get(origin, s->part->picture, s->row, v);
}

static int get_order(const struct column *c, const void *picture, const void *row, struct value *v)
{
	const struct slot *s = row;
	const struct column *origin = joint_origin(s->part->joint, c);

	(void)picture;
	return origin->order(origin, s->part->picture, s->row, v);
}

static bool get_series(const struct column *c, const void *picture, const void *row, struct series *series)
{
	const struct slot *s = row;
	const struct column *origin = joint_origin(s->part->joint, c);

	(void)picture;
	return origin->series(origin, s->part->picture, s->row, series);
}

static int get_host(const struct column *c, const void *picture, const void *row, struct value *v)
{
	(void)c;
	(void)picture;
	return value_text(v, ((const struct slot *)row)->part->name);
}

static int get_host_age(const struct column *c, const void *picture, const void *row, struct value *v)
{
	(void)c;
	(void)picture;
	return value_nsec(v, ((const struct slot *)row)->part->silent_ns);
}

static const struct column own_columns[OWN] = {
    {.name = "host",
     .title = "HOST",
     .help = "the machine that it is on, as --host calls it",
     .unit = UNIT_TEXT,
     .width = 10,
     .flex = 1,
     .tells = true,
     .get = get_host},
    {.name = "host_age_us",
     .title = "HAGE",
     .help = "for how long nothing has come from its machine",
     .unit = UNIT_NSEC,
     .align = ALIGN_RIGHT,
     .width = 6,
     .extra = true,
     .descending = 1,
     .get = get_host_age},
};

/* -- rows ---------------------------------------------------------------------------------------------------------- */

#define OF(row) (((const struct slot *)(row))->part->joint->of)
#define PICTURE(row) (((const struct slot *)(row))->part->picture)
#define ROW(row) (((const struct slot *)(row))->row)

/* The indices of all parts take turns: what one is does not change when another part grows. */
static u32 joined_end(const void *picture)
{
	const struct joined *p = picture;
	u32 end = 0;

	for (u32 i = 0; i < p->count; i++)
		if (p->parts[i].picture)
			end = MAX(end, p->joint->of->end(p->parts[i].picture));
	return end * p->count;
}

/* NULL: no memory, and the row is missing. */
static struct slot *slot_at(struct part *part, u32 index)
{
	u32 slab = index / SLAB, had = part->slab_cap;

	if (slab >= had) {
		if (array_reserve(&part->slabs, &part->slab_cap, slab + 1, sizeof(struct slot *)) < 0)
			return NULL;
		for (u32 i = had; i < part->slab_cap; i++)
			part->slabs[i] = NULL;
	}
	if (!part->slabs[slab])
		part->slabs[slab] = calloc(SLAB, sizeof(struct slot));
	return part->slabs[slab] ? &part->slabs[slab][index % SLAB] : NULL;
}

static const void *joined_row(const void *picture, u32 index)
{
	const struct joined *p = picture;
	/* Where a row lies is a cache of ours, not a part of the picture. */
	struct part *part = (struct part *)&p->parts[index % p->count];
	struct slot *s;
	const void *row;

	index /= p->count;
	if (!part->picture || index >= p->joint->of->end(part->picture))
		return NULL;
	row = p->joint->of->row(part->picture, index);
	s = row ? slot_at(part, index) : NULL;
	if (s)
		*s = (struct slot){part, row};
	return s;
}

static u64 joined_id(const void *row)
{
	return OF(row)->id(ROW(row)) ^ ((const struct slot *)row)->part->mix;
}

static u32 joined_find(const void *picture, u64 id)
{
	const struct joined *p = picture;

	for (u32 i = 0; i < p->count; i++) {
		const struct part *part = &p->parts[i];
		u32 at = part->picture ? p->joint->of->find(part->picture, id ^ part->mix) : IDMAP_NONE;

		if (at != IDMAP_NONE)
			return at * p->count + i;
	}
	return IDMAP_NONE;
}

static const char *joined_type(const void *row)
{
	return OF(row)->type(ROW(row));
}

static u64 joined_age(const void *row)
{
	return OF(row)->age(ROW(row));
}

static bool joined_ended(const void *row)
{
	return OF(row)->ended(ROW(row));
}

static bool joined_just_ended(const void *picture, const void *row)
{
	(void)picture;
	return OF(row)->just_ended(PICTURE(row), ROW(row));
}

static bool joined_waiting(const void *row)
{
	return OF(row)->waiting(ROW(row));
}

static u32 joined_waiting_rows(const void *picture)
{
	const struct joined *p = picture;
	u32 n = 0;

	for (u32 i = 0; i < p->count; i++)
		n += p->parts[i].picture ? p->joint->of->waiting_rows(p->parts[i].picture) : 0;
	return n;
}

static unsigned joined_look(const void *picture, const void *row)
{
	(void)picture;
	return OF(row)->look(PICTURE(row), ROW(row));
}

static u32 joined_rows(const void *picture, bool ended)
{
	const struct joined *p = picture;
	u32 n = 0;

	for (u32 i = 0; i < p->count; i++)
		n += p->parts[i].picture ? p->joint->of->rows(p->parts[i].picture, ended) : 0;
	return n;
}

static u64 joined_generation(const void *picture)
{
	const struct joined *p = picture;
	u64 n = 0;

	for (u32 i = 0; i < p->count; i++) {
		const struct part *part = &p->parts[i];

		n += part->generations + (part->picture ? p->joint->of->generation(part->picture) : 0);
	}
	return n;
}

/* -- the table ----------------------------------------------------------------------------------------------------- */

/* What was made of c, at the end of copies. What folds and screens would ask is left out: nothing gathers these rows.
 */
static void copy_column(struct copies *copies, const struct column *c)
{
	struct column *copy = &copies->columns[copies->count];

	*copy = *c;
	copy->of = 0;
	copy->sum = SUM_NONE;
	copy->get = c->get ? get_value : NULL;
	copy->order = c->order ? get_order : NULL;
	copy->series = c->series ? get_series : NULL;
	copy->parts[0] = copy->parts[1] = NULL;
	copy->samples = NULL;
	copy->histogram = NULL;
	copy->weight = NULL;
	copy->mix = NULL;
	copies->origins[copies->count++] = c;
}

static int copies_init(struct copies *copies, size_t room)
{
	copies->columns = calloc(room + 1, sizeof(*copies->columns));
	copies->origins = calloc(room + 1, sizeof(*copies->origins));
	return copies->columns && copies->origins ? 0 : -ENOMEM;
}

static int make_columns(struct joint *j)
{
	int r = copies_init(&j->columns, OWN + table_source(j->of)->count);

	for (size_t i = 0; r == 0 && i < OWN; i++)
		j->columns.columns[j->columns.count++] = own_columns[i];
	if (r < 0)
		return r;
	table_each (j->of, c) {
		if (c->item || c->object)
			continue;
		copy_column(&j->columns, c);
		if (j->of->fold && c->sum == SUM_LABEL && table_title(j->of, c, j->label) == j->label)
			j->columns.columns[j->columns.count - 1].title = j->label;
	}
	j->table.columns = j->columns.columns;
	j->table.count = j->columns.count;
	return 0;
}

/* A predicate with the name of a column of ours is not known any more: filters would take it rather. */
static int make_predicates(struct joint *j)
{
	int r = copies_init(&j->predicates, j->of->predicate_count);

	for (size_t i = 0; r == 0 && i < j->of->predicate_count; i++)
		if (strcmp(j->of->predicates[i].name, own_columns[0].name) != 0)
			copy_column(&j->predicates, &j->of->predicates[i]);
	j->table.predicates = j->predicates.columns;
	j->table.predicate_count = j->predicates.count;
	return r;
}

/* A list of names with ours in front, without those of columns that were left out; NULL: there is none. -ENOMEM. */
static int copy_names(const struct joint *j, const char ***to, const char *const *names)
{
	size_t n = 0;

	while (names && names[n])
		n++;
	if (!names)
		return 0;
	*to = calloc(n + 2, sizeof(**to));
	if (!*to)
		return -ENOMEM;
	(*to)[0] = own_columns[0].name;
	for (size_t i = 0, at = 1; i < n; i++)
		if (table_find(&j->table, names[i]))
			(*to)[at++] = names[i];
	return 0;
}

static int copy_shown(struct joint *j)
{
	size_t n = 0;

	j->shown = calloc(j->of->shown_count + 1, sizeof(*j->shown));
	if (!j->shown)
		return -ENOMEM;
	j->shown[n++] = (struct table_shown){own_columns[0].name, true, 1, 6, 10, 30, 0};
	for (size_t i = 0; i < j->of->shown_count; i++)
		if (table_find(&j->table, j->of->shown[i].name))
			j->shown[n++] = j->of->shown[i];
	j->table.shown = j->shown;
	j->table.shown_count = n;
	return 0;
}

#define IF_OF(function) .function = of->function ? joined_##function : NULL

static struct table make_table(const struct table *of)
{
	const struct table *source = table_source(of);

	return (struct table){.name = of->name,
			      .one = of->one,
			      .many = of->many,
			      .aliases = source->aliases,
			      .alias_count = source->alias_count,
			      .sort = of->sort,
			      .ordered = of->ordered,
			      .needs = (u16)table_needs(of),
			      .events = of->events,
			      .waiting_words = of->waiting_words,
			      .filters_show_waiting = of->filters_show_waiting,
			      .all_words = of->all_words,
			      .end = joined_end,
			      .row = joined_row,
			      .id = joined_id,
			      .find = joined_find,
			      .age = joined_age,
			      .rows = joined_rows,
			      .generation = joined_generation,
			      IF_OF(type),
			      IF_OF(ended),
			      IF_OF(just_ended),
			      IF_OF(waiting),
			      IF_OF(waiting_rows),
			      IF_OF(look)};
}

int joint_new(struct joint **out, const struct table *of)
{
	struct joint *j = calloc(1, sizeof(*j));
	int r;

	if (!j)
		return -ENOMEM;
	j->of = of;
	j->table = make_table(of);
	r = make_columns(j);
	if (r == 0)
		r = make_predicates(j);
	if (r == 0)
		r = copy_names(j, &j->contract, of->contract);
	if (r == 0)
		r = copy_names(j, &j->text, of->text);
	if (r == 0)
		r = copy_shown(j);
	j->table.contract = j->contract;
	j->table.text = j->text;
	j->table.text_extra = of->text_extra;
	if (r < 0)
		joint_free(take(j));
	*out = j;
	return r;
}

static void copies_deinit(struct copies *copies)
{
	free(copies->columns);
	free(copies->origins);
}

void joint_free(struct joint *j)
{
	if (!j)
		return;
	copies_deinit(&j->columns);
	copies_deinit(&j->predicates);
	free(j->contract);
	free(j->text);
	free(j->shown);
	free(j);
}

const struct table *joint_table(const struct joint *j)
{
	return &j->table;
}

/* -- its picture --------------------------------------------------------------------------------------------------- */

int joined_new(struct joined **out, const struct joint *j, u32 count)
{
	struct joined *p = calloc(1, sizeof(*p) + count * sizeof(p->parts[0]));

	if (!p)
		return -ENOMEM;
	p->joint = j;
	p->count = count;
	for (u32 i = 0; i < count; i++)
		p->parts[i] = (struct part){.joint = j, .name = "", .number = i, .mix = idmap_hash(i + 1)};
	*out = p;
	return 0;
}

void joined_free(struct joined *p)
{
	for (u32 i = 0; p && i < p->count; i++) {
		for (u32 k = 0; k < p->parts[i].slab_cap; k++)
			free(p->parts[i].slabs[k]);
		free(p->parts[i].slabs);
	}
	free(p);
}

void joined_name(struct joined *p, u32 part, const char *name)
{
	p->parts[part].name = name;
}

void joined_set(struct joined *p, u32 part, const void *picture)
{
	struct part *at = &p->parts[part];

	if (at->picture)
		at->generations += p->joint->of->generation(at->picture) + 1;
	at->picture = picture;
}

void joined_silent(struct joined *p, u32 part, u64 ns)
{
	p->parts[part].silent_ns = ns;
}

u32 joined_part(const void *row)
{
	return ((const struct slot *)row)->part->number;
}
