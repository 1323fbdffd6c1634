/* A bounded, numbered queue that grows up to its bound. */
#include "ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LEAST 64 /* entries to allocate at first: a power of two */

void ring_init(struct ring *r, size_t size, uint32_t most)
{
	*r = (struct ring){.size = size, .most = most, .first = 1, .end = 1};
}

void ring_deinit(struct ring *r)
{
	free(r->entries);
	r->entries = NULL;
	r->cap = 0;
	r->first = r->end;
}

static int grow(struct ring *r)
{
	uint32_t cap = r->cap ? 2 * r->cap : LEAST;
	char *bigger = reallocarray(NULL, cap, r->size);

	if (!bigger)
		return -ENOMEM;
	for (uint64_t n = r->first; n != r->end; n++)
		memcpy(bigger + (n & (cap - 1)) * r->size, ring_get(r, n), r->size);
	free(r->entries);
	r->entries = bigger;
	r->cap = cap;
	return 0;
}

int ring_reserve(struct ring *r)
{
	if (ring_count(r) >= r->most)
		return 1;
	if (ring_count(r) < r->cap || grow(r) == 0)
		return 0;
	return r->cap ? 1 : -ENOMEM;
}

void *ring_add(struct ring *r)
{
	int full = ring_reserve(r);

	if (full < 0)
		return NULL;
	if (full)
		ring_push_out(r);
	r->end++;
	return memset(ring_get(r, r->end - 1), 0, r->size);
}

void ring_drop(struct ring *r)
{
	r->first++;
}

void ring_push_out(struct ring *r)
{
	ring_drop(r);
	r->pushed++;
}
