/* Slots for rows: slabs whose addresses never change, a free list, and the two lists that a row can be on. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "rows_private.h"

_Static_assert(sizeof(struct slot) <= 512, "a hundred thousand rows should stay near 50 MB");

/* With a row's places in the lists and in the table of ids. */
#define SLAB_BYTES (SLAB_ROWS * (sizeof(struct slot) + 64))

static int slab_add(struct model *m)
{
	if (m->bytes + SLAB_BYTES > m->bytes_max)
		return -E2BIG;
	if (array_append(&m->slabs, &m->slab_cap, m->slab_count, sizeof(*m->slabs)) < 0)
		return -ENOMEM;
	m->slabs[m->slab_count] = calloc(SLAB_ROWS, sizeof(**m->slabs));
	if (!m->slabs[m->slab_count])
		return -ENOMEM;
	m->slab_count++;
	m->bytes += SLAB_BYTES;
	return 0;
}

/* An index with a free slot, or IDMAP_NONE. */
static u32 index_take(struct model *m)
{
	u32 index = m->free_slot;

	if (index != IDMAP_NONE) {
		m->free_slot = model_slot(m, index)->older;
		return index;
	}
	if (m->rows_end >= m->rows_max)
		return IDMAP_NONE;
	if (m->rows_end == m->slab_count * SLAB_ROWS && slab_add(m) < 0)
		return IDMAP_NONE;
	return m->rows_end++;
}

static void index_give(struct model *m, u32 index)
{
	model_slot(m, index)->older = m->free_slot;
	m->free_slot = index;
}

struct slot *slot_new(struct model *m, u64 id)
{
	u32 index = index_take(m);
	struct slot *s;

	if (index == IDMAP_NONE)
		return NULL;
	s = model_slot(m, index);
	*s = (struct slot){
	    .row = {.live = 1, .rx_rate = NAN, .tx_rate = NAN, .rx_smooth = NAN, .tx_smooth = NAN},
	    .index = index,
	    .base = IDMAP_NONE,
	    .active = IDMAP_NONE,
	    .older = IDMAP_NONE,
	    .newer = IDMAP_NONE,
	    .flags = SLOT_FRESH,
	};
	if (idmap_set(&m->ids, id, index) < 0) {
		s->row.live = 0;
		index_give(m, index);
		return NULL;
	}
	m->counts.rows++;
	return s;
}

void slot_free(struct model *m, struct slot *s)
{
	struct row *r = &s->row;

	slot_deactivate(m, s);
	if (r->closed)
		slot_reopen(m, s);
	if (r->history)
		m->histories--;
	interception_forget(m, r);
	m->bytes -= r->info ? sizeof(*r->info) : 0;
	free(take(r->history));
	free(take(r->info));
	m->watch->gone(m, r->s.id);
	idmap_remove(&m->ids, r->s.id);
	r->live = 0;
	m->counts.rows--;
	index_give(m, s->index);
}

int slot_activate(struct model *m, struct slot *s)
{
	if (s->active != IDMAP_NONE)
		return 0;
	if (array_append(&m->active, &m->active_cap, m->active_count, sizeof(*m->active)) < 0)
		return -ENOMEM;
	s->active = m->active_count;
	m->active[m->active_count++] = s->index;
	return 0;
}

void slot_deactivate(struct model *m, struct slot *s)
{
	u32 last;

	if (s->active == IDMAP_NONE)
		return;
	last = m->active[--m->active_count];
	m->active[s->active] = last;
	model_slot(m, last)->active = s->active;
	s->active = IDMAP_NONE;
}

void slot_close(struct model *m, struct slot *s)
{
	s->row.closed = 1;
	s->older = m->closed_newest;
	s->newer = IDMAP_NONE;
	if (s->older != IDMAP_NONE)
		model_slot(m, s->older)->newer = s->index;
	else
		m->closed_oldest = s->index;
	m->closed_newest = s->index;
	m->counts.closed++;
}

void slot_reopen(struct model *m, struct slot *s)
{
	s->row.closed = 0;
	if (s->older != IDMAP_NONE)
		model_slot(m, s->older)->newer = s->newer;
	else
		m->closed_oldest = s->newer;
	if (s->newer != IDMAP_NONE)
		model_slot(m, s->newer)->older = s->older;
	else
		m->closed_newest = s->older;
	s->older = s->newer = IDMAP_NONE;
	m->counts.closed--;
}

void rows_init(struct model *m, const struct row_watch *watch)
{
	m->watch = watch;
	m->free_slot = m->closed_oldest = m->closed_newest = IDMAP_NONE;
	m->closed_keep = MODEL_CLOSED_DEFAULT;
	m->tick_seconds = NAN;
	ends_init(&m->ends);
	totals_init(&m->counts);
	m->totals = m->counts;
}

void rows_deinit(struct model *m)
{
	for (u32 i = 0; i < m->rows_end; i++) {
		struct row *r = &model_slot(m, i)->row;

		if (!r->live)
			continue;
		free(r->history);
		free(r->info);
	}
	processes_deinit(m);
	hosts_deinit(&m->hosts);
	for (u32 i = 0; i < m->slab_count; i++)
		free(m->slabs[i]);
	free(m->slabs);
	free(m->active);
	free(m->bases);
	idmap_deinit(&m->ids);
	idmap_deinit(&m->netns);
	ends_deinit(&m->ends);
	names_deinit(m);
	ports_deinit(m);
	pairs_deinit(&m->pairs);
	nat_deinit(&m->nat);
	interceptions_deinit(&m->interceptions);
	attached_deinit(&m->attached);
	free(m->host.features);
}
