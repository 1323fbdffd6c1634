/* The collector's table of sockets. */
#include "entries.h"

#include <string.h>

void entries_init(struct entries *t)
{
	*t = (struct entries){.free_head = IDMAP_NONE};
}

void entries_deinit(struct entries *t)
{
	idmap_deinit(&t->map);
	free(t->at);
	entries_init(t);
}

struct entry *entries_find(const struct entries *t, u64 cookie)
{
	u32 i = cookie ? idmap_get(&t->map, cookie) : IDMAP_NONE;

	return i == IDMAP_NONE ? NULL : &t->at[i];
}

struct entry *entries_find_next(struct entries *t, u64 cookie)
{
	struct entry *e = t->expected < t->end ? &t->at[t->expected] : NULL;

	if (!e || e->cookie != cookie || !(e->flags & ENTRY_LIVE))
		e = entries_find(t, cookie);
	if (e)
		t->expected = (u32)(e - t->at) + 1;
	return e;
}

static u32 take_slot(struct entries *t)
{
	u32 i = t->free_head;

	if (i != IDMAP_NONE) {
		t->free_head = t->at[i].next_free;
		return i;
	}
	if (t->end == t->cap) {
		u32 cap = t->cap ? t->cap + t->cap / 2 : 1024;
		struct entry *bigger = realloc(t->at, cap * sizeof(*bigger));

		if (!bigger)
			return IDMAP_NONE;
		t->at = bigger;
		t->cap = cap;
	}
	return t->end++;
}

struct entry *entries_get(struct entries *t, u64 cookie)
{
	struct entry *e = entries_find_next(t, cookie);
	u32 i;

	if (e || !cookie)
		return e;
	i = take_slot(t);
	if (i == IDMAP_NONE)
		return NULL;
	e = &t->at[i];
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

void entries_remove(struct entries *t, struct entry *e)
{
	u32 i = idmap_remove(&t->map, e->cookie);

	if (i == IDMAP_NONE)
		return;
	e->flags = 0;
	e->next_free = t->free_head;
	t->free_head = i;
	t->live--;
}

static u64 mix(u64 sum, const u8 *word)
{
	unsigned __int128 m;
	u64 w;

	memcpy(&w, word, sizeof(w));
	m = (unsigned __int128)(sum ^ w) * 0xd6e8feb86659fd93ULL;
	return (u64)m ^ (u64)(m >> 64);
}

/* Two sums side by side: each multiplication has to wait for the previous one of its sum. */
u64 entries_sum(const void *p, size_t len)
{
	u64 even = 0x9e3779b97f4a7c15ULL, odd = 0xc2b2ae3d27d4eb4fULL;
	const u8 *at = p;
	size_t i = 0;

	for (; i + 16 <= len; i += 16) {
		even = mix(even, at + i) ^ i;
		odd = mix(odd, at + i + 8) ^ i;
	}
	if (i + 8 <= len)
		even = mix(even, at + i) ^ i;
	even = mix(even, (const u8 *)&odd);
	return even ? even : 1;
}
