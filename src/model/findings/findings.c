/* The rounds: each looks at the rows of every source once, in slices. What is found is kept in finding.c. */
#include "findings.h"

#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "error.h"
#include "findings_private.h"
#include "store.h"

#define SLICE 64 /* rows between two looks at the clock */
#define AHEAD 8  /* rows that are fetched into the cache before they are looked at */

/* -- making -------------------------------------------------------------------------------------------------------- */

int findings_new(struct findings **out, const struct model *m, struct error *err)
{
	struct findings *f = calloc(1, sizeof(*f));
	const struct check *c;
	int r = f ? 0 : -ENOMEM;

	if (f)
		f->m = m;
	for (size_t i = 0; r == 0 && (c = check_at(i)); i++)
		r = findings_add(f, c, err);
	if (r == -ENOMEM)
		error_set(err, r, "out of memory");
	if (r < 0) {
		findings_free(f);
		return r;
	}
	*out = f;
	return 0;
}

void findings_free(struct findings *f)
{
	if (!f)
		return;
	for (u32 i = 0; i < f->end; i++)
		free(f->at[i]);
	for (size_t i = 0; i < f->check_count; i++) {
		query_free(f->checks[i].when);
		query_free(f->checks[i].grave);
	}
	for (size_t i = 0; i < f->source_count; i++) {
		query_free(f->sources[i].query);
		fold_free(f->sources[i].fold);
	}
	while (f->own) {
		struct own_check *own = f->own;

		f->own = own->next;
		free(own);
	}
	free(f->checks);
	free(f->sources);
	idmap_deinit(&f->ids);
	idmap_deinit(&f->muted);
	free(f);
}

unsigned findings_asks(const struct findings *f)
{
	return f->asks;
}

const struct model *findings_model(const struct findings *f)
{
	return f->m;
}

size_t findings_checks(const struct findings *f)
{
	return f->check_count;
}

const struct check *findings_check(const struct findings *f, size_t i)
{
	return i < f->check_count ? f->checks[i].check : NULL;
}

void findings_pace(struct findings *f, double share)
{
	f->share = share;
}

void findings_units(struct findings *f, enum rate_units units)
{
	f->units = units;
}

/* -- a round ------------------------------------------------------------------------------------------------------- */

void findings_tick(struct findings *f)
{
	const struct record_tick *t = model_tick(f->m);

	f->again = f->busy;
	if (f->busy || !t || now_ns() < f->rest_until)
		return;
	f->busy = true;
	f->round++;
	f->time_ns = t->time_ns;
	f->source = f->row = 0;
	f->cost = f->more_now = 0;
	for (size_t i = 0; i < f->source_count; i++)
		if (f->sources[i].fold)
			fold_invalidate(f->sources[i].fold);
}

/* What all checks of a source say of a row. */
static int look(struct findings *f, size_t source, const void *row)
{
	const struct finding_source *s = &f->sources[source];

	if (table_ended(s->t, row))
		return 0;
	for (size_t i = 0; i < f->check_count; i++) {
		struct compiled_check *c = &f->checks[i];
		int r;

		if (c->source != source || !query_match(c->when, s->picture, row))
			continue;
		r = findings_see(f, c, row, c->grave && query_match(c->grave, s->picture, row));
		if (r < 0)
			return r;
	}
	return 0;
}

/* 1: all of its rows were looked at. */
static int look_at_rows(struct findings *f, size_t source, u64 deadline)
{
	const struct finding_source *s = &f->sources[source];
	u32 end = s->t->end(s->picture);

	while (f->row < end) {
		u32 stop = MIN(end, f->row + SLICE);

		for (; f->row < stop; f->row++) {
			const void *row = s->t->row(s->picture, f->row);
			int r;

			if (s->t->prefetch && f->row + AHEAD < end)
				s->t->prefetch(s->picture, f->row + AHEAD, PART_ROW);
			r = row ? look(f, source, row) : 0;
			if (r < 0)
				return r;
		}
		if (deadline && now_ns() >= deadline && f->row < end)
			return 0;
	}
	return 1;
}

/* 1: the source is done. A column that is asked for the first time is only known once its fold has been gathered
 * again. */
static int work_on(struct findings *f, size_t source, u64 deadline)
{
	struct folded *fold = f->sources[source].fold;
	int r = 1;

	do {
		u64 now = deadline ? now_ns() : 0;

		if (fold && !fold_whole(fold)) {
			/* However late it is: a little, so that it comes to an end. */
			r = fold_work(fold, deadline ? MAX(deadline, now + 1) - now : 0);
			f->row = 0;
		}
		if (r == 1)
			r = look_at_rows(f, source, deadline);
	} while (r == 1 && fold && !fold_whole(fold));
	return r;
}

static int work(struct findings *f, u64 deadline)
{
	while (f->source < f->source_count) {
		int r = work_on(f, f->source, deadline);

		if (r != 1)
			return r;
		f->source++;
		f->row = 0;
	}
	findings_settle(f);
	f->busy = false;
	return 1;
}

static int work_for(struct findings *f, u64 budget_ns)
{
	u64 used = cpu_ns();
	int r = 1;

	if (!f->busy)
		return 1;
	r = work(f, budget_ns ? now_ns() + budget_ns : 0);
	/* Time in which others had the processor costs nothing: a round that was preempted would else silence all
	 * checks for fifty times as long. */
	f->cost += cpu_ns() - used;
	if (!f->busy && f->share > 0)
		f->rest_until = now_ns() + (u64)((double)f->cost / f->share);
	if (r < 0)
		f->busy = false;
	return r;
}

int findings_work(struct findings *f, u64 budget_ns)
{
	int r = work_for(f, budget_ns);

	/* After the last tick of a recording no other comes. */
	if (r != 1 || !f->again)
		return r;
	findings_tick(f);
	return budget_ns && f->busy ? 0 : work_for(f, 0);
}
