/* The layers in the head of a tick: which this kernel has, how many packets they have, what left its average. */
#include "layer_head.h"

#include <inttypes.h>

#include "units.h"

static void put_names(struct buf *out, unsigned bits)
{
	const char *separator = "";

	buf_putc(out, '[');
	for (unsigned i = 0; i < LAYER_COUNT; i++) {
		if (!(bits >> i & 1))
			continue;
		buf_printf(out, "%s\"%s\"", separator, layer_name(i));
		separator = ",";
	}
	buf_putc(out, ']');
}

bool json_put_stages(struct buf *out, const struct model *m)
{
	const struct record_stages *s = model_stages(m);

	if (!s || !s->sample)
		return false;
	buf_printf(out,
		   "{\"sample\":%" PRIu64 ",\"stamped\":%" PRIu64 ",\"missed\":%" PRIu64 ",\"lost\":%" PRIu64
		   ",\"merged\":",
		   s->sample, s->stamped, s->missed, s->lost + model_layers_left_out(m));
	put_names(out, s->merged & ~s->absent);
	buf_puts(out, ",\"absent\":");
	put_names(out, s->absent);
	buf_putc(out, '}');
	return true;
}

static void text_put_hooks(struct buf *out, const struct model *m)
{
	const struct record_netfilter *nf = model_netfilter(m);

	for (unsigned i = 0; nf && i < NETFILTER_HOOKS; i++)
		if (nf->dropped[i])
			buf_printf(out, "%s: dropped %" PRIu64 "\n", layer_name(LAYER_HOOKS + i), nf->dropped[i]);
	if (nf && nf->missed)
		buf_printf(out, "netfilter: missed %" PRIu64 "\n", nf->missed);
}

void text_put_stages(struct buf *out, const struct model *m)
{
	const struct record_stages *s = model_stages(m);

	if (s && s->sample > 1)
		buf_printf(out, "1 in %" PRIu64 " packets measured\n", s->sample);
	for (unsigned i = 0; i < LAYER_PARTS; i++)
		if (model_layer_state(m, i) != LAYER_STAMPED)
			buf_printf(out, "%s: %s\n", layer_name(i),
				   model_layer_state(m, i) == LAYER_MERGED
				       ? "counted with the next layer: this kernel cannot stamp it"
				       : "not to be had on this kernel");
	text_put_hooks(out, m);
}

const struct layer_event *page_next_event(const struct page *p, u64 *number)
{
	const struct layer_event *e = NULL;

	while (p->m && !e && *number < model_layer_events(p->m))
		e = model_layer_event(p->m, ++*number);
	return e;
}

void text_put_events(struct buf *out, const struct page *p)
{
	const struct layer_event *e;
	u64 number = p->events;
	char now[UNITS_MAX], usual[UNITS_MAX];

	while ((e = page_next_event(p, &number))) {
		units_nsec(now, (u64)e->mean_ns);
		units_nsec(usual, (u64)e->average_ns);
		buf_printf(out, "! %s %s mean, usually %s  %s\n", layer_name(e->layer), now, usual, e->who);
	}
}
