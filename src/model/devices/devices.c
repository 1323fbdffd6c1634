/* Takes records of namespaces and devices in. */
#include "devices_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "text.h"

int devices_init(struct model *m)
{
	struct devices *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	shelf_init(&d->shelves[SHELF_STACKS], sizeof(struct stack), STACKS_MAX);
	shelf_init(&d->shelves[SHELF_DEVICES], sizeof(struct device), DEVICES_MAX);
	shelf_init(&d->shelves[SHELF_COUNTERS], sizeof(struct counter), COUNTERS_ROWS_MAX);
	shelf_init(&d->shelves[SHELF_CPUS], sizeof(struct cpu_queue), CPU_QUEUES_MAX);
	m->devices = d;
	return 0;
}

void devices_deinit(struct model *m)
{
	for (size_t i = 0; m->devices && i < SHELF_COUNT; i++)
		shelf_deinit(&m->devices->shelves[i]);
	if (m->devices)
		idmap_deinit(&m->devices->nics);
	free(m->devices);
}

const struct shelf *model_shelf(const struct model *m, enum device_shelf which)
{
	return &m->devices->shelves[which];
}

double stack_rate(const struct stack *s, u64 now, u64 before)
{
	if (s->visits < 2 || s->seconds <= 0)
		return NAN;
	return now > before ? (double)(now - before) / s->seconds : 0;
}

/* What was not sent with the last visit has not changed since the one before. */
double of_stack_rate(const struct of_stack *o, u64 now, u64 before)
{
	bool moved = o->stack && o->visit == o->stack->visits;

	return !o->stack || (moved && o->fresh) ? NAN : stack_rate(o->stack, now, moved ? before : now);
}

/* -- rows of a namespace ------------------------------------------------------------------------------------------- */

/* Which of the namespace's lists a shelf's rows are in: those before SHELF_CPUS. */
static u32 *first_of(struct stack *s, enum device_shelf which)
{
	return &s->first[which - SHELF_DEVICES];
}

static struct of_stack *at(const struct shelf *s, u32 index)
{
	return index == IDMAP_NONE ? NULL : s->rows[index];
}

/* Ids are below 2^63: a key that is not 0. */
static struct stack *stack_of(const struct model *m, u32 id)
{
	return shelf_find(&m->devices->shelves[SHELF_STACKS], model_key(m, id));
}

/* The row with this key, made if it is new. 0: there is no such namespace, or there are too many rows. */
static int row_of(struct model *m, enum device_shelf which, u64 key, struct stack *stack, void *row)
{
	struct shelf *s = &m->devices->shelves[which];
	struct of_stack *o = key ? shelf_find(s, key) : NULL;
	int r;

	if (!o) {
		r = key && stack ? shelf_add(s, key, &o) : 1;
		if (r)
			return MIN(r, 0);
		o->stack = stack;
		o->next = *first_of(stack, which);
		*first_of(stack, which) = o->row.index;
	}
	o->visit = o->stack->visits;
	*(void **)row = o;
	return 1;
}

/* -- by number ----------------------------------------------------------------------------------------------------- */

static u64 nic_key(u32 netns, u32 ifindex)
{
	return (u64)netns << 32 | ifindex;
}

static void nic_remove(struct devices *d, const struct device *nic)
{
	if (nic->nic && idmap_get(&d->nics, nic->nic) == nic->of.row.index)
		idmap_remove(&d->nics, nic->nic);
}

/* Numbers of devices are given again, those of namespaces, too: the newest has it. */
static int nic_set(struct devices *d, struct device *nic)
{
	nic_remove(d, nic);
	nic->nic = nic->r.kind == DEVICE_NIC ? nic_key(nic->of.stack->r.netns, nic->r.ifindex) : 0;
	return nic->nic ? idmap_set(&d->nics, nic->nic, nic->of.row.index) : 0;
}

const struct device *model_nic(const struct model *m, const struct record_socket *s, u32 ifindex)
{
	u32 index = ifindex ? idmap_get(&m->devices->nics, nic_key(s->netns, ifindex)) : IDMAP_NONE;
	const struct device *nic = index == IDMAP_NONE ? NULL : m->devices->shelves[SHELF_DEVICES].rows[index];
	u64 cookie = nic ? nic->of.stack->r.cookie : 0;

	return cookie && s->netns_cookie && cookie != s->netns_cookie ? NULL : nic;
}

static void device_forget(struct model *m, const struct device *d)
{
	nic_remove(m->devices, d);
	attached_forget(m, ATTACH_DEVICE, d->r.id);
}

static void forget_row(struct model *m, enum device_shelf which, struct of_stack *o)
{
	if (which == SHELF_DEVICES)
		device_forget(m, (struct device *)o);
	shelf_remove(&m->devices->shelves[which], o);
}

static void drop_row(struct model *m, enum device_shelf which, struct of_stack *o)
{
	struct shelf *s = &m->devices->shelves[which];
	struct stack *stack = shelf_find(&m->devices->shelves[SHELF_STACKS], o->stack->row.key);
	u32 *link = first_of(stack, which);

	while (*link != o->row.index)
		link = &at(s, *link)->next;
	*link = o->next;
	forget_row(m, which, o);
}

static void drop_stack(struct model *m, struct stack *stack)
{
	for (enum device_shelf which = SHELF_DEVICES; which <= SHELF_COUNTERS; which++) {
		struct shelf *s = &m->devices->shelves[which];
		u32 next;

		for (u32 i = *first_of(stack, which); i != IDMAP_NONE; i = next) {
			next = at(s, i)->next;
			forget_row(m, which, at(s, i));
		}
	}
	for (u32 i = 0; i < m->devices->shelves[SHELF_CPUS].end; i++)
		if (at(&m->devices->shelves[SHELF_CPUS], i)->stack == stack)
			at(&m->devices->shelves[SHELF_CPUS], i)->stack = NULL;
	if (m->devices->last == stack)
		m->devices->last = NULL;
	shelf_remove(&m->devices->shelves[SHELF_STACKS], stack);
}

/* -- records ------------------------------------------------------------------------------------------------------- */

int take_space(struct model *m, const struct record_space *rec)
{
	struct stack *s = stack_of(m, rec->id);
	int r;

	if (rec->has & SPACE_GONE) {
		if (s)
			drop_stack(m, s);
		return 0;
	}
	if (!s) {
		r = rec->id ? shelf_add(&m->devices->shelves[SHELF_STACKS], model_key(m, rec->id), &s) : 1;
		if (r)
			return MIN(r, 0);
		s->first[0] = s->first[1] = IDMAP_NONE;
	}
	s->before = s->r;
	s->r = *rec;
	s->seconds = rec->time_ns > s->before.time_ns ? (double)(rec->time_ns - s->before.time_ns) / NSEC_PER_SEC : 0;
	s->visits++;
	m->devices->last = s;
	return 0;
}

static void clean_name(u8 dst[16])
{
	char text[16];

	text_clean(text, sizeof(text), (const char *)dst, 16);
	memset(dst, 0, 16);
	memcpy(dst, text, strlen(text));
}

int take_device(struct model *m, const struct record_device *rec)
{
	struct device *d = shelf_find(&m->devices->shelves[SHELF_DEVICES], model_key(m, rec->id));
	int r;

	if (rec->has & DEVICE_GONE) {
		if (d)
			drop_row(m, SHELF_DEVICES, &d->of);
		return 0;
	}
	r = row_of(m, SHELF_DEVICES, model_key(m, rec->id), stack_of(m, rec->space), &d);
	if (r <= 0)
		return r;
	d->of.fresh = !d->r.id; /* it may have come from another namespace, with its counters */
	d->before = d->r;
	d->r = *rec;
	clean_name(d->r.name);
	clean_name(d->r.type);
	return nic_set(m->devices, d);
}

int take_counter(struct model *m, const struct record_counter *rec)
{
	u64 id = (u64)rec->space << 32 | rec->number;
	struct counter *c;
	int r = row_of(m, SHELF_COUNTERS, model_key(m, id), stack_of(m, rec->space), &c);

	if (r <= 0)
		return r;
	c->before = c->r;
	c->r = *rec;
	return 0;
}

int take_cpu(struct model *m, const struct record_cpu *rec)
{
	struct shelf *s = &m->devices->shelves[SHELF_CPUS];
	u64 key = model_key(m, (u64)rec->cpu + 1);
	struct cpu_queue *c = shelf_find(s, key);
	int r;

	if (!c) {
		r = shelf_add(s, key, &c);
		if (r)
			return MIN(r, 0);
	}
	c->of.stack = m->devices->last;
	c->of.visit = c->of.stack ? c->of.stack->visits : 0;
	c->before = c->r;
	c->r = *rec;
	return 0;
}

/* -- counters out -------------------------------------------------------------------------------------------------- */

const struct stack *model_stack(const struct model *m, u32 netns)
{
	const struct shelf *s = model_shelf(m, SHELF_STACKS);

	for (u32 i = 0; i < s->end; i++) {
		const struct stack *stack = s->rows[i];

		if (stack && stack->r.netns == netns)
			return stack;
	}
	return NULL;
}

const struct counter *stack_counter(const struct model *m, const struct stack *stack, const char *name)
{
	for (u32 i = *first_of((struct stack *)stack, SHELF_COUNTERS); i != IDMAP_NONE;) {
		const struct counter *c = model_shelf(m, SHELF_COUNTERS)->rows[i];
		const char *is = model_name(m, NAME_COUNTER, c->r.number, 0);

		if (is && strcmp(is, name) == 0)
			return c;
		i = c->of.next;
	}
	return NULL;
}
