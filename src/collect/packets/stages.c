/* Loads and unloads the programs that stamp packets, and turns what they count into records. */
#include "stages.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "clock.h"
#include "id.h"
#include "probe.h"
#include "sockets.h"
#include "spaces.h"
#include "stages.skel.h"

#define SPACES_NS NSEC_PER_SEC /* between two searches for new namespaces */
#define TRACE_LIMIT 20000      /* packets a second that are reported at most */

_Static_assert(ABI_LAYERS == LAYER_COUNT && ABI_LAYER_BUCKETS == LAYER_BUCKETS &&
		   (int)ABI_TX_PACED == (int)LAYER_TX_PACED && (int)ABI_RX_GRO == (int)LAYER_RX_GRO &&
		   (int)ABI_TX_DIRECT == (int)LAYER_TX_DIRECT && (int)ABI_TX_ACK == (int)LAYER_TX_ACK &&
		   (int)ABI_RX_WAKEUP == (int)LAYER_RX_WAKEUP && (int)ABI_TX_TCP == (int)LAYER_TX_TCP,
	       "the layers are numbered alike");
_Static_assert((int)ABI_NF_HOOKS == (int)NETFILTER_HOOKS, "the hooks are numbered alike");

/* -- loading ------------------------------------------------------------------------------------------------------- */

static void stages_end(struct source *source)
{
	struct stages *s = (struct stages *)source;

	netfilter_detach(&s->netfilter);
	s->spaces = 0;
	trace_deinit(s);
	s->armed = false;
}

/* Layers that have no stamp of their own: their time is in the next layer. */
static u32 merged_layers(const struct hooks *h)
{
	static const struct {
		enum feature_id feature;
		enum layer layer;
	} ends[] = {
	    {FEATURE_RX_IP, LAYER_RX_MAC},
	    {FEATURE_RX_TRANSPORT, LAYER_RX_IP},
	    {FEATURE_RX_QUEUED, LAYER_RX_TCP},
	};
	u32 merged = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (!hooks_has(h, ends[i].feature))
			merged |= 1U << ends[i].layer;
	return merged;
}

static int stages_begin(struct source *source)
{
	struct stages *s = (struct stages *)source;
	const struct hooks *h = source->c->hooks;

	memset(&s->machine, 0, sizeof(s->machine));
	s->echo_sum = 0;
	if (!s->wake_function)
		s->wake_function = probe_wake_function();
	h->stages->bss->wake_function = s->wake_function;
	h->stages->bss->nf_on = hooks_has(h, FEATURE_NETFILTER);
	h->stages->bss->nf_links = hooks_serves(h, FEATURE_NETFILTER, HOOK_NETFILTER);
	h->stages->bss->queue_unknown = !hooks_has(h, FEATURE_RX_QUEUED);
	h->stages->bss->rx_whole = !merged_layers(h);
	h->stages->bss->echo_counted = hooks_serves(h, FEATURE_RX_READ_DATAGRAM, HOOK_TP_BTF);
	h->stages->bss->echo_unseen = !hooks_has(h, FEATURE_RX_ECHO);
	h->stages->bss->trace_limit = TRACE_LIMIT;
	return trace_init(s);
}

static const struct bpf_map *ring_of(const struct hooks *h)
{
	return h->stages->maps.packets;
}

static const struct demand_class class = {
    .set = SET_STAGES, .ring = ring_of, .told = trace_take, .begins = stages_begin, .ends = stages_end};

static void no_trace(struct stages *s)
{
	struct collector *c = s->source.c;

	s->armed = false;
	if (!c->hooks->stages)
		return;
	c->hooks->stages->bss->filter.family = 0;
	c->hooks->stages->bss->filter.echo = 0;
	hooks_detach(c->hooks, FEATURE_TX_DONE);
}

static void trace_echo(struct stages *s)
{
	struct collector *c = s->source.c;

	c->hooks->stages->bss->filter.echo = true;
	s->armed = true;
}

/* The traced socket must be written out whole once, because the programs need its addresses. */
static void ask_addresses(struct stages *s)
{
	struct collector *c = s->source.c;
	struct entry *e = entries_find(&c->sockets->entries, id_cookie(s->trace));

	if (e)
		sockets_want(c->sockets, e);
}

/* Loads or unloads what is wanted, and says what. Not put off until the next tick, because the addresses come with its
 * pass. */
static bool apply(struct stages *s)
{
	struct collector *c = s->source.c;
	bool done = demand_apply(&s->demand, &class, &s->source);

	if (!s->demand.ring)
		return done;
	c->hooks->stages->bss->sample = (u32)s->sample;
	if (!s->trace)
		no_trace(s);
	else if (s->trace == ECHO_ID)
		trace_echo(s);
	else if (!s->armed)
		ask_addresses(s);
	return true;
}

/* Also if nothing has changed: something may have waited for the next tick. */
static bool stages_want(struct source *source, const struct wishes *w)
{
	struct stages *s = (struct stages *)source;

	if (w->sample && !s->sample && source->c->hooks->stages)
		layer_sums_clear(s);
	s->sample = MIN(w->sample, (u64)UINT32_MAX);
	if (s->trace != w->trace) {
		s->trace = w->trace;
		source->c->sockets->awaited.cookie = id_cookie(s->trace);
		no_trace(s);
		trace_clear(s);
	}
	s->demand.wanted = s->sample || s->trace;
	return apply(s);
}

/* The traced socket was seen: passes its addresses to the programs. */
static void socket_met(struct source *source, const struct abi_sock *a)
{
	struct stages *s = (struct stages *)source;
	struct collector *c = source->c;
	struct abi_filter f = {
	    .cookie = a->cookie, .family = a->family == AF_INET6 ? 6 : 4, .proto = (u8)a->protocol, .netns = a->netns};
	static const u8 mapped[12] = {[10] = 0xff, [11] = 0xff}, zero[16];

	if (!s->trace || s->armed || !c->hooks->stages)
		return;
	if (f.family == 6 && memcmp(a->laddr, mapped, sizeof(mapped)) == 0) {
		f.family = 4;
		memcpy(f.laddr, a->laddr + 12, 4);
		memcpy(f.raddr, a->raddr + 12, 4);
	} else {
		memcpy(f.laddr, a->laddr, f.family == 6 ? 16 : 4);
		memcpy(f.raddr, a->raddr, f.family == 6 ? 16 : 4);
	}
	f.lport = __builtin_bswap16(a->lport);
	f.rport = __builtin_bswap16(a->rport);
	f.any_remote = !a->rport;
	f.any_local = memcmp(f.laddr, zero, sizeof(zero)) == 0;
	/* What an earlier trace has noted of packets in drivers is stale. */
	memset(c->hooks->stages->bss->tx_held, 0, sizeof(c->hooks->stages->bss->tx_held));
	hooks_attach(c->hooks, FEATURE_TX_DONE);
	c->hooks->stages->bss->trace_retrans = a->total_retrans;
	c->hooks->stages->bss->filter = f;
	s->armed = true;
}

/* -- each tick ----------------------------------------------------------------------------------------------------- */

static struct abi_stage_stats read_stats(struct stages *s)
{
	struct collector *c = s->source.c;
	u32 cpus;
	const struct abi_stage_stats *each = hooks_view(c->hooks, c->hooks->stages->maps.stage_stats, &cpus);
	struct abi_stage_stats sum = {};

	for (u32 i = 0; i < cpus; i++) {
		sum.missed += each[i].missed;
		sum.lost_socks += each[i].lost_socks;
		sum.packets += each[i].packets;
		sum.lost += each[i].lost;
		sum.limited += each[i].limited;
		sum.unseen += each[i].unseen;
	}
	return sum;
}

static u64 read_stamped(const struct stages *s)
{
	struct collector *c = s->source.c;
	int cpus = MIN(libbpf_num_possible_cpus(), (int)ARRAY_SIZE(c->hooks->stages->bss->rx_segments));
	u64 sum = 0;

	for (int i = 0; i < cpus; i++)
		sum += c->hooks->stages->bss->rx_segments[i].stamped;
	return sum;
}

/* Layers without any stamp. */
static u32 absent_layers(const struct stages *s)
{
	struct collector *c = s->source.c;
	const struct {
		bool there;
		enum layer layer;
	} needs[] = {
	    {s->wake_function && hooks_has(c->hooks, FEATURE_RX_QUEUED), LAYER_RX_WAKEUP},
	    {hooks_has(c->hooks, FEATURE_TX_SEND), LAYER_TX_TCP},
	    {hooks_has(c->hooks, FEATURE_RX_GRO), LAYER_RX_GRO},
	    {hooks_has(c->hooks, FEATURE_TX_DEQUEUE), LAYER_TX_DIRECT},
	};
	u32 absent = 0;

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (!needs[i].there)
			absent |= 1U << needs[i].layer;
	return absent;
}

static void put_state(struct stages *s)
{
	struct collector *c = s->source.c;
	struct abi_stage_stats st = c->hooks->stages ? read_stats(s) : (struct abi_stage_stats){};
	struct record_stages r = {
	    .sample = c->hooks->stages ? s->sample : 0,
	    .stamped = c->hooks->stages ? read_stamped(s) : 0,
	    .missed = st.missed,
	    .lost = st.lost_socks,
	    .merged = merged_layers(c->hooks),
	    .absent = absent_layers(s),
	};
	struct record_trace t = {
	    .id = s->armed ? s->trace : 0,
	    .packets = st.packets,
	    .lost = st.lost,
	    .limited = st.limited,
	    .unseen = st.unseen,
	    .limit = TRACE_LIMIT,
	};

	stream_put(&c->tick, RECORD_STAGES, &r);
	stream_put(&c->tick, RECORD_TRACE, &t);
}

static void attach_space(void *stages, u32 netns)
{
	struct stages *s = stages;

	netfilter_attach(&s->netfilter, s->source.c->hooks, netns);
}

/* When the process that led to a namespace ends, the namespace is lost for a while, but may still pass packets. */
static void keep_lost(struct stages *s)
{
	struct collector *c = s->source.c;

	for (u32 i = 0; i < c->spaces->count; i++)
		if (c->spaces->at[i].lost)
			(void)!netfilter_keep(&s->netfilter, c->spaces->at[i].cookie);
}

/* Namespaces appear with their sockets; one that has gone may have left its inode to another. */
static void attach_spaces(struct stages *s)
{
	struct collector *c = s->source.c;
	u64 now = now_ns();

	if ((s->spaces == c->spaces->count && now - s->spaces_ns < SPACES_NS) || !netfilter_wanted(c->hooks))
		return;
	spaces_each(c->spaces, attach_space, s);
	keep_lost(s);
	netfilter_sweep(&s->netfilter);
	s->spaces = c->spaces->count;
	s->spaces_ns = now;
}

/* Sends this tick's histograms and packets. */
static void stages_tick(struct source *source)
{
	struct stages *s = (struct stages *)source;
	bool was = s->on;

	demand_read(&s->demand);
	apply(s);
	s->on = s->demand.ring;
	if (s->on) {
		attach_spaces(s);
		trace_tick(s);
		if (s->sample)
			layer_sums_put(s);
	}
	if (s->on || was)
		put_state(s);
}

static void stages_fill(struct source *source, struct record_tick *t)
{
	t->netns_unlinked = ((struct stages *)source)->netfilter.missing;
}

static void stages_readable(struct source *source)
{
	demand_read(&((struct stages *)source)->demand);
}

static int stages_start(struct source *source, struct error *err)
{
	(void)err;
	source->c->sockets->awaited.met = socket_met;
	source->c->sockets->awaited.source = source;
	return 0;
}

static bool stages_stop(struct source *source)
{
	demand_stop(&((struct stages *)source)->demand, &class, source);
	return true;
}

const struct source_class stages_source = {
    .name = "stages",
    .size = sizeof(struct stages),
    .start = stages_start,
    .tick = stages_tick,
    .fill = stages_fill,
    .want = stages_want,
    .readable = stages_readable,
    .stop = stages_stop,
};
