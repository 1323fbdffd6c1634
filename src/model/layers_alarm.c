/* The alarm: a tick's mean of a layer against the moving average of the ticks before. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "socket_table.h"
#include "address.h"
#include "model_private.h"

#define AVERAGE_WEIGHT (1.0F / 16.0F)
#define FIRST_DEVIATION (1.0F / 4.0F)  /* of the first mean: one value tells no deviation */
#define LEAST_DEVIATION (1.0F / 16.0F) /* of the average: a layer that never varies is not left by a hair */

static void put_end(char *dst, size_t size, const u8 *address, const struct row *r, u16 port)
{
	char text[46];

	address_format(address, r->s.family, text, sizeof(text));
	snprintf(dst, size, r->s.family == 6 ? "[%s]:%u" : "%s:%u", text, port);
}

void layers_who(const struct model *m, u64 id, char *dst, size_t size)
{
	u32 index = model_find(m, id);
	const struct row *r = index == IDMAP_NONE ? NULL : model_row(m, index);
	char owner[40] = "", local[60], remote[60] = "";

	if (!r) {
		snprintf(dst, size, id == ECHO_ID ? "icmp echo" : "machine");
		return;
	}
	if (r->s.has & HAS_OWNER)
		snprintf(owner, sizeof(owner), "%s[%u] ", (const char *)r->s.comm, r->s.pid);
	put_end(local, sizeof(local), r->s.laddr, r, r->s.lport);
	if (r->s.has & HAS_REMOTE)
		put_end(remote, sizeof(remote), r->s.raddr, r, r->s.rport);
	snprintf(dst, size, "%s%s%s%s", owner, local, *remote ? " > " : "", remote);
}

static void tell(struct model *m, u64 id, enum layer layer, u64 n, double mean, double average)
{
	struct layer_event *e = ring_add(&m->layers.events);

	if (!e)
		return;
	*e = (struct layer_event){.number = model_layer_events(m),
				  .time_ns = m->tick.time_ns,
				  .id = id,
				  .n = n,
				  .mean_ns = mean,
				  .average_ns = average,
				  .layer = (u8)layer};
	/* The row may be gone before anybody reads of it. */
	layers_who(m, id, e->who, sizeof(e->who));
}

/* Is x `times` as far away from the average as it takes? */
static bool is_away(const struct layer_average *a, double x, double times)
{
	double mean = (double)a->mean, deviation = (double)MAX(a->deviation, a->mean * LEAST_DEVIATION);

	return a->ticks >= LAYER_ALARM_WARMUP && x > mean + times * LAYER_ALARM_DEVIATIONS * deviation &&
	       x > mean * times * LAYER_ALARM_TIMES && x > mean + LAYER_ALARM_FLOOR_NS;
}

/* One noisy tick is not enough, unless it is far away indeed. */
static bool is_alarm(struct layer_average *a, double x)
{
	a->streak = is_away(a, x, 1) ? (u8)MIN(a->streak + 1, 2) : 0;
	return a->streak == 2 || (a->streak && (a->told || is_away(a, x, 2)));
}

static void average_in(struct layer_average *a, float x)
{
	if (!a->ticks) {
		a->mean = x;
		a->deviation = x * FIRST_DEVIATION;
	}
	a->deviation += AVERAGE_WEIGHT * (fabsf(x - a->mean) - a->deviation);
	a->mean += AVERAGE_WEIGHT * (x - a->mean);
	a->ticks = (u16)MIN(a->ticks + 1, LAYER_ALARM_WARMUP);
}

void layers_alarm_check(struct model *m, struct layers *l, u64 id)
{
	for (unsigned layer = 0; layer < LAYER_PARTS; layer++) {
		const struct layer_mark *mark = l->mark[MARK_TICK];
		struct layer_average *a = &l->average[layer];
		u64 n = l->now.n[layer] - (mark ? mark->n[layer] : 0);
		u64 sum = l->now.sum_ns[layer] - (mark ? mark->sum_ns[layer] : 0);
		bool alarm;
		double x;

		if (n < LAYER_ALARM_PACKETS || model_layer_state(m, layer) != LAYER_STAMPED)
			continue;
		x = (double)sum / (double)n;
		alarm = is_alarm(a, x);
		/* Told once for each time that it leaves; what lasts becomes the average. */
		if (alarm && m->layers.alarm) {
			if (!a->told)
				tell(m, id, layer, n, x, (double)a->mean);
			a->fired = m->ticks;
		}
		a->told = alarm;
		average_in(a, (float)x);
	}
}

unsigned layers_alarm(const struct model *m, const struct layers *l)
{
	unsigned bits = 0;

	if (!l || !m->layers.on || l->epoch != m->layers.epoch)
		return 0;
	for (unsigned i = 0; i < LAYER_PARTS; i++)
		if (l->average[i].fired && m->ticks < l->average[i].fired + LAYER_ALARM_HOLD)
			bits |= 1U << i;
	return bits;
}

void model_layers_set_alarm(struct model *m, bool on)
{
	m->layers.alarm = on;
}

bool model_layers_has_alarm(const struct model *m)
{
	return m->layers.alarm;
}

u64 model_layer_events(const struct model *m)
{
	return m->layers.events.end - 1;
}

const struct layer_event *model_layer_event(const struct model *m, u64 number)
{
	return ring_get(&m->layers.events, number);
}
