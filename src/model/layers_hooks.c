/* Netfilter's hooks among the layers: their histograms are kept like those of a row. */
#include <errno.h>
#include <string.h>

#include "model_private.h"

_Static_assert((int)NETFILTER_HOOKS <= (int)LAYER_COUNT, "the hooks lie in the places of layers");

int take_netfilter(struct model *m, const struct record_netfilter *rec, struct error *err)
{
	struct record_layers r = {};

	memcpy(r.n, rec->n, sizeof(rec->n));
	memcpy(r.sum_ns, rec->sum_ns, sizeof(rec->sum_ns));
	memcpy(r.max_ns, rec->max_ns, sizeof(rec->max_ns));
	memcpy(r.buckets, rec->buckets, sizeof(rec->buckets));
	m->layers.netfilter = *rec;
	return layers_take_hooks(m, &r) < 0 ? error_set(err, -ENOMEM, "out of memory for the layers") : 0;
}

const struct record_netfilter *model_netfilter(const struct model *m)
{
	const struct model_layers *ml = &m->layers;

	return ml->on && ml->hooks && ml->hooks->epoch == ml->epoch ? &ml->netfilter : NULL;
}
