/* The whole picture as records: what a model needs that begins in the middle of a stream. A section for each kind of
 * thing that is kept, in the order in which a model can take them in. */
#include "model.h"

#include <string.h>

#include "bounds.h"
#include "devices_private.h"
#include "layers_private.h"
#include "listeners_private.h"
#include "lives_private.h"
#include "losses_private.h"
#include "exchanges_private.h"
#include "packets.h"
#include "requests_private.h"
#include "rows_private.h"

/* Texts are printable where they are kept; what does not fit into the record is cut. */
static void put_text(u8 *dst, size_t size, const char *text)
{
	memcpy(dst, text, strnlen(text, size));
}
#define PUT_TEXT(field, text) put_text(field, sizeof(field), text)

/* -- the machine and its names ------------------------------------------------------------------------------------- */

static bool write_hello(const struct model *m, u32 at, struct buf *out)
{
	if (!at)
		stream_put(out, RECORD_KEY, &(struct record_key){.number = m->tick.number});
	if (!at && m->host.has_hello)
		stream_put(out, RECORD_HELLO, &m->host.hello);
	return !at;
}

static bool write_feature(const struct model *m, u32 at, struct buf *out)
{
	if (at < m->host.feature_count)
		stream_put(out, RECORD_FEATURE, &m->host.features[at]);
	return at < m->host.feature_count;
}

static bool write_name(const struct model *m, u32 at, struct buf *out)
{
	const struct name *n = at < m->host.name_count ? &m->host.names[at] : NULL;
	struct record_name r = {};

	if (!n)
		return false;
	r.kind = n->kind;
	r.key = n->key;
	r.scope = n->scope;
	PUT_TEXT(r.text, n->text);
	stream_put(out, RECORD_NAME, &r);
	return true;
}

static bool write_ports(const struct model *m, u32 at, struct buf *out)
{
	if (at < m->host.ports_count)
		stream_put(out, RECORD_PORTS, &m->host.ports[at]);
	return at < m->host.ports_count;
}

static void write_cmdline(const struct process *p, struct buf *out)
{
	struct record_cmdline r = {.pid = p->pid, .whole = !p->cut};

	PUT_TEXT(r.text, p->cmdline);
	stream_put(out, RECORD_CMDLINE, &r);
}

static bool write_process(const struct model *m, u32 at, struct buf *out)
{
	const struct process *p = at < m->processes.count ? &m->processes.at[at] : NULL;
	struct record_process r = {};

	if (!p)
		return false;
	r.pid = p->pid;
	r.mntns = p->mntns;
	r.pidns = p->pidns;
	r.start_ns = p->start_ns;
	PUT_TEXT(r.exe, p->exe);
	stream_put(out, RECORD_PROCESS, &r);
	if (p->cmdline)
		write_cmdline(p, out);
	return true;
}

static bool write_host(const struct model *m, u32 at, struct buf *out)
{
	const struct host_name *n = at < m->hosts.count ? &m->hosts.at[at] : NULL;
	struct record_host r = {};

	if (!n)
		return false;
	if (n->from == HOST_UNNAMED)
		return true;
	r.family = n->family;
	r.from = n->from;
	memcpy(r.address, n->address, sizeof(r.address));
	PUT_TEXT(r.name, n->name);
	stream_put(out, RECORD_HOST, &r);
	return true;
}

/* -- devices ------------------------------------------------------------------------------------------------------- */

enum visit { VISIT_BEFORE, VISIT_LAST };

/* Has the last visit, which was not the first, told something of it? */
static bool has_moved(const struct of_stack *o)
{
	return o->visit == o->stack->visits && o->stack->visits > 1;
}

/* What is told of a row with a visit: with the last one what has changed since the one before, so that rates are known
 * by both. A row that has only been there since the last is not told with the one before. */
static bool is_told(const struct of_stack *o, enum visit v, bool is_new)
{
	return v == VISIT_LAST ? has_moved(o) : !(has_moved(o) && is_new);
}

static void write_devices(const struct model *m, const struct stack *stack, enum visit v, struct buf *out)
{
	const struct shelf *s = &m->devices->shelves[SHELF_DEVICES];

	for (u32 i = stack->first[0]; i != IDMAP_NONE;) {
		const struct device *d = s->rows[i];
		if (is_told(&d->of, v, d->of.fresh))
			stream_put(out, RECORD_DEVICE, v == VISIT_BEFORE && has_moved(&d->of) ? &d->before : &d->r);
		i = d->of.next;
	}
}

static void write_counters(const struct model *m, const struct stack *stack, enum visit v, struct buf *out)
{
	const struct shelf *s = &m->devices->shelves[SHELF_COUNTERS];

	for (u32 i = stack->first[1]; i != IDMAP_NONE;) {
		const struct counter *c = s->rows[i];
		if (is_told(&c->of, v, !c->before.value))
			stream_put(out, RECORD_COUNTER, v == VISIT_BEFORE && has_moved(&c->of) ? &c->before : &c->r);
		i = c->of.next;
	}
}

static void write_cpus(const struct model *m, const struct stack *stack, enum visit v, struct buf *out)
{
	const struct shelf *s = &m->devices->shelves[SHELF_CPUS];

	for (u32 i = 0; i < s->end; i++) {
		const struct cpu_queue *c = s->rows[i];

		if (c && c->of.stack == stack && is_told(&c->of, v, false))
			stream_put(out, RECORD_CPU, v == VISIT_BEFORE && has_moved(&c->of) ? &c->before : &c->r);
	}
}

static void write_visit(const struct model *m, const struct stack *stack, enum visit v, struct buf *out)
{
	stream_put(out, RECORD_SPACE, v == VISIT_BEFORE && stack->visits > 1 ? &stack->before : &stack->r);
	write_devices(m, stack, v, out);
	write_counters(m, stack, v, out);
	write_cpus(m, stack, v, out);
}

/* The namespace that was visited last comes last: more of that visit may follow. */
static bool write_stack(const struct model *m, u32 at, struct buf *out)
{
	const struct shelf *s = &m->devices->shelves[SHELF_STACKS];
	const struct stack *last = m->devices->last, *stack = at < s->end ? s->rows[at] : last;

	if (at > s->end)
		return false;
	if (!stack || (at < s->end && stack == last))
		return true;
	write_visit(m, stack, VISIT_BEFORE, out);
	if (stack->visits > 1)
		write_visit(m, stack, VISIT_LAST, out);
	return true;
}

static bool write_attached(const struct model *m, u32 at, struct buf *out)
{
	if (at < m->attached.count)
		stream_put(out, RECORD_ATTACHED, &m->attached.at[at]);
	return at < m->attached.count;
}

static bool write_nat(const struct model *m, u32 at, struct buf *out)
{
	if (at < m->nat.count)
		stream_put(out, RECORD_NAT, &m->nat.at[at]);
	return at < m->nat.count;
}

/* -- sockets ------------------------------------------------------------------------------------------------------- */

/* One that is only known to be gone has no end of its own. */
static bool write_row(const struct model *m, u32 at, struct buf *out)
{
	const struct row *r = at < m->rows_end ? &model_slot(m, at)->row : NULL;
	const struct record_interception *taken;
	struct record_socket s;

	if (!r || !r->live)
		return r;
	s = r->s;
	s.id = model_socket_id(m, s.id);
	stream_put(out, RECORD_SOCKET, &s);
	taken = model_interception(m, r);
	if (taken)
		stream_put(out, RECORD_INTERCEPTION, taken);
	if (r->info)
		stream_put(out, RECORD_INFO, r->info);
	if (r->closed && !(s.flags & SOCKET_ENDED))
		stream_put(out, RECORD_GONE, &(struct record_gone){.id = s.id, .time_ns = s.ended_ns});
	return true;
}

static bool write_listener(const struct model *m, u32 at, struct buf *out)
{
	struct record_listener r;

	if (at >= m->listeners->count)
		return false;
	r = m->listeners->at[at]->l.r;
	r.id = model_socket_id(m, r.id);
	stream_put(out, RECORD_LISTENER, &r);
	return true;
}

/* -- losses -------------------------------------------------------------------------------------------------------- */

static bool write_charge(const struct model *m, u32 at, struct buf *out)
{
	const struct losses *l = m->losses;
	const struct loss_charge *c = at < l->charge_count ? &l->charges[at] : NULL;

	if (c)
		stream_put(
		    out, RECORD_CHARGE,
		    &(struct record_charge){
			.id = model_socket_id(m, c->id), .has = CHARGE_DROPS, .base = c->base, .count = c->count});
	return c;
}

static bool write_refusals(const struct model *m, u32 at, struct buf *out)
{
	const struct losses *l = m->losses;
	const struct loss_listener *k = at < l->listener_count ? &l->listeners[at] : NULL;

	if (k)
		stream_put(out, RECORD_CHARGE,
			   &(struct record_charge){.id = model_socket_id(m, k->id),
						   .has = CHARGE_LISTENER,
						   .counter = k->counter,
						   .owed = k->owed});
	return k;
}

static bool write_loss_count(const struct model *m, u32 at, struct buf *out)
{
	if (at < m->losses->count)
		stream_put(out, RECORD_LOSS_COUNT, &m->losses->counts[at].r);
	return at < m->losses->count;
}

/* -- what is measured ---------------------------------------------------------------------------------------------- */

static void pack(size_t count, const struct histogram *h, u64 *n, u64 *sum_ns, u64 *max_ns, u32 *buckets)
{
	for (size_t i = 0; i < count; i++) {
		n[i] = h[i].n;
		sum_ns[i] = h[i].sum_ns;
		max_ns[i] = h[i].max_ns;
		memcpy(buckets + i * LAYER_BUCKETS, h[i].buckets, sizeof(h[i].buckets));
	}
}

static void put_layers(const struct model *m, const struct layers *l, u64 id, struct buf *out)
{
	struct record_layers r = {.id = id};

	if (!l || !l->times.s.last || l->times.epoch != m->layers->epoch)
		return;
	pack(LAYER_COUNT, l->times.s.now, r.n, r.sum_ns, r.max_ns, r.buckets);
	stream_put(out, RECORD_LAYERS, &r);
}

/* The last word on each, as it comes with each tick. */
static bool write_states(const struct model *m, u32 at, struct buf *out)
{
	const struct model_layers *ml = m->layers;

	if (at)
		return false;
	if (m->losses->known)
		stream_put(out, RECORD_LOSSES, &m->losses->worth);
	if (m->exchanges->on)
		stream_put(out, RECORD_EXCHANGES, &(struct record_exchanges){.on = 1, .lost = m->exchanges->lost});
	if (m->requests->on)
		stream_put(
		    out, RECORD_BEGINNINGS,
		    &(struct record_beginnings){.on = 1, .lost = m->requests->lost, .reads = m->requests->reads});
	if (ml->has_stages)
		stream_put(out, RECORD_STAGES, &ml->stages);
	if (!ml->on)
		return true;
	put_layers(m, ml->machine, 0, out);
	put_layers(m, ml->echo, ECHO_ID, out);
	if (model_netfilter(m))
		stream_put(out, RECORD_NETFILTER, &ml->netfilter);
	return true;
}

static bool write_layers(const struct model *m, u32 at, struct buf *out)
{
	const struct model_layers *ml = m->layers;
	const struct layers *l = ml->on && at < ml->slot_end ? ml->slots[at].l : NULL;

	if (l)
		put_layers(m, l, model_socket_id(m, l->times.id), out);
	return ml->on && at < ml->slot_end;
}

static bool write_tick(const struct model *m, u32 at, struct buf *out)
{
	if (!at)
		stream_put(out, RECORD_TICK, &m->tick);
	return !at;
}

/* -- all of it ----------------------------------------------------------------------------------------------------- */

/* Each writes its item `at`, which may be nothing; false: it has no more. */
static bool (*const sections[])(const struct model *m, u32 at, struct buf *out) = {
    write_hello,    write_feature,    write_name,   write_ports,  write_process,  write_host,
    write_stack,    write_attached,   write_nat,    write_row,    write_listener, write_charge,
    write_refusals, write_loss_count, write_states, write_layers, write_tick,
};

bool model_write(const struct model *m, struct model_writer *w, struct buf *out, u64 deadline_ns)
{
	for (u32 done = 1; w->section < ARRAY_SIZE(sections); done++) {
		if (sections[w->section](m, w->at, out)) {
			w->at++;
		} else {
			w->section++;
			w->at = 0;
		}
		if (is_time_up(deadline_ns, done))
			break;
	}
	return w->section == ARRAY_SIZE(sections);
}

void model_set_like(struct model *m, const struct model *other)
{
	model_set_prefixes(m, other->prefixes);
	model_set_host(m, other->host.number);
	model_limit(m, other->rows_max, other->bytes_max);
	model_keep_closed(m, other->closed_keep);
	model_keep_lives(m, other->lives->events.most);
	packets_keep_like(m->packets, other->packets);
	m->requests->values = other->requests->values;
	/* What it says about a moment is looked at, not told again. */
	model_layers_set_alarm(m, model_layers_has_alarm(other));
}
