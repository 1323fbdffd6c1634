/* Compares each visit with the one before. */
#include "told.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "namer.h"

void told_init(struct told *t, struct outbox *out, struct buf *tick, struct namer *namer)
{
	*t = (struct told){.out = out, .tick = tick, .namer = namer, .device_free = IDMAP_NONE};
}

static void space_deinit(struct told_space *s)
{
	nat_list_deinit(&s->nat);
	free(s->counters);
}

void told_deinit(struct told *t)
{
	for (u32 i = 0; i < t->space_count; i++)
		space_deinit(&t->spaces[i]);
	free(t->spaces);
	free(t->devices);
	free(t->cpus);
	idmap_deinit(&t->by_netns);
	idmap_deinit(&t->by_key);
}

void told_tick(struct told *t, u64 number)
{
	t->number = number;
}

/* -- devices ------------------------------------------------------------------------------------------------------- */

/* What makes a device or a qdisc the same one. A device's parent is its master, which can change. Never 0. */
static u64 key_of(const struct told_space *s, const struct record_device *d)
{
	u64 h = idmap_hash((u64)s->r.id << 32 | d->ifindex);

	h = idmap_hash(h ^ ((u64)d->kind << 32 | d->handle));
	return idmap_hash(h ^ (d->kind == DEVICE_NIC ? 0 : d->parent)) | 1;
}

/* NULL: there are too many, or no memory is left. */
static struct told_device *device_new(struct told *t, struct told_space *s, u64 key)
{
	u32 i = t->device_free;

	if (t->devices_live == TOLD_DEVICES_MAX)
		return NULL;
	if (i == IDMAP_NONE && array_append(&t->devices, &t->device_cap, t->device_count, sizeof(*t->devices)) < 0)
		return NULL;
	if (idmap_set(&t->by_key, key, i == IDMAP_NONE ? t->device_count : i) < 0)
		return NULL;
	if (i == IDMAP_NONE)
		i = t->device_count++;
	else
		t->device_free = t->devices[i].next;
	t->devices[i] = (struct told_device){.key = key, .next = s->devices};
	s->devices = i;
	t->devices_live++;
	return &t->devices[i];
}

/* A device that comes back is another one, so it does not matter when this is read. */
static void device_free(struct told *t, u32 i)
{
	struct told_device *d = &t->devices[i];

	outbox_keep(t->out, RECORD_DEVICE, &(struct record_device){.id = d->r.id, .has = DEVICE_GONE});
	idmap_remove(&t->by_key, d->key);
	d->next = t->device_free;
	t->device_free = i;
	t->devices_live--;
}

/* Those that this visit has not found; all: even if it has. */
static void devices_drop(struct told *t, struct told_space *s, bool all)
{
	u32 *link = &s->devices;

	while (*link != IDMAP_NONE) {
		u32 i = *link;

		if (all || t->devices[i].visit != s->visit) {
			*link = t->devices[i].next;
			device_free(t, i);
		} else {
			link = &t->devices[i].next;
		}
	}
}

static void tell_device(struct told *t, struct told_space *s, struct record_device *d)
{
	u64 key = key_of(s, d);
	u32 i = idmap_get(&t->by_key, key);
	struct told_device *old = i == IDMAP_NONE ? device_new(t, s, key) : &t->devices[i];

	if (!old) {
		s->unlisted++;
		return;
	}
	d->space = s->r.id;
	d->id = old->r.id ? old->r.id : ++t->device_id;
	old->visit = s->visit;
	if (memcmp(&old->r, d, sizeof(*d)) == 0)
		return;
	old->r = *d;
	stream_put(t->tick, RECORD_DEVICE, d);
}

static void tell_devices(struct told *t, struct told_space *s, const struct rtnl_list *l)
{
	s->unlisted = 0;
	for (u32 i = 0; i < l->count; i++)
		tell_device(t, s, &l->at[i]);
	if (l->whole)
		devices_drop(t, s, false);
}

/* -- programs of BPF at devices -------------------------------------------------------------------------------------
 */

/* Not of the tick: a device is told of again with each tick that was not read, these are not. */
static void tell_programs_of(struct told *t, struct told_device *d, struct record_attached *a)
{
	u64 sum = 1;

	a->key = d->r.id;
	a->place = ATTACH_DEVICE;
	for (u32 i = 0; i < MIN(a->count, ATTACHED_MAX); i++)
		sum = idmap_mix(sum, (u64)a->hooks[i] << 32 | a->programs[i]);
	sum = idmap_hash(sum ^ a->count) | 1;
	if (sum == d->programs)
		return;
	d->programs = sum;
	namer_send_attached(t->namer, t->out, a);
	outbox_keep(t->out, RECORD_ATTACHED, a);
}

/* Both lists are in the order of the devices' numbers. */
static void tell_programs(struct told *t, struct told_space *s, const struct rtnl_list *l)
{
	u32 at = 0;

	s->programs_ns = s->r.time_ns;
	for (u32 i = 0; i < l->count && l->at[i].kind == DEVICE_NIC; i++) {
		u32 d = idmap_get(&t->by_key, key_of(s, &l->at[i]));
		struct record_attached a = {};

		while (at < l->programs_count && l->programs[at].key < l->at[i].ifindex)
			at++;
		if (at < l->programs_count && l->programs[at].key == l->at[i].ifindex)
			a = l->programs[at];
		if (d != IDMAP_NONE)
			tell_programs_of(t, &t->devices[d], &a);
	}
}

/* -- counters and processors --------------------------------------------------------------------------------------- */

static void tell_names(struct told *t, const struct counter_names *names, u32 count)
{
	for (; t->names < count; t->names++) {
		struct record_name r = {.kind = NAME_COUNTER, .key = t->names};

		memcpy(r.text, names->at[t->names], strlen(names->at[t->names]));
		outbox_name(t->out, &r);
	}
}

static void tell_counter(struct told *t, const struct told_space *s, u32 number)
{
	struct record_counter r = {.value = s->counters[number], .space = s->r.id, .number = number};

	stream_put(t->tick, RECORD_COUNTER, &r);
}

static void tell_counters(struct told *t, struct told_space *s, const struct found *g)
{
	for (u32 i = 0; i < g->counter_count; i++) {
		if (g->counters[i] == s->counters[i])
			continue;
		s->counters[i] = g->counters[i];
		tell_counter(t, s, i);
	}
}

static void tell_cpus(struct told *t, const struct told_space *s, const struct found *g)
{
	if (!t->cpus)
		t->cpus = calloc(CPUS_MAX, sizeof(*t->cpus));
	for (u32 i = 0; t->cpus && i < g->cpu_count; i++) {
		if (i < t->cpu_count && memcmp(&t->cpus[i], &g->cpus[i], sizeof(g->cpus[i])) == 0)
			continue;
		t->cpus[i] = g->cpus[i];
		t->cpu_count = MAX(t->cpu_count, i + 1);
		t->cpu_space = s->r.id;
		stream_put(t->tick, RECORD_CPU, &g->cpus[i]);
	}
}

/* -- translated connections ---------------------------------------------------------------------------------------- */

static void put_nat(struct told *t, struct told_space *s)
{
	struct record_nat r = {};

	s->nat_sent = true;
	for (u32 i = 0; i == 0 || i < s->nat.count; i++) {
		if (s->nat.count)
			r = s->nat.at[i];
		r.space = s->r.id;
		r.index = i;
		r.count = s->nat.count;
		stream_put(t->tick, RECORD_NAT, &r);
	}
}

/* The list before it is the next visit's room. */
static void tell_nat(struct told *t, struct told_space *s, struct nat_list *l)
{
	struct nat_list before = s->nat;

	if (l->count == before.count && (!l->count || memcmp(l->at, before.at, l->count * sizeof(*l->at)) == 0))
		return;
	s->nat = *l;
	*l = before;
	put_nat(t, s);
}

/* -- namespaces ---------------------------------------------------------------------------------------------------- */

static struct told_space *space_find(const struct told *t, u32 netns)
{
	u32 i = idmap_get(&t->by_netns, netns);

	return i == IDMAP_NONE ? NULL : &t->spaces[i];
}

/* NULL: out of memory. */
static struct told_space *space_new(struct told *t, u32 netns)
{
	u64 *counters = calloc(COUNTERS_MAX, sizeof(*counters));

	if (!counters || array_append(&t->spaces, &t->space_cap, t->space_count, sizeof(*t->spaces)) < 0 ||
	    idmap_set(&t->by_netns, netns, t->space_count) < 0) {
		free(counters);
		return NULL;
	}
	t->spaces[t->space_count] = (struct told_space){
	    .r = {.id = ++t->space_id, .netns = netns}, .devices = IDMAP_NONE, .counters = counters};
	return &t->spaces[t->space_count++];
}

/* The last one takes its place. */
static void space_free(struct told *t, struct told_space *s)
{
	struct told_space *last = &t->spaces[--t->space_count];

	devices_drop(t, s, true);
	outbox_keep(t->out, RECORD_SPACE, &(struct record_space){.id = s->r.id, .has = SPACE_GONE});
	space_deinit(s);
	idmap_remove(&t->by_netns, s->r.netns);
	if (s == last)
		return;
	*s = *last;
	(void)!idmap_set(&t->by_netns, s->r.netns, (u32)(s - t->spaces)); /* cannot fail: the key is there */
}

u64 told_visited_ns(const struct told *t, u32 netns)
{
	const struct told_space *s = space_find(t, netns);

	return s ? s->r.time_ns : 0;
}

u64 told_programs_ns(const struct told *t, u32 netns)
{
	const struct told_space *s = space_find(t, netns);

	return s ? s->programs_ns : 0;
}

void told_forget(struct told *t, bool (*there)(const void *context, u32 netns), const void *context)
{
	for (u32 i = t->space_count; i-- > 0;)
		if (!there(context, t->spaces[i].r.netns))
			space_free(t, &t->spaces[i]);
}

void told_visit(struct told *t, struct visit *v, const struct counter_names *names)
{
	struct told_space *s = space_find(t, v->netns);
	u32 id;

	if (s && s->r.cookie != v->g.space.cookie) {
		space_free(t, s);
		s = NULL;
	}
	if (!s)
		s = space_new(t, v->netns);
	if (!s)
		return;
	id = s->r.id;
	s->r = v->g.space;
	s->r.id = id;
	s->r.netns = v->netns;
	s->r.unlisted += s->unlisted;
	s->tick = t->number;
	s->visit++;
	stream_put(t->tick, RECORD_SPACE, &s->r);
	tell_names(t, names, v->g.counter_count);
	tell_counters(t, s, &v->g);
	tell_cpus(t, s, &v->g);
	tell_devices(t, s, &v->g.devices);
	if (v->g.devices.has_programs)
		tell_programs(t, s, &v->g.devices);
	if (v->g.has_nat)
		tell_nat(t, s, &v->g.nat);
}

static void tell_space_again(struct told *t, struct told_space *s)
{
	s->tick = t->number;
	stream_put(t->tick, RECORD_SPACE, &s->r);
	for (u32 i = 0; i < t->names; i++)
		if (s->counters[i])
			tell_counter(t, s, i);
	for (u32 i = 0; s->r.id == t->cpu_space && i < t->cpu_count; i++)
		stream_put(t->tick, RECORD_CPU, &t->cpus[i]);
	for (u32 i = s->devices; i != IDMAP_NONE; i = t->devices[i].next)
		stream_put(t->tick, RECORD_DEVICE, &t->devices[i].r);
	if (s->nat_sent)
		put_nat(t, s);
}

void told_again(struct told *t, u64 delivered)
{
	for (u32 i = 0; i < t->space_count; i++)
		if (t->spaces[i].tick > delivered)
			tell_space_again(t, &t->spaces[i]);
}
