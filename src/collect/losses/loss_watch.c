/* Reads events from the ring and totals from the map, and reports them with the names that both need. */
#include "loss_watch.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "clock.h"
#include "hooks.h"
#include "loss_convert.h"
#include "losses.skel.h"
#include "maps.h"
#include "reasons.h"
#include "sockets.h"
#include "symbols.h"

#define WAITING_MAX (32U << 20) /* bytes of events between two ticks: about 12 seconds at the limit in the kernel */
#define KEEP_BYTES (256U << 10)
#define TOTALS_MAX 4096 /* size of the map loss_counts */

struct loss_total {
	struct abi_loss_key key;
	u64 sent;
	u64 now; /* while the map is read: several entries can be one total */
};

struct loss_watch {
	struct source source;
	struct ring_buffer *ring; /* owned; NULL: losses are not watched */
	struct reasons *reasons;  /* owned; the kernel's names of reasons */
	struct symbols symbols;
	struct buf waiting;        /* struct abi_loss: read and not reported yet */
	struct idmap places;       /* key of a total → its index in totals */
	struct loss_total *totals; /* owned */
	u32 total_count, total_cap;
	u64 overflow; /* events that did not fit into `waiting` */
	u64 since_ns;
};

static int keep(void *losses, void *record, size_t size)
{
	struct loss_watch *l = losses;

	if (size < sizeof(struct abi_loss))
		return 0;
	if (buf_len(&l->waiting) + sizeof(struct abi_loss) > WAITING_MAX) {
		l->overflow++;
		return 0;
	}
	buf_put(&l->waiting, record, sizeof(struct abi_loss));
	if (l->waiting.failed) {
		l->waiting.failed = false;
		l->overflow++;
	}
	return 0;
}

/* If the ring has no file descriptor, it is read with each tick. */
static int start_watch(struct loss_watch *l, struct error *err)
{
	struct hooks *h = l->source.c->hooks;
	const struct btf *types = hooks_types(h, &(struct error){});

	l->since_ns = now_ns();
	l->reasons = types ? reasons_new(types) : NULL;
	l->ring = ring_buffer__new(bpf_map__fd(h->losses->maps.losses), keep, l, NULL);
	if (!l->ring)
		return error_set(err, -errno, "cannot open the ring buffer of losses: %s", strerror(errno));
	(void)!source_watch(&l->source, ring_buffer__epoll_fd(l->ring));
	return 0;
}

/* If this fails, the features' records say that nothing serves them. */
static int losses_start(struct source *s, struct error *err)
{
	struct collector *c = s->c;

	if (hooks_load(c->hooks, SET_LOSSES, err) == 0)
		(void)!start_watch((struct loss_watch *)s, err);
	hooks_report(c->hooks, SET_LOSSES, &c->out);
	return 0;
}

static bool losses_stop(struct source *s)
{
	struct loss_watch *l = (struct loss_watch *)s;

	ring_buffer__free(l->ring);
	reasons_free(l->reasons);
	symbols_deinit(&l->symbols);
	buf_deinit(&l->waiting);
	idmap_deinit(&l->places);
	free(l->totals);
	return true;
}

static void losses_readable(struct source *s)
{
	struct loss_watch *l = (struct loss_watch *)s;

	if (l->ring)
		ring_buffer__consume(l->ring);
}

/* -- names --------------------------------------------------------------------------------------------------------- */

static void send_name(struct outbox *out, enum name_kind kind, u64 key, const char *text)
{
	struct record_name r = {.kind = kind, .key = key};

	memcpy(r.text, text, MIN(strlen(text), sizeof(r.text) - 1));
	outbox_name(out, &r);
}

static void send_symbol(void *out, u64 address, const char *text)
{
	send_name(out, NAME_SYMBOL, address, text);
}

static enum name_kind reason_kind(u8 kind)
{
	return kind == ABI_DROP ? NAME_DROP_REASON : NAME_RESET_REASON;
}

/* Sent with the first total of that reason, which precedes its events. */
static void send_reason(const struct loss_watch *l, struct outbox *out, const struct abi_loss_key *key)
{
	const char *name;

	if (key->kind == ABI_RETRANSMIT || !key->has_reason)
		return;
	name = reasons_name(l->reasons, reason_kind(key->kind), key->reason);
	if (name)
		send_name(out, reason_kind(key->kind), key->reason, name);
}

/* -- totals -------------------------------------------------------------------------------------------------------- */

/* Is a drop a loss? Where the program in the kernel cannot decide, the function that dropped the packet does. */
static enum reason_class drop_class(const struct loss_watch *l, u64 location, u32 reason, bool has_reason, u8 missed)
{
	enum symbol_kind where = symbols_kind(&l->symbols, location);

	/* what was left in a queue when that was emptied */
	if (where == SYMBOL_NO_LOSS)
		return REASON_PURGED;
	/* tcp_v4_rcv(): TIME_WAIT has answered the FIN. From 6.12 on this is not reported as a drop. */
	if (missed == ABI_UNMISSED || (missed == ABI_MISSED_FIN && where == SYMBOL_TCP_ENTRY))
		return REASON_UNMISSED;
	return has_reason ? reasons_class(l->reasons, reason) : REASON_LOSS;
}

/* The index of a total, which is made if it is new; NULL: out of memory. */
static struct loss_total *total_of(struct loss_watch *l, struct outbox *out, const struct abi_loss_key *key)
{
	u64 id =
	    idmap_hash(idmap_hash(key->location) ^ ((u64)key->reason << 16 | key->kind << 8 | key->has_reason)) | 1;
	u32 i = idmap_get(&l->places, id);

	if (i != IDMAP_NONE)
		return &l->totals[i];
	if (array_append(&l->totals, &l->total_cap, l->total_count, sizeof(*l->totals)) < 0 ||
	    idmap_set(&l->places, id, l->total_count) < 0)
		return NULL;
	send_reason(l, out, key);
	l->totals[l->total_count] = (struct loss_total){.key = *key};
	return &l->totals[l->total_count++];
}

static void send_total(struct loss_total *t, struct buf *tick)
{
	struct record_loss_count r = {.location = t->key.location,
				      .count = t->now,
				      .reason = t->key.reason,
				      .kind = t->key.kind,
				      .has_reason = t->key.has_reason};

	if (!t->now || t->sent == t->now) /* 0: the map could not be read */
		return;
	stream_put(tick, RECORD_LOSS_COUNT, &r);
	t->sent = t->now;
}

/* The totals as the programs have them now. */
struct loss_totals {
	struct total {
		struct abi_loss_key key;
		u64 count;
	} * at;
	u32 n;
};

static void take_total(void *totals, const void *key, const void *value)
{
	struct loss_totals *t = totals;

	if (t->n == TOTALS_MAX)
		return;
	memcpy(&t->at[t->n].key, key, sizeof(t->at->key));
	memcpy(&t->at[t->n++].count, value, sizeof(t->at->count));
}

/* Reads the whole map into an array that the caller frees. */
static struct loss_totals read_totals(const struct loss_watch *l)
{
	struct loss_totals t = {.at = calloc(TOTALS_MAX, sizeof(*t.at))};

	if (t.at && map_each(l->source.c->hooks->losses->maps.loss_counts,
			     hooks_program(l->source.c->hooks, FEATURE_LOSS_WALK, 0), sizeof(u64), take_total, &t) < 0)
		t.n = 0; /* the next tick will have them */
	return t;
}

static void send_totals(struct loss_watch *l, struct outbox *out, struct buf *tick, const struct loss_totals *totals,
			struct record_losses *r)
{
	for (u32 i = 0; i < l->total_count; i++)
		l->totals[i].now = 0;
	for (u32 i = 0; i < totals->n; i++) {
		const struct abi_loss_key *k = &totals->at[i].key;
		u64 count = totals->at[i].count;
		struct loss_total *t;
		enum reason_class class =
		    k->kind == ABI_DROP ? drop_class(l, k->location, k->reason, k->has_reason, k->missed) : REASON_LOSS;

		if (class == REASON_PURGED)
			r->purged += count;
		else if (class != REASON_LOSS)
			r->unmissed += count;
		else if ((t = total_of(l, out, k)))
			t->now += count;
	}
	for (u32 i = 0; i < l->total_count; i++)
		send_total(&l->totals[i], tick);
}

/* -- how complete the events are ----------------------------------------------------------------------------------- */

static void add_stats(const struct loss_watch *l, struct record_losses *r)
{
	u32 cpus;
	const struct abi_loss_stats *each =
	    hooks_view(l->source.c->hooks, l->source.c->hooks->losses->maps.loss_stats, &cpus);

	for (u32 i = 0; i < cpus; i++) {
		r->limited += each[i].limited;
		r->lost += each[i].lost;
		r->uncounted += each[i].uncounted;
		r->foreign += each[i].foreign;
	}
}

/* -- events -------------------------------------------------------------------------------------------------------- */

static const struct abi_loss *event_at(const struct loss_watch *l, size_t i)
{
	return (const struct abi_loss *)(const void *)buf_at(&l->waiting) + i;
}

static void want_names(struct loss_watch *l, const struct loss_totals *t)
{
	size_t events = buf_len(&l->waiting) / sizeof(struct abi_loss);

	for (u32 i = 0; i < t->n; i++)
		symbols_want(&l->symbols, t->at[i].key.location);
	for (size_t i = 0; i < events; i++) {
		symbols_want(&l->symbols, event_at(l, i)->location);
		for (size_t k = 0; k < ABI_LOSS_STACK && event_at(l, i)->stack[k]; k++)
			symbols_want(&l->symbols, event_at(l, i)->stack[k]);
	}
}

/* It has no total as long as it is not known to be a loss. */
static void send_foreign_reason(struct loss_watch *l, struct outbox *out, const struct abi_loss *a)
{
	struct abi_loss_key key = {.location = a->location,
				   .reason = a->reason,
				   .kind = a->kind,
				   .has_reason = (a->flags & ABI_LOSS_REASON) != 0};

	(void)total_of(l, out, &key);
}

static void send_events(struct loss_watch *l, const struct entries *table, struct outbox *out)
{
	size_t events = buf_len(&l->waiting) / sizeof(struct abi_loss);

	for (size_t i = 0; i < events; i++) {
		const struct abi_loss *a = event_at(l, i);
		const struct entry *e = a->cookie ? entries_find(table, a->cookie) : NULL;
		struct record_loss r;

		if (a->kind == ABI_DROP &&
		    drop_class(l, a->location, a->reason, a->flags & ABI_LOSS_REASON, a->missed) != REASON_LOSS)
			continue;
		if (a->flags & ABI_LOSS_FOREIGN)
			send_foreign_reason(l, out, a);
		loss_convert(a, e ? e->generation : 0, &r);
		outbox_event(out, RECORD_LOSS, &r, true);
	}
	buf_reset(&l->waiting, KEEP_BYTES);
}

/* Sends the new events with their names, the totals, and how complete they are. */
static void losses_tick(struct source *s)
{
	struct loss_watch *l = (struct loss_watch *)s;
	struct collector *c = s->c;
	struct record_losses r = {.since_ns = l->since_ns};
	cleanup_free struct total *owned = NULL;
	struct loss_totals t;

	if (!l->ring)
		return;
	losses_readable(s);
	/* Read after the events, so that none is without its total. */
	t = read_totals(l);
	owned = t.at;
	want_names(l, &t);
	symbols_resolve(&l->symbols, send_symbol, &c->out);
	send_totals(l, &c->out, &c->tick, &t, &r);
	send_events(l, &c->sockets->entries, &c->out);
	add_stats(l, &r);
	r.lost += l->overflow;
	r.limit = c->hooks->losses->rodata->limit_per_second;
	stream_put(&c->tick, RECORD_LOSSES, &r);
}

static void losses_resend(struct source *s)
{
	struct loss_watch *l = (struct loss_watch *)s;

	for (u32 i = 0; i < l->total_count; i++)
		l->totals[i].sent = 0;
}

const struct source_class losses_source = {
    .name = "losses",
    .size = sizeof(struct loss_watch),
    .late = true,
    .start = losses_start,
    .tick = losses_tick,
    .resend = losses_resend,
    .readable = losses_readable,
    .stop = losses_stop,
};
