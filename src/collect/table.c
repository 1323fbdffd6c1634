/* The collector's table of sockets. */
#include "table.h"

#include <string.h>

void table_init(struct table *t)
{
	*t = (struct table){.free_head = IDMAP_NONE};
}

void table_deinit(struct table *t)
{
	idmap_deinit(&t->map);
	free(t->entries);
	table_init(t);
}

struct entry *table_find(const struct table *t, u64 cookie)
{
	u32 i = cookie ? idmap_get(&t->map, cookie) : IDMAP_NONE;

	return i == IDMAP_NONE ? NULL : &t->entries[i];
}

struct entry *table_find_next(struct table *t, u64 cookie)
{
	struct entry *e = t->expected < t->end ? &t->entries[t->expected] : NULL;

	if (!e || e->cookie != cookie || !(e->flags & ENTRY_LIVE))
		e = table_find(t, cookie);
	if (e)
		t->expected = (u32)(e - t->entries) + 1;
	return e;
}

static u32 take_slot(struct table *t)
{
	u32 i = t->free_head;

	if (i != IDMAP_NONE) {
		t->free_head = t->entries[i].next_free;
		return i;
	}
	if (t->end == t->cap) {
		u32 cap = t->cap ? t->cap + t->cap / 2 : 1024;
		struct entry *bigger = realloc(t->entries, cap * sizeof(*bigger));

		if (!bigger)
			return IDMAP_NONE;
		t->entries = bigger;
		t->cap = cap;
	}
	return t->end++;
}

struct entry *table_get(struct table *t, u64 cookie)
{
	struct entry *e = table_find_next(t, cookie);
	u32 i;

	if (e || !cookie)
		return e;
	i = take_slot(t);
	if (i == IDMAP_NONE)
		return NULL;
	e = &t->entries[i];
	*e = (struct entry){.cookie = cookie, .flags = ENTRY_LIVE};
	if (idmap_set(&t->map, cookie, i) < 0) {
		e->flags = 0;
		e->next_free = t->free_head;
		t->free_head = i;
		return NULL;
	}
	t->live++;
	return e;
}

void table_remove(struct table *t, struct entry *e)
{
	u32 i = idmap_remove(&t->map, e->cookie);

	if (i == IDMAP_NONE)
		return;
	e->flags = 0;
	e->next_free = t->free_head;
	t->free_head = i;
	t->live--;
}

u64 table_sum(const void *p, size_t len)
{
	u64 a = 0x9e3779b97f4a7c15ULL, w;

	for (size_t i = 0; i + 8 <= len; i += 8) {
		unsigned __int128 m;

		memcpy(&w, (const u8 *)p + i, 8);
		m = (unsigned __int128)(a ^ w) * 0xd6e8feb86659fd93ULL;
		a = (u64)m ^ (u64)(m >> 64) ^ i;
	}
	return a ? a : 1;
}
