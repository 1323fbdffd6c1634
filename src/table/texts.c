/* Numbers for distinct texts: one buffer holds them all, a hash table finds them. */
#include "texts.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"

void column_texts_deinit(struct column_texts *t)
{
	free(t->bytes);
	free(t->starts);
	idmap_deinit(&t->numbers);
	*t = (struct column_texts){0};
}

void column_texts_clear(struct column_texts *t)
{
	t->len = 0;
	t->count = 0;
	idmap_clear(&t->numbers);
}

/* One multiplication for eight bytes: this runs for every row. Never 0, which the table takes for an empty slot. */
static u64 text_hash(u64 seed, const char *text, size_t n)
{
	u64 h = seed ^ n, word = 0;

	for (; n >= sizeof(word); text += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		h = idmap_mix(h, word);
	}
	word = 0;
	memcpy(&word, text, n);
	return idmap_hash(h ^ word) | 1;
}

static bool reserve(struct column_texts *t, size_t n)
{
	if (t->len + n > t->cap) {
		size_t cap = MAX(t->len + n, t->cap ? t->cap * 2 : (size_t)4096);
		char *bytes = realloc(t->bytes, cap);

		if (!bytes)
			return false;
		t->bytes = bytes;
		t->cap = cap;
	}
	return array_append(&t->starts, &t->starts_cap, t->count, sizeof(*t->starts)) == 0;
}

u32 column_texts_add(struct column_texts *t, const char *text)
{
	size_t n = strlen(text);
	u64 hash = text_hash((u64)(uintptr_t)t, text, n);
	u32 i;

	/* Two texts can have the same hash: the second goes to the hash of the first's hash. */
	while ((i = idmap_get(&t->numbers, hash)) != IDMAP_NONE) {
		if (strcmp(column_texts_at(t, i), text) == 0)
			return i;
		hash = idmap_hash(hash) | 1;
	}
	if (!reserve(t, n + 1) || idmap_set(&t->numbers, hash, t->count) < 0)
		return IDMAP_NONE;
	memcpy(t->bytes + t->len, text, n + 1);
	t->starts[t->count] = t->len;
	t->len += n + 1;
	return t->count++;
}
