/* A hash table from a 64-bit id to a 32-bit index: open addressing, linear probing, deletion by shifting back.
 * It owns nothing but its slots. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"

#define IDMAP_NONE UINT32_MAX

struct idmap {
	uint64_t *ids; /* 0 marks an empty slot: 0 is not a valid id */
	uint32_t *values;
	size_t used;
	size_t slots; /* a power of two, or 0 */
};

void idmap_deinit(struct idmap *m);
/* The index stored for id, or IDMAP_NONE. */
uint32_t idmap_get(const struct idmap *m, uint64_t id);
/* Stores or replaces; id must not be 0. -ENOMEM. */
int idmap_set(struct idmap *m, uint64_t id, uint32_t value) must_check;
/* Removes id and returns the index that it had, or IDMAP_NONE. */
uint32_t idmap_remove(struct idmap *m, uint64_t id);
void idmap_clear(struct idmap *m);
/* Mixes a 64-bit id into a well-spread hash that differs between processes: ids come from recordings and from whoever
 * opens sockets, and must not be chosen to collide. */
uint64_t idmap_hash(uint64_t id);
/* Adds one more word to a hash, with one multiplication; idmap_hash() has to come last. */
uint64_t idmap_mix(uint64_t h, uint64_t word);
/* The same for all words of a text. */
uint64_t idmap_mix_text(uint64_t h, const char *text);
