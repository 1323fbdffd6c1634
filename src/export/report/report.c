/* Follows the ticks, and writes the page at the end. */
#include "report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "exchanges.h"
#include "file.h"
#include "json.h"
#include "outlet.h"
#include "report_page.inc"
#include "report_private.h"
#include "text.h"

struct report {
	struct report_kept kept;
	struct report_series *series; /* owned */
	u64 ticks, from_ns;           /* wall clock of the first */
};

static void report_deinit(struct report *r)
{
	free(r->series);
	report_findings_deinit(&r->kept.findings);
	for (size_t i = 0; i < REPORT_FOLLOWED; i++)
		report_movers_deinit(&r->kept.movers[i]);
}

/* -ENOMEM; *r has to be released in any case. */
static int report_init(struct report *r, const struct report_options *o, const struct model *m)
{
	int code = 0;

	*r = (struct report){.kept = {.o = o, .m = m}, .series = calloc(1, sizeof(*r->series))};
	if (!r->series)
		return -ENOMEM;
	r->series->stride = 1;
	for (size_t i = 0; i < REPORT_FOLLOWED && code == 0; i++)
		code = report_movers_init(&r->kept.movers[i], report_followed(i), m);
	return code;
}

/* -- ticks --------------------------------------------------------------------------------------------------------- */

static int take_tick(struct report *r)
{
	struct findings *findings = r->kept.o->findings;
	int code;

	findings_tick(findings);
	code = findings_work(findings, 0);
	if (code >= 0)
		code = report_findings_take(&r->kept.findings, findings);
	for (size_t i = 0; i < REPORT_FOLLOWED && code >= 0; i++)
		code = report_movers_take(&r->kept.movers[i], r->kept.m);
	report_series_take(r->series, r->kept.m);
	if (!r->ticks++)
		r->from_ns = model_tick(r->kept.m)->realtime_ns;
	return MIN(code, 0);
}

/* -- the page ------------------------------------------------------------------------------------------------------ */

/* Bytes from a stream, which need not be text. */
static void put_bytes(struct buf *out, const char *name, const u8 *bytes, size_t size)
{
	char text[512];

	text_clean(text, sizeof(text), (const char *)bytes, size);
	buf_printf(out, "\"%s\":", name);
	json_put_string(out, text);
	buf_puts(out, ",");
}

static void put_machine(struct buf *out, const struct report *r)
{
	const struct record_hello *h = model_hello(r->kept.m);
	u64 to = model_tick(r->kept.m)->realtime_ns;
	time_t begin = (time_t)(r->from_ns / NSEC_PER_SEC);
	struct tm local = {};

	localtime_r(&begin, &local);
	buf_printf(out, "\"version\":\"%s\",\"ticks\":%llu,\"from\":%.3f,\"to\":%.3f,\"offset\":%ld,\"zone\":",
		   SKBTOP_VERSION, (unsigned long long)r->ticks, (double)r->from_ns / NSEC_PER_SEC,
		   (double)to / NSEC_PER_SEC, local.tm_gmtoff);
	json_put_string(out, local.tm_zone ? local.tm_zone : "");
	buf_puts(out, ",\"source\":");
	json_put_string(out, r->kept.o->source ? r->kept.o->source : "live");
	buf_puts(out, ",");
	if (h) {
		put_bytes(out, "host", h->host, sizeof(h->host));
		put_bytes(out, "kernel", h->kernel, sizeof(h->kernel));
		buf_printf(out, "\"cpus\":%u,", h->cpus);
	}
}

/* What this kernel does not show. */
static void put_unserved(struct buf *out, const struct model *m)
{
	const struct record_feature *f;

	for (size_t i = 0; (f = model_feature(m, i)); i++) {
		char name[sizeof(f->name) * 3 + 1], reason[sizeof(f->reason) * 3 + 1],
		    line[sizeof(name) + sizeof(reason) + 2];

		if (f->hook[0])
			continue;
		text_clean(name, sizeof(name), (const char *)f->name, sizeof(f->name));
		text_clean(reason, sizeof(reason), (const char *)f->reason, sizeof(f->reason));
		snprintf(line, sizeof(line), "%s: %s", name, reason);
		buf_puts(out, ",");
		json_put_string(out, line);
	}
}

/* The last tick, with what was lost, and what each of its names means. */
static void put_tick(struct buf *out, const struct report *r)
{
	struct page page = {.m = r->kept.m};
	const char *comma = "";
	struct json_name name;

	buf_puts(out, "\"tick\":");
	json_put_tick(out, &page);
	buf_puts(out, ",\"lost\":{");
	for (size_t i = 0; json_tick_name(i, &name); i++) {
		if (strcmp(name.group, "lost") != 0)
			continue;
		buf_printf(out, "%s\"%s\":", comma, name.name);
		json_put_string(out, name.help);
		comma = ",";
	}
	buf_puts(out, "},");
}

/* The names of enum exchange_place. */
static const char places[] = "[\"network\",\"kernel\",\"program\"]";

static int put_data(struct buf *out, struct report *r)
{
	cleanup_buf struct buf unseen = {}, tables = {};
	int code;

	report_findings_order(&r->kept.findings);
	for (size_t i = 0; i < REPORT_FOLLOWED; i++)
		report_movers_order(&r->kept.movers[i]);
	put_unserved(&unseen, r->kept.m);
	code = report_tables_put(&tables, &unseen, &r->kept);
	buf_puts(out, "{");
	put_machine(out, r);
	put_tick(out, r);
	buf_printf(out, "\"checks\":%zu,\"places\":%s,\"findings\":[", findings_checks(r->kept.o->findings), places);
	report_findings_put(out, &r->kept.findings, r->kept.o->findings);
	buf_puts(out, "],\n\"series\":");
	report_series_put(out, r->series);
	buf_puts(out, ",\n\"unseen\":[");
	if (buf_len(&unseen))
		buf_put(out, buf_at(&unseen) + 1, buf_len(&unseen) - 1);
	buf_puts(out, "],\n\"tables\":[");
	buf_put(out, buf_at(&tables), buf_len(&tables));
	buf_puts(out, "]}");
	return unseen.failed || tables.failed ? -ENOMEM : code;
}

/* In JSON a '<' only stands in strings. Escaped it neither ends the element that the data lie in nor begins another. */
static void put_escaped(struct buf *out, const char *text, size_t len)
{
	while (len) {
		const char *less = memchr(text, '<', len);
		size_t n = less ? (size_t)(less - text) : len;

		buf_put(out, text, n);
		if (less)
			buf_puts(out, "\\u003c");
		n += less != NULL;
		text += n;
		len -= n;
	}
}

static int write_page(struct report *r, struct error *err)
{
	cleanup_buf struct buf data = {}, page = {};
	int code = put_data(&data, r);

	buf_puts(&page, before_data);
	put_escaped(&page, (const char *)buf_at(&data), buf_len(&data));
	buf_puts(&page, after_data);
	if (code < 0 || data.failed || page.failed)
		return error_set(err, -ENOMEM, "out of memory");
	return file_write_atomic(r->kept.o->path, buf_at(&page), buf_len(&page), err);
}

int report_run(const struct report_options *o, struct feed *f, struct model *m, struct error *err)
{
	cleanup(report_deinit) struct report r;
	cleanup(outlet_deinit) struct outlet signals;
	int code = report_init(&r, o, m);

	outlet_init(&signals, stdout, true);
	if (code < 0)
		return error_set(err, code, "out of memory");
	while (!o->count || r.ticks < o->count) {
		code = batch_next(&signals, f, err);
		if (code < 0)
			return code;
		if (code != FEED_TICK)
			break;
		if (feed_is_early(f))
			continue;
		if (take_tick(&r) < 0)
			return error_set(err, -ENOMEM, "out of memory");
	}
	if (r.ticks) {
		int written = write_page(&r, err);

		if (written < 0)
			return written;
	}
	return code == FEED_END ? BATCH_FEED_ENDED : BATCH_DONE;
}
