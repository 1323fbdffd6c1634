/* A set of texts that numbers them: what is the same for all rows with one text (its rank in an order, the verdict of a
 * pattern) is worked out once for the text. Copies, because the model may free a name between two slices of work. */
#pragma once

#include "idmap.h"
#include "types.h"

/* Zero-initialise to start. It must not move while it holds texts: its address is the seed of its hashes, so that no
 * input can foresee them. */
struct column_texts {
	char *bytes; /* owned: the texts, each with its NUL */
	size_t len, cap;
	size_t *starts; /* owned: where each text begins in bytes */
	u32 count, starts_cap;
	struct idmap numbers; /* hash of a text → its number */
};

void column_texts_deinit(struct column_texts *t);
/* Forgets all texts and keeps the memory for the next. */
void column_texts_clear(struct column_texts *t);
/* The text's number, from 0 in the order of first appearance; IDMAP_NONE: out of memory. */
u32 column_texts_add(struct column_texts *t, const char *text);
/* Valid until the next text is added. number < count. */
static inline const char *column_texts_at(const struct column_texts *t, u32 number)
{
	return t->bytes + t->starts[number];
}
