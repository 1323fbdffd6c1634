/* The graphs' lines: a value a tick; once they are full, two points become one, as often as it takes. */
#include <math.h>
#include <string.h>

#include "clock.h"
#include "exchanges.h"
#include "json.h"
#include "lives.h"
#include "report_private.h"
#include "spread.h"
#include "totals.h"

static const struct {
	const char *graph, *unit; /* lines of a graph follow each other */
	const char *name;
	bool most; /* of several ticks the largest counts, not the mean */
} lines[REPORT_LINES] = {
    [LINE_RX] = {"Throughput", "bytes/s", "received"},
    [LINE_TX] = {"Throughput", "bytes/s", "sent"},
    [LINE_RETRANSMITS] = {"Loss", "/s", "retransmits"},
    [LINE_DROPS] = {"Loss", "/s", "drops"},
    [LINE_RESETS] = {"Loss", "/s", "resets"},
    [LINE_RTT_P50] = {"Round-trip time", "us", "median"},
    [LINE_RTT_P99] = {"Round-trip time", "us", "99th percentile", true},
    [LINE_CALLS] = {"Exchanges", "/s", "calls"},
    [LINE_CALL_P50] = {"Time of an exchange", "us", "median"},
    [LINE_CALL_P99] = {"Time of an exchange", "us", "99th percentile", true},
    [LINE_SOCKETS] = {"Sockets", "", "there"},
    [LINE_OPENED] = {"Connections", "/s", "opened"},
    [LINE_ACCEPTED] = {"Connections", "/s", "accepted"},
    [LINE_FAILED] = {"Connections", "/s", "failed"},
};

/* -- a tick -------------------------------------------------------------------------------------------------------- */

static void take_percentiles(const struct histogram *h, double *p50_us, double *p99_us)
{
	struct histogram_figures f;
	bool known = histogram_figures(h, &f);

	*p50_us = known ? (double)f.p50_ns / NSEC_PER_USEC : NAN;
	*p99_us = known ? (double)f.p99_ns / NSEC_PER_USEC : NAN;
}

/* Those that were measured in the tick. */
static void take_rtts(const struct model *m, double v[REPORT_LINES])
{
	struct histogram h = {};

	for (u32 i = 0; i < model_rows_end(m); i++) {
		const struct row *r = model_row(m, i);

		if (r->live && !r->closed && row_has_fresh_rtt(r))
			histogram_add(&h, r->s.rtt_us * NSEC_PER_USEC, 1);
	}
	take_percentiles(&h, &v[LINE_RTT_P50], &v[LINE_RTT_P99]);
}

/* Of a call whose both ends are here, the client's counts. */
static void take_calls(struct report_series *s, const struct model *m, double v[REPORT_LINES])
{
	u64 newest = model_exchanges_newest(m);
	struct histogram h = {};

	for (s->calls = MAX(s->calls, newest > EXCHANGES_MAX ? newest - EXCHANGES_MAX : 0); s->calls < newest;) {
		const struct exchange *x = model_exchange(m, ++s->calls);

		if (x && exchange_has_times(x) && !x->behind)
			histogram_add(&h, x->whole_ns, 1);
	}
	v[LINE_CALLS] = model_exchanges_on(m) ? model_exchanges_rate(m) : NAN;
	take_percentiles(&h, &v[LINE_CALL_P50], &v[LINE_CALL_P99]);
}

static void take_values(struct report_series *s, const struct model *m, double v[REPORT_LINES])
{
	const struct totals *t = model_totals(m);

	v[LINE_RX] = t->rx_rate;
	v[LINE_TX] = t->tx_rate;
	v[LINE_RETRANSMITS] = t->retrans_rate;
	v[LINE_DROPS] = t->drops_rate;
	v[LINE_RESETS] = t->resets_rate;
	v[LINE_SOCKETS] = t->live;
	v[LINE_OPENED] = model_lives_rate(m, LIFE_OPEN);
	v[LINE_ACCEPTED] = model_lives_rate(m, LIFE_ACCEPT);
	v[LINE_FAILED] = model_lives_rate(m, LIFE_FAIL);
	take_rtts(m, v);
	take_calls(s, m, v);
}

/* -- points -------------------------------------------------------------------------------------------------------- */

static void merge(struct report_point *p, const u32 known[REPORT_LINES], const double value[REPORT_LINES])
{
	for (unsigned i = 0; i < REPORT_LINES; i++) {
		u32 n = p->known[i] + known[i];

		if (!known[i])
			continue;
		if (lines[i].most)
			p->value[i] = MAX(p->known[i] ? p->value[i] : value[i], value[i]);
		else
			p->value[i] = (p->value[i] * p->known[i] + value[i] * known[i]) / n;
		p->known[i] = n;
	}
}

/* Half as many points, each of which stands for twice as many ticks. */
static void thin_out(struct report_series *s)
{
	for (u32 i = 0; i < REPORT_POINTS / 2; i++) {
		s->at[i] = s->at[2 * i];
		merge(&s->at[i], s->at[2 * i + 1].known, s->at[2 * i + 1].value);
	}
	s->count = REPORT_POINTS / 2;
	s->stride *= 2;
	s->filled = s->stride;
}

void report_series_take(struct report_series *s, const struct model *m)
{
	double value[REPORT_LINES];
	u32 known[REPORT_LINES];

	take_values(s, m, value);
	for (unsigned i = 0; i < REPORT_LINES; i++)
		known[i] = isfinite(value[i]);
	if (s->count == REPORT_POINTS && s->filled == s->stride)
		thin_out(s);
	if (!s->count || s->filled == s->stride) {
		s->at[s->count++] = (struct report_point){.realtime_ns = model_tick(m)->realtime_ns};
		s->filled = 0;
	}
	merge(&s->at[s->count - 1], known, value);
	s->filled++;
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

static void put_line(struct buf *out, const struct report_series *s, unsigned line)
{
	buf_printf(out, "{\"name\":\"%s\",\"values\":[", lines[line].name);
	for (u32 i = 0; i < s->count; i++) {
		buf_puts(out, i ? "," : "");
		if (s->at[i].known[line])
			buf_printf(out, "%.6g", s->at[i].value[line]);
		else
			buf_puts(out, "null");
	}
	buf_puts(out, "]}");
}

void report_series_put(struct buf *out, const struct report_series *s)
{
	const char *graph = "";

	buf_printf(out, "{\"stride\":%u,\"times\":[", s->stride);
	for (u32 i = 0; i < s->count; i++)
		buf_printf(out, "%s%.3f", i ? "," : "", (double)s->at[i].realtime_ns / NSEC_PER_SEC);
	buf_puts(out, "],\"graphs\":[");
	for (unsigned i = 0; i < REPORT_LINES; i++) {
		if (strcmp(lines[i].graph, graph) == 0)
			buf_puts(out, ",");
		else
			buf_printf(out, "%s{\"title\":\"%s\",\"unit\":\"%s\",\"lines\":[", i ? "]}," : "",
				   lines[i].graph, lines[i].unit);
		graph = lines[i].graph;
		put_line(out, s, i);
	}
	buf_puts(out, "]}]}");
}
