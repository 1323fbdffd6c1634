/* The layers' histograms: records in, figures of a span of time out. What is cumulative is compared with marks of
 * earlier ticks; counters that fell were begun anew in the kernel, and so are ours. */
#include "layers.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "model_private.h"

/* Counts and buckets are read one after the other while packets pass: so far they may differ. */
#define TORN_PACKETS 1000
#define TORN_SHARE 64 /* 1 in so many */

/* -- words --------------------------------------------------------------------------------------------------------- */

static const char *const names[LAYER_ROWS] = {
    [LAYER_RX_MAC] = "rx_mac",
    [LAYER_RX_IP] = "rx_ip",
    [LAYER_RX_TCP] = "rx_tcp",
    [LAYER_RX_APP] = "rx_app",
    [LAYER_TX_TCP] = "tx_tcp",
    [LAYER_TX_IP] = "tx_ip",
    [LAYER_TX_QDISC] = "tx_qdisc",
    [LAYER_TX_NIC] = "tx_nic",
    [LAYER_RX_WAKEUP] = "rx_wakeup",
    [LAYER_TX_PACED] = "tx_paced",
    [LAYER_RX_GRO] = "rx_gro",
    [LAYER_TX_DIRECT] = "tx_direct",
    [LAYER_HOOK(NETFILTER_PRE_ROUTING)] = "nf_pre_routing",
    [LAYER_HOOK(NETFILTER_LOCAL_IN)] = "nf_local_in",
    [LAYER_HOOK(NETFILTER_FORWARD)] = "nf_forward",
    [LAYER_HOOK(NETFILTER_LOCAL_OUT)] = "nf_local_out",
    [LAYER_HOOK(NETFILTER_POST_ROUTING)] = "nf_post_routing",
};

/* What each part is part of. */
static const enum layer wholes[LAYER_COUNT - LAYER_PARTS] = {
    [LAYER_RX_WAKEUP - LAYER_PARTS] = LAYER_RX_APP,
    [LAYER_TX_PACED - LAYER_PARTS] = LAYER_TX_QDISC,
    [LAYER_RX_GRO - LAYER_PARTS] = LAYER_RX_MAC,
    [LAYER_TX_DIRECT - LAYER_PARTS] = LAYER_TX_QDISC,
};

const char *layer_name(unsigned layer)
{
	return layer < LAYER_ROWS ? names[layer] : "?";
}

const char *layer_short_name(unsigned layer)
{
	return layer < LAYER_ROWS ? names[layer] + strlen("rx_") : "?";
}

u64 layer_bucket_start(unsigned bucket)
{
	u64 octave;

	if (bucket == 0)
		return 0;
	if (bucket >= LAYER_BUCKETS)
		return UINT64_MAX;
	octave = 128ULL << (bucket - 1) / 2;
	return (bucket - 1) % 2 ? octave + octave / 2 : octave;
}

/* -- records in ---------------------------------------------------------------------------------------------------- */

/* The tick that records are coming in for, as model.ticks counts it once it is whole. */
static u64 coming(const struct model *m)
{
	return (u64)m->ticks + 1;
}

static void layers_free(struct layers *l)
{
	for (size_t i = 0; l && i < MARKS; i++)
		free(l->mark[i]);
	free(l);
}

static struct layers *layers_of(const struct model *m, u64 id)
{
	u32 at = id && m->layers.row_count ? idmap_get(&m->layers.ids, id) : IDMAP_NONE;

	return at == IDMAP_NONE ? NULL : m->layers.rows[at];
}

const struct layers *row_layers(const struct model *m, const struct row *r)
{
	return layers_of(m, r->s.id);
}

void layers_drop(struct model *m, u64 id)
{
	struct model_layers *ml = &m->layers;
	struct layers *last;
	u32 at;
	int r;

	if (!layers_of(m, id))
		return;
	at = idmap_remove(&ml->ids, id);
	layers_free(ml->rows[at]);
	last = ml->rows[--ml->row_count];
	if (at == ml->row_count)
		return;
	/* The last one takes its place. Its id is in the table already: setting it needs no memory and cannot fail. */
	ml->rows[at] = last;
	r = idmap_set(&ml->ids, last->id, at);
	(void)r;
}

/* Makes the layers of a row. NULL: out of memory. */
static struct layers *layers_new(struct model *m, u64 id)
{
	struct model_layers *ml = &m->layers;
	struct layers *l;

	if (array_append(&ml->rows, &ml->row_cap, ml->row_count, sizeof(*ml->rows)) < 0)
		return NULL;
	l = calloc(1, sizeof(*l));
	if (!l || idmap_set(&ml->ids, id, ml->row_count) < 0) {
		free(l);
		return NULL;
	}
	l->id = id;
	ml->rows[ml->row_count++] = l;
	return l;
}

void layers_init(struct model *m)
{
	ring_init(&m->layers.events, sizeof(struct layer_event), LAYER_EVENTS);
}

void layers_deinit(struct model *m)
{
	struct model_layers *ml = &m->layers;

	while (ml->row_count)
		layers_free(ml->rows[--ml->row_count]);
	free(take(ml->rows));
	idmap_deinit(&ml->ids);
	layers_free(take(ml->machine));
	layers_free(take(ml->echo));
	layers_free(take(ml->hooks));
	free(take(ml->heat));
	for (size_t i = 0; i < LAYERS_WATCHED; i++)
		free(take(ml->watched[i]));
	free(take(ml->touched));
	ring_deinit(&ml->events);
}

/* A counter that went backwards: the kernel has begun anew. */
static bool fell(const struct record_layers *now, const struct record_layers *before)
{
	for (size_t i = 0; i < LAYER_COUNT; i++)
		if (now->n[i] < before->n[i] || now->sum_ns[i] < before->sum_ns[i] ||
		    now->max_ns[i] < before->max_ns[i])
			return true;
	return false;
}

static void begin_anew(struct model *m, struct layers *l)
{
	for (size_t i = 0; i < MARKS; i++)
		free(l->mark[i]);
	*l = (struct layers){.id = l->id, .epoch = m->layers.epoch, .first = coming(m)};
}

static void turn_on(struct model *m)
{
	m->layers.on = true;
	m->layers.epoch++;
	m->layers.left_out = 0;
}

/* Keeps what is known now as a mark of the tick before the one that is coming. */
static int mark_set(struct model *m, struct layers *l, enum layer_marks which)
{
	struct layer_mark *k = l->mark[which];

	if (!k)
		k = l->mark[which] = malloc(sizeof(*k));
	if (!k)
		return -ENOMEM;
	k->tick = coming(m) - 1;
	memcpy(k->n, l->now.n, sizeof(k->n));
	memcpy(k->sum_ns, l->now.sum_ns, sizeof(k->sum_ns));
	memcpy(k->buckets, l->now.buckets, sizeof(k->buckets));
	return 0;
}

static u64 mark_tick(const struct layers *l, enum layer_marks which)
{
	return l->mark[which] ? l->mark[which]->tick : l->first - 1;
}

static int marks_move(struct model *m, struct layers *l)
{
	struct layer_mark *far = l->mark[MARK_FAR];

	if (l->tick == coming(m) || !l->tick)
		return 0;
	if (mark_set(m, l, MARK_TICK) < 0)
		return -ENOMEM;
	if (coming(m) - 1 - mark_tick(l, MARK_NEAR) < LAYERS_WINDOW / 2)
		return 0;
	l->mark[MARK_FAR] = l->mark[MARK_NEAR];
	l->mark[MARK_NEAR] = far;
	return mark_set(m, l, MARK_NEAR);
}

static int touch(struct model *m, u64 id)
{
	struct model_layers *ml = &m->layers;

	/* More than there can be: a stream that lies. */
	if (ml->touched_count >= 2 * LAYERS_ROWS_MAX)
		return 0;
	if (array_append(&ml->touched, &ml->touched_cap, ml->touched_count, sizeof(*ml->touched)) < 0)
		return -ENOMEM;
	ml->touched[ml->touched_count++] = id;
	return 0;
}

/* heat: where the history is kept; NULL: nowhere. */
static int store(struct model *m, struct layers *l, const struct record_layers *rec, struct layer_heat *heat)
{
	if (marks_move(m, l) < 0)
		return -ENOMEM;
	if (heat)
		layers_heat_add(heat, rec, &l->now);
	for (size_t i = 0; i < LAYER_COUNT; i++)
		if (rec->max_ns[i] > l->now.max_ns[i])
			l->max_tick[i] = coming(m);
	l->now = *rec;
	l->tick = coming(m);
	return 0;
}

static int take_machine(struct model *m, const struct record_layers *rec)
{
	struct model_layers *ml = &m->layers;

	if (!ml->machine && !(ml->machine = calloc(1, sizeof(*ml->machine))))
		return -ENOMEM;
	/* A graph less is no failure. */
	if (!ml->heat)
		ml->heat = calloc(1, sizeof(*ml->heat));
	if (ml->machine->epoch == ml->epoch && fell(rec, &ml->machine->now))
		turn_on(m);
	if (ml->machine->epoch != ml->epoch)
		begin_anew(m, ml->machine);
	return store(m, ml->machine, rec, ml->heat);
}

static int take_echo(struct model *m, const struct record_layers *rec)
{
	struct model_layers *ml = &m->layers;

	if (!ml->echo && !(ml->echo = calloc(1, sizeof(*ml->echo))))
		return -ENOMEM;
	ml->echo->id = ECHO_ID;
	if (ml->echo->epoch != ml->epoch || fell(rec, &ml->echo->now))
		begin_anew(m, ml->echo);
	return store(m, ml->echo, rec, NULL);
}

static int take_row(struct model *m, const struct record_layers *rec)
{
	struct model_layers *ml = &m->layers;
	struct layers *l = layers_of(m, rec->id);

	if (idmap_get(&m->ids, rec->id) == IDMAP_NONE)
		return 0;
	if (!l && ml->row_count >= LAYERS_ROWS_MAX) {
		ml->left_out++;
		return 0;
	}
	if (!l)
		l = layers_new(m, rec->id);
	if (!l)
		return -ENOMEM;
	if (l->epoch != ml->epoch || fell(rec, &l->now))
		begin_anew(m, l);
	if (l->tick != coming(m) && touch(m, rec->id) < 0)
		return -ENOMEM;
	return store(m, l, rec, layers_heat_of(m, rec->id));
}

int take_layers(struct model *m, const struct record_layers *rec, struct error *err)
{
	int r;

	if (!m->layers.on)
		turn_on(m);
	r = !rec->id ? take_machine(m, rec) : rec->id == ECHO_ID ? take_echo(m, rec) : take_row(m, rec);
	return r < 0 ? error_set(err, r, "out of memory for the layers") : 0;
}

int layers_take_hooks(struct model *m, const struct record_layers *rec)
{
	struct model_layers *ml = &m->layers;

	if (!ml->on)
		turn_on(m);
	if (!ml->hooks && !(ml->hooks = calloc(1, sizeof(*ml->hooks))))
		return -ENOMEM;
	if (ml->hooks->epoch != ml->epoch || fell(rec, &ml->hooks->now))
		begin_anew(m, ml->hooks);
	return store(m, ml->hooks, rec, NULL);
}

void take_stages(struct model *m, const struct record_stages *rec)
{
	struct model_layers *ml = &m->layers;

	ml->stages = *rec;
	ml->has_stages = true;
	/* The records of a tick come in any order: only its end knows that they are off. */
	ml->going_off = rec->sample == 0;
	if (ml->going_off)
		ml->on = false;
	else if (!ml->on)
		turn_on(m);
}

void layers_end_tick(struct model *m)
{
	struct model_layers *ml = &m->layers;

	if (ml->going_off)
		ml->on = ml->going_off = false;
	if (ml->on && ml->machine && ml->machine->tick == m->ticks)
		layers_alarm_check(m, ml->machine, 0);
	if (ml->on && ml->echo && ml->echo->tick == m->ticks)
		layers_alarm_check(m, ml->echo, ECHO_ID);
	for (u32 i = 0; ml->on && i < ml->touched_count; i++) {
		struct layers *l = layers_of(m, ml->touched[i]);

		/* It may have gone since. */
		if (l && l->tick == m->ticks)
			layers_alarm_check(m, l, l->id);
	}
	ml->touched_count = 0;
	if (ml->on)
		layers_heat_step(m);
}

/* -- figures out --------------------------------------------------------------------------------------------------- */

/* What a span's values are taken against: *mark is NULL where that is nothing. false: nothing was measured in it. */
static bool span_base(const struct model *m, const struct layers *l, enum layers_span span,
		      const struct layer_mark **mark)
{
	u64 age;

	*mark = NULL;
	if (!l || !m->layers.on || l->epoch != m->layers.epoch || !l->tick)
		return false;
	age = l->tick < m->ticks ? m->ticks - l->tick : 0;
	switch (span) {
	case LAYERS_SINCE: return true;
	case LAYERS_TICK: *mark = l->mark[MARK_TICK]; return age == 0;
	case LAYERS_RECENT: break;
	}
	*mark = l->mark[m->ticks <= mark_tick(l, MARK_FAR) + LAYERS_WINDOW ? MARK_FAR : MARK_NEAR];
	return age < LAYERS_WINDOW;
}

static bool stamped(const struct model *m, enum layer layer)
{
	return layer < LAYER_COUNT && model_layer_state(m, layer) == LAYER_STAMPED;
}

/* The hooks' figures are kept like a row's, under the numbers of enum netfilter_hook: *l and *layer become theirs.
 * false: there are none. */
static bool locate(const struct model *m, const struct layers **l, enum layer *layer)
{
	if (*layer < LAYER_COUNT)
		return stamped(m, *layer);
	if (*layer >= LAYER_ROWS || !*l || *l != m->layers.machine)
		return false;
	*l = m->layers.hooks;
	*layer = (enum layer)(*layer - LAYER_COUNT);
	return true;
}

/* Packets and their time in a layer since the mark. */
static u64 moved(const struct layers *l, const struct layer_mark *mark, enum layer layer, u64 *sum_ns)
{
	*sum_ns = l->now.sum_ns[layer] - (mark ? mark->sum_ns[layer] : 0);
	return l->now.n[layer] - (mark ? mark->n[layer] : 0);
}

double layers_mean(const struct model *m, const struct layers *l, enum layer layer, enum layers_span span)
{
	const struct layer_mark *mark;
	u64 n, sum;

	if (!locate(m, &l, &layer) || !span_base(m, l, span, &mark))
		return NAN;
	n = moved(l, mark, layer, &sum);
	return n ? (double)sum / (double)n : NAN;
}

double layers_time(const struct model *m, const struct layers *l, unsigned mask, enum layers_span span)
{
	const struct layer_mark *mark;
	double total = 0;
	u64 sum;

	if (!span_base(m, l, span, &mark))
		return 0;
	for (unsigned i = 0; i < LAYER_PARTS; i++)
		if (mask & 1U << i && stamped(m, i) && moved(l, mark, i, &sum))
			total += (double)sum;
	return total;
}

double layers_share(const struct model *m, const struct layers *l, enum layer layer, enum layers_span span)
{
	bool hook = layer >= LAYER_COUNT;
	unsigned from = hook ? LAYER_COUNT : layer < LAYER_TX_TCP ? LAYER_RX_MAC : LAYER_TX_TCP;
	unsigned to = from + (hook ? (unsigned)NETFILTER_HOOKS : LAYER_TX_TCP - LAYER_RX_MAC);
	double mine = layers_mean(m, l, layer, span), all = 0;

	for (unsigned i = from; i < to; i++) {
		double mean = layers_mean(m, l, i, span);

		all += isnan(mean) ? 0 : mean;
	}
	return all > 0 ? mine / all : NAN;
}

/* The time of a part, spread over the packets of the layer that it is part of. */
double layers_part(const struct model *m, const struct layers *l, enum layer part, enum layers_span span)
{
	const struct layer_mark *mark;
	enum layer whole;
	u64 n, sum;

	if (part < LAYER_PARTS || !stamped(m, part))
		return NAN;
	whole = wholes[part - LAYER_PARTS];
	if (!stamped(m, whole) || !span_base(m, l, span, &mark))
		return NAN;
	n = moved(l, mark, whole, &sum);
	/* Most packets wake nobody and are not paced: none at all is 0, if any ever was. */
	moved(l, mark, part, &sum);
	return n && l->now.n[part] ? (double)sum / (double)n : NAN;
}

bool layers_receive_wait(const struct model *m, const struct layers *l, enum layers_span span, struct layers_wait *w)
{
	double app = layers_mean(m, l, LAYER_RX_APP, span);

	*w = (struct layers_wait){.stack = NAN, .wakeup = NAN, .program = app};
	if (isnan(app))
		return false;
	for (unsigned i = LAYER_RX_MAC; i < LAYER_RX_APP; i++) {
		double mean = layers_mean(m, l, i, span);

		if (!isnan(mean))
			w->stack = isnan(w->stack) ? mean : w->stack + mean;
	}
	w->wakeup = layers_part(m, l, LAYER_RX_WAKEUP, span);
	if (!isnan(w->wakeup))
		w->program = MAX(app - w->wakeup, 0.0);
	return true;
}

/* The buckets' counts since the mark; returns their sum. A count that wrapped around is still right in a difference. */
static u64 buckets_since(const struct layers *l, const struct layer_mark *mark, enum layer layer, u32 *counts)
{
	const u32 *now = l->now.buckets + layer * LAYER_BUCKETS;
	const u32 *before = mark ? mark->buckets + layer * LAYER_BUCKETS : NULL;
	u64 total = 0;

	for (size_t i = 0; i < LAYER_BUCKETS; i++) {
		counts[i] = now[i] - (before ? before[i] : 0);
		total += counts[i];
	}
	return total;
}

/* The value below which `per_mille` of them lie. */
static u64 percentile(const u32 *counts, u64 total, unsigned per_mille, u64 max)
{
	u64 rank = (u64)ceil((double)total * per_mille / 1000.0), below = 0;

	rank = CLAMP(rank, 1, total);
	for (unsigned i = 0; i < LAYER_BUCKETS; i++) {
		u64 from = layer_bucket_start(i), to = MIN(layer_bucket_start(i + 1), MAX(max, from));

		if (below + counts[i] >= rank)
			return MIN(max, from + (u64)((double)(to - from) * ((double)(rank - below) - 0.5) / counts[i]));
		below += counts[i];
	}
	return max;
}

static u64 longest(const struct layers *l, const struct layer_mark *mark, enum layers_span span, enum layer layer,
		   const u32 *counts)
{
	u64 max = l->now.max_ns[layer];
	unsigned top = LAYER_BUCKETS;

	if (span == LAYERS_SINCE || l->max_tick[layer] > (mark ? mark->tick : l->first - 1))
		return max;
	while (top > 0 && !counts[top - 1])
		top--;
	return MIN(max, layer_bucket_start(top));
}

bool layers_figures(const struct model *m, const struct layers *l, enum layer layer, enum layers_span span,
		    struct layer_figures *f)
{
	u32 counts[LAYER_BUCKETS];
	const struct layer_mark *mark;
	u64 total, sum;

	*f = (struct layer_figures){};
	if (!locate(m, &l, &layer) || !span_base(m, l, span, &mark))
		return false;
	f->n = moved(l, mark, layer, &sum);
	total = buckets_since(l, mark, layer, counts);
	/* Percentiles of what is not all there would be of something else. */
	if (!f->n || !total || total + f->n / TORN_SHARE + TORN_PACKETS < f->n)
		return false;
	f->mean_ns = (double)sum / (double)f->n;
	f->max_ns = longest(l, mark, span, layer, counts);
	f->p50_ns = percentile(counts, total, 500, f->max_ns);
	f->p99_ns = percentile(counts, total, 990, f->max_ns);
	return true;
}

/* -- the machine --------------------------------------------------------------------------------------------------- */

const struct layers *model_layers(const struct model *m)
{
	return m->layers.machine;
}

const struct layers *model_layers_echo(const struct model *m)
{
	return m->layers.echo;
}

bool model_layers_on(const struct model *m)
{
	return m->layers.on;
}

const struct record_stages *model_stages(const struct model *m)
{
	return m->layers.has_stages ? &m->layers.stages : NULL;
}

u64 model_layers_left_out(const struct model *m)
{
	return m->layers.left_out;
}

enum layer_state model_layer_state(const struct model *m, enum layer layer)
{
	const struct record_stages *s = &m->layers.stages;

	if (layer >= LAYER_COUNT)
		return LAYER_STAMPED;
	if (s->absent >> layer & 1)
		return LAYER_ABSENT;
	return s->merged >> layer & 1 ? LAYER_MERGED : LAYER_STAMPED;
}

unsigned model_layer_includes(const struct model *m, enum layer layer)
{
	unsigned first = LAYERS_TX & 1U << layer ? LAYER_TX_TCP : LAYER_RX_MAC, bits = 0;

	if (layer >= LAYER_PARTS || model_layer_state(m, layer) != LAYER_STAMPED)
		return 0;
	for (unsigned i = layer; i-- > first && model_layer_state(m, i) != LAYER_STAMPED;)
		if (model_layer_state(m, i) == LAYER_MERGED)
			bits |= 1U << i;
	return bits;
}

u32 model_layers_rows(const struct model *m)
{
	return m->layers.row_count;
}

u64 model_layers_row(const struct model *m, u32 i)
{
	return i < m->layers.row_count ? m->layers.rows[i]->id : 0;
}
