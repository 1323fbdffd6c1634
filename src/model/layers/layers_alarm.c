/* The alarm: a tick's mean of a layer against the moving average of the ticks before. */
#include <math.h>
#include <stdlib.h>

#include "layers_private.h"

#define AVERAGE_WEIGHT (1.0F / 16.0F)
#define FIRST_DEVIATION (1.0F / 4.0F) /* of the first mean: one value has no deviation */
#define LEAST_DEVIATION                                                                                                \
	(1.0F / 16.0F) /* of the average: a layer that never varies must not alarm at the smallest change */

static void tell(struct model *m, const struct layers *l, enum layer layer, u64 n, double mean, double average)
{
	struct layer_event *e = ring_add(&m->layers->events);

	if (!e)
		return;
	*e = (struct layer_event){.number = model_layer_events(m),
				  .time_ns = m->tick.time_ns,
				  .id = l->times.whose == LAYERS_OF_SOCKET ? l->times.id : 0,
				  .n = n,
				  .mean_ns = mean,
				  .average_ns = average,
				  .layer = (u8)layer};
	/* The row may be gone before anybody reads of it. */
	layer_row_who(layers_row(l, layer), e->who, sizeof(e->who));
}

/* Is x `times` as far from the average as an alarm requires? */
static bool is_away(const struct layer_average *a, double x, double times)
{
	double mean = (double)a->mean, deviation = (double)MAX(a->deviation, a->mean * LEAST_DEVIATION);

	return a->ticks >= LAYER_ALARM_WARMUP && x > mean + times * LAYER_ALARM_DEVIATIONS * deviation &&
	       x > mean * times * LAYER_ALARM_TIMES && x > mean + LAYER_ALARM_FLOOR_NS;
}

/* One noisy tick is not enough, unless it is very far away. */
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

void layers_alarm_check(struct model *m, struct layers *l)
{
	for (unsigned layer = 0; layer < LAYER_PARTS; layer++) {
		struct layer_average *a = &l->average[layer];
		u64 sum, n = sliding_count(&l->times.s, layer, SLIDING_TICK, m->ticks, &sum);
		bool alarm;
		double x;

		if (n < LAYER_ALARM_PACKETS || model_layer_state(m, layer) != LAYER_STAMPED)
			continue;
		x = (double)sum / (double)n;
		alarm = is_alarm(a, x);
		/* One event each time it leaves the average; a level that lasts becomes the average. */
		if (alarm && m->layers->alarm) {
			if (!a->told)
				tell(m, l, layer, n, x, (double)a->mean);
			a->fired = m->ticks;
		}
		a->told = alarm;
		average_in(a, (float)x);
	}
}

unsigned layers_alarm(const struct model *m, const struct layers *l)
{
	unsigned bits = 0;

	if (!l || !layer_times_now(m, &l->times))
		return 0;
	for (unsigned i = 0; i < LAYER_PARTS; i++)
		if (l->average[i].fired && m->ticks < l->average[i].fired + LAYER_ALARM_HOLD)
			bits |= 1U << i;
	return bits;
}

double layers_average(const struct layers *l, enum layer layer)
{
	return l && layer < LAYER_PARTS && l->average[layer].ticks ? (double)l->average[layer].mean : NAN;
}

void model_layers_set_alarm(struct model *m, bool on)
{
	m->layers->alarm = on;
}

bool model_layers_has_alarm(const struct model *m)
{
	return m->layers->alarm;
}

u64 model_layer_events(const struct model *m)
{
	return m->layers->events.end - 1;
}

const struct layer_event *model_layer_event(const struct model *m, u64 number)
{
	return ring_get(&m->layers->events, number);
}
