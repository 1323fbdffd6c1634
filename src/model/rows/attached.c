/* The programs that are attached to control groups and devices, by the place. */
#include <errno.h>
#include <stdlib.h>

#include "array.h"
#include "rows_private.h"

static void forget(struct attached *all, u32 at)
{
	const struct record_attached *last = &all->at[all->count - 1];

	idmap_remove(&all->ids[all->at[at].place], all->at[at].key);
	if (at != all->count - 1) {
		all->at[at] = *last;
		(void)!idmap_set(&all->ids[last->place], last->key, at); /* cannot fail: the key is there */
	}
	all->count--;
}

void attached_forget(struct model *m, enum attach_place place, u64 key)
{
	u32 at = key ? idmap_get(&m->attached.ids[place], key) : IDMAP_NONE;

	if (at != IDMAP_NONE)
		forget(&m->attached, at);
}

int take_attached(struct model *m, const struct record_attached *rec)
{
	struct attached *all = &m->attached;
	u32 at;

	if (!rec->key || !rec->place || rec->place >= ATTACH_PLACES)
		return 0;
	if (rec->gone) {
		attached_forget(m, rec->place, rec->key);
		return 0;
	}
	at = idmap_get(&all->ids[rec->place], rec->key);
	if (at == IDMAP_NONE) {
		if (all->count == MODEL_ATTACHED_MAX)
			return 0;
		at = all->count;
		if (array_append(&all->at, &all->cap, at, sizeof(*all->at)) < 0 ||
		    idmap_set(&all->ids[rec->place], rec->key, at) < 0)
			return -ENOMEM;
		all->count++;
	}
	all->at[at] = *rec;
	return 0;
}

const struct record_attached *model_attached(const struct model *m, enum attach_place place, u64 key)
{
	u32 at = key ? idmap_get(&m->attached.ids[place], key) : IDMAP_NONE;

	return at == IDMAP_NONE ? NULL : &m->attached.at[at];
}

void attached_deinit(struct attached *all)
{
	free(all->at);
	for (size_t i = 0; i < ARRAY_SIZE(all->ids); i++)
		idmap_deinit(&all->ids[i]);
}
