/* What the batch formats say of the layers. Cumulative since the layers were turned on, unless a name ends in _tick. */
#include "layer_rows.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "json.h"
#include "units.h"

/* -- JSON --------------------------------------------------------------------------------------------------------- */

static double usec(double ns)
{
	return ns / (double)NSEC_PER_USEC;
}

static void put_percentiles(struct buf *out, const struct layer_figures *f, const char *suffix)
{
	buf_printf(out, "\"p50%s_us\":%.3f,\"p99%s_us\":%.3f,\"max%s_us\":%.3f", suffix, usec((double)f->p50_ns),
		   suffix, usec((double)f->p99_ns), suffix, usec((double)f->max_ns));
}

bool json_put_layers(struct buf *out, const struct model *m, const struct layers *l)
{
	const char *separator = "{";
	struct layer_figures f;

	for (unsigned i = 0; i < LAYER_COUNT; i++) {
		if (!layers_figures(m, l, i, LAYERS_SINCE, &f))
			continue;
		buf_printf(out, "%s\"%s\":{\"n\":%" PRIu64 ",", separator, layer_name(i), f.n);
		put_percentiles(out, &f, "");
		buf_putc(out, '}');
		separator = ",";
	}
	if (*separator == '{')
		return false;
	buf_putc(out, '}');
	return true;
}

static void put_names(struct buf *out, unsigned bits)
{
	const char *separator = "";

	buf_putc(out, '[');
	for (unsigned i = 0; i < LAYER_COUNT; i++) {
		if (!(bits >> i & 1))
			continue;
		buf_printf(out, "%s\"%s\"", separator, layer_name(i));
		separator = ",";
	}
	buf_putc(out, ']');
}

bool json_put_stages(struct buf *out, const struct model *m)
{
	const struct record_stages *s = model_stages(m);

	if (!s || !s->sample)
		return false;
	buf_printf(out,
		   "{\"sample\":%" PRIu64 ",\"stamped\":%" PRIu64 ",\"missed\":%" PRIu64 ",\"lost\":%" PRIu64
		   ",\"merged\":",
		   s->sample, s->stamped, s->missed, s->lost + model_layers_left_out(m));
	put_names(out, s->merged & ~s->absent);
	buf_puts(out, ",\"absent\":");
	put_names(out, s->absent);
	buf_putc(out, '}');
	return true;
}

static void put_time(struct buf *out, const struct model *m, u64 monotonic_ns)
{
	u64 ns = model_realtime(m, monotonic_ns);

	if (ns)
		buf_printf(out, ",\"time\":%" PRIu64 ".%06" PRIu64, (u64)(ns / NSEC_PER_SEC),
			   (u64)(ns % NSEC_PER_SEC / NSEC_PER_USEC));
}

static const struct row *find_row(const struct model *m, u64 id)
{
	u32 index = model_find(m, id);

	return index == UINT32_MAX ? NULL : model_row(m, index);
}

/* The id as the column has it, or nothing for the machine. */
static void put_id(struct buf *out, const struct model *m, const struct row *r)
{
	char text[64];

	if (r && column_print(table_find(&socket_table, "id"), m, r, text, sizeof(text)))
		buf_printf(out, ",\"id\":\"%s\"", text);
}

/* The next event that is due, from *number on; NULL: no more. What is not kept any more is passed over. */
static const struct layer_event *next_event(const struct page *p, u64 *number)
{
	const struct layer_event *e = NULL;

	while (!e && *number < model_layer_events(p->m))
		e = model_layer_event(p->m, ++*number);
	return e;
}

void json_put_events(struct buf *out, const struct page *p)
{
	const struct layer_event *e;
	u64 number = p->events;

	while ((e = next_event(p, &number))) {
		buf_puts(out, "{\"type\":\"event\",\"event\":\"layer\"");
		put_time(out, p->m, e->time_ns);
		put_id(out, p->m, find_row(p->m, e->id));
		buf_puts(out, ",\"who\":");
		json_put_string(out, e->who);
		buf_printf(out, ",\"layer\":\"%s\",\"n_tick\":%" PRIu64 ",\"mean_tick_us\":%.3f,\"average_us\":%.3f}\n",
			   layer_name(e->layer), e->n, usec(e->mean_ns), usec(e->average_ns));
	}
}

/* What is part of a layer has none. */
static bool has_share(enum layer layer)
{
	return layer < LAYER_PARTS || layer >= LAYER_COUNT;
}

static void json_layer(struct buf *out, const struct model *m, u64 id, const struct layers *l, enum layer layer)
{
	struct layer_figures f;
	double mean = layers_mean(m, l, layer, LAYERS_SINCE), share = layers_share(m, l, layer, LAYERS_SINCE);
	char who[96];

	if (isnan(mean))
		return;
	buf_puts(out, "{\"type\":\"layer\"");
	put_id(out, m, find_row(m, id));
	layers_who(m, id, who, sizeof(who));
	buf_puts(out, ",\"who\":");
	json_put_string(out, who);
	buf_printf(out, ",\"layer\":\"%s\"", layer_name(layer));
	if (layers_figures(m, l, layer, LAYERS_SINCE, &f)) {
		buf_printf(out, ",\"n\":%" PRIu64 ",", f.n);
		put_percentiles(out, &f, "");
	}
	buf_printf(out, ",\"mean_us\":%.3f", usec(mean));
	if (has_share(layer) && !isnan(share))
		buf_printf(out, ",\"share\":%.6f", share);
	if (layers_figures(m, l, layer, LAYERS_TICK, &f)) {
		buf_printf(out, ",\"n_tick\":%" PRIu64 ",\"mean_tick_us\":%.3f,", f.n, usec(f.mean_ns));
		put_percentiles(out, &f, "_tick");
	}
	if (layer >= LAYER_COUNT && model_netfilter(m))
		buf_printf(out, ",\"dropped\":%" PRIu64, model_netfilter(m)->dropped[layer - LAYER_COUNT]);
	if (model_layer_includes(m, layer)) {
		buf_puts(out, ",\"includes\":");
		put_names(out, model_layer_includes(m, layer));
	}
	buf_puts(out, "}\n");
}

static void json_layers(struct buf *out, const struct model *m, u64 id, const struct layers *l)
{
	for (unsigned i = 0; i < LAYER_ROWS; i++)
		json_layer(out, m, id, l, i);
}

static void json_head(struct buf *out, const struct page *p)
{
	json_put_tick(out, p);
	json_put_events(out, p);
	json_layers(out, p->m, 0, model_layers(p->m));
	json_layers(out, p->m, ECHO_ID, model_layers_echo(p->m));
}

static void json_row(struct buf *out, const struct page *p, const struct row *r)
{
	json_layers(out, p->m, r->s.id, row_layers(p->m, r));
}

/* -- text --------------------------------------------------------------------------------------------------------- */

#define TEXT_FORMAT "%-46.46s %-15s %5s %6s %6s %6s %6s %6s\n"

static void text_layers(struct buf *out, const struct model *m, u64 id, const struct layers *l)
{
	char who[96], share[16], n[UNITS_MAX], mean[UNITS_MAX], p50[UNITS_MAX], p99[UNITS_MAX], max[UNITS_MAX];
	struct layer_figures f;

	layers_who(m, id, who, sizeof(who));
	for (unsigned i = 0; i < LAYER_ROWS; i++) {
		double part = layers_share(m, l, i, LAYERS_SINCE);

		if (!layers_figures(m, l, i, LAYERS_SINCE, &f))
			continue;
		snprintf(share, sizeof(share), "-");
		if (has_share(i) && !isnan(part))
			snprintf(share, sizeof(share), "%.0f%%", part * 100);
		units_count(n, f.n);
		units_nsec(mean, (u64)f.mean_ns);
		units_nsec(p50, f.p50_ns);
		units_nsec(p99, f.p99_ns);
		units_nsec(max, f.max_ns);
		buf_printf(out, TEXT_FORMAT, who, layer_name(i), share, n, mean, p50, p99, max);
	}
}

void text_put_events(struct buf *out, const struct page *p)
{
	const struct layer_event *e;
	u64 number = p->events;
	char now[UNITS_MAX], usual[UNITS_MAX];

	while ((e = next_event(p, &number))) {
		units_nsec(now, (u64)e->mean_ns);
		units_nsec(usual, (u64)e->average_ns);
		buf_printf(out, "! %s %s mean, usually %s  %s\n", layer_name(e->layer), now, usual, e->who);
	}
}

/* What the rows of the hooks do not say. */
static void text_hooks(struct buf *out, const struct model *m)
{
	const struct record_netfilter *nf = model_netfilter(m);

	for (unsigned i = 0; nf && i < NETFILTER_HOOKS; i++)
		if (nf->dropped[i])
			buf_printf(out, "%s: dropped %" PRIu64 "\n", layer_name(LAYER_HOOK(i)), nf->dropped[i]);
	if (nf && nf->missed)
		buf_printf(out, "netfilter: missed %" PRIu64 "\n", nf->missed);
}

static void text_head(struct buf *out, const struct page *p)
{
	const struct record_stages *s = model_stages(p->m);

	if (p->number > 0)
		buf_putc(out, '\n');
	if (p->several)
		text_put_time(out, p->m);
	if (s && s->sample > 1)
		buf_printf(out, "1 in %" PRIu64 " packets measured\n", s->sample);
	for (unsigned i = 0; i < LAYER_PARTS; i++)
		if (model_layer_state(p->m, i) != LAYER_STAMPED)
			buf_printf(out, "%s: %s\n", layer_name(i),
				   model_layer_state(p->m, i) == LAYER_MERGED
				       ? "counted with the next layer: this kernel cannot stamp it"
				       : "not to be had on this kernel");
	text_hooks(out, p->m);
	text_put_events(out, p);
	buf_printf(out, TEXT_FORMAT, "WHO", "LAYER", "SHARE", "N", "MEAN", "P50", "P99", "MAX");
	text_layers(out, p->m, 0, model_layers(p->m));
	text_layers(out, p->m, ECHO_ID, model_layers_echo(p->m));
}

static void text_row(struct buf *out, const struct page *p, const struct row *r)
{
	text_layers(out, p->m, r->s.id, row_layers(p->m, r));
}

/* -- CSV ---------------------------------------------------------------------------------------------------------- */

static void csv_begin(struct buf *out, const struct page *p, const char *type, const struct row *r, const char *who,
		      enum layer layer)
{
	char id[64] = "";

	page_put_time(out, p);
	if (r)
		column_print(table_find(&socket_table, "id"), p->m, r, id, sizeof(id));
	buf_printf(out, ",%s,%s,", type, id);
	csv_put_field(out, who);
	buf_printf(out, ",%s", layer_name(layer));
}

static void csv_figures(struct buf *out, const struct layer_figures *f, bool known)
{
	if (known)
		buf_printf(out, ",%" PRIu64 ",%.3f,%.3f,%.3f,%.3f", f->n, usec(f->mean_ns), usec((double)f->p50_ns),
			   usec((double)f->p99_ns), usec((double)f->max_ns));
	else
		buf_puts(out, ",,,,,");
}

static void csv_layers(struct buf *out, const struct page *p, u64 id, const struct layers *l)
{
	struct layer_figures since, tick;
	char who[96];

	layers_who(p->m, id, who, sizeof(who));
	for (unsigned i = 0; i < LAYER_ROWS; i++) {
		bool known = layers_figures(p->m, l, i, LAYERS_SINCE, &since);

		if (!known)
			continue;
		csv_begin(out, p, "layer", find_row(p->m, id), who, i);
		csv_figures(out, &since, true);
		known = layers_figures(p->m, l, i, LAYERS_TICK, &tick);
		csv_figures(out, &tick, known);
		buf_puts(out, ",,");
		if (i >= LAYER_COUNT && model_netfilter(p->m))
			buf_printf(out, "%" PRIu64, model_netfilter(p->m)->dropped[i - LAYER_COUNT]);
		buf_puts(out, "\r\n");
	}
}

static void csv_head(struct buf *out, const struct page *p)
{
	const struct layer_event *e;
	u64 number = p->events;

	if (!p->number)
		buf_puts(out, "time,type,id,who,layer,n,mean_us,p50_us,p99_us,max_us,n_tick,mean_tick_us,p50_tick_us,"
			      "p99_tick_us,max_tick_us,average_us,dropped\r\n");
	while ((e = next_event(p, &number))) {
		csv_begin(out, p, "event", find_row(p->m, e->id), e->who, e->layer);
		csv_figures(out, NULL, false);
		buf_printf(out, ",%" PRIu64 ",%.3f,,,,%.3f,\r\n", e->n, usec(e->mean_ns), usec(e->average_ns));
	}
	csv_layers(out, p, 0, model_layers(p->m));
	csv_layers(out, p, ECHO_ID, model_layers_echo(p->m));
}

static void csv_row(struct buf *out, const struct page *p, const struct row *r)
{
	csv_layers(out, p, r->s.id, row_layers(p->m, r));
}

const struct writer writer_layers_text = {.head = text_head, .row = text_row};
const struct writer writer_layers_json = {.head = json_head, .row = json_row};
const struct writer writer_layers_csv = {.head = csv_head, .row = csv_row};
