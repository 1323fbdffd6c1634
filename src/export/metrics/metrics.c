/* Follows the ticks, and writes what each has: tables, the machine's own counters, losses by cause, and findings. */
#include "metrics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "findings.h"
#include "json.h"
#include "losses.h"
#include "metrics_private.h"
#include "outlet.h"
#include "text.h"
#include "writer.h"

/* Ended rows that stay in the model after a tick: as many as a batch keeps. */
#define KEEP_ENDED 1000
#define TABLES_MAX 8

static const struct metric alone[] = {
    {"build_info", "version", "always 1; the version of skbtop"},
    {"rows_left_out", "table", "rows without a place among the first: they stand together as other"},
    {"losses_total", "kind, reason",
     "packets sent again, dropped and reset since skbtop watches, by the kernel's reason"},
    {"findings", "check", "what is wrong now, by check; 0: it does not speak"},
    {"findings_of_severity", "severity", "what is wrong now, by severity"},
};
enum alone { BUILD_INFO, ROWS_LEFT_OUT, LOSSES, FINDINGS, FINDINGS_OF_SEVERITY };

struct metrics {
	const struct metrics_options *o;
	struct model *m;
	struct metric_table tables[TABLES_MAX];
	size_t table_count;
	struct metric_losses *losses; /* owned */
	struct buf buf;
	struct outlet outlet;
};

static void metrics_deinit(struct metrics *x)
{
	for (size_t i = 0; i < x->table_count; i++)
		metric_table_deinit(&x->tables[i]);
	free(x->losses);
	buf_deinit(&x->buf);
	outlet_deinit(&x->outlet);
}

/* -ENOMEM; *x has to be released in any case. */
static int metrics_init(struct metrics *x, const struct metrics_options *o, struct model *m, FILE *out)
{
	const struct table *t;
	int r = 0;

	*x = (struct metrics){.o = o, .m = m, .losses = calloc(1, sizeof(*x->losses))};
	outlet_init(&x->outlet, out, true);
	while (r == 0 && x->table_count < TABLES_MAX && (t = metric_table_at(x->table_count)))
		r = metric_table_init(&x->tables[x->table_count++], t, o->top, m);
	/* However many end within one tick: what they did in it counts. */
	model_keep_closed(m, UINT32_MAX);
	return x->losses ? r : -ENOMEM;
}

/* -- losses by cause ----------------------------------------------------------------------------------------------- */

static struct metric_loss *loss_of(struct metric_losses *l, const char *labels)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->at[i].labels, labels) == 0)
			return &l->at[i];
	if (l->count == METRIC_LOSSES) {
		metric_label(l->at[l->count].labels, "kind", "other");
		metric_label(l->at[l->count++].labels, "reason", "other");
	}
	if (l->count > METRIC_LOSSES)
		return &l->at[METRIC_LOSSES];
	memcpy(l->at[l->count].labels, labels, METRIC_LABELS_MAX);
	return &l->at[l->count++];
}

static void losses_take(struct metric_losses *l, const struct model *m)
{
	const struct loss_count *c;

	for (size_t i = 0; (c = model_loss_count(m, i)); i++) {
		struct record_loss as_event = loss_count_event(c);
		char labels[METRIC_LABELS_MAX] = "", reason[128];
		u64 moved = loss_count_moved(m, c);

		if (!moved)
			continue;
		loss_reason(m, &as_event, reason, sizeof(reason));
		metric_label(labels, "kind", loss_kind_name(c->r.kind));
		metric_label(labels, "reason", reason);
		loss_of(l, labels)->count += moved;
	}
}

static void put_alone_head(struct buf *out, enum alone which)
{
	metric_put_head(out, "", alone[which].name, alone[which].help);
}

static void put_alone(struct buf *out, enum alone which, const char *label, const char *value, double number)
{
	char labels[METRIC_LABELS_MAX] = "";

	metric_label(labels, label, value);
	metric_put(out, "", alone[which].name, labels, number);
}

static void put_losses(struct buf *out, const struct metric_losses *l)
{
	put_alone_head(out, LOSSES);
	for (size_t i = 0; i < l->count; i++)
		metric_put(out, "", alone[LOSSES].name, l->at[i].labels, (double)l->at[i].count);
}

/* -- findings ------------------------------------------------------------------------------------------------------ */

static unsigned said(const struct findings *f, const char *check)
{
	unsigned n = 0;

	for (u32 i = 0; i < findings_end(f); i++) {
		const struct finding *of = findings_at(f, i);

		n += of && finding_speaks(of) && strcmp(of->check->name, check) == 0;
	}
	return n;
}

/* A user's own check may be called as another: no series may stand twice. */
static bool is_first(const struct findings *f, size_t check)
{
	for (size_t i = 0; i < check; i++)
		if (strcmp(findings_check(f, i)->name, findings_check(f, check)->name) == 0)
			return false;
	return true;
}

static void put_findings(struct buf *out, const struct findings *f)
{
	const struct check *check;

	put_alone_head(out, FINDINGS);
	for (size_t i = 0; (check = findings_check(f, i)); i++)
		if (is_first(f, i))
			put_alone(out, FINDINGS, "check", check->name, said(f, check->name));
	put_alone_head(out, FINDINGS_OF_SEVERITY);
	for (unsigned s = 0; s < FINDING_SEVERITIES; s++) {
		u32 worse = s + 1 < FINDING_SEVERITIES ? findings_count(f, s + 1) : 0;

		put_alone(out, FINDINGS_OF_SEVERITY, "severity", finding_severity_name(s),
			  findings_count(f, s) - worse);
	}
}

/* -- a tick -------------------------------------------------------------------------------------------------------- */

static void put_machine(struct buf *out, const struct model *m)
{
	struct page page = {.m = m};
	struct json_name name;

	for (size_t i = 0; json_tick_name(i, &name); i++) {
		double value = name.metric ? json_tick_value(i, &page) : NAN;

		if (isnan(value))
			continue;
		metric_put_head(out, "", name.metric, name.help);
		metric_put(out, "", name.metric, "", value);
	}
}

static int take_tick(struct metrics *x)
{
	int r;

	findings_tick(x->o->findings);
	r = findings_work(x->o->findings, 0);
	for (size_t i = 0; i < x->table_count && r >= 0; i++)
		r = metric_table_take(&x->tables[i], x->m);
	losses_take(x->losses, x->m);
	model_keep_closed(x->m, KEEP_ENDED);
	model_keep_closed(x->m, UINT32_MAX);
	return MIN(r, 0);
}

static void put_tick(struct metrics *x)
{
	struct buf *out = &x->buf;

	put_alone_head(out, BUILD_INFO);
	put_alone(out, BUILD_INFO, "version", SKBTOP_VERSION, 1);
	put_machine(out, x->m);
	for (size_t i = 0; i < x->table_count; i++)
		metric_table_put(out, &x->tables[i]);
	put_alone_head(out, ROWS_LEFT_OUT);
	for (size_t i = 0; i < x->table_count; i++)
		put_alone(out, ROWS_LEFT_OUT, "table", x->tables[i].t->name, x->tables[i].left_out);
	put_losses(out, x->losses);
	put_findings(out, x->o->findings);
	buf_puts(out, "# EOF\n");
}

int metrics_run(const struct metrics_options *o, struct feed *f, struct model *m, FILE *out, struct error *err)
{
	cleanup(metrics_deinit) struct metrics x;
	int r = metrics_init(&x, o, m, out);

	if (r < 0)
		return error_set(err, r, "out of memory");
	for (u64 ticks = 0; !o->count || ticks < o->count; ticks++) {
		r = batch_next(&x.outlet, f, err);
		if (r != FEED_TICK)
			return r < 0 ? r : r == FEED_END ? BATCH_FEED_ENDED : BATCH_DONE;
		if (take_tick(&x) < 0)
			return error_set(err, -ENOMEM, "out of memory");
		put_tick(&x);
		r = outlet_write(&x.outlet, &x.buf, err);
		if (r != OUTLET_DONE)
			return r < 0 ? r : BATCH_DONE;
		buf_reset(&x.buf, SIZE_MAX);
	}
	return BATCH_DONE;
}

/* -- the table of all ---------------------------------------------------------------------------------------------- */

static bool of_tables(size_t *left, struct metric *metric, char buffer[METRIC_NAMES_MAX])
{
	const struct table *t;

	for (size_t i = 0; (t = metric_table_at(i)); i++)
		table_each (t, c) {
			int n;

			if (!c->metric || !column_is_contract(t, c) || (*left)-- != 0)
				continue;
			n = snprintf(buffer, METRIC_NAMES_MAX, "%s_%s", t->name, c->metric) + 1;
			buffer[n] = '\0';
			for (const char *const *label = t->fold->labels; *label; label++)
				text_join(buffer + n, METRIC_NAMES_MAX - (size_t)n, ", ", "%s", *label);
			*metric = (struct metric){
			    .name = buffer, .labels = buffer + n, .help = c->metric_help ? c->metric_help : c->help};
			return true;
		}
	return false;
}

bool metrics_at(size_t i, struct metric *metric, char buffer[METRIC_NAMES_MAX])
{
	struct json_name name;

	if (i < ARRAY_SIZE(alone)) {
		*metric = alone[i];
		return true;
	}
	i -= ARRAY_SIZE(alone);
	for (size_t at = 0; json_tick_name(at, &name); at++)
		if (name.metric && i-- == 0) {
			*metric = (struct metric){name.metric, "", name.help};
			return true;
		}
	buffer[0] = '\0';
	return of_tables(&i, metric, buffer);
}
