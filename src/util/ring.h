/* A list of events in order: bounded, each entry with a number of its own. When it is full, a new entry replaces the
 * oldest, which is counted. Single-threaded. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "idmap.h"

/* Made by ring_init(). Numbers count from 1 and are never reused: those from `first` up to, but not including, `end`
 * are kept. */
struct ring {
	void *entries; /* owned: number n is at n % cap */
	size_t size;   /* bytes of an entry */
	uint32_t cap;  /* entries that are allocated: a power of two, or 0 */
	uint32_t most; /* that are kept at most */
	uint64_t first, end;
	uint64_t pushed; /* entries that newer ones have replaced */
};

/* For entries of size bytes, of which `most` are kept (1 … 2^30). Allocates nothing yet. */
void ring_init(struct ring *r, size_t size, uint32_t most);
/* Frees the entries without counting them; numbers continue. A zeroed ring may be freed, too. */
void ring_deinit(struct ring *r);

/* Makes sure that the next ring_add() succeeds. Returns 1 if that will replace the oldest entry (which the caller may
 * have to release first), 0 if not, -ENOMEM if there is no memory at all. If there is no memory for more entries, the
 * current number becomes the bound. May move the entries. */
int ring_reserve(struct ring *r) must_check;
/* A new, zeroed entry with the number end - 1. NULL: as -ENOMEM above. Valid, like the others, until the next one is
 * added. O(1) amortised. */
void *ring_add(struct ring *r) must_check;
/* Removes the oldest entry, without counting it; or counted. There must be one. */
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

/* -- as rows of a table: entry n has the index n % most as long as it is kept -------------------------------------- */

/* One past the largest index that an entry can have. */
static inline uint32_t ring_index_end(const struct ring *r)
{
	return (uint32_t)(r->end < r->most ? r->end : r->most);
}

/* The entry at an index below ring_index_end(). NULL: there is none. */
static inline void *ring_at(const struct ring *r, uint32_t index)
{
	uint64_t newest = r->end - 1;

	return ring_get(r, newest - (newest + r->most - index) % r->most);
}

/* The index of an entry; IDMAP_NONE: it is gone, or not there yet. */
static inline uint32_t ring_index(const struct ring *r, uint64_t number)
{
	return ring_get(r, number) ? (uint32_t)(number % r->most) : IDMAP_NONE;
}

/* -- by half a number ---------------------------------------------------------------------------------------------- */

/* The number with this low half, which is what fits into a struct idmap: the largest one that is not above the newest.
 * It may be gone. */
static inline uint64_t ring_number(const struct ring *r, uint32_t low)
{
	return r->end - 1 - (uint32_t)((uint32_t)(r->end - 1) - low);
}
