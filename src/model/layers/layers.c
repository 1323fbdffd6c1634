/* The layers' histograms: records in, each in its place. Counters that fell were begun anew in the kernel, and so are
 * ours. */
#include "layers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "layers_private.h"

/* -- records in ---------------------------------------------------------------------------------------------------- */

static u64 coming(const struct model *m)
{
	return layers_coming_tick(m);
}

static void layer_times_init(struct layer_times *t, const struct model *m, enum layers_whose whose, u64 id, u32 socket)
{
	t->m = m;
	t->whose = (u8)whose;
	t->id = id;
	t->socket = socket;
	t->number = whose;
	for (u8 i = 0; i < LAYER_COUNT; i++)
		t->row[i] = (struct layer_row){.of = t, .at = i};
}

static struct layers *layers_new(const struct model *m, enum layers_whose whose, u64 id, u32 socket)
{
	struct layers *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	layer_times_init(&l->times, m, whose, id, socket);
	if (sliding_init(&l->times.s, LAYER_COUNT) < 0) {
		free(l);
		return NULL;
	}
	return l;
}

static void layers_free(struct layers *l)
{
	if (!l)
		return;
	sliding_deinit(&l->times.s);
	free(l);
}

/* NULL: there are none. */
static struct layers *layers_of(const struct model *m, u64 id)
{
	u32 at = id && m->layers->socket_count ? idmap_get(&m->layers->ids, id) : IDMAP_NONE;

	return at == IDMAP_NONE ? NULL : m->layers->slots[at].l;
}

const struct layers *row_layers(const struct model *m, const struct row *r)
{
	return layers_of(m, r->s.id);
}

void layers_drop(struct model *m, u64 id)
{
	struct model_layers *ml = m->layers;
	u32 at;

	if (!layers_of(m, id))
		return;
	at = idmap_remove(&ml->ids, id);
	layers_free(take(ml->slots[at].l));
	ml->slots[at].next = ml->free_slot;
	ml->free_slot = at;
	ml->socket_count--;
}

/* A place that is free, and becomes so for good with slot_take(). IDMAP_NONE: out of memory. */
static u32 slot_find(struct model_layers *ml)
{
	if (ml->free_slot != IDMAP_NONE)
		return ml->free_slot;
	if (array_append(&ml->slots, &ml->slot_cap, ml->slot_end, sizeof(*ml->slots)) < 0)
		return IDMAP_NONE;
	return ml->slot_end;
}

static void slot_take(struct model_layers *ml, u32 at, struct layers *l)
{
	if (at == ml->free_slot)
		ml->free_slot = ml->slots[at].next;
	else
		ml->slot_end++;
	ml->slots[at] = (struct layers_slot){.l = l};
	ml->socket_count++;
}

/* Makes the layers of a socket, whose row has this index. NULL: out of memory. */
static struct layers *row_layers_new(struct model *m, u64 id, u32 socket)
{
	struct model_layers *ml = m->layers;
	u32 at = slot_find(ml);
	struct layers *l = at == IDMAP_NONE ? NULL : layers_new(m, LAYERS_OF_SOCKET, id, socket);

	if (!l || idmap_set(&ml->ids, id, at) < 0) {
		layers_free(l);
		return NULL;
	}
	slot_take(ml, at, l);
	l->times.number += ml->numbers++;
	return l;
}

int layers_init(struct model *m)
{
	m->layers = calloc(1, sizeof(*m->layers));
	if (!m->layers)
		return -ENOMEM;
	m->layers->free_slot = IDMAP_NONE;
	layer_times_init(&m->layers->hooks, m, LAYERS_OF_HOOKS, 0, IDMAP_NONE);
	ring_init(&m->layers->events, sizeof(struct layer_event), LAYER_EVENTS);
	return 0;
}

void layers_deinit(struct model *m)
{
	struct model_layers *ml = m->layers;

	if (!ml)
		return;
	for (u32 i = 0; i < ml->slot_end; i++)
		layers_free(ml->slots[i].l);
	free(ml->slots);
	idmap_deinit(&ml->ids);
	layers_free(ml->machine);
	layers_free(ml->echo);
	sliding_deinit(&ml->hooks.s);
	free(ml->heat);
	for (size_t i = 0; i < LAYERS_WATCHED; i++)
		free(ml->watched[i]);
	free(ml->touched);
	ring_deinit(&ml->events);
	free(take(m->layers));
}

void layers_turn_on(struct model *m)
{
	m->layers->on = true;
	m->layers->epoch++;
	m->layers->left_out = 0;
}

void layers_unpack(struct histogram *h, size_t count, const u64 *n, const u64 *sum_ns, const u64 *max_ns,
		   const u32 *buckets)
{
	for (size_t i = 0; i < count; i++) {
		h[i].n = n[i];
		h[i].sum_ns = sum_ns[i];
		h[i].max_ns = max_ns[i];
		memcpy(h[i].buckets, buckets + i * LAYER_BUCKETS, sizeof(h[i].buckets));
	}
}

bool layer_times_begin(struct model *m, struct layer_times *t, const struct histogram *values)
{
	if (t->epoch == m->layers->epoch && !sliding_fell(&t->s, values))
		return false;
	sliding_begin(&t->s, coming(m));
	t->epoch = m->layers->epoch;
	return true;
}

static int touch(struct model *m, u64 id)
{
	struct model_layers *ml = m->layers;

	/* More than there can be: a stream that lies. */
	if (ml->touched_count >= 2 * LAYERS_ROWS_MAX)
		return 0;
	if (array_append(&ml->touched, &ml->touched_cap, ml->touched_count, sizeof(*ml->touched)) < 0)
		return -ENOMEM;
	ml->touched[ml->touched_count++] = id;
	return 0;
}

/* heat: where the history is kept; NULL: nowhere. */
static int store(struct model *m, struct layers *l, const struct histogram *values, struct layer_heat *heat)
{
	if (layer_times_begin(m, &l->times, values))
		memset(l->average, 0, sizeof(l->average));
	if (heat)
		layers_heat_add(heat, values, l->times.s.now);
	return sliding_take(&l->times.s, coming(m), values);
}

static int take_machine(struct model *m, const struct histogram *values)
{
	struct model_layers *ml = m->layers;

	if (!ml->machine && !(ml->machine = layers_new(m, LAYERS_OF_MACHINE, 0, IDMAP_NONE)))
		return -ENOMEM;
	/* A graph less is no failure. */
	if (!ml->heat)
		ml->heat = calloc(1, sizeof(*ml->heat));
	if (ml->machine->times.epoch == ml->epoch && sliding_fell(&ml->machine->times.s, values))
		layers_turn_on(m);
	return store(m, ml->machine, values, ml->heat);
}

static int take_echo(struct model *m, const struct histogram *values)
{
	struct model_layers *ml = m->layers;

	if (!ml->echo && !(ml->echo = layers_new(m, LAYERS_OF_ECHO, ECHO_ID, IDMAP_NONE)))
		return -ENOMEM;
	return store(m, ml->echo, values, layers_heat_of(m, ECHO_ID));
}

static int take_row(struct model *m, u64 id, const struct histogram *values)
{
	struct model_layers *ml = m->layers;
	struct layers *l = layers_of(m, id);
	u32 socket = idmap_get(&m->ids, id);

	if (socket == IDMAP_NONE)
		return 0;
	if (!l && ml->socket_count >= LAYERS_ROWS_MAX) {
		ml->left_out++;
		return 0;
	}
	if (!l)
		l = row_layers_new(m, id, socket);
	if (!l)
		return -ENOMEM;
	if (l->times.s.last != coming(m) && touch(m, id) < 0)
		return -ENOMEM;
	return store(m, l, values, layers_heat_of(m, id));
}

int take_layers(struct model *m, const struct record_layers *rec, struct error *err)
{
	struct histogram values[LAYER_COUNT];
	int r;

	layers_unpack(values, LAYER_COUNT, rec->n, rec->sum_ns, rec->max_ns, rec->buckets);
	if (!m->layers->on)
		layers_turn_on(m);
	/* In the stream, ICMP echo has an id among those of sockets. */
	r = !rec->id             ? take_machine(m, values)
	    : rec->id == ECHO_ID ? take_echo(m, values)
				 : take_row(m, model_key(m, rec->id), values);
	return r < 0 ? error_set(err, r, "out of memory for the layers") : 0;
}

void take_stages(struct model *m, const struct record_stages *rec)
{
	struct model_layers *ml = m->layers;

	ml->stages = *rec;
	ml->has_stages = true;
	/* The records of a tick come in any order: only its end knows that they are off. */
	ml->going_off = rec->sample == 0;
	if (ml->going_off)
		ml->on = false;
	else if (!ml->on)
		layers_turn_on(m);
}

static void check_alarm(struct model *m, struct layers *l)
{
	if (m->layers->on && l && l->times.s.last == m->ticks)
		layers_alarm_check(m, l);
}

void layers_end_tick(struct model *m)
{
	struct model_layers *ml = m->layers;

	if (ml->going_off)
		ml->on = ml->going_off = false;
	check_alarm(m, ml->machine);
	check_alarm(m, ml->echo);
	/* A row that was touched may have gone since. */
	for (u32 i = 0; i < ml->touched_count; i++)
		check_alarm(m, layers_of(m, ml->touched[i]));
	ml->touched_count = 0;
	if (ml->on)
		layers_heat_step(m);
}

/* -- the machine --------------------------------------------------------------------------------------------------- */

const struct layers *model_layers(const struct model *m)
{
	return m->layers->machine;
}

const struct layers *model_layers_echo(const struct model *m)
{
	return m->layers->echo;
}

bool model_layers_on(const struct model *m)
{
	return m->layers->on;
}

const struct record_stages *model_stages(const struct model *m)
{
	return m->layers->has_stages ? &m->layers->stages : NULL;
}

u64 model_layers_left_out(const struct model *m)
{
	return m->layers->left_out;
}

enum layer_state model_layer_state(const struct model *m, enum layer layer)
{
	const struct record_stages *s = &m->layers->stages;

	if (s->absent >> layer & 1)
		return LAYER_ABSENT;
	return s->merged >> layer & 1 ? LAYER_MERGED : LAYER_STAMPED;
}

unsigned model_layer_includes(const struct model *m, enum layer layer)
{
	unsigned first = LAYERS_TX & 1U << layer ? LAYER_TX_TCP : LAYER_RX_MAC, bits = 0;

	if (layer >= LAYER_PARTS || model_layer_state(m, layer) != LAYER_STAMPED)
		return 0;
	for (unsigned i = layer; i-- > first && model_layer_state(m, i) != LAYER_STAMPED;)
		if (model_layer_state(m, i) == LAYER_MERGED)
			bits |= 1U << i;
	return bits;
}
