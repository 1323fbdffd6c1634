/* The id table, kept at most three quarters full. */
#include "idmap.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>

/* Without a key of this process, somebody who writes a recording, or can choose what ids are made from, could put all
 * of them into one chain. */
static struct {
	uint64_t before, factor, between, factor2;
} key;

__attribute__((constructor)) static void key_make(void)
{
	/* AT_RANDOM: 16 bytes from the kernel, from which the C library makes its canaries: our key must not reveal
	 * them. */
	const uint64_t *start = (const uint64_t *)getauxval(AT_RANDOM);

	if (getrandom(&key, sizeof(key), GRND_NONBLOCK) != (ssize_t)sizeof(key))
		key.before = start[0] * 0xbf58476d1ce4e5b9ULL, key.factor = start[1] * 0x94d049bb133111ebULL;
	/* An even factor, or one with few bits set, mixes badly. */
	key.factor |= 0x8000100000000001ULL;
	key.factor2 |= 0x8000000010000001ULL;
}

/* XORs both halves of the product: each bit of x changes about half of the result. */
static inline uint64_t fold(uint64_t x, uint64_t y)
{
	unsigned __int128 p = (unsigned __int128)x * y;

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

uint64_t idmap_hash(uint64_t id)
{
	return fold(fold(id ^ key.before, key.factor) ^ key.between, key.factor2);
}

uint64_t idmap_mix(uint64_t h, uint64_t word)
{
	return fold(h ^ word ^ key.before, key.factor) ^ key.between;
}

void idmap_deinit(struct idmap *m)
{
	free(m->ids);
	free(m->values);
	*m = (struct idmap){};
}

void idmap_clear(struct idmap *m)
{
	if (m->slots)
		memset(m->ids, 0, m->slots * sizeof(*m->ids));
	m->used = 0;
}

/* The slot that holds id, or the empty one where it belongs. */
static size_t idmap_slot(const struct idmap *m, uint64_t id)
{
	size_t mask = m->slots - 1, i = idmap_hash(id) & mask;

	while (m->ids[i] && m->ids[i] != id)
		i = (i + 1) & mask;
	return i;
}

uint32_t idmap_get(const struct idmap *m, uint64_t id)
{
	size_t i;

	if (!m->used)
		return IDMAP_NONE;
	i = idmap_slot(m, id);
	return m->ids[i] ? m->values[i] : IDMAP_NONE;
}

static int idmap_grow(struct idmap *m)
{
	size_t slots = m->slots ? m->slots * 2 : 64;
	struct idmap bigger = {.slots = slots};

	bigger.ids = calloc(slots, sizeof(*bigger.ids));
	bigger.values = calloc(slots, sizeof(*bigger.values));
	if (!bigger.ids || !bigger.values) {
		idmap_deinit(&bigger);
		return -ENOMEM;
	}
	for (size_t i = 0; i < m->slots; i++) {
		size_t to;

		if (!m->ids[i])
			continue;
		to = idmap_slot(&bigger, m->ids[i]);
		bigger.ids[to] = m->ids[i];
		bigger.values[to] = m->values[i];
	}
	bigger.used = m->used;
	idmap_deinit(m);
	*m = bigger;
	return 0;
}

int idmap_set(struct idmap *m, uint64_t id, uint32_t value)
{
	size_t i;

	if ((m->used + 1) * 4 > m->slots * 3) {
		int r = idmap_grow(m);

		if (r < 0)
			return r;
	}
	i = idmap_slot(m, id);
	if (!m->ids[i]) {
		m->ids[i] = id;
		m->used++;
	}
	m->values[i] = value;
	return 0;
}

uint32_t idmap_remove(struct idmap *m, uint64_t id)
{
	size_t mask = m->slots - 1, hole, i;
	uint32_t value;

	if (!m->used)
		return IDMAP_NONE;
	hole = idmap_slot(m, id);
	if (!m->ids[hole])
		return IDMAP_NONE;
	value = m->values[hole];
	m->used--;
	/* Move back every follower whose home is at or before the hole. */
	for (i = (hole + 1) & mask; m->ids[i]; i = (i + 1) & mask) {
		size_t home = idmap_hash(m->ids[i]) & mask;

		if (((i - home) & mask) >= ((i - hole) & mask)) {
			m->ids[hole] = m->ids[i];
			m->values[hole] = m->values[i];
			hole = i;
		}
	}
	m->ids[hole] = 0;
	return value;
}

uint64_t idmap_mix_text(uint64_t h, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i += sizeof(uint64_t)) {
		uint64_t word = 0;

		memcpy(&word, text + i, MIN(len - i, sizeof(word)));
		h = idmap_mix(h, word);
	}
	return h;
}
