/* What the batch formats say of the layers. Cumulative since the layers were turned on, unless a name ends in _tick. */
#include "layer_rows.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "clock.h"
#include "json.h"
#include "units.h"
#include "socket_table.h"

/* What is said of one layer, or of one hook. */
struct line {
	const char *who, *name;
	const struct row *row;                /* NULL: no socket's */
	enum layer layer;                     /* LAYER_COUNT: a hook's */
	double mean;                          /* ns; NaN: nothing is known */
	double share;                         /* 0 … 1; NaN: not known, or it is part of a layer, which has none */
	struct histogram_figures since, tick; /* n 0: not known */
	const u64 *dropped;                   /* NULL: nothing can drop there */
};

typedef void line_put(struct buf *out, const struct page *p, const struct line *l);

static void put_layers(struct buf *out, const struct page *p, const struct row *r, const struct layers *l,
		       line_put *put)
{
	char who[LAYERS_WHO_MAX];

	if (!l)
		return;
	layers_who(p->m, l, who, sizeof(who));
	for (unsigned i = 0; i < LAYER_COUNT; i++) {
		struct line line = {.who = who,
				    .name = layer_name(i),
				    .row = r,
				    .layer = i,
				    .mean = layers_mean(p->m, l, i, LAYERS_SINCE),
				    .share = i < LAYER_PARTS ? layers_share(p->m, l, i, LAYERS_SINCE) : NAN};

		layers_figures(p->m, l, i, LAYERS_SINCE, &line.since);
		layers_figures(p->m, l, i, LAYERS_TICK, &line.tick);
		put(out, p, &line);
	}
}

/* What is no socket's. */
static void put_machine(struct buf *out, const struct page *p, line_put *put)
{
	const struct record_netfilter *nf = model_netfilter(p->m);

	put_layers(out, p, NULL, model_layers(p->m), put);
	for (unsigned i = 0; nf && i < NETFILTER_HOOKS; i++) {
		struct line line = {.who = "machine",
				    .name = hook_name(i),
				    .layer = LAYER_COUNT,
				    .mean = hook_mean(p->m, i, LAYERS_SINCE),
				    .share = hook_share(p->m, i, LAYERS_SINCE),
				    .dropped = &nf->dropped[i]};

		hook_figures(p->m, i, LAYERS_SINCE, &line.since);
		hook_figures(p->m, i, LAYERS_TICK, &line.tick);
		put(out, p, &line);
	}
	put_layers(out, p, NULL, model_layers_echo(p->m), put);
}

/* -- JSON --------------------------------------------------------------------------------------------------------- */

static double usec(double ns)
{
	return ns / (double)NSEC_PER_USEC;
}

static void put_percentiles(struct buf *out, const struct histogram_figures *f, const char *suffix)
{
	buf_printf(out, "\"p50%s_us\":%.3f,\"p99%s_us\":%.3f,\"max%s_us\":%.3f", suffix, usec((double)f->p50_ns),
		   suffix, usec((double)f->p99_ns), suffix, usec((double)f->max_ns));
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

	if (!ns)
		return;
	buf_puts(out, ",\"time\":");
	put_unix_time(out, ns);
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

static void put_line_end(struct buf *out, const struct model *m, const struct line *l)
{
	if (l->dropped)
		buf_printf(out, ",\"dropped\":%" PRIu64, *l->dropped);
	if (l->layer < LAYER_COUNT && model_layer_includes(m, l->layer)) {
		buf_puts(out, ",\"includes\":");
		put_names(out, model_layer_includes(m, l->layer));
	}
	buf_puts(out, "}\n");
}

static void json_line(struct buf *out, const struct page *p, const struct line *l)
{
	if (isnan(l->mean))
		return;
	buf_puts(out, "{\"type\":\"layer\"");
	put_id(out, p->m, l->row);
	buf_puts(out, ",\"who\":");
	json_put_string(out, l->who);
	buf_printf(out, ",\"layer\":\"%s\"", l->name);
	if (l->since.n) {
		buf_printf(out, ",\"n\":%" PRIu64 ",", l->since.n);
		put_percentiles(out, &l->since, "");
	}
	buf_printf(out, ",\"mean_us\":%.3f", usec(l->mean));
	if (!isnan(l->share))
		buf_printf(out, ",\"share\":%.6f", l->share);
	if (l->tick.n) {
		buf_printf(out, ",\"n_tick\":%" PRIu64 ",\"mean_tick_us\":%.3f,", l->tick.n, usec(l->tick.mean_ns));
		put_percentiles(out, &l->tick, "_tick");
	}
	put_line_end(out, p->m, l);
}

static void json_head(struct buf *out, const struct page *p)
{
	json_put_tick(out, p);
	json_put_events(out, p);
	put_machine(out, p, json_line);
}

static void json_row(struct buf *out, const struct page *p, const void *row)
{
	const struct row *r = row;

	put_layers(out, p, r, row_layers(p->m, r), json_line);
}

/* -- text --------------------------------------------------------------------------------------------------------- */

#define TEXT_FORMAT "%-46.46s %-15s %5s %6s %6s %6s %6s %6s\n"

static void text_line(struct buf *out, const struct page *p, const struct line *l)
{
	char share[16] = "-", n[UNITS_MAX], mean[UNITS_MAX], p50[UNITS_MAX], p99[UNITS_MAX], max[UNITS_MAX];

	(void)p;
	if (!l->since.n)
		return;
	if (!isnan(l->share))
		snprintf(share, sizeof(share), "%.0f%%", l->share * 100);
	units_count(n, l->since.n);
	units_nsec(mean, (u64)l->since.mean_ns);
	units_nsec(p50, l->since.p50_ns);
	units_nsec(p99, l->since.p99_ns);
	units_nsec(max, l->since.max_ns);
	buf_printf(out, TEXT_FORMAT, l->who, l->name, share, n, mean, p50, p99, max);
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
			buf_printf(out, "%s: dropped %" PRIu64 "\n", hook_name(i), nf->dropped[i]);
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
	put_machine(out, p, text_line);
}

static void text_row(struct buf *out, const struct page *p, const void *row)
{
	const struct row *r = row;

	put_layers(out, p, r, row_layers(p->m, r), text_line);
}

/* -- CSV ---------------------------------------------------------------------------------------------------------- */

static void csv_begin(struct buf *out, const struct page *p, const char *type, const struct row *r, const char *who,
		      const char *name)
{
	char id[64] = "";

	page_put_time(out, p);
	if (r)
		column_print(table_find(&socket_table, "id"), p->m, r, id, sizeof(id));
	buf_printf(out, ",%s,%s,", type, id);
	csv_put_field(out, who);
	buf_printf(out, ",%s", name);
}

static void csv_figures(struct buf *out, const struct histogram_figures *f)
{
	if (f->n)
		buf_printf(out, ",%" PRIu64 ",%.3f,%.3f,%.3f,%.3f", f->n, usec(f->mean_ns), usec((double)f->p50_ns),
			   usec((double)f->p99_ns), usec((double)f->max_ns));
	else
		buf_puts(out, ",,,,,");
}

static void csv_line(struct buf *out, const struct page *p, const struct line *l)
{
	if (!l->since.n)
		return;
	csv_begin(out, p, "layer", l->row, l->who, l->name);
	csv_figures(out, &l->since);
	csv_figures(out, &l->tick);
	buf_puts(out, ",,");
	if (l->dropped)
		buf_printf(out, "%" PRIu64, *l->dropped);
	buf_puts(out, "\r\n");
}

static void csv_head(struct buf *out, const struct page *p)
{
	const struct layer_event *e;
	u64 number = p->events;

	if (!p->number)
		buf_puts(out, "time,type,id,who,layer,n,mean_us,p50_us,p99_us,max_us,n_tick,mean_tick_us,p50_tick_us,"
			      "p99_tick_us,max_tick_us,average_us,dropped\r\n");
	while ((e = next_event(p, &number))) {
		csv_begin(out, p, "event", find_row(p->m, e->id), e->who, layer_name(e->layer));
		csv_figures(out, &(struct histogram_figures){});
		buf_printf(out, ",%" PRIu64 ",%.3f,,,,%.3f,\r\n", e->n, usec(e->mean_ns), usec(e->average_ns));
	}
	put_machine(out, p, csv_line);
}

static void csv_row(struct buf *out, const struct page *p, const void *row)
{
	const struct row *r = row;

	put_layers(out, p, r, row_layers(p->m, r), csv_line);
}

const struct writer writer_layers_text = {.head = text_head, .row = text_row};
const struct writer writer_layers_json = {.head = json_head, .row = json_row};
const struct writer writer_layers_csv = {.head = csv_head, .row = csv_row};
