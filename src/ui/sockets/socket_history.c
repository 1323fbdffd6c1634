/* What happened to a socket, in the order of time: its states, what was lost of it, what was found about it, its end.
 */
#include <string.h>

#include "blackbox.h"
#include "clock.h"
#include "finding_table.h"
#include "flow.h"
#include "query.h"
#include "socket.h"
#include "socket_table.h"
#include "socket_words.h"
#include "text.h"
#include "units.h"
#include "wall.h"

#define LOSSES_SHOWN BOX_LOSSES

/* A line in its place, as long as it is among the newest. Returns its text; NULL: it is older than all. */
static char *add(struct story *s, u64 ns, enum style style)
{
	u32 at = s->count;

	while (at && s->lines[at - 1].ns > ns)
		at--;
	if (s->count == STORY_MAX) {
		s->left_out++;
		if (!at)
			return NULL;
		memmove(&s->lines[0], &s->lines[1], --at * sizeof(s->lines[0]));
	} else {
		memmove(&s->lines[at + 1], &s->lines[at], (s->count - at) * sizeof(s->lines[0]));
		s->count++;
	}
	s->lines[at] = (struct story_line){.ns = ns, .style = style};
	return s->lines[at].text;
}

/* -- states -------------------------------------------------------------------------------------------------- */

static void add_state(struct story *s, unsigned state, u64 ns, u64 spent_ns)
{
	char *text = add(s, ns, STYLE_TEXT), spent[UNITS_MAX];

	if (!text)
		return;
	units_nsec(spent, spent_ns);
	text_copy(text, STORY_TEXT, state_name(state));
	if (spent_ns)
		text_join(text, STORY_TEXT, " ", "for %s", spent);
}

/* The state that was entered first after `last`; 0: none. */
static unsigned next_state(const struct record_info *info, u64 last, u64 *at)
{
	unsigned state = 0;

	*at = UINT64_MAX;
	for (unsigned i = 1; i < STATE_COUNT; i++)
		if (info->state_entered_ns[i] > last && info->state_entered_ns[i] < *at)
			*at = info->state_entered_ns[state = i];
	return state;
}

/* Of a socket that lives how long it is in the last one stands above. */
static void add_states(struct story *s, const struct record_info *info, u64 ended_ns)
{
	u64 at, next;

	for (unsigned state = next_state(info, 0, &at), after; state; state = after, at = next) {
		after = next_state(info, at, &next);
		add_state(s, state, at, after ? next - at : ended_ns > at ? ended_ns - at : 0);
	}
}

static void add_states_of_life(struct story *s, const struct life *l)
{
	struct life_state at[LIFE_STATES];
	u64 ns = l->r.s.ended_ns;

	for (unsigned i = life_states(l, at); i-- > 0;) {
		ns -= at[i].ns;
		add_state(s, at[i].state, ns, at[i].ns);
	}
}

/* -- losses -------------------------------------------------------------------------------------------------- */

static void add_event(const struct app *app, struct story *s, const struct box_event *e)
{
	bool calm = e->what == BOX_SENT || e->what == BOX_RECEIVED || e->marks & LOSS_SPURIOUS;
	char *text = add(s, e->time_ns, calm ? STYLE_TEXT : STYLE_WARN);

	if (text)
		box_event_text(app->model, e, text, STORY_TEXT);
}

static void add_losses(const struct app *app, struct story *s, u64 id)
{
	const struct box *box = model_box(app->model, id);
	u64 newest = model_losses_newest(app->model);
	unsigned shown = 0;

	for (u32 i = 0; box && i < box->count; i++)
		add_event(app, s, &box->events[i]);
	for (u64 n = newest; !box && n && newest - n < LOSSES_MAX && shown < LOSSES_SHOWN; n--) {
		const struct loss *l = model_loss(app->model, n);
		struct box_event e;

		if (!l || l->r.id != id)
			continue;
		e = box_event_of(l);
		add_event(app, s, &e);
		shown++;
	}
}

/* -- findings ------------------------------------------------------------------------------------------------ */

static bool is_about(const struct app *app, const struct finding *of, const struct row *r)
{
	struct query *q = NULL;
	bool is;

	if (!of || of->muted || !*of->filter || table_source(of->check->of) != &socket_table ||
	    query_parse(&socket_table, of->filter, &q, NULL) < 0)
		return false;
	is = query_match(q, app->model, r);
	query_free(q);
	return is;
}

static void add_findings(const struct app *app, struct story *s, const struct row *r)
{
	for (u32 i = 0; app->findings && i < findings_end(app->findings); i++) {
		const struct finding *of = findings_at(app->findings, i);
		char *text = is_about(app, of, r) ? add(s, of->first_ns, finding_style(of)) : NULL;

		if (text)
			snprintf(text, STORY_TEXT, "! %.*s%s", STORY_TEXT - 16, of->text,
				 of->ended_ns ? " (over)" : "");
	}
}

/* -- the whole ----------------------------------------------------------------------------------------------- */

static void add_end(struct story *s, const struct record_socket *end)
{
	bool bad = end->ended_by > ENDED_REMOTE;
	char *text = end->ended_by ? add(s, end->ended_ns, bad ? STYLE_WARN : STYLE_TEXT) : NULL;

	if (!text)
		return;
	snprintf(text, STORY_TEXT, "end: %s", ended_by_name(end->ended_by));
	if (end->error)
		text_join(text, STORY_TEXT, ", ", "%s", error_word(error_code(end->error)));
}

void socket_tell(const struct app *app, const struct row *r, const struct life *end, struct story *s)
{
	*s = (struct story){};
	if (r->info)
		add_states(s, r->info, r->s.ended_ns);
	else if (end)
		add_states_of_life(s, end);
	add_losses(app, s, r->s.id);
	add_findings(app, s, r);
	if (r->closed)
		add_end(s, &r->s);
}

/* The date, too, of what is not of today. */
static void put_time(const struct model *m, u64 ns, char *text, size_t size)
{
	u64 at = model_realtime(m, ns), now = model_tick(m) ? model_tick(m)->realtime_ns : at;

	if (now > at + 12 * 3600 * NSEC_PER_SEC)
		wall_date(text, size, at, 0);
	else
		wall_clock(text, size, at, 3);
}

int socket_draw_story(const struct app *app, const struct story *s, const struct pane *p, int y)
{
	struct flow f = flow_of(p, y);

	flow_title(&f, "history");
	if (s->left_out)
		flow_printf(&f, NULL, "%u before that", s->left_out);
	for (u32 i = 0; i < s->count; i++) {
		const struct story_line *l = &s->lines[i];
		char text[WALL_MAX + STORY_TEXT];

		put_time(app->model, l->ns, text, sizeof(text));
		text_join(text, sizeof(text), "  ", "%s", l->text);
		f.column = f.columns; /* a line for each */
		flow_field(&f, NULL, l->style, text);
	}
	return flow_end(&f);
}
