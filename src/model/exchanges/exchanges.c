/* Takes exchanges in, each for its socket, and works out a socket's figures when somebody asks. */
#include "exchanges.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "clock.h"
#include "exchanges_private.h"

#define EXCHANGES_COMING_MAX (1U << 18) /* 104 bytes each */

int exchanges_init(struct model *m)
{
	m->exchanges = calloc(1, sizeof(*m->exchanges));
	if (!m->exchanges)
		return -ENOMEM;
	ring_init(&m->exchanges->events, sizeof(struct exchange), EXCHANGES_MAX);
	ring_init(&m->exchanges->slow.kept, sizeof(struct exchange), MODEL_EXCHANGES_SLOW);
	m->exchanges->rate = NAN;
	return 0;
}

void exchanges_deinit(struct model *m)
{
	struct model_exchanges *e = m->exchanges;

	if (!e)
		return;
	ring_deinit(&e->events);
	ring_deinit(&e->slow.kept);
	idmap_deinit(&e->flows);
	idmap_deinit(&e->ids);
	free(e->coming);
	free(e->sockets);
	free(e->figures);
	free(e->free);
	free(take(m->exchanges));
}

/* -- records in ---------------------------------------------------------------------------------------------------- */

static u64 whole(const struct record_exchange *rec)
{
	u64 sum = 0;

	for (unsigned part = 0; part < EXCHANGE_PARTS; part++)
		if (exchange_has_part(rec->role, part))
			sum += rec->ns[part];
	return sum;
}

int take_exchange(struct model *m, const struct record_exchange *rec)
{
	struct model_exchanges *e = m->exchanges;
	int r;

	if (e->coming_count == EXCHANGES_COMING_MAX) {
		e->unseen++;
		return 0;
	}
	r = array_append(&e->coming, &e->coming_cap, e->coming_count, sizeof(*e->coming));
	if (r < 0)
		return r;
	e->coming[e->coming_count++] = (struct exchange_coming){.rec = *rec, .tick = m->tick.number + 1};
	return 0;
}

void take_exchanges(struct model *m, const struct record_exchanges *rec)
{
	m->exchanges->on = rec->on;
	m->exchanges->lost = rec->lost + rec->untold;
}

/* What is kept of a socket, made if need be; NULL: out of memory. */
static struct exchange_socket *socket_get(struct model *m, const struct row *r)
{
	struct model_exchanges *e = m->exchanges;
	u32 at = idmap_get(&e->ids, r->s.id);

	if (at != IDMAP_NONE)
		return &e->sockets[at];
	if (!e->free_count && array_append(&e->sockets, &e->cap, e->end, sizeof(*e->sockets)) < 0)
		return NULL;
	at = e->free_count ? e->free[e->free_count - 1] : e->end;
	if (idmap_set(&e->ids, r->s.id, at) < 0)
		return NULL;
	if (e->free_count)
		e->free_count--;
	else
		e->end++;
	e->sockets[at] = (struct exchange_socket){};
	e->looked_up = 0;
	exchange_pairs_meet(m, &e->sockets[at], r);
	return &e->sockets[at];
}

void exchanges_drop(struct model *m, u64 id)
{
	struct model_exchanges *e = m->exchanges;
	u32 at = e->end ? idmap_remove(&e->ids, id) : IDMAP_NONE;

	if (at == IDMAP_NONE)
		return;
	exchange_pairs_drop(e, &e->sockets[at]);
	e->looked_up = 0;
	/* Without memory its place is lost. */
	if (array_append(&e->free, &e->free_cap, e->free_count, sizeof(*e->free)) == 0)
		e->free[e->free_count++] = at;
}

/* The socket as it is now, with what belongs to the exchange. */
static void fill(struct exchange *x, const struct row *r, const struct record_exchange *rec)
{
	x->r = *r;
	x->r.history = NULL;
	x->r.info = NULL;
	x->r.tagged = 0;
	x->r.s.rx_bytes = rec->rx_bytes;
	x->r.s.tx_bytes = rec->tx_bytes;
	x->r.s.retrans = rec->retrans;
	x->r.s.has |= HAS_RX_BYTES | HAS_TX_BYTES;
	x->begin_ns = rec->begin_ns;
	x->whole_ns = whole(rec);
	memcpy(x->ns, rec->ns, sizeof(x->ns));
	x->role = rec->role;
	x->flags = rec->flags;
	x->has = (u8)rec->has;
	x->wakeup_ns = rec->wakeup_ns;
}

static void place(struct model_exchanges *e, struct exchange_socket *s, struct exchange *x)
{
	x->number = e->events.end - 1;
	x->before = s->newest;
	s->n = s->tick == x->tick ? s->n + 1 : 1;
	s->newest = x->number;
	s->tick = x->tick;
	if (!x->flags)
		exchange_learn(s, x);
}

/* The oldest makes room, if there is none. */
static void make_room(struct model_exchanges *e, u64 tick)
{
	const struct exchange *oldest;

	if (ring_reserve(&e->events) <= 0)
		return;
	oldest = ring_get(&e->events, e->events.first);
	e->unseen += oldest->tick == tick;
	e->behind -= oldest->behind;
}

struct exchange *exchange_say(struct model *m, const struct row *r, const struct row *end,
			      const struct record_exchange *rec)
{
	struct model_exchanges *e = m->exchanges;
	struct exchange_socket *s = socket_get(m, r);
	struct exchange *x;

	make_room(e, m->tick.number);
	x = s ? ring_add(&e->events) : NULL;
	if (!x) {
		e->unseen++;
		return NULL;
	}
	fill(x, end, rec);
	x->tick = m->tick.number;
	place(e, s, x);
	return x;
}

void exchange_said(struct model *m, struct exchange *x, struct exchange *server)
{
	if (server)
		exchange_join(m, x, server);
	m->exchanges->calls += !server;
	exchange_slow_offer(&m->exchanges->slow, x);
}

/* false: its socket is not known. Without memory it counts as one that nobody has seen. */
static bool settle(struct model *m, const struct record_exchange *rec)
{
	struct model_exchanges *e = m->exchanges;
	u32 index = idmap_get(&m->ids, model_key(m, rec->id));
	const struct row *r = index == IDMAP_NONE ? NULL : model_row(m, index);
	struct exchange *x;

	if (!r)
		return false;
	x = exchange_say(m, r, r, rec);
	if (!x)
		return true;
	if (e->over)
		e->over(m, x);
	e->calls += !exchange_pair(m, exchange_kept(m, r), r, x);
	exchange_slow_offer(&e->slow, x);
	return true;
}

bool exchanges_settle(struct model *m, u64 deadline_ns)
{
	struct model_exchanges *e = m->exchanges;

	while (e->settled < e->coming_count) {
		const struct exchange_coming c = e->coming[e->settled++];
		bool known = settle(m, &c.rec);

		if (!known && c.tick + EXCHANGE_PATIENCE > m->tick.number)
			e->coming[e->kept++] = c;
		else
			e->unseen += !known;
		if (is_time_up(deadline_ns, e->settled))
			return false;
	}
	e->coming_count = e->kept;
	e->settled = e->kept = 0;
	return true;
}

void exchanges_end_tick(struct model *m, u64 elapsed_ns)
{
	struct model_exchanges *e = m->exchanges;

	e->unseen -= exchange_slow_end_tick(&e->slow, e->events.first);
	e->round++;
	e->figure_count = 0;
	e->rate = e->on && elapsed_ns ? (double)e->calls * (double)NSEC_PER_SEC / (double)elapsed_ns : NAN;
	e->calls = 0;
}

/* -- a socket's ---------------------------------------------------------------------------------------------------- */

struct exchange_socket *exchange_kept(const struct model *m, const struct row *r)
{
	struct model_exchanges *e = m->exchanges;

	if (!e->end)
		return NULL;
	/* One column of a row is asked for after the other. */
	if (e->looked_up != r->s.id) {
		e->looked_up = r->s.id;
		e->found = idmap_get(&e->ids, r->s.id);
	}
	return e->found == IDMAP_NONE ? NULL : &e->sockets[e->found];
}

struct exchange_socket *exchange_socket(const struct model *m, const struct row *r)
{
	return m->exchanges->on ? exchange_kept(m, r) : NULL;
}

const struct exchange *row_exchange(const struct model *m, const struct row *r)
{
	const struct exchange_socket *s = exchange_socket(m, r);

	return s ? model_exchange(m, s->newest) : NULL;
}

double row_exchange_rate(const struct model *m, const struct row *r)
{
	const struct exchange_socket *s = exchange_socket(m, r);

	if (!s || !m->settling.elapsed)
		return NAN;
	return s->tick == m->tick.number ? (double)s->n * (double)NSEC_PER_SEC / (double)m->settling.elapsed : 0;
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

u64 model_exchanges_newest(const struct model *m)
{
	return m->exchanges->events.end - 1;
}

const struct exchange *model_exchange(const struct model *m, u64 number)
{
	return number ? ring_get(&m->exchanges->events, number) : NULL;
}

u64 model_exchanges_calls(const struct model *m)
{
	return model_exchanges_newest(m) - m->exchanges->pairs;
}

bool model_exchanges_on(const struct model *m)
{
	return m->exchanges->on;
}

double model_exchanges_rate(const struct model *m)
{
	return m->exchanges->rate;
}

u64 model_exchanges_lost(const struct model *m)
{
	return m->exchanges->lost + m->exchanges->unseen;
}

/* -- words --------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool of_client, of_server;
	enum exchange_place place;
} parts[EXCHANGE_PARTS] = {
    [EXCHANGE_IN] = {"in", true, true, PLACE_NETWORK},        [EXCHANGE_WAIT] = {"wait", true, true, PLACE_PROGRAM},
    [EXCHANGE_THINK] = {"think", false, true, PLACE_PROGRAM}, [EXCHANGE_WRITE] = {"write", true, true, PLACE_PROGRAM},
    [EXCHANGE_OUT] = {"out", false, true, PLACE_NETWORK},     [EXCHANGE_AWAY] = {"away", true, false, PLACE_NETWORK},
};

bool exchange_has_part(unsigned role, enum exchange_part part)
{
	return role == EXCHANGE_SERVER ? parts[part].of_server : parts[part].of_client;
}

enum exchange_place exchange_part_place(enum exchange_part part)
{
	return parts[part].place;
}

const char *exchange_part_name(unsigned part)
{
	return part < EXCHANGE_PARTS ? parts[part].name : "?";
}

const char *exchange_role_name(unsigned role)
{
	static const char *const names[] = {"?", "client", "server"};

	return names[role < ARRAY_SIZE(names) ? role : 0];
}

enum exchange_outcome exchange_outcome(const struct exchange *x)
{
	if (x->flags & EXCHANGE_TIMED_OUT)
		return OUTCOME_TIMED_OUT;
	if (x->flags & EXCHANGE_RESET)
		return OUTCOME_RESET;
	if (x->flags & EXCHANGE_NO_ANSWER)
		return OUTCOME_NO_ANSWER;
	if (x->flags & EXCHANGE_CUT)
		return OUTCOME_CUT;
	if (x->flags & EXCHANGE_OVERLAP)
		return OUTCOME_OVERLAP;
	return x->flags & EXCHANGE_PARTLY ? OUTCOME_PARTLY : OUTCOME_ANSWERED;
}

const char *exchange_outcome_name(unsigned outcome)
{
	static const char *const names[OUTCOMES] = {"answered", "overlap", "partly",   "no_answer",
						    "cut",      "reset",   "timed_out"};

	return outcome < OUTCOMES ? names[outcome] : "?";
}
