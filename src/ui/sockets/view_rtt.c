/* Heat maps of RTTs and of the times to connect, or the histogram of each single round trip: a walk over all rows with
 * each tick, in slices, and the picture that the last one made. */
#include "view_rtt.h"

#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "heat.h"
#include "layers.h"
#include "life_table.h"
#include "ring.h"
#include "socket_table.h"
#include "spread.h"
#include "text.h"
#include "units.h"

#define SLICE 128 /* rows between two looks at the clock */
#define LEGEND 32 /* columns of the legend */
#define AHEAD 8   /* rows that are fetched into the cache */

_Static_assert(SPREAD_TICKS >= HEAT_TICKS, "a map has as many ticks as it shows");

enum { RTT, CONNECT, MAPS };

struct rtt_view {
	struct view view;          /* first: views are cast to it */
	const struct table *t;     /* of sockets, or of lives */
	const struct query *query; /* borrowed; NULL: all of its rows */
	struct query *own;         /* owned: the same, unless it is the command line's */
	char who[PROMPT_MAX + 1];
	struct spread shown[MAPS], behind[MAPS]; /* behind: of the rows below `at` */
	struct histogram each_shown, each;       /* round trips of about the last ten ticks, one by one */
	bool each_wanted;                        /* they are shown, and the collector is asked for them */
	u32 bare_shown, bare;                    /* rows that move, and for which there is no room for a history */
	u32 at, end;
	bool busy, stale, known; /* known: shown is of some tick */
};

static struct rtt_view *rtt_of(struct view *v)
{
	return (struct rtt_view *)v;
}

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	struct rtt_view *s = calloc(1, sizeof(*s));
	const struct table_choice *asked = app_choice(app, &view_rtt_class);

	(void)arg;
	if (!s)
		return error_set(err, -ENOMEM, "out of memory");
	s->view.app = app;
	s->t = &socket_table;
	s->stale = true;
	s->query = asked ? asked->query : NULL;
	text_copy(s->who, sizeof(s->who), s->query ? asked->text : "all sockets");
	*v = &s->view;
	return 0;
}

static void close_view(struct view *v)
{
	query_free(rtt_of(v)->own);
	free(v);
}

/* -- gathering ----------------------------------------------------------------------------------------------- */

/* Does it move, without room for its history? One that has ended begins none. */
static bool is_bare(const struct row *r)
{
	return !r->closed && !r->history && row_has_fresh_rtt(r);
}

/* What the layers have measured: from when a segment was sent until it was acknowledged. */
static void add_each(struct rtt_view *s, const struct model *m, const struct row *r)
{
	struct histogram h;

	if (layer_histogram(m, layers_row(row_layers(m, r), LAYER_TX_ACK), LAYERS_RECENT, &h))
		histogram_merge(&s->each, &h);
}

static void add_row(struct rtt_view *s, const void *row)
{
	const struct model *m = s->view.app->model;

	if (!row || !query_match(s->query, m, row))
		return;
	if (s->t != &life_table) {
		spread_add_rtt(&s->behind[RTT], m, row);
		if (s->each_wanted)
			add_each(s, m, row);
		s->bare += is_bare(row);
	} else if (((const struct life *)row)->event != LIFE_OPEN) {
		return;
	}
	spread_add_connect(&s->behind[CONNECT], m, row);
}

/* true: all rows were looked at. */
static bool add_rows(struct rtt_view *s, u64 deadline)
{
	const struct model *m = s->view.app->model;

	while (s->at < s->end) {
		u32 stop = MIN(s->end, s->at + SLICE);

		for (; s->at < stop; s->at++) {
			if (s->t->prefetch && s->at + AHEAD < s->end)
				s->t->prefetch(m, s->at + AHEAD, PART_ROW);
			add_row(s, s->t->row(m, s->at));
		}
		if (deadline && now_ns() >= deadline)
			break;
	}
	return s->at >= s->end;
}

static bool work(struct view *v, u64 budget_ns)
{
	struct rtt_view *s = rtt_of(v);

	if (!s->busy && !s->stale)
		return true;
	if (!s->busy) {
		memset(s->behind, 0, sizeof(s->behind));
		histogram_clear(&s->each);
		s->at = s->bare = 0;
		s->end = s->t->end(v->app->model);
		s->busy = true;
		s->stale = false;
	}
	if (!add_rows(s, budget_ns ? now_ns() + budget_ns : 0))
		return false;
	memcpy(s->shown, s->behind, sizeof(s->shown));
	s->each_shown = s->each;
	s->bare_shown = s->bare;
	s->busy = false;
	s->known = v->app->dirty = true;
	return true;
}

static void answer(struct view *v, u64 budget_ns)
{
	work(v, budget_ns);
}

static void tick(struct view *v)
{
	struct rtt_view *s = rtt_of(v);

	/* Rows that have been looked at belong to the tick before. */
	s->busy = false;
	s->stale = true;
}

/* -- drawing ------------------------------------------------------------------------------------------------- */

static void put_figures(const struct pane *p, int *x, const char *when, const struct histogram_figures *f)
{
	char text[UNITS_MAX];

	units_grouped(text, f->n);
	pane_piece(p, 0, x, when, STYLE_TEXT, text);
	units_nsec(text, f->p50_ns);
	pane_piece(p, 0, x, "p50 ", STYLE_TEXT, text);
	units_nsec(text, f->p99_ns);
	pane_piece(p, 0, x, "p99 ", STYLE_TEXT, text);
	units_nsec(text, f->max_ns);
	pane_piece(p, 0, x, "max ", STYLE_TEXT, text);
}

static void draw_figures(const struct pane *p, int *x, const char *when, const struct spread *s, unsigned ticks)
{
	struct histogram_figures f;

	if (spread_figures(s, ticks, &f))
		put_figures(p, x, when, &f);
}

static void draw_map(const struct rtt_view *s, const struct pane *p, const struct spread *of, const char *title,
		     const char *nothing)
{
	struct pane map = pane_part(p, 1, 1, p->w - 2, p->h - 1);
	struct heat heat = {.count = HEAT_TICKS, .lines = true, .bars = p->w >= 60 ? p->w / 4 : 0};
	unsigned ticks = heat_fits(&map, &heat);
	char when[32];
	int x = 1;

	snprintf(when, sizeof(when), "%u ticks ", ticks);
	for (unsigned age = 0; age < HEAT_TICKS; age++)
		heat.ticks[age] = of->ticks[age].buckets;
	pane_piece(p, 0, &x, "", STYLE_TITLE, title);
	draw_figures(p, &x, "now ", of, 1);
	draw_figures(p, &x, when, of, ticks);
	if (!heat_draw(&map, s->view.app->charset, &heat))
		pane_put(p, 1, HEAT_SCALE + 1, -1, STYLE_DIM, s->known ? nothing : "looking…");
}

static const char *why_no_round_trips(const struct rtt_view *s)
{
	switch (model_layer_state(s->view.app->model, LAYER_TX_ACK)) {
	case LAYER_STAMPED: return "no segment was acknowledged in this time";
	case LAYER_MERGED:
	case LAYER_ABSENT: break;
	}
	return s->view.app->live ? "the layers are being loaded, or this kernel cannot tell (skbtop --doctor)"
				 : "the layers were not recorded";
}

/* As bars: one column of the map, and what is in it. */
static void draw_each(const struct rtt_view *s, const struct pane *p)
{
	struct pane map = pane_part(p, 1, 1, p->w - 2, p->h - 1);
	struct heat heat = {.ticks = {s->each_shown.buckets}, .count = 1, .bars = MAX(map.w - HEAT_SCALE - 1, 0)};
	struct histogram_figures f;
	int x = 1;

	pane_piece(p, 0, &x, "", STYLE_TITLE, "EACH RTT");
	if (histogram_figures(&s->each_shown, &f))
		put_figures(p, &x, "10 ticks ", &f);
	if (!heat_draw(&map, s->view.app->charset, &heat))
		pane_put(p, 1, HEAT_SCALE + 1, -1, STYLE_DIM, s->known ? why_no_round_trips(s) : "looking…");
}

/* Since when all events are kept; 0: since ever. */
static u64 lives_since(const struct model *m)
{
	const struct ring *lives = model_lives(m);
	const struct life *oldest = lives->first > 1 ? ring_get(lives, lives->first) : NULL;

	return oldest ? life_time(oldest) : 0;
}

/* What is missing in the picture. */
static void draw_missing(const struct rtt_view *s, const struct pane *p, int *x)
{
	const struct model *m = s->view.app->model;
	bool lives = s->t == &life_table;
	unsigned reach = spread_reach(m, lives ? lives_since(m) : model_ended_since(m));
	char n[UNITS_MAX], text[64];

	if (reach < SPREAD_TICKS) {
		snprintf(text, sizeof(text), "%u tick%s", reach, reach == 1 ? "" : "s");
		pane_piece(p, 0, x, lives ? "kept: " : "of what has ended: ", STYLE_WARN, text);
	}
	if (s->bare_shown) {
		units_grouped(n, s->bare_shown);
		pane_piece(p, 0, x, "without a history: ", STYLE_WARN, n);
	}
}

static void draw_legend(const struct rtt_view *s, const struct pane *p)
{
	bool ascii = s->view.app->charset == CHARSET_ASCII;
	int x = 1;

	x += pane_put(p, 0, x, -1, STYLE_LABEL, "of ");
	x += pane_put(p, 0, x, MAX(p->w - x - LEGEND, 16), STYLE_TITLE, s->who) + 2;
	pane_piece(p, 0, &x, "", STYLE_LABEL, "now at the right");
	pane_piece(p, 0, &x, "p50 ", STYLE_TITLE, ascii ? "=" : "━");
	pane_piece(p, 0, &x, "p99 ", STYLE_WARN, ascii ? "-" : "─");
	draw_missing(s, p, &x);
}

static void draw(struct view *v, const struct pane *p)
{
	const struct rtt_view *s = rtt_of(v);
	bool rtt = s->t != &life_table;
	struct pane above = pane_part(p, 0, 1, p->w, rtt ? (p->h - 1) / 2 : 0);
	struct pane below = pane_part(p, 0, above.h + 1, p->w, p->h - 1 - above.h);

	draw_legend(s, p);
	if (rtt && s->each_wanted)
		draw_each(s, &above);
	else if (rtt)
		draw_map(s, &above, &s->shown[RTT], "RTT", "nobody's data was acknowledged in this time");
	draw_map(s, &below, &s->shown[CONNECT], "CONNECT", "no connection was opened from here in this time");
}

/* -- as a view ----------------------------------------------------------------------------------------------- */

static bool action(struct view *v, enum action a)
{
	struct rtt_view *s = rtt_of(v);

	if (a != ACTION_RTT || s->t == &life_table)
		return false;
	s->each_wanted = !s->each_wanted;
	app_ask_needs(v->app);
	tick(v);
	v->app->dirty = true;
	return true;
}

static unsigned needs(struct view *v)
{
	return rtt_of(v)->each_wanted ? NEEDS_LAYERS : 0;
}

/* Takes over the query. */
static void open_of(struct app *app, const struct table *t, struct query *q, const char *who)
{
	struct rtt_view *s;

	if (!app_open(app, &view_rtt_class, 0)) {
		query_free(q);
		return;
	}
	s = rtt_of(app_view(app));
	s->t = t;
	s->query = s->own = q;
	text_copy(s->who, sizeof(s->who),
		  *who               ? who
		  : t == &life_table ? "all connections that were opened from here"
				     : "all sockets");
}

void view_rtt_of_list(struct table_view *s)
{
	struct query_error err;
	struct query *q = NULL;
	bool plain;

	if (table_view_parse(s, s->filter, &q, &plain, &err) < 0)
		app_say(s->view.app, STYLE_ERROR, "%s", err.text);
	else
		open_of(s->view.app, s->t, q, s->filter);
}

void view_rtt_of(struct app *app, const char *filter, const char *who)
{
	struct query_error err;
	struct query *q = NULL;

	if (query_parse(&socket_table, filter, &q, &err) < 0)
		app_say(app, STYLE_ERROR, "%s", err.text);
	else
		open_of(app, &socket_table, q, who);
}

void view_rtt_of_group(struct app *app, const struct table *t, const void *picture, const void *row)
{
	char filter[PROMPT_MAX + 1], who[GROUP_LABEL_MAX];

	if (!fold_down(t, picture, row, filter, sizeof(filter)))
		return;
	column_print(table_find(t, "label"), picture, row, who, sizeof(who));
	view_rtt_of(app, filter, who);
}

const struct view_class view_rtt_class = {
    .name = "rtt",
    .title = "RTT",
    .help = "round trips and times to connect in the last minute",
    .scope = SCOPE_RTT,
    .filters = &socket_table,
    .words = words_rtt,
    .needs = needs,
    .warm_up = 8,
    .open = open_view,
    .close = close_view,
    .draw = draw,
    .action = action,
    .tick = tick,
    .work = work,
    .answer = answer,
};
