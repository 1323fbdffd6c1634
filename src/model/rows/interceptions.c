/* What has taken sockets over: beside their rows, because few have any of it. A place stays the same as long as the
 * row has one. */
#include <stdlib.h>

#include "array.h"
#include "rows_private.h"

static u32 place_of(const struct model *m, const struct row *r)
{
	return r->s.flags & SOCKET_INTERCEPTED ? idmap_get(&m->interceptions.ids, r->s.id) : IDMAP_NONE;
}

/* A new place; IDMAP_NONE: out of memory. */
static u32 place_new(struct model *m, u64 key)
{
	struct interceptions *all = &m->interceptions;
	u32 at = all->used < all->end ? all->free : all->end;

	if (m->bytes + sizeof(*all->at) > m->bytes_max || idmap_set(&all->ids, key, at) < 0)
		return IDMAP_NONE;
	if (at == all->end && array_append(&all->at, &all->cap, all->end, sizeof(*all->at)) < 0) {
		idmap_remove(&all->ids, key);
		return IDMAP_NONE;
	}
	if (at == all->end)
		all->end++;
	else
		all->free = all->at[at].next;
	all->used++;
	m->bytes += sizeof(*all->at);
	return at;
}

/* Follows the socket's own record. */
int take_interception(struct model *m, const struct record_interception *rec, struct error *err)
{
	u32 index = model_find(m, model_key(m, rec->id)), at;
	const struct row *r = index == IDMAP_NONE ? NULL : model_row(m, index);

	if (!r || !(r->s.flags & SOCKET_INTERCEPTED))
		return 0;
	at = place_of(m, r);
	if (at == IDMAP_NONE)
		at = place_new(m, r->s.id);
	if (at == IDMAP_NONE)
		return rows_refuse(m, sizeof(*m->interceptions.at), err);
	m->interceptions.at[at] = (struct interception){.r = *rec, .row = index};
	return 0;
}

void interception_forget(struct model *m, const struct row *r)
{
	struct interceptions *all = &m->interceptions;
	u32 at = place_of(m, r);

	if (at == IDMAP_NONE)
		return;
	idmap_remove(&all->ids, r->s.id);
	all->at[at] = (struct interception){.row = IDMAP_NONE, .next = all->free};
	all->free = at;
	all->used--;
	m->bytes -= sizeof(*all->at);
}

void interceptions_deinit(struct interceptions *all)
{
	free(all->at);
	idmap_deinit(&all->ids);
}

const struct record_interception *model_interception(const struct model *m, const struct row *r)
{
	u32 at = place_of(m, r);

	return at == IDMAP_NONE ? NULL : &m->interceptions.at[at].r;
}

u32 model_intercepted_end(const void *model)
{
	return ((const struct model *)model)->interceptions.end;
}

const void *model_intercepted(const void *model, u32 index)
{
	const struct model *m = model;
	u32 row = m->interceptions.at[index].row;

	return row == IDMAP_NONE ? NULL : model_row(m, row);
}

u32 model_intercepted_find(const void *model, u64 key)
{
	return key ? idmap_get(&((const struct model *)model)->interceptions.ids, key) : IDMAP_NONE;
}

u32 model_intercepted_rows(const void *model, bool ended)
{
	const struct model *m = model;

	return ended ? m->interceptions.used : m->totals.intercepted;
}
