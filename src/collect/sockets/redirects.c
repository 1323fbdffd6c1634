/* Bytes that programs of BPF redirect from one socket to another: counted while somebody looks, once there is a socket
 * in a sockmap. The pass over files writes them (src/bpf/table/interception.bpf.c). */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "collector.h"
#include "hooks.h"
#include "skbtop.skel.h"
#include "sockets.h"
#include "source.h"

struct redirects {
	struct source source;
	bool on;
};

static void clear(const struct bpf_map *map)
{
	u64 key;

	while (bpf_map_get_next_key(bpf_map__fd(map), NULL, &key) == 0 &&
	       bpf_map_delete_elem(bpf_map__fd(map), &key) == 0)
		;
}

/* They count once all are attached, and what was counted before is forgotten: nothing is known by half. */
static void turn_on(struct redirects *r)
{
	struct hooks *h = r->source.c->hooks;

	clear(h->table->maps.redirects);
	clear(h->table->maps.senders);
	hooks_attach(h, FEATURE_REDIRECTS);
	r->on = hooks_link(h, FEATURE_REDIRECTS);
	h->table->bss->redirects_lost = 0;
	h->table->bss->redirects_on = r->on;
}

static void turn_off(struct redirects *r)
{
	r->on = false;
	r->source.c->hooks->table->bss->redirects_on = 0;
	hooks_detach(r->source.c->hooks, FEATURE_REDIRECTS);
}

static void redirects_tick(struct source *s)
{
	struct redirects *r = (struct redirects *)s;
	const struct collector *c = s->c;
	bool wanted = c->wishes.redirects && c->sockets->any_psock && collector_is_read(c) &&
		      hooks_has(c->hooks, FEATURE_REDIRECTS);

	if (wanted && !r->on)
		turn_on(r);
	else if (!wanted && r->on)
		turn_off(r);
}

const struct source_class redirects_source = {
    .name = "redirects",
    .size = sizeof(struct redirects),
    .tick = redirects_tick,
};
