/* Reads the exchanges that are over from the ring, and looks for those that are over though nothing has followed. */
#include "exchanges.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "clock.h"
#include "collector.h"
#include "demand.h"
#include "exchanges.skel.h"
#include "id.h"
#include "maps.h"
#include "probe.h"
#include "sched_clock.h"
#include "sockets.h"

/* needs the types of record.h */
#include "turns.h"

_Static_assert((int)ABI_PARTS == (int)EXCHANGE_PARTS && (int)ABI_AWAY == (int)EXCHANGE_AWAY &&
		   (int)ABI_SERVER == (int)EXCHANGE_SERVER && (int)ABI_BY_TIMEOUT == (int)EXCHANGE_TIMED_OUT,
	       "parts, roles and flags are numbered alike");

#define GONE_NS                                                                                                        \
	(10 * NSEC_PER_SEC) /* silent for so long, and not known: a socket that is younger than the last pass is */

struct exchanges {
	struct source source;
	struct demand demand;
	bool on; /* in the last tick */
	struct mapped {
		void *at; /* the programs' own; NULL: they are not loaded */
		size_t bytes;
	} sets, turns;
	u64 lost, untold; /* by programs that were loaded before */
	struct sched_clock clock;
	u64 functions[3]; /* of who waits for a socket, as in begins(); once they were looked up */
};

/* -- one that is over ---------------------------------------------------------------------------------------------- */

/* All its times by one clock. */
static struct abi_exchange timed_by(struct sched_clock *clock, const struct abi_exchange *told)
{
	struct abi_exchange x = *told;
	u64 read = turn_queued_at(&x) + x.ns[ABI_WAIT];
	u64 ran = x.has & ABI_HAS_ARRIVED ? sched_clock_monotonic(clock, x.wakeup_ns, read) : 0;

	if (ran)
		turn_arrived(&x, ran);
	else if (x.has & ABI_HAS_ARRIVED)
		x.has = x.wakeup_ns = 0;
	return x;
}

static void put(struct exchanges *e, const struct abi_exchange *told)
{
	struct collector *c = e->source.c;
	struct abi_exchange timed = timed_by(&e->clock, told), *x = &timed;
	const struct entry *of = entries_find(&c->sockets->entries, x->cookie);
	struct record_exchange r = {
	    .id = id_make(x->cookie, of ? of->generation : 0),
	    .begin_ns = x->begin_ns,
	    .rx_bytes = x->rx_bytes,
	    .tx_bytes = x->tx_bytes,
	    .retrans = x->retrans,
	    .role = x->role,
	    .flags = x->flags,
	    .wakeup_ns = x->wakeup_ns,
	    .has = x->has,
	};

	memcpy(r.ns, x->ns, sizeof(r.ns));
	outbox_event(&c->out, RECORD_EXCHANGE, &r, true);
}

static int take_one(void *exchanges, void *record, size_t size)
{
	struct exchanges *e = exchanges;
	const struct abi_exchange *x = record;

	if (size >= sizeof(*x))
		put(e, x);
	return 0;
}

/* One that is over by now though nothing has followed: what the programs would say of it once something does. */
static void take_settled(struct exchanges *e, struct abi_turn *turn, u64 now)
{
	struct abi_turn t = *turn;
	struct abi_exchange x;

	if (!turn_is_settled(&t, now) || !turn_finish(&t, &x))
		return;
	turn->told = t.asked_first;
	put(e, &x);
}

/* Has its end passed unseen? */
static bool is_gone(const struct exchanges *e, const struct abi_turn *t, u64 now)
{
	u64 last = MAX(MAX(t->asked_last, t->told_last), MAX(t->read, t->acked));

	return now > last + GONE_NS && !entries_find(&e->source.c->sockets->entries, t->cookie);
}

static void look_at_turns(struct exchanges *e)
{
	u64 now = now_ns(), *cookie = e->sets.at;
	struct abi_turn *t = e->turns.at, *end = t + e->turns.bytes / sizeof(*t);

	for (; t && cookie && t < end; t++, cookie++) {
		if (!*cookie)
			continue;
		take_settled(e, t, now);
		if (is_gone(e, t, now))
			turn_leave(t, cookie);
	}
}

/* -- the source ---------------------------------------------------------------------------------------------------- */

static const struct bpf_map *ring_of(const struct hooks *h)
{
	return h->exchanges->maps.exchanges;
}

static void map_in(struct mapped *m, const struct bpf_map *map)
{
	if (!m->at)
		m->at = map_view(map, &m->bytes);
}

static void map_out(struct mapped *m)
{
	if (m->at)
		munmap(take(m->at), m->bytes);
}

/* What was lost since the collector has started. */
static struct record_exchanges lost(const struct exchanges *e)
{
	const struct exchanges_bpf *x = e->source.c->hooks->exchanges;

	return (struct record_exchanges){
	    .on = e->on,
	    .lost = e->lost + (x ? x->bss->lost_exchanges : 0),
	    .untold = e->untold + (x ? x->bss->lost_turns : 0),
	};
}

static int begins(struct source *s)
{
	static const char *const names[] = {"woken_wake_function", "ep_poll_callback", "pollwake"};
	struct exchanges *e = (struct exchanges *)s;
	struct exchanges_bpf__bss *bss = s->c->hooks->exchanges->bss;

	if (!e->functions[0])
		probe_functions(names, e->functions, ARRAY_SIZE(names));
	bss->wake_function = e->functions[0];
	sched_clock_begin(&e->clock, s->c->hooks);
	if (e->clock.link) {
		bss->epoll_function = e->functions[1];
		bss->poll_function = e->functions[2];
	}
	return 0;
}

static void ends(struct source *s)
{
	struct exchanges *e = (struct exchanges *)s;
	struct record_exchanges r = lost(e);

	map_out(&e->sets);
	map_out(&e->turns);
	sched_clock_end(&e->clock);
	e->lost = r.lost;
	e->untold = r.untold;
}

static const struct demand_class class = {.set = SET_EXCHANGES,
					  .vital = FEATURE_EXCHANGE_SEND,
					  .ring = ring_of,
					  .told = take_one,
					  .begins = begins,
					  .ends = ends};

static bool exchanges_want(struct source *s, const struct wishes *w)
{
	return demand_want(&((struct exchanges *)s)->demand, w->exchanges != 0);
}

static void exchanges_readable(struct source *s)
{
	demand_read(&((struct exchanges *)s)->demand);
}

static void put_state(struct exchanges *e)
{
	struct record_exchanges r = lost(e);

	stream_put(&e->source.c->tick, RECORD_EXCHANGES, &r);
}

/* Are there so many more sockets than when the size was chosen that some find no place? They are met anew then. */
static bool is_outgrown(const struct exchanges *e)
{
	size_t places = e->turns.bytes / sizeof(struct abi_turn);

	return places < ABI_TURNS_MOST && e->source.c->hooks->sockets > places / 2;
}

static void exchanges_tick(struct source *s)
{
	struct exchanges *e = (struct exchanges *)s;
	struct collector *c = s->c;
	bool was = e->on;

	c->hooks->sockets = c->sockets->entries.live;
	if (e->turns.at && is_outgrown(e))
		demand_stop(&e->demand, &class, s);
	sched_clock_look(&e->clock, c->hooks);
	e->on = demand_tick(&e->demand, &class, s);
	if (e->on) {
		map_in(&e->sets, c->hooks->exchanges->maps.turn_sets);
		map_in(&e->turns, c->hooks->exchanges->maps.turns);
		look_at_turns(e);
	}
	if (e->on || was)
		put_state(e);
}

static bool exchanges_stop(struct source *s)
{
	demand_stop(&((struct exchanges *)s)->demand, &class, s);
	return true;
}

const struct source_class exchanges_source = {
    .name = "exchanges",
    .size = sizeof(struct exchanges),
    .tick = exchanges_tick,
    .want = exchanges_want,
    .readable = exchanges_readable,
    .stop = exchanges_stop,
};
