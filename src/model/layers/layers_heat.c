/* The layers' histograms of the last minute: bucket counts tick by tick, of the machine and of the sockets that were
 * looked at last. */
#include <stdlib.h>
#include <string.h>

#include "layers_private.h"

#define SLOTS (LAYERS_HISTORY + 1) /* one is being filled */

void layers_heat_add(struct layer_heat *h, const struct histogram *now, const struct histogram *before)
{
	u32 *slot = h->slots[h->next];

	for (size_t i = 0; i < LAYER_COUNT; i++)
		for (size_t b = 0; b < LAYER_BUCKETS; b++)
			*slot++ += now[i].buckets[b] - before[i].buckets[b];
}

struct layer_heat *layers_heat_of(const struct model *m, u64 id)
{
	if (!id)
		return m->layers->heat;
	for (size_t i = 0; i < LAYERS_WATCHED; i++)
		if (m->layers->watched[i] && m->layers->watched[i]->id == id)
			return m->layers->watched[i];
	return NULL;
}

static void step(struct layer_heat *h)
{
	if (!h)
		return;
	h->next = (h->next + 1) % SLOTS;
	h->count = MIN(h->count + 1, (u32)LAYERS_HISTORY);
	memset(h->slots[h->next], 0, sizeof(h->slots[h->next]));
}

void layers_heat_step(struct model *m)
{
	step(m->layers->heat);
	for (size_t i = 0; i < LAYERS_WATCHED; i++)
		step(m->layers->watched[i]);
}

void model_layers_watch(struct model *m, u64 id)
{
	struct layer_heat *h = layers_heat_of(m, id), **place = &m->layers->watched[0];

	if (!id || (!h && id != ECHO_ID && model_find(m, id) == IDMAP_NONE))
		return;
	m->layers->looks++;
	if (h) {
		h->looked = m->layers->looks;
		return;
	}
	for (size_t i = 0; i < LAYERS_WATCHED && *place; i++)
		if (!m->layers->watched[i] || m->layers->watched[i]->looked < (*place)->looked)
			place = &m->layers->watched[i];
	/* Without memory a socket has no heat map. */
	if (!*place && !(*place = malloc(sizeof(**place))))
		return;
	memset(*place, 0, sizeof(**place));
	(*place)->id = id;
	(*place)->looked = m->layers->looks;
}

const u32 *model_layers_heat(const struct model *m, u64 id, enum layer layer, unsigned age)
{
	const struct layer_heat *h = layers_heat_of(m, id);

	if (!h || age >= h->count || layer >= LAYER_COUNT)
		return NULL;
	return h->slots[(h->next + SLOTS - 1 - age) % SLOTS] + layer * LAYER_BUCKETS;
}
