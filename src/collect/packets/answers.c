/* Loads the program that reports answers of name servers, and passes on what it reports: who reads them has no
 * privileges. */
#include "answers.h"

#include <bpf/libbpf.h>
#include <string.h>

#include "abi.h"
#include "answers.skel.h"
#include "collector.h"
#include "demand.h"

struct answers {
	struct source source;
	struct demand demand;
	u64 lost; /* by earlier loads of the program */
};

static int pass_on(void *source, void *data, size_t size)
{
	struct answers *a = source;
	const struct abi_answer *from = data;
	struct record_answer r = {};

	if (size < sizeof(*from))
		return 0;
	r.len = (u16)MIN(from->len, (u32)sizeof(r.data));
	memcpy(r.data, from->data, r.len);
	outbox_event(&a->source.c->out, RECORD_ANSWER, &r, true);
	return 0;
}

static const struct bpf_map *ring_of(const struct hooks *h)
{
	return h->answers->maps.answers;
}

static void ends(struct source *s)
{
	((struct answers *)s)->lost += s->c->hooks->answers->bss->lost;
}

static const struct demand_class class = {
    .set = SET_ANSWERS, .vital = FEATURE_ANSWERS, .ring = ring_of, .told = pass_on, .ends = ends};

static bool answers_want(struct source *s, const struct wishes *w)
{
	return demand_want(&((struct answers *)s)->demand, w->names);
}

static void answers_readable(struct source *s)
{
	demand_read(&((struct answers *)s)->demand);
}

static void answers_tick(struct source *s)
{
	demand_tick(&((struct answers *)s)->demand, &class, s);
}

static void answers_fill(struct source *s, struct record_tick *t)
{
	const struct answers *a = (struct answers *)s;

	t->lost_answers = a->lost + (a->demand.ring ? s->c->hooks->answers->bss->lost : 0);
}

static bool answers_stop(struct source *s)
{
	demand_stop(&((struct answers *)s)->demand, &class, s);
	return true;
}

const struct source_class answers_source = {.name = "answers",
					    .size = sizeof(struct answers),
					    .tick = answers_tick,
					    .fill = answers_fill,
					    .want = answers_want,
					    .readable = answers_readable,
					    .stop = answers_stop};
