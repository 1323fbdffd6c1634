/* What was found: from the first round in which a check holds until it is gone, and a while longer. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "findings_private.h"
#include "sentence.h"
#include "store.h"
#include "text.h"

/* -- making and removing ------------------------------------------------------------------------------------------- */

static u64 id_of(const struct compiled_check *c, u64 row)
{
	u64 id = idmap_hash(idmap_mix((u64)(uintptr_t)c->check, row));

	return id ? id : 1;
}

static struct finding *find(const struct findings *f, u64 id)
{
	u32 index = idmap_get(&f->ids, id);

	return index == IDMAP_NONE ? NULL : f->at[index];
}

static u32 free_index(const struct findings *f)
{
	u32 i = 0;

	while (i < f->end && f->at[i])
		i++;
	return i;
}

static void drop(struct findings *f, u32 index)
{
	struct finding *n = f->at[index];

	for (size_t i = 0; i < f->check_count; i++)
		f->checks[i].kept -= f->checks[i].check == n->check;
	idmap_remove(&f->ids, n->id);
	free(n);
	f->at[index] = NULL;
}

/* What is over makes room for what is so now: the check's own, or where all places are taken anybody's. */
static void make_room(struct findings *f, const struct check *c)
{
	for (u32 i = 0; i < f->end; i++)
		if (f->at[i] && f->at[i]->ended_ns && (!c || f->at[i]->check == c)) {
			drop(f, i);
			return;
		}
}

/* 1: there is no room for it. */
static int make(struct findings *f, struct compiled_check *c, u64 id, struct finding **out)
{
	struct finding *n;
	u32 index;

	if (c->kept == FINDINGS_EACH)
		make_room(f, c->check);
	if (free_index(f) == FINDINGS_MAX)
		make_room(f, NULL);
	index = free_index(f);
	if (c->kept == FINDINGS_EACH || index == FINDINGS_MAX)
		return 1;
	n = calloc(1, sizeof(*n));
	if (!n || idmap_set(&f->ids, id, index) < 0) {
		free(n);
		return -ENOMEM;
	}
	n->check = c->check;
	n->id = id;
	n->muted = idmap_get(&f->muted, id) != IDMAP_NONE;
	f->at[index] = n;
	f->end = MAX(f->end, index + 1);
	c->kept++;
	*out = n;
	return 0;
}

/* -- what it says -------------------------------------------------------------------------------------------------- */

static void take_value(struct finding *n, const struct compiled_check *c, const void *picture, const void *row)
{
	struct value v = {};

	if (c->value)
		column_value(c->value, picture, row, &v);
	n->has_value = v.kind == VALUE_NUMBER;
	n->value = v.number;
	n->trend[n->trend_count++ % FINDING_TREND] = n->has_value ? (float)n->value : NAN;
}

static void take_about(struct finding *n, const struct compiled_check *c, const void *picture, const void *row)
{
	for (size_t i = 0; i < SUBJECTS; i++) {
		struct value v = {};

		if (c->about[i])
			column_value(c->about[i], picture, row, &v);
		n->about[i].known = v.kind != VALUE_NONE;
		n->about[i].number = v.integer;
		n->about[i].family = v.kind == VALUE_ADDRESS ? v.family : 0;
		if (v.kind == VALUE_ADDRESS)
			memcpy(n->about[i].address, v.address, v.family == 6 ? 16 : 4);
		text_copy(n->about[i].text, sizeof(n->about[i].text), v.text ? v.text : "");
	}
}

static bool is_plain(const struct column *c, size_t subject)
{
	return subject == SUBJECT_device || c->unit == UNIT_ADDRESS || column_is_number(c);
}

/* Of a table: by the numbers and addresses that it is about, and the device. */
static void take_names(struct finding *n, const struct compiled_check *c, const struct finding_source *s,
		       const void *row)
{
	char text[64];

	for (size_t i = 0; i < SUBJECTS; i++)
		if (n->about[i].known && is_plain(c->about[i], i) &&
		    column_print(c->about[i], s->picture, row, text, sizeof(text)))
			text_join(n->filter, sizeof(n->filter), " and ", "%s = %s", c->about[i]->name, text);
}

/* The rows that it is about, as a filter of the table that Enter leads to. */
static void take_filter(struct finding *n, const struct compiled_check *c, const struct finding_source *s,
			const void *row)
{
	size_t len;

	*n->filter = '\0';
	if (!s->fold)
		take_names(n, c, s, row);
	if (!s->fold || !fold_down(s->t, s->picture, row, n->filter, sizeof(n->filter)) || !s->each)
		return;
	/* A part of it would be another filter. */
	len = strlen(n->filter);
	if (len + strlen(s->each) + sizeof(" and ()") <= sizeof(n->filter))
		snprintf(n->filter + len, sizeof(n->filter) - len, " and (%s)", s->each);
}

static void say(const struct findings *f, struct finding *n, const struct check *c, const struct finding_source *s,
		const void *row)
{
	const char *text = n->severity == FINDING_CRITICAL && c->grave_text ? c->grave_text : c->text;

	sentence_format(c->of, text, s->picture, row, f->units, n->text, sizeof(n->text));
	*n->advice = '\0';
	if (c->advice)
		sentence_format(c->of, c->advice, s->picture, row, f->units, n->advice, sizeof(n->advice));
}

int findings_see(struct findings *f, struct compiled_check *c, const void *row, bool grave)
{
	const struct finding_source *s = &f->sources[c->source];
	u64 id = id_of(c, s->t->id(row));
	struct finding *n = find(f, id);
	int r = n ? 0 : make(f, c, id, &n);

	if (r != 0) {
		f->more_now += r > 0;
		return MIN(r, 0);
	}
	if (n->round == f->round)
		return 0; /* the source was gathered twice */
	if (!n->first_ns || n->ended_ns) {
		n->first_ns = f->time_ns;
		n->said_ns = n->ended_ns = 0;
		n->rounds = n->hits = 0;
	}
	n->row = s->t->id(row);
	n->gone_ns = 0;
	n->round = f->round;
	n->hits++;
	n->severity = grave ? FINDING_CRITICAL : (u8)c->check->severity;
	take_value(n, c, s->picture, row);
	take_about(n, c, s->picture, row);
	take_filter(n, c, s, row);
	say(f, n, c->check, s, row);
	return 0;
}

/* Ticks are not so even that three of them are three seconds. */
#define TICK_JITTER_NS (50 * NSEC_PER_MSEC)

/* -- when ---------------------------------------------------------------------------------------------------------- */

/* It has been there for long enough, and in at least half of the rounds since its first; else that counts anew from now
 * on: what was seldom so at first is not held against it for long. */
static void say_or_wait(struct findings *f, struct finding *n)
{
	if (n->hits * 2 >= n->rounds) {
		n->said_ns = f->time_ns;
		n->age = ++f->ages;
		return;
	}
	n->first_ns = f->time_ns;
	n->rounds = n->hits = 1;
}

/* false: nothing keeps it any more. */
static bool settle(struct findings *f, struct finding *n)
{
	u64 now = f->time_ns;

	n->rounds++;
	if (n->round == f->round) {
		if (!n->said_ns && now - n->first_ns + TICK_JITTER_NS >= n->check->after * NSEC_PER_SEC)
			say_or_wait(f, n);
		return true;
	}
	if (!n->gone_ns)
		n->gone_ns = now;
	if (!n->said_ns)
		return n->check->mostly && now - n->gone_ns < n->check->until * NSEC_PER_SEC;
	if (!n->ended_ns && now - n->gone_ns >= n->check->until * NSEC_PER_SEC)
		n->ended_ns = n->gone_ns;
	if (!n->ended_ns)
		n->trend[n->trend_count++ % FINDING_TREND] = 0;
	return !n->ended_ns || now - n->ended_ns < FINDINGS_KEEP_S * NSEC_PER_SEC;
}

void findings_settle(struct findings *f)
{
	for (u32 i = 0; i < f->end; i++)
		if (f->at[i] && !settle(f, f->at[i]))
			drop(f, i);
	while (f->end && !f->at[f->end - 1])
		f->end--;
	f->more = f->more_now;
	f->generation++;
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

static bool speaks(const struct finding *n, enum finding_severity severity)
{
	return n && n->said_ns && finding_speaks(n) && n->severity >= severity;
}

u32 findings_count(const struct findings *f, enum finding_severity severity)
{
	u32 n = 0;

	for (u32 i = 0; i < f->end; i++)
		n += speaks(f->at[i], severity);
	return n;
}

static bool before(const struct finding *a, const struct finding *b)
{
	return a->severity != b->severity ? a->severity > b->severity : a->age > b->age;
}

const struct finding *findings_worst(const struct findings *f, enum finding_severity severity, size_t n)
{
	const struct finding *last = NULL;

	do {
		const struct finding *next = NULL;

		for (u32 i = 0; i < f->end; i++)
			if (speaks(f->at[i], severity) && (!last || before(last, f->at[i])) &&
			    (!next || before(f->at[i], next)))
				next = f->at[i];
		last = next;
	} while (last && n--);
	return last;
}

u64 findings_more(const struct findings *f)
{
	return f->more;
}

void findings_mute(struct findings *f, u64 id, bool muted)
{
	struct finding *n = find(f, id);

	if (!n)
		return;
	/* Where it cannot be remembered, it is muted as long as it lasts. */
	n->muted = muted;
	if (!muted)
		idmap_remove(&f->muted, id);
	else if (idmap_set(&f->muted, id, 1) < 0)
		return;
}

u64 finding_since_us(const struct findings *f, const struct finding *n)
{
	u64 until = n->ended_ns ? n->ended_ns : f->time_ns;

	return until > n->first_ns ? (until - n->first_ns) / 1000 : 0;
}

u64 finding_realtime(const struct findings *f, const struct finding *n)
{
	return model_realtime(f->m, n->first_ns);
}

/* Those that are said. */
static const struct finding *said(const struct finding *n)
{
	return n && n->said_ns ? n : NULL;
}

u32 findings_end(const struct findings *f)
{
	return f->end;
}

const struct finding *findings_at(const struct findings *f, u32 index)
{
	return index < f->end ? said(f->at[index]) : NULL;
}

u32 findings_find(const struct findings *f, u64 id)
{
	u32 index = id ? idmap_get(&f->ids, id) : IDMAP_NONE;

	return index != IDMAP_NONE && said(f->at[index]) ? index : IDMAP_NONE;
}

u64 findings_generation(const struct findings *f)
{
	return f->generation;
}
