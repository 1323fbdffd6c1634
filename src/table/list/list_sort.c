/* Sorting in slices. Values become fixed keys once, so that an order cannot change under the sort; a quicksort with an
 * explicit set of parts then divides first where the window is, and can stop between any two steps. */
#include "list_private.h"

#include <math.h>
#include <string.h>

#include "clock.h"
#include "idmap.h"

#define SMALL 16       /* so few rows that insertion sort is faster */
#define STEPS 4096     /* comparisons between two looks at the clock */
#define TEXT_STEPS 512 /* the same if a comparison may read whole texts */
#define SAMPLE 128
#define SAMPLE_MARGIN 4 /* of a sample: how far beyond the window to cut, so that it is hardly ever within */

void sort_order_init(struct sort_order *o, const struct table *t, const void *picture, const struct column *column,
		     bool descending, struct text_ranks *ranks)
{
	*o = (struct sort_order){.t = t, .picture = picture, .column = column, .descending = descending};
	if (!column)
		return;
	o->get = column->order ? column->order : column->get;
	/* Names in the picture (cgroup, user, device) and lists of options may exceed 16 bytes; names in the row
	 * cannot. */
	if (column->unit == UNIT_TEXT && !column->size && !column->word) {
		text_ranks_clear(ranks);
		o->ranks = ranks;
	}
}

u64 sort_key_double(double d)
{
	u64 bits;

	d += 0.0; /* -0 becomes 0 */
	memcpy(&bits, &d, sizeof(bits));
	return bits >> 63 ? ~bits : bits | 1ULL << 63;
}

static u64 load_be64(const u8 *p)
{
	u64 n;

	memcpy(&n, p, sizeof(n));
	return __builtin_bswap64(n);
}

void sort_key_text(const char *text, struct sort_key *k)
{
	u8 prefix[16] = {0};

	memcpy(prefix, text, strnlen(text, sizeof(prefix)));
	k->high = load_be64(prefix);
	k->low = load_be64(prefix + 8);
}

/* IPv4 before IPv6, each by number: the family takes the first bit, so that the last bit of an IPv6 address gives way
 * to the port's word. */
static void address_key(const struct value *v, struct sort_key *k)
{
	u64 low;

	if (v->family != 6) {
		k->high = 0;
		k->low = load_be64((const u8[8]){[4] = v->address[0], v->address[1], v->address[2], v->address[3]});
		k->extra = (u32)v->integer;
		return;
	}
	k->high = load_be64(v->address);
	low = load_be64(v->address + 8);
	k->extra = (u32)(low & 1) << 17 | (u32)(v->integer & 0x1ffff);
	k->low = k->high << 63 | low >> 1;
	k->high = k->high >> 1 | 1ULL << 63;
}

static void value_key(const struct sort_order *o, const struct value *v, struct sort_key *k)
{
	if (v->kind == VALUE_ADDRESS)
		address_key(v, k);
	else if (o->ranks)
		k->high = text_ranks_number(o->ranks, v->text);
	else if (v->kind == VALUE_TEXT && o->column->unit != UNIT_ID)
		sort_key_text(v->text, k);
	else if (column_is_real(o->column))
		k->high = sort_key_double(v->number);
	else
		k->high = v->integer;
}

/* false: it is not known. */
static bool make_value_key(const struct sort_order *o, const void *row, struct sort_key *k)
{
	struct value v;
	double difference;

	if (o->before && !column_difference(o->t, o->column, o->picture, row, o->before, &difference))
		return false;
	if (o->before) {
		k->high = sort_key_double(difference);
		return true;
	}
	if (!o->get(o->column, o->picture, row, &v))
		return false;
	value_key(o, &v, k);
	return true;
}

void sort_key_make(const struct sort_order *o, const void *row, u32 index, struct sort_key *k)
{
	*k = (struct sort_key){.id = o->t->id(row), .row = index};
	if (!o->column) {
		k->high = o->t->age(row);
	} else if (!make_value_key(o, row, k)) {
		k->high = k->low = UINT64_MAX;
		k->extra = UINT32_MAX;
		return;
	}
	if (!o->descending)
		return;
	k->high = ~k->high;
	k->low = ~k->low;
	k->extra = ~k->extra & 0x7fffffff; /* stays below the unknown */
}

static bool before(const struct sorter *s, const struct sort_key *a, const struct sort_key *b)
{
	if (a->high != b->high)
		return a->high < b->high;
	if (a->low != b->low)
		return a->low < b->low;
	if (s->texts && a->row != b->row)
		return text_ranks_compare(s->texts, a->row, b->row) < 0;
	if (a->extra != b->extra)
		return a->extra < b->extra;
	return a->id < b->id;
}

void sorter_start(struct sorter *s, struct sort_key *keys, u32 count, const struct text_ranks *texts)
{
	s->keys = keys;
	s->texts = texts;
	s->count = 0;
	s->dividing = false;
	s->random = 1;
	if (count > 1)
		s->pending[s->count++] = (struct segment){0, count};
}

static void swap(struct sort_key *a, struct sort_key *b)
{
	struct sort_key t = *a;

	*a = *b;
	*b = t;
}

static void insertion_sort(struct sorter *s, struct segment g)
{
	for (u32 i = g.begin + 1; i < g.end; i++) {
		struct sort_key k = s->keys[i];
		u32 j = i;

		for (; j > g.begin && before(s, &k, &s->keys[j - 1]); j--)
			s->keys[j] = s->keys[j - 1];
		s->keys[j] = k;
	}
}

/* A median of three random places, so that no input can make it slow. */
static struct sort_key choose_pivot(struct sorter *s, struct segment g)
{
	const struct sort_key *k[3];

	for (unsigned i = 0; i < 3; i++) {
		s->random = idmap_hash(s->random + i + 1);
		k[i] = &s->keys[g.begin + s->random % (g.end - g.begin)];
	}
	if (before(s, k[1], k[0])) {
		const struct sort_key *t = k[0];

		k[0] = k[1];
		k[1] = t;
	}
	if (before(s, k[2], k[1]))
		k[1] = before(s, k[2], k[0]) ? k[0] : k[2];
	return *k[1];
}

/* Divides the last part further, by at most `steps` comparisons. true: it is divided: [begin, left) is not after the
 * pivot, [left, end) not before it. */
static bool divide(struct sorter *s, unsigned steps)
{
	struct segment g = s->pending[s->count - 1];

	for (;;) {
		while (s->left < g.end && before(s, &s->keys[s->left], &s->pivot)) {
			s->left++;
			if (!steps--)
				return false;
		}
		while (s->right > g.begin && before(s, &s->pivot, &s->keys[s->right - 1])) {
			s->right--;
			if (!steps--)
				return false;
		}
		if (s->left + 1 >= s->right)
			return true;
		swap(&s->keys[s->left++], &s->keys[--s->right]);
		if (!steps--)
			return false;
	}
}

/* Replaces the divided part by its two halves, the smaller one first, so that few are ever pending. */
static void replace_divided(struct sorter *s)
{
	struct segment g = s->pending[--s->count];
	u32 middle = CLAMP(s->left, g.begin + 1, g.end - 1);
	struct segment a = {g.begin, middle}, b = {middle, g.end};
	bool a_smaller = a.end - a.begin < b.end - b.begin;

	s->dividing = false;
	s->pending[s->count++] = a_smaller ? b : a;
	s->pending[s->count++] = a_smaller ? a : b;
}

/* Moves a part that overlaps the window to the end, as long as there is room for the others. */
static void prefer_window(struct sorter *s, u32 first, u32 last)
{
	if (s->count > SEGMENTS_MAX - 48)
		return;
	for (u32 i = s->count; i-- > 0;) {
		struct segment g = s->pending[i];

		if (g.begin < last && g.end > first) {
			s->pending[i] = s->pending[s->count - 1];
			s->pending[s->count - 1] = g;
			return;
		}
	}
}

/* The window is a small part of a large one: a pivot just beyond it leaves few rows to look at again. Where it lies in
 * the part is where it should lie in a sample. false: the window has no end that is worth cutting at. */
static bool cut_pivot(struct sorter *s, struct segment g, u32 first, u32 last, struct sort_key *pivot)
{
	struct sort_key sample[SAMPLE];
	struct sorter order = {.keys = sample, .texts = s->texts};
	u64 size = g.end - g.begin, low, high;

	if (size < SAMPLE * 16 || first >= g.end || last <= g.begin)
		return false;
	low = first > g.begin ? (first - g.begin) * (u64)SAMPLE / size : 0;
	high = last < g.end ? (last - g.begin) * (u64)SAMPLE / size + 1 : SAMPLE;
	if (MAX(low, SAMPLE - high) <= SAMPLE_MARGIN)
		return false;
	for (unsigned i = 0; i < SAMPLE; i++) {
		s->random = idmap_hash(s->random + i + 1);
		sample[i] = s->keys[g.begin + s->random % size];
	}
	insertion_sort(&order, (struct segment){0, SAMPLE});
	*pivot = sample[SAMPLE - high >= low ? high + SAMPLE_MARGIN - 1 : low - SAMPLE_MARGIN];
	return true;
}

static void begin_part(struct sorter *s, u32 first, u32 last)
{
	struct segment g;

	prefer_window(s, first, last);
	g = s->pending[s->count - 1];
	if (g.end - g.begin <= SMALL || s->count > SEGMENTS_MAX - 2) {
		insertion_sort(s, g);
		s->count--;
		return;
	}
	if (!cut_pivot(s, g, first, last, &s->pivot))
		s->pivot = choose_pivot(s, g);
	s->left = g.begin;
	s->right = g.end;
	s->dividing = true;
}

static void sorter_step(struct sorter *s, u32 first, u32 last)
{
	unsigned steps = s->texts ? TEXT_STEPS : STEPS;

	for (unsigned i = 0; i < steps / SMALL && s->count && !s->dividing; i++)
		begin_part(s, first, last);
	if (s->dividing && divide(s, steps))
		replace_divided(s);
}

bool sorter_work(struct sorter *s, u32 first, u32 last, u64 deadline)
{
	while (s->count) {
		sorter_step(s, first, last);
		if (deadline && s->count && now_ns() >= deadline)
			return false;
	}
	return true;
}

static bool in_order(const struct sorter *s, u32 first, u32 last)
{
	for (u32 i = 0; i < s->count; i++)
		if (s->pending[i].begin < last && s->pending[i].end > first)
			return false;
	return true;
}

bool sorter_show(struct sorter *s, u32 first, u32 last, u64 deadline)
{
	while (!in_order(s, first, last)) {
		sorter_step(s, first, last);
		if (deadline && now_ns() >= deadline)
			return in_order(s, first, last);
	}
	return true;
}

u32 sorter_rank(const struct sorter *s, u32 count, const struct sort_key *k)
{
	u32 rank = 0;

	for (u32 i = 0; i < count; i++)
		rank += before(s, &s->keys[i], k);
	return rank;
}
