/* The rows of the table of layers: which there are, whose each is, and how it is named. */
#include "layers_private.h"

/* Those that are no socket's come before the slots, LAYER_COUNT indices each. */
#define FIXED LAYERS_OF_SOCKET

/* Sets the ids of a socket's layers apart; cookies, which count from 1, keep their order within a layer. */
#define ID_STEP 0x07c15f3900000000ULL

static const struct layer_times *times_at(const struct model *m, u32 place)
{
	const struct model_layers *ml = m->layers;
	const struct layers *l = NULL;

	if (place == LAYERS_OF_HOOKS)
		return ml->hooks.s.count ? &ml->hooks : NULL;
	if (place == LAYERS_OF_MACHINE)
		l = ml->machine;
	else if (place == LAYERS_OF_ECHO)
		l = ml->echo;
	else if (place - FIXED < ml->slot_end)
		l = ml->slots[place - FIXED].l;
	return l ? &l->times : NULL;
}

u32 layer_rows_end(const void *picture)
{
	const struct model *m = picture;

	return m->layers->on ? (FIXED + m->layers->slot_end) * LAYER_COUNT : 0;
}

const void *layer_rows_at(const void *picture, u32 index)
{
	const struct model *m = picture;
	const struct layer_times *t = times_at(m, index / LAYER_COUNT);
	const struct layer_row *r = t ? &t->row[index % LAYER_COUNT] : NULL;
	u64 sum;

	return r && r->at < t->s.count && layer_count(m, r, LAYERS_SINCE, &sum) ? r : NULL;
}

static u64 id_of(u64 owner, unsigned layer)
{
	return owner ^ (layer + 1) * ID_STEP;
}

u64 layer_row_id(const void *row)
{
	const struct layer_row *r = row;

	return id_of(r->of->id, layer_row_layer(r));
}

/* The place of whose layers they are, or IDMAP_NONE. */
static u32 place_of(const struct model *m, u64 owner)
{
	u32 slot;

	if (!owner)
		return LAYERS_OF_MACHINE;
	if (owner == ECHO_ID)
		return LAYERS_OF_ECHO;
	slot = idmap_get(&m->layers->ids, owner);
	return slot == IDMAP_NONE ? slot : FIXED + slot;
}

u32 layer_rows_find(const void *picture, u64 id)
{
	for (unsigned layer = 0; layer < LAYER_WORDS; layer++) {
		u64 owner = id_of(id, layer);
		u32 place = place_of(picture, owner), index = place * LAYER_COUNT + layer;

		if (layer >= LAYER_HOOKS && owner == 0)
			index = LAYERS_OF_HOOKS * LAYER_COUNT + layer - LAYER_HOOKS;
		else if (layer >= LAYER_HOOKS || place == IDMAP_NONE)
			continue;
		return layer_rows_at(picture, index) ? index : IDMAP_NONE;
	}
	return IDMAP_NONE;
}

u64 layer_row_age(const void *row)
{
	const struct layer_row *r = row;

	return r->of->number * LAYER_COUNT + r->at;
}

unsigned layer_row_layer(const struct layer_row *r)
{
	return r->at + (r->of->whose == LAYERS_OF_HOOKS ? LAYER_HOOKS : 0U);
}

const struct layers *layer_row_layers(const struct layer_row *r)
{
	return r->of->whose == LAYERS_OF_HOOKS ? NULL : (const struct layers *)r->of;
}

const struct row *layer_row_socket(const struct layer_row *r)
{
	return r->of->socket == IDMAP_NONE ? NULL : model_row(r->of->m, r->of->socket);
}

u64 layer_row_owner(const struct layer_row *r)
{
	return r->of->id;
}

bool layer_row_is_recent(const struct layer_row *r)
{
	u64 sum;

	return layer_count(r->of->m, r, LAYERS_RECENT, &sum) > 0;
}
