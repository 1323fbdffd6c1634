/* The findings of the whole time: the model forgets those that are over. */
#include <errno.h>
#include <stdlib.h>

#include "array.h"
#include "clock.h"
#include "json.h"
#include "report_private.h"
#include "units.h"

void report_findings_deinit(struct report_findings *r)
{
	free(r->kept);
}

/* NULL: it was not said before. What came again after it was over is another one. */
static struct finding *kept(struct report_findings *r, const struct finding *n)
{
	for (u32 i = 0; i < r->count; i++)
		if (r->kept[i].id == n->id && r->kept[i].first_ns == n->first_ns)
			return &r->kept[i];
	return NULL;
}

static int keep(struct report_findings *r, const struct findings *f, const struct finding *n)
{
	struct finding *place = kept(r, n);

	if (!place && r->count == REPORT_FINDINGS) {
		r->more += n->said_ns == model_tick(findings_model(f))->time_ns;
		return 0;
	}
	if (!place && array_append(&r->kept, &r->cap, r->count, sizeof(*r->kept)) < 0)
		return -ENOMEM;
	if (!place)
		place = &r->kept[r->count++];
	*place = *n;
	return 0;
}

int report_findings_take(struct report_findings *r, const struct findings *f)
{
	int code = 0;

	for (u32 i = 0; i < findings_end(f) && code == 0; i++) {
		const struct finding *n = findings_at(f, i);

		if (n)
			code = keep(r, f, n);
	}
	return code;
}

static int worse(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	return (x->first_ns > y->first_ns) - (x->first_ns < y->first_ns);
}

void report_findings_order(struct report_findings *r)
{
	if (r->count)
		qsort(r->kept, r->count, sizeof(*r->kept), worse);
}

void report_findings_put(struct buf *out, const struct report_findings *r, const struct findings *f)
{
	for (u32 i = 0; i < r->count; i++) {
		const struct finding *n = &r->kept[i];
		u64 began = finding_realtime(f, n), lasted = finding_since_us(f, n);
		char since[UNITS_MAX];

		units_usec(since, lasted);
		buf_printf(out,
			   "%s{\"severity\":%u,\"ended\":%s,\"since\":\"%s\",\"began\":%.3f,\"until\":%.3f,\"text\":",
			   i ? "," : "", n->severity, n->ended_ns ? "true" : "false", since,
			   (double)began / NSEC_PER_SEC, (double)(began + lasted * NSEC_PER_USEC) / NSEC_PER_SEC);
		json_put_string(out, n->text);
		buf_puts(out, ",\"advice\":");
		json_put_string(out, n->advice);
		buf_puts(out, "}");
	}
}
