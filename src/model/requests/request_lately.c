/* What became of a name's calls lately, and what that is usually: checks compare the two. */
#include "clock.h"
#include "requests_private.h"

#define HALF_NS (REQUEST_SPAN_S * NSEC_PER_SEC / 2)
#define WEIGHT 16      /* of half-spans in the usual: it follows within a minute or two … */
#define WEIGHT_OUT 128 /* … and what is out of the ordinary becomes usual after some minutes only */

struct request_span request_lately(const struct request *q)
{
	struct request_span s = q->before;

	s.answered += q->now.answered;
	s.failed += q->now.failed;
	s.refused += q->now.refused;
	histogram_merge(&s.times, &q->now.times);
	return s;
}

static void follow(double *usual, double value, u32 spans, bool is_out)
{
	*usual += (value - *usual) / (is_out ? WEIGHT_OUT : MIN(spans + 1, (u32)WEIGHT));
}

/* Half a span that is not of "lately" any more belongs to the usual. */
static void learn(struct request_usual *u, const struct request_span *s)
{
	double p50 = (double)histogram_percentile(&s->times, 500), p99 = (double)histogram_percentile(&s->times, 990);
	bool known = u->spans >= REQUEST_USUAL_LEAST;

	if (s->times.n) {
		follow(&u->p50_ns, p50, u->spans, known && p50 >= REQUEST_OUT * u->p50_ns);
		follow(&u->p99_ns, p99, u->spans, known && p99 >= REQUEST_OUT * u->p99_ns);
		u->spans++;
	}
	if (s->answered) {
		double refused = (double)s->refused / s->answered;

		follow(&u->refused, refused, u->answers, u->answers >= REQUEST_USUAL_LEAST && refused >= 0.5);
		u->answers++;
	}
}

void request_end_tick(struct request *q, u64 now)
{
	q->recent = q->fresh;
	q->fresh = 0;
	if (now < q->now.since_ns + HALF_NS)
		return;
	learn(&q->usual, &q->before);
	q->before = q->now;
	q->now = (struct request_span){.since_ns = now};
}
