/* The tick line of the JSON format: one table of its names, the sources of their values, and their meaning. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "json.h"
#include "lives.h"
#include "losses.h"
#include "layer_head.h"
#include "packets.h"
#include "requests.h"
#include "text.h"
#include "totals.h"
#include "writer.h"

/* Where a value comes from, and how it is written. */
enum source {
	TICK_U64, /* struct record_tick */
	TICK_U32,
	TICK_NSEC,   /* written as microseconds */
	TICK_SNMP,   /* u64, known if bit 0 of stat_has is set */
	TOTAL_U32,   /* struct totals */
	TOTAL_RATE,  /* double, one decimal; NaN: unknown */
	TOTAL_SHARE, /* double, six decimals; NaN: unknown */
	CALLED,      /* by a function of its own */
};

struct tick_field {
	const char *group, *name, *help;
	enum source source;
	size_t offset;
	/* Appends the value; false, and nothing appended, if it is unknown. */
	bool (*put)(struct buf *out, const struct page *p);
	const char *metric; /* in OpenMetrics; a counter ends in _total. NULL: it is not there */
	double scale;       /* to the metric's unit; 0: it is the same */
};

static bool put_u64(struct buf *out, u64 n)
{
	buf_printf(out, "%" PRIu64, n);
	return true;
}

static bool put_real(struct buf *out, double v, int decimals)
{
	if (!isfinite(v))
		return false;
	buf_printf(out, "%.*f", decimals, v);
	return true;
}

static bool put_interval(struct buf *out, const struct page *p)
{
	const struct record_tick *t = model_tick(p->m);

	return t && t->interval_ns && put_real(out, (double)t->interval_ns / (double)NSEC_PER_SEC, 6);
}

static bool put_elapsed(struct buf *out, const struct page *p)
{
	return put_real(out, model_tick_seconds(p->m), 6);
}

static bool put_host(struct buf *out, const struct page *p)
{
	const struct record_hello *h = model_hello(p->m);
	char name[sizeof(h->host) * 3 + 1];

	if (!h || !h->host[0])
		return false;
	text_clean(name, sizeof(name), (const char *)h->host, sizeof(h->host));
	json_put_string(out, name);
	return true;
}

static bool put_monitor_cpu(struct buf *out, const struct page *p)
{
	(void)p;
	buf_printf(out, "%" PRIu64, (u64)(cpu_ns() / NSEC_PER_USEC));
	return true;
}

static bool put_states(struct buf *out, const struct page *p)
{
	const u32 *by_state = model_totals(p->m)->by_state;
	const char *comma = "";

	buf_putc(out, '{');
	for (unsigned i = 1; i < STATE_COUNT; i++) {
		u32 n = by_state[i];

		/* Request sockets (NEW_SYN_RECV) are called SYN_RECV as well: one name, one sum. */
		if (i == STATE_SYN_RECV)
			n += by_state[STATE_NEW_SYN_RECV];
		if (i == STATE_NEW_SYN_RECV || n == 0)
			continue;
		buf_printf(out, "%s\"%s\":%" PRIu32, comma, state_name(i), n);
		comma = ",";
	}
	buf_putc(out, '}');
	return true;
}

static bool put_layers(struct buf *out, const struct page *p)
{
	return json_put_stages(out, p->m);
}

static bool put_netfilter(struct buf *out, const struct page *p)
{
	const struct record_netfilter *nf = model_netfilter(p->m);

	if (nf)
		buf_printf(out, "{\"missed\":%" PRIu64 "}", nf->missed);
	return nf != NULL;
}

static bool put_unseen(struct buf *out, const struct page *p)
{
	return put_u64(out, model_lives_unseen(p->m));
}

static bool put_beginnings(struct buf *out, const struct page *p)
{
	return put_u64(out, model_requests_lost(p->m));
}

static bool put_opened(struct buf *out, const struct page *p)
{
	return put_u64(out, model_lives_total(p->m, LIFE_OPEN));
}

static bool put_accepted(struct buf *out, const struct page *p)
{
	return put_u64(out, model_lives_total(p->m, LIFE_ACCEPT));
}

static bool put_failed(struct buf *out, const struct page *p)
{
	return put_u64(out, model_lives_total(p->m, LIFE_FAIL));
}

static bool put_closed(struct buf *out, const struct page *p)
{
	return put_u64(out, model_lives_total(p->m, LIFE_CLOSE));
}

static bool put_connect_p50(struct buf *out, const struct page *p)
{
	struct histogram_figures f;

	return model_connect_times(p->m, &f) && put_u64(out, f.p50_ns / NSEC_PER_USEC);
}

static bool put_connect_p99(struct buf *out, const struct page *p)
{
	struct histogram_figures f;

	return model_connect_times(p->m, &f) && put_u64(out, f.p99_ns / NSEC_PER_USEC);
}

static bool put_worth(struct buf *out, const struct page *p, size_t offset)
{
	const struct record_losses *l = model_losses(p->m);
	u64 n = 0;

	if (l)
		memcpy(&n, (const u8 *)l + offset, sizeof(n));
	return l && put_u64(out, n);
}

static bool put_limited(struct buf *out, const struct page *p)
{
	return put_worth(out, p, offsetof(struct record_losses, limited));
}

static bool put_lost(struct buf *out, const struct page *p)
{
	return put_worth(out, p, offsetof(struct record_losses, lost));
}

static bool put_foreign(struct buf *out, const struct page *p)
{
	return put_worth(out, p, offsetof(struct record_losses, foreign));
}

static bool put_purged(struct buf *out, const struct page *p)
{
	return put_worth(out, p, offsetof(struct record_losses, purged));
}

static bool put_unmissed(struct buf *out, const struct page *p)
{
	return put_worth(out, p, offsetof(struct record_losses, unmissed));
}

static bool put_loss_total(struct buf *out, const struct page *p, unsigned kinds)
{
	const struct loss_count *c;
	u64 n = 0;

	for (size_t i = 0; (c = model_loss_count(p->m, i)); i++)
		n += kinds & LOSS_BIT(c->r.kind) ? c->r.count : 0;
	return model_losses(p->m) && put_u64(out, n);
}

static bool put_retransmits(struct buf *out, const struct page *p)
{
	return put_loss_total(out, p, LOSS_BIT(LOSS_RETRANSMIT));
}

static bool put_drops(struct buf *out, const struct page *p)
{
	return put_loss_total(out, p, LOSS_BIT(LOSS_DROP));
}

static bool put_resets(struct buf *out, const struct page *p)
{
	return put_loss_total(out, p, LOSS_RESETS);
}

static bool put_trace(struct buf *out, const struct page *p)
{
	struct packets_counts c = packets_counts(model_packets(p->m));

	if (!c.taken && !packets_trace(model_packets(p->m))->id)
		return false;
	buf_printf(out,
		   "{\"packets\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"limited\":%" PRIu64 ",\"pushed\":%" PRIu64
		   ",\"unseen\":%" PRIu64 "}",
		   c.taken, c.lost, c.limited, c.pushed, c.unseen);
	return true;
}

static bool put_unless_0(struct buf *out, u32 value)
{
	return value && put_u64(out, value);
}

static bool put_pass_ticks(struct buf *out, const struct page *p)
{
	return put_unless_0(out, model_tick(p->m)->pass_ticks);
}

static bool put_slow_ticks(struct buf *out, const struct page *p)
{
	return put_unless_0(out, model_tick(p->m)->slow_ticks);
}

static bool put_slow_held(struct buf *out, const struct page *p)
{
	return put_unless_0(out, model_tick(p->m)->slow_held_ms);
}

static bool put_bpf_window(struct buf *out, const struct page *p)
{
	u64 ns = model_tick(p->m)->bpf_window_ns;

	return ns && put_u64(out, ns / NSEC_PER_USEC);
}

#define TICK(source, group, name, field, help, ...)                                                                    \
	{                                                                                                              \
		group, name, help, source, offsetof(struct record_tick, field), NULL, ##__VA_ARGS__                    \
	}
#define TOTAL(source, group, name, field, help, ...)                                                                   \
	{                                                                                                              \
		group, name, help, source, offsetof(struct totals, field), NULL, ##__VA_ARGS__                         \
	}
#define CALL(group, name, put, help, ...)                                                                              \
	{                                                                                                              \
		group, name, help, CALLED, 0, put, ##__VA_ARGS__                                                       \
	}

/* Sorted by group: an object opens at its first name and closes after its last. */
static const struct tick_field tick_fields[] = {
    CALL("", "time", page_put_time, "when the pass over the sockets began, unix seconds"),
    CALL("", "interval", put_interval, "seconds asked for from tick to tick"),
    CALL("", "elapsed", put_elapsed, "seconds since the tick before; absent in the first"),
    TICK(TICK_U64, "", "number", number, "1, 2, …; a gap is a tick that was skipped"),
    CALL("", "host", put_host, "name of the machine that is watched"),
    CALL("", "layers", put_layers, "object, while the layers are on: sample stamped missed lost merged absent"),
    CALL("", "netfilter", put_netfilter, "object, while netfilter's hooks are measured (-n): missed"),
    CALL("", "trace", put_trace, "object, once packets are traced: packets that came in, lost limited pushed unseen"),
    TICK(TICK_U64, "lost", "events", lost_events, "events that did not fit into the ring buffer",
	 .metric = "lost_events_total"),
    TICK(TICK_U64, "lost", "ends", lost_ends, "ended connections dropped because the reader was behind",
	 .metric = "lost_ends_total"),
    TICK(TICK_U64, "lost", "conns", lost_conns, "connections that did not fit into the map conns",
	 .metric = "lost_connections_total"),
    TICK(TICK_U64, "lost", "flows", lost_flows, "UDP sockets that did not fit into the map flows",
	 .metric = "lost_flows_total"),
    TICK(TICK_U64, "lost", "lookups", lost_lookups, "look-ups that failed where an entry was expected",
	 .metric = "lost_lookups_total"),
    TICK(TICK_U64, "lost", "runs", missed_runs,
	 "runs of skbtop's programs that the kernel skipped, because another was at work on that CPU",
	 .metric = "lost_program_runs_total"),
    TICK(TICK_U32, "lost", "netns", netns_unreachable,
	 "network namespaces that could not be entered when it last looked: sockets without a file are missing",
	 .metric = "unreachable_network_namespaces"),
    TICK(TICK_U32, "lost", "netns_links", netns_unlinked,
	 "network namespaces without all netfilter links then: the layers have not all of their packets",
	 .metric = "unlinked_network_namespaces"),
    CALL("lost", "lives", put_unseen, "rows of the view Lives that did not fit into a tick",
	 .metric = "lost_lives_total"),
    TICK(TICK_U64, "lost", "answers", lost_answers,
	 "answers of name servers that were not read, while names are asked for", .metric = "lost_answers_total"),
    CALL("lost", "beginnings", put_beginnings, "beginnings of requests that were not read, while they are asked for",
	 .metric = "lost_beginnings_total"),
    TICK(TICK_U64, "lost", "ticks", skipped_ticks, "ticks replaced before they were read",
	 .metric = "lost_ticks_total"),
    CALL("losses", "retransmits", put_retransmits, "segments sent again since losses are watched; SYN and SYN-ACK too",
	 .metric = "retransmits_total"),
    CALL("losses", "drops", put_drops, "packets dropped since losses are watched, in all namespaces",
	 .metric = "drops_total"),
    CALL("losses", "resets", put_resets, "resets sent and received since losses are watched", .metric = "resets_total"),
    CALL("losses", "limited", put_limited, "of these, counted but not reported: more than 10,000 in a second",
	 .metric = "losses_limited_total"),
    CALL("losses", "lost", put_lost, "counted but not reported: the ring buffer was full",
	 .metric = "losses_lost_total"),
    CALL("losses", "foreign", put_foreign, "freed packets that are no losses: not IP, or for others",
	 .metric = "freed_foreign_packets_total"),
    CALL("losses", "purged", put_purged, "packets left in queues that were emptied, mostly of closed sockets",
	 .metric = "purged_packets_total"),
    CALL("losses", "unmissed", put_unmissed,
	 "dropped packets that nobody misses: what TCP had already, probes, stale acknowledgements and resets",
	 .metric = "unmissed_drops_total"),
    CALL("lives", "open", put_opened, "connect() calls since the start: the rows of the view Lives",
	 .metric = "connections_opened_total"),
    CALL("lives", "accept", put_accepted, "connections that came in", .metric = "connections_accepted_total"),
    CALL("lives", "fail", put_failed, "connect() calls that led to no connection",
	 .metric = "connections_failed_total"),
    CALL("lives", "close", put_closed, "connections and listeners that ended, older ones too",
	 .metric = "connections_closed_total"),
    CALL("lives", "connect_p50_us", put_connect_p50,
	 "SYN to established, over about ten ticks: half of those opened here took less",
	 .metric = "connect_p50_seconds", .scale = 1e-6),
    CALL("lives", "connect_p99_us", put_connect_p99,
	 "SYN to established, over about ten ticks: 99 % of those opened here took less",
	 .metric = "connect_p99_seconds", .scale = 1e-6),
    TICK(TICK_NSEC, "cost", "tick_us", duration_ns, "wall time that the collector took for this tick",
	 .metric = "tick_seconds", .scale = 1e-6),
    TICK(TICK_NSEC, "cost", "collector_cpu_us", collector_cpu_ns, "CPU time of the collector since its start",
	 .metric = "collector_cpu_seconds_total", .scale = 1e-6),
    CALL("cost", "monitor_cpu_us", put_monitor_cpu, "CPU time of the process that writes this, since its start",
	 .metric = "monitor_cpu_seconds_total", .scale = 1e-6),
    TOTAL(TOTAL_SHARE, "cost", "collector_cpu", collector_cpu, "share of one CPU in the last tick: 0.01 is 1 %"),
    TOTAL(TOTAL_SHARE, "cost", "bpf_cpu", bpf_cpu, "share of one CPU of the programs in the kernel, sampled",
	  .metric = "bpf_cpu_ratio"),
    CALL("cost", "bpf_window_us", put_bpf_window, "how long it was sampled for, at most a second; absent until then"),
    CALL("cost", "pass_ticks", put_pass_ticks,
	 "over how many ticks a pass over the sockets stretches, to stay within --cpu-limit", .metric = "pass_ticks"),
    CALL("cost", "slow_ticks", put_slow_ticks,
	 "over how many the last turn through the namespaces did, or this one so far", .metric = "slow_turn_ticks"),
    CALL("cost", "slow_held_ms", put_slow_held,
	 "for how long that turn has waited for a lock that somebody holds on a socket; absent: it does not",
	 .metric = "slow_turn_held_seconds", .scale = 1e-3),
    TICK(TICK_U64, "cost", "map_bytes", map_bytes, "memory of the maps in the kernel", .metric = "map_bytes"),
    TOTAL(TOTAL_U32, "totals", "tcp", tcp, "TCP sockets", .metric = "tcp_sockets"),
    TOTAL(TOTAL_U32, "totals", "udp", udp, "UDP sockets", .metric = "udp_sockets"),
    TOTAL(TOTAL_U32, "totals", "other", other, "sockets of other protocols", .metric = "other_sockets"),
    CALL("totals", "states", put_states, "object: TCP sockets by state, those above 0"),
    TICK(TICK_U32, "totals", "time_wait", time_wait, "TIME_WAIT sockets by /proc/net/sockstat",
	 .metric = "time_wait_sockets"),
    TICK(TICK_U32, "totals", "netns", netns_count, "network namespaces with sockets", .metric = "network_namespaces"),
    TOTAL(TOTAL_U32, "totals", "owners_known", owners_known, "sockets with an owner", .metric = "owned_sockets"),
    TOTAL(TOTAL_U32, "totals", "owners_exact", owners_exact, "sockets whose owner is exact"),
    TOTAL(TOTAL_RATE, "totals", "rx_rate", rx_rate, "bytes per second over all sockets, those that ended too"),
    TOTAL(TOTAL_RATE, "totals", "tx_rate", tx_rate, "bytes per second over all sockets, those that ended too"),
    TOTAL(TOTAL_RATE, "totals", "retrans_rate", retrans_rate, "retransmitted segments per second"),
    TOTAL(TOTAL_RATE, "totals", "drops_rate", drops_rate, "packets dropped, per second: the rows of the view Drops"),
    TOTAL(TOTAL_RATE, "totals", "resets_rate", resets_rate, "resets per second"),
    TICK(TICK_SNMP, "snmp", "tcp_retrans_segs", tcp_retrans_segs, "TcpRetransSegs",
	 .metric = "tcp_retransmitted_segments_total"),
    TICK(TICK_SNMP, "snmp", "tcp_out_segs", tcp_out_segs, "TcpOutSegs", .metric = "tcp_sent_segments_total"),
    TICK(TICK_SNMP, "snmp", "tcp_in_segs", tcp_in_segs, "TcpInSegs", .metric = "tcp_received_segments_total"),
    TICK(TICK_SNMP, "snmp", "tcp_in_errs", tcp_in_errs, "TcpInErrs", .metric = "tcp_received_bad_segments_total"),
    TICK(TICK_SNMP, "snmp", "tcp_out_rsts", tcp_out_rsts, "TcpOutRsts", .metric = "tcp_sent_resets_total"),
    TICK(TICK_SNMP, "snmp", "listen_overflows", listen_overflows, "TcpExtListenOverflows",
	 .metric = "tcp_listen_overflows_total"),
    TICK(TICK_SNMP, "snmp", "listen_drops", listen_drops, "TcpExtListenDrops", .metric = "tcp_listen_drops_total"),
    TICK(TICK_SNMP, "snmp", "udp_in_errors", udp_in_errors, "UdpInErrors", .metric = "udp_receive_errors_total"),
};

static bool put_value(struct buf *out, const struct page *p, const struct tick_field *f)
{
	const u8 *tick = (const u8 *)model_tick(p->m) + f->offset;
	const u8 *totals = (const u8 *)model_totals(p->m) + f->offset;
	double real;
	u64 wide;
	u32 narrow;

	switch (f->source) {
	case CALLED: return f->put(out, p);
	case TOTAL_U32: memcpy(&narrow, totals, sizeof(narrow)); return put_u64(out, narrow);
	case TOTAL_RATE: memcpy(&real, totals, sizeof(real)); return put_real(out, real, 1);
	case TOTAL_SHARE: memcpy(&real, totals, sizeof(real)); return put_real(out, real, 6);
	case TICK_U32: memcpy(&narrow, tick, sizeof(narrow)); return put_u64(out, narrow);
	default: break;
	}
	if (f->source == TICK_SNMP && !(model_tick(p->m)->stat_has & 1))
		return false;
	memcpy(&wide, tick, sizeof(wide));
	return put_u64(out, f->source == TICK_NSEC ? wide / NSEC_PER_USEC : wide);
}

/* Writes "name":value after `separator`; removes it all again if the value is unknown. */
static bool put_field(struct buf *out, const struct page *p, const struct tick_field *f, const char *separator)
{
	size_t len = buf_len(out);

	buf_printf(out, "%s\"%s\":", separator, f->name);
	if (put_value(out, p, f))
		return true;
	if (!out->failed)
		out->end = out->start + len;
	return false;
}

void json_put_tick(struct buf *out, const struct page *p)
{
	const char *group = "";
	bool first = false;

	buf_puts(out, "{\"type\":\"tick\"");
	for (size_t i = 0; i < ARRAY_SIZE(tick_fields); i++) {
		const struct tick_field *f = &tick_fields[i];

		if (strcmp(f->group, group) != 0) {
			buf_printf(out, "%s,\"%s\":{", *group ? "}" : "", f->group);
			group = f->group;
			first = true;
		}
		if (put_field(out, p, f, first ? "" : ","))
			first = false;
	}
	buf_puts(out, "}}\n");
}

bool json_tick_name(size_t i, struct json_name *out)
{
	if (i >= ARRAY_SIZE(tick_fields))
		return false;
	*out = (struct json_name){.group = tick_fields[i].group,
				  .name = tick_fields[i].name,
				  .help = tick_fields[i].help,
				  .metric = tick_fields[i].metric};
	return true;
}

double json_tick_value(size_t i, const struct page *p)
{
	const struct tick_field *f = &tick_fields[i];
	cleanup_buf struct buf text = {};
	bool known = put_value(&text, p, f);

	buf_putc(&text, '\0');
	if (!known || text.failed)
		return NAN;
	return strtod((const char *)buf_at(&text), NULL) * (f->scale ? f->scale : 1);
}
