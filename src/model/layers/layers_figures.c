/* Figures out: of each layer and each hook, over a span of ticks. */
#include <math.h>

#include "layers_private.h"

/* What each part is part of. */
static const enum layer wholes[LAYER_COUNT - LAYER_PARTS] = {
    [LAYER_RX_WAKEUP - LAYER_PARTS] = LAYER_RX_APP,
    [LAYER_TX_PACED - LAYER_PARTS] = LAYER_TX_QDISC,
    [LAYER_RX_GRO - LAYER_PARTS] = LAYER_RX_MAC,
    [LAYER_TX_DIRECT - LAYER_PARTS] = LAYER_TX_QDISC,
};

const struct sliding *layer_times_now(const struct model *m, const struct layer_times *t)
{
	return m->layers->on && t->epoch == m->layers->epoch ? &t->s : NULL;
}

static bool stamped(const struct model *m, enum layer layer)
{
	return layer < LAYER_COUNT && model_layer_state(m, layer) == LAYER_STAMPED;
}

/* NULL: the layer has no figures now. */
static const struct sliding *times_of(const struct model *m, const struct layers *l, enum layer layer)
{
	return l && stamped(m, layer) ? layer_times_now(m, &l->times) : NULL;
}

static double mean_of(const struct model *m, const struct sliding *s, size_t i, enum layers_span span)
{
	u64 sum, n = s ? sliding_count(s, i, (enum sliding_span)span, m->ticks, &sum) : 0;

	return n ? (double)sum / (double)n : NAN;
}

static bool figures_of(const struct model *m, const struct sliding *s, size_t i, enum layers_span span,
		       struct histogram_figures *f)
{
	struct histogram h;

	*f = (struct histogram_figures){};
	return s && sliding_get(s, i, (enum sliding_span)span, m->ticks, &h) && histogram_figures(&h, f);
}

/* -- the layers --------------------------------------------------------------------------------------------------- */

double layers_mean(const struct model *m, const struct layers *l, enum layer layer, enum layers_span span)
{
	return mean_of(m, times_of(m, l, layer), layer, span);
}

bool layers_figures(const struct model *m, const struct layers *l, enum layer layer, enum layers_span span,
		    struct histogram_figures *f)
{
	return figures_of(m, times_of(m, l, layer), layer, span, f);
}

double layers_time(const struct model *m, const struct layers *l, unsigned mask, enum layers_span span)
{
	double total = 0;

	for (unsigned i = 0; i < LAYER_PARTS; i++) {
		const struct sliding *s = mask & 1U << i ? times_of(m, l, i) : NULL;
		u64 sum;

		if (s && sliding_count(s, i, (enum sliding_span)span, m->ticks, &sum))
			total += (double)sum;
	}
	return total;
}

double layers_share(const struct model *m, const struct layers *l, enum layer layer, enum layers_span span)
{
	unsigned from = layer < LAYER_TX_TCP ? LAYER_RX_MAC : LAYER_TX_TCP;
	double mine = layers_mean(m, l, layer, span), all = 0;

	for (unsigned i = from; i < from + LAYER_TX_TCP - LAYER_RX_MAC; i++) {
		double mean = layers_mean(m, l, i, span);

		all += isnan(mean) ? 0 : mean;
	}
	return all > 0 ? mine / all : NAN;
}

/* The time of a part, spread over the packets of the layer that it is part of. */
double layers_part(const struct model *m, const struct layers *l, enum layer part, enum layers_span span)
{
	const struct sliding *s;
	enum layer whole;
	u64 n, sum;

	if (part < LAYER_PARTS || !stamped(m, part))
		return NAN;
	whole = wholes[part - LAYER_PARTS];
	s = times_of(m, l, whole);
	if (!s)
		return NAN;
	n = sliding_count(s, whole, (enum sliding_span)span, m->ticks, &sum);
	/* Most packets wake nobody and are not paced: none at all is 0, if any ever was. */
	sliding_count(s, part, (enum sliding_span)span, m->ticks, &sum);
	return n && s->now[part].n ? (double)sum / (double)n : NAN;
}

bool layers_receive_wait(const struct model *m, const struct layers *l, enum layers_span span, struct layers_wait *w)
{
	double app = layers_mean(m, l, LAYER_RX_APP, span);

	*w = (struct layers_wait){.stack = NAN, .wakeup = NAN, .program = app};
	if (isnan(app))
		return false;
	for (unsigned i = LAYER_RX_MAC; i < LAYER_RX_APP; i++) {
		double mean = layers_mean(m, l, i, span);

		if (!isnan(mean))
			w->stack = isnan(w->stack) ? mean : w->stack + mean;
	}
	w->wakeup = layers_part(m, l, LAYER_RX_WAKEUP, span);
	if (!isnan(w->wakeup))
		w->program = MAX(app - w->wakeup, 0.0);
	return true;
}

/* -- netfilter's hooks ------------------------------------------------------------------------------------------- */

static const struct sliding *hook_times(const struct model *m, enum netfilter_hook hook)
{
	return hook < NETFILTER_HOOKS ? layer_times_now(m, &m->layers->hooks) : NULL;
}

double hook_mean(const struct model *m, enum netfilter_hook hook, enum layers_span span)
{
	return mean_of(m, hook_times(m, hook), hook, span);
}

bool hook_figures(const struct model *m, enum netfilter_hook hook, enum layers_span span, struct histogram_figures *f)
{
	return figures_of(m, hook_times(m, hook), hook, span, f);
}

double hook_share(const struct model *m, enum netfilter_hook hook, enum layers_span span)
{
	double all = 0;

	for (unsigned i = 0; i < NETFILTER_HOOKS; i++) {
		double mean = hook_mean(m, i, span);

		all += isnan(mean) ? 0 : mean;
	}
	return all > 0 ? hook_mean(m, hook, span) / all : NAN;
}
