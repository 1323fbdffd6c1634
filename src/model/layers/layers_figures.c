/* Figures out: of each layer and each hook, over a span of ticks. */
#include <math.h>

#include "layers_private.h"

/* What each part is part of. */
static const enum layer wholes[LAYER_COUNT - LAYER_PARTS] = {
    [LAYER_RX_WAKEUP - LAYER_PARTS] = LAYER_RX_APP, [LAYER_TX_PACED - LAYER_PARTS] = LAYER_TX_QDISC,
    [LAYER_RX_GRO - LAYER_PARTS] = LAYER_RX_MAC,    [LAYER_TX_DIRECT - LAYER_PARTS] = LAYER_TX_QDISC,
    [LAYER_TX_ACK - LAYER_PARTS] = LAYER_TX_ACK,
};

const struct sliding *layer_times_now(const struct model *m, const struct layer_times *t)
{
	return m->layers->on && t->epoch == m->layers->epoch ? &t->s : NULL;
}

static bool stamped(const struct model *m, enum layer layer)
{
	return layer < LAYER_COUNT && model_layer_state(m, layer) == LAYER_STAMPED;
}

/* NULL: it has no figures now. */
static const struct sliding *times_of(const struct model *m, const struct layer_row *r)
{
	return r && (r->of->whose == LAYERS_OF_HOOKS || stamped(m, r->at)) ? layer_times_now(m, r->of) : NULL;
}

u64 layer_count(const struct model *m, const struct layer_row *r, enum layers_span span, u64 *sum_ns)
{
	const struct sliding *s = times_of(m, r);

	*sum_ns = 0;
	return s ? sliding_count(s, r->at, (enum sliding_span)span, m->ticks, sum_ns) : 0;
}

double layer_mean(const struct model *m, const struct layer_row *r, enum layers_span span)
{
	u64 sum, n = layer_count(m, r, span, &sum);

	return n ? (double)sum / (double)n : NAN;
}

bool layer_histogram(const struct model *m, const struct layer_row *r, enum layers_span span, struct histogram *h)
{
	const struct sliding *s = times_of(m, r);

	histogram_clear(h);
	return s && sliding_get(s, r->at, (enum sliding_span)span, m->ticks, h);
}

bool layer_figures(const struct model *m, const struct layer_row *r, enum layers_span span, struct histogram_figures *f)
{
	struct histogram h;

	*f = (struct histogram_figures){};
	return layer_histogram(m, r, span, &h) && histogram_figures(&h, f);
}

double layer_share(const struct model *m, const struct layer_row *r, enum layers_span span)
{
	double mine = layer_mean(m, r, span), all = 0;
	unsigned from = 0, to = NETFILTER_HOOKS;

	if (isnan(mine) || (r->of->whose != LAYERS_OF_HOOKS && r->at >= LAYER_PARTS))
		return NAN;
	if (r->of->whose != LAYERS_OF_HOOKS) {
		from = r->at < LAYER_TX_TCP ? LAYER_RX_MAC : LAYER_TX_TCP;
		to = from + LAYER_TX_TCP - LAYER_RX_MAC;
	}
	for (unsigned i = from; i < to; i++) {
		double mean = layer_mean(m, &r->of->row[i], span);

		all += isnan(mean) ? 0 : mean;
	}
	return all > 0 ? mine / all : NAN;
}

/* -- all of somebody's layers -------------------------------------------------------------------------------------- */

const struct layer_row *layers_row(const struct layers *l, unsigned layer)
{
	return l && layer < LAYER_COUNT ? &l->times.row[layer] : NULL;
}

double layers_time(const struct model *m, const struct layers *l, unsigned mask, enum layers_span span)
{
	double total = 0;
	u64 sum;

	for (unsigned i = 0; i < LAYER_PARTS; i++)
		if (mask & 1U << i && layer_count(m, layers_row(l, i), span, &sum))
			total += (double)sum;
	return total;
}

/* The time of a part, spread over the packets of the layer that it is part of. */
double layers_part(const struct model *m, const struct layers *l, enum layer part, enum layers_span span)
{
	enum layer whole;
	u64 n, ever, sum;

	if (part < LAYER_PARTS || !stamped(m, part))
		return NAN;
	whole = wholes[part - LAYER_PARTS];
	n = layer_count(m, layers_row(l, whole), span, &sum);
	/* Most packets wake nobody and are not paced: none at all is 0, if any ever was. */
	ever = layer_count(m, layers_row(l, part), LAYERS_SINCE, &sum);
	layer_count(m, layers_row(l, part), span, &sum);
	return n && ever ? (double)sum / (double)n : NAN;
}

bool layers_receive_wait(const struct model *m, const struct layers *l, enum layers_span span, struct layers_wait *w)
{
	double app = layer_mean(m, layers_row(l, LAYER_RX_APP), span);

	*w = (struct layers_wait){.stack = NAN, .wakeup = NAN, .program = app};
	if (isnan(app))
		return false;
	for (unsigned i = LAYER_RX_MAC; i < LAYER_RX_APP; i++) {
		double mean = layer_mean(m, layers_row(l, i), span);

		if (!isnan(mean))
			w->stack = isnan(w->stack) ? mean : w->stack + mean;
	}
	w->wakeup = layers_part(m, l, LAYER_RX_WAKEUP, span);
	if (!isnan(w->wakeup))
		w->program = MAX(app - w->wakeup, 0.0);
	return true;
}
