/* Loads a set on demand, and reads its ring. */
#include "demand.h"

#include <bpf/libbpf.h>

#include "cleanup.h"
#include "collector.h"

bool demand_want(struct demand *d, bool wanted)
{
	d->wanted = wanted;
	return d->refused || d->wanted == (d->ring != NULL);
}

void demand_stop(struct demand *d, const struct demand_class *class, struct source *s)
{
	if (class->ends && hooks_object(s->c->hooks, class->set))
		class->ends(s);
	ring_buffer__free(take(d->ring));
	hooks_unload(s->c->hooks, class->set);
}

static void load(struct demand *d, const struct demand_class *class, struct source *s)
{
	struct hooks *h = s->c->hooks;
	struct error err = {};

	d->loaded = s->c->number + 1;
	if (hooks_load(h, class->set, &err) < 0)
		hooks_refuse(h, class->set, err.text);
	else if (hooks_has(h, class->vital) && (!class->begins || class->begins(s) == 0))
		d->ring = ring_buffer__new(bpf_map__fd(class->ring(h)), class->told, s, NULL);
	d->refused = !d->ring;
	/* If the ring cannot be watched, it is read with each tick. */
	if (d->ring)
		(void)!source_watch(s, ring_buffer__epoll_fd(d->ring));
	else
		demand_stop(d, class, s);
	if (!d->reported)
		hooks_report(h, class->set, &s->c->out);
	d->reported = true;
}

bool demand_apply(struct demand *d, const struct demand_class *class, struct source *s)
{
	bool wanted = d->wanted && collector_is_read(s->c);

	if (!d->wanted)
		d->refused = false;
	if (!wanted && d->ring)
		demand_stop(d, class, s);
	if (!wanted || d->ring || d->refused)
		return true;
	if (d->loaded == s->c->number + 1)
		return false;
	load(d, class, s);
	return true;
}

bool demand_tick(struct demand *d, const struct demand_class *class, struct source *s)
{
	demand_read(d);
	(void)demand_apply(d, class, s);
	return d->ring;
}

void demand_read(struct demand *d)
{
	if (d->ring)
		ring_buffer__consume(d->ring);
}
