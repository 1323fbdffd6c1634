/* Below the machine's layers: the sockets with most of the time, one row each, and the alarms that were told last. */
#include <math.h>
#include <string.h>

#include "socket_table.h"
#include "layers_view.h"
#include "text.h"
#include "units.h"
#include "wall.h"

#define NAMES_MIN 12 /* for who it is, before anything but one figure is shown */
#define NAMES_GOOD 30

enum part { PART_BARS, PART_SLOWEST, PART_P50, PART_P99, PART_MAX, PART_N, PART_TIME, PARTS };

/* In the order of display; rank 1 comes first where room is short. */
static const struct {
	const char *title;
	int width, rank;
	enum layers_sort sort; /* LAYERS_SORTS: none */
} parts[PARTS] = {
    [PART_BARS] = {"RX   TX", 9, 3, LAYERS_SORTS}, [PART_SLOWEST] = {"MOST", 13, 7, LAYERS_SORTS},
    [PART_P50] = {"P50", 6, 4, LAYERS_BY_P50},     [PART_P99] = {"P99", 6, 1, LAYERS_BY_P99},
    [PART_MAX] = {"MAX", 6, 5, LAYERS_BY_MAX},     [PART_N] = {"N", 6, 6, LAYERS_BY_N},
    [PART_TIME] = {"TIME", 6, 2, LAYERS_BY_TIME},
};

struct widths {
	bool shown[PARTS];
	int pid, comm, remote, local; /* 0: not shown */
};

static struct widths fit(int w)
{
	struct widths f = {};
	int names = w - 1;

	for (int rank = 1; rank <= PARTS; rank++)
		for (unsigned i = 0; i < PARTS; i++)
			if (parts[i].rank == rank &&
			    names - parts[i].width - 1 >= (rank == 1 ? NAMES_MIN : NAMES_GOOD)) {
				f.shown[i] = true;
				names -= parts[i].width + 1;
			}
	f.pid = names >= 20 ? 7 : 0;
	names -= f.pid ? f.pid + 1 : 0;
	f.comm = CLAMP(names, 0, names >= 60 ? 15 : 10);
	names -= f.comm + 1;
	f.remote = names >= 9 ? MIN(names, 47) : 0;
	names -= f.remote + 1;
	f.local = names >= 21 ? MIN(names, 47) : 0;
	return f;
}

static void heading(const struct layers_view *s, const struct pane *p, int y, int x, int w, bool right,
		    const char *title, enum layers_sort sort)
{
	pane_cell(p, y, x, w, right, STYLE_TEXT, title);
	if (sort != s->sort)
		return;
	pane_ground(p, y, x, w, STYLE_SORTED);
	pane_char(p, y, MAX(right ? x + w - (int)strlen(title) - 1 : x + (int)strlen(title), 0), STYLE_TEXT,
		  s->ascending ? 0x25b2 : 0x25bc);
}

static void draw_heading(const struct layers_view *s, const struct pane *p, int y, const struct widths *f)
{
	int x = 1;

	pane_fill(p, y, 0, p->w, STYLE_HEADING);
	if (f->pid)
		heading(s, p, y, x, f->pid, true, "PID", LAYERS_BY_PID);
	x += f->pid ? f->pid + 1 : 0;
	heading(s, p, y, x, f->comm, false, "COMM", LAYERS_SORTS);
	x += f->comm + 1;
	if (f->local)
		heading(s, p, y, x, f->local, false, "LOCAL", LAYERS_SORTS);
	x += f->local ? f->local + 1 : 0;
	if (f->remote)
		heading(s, p, y, x, f->remote, false, "REMOTE", LAYERS_SORTS);
	x = p->w;
	for (unsigned i = PARTS; i-- > 0;) {
		if (!f->shown[i])
			continue;
		x -= parts[i].width;
		heading(s, p, y, x, parts[i].width, i > PART_SLOWEST, parts[i].title, parts[i].sort);
		x--;
	}
}

/* "rx app 93%": the layer that takes the largest part of its direction. */
static void slowest(const struct model *m, const struct layers *l, char *text, size_t size)
{
	unsigned mask = layers_time(m, l, LAYERS_RX, LAYERS_RECENT) >= layers_time(m, l, LAYERS_TX, LAYERS_RECENT)
			    ? LAYERS_RX
			    : LAYERS_TX;
	double most = -1;

	*text = '\0';
	for (unsigned i = 0; i < LAYER_PARTS; i++) {
		double share = mask & 1U << i ? layers_share(m, l, i, LAYERS_RECENT) : NAN;

		if (!(share > most))
			continue;
		most = share;
		snprintf(text, size, "%s %s %.0f%%", mask == LAYERS_RX ? "rx" : "tx", layer_short_name(i), share * 100);
	}
}

static void part_text(const struct layers_view *s, const struct layers *l, enum part part, char *text, size_t size)
{
	const struct model *m = s->view.app->model;
	struct histogram_figures f;
	bool known = layers_figures(m, l, s->layer, LAYERS_RECENT, &f);

	*text = '\0';
	switch (part) {
	case PART_BARS: layers_bars(m, l, text); return;
	case PART_SLOWEST: slowest(m, l, text, size); return;
	case PART_TIME: units_nsec(text, (u64)layers_time(m, l, LAYERS_RX | LAYERS_TX, LAYERS_RECENT)); return;
	default: break;
	}
	if (!known)
		return;
	if (part == PART_N)
		units_count(text, f.n);
	else
		units_nsec(text, part == PART_P50 ? f.p50_ns : part == PART_P99 ? f.p99_ns : f.max_ns);
}

static void put_column(const struct layers_view *s, const struct row *r, const struct pane *p, int y, int x, int w,
		       const char *name, enum style style)
{
	const struct column *c = table_find(&socket_table, name);
	char text[512];

	if (!w || !c)
		return;
	column_format(c, s->view.app->model, r, text, sizeof(text));
	if (c->unit == UNIT_ENDPOINT)
		pane_tail(p, y, x, w, style, text);
	else
		pane_cell(p, y, x, w, c->align == ALIGN_RIGHT, style, text);
}

/* The figures, from the right. */
static void draw_parts(const struct layers_view *s, const struct layers *l, const struct pane *p, int y,
		       const struct widths *f, enum style plain)
{
	unsigned alarm = layers_alarm(s->view.app->model, l);
	char text[64];
	int x = p->w;

	for (unsigned i = PARTS; i-- > 0;) {
		bool hot = i >= PART_P50 && i <= PART_MAX && alarm >> s->layer & 1;

		if (!f->shown[i])
			continue;
		x -= parts[i].width;
		part_text(s, l, i, text, sizeof(text));
		pane_cell(p, y, x, parts[i].width, i > PART_SLOWEST, hot ? STYLE_ALARM : plain, text);
		x--;
	}
}

/* ICMP echo packets, which are no socket's, stand above the sockets. false: there were none lately, or a filter asks
 * for sockets. */
static bool draw_echo(const struct layers_view *s, const struct pane *p, int y, const struct widths *f)
{
	const struct model *m = s->view.app->model;
	const struct layers *l = model_layers_echo(m);
	int x = 1 + (f->pid ? f->pid + 1 : 0);

	if (s->query || !(layers_time(m, l, LAYERS_RX | LAYERS_TX, LAYERS_RECENT) > 0))
		return false;
	if (layers_alarm(m, l))
		pane_put(p, y, 0, 1, STYLE_ALARM, "!");
	pane_cell(p, y, x, f->comm, false, STYLE_TEXT, "icmp echo");
	draw_parts(s, l, p, y, f, app_silent(s->view.app) ? STYLE_CLOSED : STYLE_TEXT);
	return true;
}

static void draw_row(const struct layers_view *s, const struct row *r, const struct layers *l, const struct pane *p,
		     int y, const struct widths *f)
{
	const struct app *app = s->view.app;
	unsigned alarm = layers_alarm(app->model, l);
	enum style plain = r->closed || app_silent(app) ? STYLE_CLOSED : STYLE_TEXT;
	int x = 1;

	if (alarm)
		pane_put(p, y, 0, 1, STYLE_ALARM, "!");
	put_column(s, r, p, y, x, f->pid, "pid", plain);
	x += f->pid ? f->pid + 1 : 0;
	put_column(s, r, p, y, x, f->comm, "comm", alarm ? STYLE_ALARM : plain);
	x += f->comm + 1;
	put_column(s, r, p, y, x, f->local, "local", plain);
	x += f->local ? f->local + 1 : 0;
	put_column(s, r, p, y, x, f->remote, "remote", plain);
	draw_parts(s, l, p, y, f, plain);
}

void layers_draw_list(struct layers_view *s, const struct pane *p, int y, int lines)
{
	struct widths f = fit(p->w);

	if (lines < 2)
		return;
	draw_heading(s, p, y, &f);
	if (lines > 2 && draw_echo(s, p, y + 1, &f)) {
		y++;
		lines--;
	}
	s->list_line = y + 1;
	s->height = (u32)(lines - 1);
	if (s->cursor < s->top)
		s->top = s->cursor;
	if (s->cursor >= s->top + s->height)
		s->top = s->cursor - s->height + 1;
	s->top = MIN(s->top, s->count > s->height ? s->count - s->height : 0);
	if (!s->count)
		pane_put(p, y + 1, p->w >= 40 ? 2 : 0, -1, STYLE_LABEL,
			 s->query ? "no socket that matches the filter had a packet lately"
				  : "no socket had a packet in the last ticks");
	for (u32 i = s->top; i < s->count && i < s->top + s->height; i++) {
		int at = s->list_line + (int)(i - s->top);
		const struct row *r;
		const struct layers *l = layers_view_entry(s, i, &r);

		if (l)
			draw_row(s, r, l, p, at, &f);
		if (!s->moved || i != s->cursor)
			continue;
		pane_put(p, at, 0, 1, STYLE_TEXT, ">");
		pane_ground(p, at, 0, p->w, STYLE_SELECTED);
	}
}

/* -- alarms ------------------------------------------------------------------------------------------------- */

static void draw_event(const struct model *m, const struct layer_event *e, const struct pane *p, int y)
{
	char clock[WALL_MAX], now[UNITS_MAX], usual[UNITS_MAX], text[192];

	if (wall_clock(clock, sizeof(clock), model_realtime(m, e->time_ns), 0))
		strcat(clock, " ");
	units_nsec(now, (u64)e->mean_ns);
	units_nsec(usual, (u64)e->average_ns);
	snprintf(text, sizeof(text), "%s%-9s %6s mean, usually %s  %s", clock, layer_name(e->layer), now, usual,
		 e->who);
	pane_cell(p, y, 1, p->w - 1, false, STYLE_ALARM, text);
}

void layers_draw_events(const struct layers_view *s, const struct pane *p, int y, int lines)
{
	const struct model *m = s->view.app->model;
	u64 last = model_layer_events(m);
	char n[UNITS_MAX];

	pane_fill(p, y, 0, p->w, STYLE_HEADING);
	units_grouped(n, last);
	pane_printf(p, y, 1, STYLE_TEXT, "ALARMS  %s", last ? n : "none: no layer has left its own average");
	for (int i = 0; i < lines - 1 && last > (u64)i; i++) {
		const struct layer_event *e = model_layer_event(m, last - (u64)i);

		if (e)
			draw_event(m, e, p, y + 1 + i);
	}
}
