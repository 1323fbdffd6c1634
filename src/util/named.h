/* Words that somebody typed, and the names that they may be. */
#pragma once

#include <limits.h>

#include "cleanup.h"
#include "types.h"

/* Which of `count` entries has the name; `count`: none has. first is where the first entry's name is, size that of an
 * entry: named_find(&table[0].name, sizeof(table[0]), …). A name may be NULL. */
size_t named_find(const char *const *first, size_t size, size_t count, const char *word);

#define NAMED_MAX 32       /* bytes; longer words are nobody's misspelt name … */
#define NAMED_FAR UINT_MAX /* … and as far away as can be */

/* Edits (insert, delete, replace, swap of neighbours) that make the n bytes of b out of the m of a. */
unsigned named_distance(const char *a, size_t m, const char *b, size_t n);
