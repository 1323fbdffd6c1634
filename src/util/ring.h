/* What happened, in its order: bounded, each entry with a number that stays its own. When all room is taken the oldest
 * entry makes way for a new one, and is counted. Single-threaded. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"

/* Made by ring_init(). Numbers count from 1 and are never given twice: those from first up to, but without, end are
 * kept. */
struct ring {
	void *entries; /* owned: number n is at n % cap */
	size_t size;   /* bytes of an entry */
	uint32_t cap;  /* entries that there is memory for now: a power of two, or 0 */
	uint32_t most; /* that are kept */
	uint64_t first, end;
	uint64_t pushed; /* entries that made way for newer ones */
};

/* For entries of size bytes, of which `most` are kept (1 … 2^30). Takes no memory yet. */
void ring_init(struct ring *r, size_t size, uint32_t most);
/* Frees the entries, which are forgotten uncounted; numbers go on. A ring of zeroes may be freed, too. */
void ring_deinit(struct ring *r);

/* Makes sure that the next ring_add() succeeds. Returns 1 if it will push out the oldest entry (of which the caller may
 * want to let go first), 0 if not, -ENOMEM if there is no memory for any. Where there is none for more entries, the
 * bound is where it is. May move the entries. */
int ring_reserve(struct ring *r) must_check;
/* A new entry, all zeroes, under the number end - 1. NULL: as -ENOMEM above. Valid, as are the others, until the next
 * one is added. O(1), growth spread over all. */
void *ring_add(struct ring *r) must_check;
/* The oldest entry goes, uncounted; or counted as pushed. There must be one. */
void ring_drop(struct ring *r);
void ring_push_out(struct ring *r);

static inline uint32_t ring_count(const struct ring *r)
{
	return (uint32_t)(r->end - r->first);
}

/* An entry by its number. NULL: it is gone, or not there yet. */
static inline void *ring_get(const struct ring *r, uint64_t number)
{
	return number - r->first < r->end - r->first ? (char *)r->entries + (number & (r->cap - 1)) * r->size : NULL;
}

/* The number whose low half this is, as it can be kept in a struct idmap: of those that are not above the newest, the
 * nearest to it. It may be gone. */
static inline uint64_t ring_number(const struct ring *r, uint32_t low)
{
	return r->end - 1 - (uint32_t)((uint32_t)(r->end - 1) - low);
}
