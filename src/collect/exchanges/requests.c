/* Passes on what turns begin with: who reads it has no privileges. */
#include "requests.h"

#include <bpf/libbpf.h>
#include <string.h>

#include "abi_requests.h"
#include "collector.h"
#include "demand.h"
#include "id.h"
#include "requests.skel.h"
#include "sockets.h"

_Static_assert((int)ABI_BEGINNING_TX == (int)BEGINNING_TX && (int)ABI_BEGINNING_FIRST == (int)BEGINNING_FIRST &&
		   (int)ABI_BEGINNING_CUT == (int)BEGINNING_CUT && ABI_BEGINNING == BEGINNING_MAX &&
		   ABI_BEGINNING_HELLO == BEGINNING_HELLO,
	       "lengths and flags are alike");
_Static_assert(offsetof(struct record_beginning, data) == offsetof(struct record_handshake, data), "heads are alike");

struct requests {
	struct source source;
	struct demand demand;
	bool on;  /* in the last tick */
	u64 lost; /* by earlier loads of the programs */
};

static void put_read(struct collector *c, const struct abi_beginning_head *b)
{
	struct record_datagram_read r = {
	    .time_ns = b->time_ns, .rport = b->rport, .lport = b->lport, .number = b->number, .family = b->family};

	memcpy(r.raddr, b->raddr, sizeof(r.raddr));
	memcpy(r.laddr, b->laddr, sizeof(r.laddr));
	outbox_event(&c->out, RECORD_DATAGRAM_READ, &r, true);
}

static int pass_on(void *source, void *data, size_t size)
{
	struct collector *c = ((struct requests *)source)->source.c;
	const struct abi_beginning_head *b = data;
	bool is_long = b->len > BEGINNING_MAX;
	const struct entry *of;
	struct record_handshake r = {};

	if (size < sizeof(*b) + b->len || b->len > sizeof(r.data))
		return 0;
	if (b->flags & ABI_BEGINNING_READ) {
		put_read(c, b);
		return 0;
	}
	of = entries_find(&c->sockets->entries, b->cookie);
	r.id = id_make(b->cookie, of ? of->generation : 0);
	r.time_ns = b->time_ns;
	r.turn = b->turn;
	r.seq = b->seq;
	r.at = b->at;
	r.len = b->len;
	r.flags = b->flags;
	r.proto = b->proto;
	r.family = b->family;
	r.rport = b->rport;
	memcpy(r.raddr, b->raddr, sizeof(r.raddr));
	memcpy(r.laddr, b->laddr, sizeof(r.laddr));
	memcpy(r.data, b + 1, b->len);
	/* The shorter record begins like the longer one. */
	outbox_event(&c->out, is_long ? RECORD_HANDSHAKE : RECORD_BEGINNING, &r, true);
	return 0;
}

static const struct bpf_map *ring_of(const struct hooks *h)
{
	return h->requests->maps.beginnings;
}

/* Whose: the programs look each time. */
static int choose(struct source *s)
{
	s->c->hooks->requests->bss->only_datagrams = s->c->wishes.requests == REQUESTS_DATAGRAMS;
	return 0;
}

static void ends(struct source *s)
{
	((struct requests *)s)->lost += s->c->hooks->requests->bss->lost;
}

static const struct demand_class class = {
    .set = SET_REQUESTS, .vital = FEATURE_REQUESTS, .ring = ring_of, .told = pass_on, .begins = choose, .ends = ends};

static bool requests_want(struct source *s, const struct wishes *w)
{
	struct requests *q = (struct requests *)s;

	if (q->demand.ring)
		(void)!choose(s);
	return demand_want(&q->demand, w->requests != REQUESTS_NONE);
}

static void requests_readable(struct source *s)
{
	demand_read(&((struct requests *)s)->demand);
}

static void requests_tick(struct source *s)
{
	struct requests *q = (struct requests *)s;
	bool was = q->on;
	struct record_beginnings r;

	q->on = demand_tick(&q->demand, &class, s);
	r = (struct record_beginnings){.on = q->on,
				       .lost = q->lost + (q->on ? s->c->hooks->requests->bss->lost : 0),
				       .reads = q->on && hooks_has(s->c->hooks, FEATURE_DATAGRAM_READ)};
	if (q->on || was)
		stream_put(&s->c->tick, RECORD_BEGINNINGS, &r);
}

static bool requests_stop(struct source *s)
{
	demand_stop(&((struct requests *)s)->demand, &class, s);
	return true;
}

const struct source_class requests_source = {
    .name = "requests",
    .size = sizeof(struct requests),
    .tick = requests_tick,
    .want = requests_want,
    .readable = requests_readable,
    .stop = requests_stop,
};
