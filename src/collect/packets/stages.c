/* Loads and unloads the programs that stamp packets, and turns what they count into records. */
#include "stages.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "clock.h"
#include "id.h"
#include "sockets.h"
#include "spaces.h"
#include "stages.skel.h"

#define UNREAD_TICKS_MAX 10    /* ticks in a row that nobody has read: then the programs are unloaded */
#define SPACES_NS NSEC_PER_SEC /* between two searches for new namespaces */
#define TRACE_LIMIT 20000      /* packets a second that are reported at most */

_Static_assert(ABI_LAYERS == LAYER_COUNT && ABI_LAYER_BUCKETS == LAYER_BUCKETS &&
		   (int)ABI_TX_PACED == (int)LAYER_TX_PACED && (int)ABI_RX_GRO == (int)LAYER_RX_GRO &&
		   (int)ABI_TX_DIRECT == (int)LAYER_TX_DIRECT && (int)ABI_RX_WAKEUP == (int)LAYER_RX_WAKEUP &&
		   (int)ABI_TX_TCP == (int)LAYER_TX_TCP,
	       "the layers are numbered alike");
_Static_assert((int)ABI_NF_HOOKS == (int)NETFILTER_HOOKS, "the hooks are numbered alike");

/* -- loading ------------------------------------------------------------------------------------------------------- */

static void unload(struct stages *s)
{
	struct collector *c = s->source.c;

	netfilter_detach(&s->netfilter);
	s->spaces = 0;
	trace_unload(s);
	hooks_unload(c->hooks, SET_STAGES);
	s->armed = false;
}

/* The address of woken_wake_function(); 0: not in kallsyms. It is near the beginning, so not all of the file is
 * read. */
static u64 find_wake_function(void)
{
	static const char name[] = "woken_wake_function\n";
	cleanup_fclose FILE *f = fopen("/proc/kallsyms", "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		char *end;
		u64 address = strtoull(line, &end, 16);

		if (strlen(end) > 3 && strcmp(end + 3, name) == 0)
			return address;
	}
	return 0;
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

static void load(struct stages *s)
{
	struct collector *c = s->source.c;
	struct error err = {};

	s->loaded = c->number + 1;
	if (hooks_load(c->hooks, SET_STAGES, &err) == 0) {
		memset(&s->machine, 0, sizeof(s->machine));
		s->echo_sum = 0;
		if (!s->wake_function)
			s->wake_function = find_wake_function();
		c->hooks->stages->bss->wake_function = s->wake_function;
		c->hooks->stages->bss->nf_on = hooks_has(c->hooks, FEATURE_NETFILTER);
		c->hooks->stages->bss->nf_links = hooks_serves(c->hooks, FEATURE_NETFILTER, HOOK_NETFILTER);
		c->hooks->stages->bss->queue_unknown = !hooks_has(c->hooks, FEATURE_RX_QUEUED);
		c->hooks->stages->bss->rx_whole = !merged_layers(c->hooks);
		c->hooks->stages->bss->echo_counted = hooks_serves(c->hooks, FEATURE_RX_READ_DATAGRAM, HOOK_TP_BTF);
		c->hooks->stages->bss->echo_unseen = !hooks_has(c->hooks, FEATURE_RX_ECHO);
		c->hooks->stages->bss->trace_limit = TRACE_LIMIT;
		if (trace_load(s) < 0)
			unload(s);
	} else {
		hooks_refuse(c->hooks, SET_STAGES, err.text);
	}
	s->refused = !c->hooks->stages;
	if (!s->reported)
		hooks_report(c->hooks, SET_STAGES, &c->out); /* also if they could not be loaded, with the reasons */
	s->reported = true;
}

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

/* Loads or unloads what is wanted. A load takes several hundred milliseconds, so there is at most one per tick: a
 * reader that keeps turning the layers on and off must not block everything else. false: it has to wait for the next
 * tick. */
static bool apply(struct stages *s)
{
	struct collector *c = s->source.c;
	bool wanted = (s->sample || s->trace) && s->unread_ticks < UNREAD_TICKS_MAX;
	bool missing = wanted && !c->hooks->stages && !s->refused, late = s->loaded == c->number + 1;

	if (!s->sample && !s->trace)
		s->refused = false;
	if (!wanted && c->hooks->stages)
		unload(s);
	else if (missing && !late)
		load(s);
	if (!c->hooks->stages)
		return !missing || !late;
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
	struct collector *c = source->c;
	bool was = s->on;

	s->unread_ticks = c->out.delivered + 1 >= c->number ? 0 : s->unread_ticks + 1;
	apply(s);
	s->on = c->hooks->stages != NULL;
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
	trace_take((struct stages *)source);
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
	unload((struct stages *)source);
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
