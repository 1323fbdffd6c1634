/* An array of rows with holes, the lowest of which is filled first. */
#include "shelf.h"

#include <errno.h>
#include <stdlib.h>

#include "array.h"

void shelf_init(struct shelf *s, size_t size, u32 max)
{
	*s = (struct shelf){.size = size, .max = max};
}

void shelf_deinit(struct shelf *s)
{
	for (u32 i = 0; i < s->end; i++)
		free(s->rows[i]);
	free(s->rows);
	idmap_deinit(&s->ids);
}

int shelf_add(struct shelf *s, u64 key, void *row)
{
	cleanup_free struct shelf_row *r = NULL;

	if (s->count == s->max)
		return 1;
	while (s->hole < s->end && s->rows[s->hole])
		s->hole++;
	r = calloc(1, s->size);
	if (!r || (s->hole == s->end && array_append(&s->rows, &s->cap, s->end, sizeof(*s->rows)) < 0) ||
	    idmap_set(&s->ids, key, s->hole) < 0)
		return -ENOMEM;
	*r = (struct shelf_row){key, s->hole};
	s->end = MAX(s->end, s->hole + 1);
	s->count++;
	*(void **)row = s->rows[r->index] = r;
	r = NULL;
	return 0;
}

void *shelf_find(const struct shelf *s, u64 key)
{
	u32 i = key ? idmap_get(&s->ids, key) : IDMAP_NONE;

	return i == IDMAP_NONE ? NULL : s->rows[i];
}

void shelf_remove(struct shelf *s, void *row)
{
	struct shelf_row *r = row;

	idmap_remove(&s->ids, r->key);
	s->rows[r->index] = NULL;
	s->hole = MIN(s->hole, r->index);
	s->count--;
	free(r);
}
