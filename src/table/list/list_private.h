/* Private to the list: keys that keep a column's order, and a sort of them that can be left and taken up again. */
#pragma once

#include "clock.h"
#include "list.h"
#include "texts.h"

/* A row's place, ascending in (high, low, extra, id). The direction is already in the bits: descending inverts them,
 * and an unknown value is all ones in both directions. */
struct sort_key {
	u64 high, low;
	u64 id; /* also shows whether the row's slot was reused for another socket */
	u32 row;
	u32 extra; /* a port; ~0: unknown */
};

static inline bool sort_key_unknown(const struct sort_key *k)
{
	return k->extra == UINT32_MAX;
}

/* The same value: only the id decides. */
static inline bool sort_key_same(const struct sort_key *a, const struct sort_key *b)
{
	return a->high == b->high && a->low == b->low && a->extra == b->extra;
}

struct keys {
	struct sort_key *at; /* owned */
	u32 count, cap;
	u32 examined;
	u64 picture; /* which one they were made of */
};

struct sorter;
struct list;

/* -- list_rank.c: texts that a key cannot hold --------------------------------------------------------------------- */

/* Zero-initialise to start; it must not move. */
struct text_ranks {
	struct column_texts texts; /* those of the rows that were given a key */
	struct sort_key *keys;     /* owned; one for each text, row being its number */
	u32 cap;
	size_t prefix; /* bytes that all texts begin with */
	bool failed;   /* out of memory: the numbers are incomplete */
};

void text_ranks_deinit(struct text_ranks *r);
void text_ranks_clear(struct text_ranks *r);
u64 text_ranks_number(struct text_ranks *r, const char *text);
/* Begins to sort the texts. false: out of memory. */
bool text_ranks_start(struct text_ranks *r, struct sorter *s);
/* Compares two texts, by number, whose keys are equal. */
int text_ranks_compare(const struct text_ranks *r, u32 a, u32 b);
/* Once the texts are in order: replaces numbers by ranks in the keys of the rows. */
void text_ranks_apply(struct text_ranks *r, struct sort_key *keys, u32 count, bool descending);

/* -- list_sort.c --------------------------------------------------------------------------------------------------- */

/* How a row's key is made. */
struct sort_order {
	const struct table *t;
	const void *picture;
	const struct column *column; /* NULL: order of appearance */
	int (*get)(const struct column *c, const void *picture, const void *row, struct value *v);
	bool descending;
	struct text_ranks *ranks; /* borrowed; NULL: high and low hold the whole text */
	const void *before;       /* borrowed: by how much larger the values are than in it; NULL: by the values */
};

struct segment {
	u32 begin, end;
};

#define SEGMENTS_MAX 256

struct sorter {
	struct sort_key *keys;                /* borrowed */
	const struct text_ranks *texts;       /* borrowed; what the keys are of, NULL: of rows */
	struct segment pending[SEGMENTS_MAX]; /* parts that are not sorted inside, but among each other */
	u32 count;
	bool dividing; /* pending[count - 1] is being divided: */
	u32 left, right;
	struct sort_key pivot;
	u64 random;
};

/* ranks is cleared, and used where the column's texts can be longer than a key. */
void sort_order_init(struct sort_order *o, const struct table *t, const void *picture, const struct column *column,
		     bool descending, struct text_ranks *ranks);
void sort_key_make(const struct sort_order *o, const void *row, u32 index, struct sort_key *k);
/* high and low from the first bytes of a text. */
void sort_key_text(const char *text, struct sort_key *k);
/* The bits of a double as an unsigned number of the same order. */
u64 sort_key_double(double d);

void sorter_start(struct sorter *s, struct sort_key *keys, u32 count, const struct text_ranks *texts);
/* Works until the deadline (now_ns() clock; 0: none), on the parts within [first, last) before the others. Returns true
 * when everything is in order. */
bool sorter_work(struct sorter *s, u32 first, u32 last, u64 deadline);
/* The same until [first, last) is in its final order; the rest may be left. */
bool sorter_show(struct sorter *s, u32 first, u32 last, u64 deadline);
/* How many of count keys, in any order, come before this one. */
u32 sorter_rank(const struct sorter *s, u32 count, const struct sort_key *k);

/* -- list_places.c ------------------------------------------------------------------------------------------------- */

/* What remains of a key when the list is whole. */
struct place {
	u32 row : 30;
	u32 unknown : 1; /* the row has no value in the column: last in both directions */
	u32 tie : 1;     /* of the same value as the place before */
	u32 mark;        /* of the row's id: the slot may be reused for another socket */
};

/* Zero-initialise. */
struct places {
	struct place *at; /* owned */
	u32 count, cap;
	u32 examined;
	bool ordered;  /* by column, in this direction, and complete; otherwise the next fields are not valid */
	bool complete; /* no filter removed anything */
	bool descending;
	const struct column *column;
	u64 picture;
};

static inline u32 place_mark(u64 id)
{
	return (u32)(id ^ id >> 32);
}

void places_deinit(struct places *p);
bool places_reserve(struct places *p, u32 count);
/* Takes the keys in their current order; the caller sets whether they are ordered. false: no memory, nothing has
 * changed. */
bool places_take(struct places *p, const struct keys *k);
/* The row; NULL: it was freed, or its slot reused. */
const void *place_row(const struct table *t, const void *picture, struct place p);
/* Inverts ordered places if their direction differs. O(places), without looking at rows. */
void places_orient(struct places *p, bool descending);

/* A walk through ordered places that copies those whose rows still exist and match. */
struct places_walk {
	const struct table *t;
	const void *picture;
	const struct places *from; /* borrowed; unchanged until the walk is over */
	struct places *to;         /* borrowed; with room for as many */
	u32 at;
	u32 end;    /* the table's, which stays the same in each call */
	bool apart; /* the value has changed since the last place that was copied */
};

void places_walk_start(struct places_walk *w, const struct table *t, const void *picture, const struct places *from,
		       struct places *to);
/* Goes on until there are count places (or a few more), or the deadline (now_ns() clock; 0: none) has passed. Returns
 * true at the end. */
bool places_walk(struct places_walk *w, const struct list *l, u32 count, u64 deadline);

/* -- list.c, list_keys.c ------------------------------------------------------------------------------------------- */

enum phase { PHASE_IDLE, PHASE_BEGIN, PHASE_SCAN, PHASE_RANK, PHASE_SORT, PHASE_WALK };

struct list {
	const struct table *t;
	const void *rows;          /* borrowed: the picture that they are of */
	const struct query *query; /* borrowed */
	const struct column *column;
	bool descending;
	bool closed, quiet;
	list_only_fn *only; /* NULL: all rows */
	const void *only_context;
	const void *before; /* borrowed; NULL: none */
	struct places shown;
	struct places all;    /* including what the filter hides, perhaps of an earlier order or picture */
	struct places behind; /* where a filter's places are collected while the old ones are shown */
	struct keys made;
	bool open; /* made is read instead of shown */
	enum phase phase;
	bool early;      /* made is to be read as soon as its window is right */
	bool begun;      /* rows have been looked at */
	bool keep_all;   /* the filter changes often: keeping everything is worth it */
	bool unfiltered; /* made includes what the filter hides, and goes into all */
	u64 picture;     /* number of the picture, counted by calls and by the generation */
	u64 generation;  /* the table's when picture was last counted */
	u32 scan, end;
	struct sort_order order;
	struct text_ranks ranks;
	struct sorter sorter;
	struct places_walk walk;
	u32 *positions; /* owned; row index to position in shown */
	u32 positions_len, positions_cap;
	bool positions_valid;
};

/* Does the list omit the row, whatever the filter? */
static inline bool list_leaves_out(const struct list *l, const void *row)
{
	if (l->only && !l->only(l->only_context, row))
		return true;
	return !l->closed && (table_ended(l->t, row) || (l->quiet && l->t->waiting && l->t->waiting(row)));
}

enum progress { PROGRESS_LATE, PROGRESS_FAILED, PROGRESS_SORTING };

/* Up to where only the order is missing. */
enum progress list_give_keys(struct list *l, u64 deadline);
/* A tick may have been settled without a call. */
void list_notice_picture(struct list *l);
