/* Ranks for texts that are longer than a key holds. A scan gives each row the number of its text; the distinct texts,
 * which are few, are then sorted once, and each row's number is replaced by its text's rank. */
#include "list_private.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"

void text_ranks_deinit(struct text_ranks *r)
{
	column_texts_deinit(&r->texts);
	free(r->keys);
}

void text_ranks_clear(struct text_ranks *r)
{
	column_texts_clear(&r->texts);
	r->failed = false;
}

u64 text_ranks_number(struct text_ranks *r, const char *text)
{
	u32 number = column_texts_add(&r->texts, text);

	r->failed |= number == IDMAP_NONE;
	return number;
}

/* Bytes that all texts begin with: paths of control groups share more than a key holds. */
static size_t common_prefix(const struct column_texts *t)
{
	const char *first = t->count ? column_texts_at(t, 0) : "";
	size_t n = strlen(first);

	for (u32 i = 1; i < t->count && n; i++) {
		const char *text = column_texts_at(t, i);
		size_t same = 0;

		while (same < n && text[same] == first[same])
			same++;
		n = same;
	}
	return n;
}

bool text_ranks_start(struct text_ranks *r, struct sorter *s)
{
	const struct column_texts *t = &r->texts;

	if (array_reserve(&r->keys, &r->cap, t->count, sizeof(*r->keys)) < 0)
		return false;
	r->prefix = common_prefix(t);
	for (u32 i = 0; i < t->count; i++) {
		r->keys[i] = (struct sort_key){.row = i};
		sort_key_text(column_texts_at(t, i) + r->prefix, &r->keys[i]);
	}
	sorter_start(s, r->keys, t->count, r);
	return true;
}

int text_ranks_compare(const struct text_ranks *r, u32 a, u32 b)
{
	return strcmp(column_texts_at(&r->texts, a) + r->prefix, column_texts_at(&r->texts, b) + r->prefix);
}

void text_ranks_apply(struct text_ranks *r, struct sort_key *keys, u32 count, bool descending)
{
	/* The sort used no extra: the one of key n now takes the rank of text n. */
	for (u32 rank = 0; rank < r->texts.count; rank++)
		r->keys[r->keys[rank].row].extra = rank;
	for (u32 i = 0; i < count; i++) {
		struct sort_key *k = &keys[i];

		if (sort_key_unknown(k))
			continue;
		k->high = r->keys[descending ? ~k->high : k->high].extra;
		if (descending)
			k->high = ~k->high;
	}
}
