/* What a filter over a table's rows can speak of, for Tab in its prompt. */
#include "clock.h"
#include "table_view.h"

#define LOOK_NS (10 * NSEC_PER_MSEC) /* values of more rows than this time is enough for are left out */

static const char *name_of(void *ctx, size_t i)
{
	const struct table *t = ((struct table_view *)ctx)->t;

	table_each (t, c)
		if (i-- == 0)
			return c->name;
	if (i < t->predicate_count)
		return t->predicates[i].name;
	i -= t->predicate_count;
	return i < t->alias_count ? t->aliases[i].alias : NULL;
}

static void offer_row(const struct column *c, const void *picture, const void *row, struct complete *words)
{
	struct value v;
	char quoted[256];

	column_value(c, picture, row, &v);
	if (v.kind == VALUE_NONE || !v.text)
		return;
	complete_quote(v.text, quoted, sizeof(quoted));
	complete_offer(words, quoted);
}

/* Numbers are typed, not chosen. */
static void offer_column(const struct table_view *s, const struct column *c, struct complete *words)
{
	u64 until = now_ns() + LOOK_NS;

	if (c->unit == UNIT_BOOL) {
		complete_offer(words, "true");
		complete_offer(words, "false");
	}
	if (!c->get || column_is_number(c) || c->unit == UNIT_LIST)
		return;
	for (unsigned code = 0; c->word && code < c->words; code++)
		if (c->word(code))
			complete_offer(words, c->word(code));
	for (u32 i = 0; i < s->t->end(s->rows) && !words->more; i++) {
		const void *row = s->t->row(s->rows, i);

		if (i % 256 == 255 && now_ns() >= until)
			words->more = true;
		if (row && (s->closed || !table_ended(s->t, row)))
			offer_row(c, s->rows, row, words);
	}
}

static void offer_values(void *ctx, const char *name, struct complete *words)
{
	const struct table_view *s = ctx;
	const struct column *c = table_find_predicate(s->t, name);

	if (!c || c->means)
		return;
	if (!c->either[0])
		offer_column(s, c, words);
	for (size_t i = 0; i < ARRAY_SIZE(c->either); i++) {
		const struct column *end = c->either[i] ? table_find_predicate(s->t, c->either[i]) : NULL;

		if (end)
			offer_column(s, end, words);
	}
}

void table_view_complete(void *ctx, const char *text, size_t cursor, struct complete *words)
{
	const struct table_view *s = ctx;
	/* Of a table with states; what follows `state` besides the states themselves. */
	static const char *const predicates[] = {"state", "exclude", NULL}, *const none[] = {NULL};
	static const char *const states[] = {"all", "connected", "synchronized", "bucket", "big", NULL};
	bool has_states = table_of_unit(s->t, UNIT_STATE);
	const struct complete_source source = {.name = name_of,
					       .values = offer_values,
					       .words = has_states ? predicates : none,
					       .states = states,
					       .ctx = ctx};

	complete_filter(&source, text, cursor, words);
}
