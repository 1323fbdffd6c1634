/* Netfilter's hooks beside the layers: how long packets were in each, of the whole machine. */
#include <errno.h>

#include "layers_private.h"

int take_netfilter(struct model *m, const struct record_netfilter *rec, struct error *err)
{
	struct histogram values[NETFILTER_HOOKS];
	struct layer_times *t = &m->layers->hooks;

	layers_unpack(values, NETFILTER_HOOKS, rec->n, rec->sum_ns, rec->max_ns, rec->buckets);
	m->layers->netfilter = *rec;
	if (!m->layers->on)
		layers_turn_on(m);
	if (!t->s.count && sliding_init(&t->s, NETFILTER_HOOKS) < 0)
		return error_set(err, -ENOMEM, "out of memory for netfilter's hooks");
	layer_times_begin(m, t, values);
	if (sliding_take(&t->s, layers_coming_tick(m), values) < 0)
		return error_set(err, -ENOMEM, "out of memory for netfilter's hooks");
	return 0;
}

const struct layer_row *model_hook(const struct model *m, enum netfilter_hook hook)
{
	return hook < NETFILTER_HOOKS ? &m->layers->hooks.row[hook] : NULL;
}

const struct record_netfilter *model_netfilter(const struct model *m)
{
	return layer_times_now(m, &m->layers->hooks) ? &m->layers->netfilter : NULL;
}
