/* What happened to a socket: its states, and what was lost of it and is still listed. */
#include <string.h>

#include "clock.h"
#include "flow.h"
#include "losses.h"
#include "socket.h"
#include "text.h"
#include "units.h"
#include "wall.h"

#define LOSSES_SHOWN 5

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

int socket_draw_states(const struct app *app, const struct row *r, const struct pane *p, int y)
{
	const struct record_tick *tick = model_tick(app->model);
	u64 end = r->s.ended_ns ? r->s.ended_ns : tick ? tick->time_ns : 0, at, next;
	unsigned state = r->info ? next_state(r->info, 0, &at) : 0;
	char clock[WALL_MAX], spent[UNITS_MAX];
	int x = 1;

	if (!state)
		return y;
	x += pane_put(p, y, x, -1, STYLE_LABEL, "states ");
	if (wall_date(clock, sizeof(clock), model_realtime(app->model, at), 0))
		x += pane_printf(p, y, x, STYLE_TEXT, "since %s  ", clock);
	while (state) {
		unsigned after = next_state(r->info, at, &next);

		next = MIN(next, end);
		units_usec(spent, next > at ? (next - at) / NSEC_PER_USEC : 0);
		x += pane_put(p, y, x, -1, STYLE_TEXT, state_name(state));
		x += pane_printf(p, y, x, STYLE_LABEL, " %s", spent) + 1;
		x += pane_put(p, y, x, -1, STYLE_DIM, after ? "→ " : "");
		state = after;
		at = next;
	}
	return y + 1;
}

static void draw_loss(const struct app *app, const struct loss *l, struct flow *f)
{
	char text[160] = "", word[80];

	wall_clock(word, sizeof(word), model_realtime(app->model, l->r.time_ns), 3);
	text_join(text, sizeof(text), "  ", "%s", word);
	text_join(text, sizeof(text), "  ", "%s", loss_kind_name(l->r.kind));
	if (LOSS_RESETS >> l->r.kind & 1)
		text_join(text, sizeof(text), " ", "%s", l->r.kind == LOSS_RESET_SENT ? "sent" : "received");
	loss_reason(app->model, &l->r, word, sizeof(word));
	if (*word)
		text_join(text, sizeof(text), "  ", "%s", word);
	loss_function(app->model, l->r.location, false, word, sizeof(word));
	if (*word)
		text_join(text, sizeof(text), " ", "in %s", word);
	if (l->r.kind == LOSS_RETRANSMIT && l->r.segments > 1)
		text_join(text, sizeof(text), "  ", "%u segments", l->r.segments);
	if (l->marks & LOSS_SPURIOUS)
		text_join(text, sizeof(text), "  ", "spurious");
	if (l->marks & LOSS_DROPPED_HERE)
		text_join(text, sizeof(text), "  ", "dropped on this machine");
	f->column = f->columns; /* a line for each */
	flow_field(f, NULL, STYLE_TEXT, text);
}

int socket_draw_losses(const struct app *app, const struct row *r, const struct pane *p, int y)
{
	const struct model *m = app->model;
	struct flow f = flow_of(p, y);
	u64 newest = model_losses_newest(m);
	unsigned shown = 0;

	flow_title(&f, "last losses");
	for (u64 n = newest; n && newest - n < LOSSES_MAX && shown < LOSSES_SHOWN; n--) {
		const struct loss *l = model_loss(m, n);

		if (!l || l->r.id != r->s.id)
			continue;
		draw_loss(app, l, &f);
		shown++;
	}
	return flow_end(&f);
}
