/* Who moved how much in the whole time: the rows of a fold say it of the last tick alone, and those that are over are
 * forgotten. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "fold.h"
#include "report_private.h"
#include "text.h"

int report_movers_init(struct report_movers *r, const struct table *t, const struct model *m)
{
	*r = (struct report_movers){.t = t, .rate = table_find(t, "rate"), .label = table_find(t, "label")};
	return fold_new(&r->fold, t, m);
}

void report_movers_deinit(struct report_movers *r)
{
	fold_free(r->fold);
	idmap_deinit(&r->ids);
	free(r->at);
}

/* NULL, with 0: there is no room for another. */
static int mover_of(struct report_movers *r, u64 id, struct report_mover **out)
{
	u32 at = idmap_get(&r->ids, id);

	*out = NULL;
	if (at == IDMAP_NONE && r->count == REPORT_MOVERS)
		return 0;
	if (at == IDMAP_NONE) {
		if (array_append(&r->at, &r->cap, r->count, sizeof(*r->at)) < 0 || idmap_set(&r->ids, id, r->count) < 0)
			return -ENOMEM;
		at = r->count++;
		r->at[at] = (struct report_mover){.id = id};
	}
	*out = &r->at[at];
	return 0;
}

/* 1: it found no room. */
static int take_row(struct report_movers *r, const void *row, double seconds)
{
	struct report_mover *mover;
	struct value v;
	int code = mover_of(r, r->t->id(row), &mover);

	if (!mover)
		return code < 0 ? code : 1;
	if (!*mover->label)
		column_format(r->label, r->fold, row, RATE_BYTES, mover->label, sizeof(mover->label));
	column_value(r->rate, r->fold, row, &v);
	if (v.kind == VALUE_NUMBER && seconds > 0) {
		mover->bytes += v.number * seconds;
		mover->most = MAX(mover->most, v.number);
	}
	return 0;
}

int report_movers_take(struct report_movers *r, const struct model *m)
{
	double seconds = model_tick_seconds(m);
	u32 left_out = 0;
	int code;

	fold_want(r->fold, r->rate);
	fold_want(r->fold, r->label);
	fold_invalidate(r->fold);
	do
		code = fold_work(r->fold, 0);
	while (code >= 0 && !fold_whole(r->fold));
	for (u32 i = 0; i < fold_end(r->fold) && code >= 0; i++) {
		const void *row = fold_row(r->fold, i);

		code = row ? take_row(r, row, seconds) : 0;
		left_out += code == 1;
	}
	r->left_out = MAX(r->left_out, left_out);
	return MIN(code, 0);
}

static int moved_more(const void *a, const void *b)
{
	const struct report_mover *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

void report_movers_order(struct report_movers *r)
{
	if (r->count)
		qsort(r->at, r->count, sizeof(*r->at), moved_more);
}
