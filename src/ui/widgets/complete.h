/* Words that can be completed at the cursor, and the cursor's place in a filter. Knows no column and no view: the
 * caller provides the names. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMPLETE_MAX 256   /* words */
#define COMPLETE_POOL 8192 /* bytes of them */

struct complete {
	size_t from;      /* byte of the text at which each of the words begins */
	char prefix[256]; /* the part of it that is typed */
	uint16_t at[COMPLETE_MAX];
	size_t count;
	char pool[COMPLETE_POOL];
	size_t used;
	bool more; /* there was no room for others */
};

/* Empties c. The word to complete is the text from byte `from` to the cursor. */
void complete_begin(struct complete *c, const char *text, size_t from, size_t cursor);
/* Adds a word if it begins with what is typed (in any case; a quote at its beginning need not be typed). Words are
 * sorted and unique. */
void complete_offer(struct complete *c, const char *word);
const char *complete_at(const struct complete *c, size_t i);
/* How many bytes all words have in common. */
size_t complete_common(const struct complete *c);

/* The names in a filter. All texts are borrowed while complete_filter() runs. */
struct complete_source {
	/* The i-th column's name; NULL past the end. */
	const char *(*name)(void *ctx, size_t i);
	/* Offers the current values of the column with this name (or alias), as written in a filter. */
	void (*values)(void *ctx, const char *column, struct complete *c);
	const char *const *words; /* that may begin a predicate, besides columns; NULL at the end */
	const char *const
	    *states; /* that may follow `state`, besides the values of the column of that name; likewise */
	void *ctx;
};

/* Offers what can follow at the cursor (a byte of the text) in an expression of the filter language. */
void complete_filter(const struct complete_source *source, const char *text, size_t cursor, struct complete *c);
/* Writes a value as it has to follow = in a filter, quoted if necessary. */
void complete_quote(const char *value, char *dst, size_t size);
