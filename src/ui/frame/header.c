/* The header consists of segments; each line shows those that fit, and omits the less important ones first. */
#include "header.h"

#include <math.h>
#include <string.h>

#include "app.h"
#include "clock.h"
#include "graph.h"
#include "rewind.h"
#include "text.h"
#include "units.h"
#include "wall.h"

#define WIDE 150       /* width from which the figures of skbtop's cost are on the first line */
#define LONG_WORDS 100 /* width from which words are not shortened */
#define END_WORDS 60   /* … and the words for the end of a recording */
#define GRAPH_COMMON 8 /* columns of a graph on a narrow screen */
#define GRAPH_LEAST 4  /* … and the fewest that are useful */
#define HELD_MS 1000   /* a read of the slow turn that takes this long waits for a lock */

struct span {
	enum style style;
	char text[80];
};

struct segment {
	int rank; /* the highest is omitted first */
	struct span spans[6];
	size_t count;
	int graph; /* columns for a graph between the first part and the rest; 0: none */
	enum history_kind kind;
	enum style graph_style;
};

struct header_line {
	struct segment segments[32];
	size_t count;
	size_t head; /* how many at its beginning are never omitted */
};

static struct segment *add(struct header_line *l, int rank)
{
	static const struct segment empty;
	struct segment *s = &l->segments[MIN(l->count, ARRAY_SIZE(l->segments) - 1)];

	l->count = MIN(l->count + 1, ARRAY_SIZE(l->segments));
	*s = empty;
	s->rank = rank;
	return s;
}

static void printf_like(3, 4) say(struct segment *s, enum style style, const char *fmt, ...)
{
	struct span *span = &s->spans[MIN(s->count, ARRAY_SIZE(s->spans) - 1)];
	va_list ap;

	s->count = MIN(s->count + 1, ARRAY_SIZE(s->spans));
	span->style = style;
	va_start(ap, fmt);
	vsnprintf(span->text, sizeof(span->text), fmt, ap);
	va_end(ap);
}

/* -- values ------------------------------------------------------------------------------------------------- */

static enum style severity(double value, double warn, double alarm)
{
	return value >= alarm ? STYLE_ALARM : value >= warn ? STYLE_WARN : STYLE_TEXT;
}

/* -- segments ----------------------------------------------------------------------------------------------- */

/* How long before the feed's last tick the one is that is shown. */
static const char *ago(const struct app *app, char *text, size_t size)
{
	const struct record_tick *shown = model_tick(app->model), *now = model_tick(app->now);
	u64 seconds = (now->time_ns - shown->time_ns + NSEC_PER_SEC / 2) / NSEC_PER_SEC;

	snprintf(text, size, "%u:%02u", (unsigned)(seconds / 60), (unsigned)(seconds % 60));
	return text;
}

/* Why the picture does not move, beside its time; and that the recording stopped. */
static void add_standstill(const struct app *app, struct header_line *l)
{
	unsigned seconds = app_age(app);
	char age[UNITS_MAX], clock[WALL_MAX], past[32];
	double done;

	if (seconds < 60)
		snprintf(age, sizeof(age), "%us", seconds);
	else
		units_usec(age, (uint64_t)seconds * 1000000);
	if (feed_record_error(app->feed))
		say(add(l, 0), STYLE_MARK, " not recorded any more ");
	if (app->marked && wall_clock(clock, sizeof(clock), model_tick(app->marked)->realtime_ns, 0))
		say(add(l, 0), STYLE_MARK, " against %s ", clock);
	if (rewind_sought(app, &done) && wall_clock(clock, sizeof(clock), rewind_sought(app, &done), 0))
		say(add(l, 0), STYLE_MARK, " to %s: %.0f%% ", clock, 100 * done);
	else if (rewind_is_past(app))
		say(add(l, 0), STYLE_MARK, " %s before now ", ago(app, past, sizeof(past)));
	else if (app->frozen)
		say(add(l, 0), STYLE_MARK, " frozen %s ", age);
	else if (app->ended && app->canvas.columns < END_WORDS)
		say(add(l, 1), STYLE_MARK, " ended ");
	else if (app->ended)
		say(add(l, 1), STYLE_MARK, " end of the recording%s ", feed_is_cut(app->feed) ? ", within a tick" : "");
	else if (app_silent(app))
		say(add(l, 0), STYLE_MARK, " no data for %s ", age);
}

static void add_identity(const struct app *app, struct header_line *l)
{
	const struct record_hello *hello = model_hello(app->model);
	const struct record_tick *tick = model_tick(app->model);
	char host[65] = "", clock[WALL_MAX], every[UNITS_MAX];
	struct segment *s = add(l, 1);

	say(s, STYLE_TITLE, "skbtop");
	if (hello)
		text_clean(host, sizeof(host), (const char *)hello->host, sizeof(hello->host));
	if (host[0])
		say(add(l, 6), STYLE_TEXT, "%s", host);
	l->head = l->count;
	if (!tick)
		return;
	wall_clock(clock, sizeof(clock), tick->realtime_ns, 0);
	say(add(l, 2), STYLE_TEXT, "%s", clock);
	l->head = l->count;
	add_standstill(app, l);
	units_usec(every, (uint64_t)((double)tick->interval_ns / 1e3));
	s = add(l, 9);
	say(s, STYLE_LABEL, "every ");
	/* A whole number of seconds is shown without ".0". */
	if (tick->interval_ns % NSEC_PER_SEC == 0 && tick->interval_ns < 60 * NSEC_PER_SEC)
		snprintf(every, sizeof(every), "%us", (unsigned)(tick->interval_ns / NSEC_PER_SEC));
	say(s, STYLE_TEXT, "%s", every);
}

/* If only a sample of many is listed, the kernel's own count is the right one. */
static void add_time_wait(const struct app *app, struct header_line *l)
{
	const struct record_tick *tick = model_tick(app->model);
	u32 count = model_totals(app->model)->by_state[STATE_TIME_WAIT];
	bool shared = tick && tick->mini_share > 1;
	struct segment *s = add(l, 5);
	char n[UNITS_MAX];

	units_grouped(n, shared ? MAX(tick->time_wait, count) : count);
	say(s, STYLE_TEXT, "%s", n);
	say(s, STYLE_LABEL, " tw");
	if (shared)
		say(s, STYLE_LABEL, " (1 in %u listed)", tick->mini_share);
}

static void add_totals(const struct app *app, struct header_line *l)
{
	const struct totals *t = model_totals(app->model);
	struct segment *s = add(l, 3);
	char n[UNITS_MAX];
	u32 opening = t->by_state[STATE_SYN_SENT] + t->by_state[STATE_SYN_RECV] + t->by_state[STATE_NEW_SYN_RECV];
	u32 closing = t->by_state[STATE_FIN_WAIT1] + t->by_state[STATE_FIN_WAIT2] + t->by_state[STATE_CLOSE_WAIT] +
		      t->by_state[STATE_LAST_ACK] + t->by_state[STATE_CLOSING];

	units_grouped(n, t->by_state[STATE_ESTABLISHED]);
	say(s, STYLE_LABEL, "TCP ");
	say(s, STYLE_TEXT, "%s", n);
	say(s, STYLE_LABEL, " est");
	add_time_wait(app, l);
	s = add(l, 5);
	units_grouped(n, t->by_state[STATE_LISTEN]);
	say(s, STYLE_TEXT, "%s", n);
	say(s, STYLE_LABEL, " listen");
	if (opening) {
		s = add(l, 8);
		units_grouped(n, opening);
		say(s, STYLE_TEXT, "%s", n);
		say(s, STYLE_LABEL, " opening");
	}
	if (closing) {
		s = add(l, 8);
		units_grouped(n, closing);
		say(s, STYLE_TEXT, "%s", n);
		say(s, STYLE_LABEL, " closing");
	}
	s = add(l, 4);
	units_grouped(n, t->udp);
	say(s, STYLE_LABEL, "UDP ");
	say(s, STYLE_TEXT, "%s", n);
	s = add(l, 10);
	units_grouped(n, t->netns);
	say(s, STYLE_TEXT, "%s", n);
	say(s, STYLE_LABEL, " netns");
}

static void add_rate(const struct app *app, struct header_line *l, const char *name, double rate,
		     enum history_kind kind, enum style style, int graph)
{
	struct segment *s = add(l, 1);
	char text[32];

	rate_text(app->units, rate, text, sizeof(text));
	say(s, STYLE_LABEL, "%s ", name);
	/* A fixed width, so that nothing to the right moves when the number does. */
	say(s, STYLE_TEXT, "%*s", (int)(9 + strlen(text) - text_width(text)), text);
	s->graph = graph;
	s->kind = kind;
	s->graph_style = style;
}

static void add_per_second(struct header_line *l, const char *name, int rank, double rate, double warn, double alarm)
{
	struct segment *s;
	char text[UNITS_MAX];

	if (isnan(rate))
		return;
	s = add(l, rank);
	units_rate(text, rate);
	say(s, STYLE_LABEL, "%s ", name);
	say(s, severity(rate, warn, alarm), "%s/s", text);
}

/* The two graphs share what is left beside the longest text, so that neither moves when a number gets longer. */
static int graph_columns(const struct app *app, int columns)
{
	static const char text[] =
	    " rx  100.0 MB/s  tx  100.0 MB/s  retr 99.99%  12.3k/s  drops 12.3k/s  resets 12.3k/s";
	int room = columns - (int)sizeof(text) - (columns >= LONG_WORDS ? (int)strlen("ansmits") : 0);

	if (columns < 70)
		return 0;
	/* No wider than the samples. */
	return CLAMP(room / 2, GRAPH_COMMON, HISTORY_LEN / (int)graph_width_samples(app->charset, 1));
}

static void add_rates(const struct app *app, struct header_line *l, int columns)
{
	const struct totals *t = model_totals(app->model);
	int graph = graph_columns(app, columns);
	char share[UNITS_MAX], rate[UNITS_MAX];
	struct segment *s;

	add_rate(app, l, "rx", t->rx_rate, HISTORY_RX, STYLE_RX, graph);
	add_rate(app, l, "tx", t->tx_rate, HISTORY_TX, STYLE_TX, graph);
	s = add(l, 2);
	say(s, STYLE_LABEL, columns >= LONG_WORDS ? "retransmits " : "retr ");
	if (!isnan(t->retrans_share)) {
		units_share(share, t->retrans_share);
		say(s, severity(t->missed_share, 0.01, 0.05), "%s  ", share);
	}
	units_rate(rate, t->retrans_rate);
	say(s, STYLE_TEXT, "%s/s", isnan(t->retrans_rate) ? "…" : rate);
	add_per_second(l, "drops", 3, t->drops_rate, 0.5, 100);
	add_per_second(l, "resets", 4, t->resets_rate, 50, 1000);
}

static double own_cpu(const struct app *app)
{
	const struct totals *t = model_totals(app->model);

	/* The cost in a recording is that of another process: our own is not part of it. */
	if (!app->live || isnan(app->cpu))
		return t->collector_cpu;
	return t->collector_cpu + app->cpu;
}

static void add_truth(const struct app *app, struct header_line *l)
{
	const struct totals *t = model_totals(app->model);
	const struct record_tick *tick = model_tick(app->model);
	char text[32], exact[UNITS_MAX], known[UNITS_MAX];
	struct segment *s = add(l, 3);

	units_share(text, own_cpu(app));
	say(s, STYLE_LABEL, "cpu ");
	say(s, severity(own_cpu(app), 0.25, 0.75), "%s", isnan(own_cpu(app)) ? "…" : text);
	s = add(l, 5);
	say(s, STYLE_LABEL, "bpf ");
	units_share(text, t->bpf_cpu);
	say(s, severity(t->bpf_cpu, 0.05, 0.25), "%s", isnan(t->bpf_cpu) ? "-" : text);
	s = add(l, 4);
	units_grouped(text, t->lost);
	say(s, STYLE_LABEL, "lost ");
	say(s, t->lost ? STYLE_WARN : STYLE_TEXT, "%s", text);
	if (tick && tick->netns_unreachable)
		say(add(l, 4), STYLE_WARN, "%u netns not entered", tick->netns_unreachable);
	if (tick && tick->netns_unlinked)
		say(add(l, 4), STYLE_WARN, "%u netns without layers", tick->netns_unlinked);
	if (tick) {
		s = add(l, 11);
		units_usec(text, tick->duration_ns / NSEC_PER_USEC);
		say(s, STYLE_LABEL, "tick ");
		say(s, tick->duration_ns > tick->interval_ns / 2 ? STYLE_WARN : STYLE_TEXT, "%s", text);
	}
	if (tick && tick->pass_ticks > 1) {
		s = add(l, 3);
		say(s, STYLE_WARN, "passes over %u ticks", tick->pass_ticks);
	}
	if (tick && tick->slow_held_ms >= HELD_MS)
		say(add(l, 3), STYLE_WARN, "a socket's lock held for %u s", tick->slow_held_ms / 1000);
	s = add(l, 12);
	units_grouped(exact, t->owners_exact);
	/* TIME_WAIT and request sockets have no owner. */
	units_grouped(known, t->live - t->by_state[STATE_TIME_WAIT] - t->by_state[STATE_NEW_SYN_RECV]);
	say(s, STYLE_LABEL, "owners ");
	say(s, STYLE_TEXT, "%s of %s", exact, known);
	say(s, STYLE_LABEL, " exact");
}

/* -- drawing ------------------------------------------------------------------------------------------------ */

static int segment_width(const struct segment *s)
{
	int width = s->graph ? s->graph + 1 : 0;

	for (size_t i = 0; i < s->count; i++)
		width += (int)text_width(s->spans[i].text);
	return width;
}

static int line_width(const struct header_line *l)
{
	int width = 1;

	for (size_t i = 0; i < l->count; i++)
		width += segment_width(&l->segments[i]) + 2;
	return width - 2;
}

/* Does it report a problem, or that the picture stands still? */
static bool alarms(const struct segment *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->spans[i].style == STYLE_WARN || s->spans[i].style == STYLE_ALARM)
			return true;
	return s->rank == 0;
}

static void take_out(struct header_line *l, size_t i)
{
	memmove(&l->segments[i], &l->segments[i + 1], (l->count - i - 1) * sizeof(l->segments[0]));
	l->count--;
}

static void put_in(struct header_line *l, size_t i, const struct segment *s)
{
	if (l->count == ARRAY_SIZE(l->segments))
		return;
	memmove(&l->segments[i + 1], &l->segments[i], (l->count - i) * sizeof(l->segments[0]));
	l->segments[i] = *s;
	l->count++;
}

/* Alarms follow the line's head. */
static void alarms_first(struct header_line *l)
{
	size_t to = l->head;

	for (size_t i = l->head; i < l->count; i++) {
		struct segment s = l->segments[i];

		if (!alarms(&s))
			continue;
		take_out(l, i);
		put_in(l, to++, &s);
	}
}

/* Graphs are narrowed before words are omitted. */
static void shrink_graphs(struct header_line *l, int columns)
{
	int graphs = 0, excess = line_width(l) - columns;

	for (size_t i = 0; i < l->count; i++)
		graphs += l->segments[i].graph > 0;
	for (size_t i = 0; i < l->count && excess > 0; i++) {
		struct segment *s = &l->segments[i];
		int left = s->graph - (excess + graphs - 1) / MAX(graphs, 1);

		if (s->graph)
			s->graph = left >= GRAPH_LEAST ? left : 0;
	}
}

/* Makes the line fit: the least important segments are omitted, alarms only after all others. If only alarms are left,
 * the last of them move to the head of the line `over` (NULL: they are omitted, too). */
static void trim(struct header_line *l, int columns, struct header_line *over)
{
	shrink_graphs(l, columns);
	while (l->count && line_width(l) > columns) {
		size_t worst = l->count - 1;
		bool found = false;

		for (size_t i = 0; i < l->count; i++) {
			const struct segment *s = &l->segments[i];

			if (alarms(s) || (found && s->rank < l->segments[worst].rank))
				continue;
			worst = i;
			found = true;
		}
		if (!found && over)
			put_in(over, over->head, &l->segments[worst]);
		if (!found && !over && l->count == 1)
			return;
		take_out(l, worst);
	}
}

static void draw_segment(const struct app *app, const struct segment *s, const struct pane *p, int y, int *x)
{
	for (size_t i = 0; i < s->count; i++) {
		*x += pane_put(p, y, *x, -1, s->spans[i].style, s->spans[i].text);
		if (i == 0 && s->graph) {
			struct pane part = pane_part(p, *x, y, s->graph, 1);

			graph_draw(&part, model_history(app->model), s->kind, 0, app->charset, s->graph_style);
			*x += s->graph + 1;
		}
	}
}

static void draw_line(const struct app *app, const struct header_line *l, const struct pane *p, int y)
{
	int x = p->w >= 40 ? 1 : 0;

	for (size_t i = 0; i < l->count; i++) {
		draw_segment(app, &l->segments[i], p, y, &x);
		x += 2;
	}
}

int header_lines(int columns, int lines)
{
	if (lines < 8)
		return lines < 4 ? 0 : 1;
	if (lines < 12)
		return 2;
	return columns >= WIDE ? 2 : 3;
}

void header_draw(const struct app *app, const struct pane *p)
{
	struct header_line first = {}, second = {}, third = {};

	add_identity(app, &first);
	add_totals(app, &first);
	if (p->h >= 2) {
		add_rates(app, &second, p->w);
		trim(&second, p->w, &first);
		add_truth(app, p->w >= WIDE ? &first : &third);
	}
	/* If there is no room for the line only its alarms are shown. */
	alarms_first(&third);
	trim(&third, p->h >= 3 ? p->w : 0, &first);
	alarms_first(&first);
	trim(&first, p->w, NULL);
	draw_line(app, &first, p, 0);
	draw_line(app, &second, p, 1);
	draw_line(app, &third, p, 2);
}
