/* What a finding stands on: its sentence, the numbers, the rule and the reason for its thresholds. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "finding_table.h"
#include "units.h"
#include "view_findings.h"
#include "wall.h"

struct finding_view {
	struct view view;  /* first: views are cast to it */
	struct finding of; /* a copy: it may go while it is shown */
	int scroll, lines;
};

static struct finding_view *finding_of(struct view *v)
{
	return (struct finding_view *)v;
}

static const struct finding *find(const struct app *app, u64 id)
{
	return findings_at(app->findings, findings_find(app->findings, id));
}

static int open_view(struct view **view, struct app *app, u64 arg, struct error *err)
{
	const struct finding *of = find(app, arg);
	struct finding_view *v;

	if (!of)
		return error_set(err, -ENOENT, "this is not kept any more");
	v = calloc(1, sizeof(*v));
	if (!v)
		return error_set(err, -ENOMEM, "out of memory");
	v->view.app = app;
	v->of = *of;
	*view = &v->view;
	return 0;
}

static void close_view(struct view *v)
{
	free(v);
}

static void tick(struct view *view)
{
	struct finding_view *v = finding_of(view);
	const struct finding *of = find(view->app, v->of.id);

	if (of)
		v->of = *of;
	view->app->dirty = true;
}

/* -- the page ------------------------------------------------------------------------------------------------ */

/* Text over several lines, broken between words. */
static int paragraph(const struct pane *p, int y, int x, enum style style, const char *text)
{
	int room = MAX(p->w - x - 1, 10);

	while (*text) {
		int len = (int)strnlen(text, (size_t)room + 1);
		char line[256];

		if (len > room)
			for (len = room; len > 1 && text[len] != ' '; len--)
				;
		snprintf(line, sizeof(line), "%.*s", len, text);
		pane_put(p, y++, x, -1, style, line);
		text += len;
		text += *text == ' ';
	}
	return y;
}

static int field(const struct pane *p, int y, const char *label, enum style style, const char *text)
{
	if (!text || !*text)
		return y;
	pane_put(p, y, 2, 13, STYLE_LABEL, label);
	return paragraph(p, y, 16, style, text);
}

static int draw_about(const struct finding_view *v, const struct pane *p, int y)
{
	static const char *const names[] = {"value",
#define S(name) #name,
					    FINDING_SUBJECTS(S)
#undef S
	};
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (column_print(table_find(&finding_table, names[i]), v->view.app->findings, &v->of, text,
				 sizeof(text)))
			y = field(p, y, names[i], STYLE_TEXT, text);
	return y;
}

static int draw_rule(const struct finding_view *v, const struct pane *p, int y)
{
	const struct check *c = v->of.check;
	char text[160];

	pane_put(p, y++, 1, -1, STYLE_TITLE, "the rule");
	y = field(p, y, "check", STYLE_TEXT, c->name);
	y = field(p, y, "sockets", STYLE_TEXT, c->each);
	y = field(p, y, "where", STYLE_TEXT, c->when);
	y = field(p, y, "critical", STYLE_TEXT, c->grave);
	snprintf(text, sizeof(text), "said once it has held for %u s, until it is gone for %u s", c->after, c->until);
	y = field(p, y, "time", STYLE_TEXT, text);
	return field(p, y, "why so", STYLE_TEXT, c->why);
}

static int draw_page(const struct finding_view *v, const struct pane *p)
{
	const struct finding *of = &v->of;
	char since[UNITS_MAX], clock[WALL_MAX], text[160];
	int y = -v->scroll;

	y = paragraph(p, y, 1, of->severity == FINDING_CRITICAL ? STYLE_ALARM : STYLE_WARN, of->text) + 1;
	units_usec(since, finding_since_us(v->view.app->findings, of));
	wall_clock(clock, sizeof(clock), finding_realtime(v->view.app->findings, of), 0);
	snprintf(text, sizeof(text), of->ended_ns ? "from %s, for %s; it is over" : "since %s, for %s", clock, since);
	y = field(p, y, finding_severity_name(of->severity), STYLE_TEXT, text);
	y = field(p, y, "advice", STYLE_TEXT, of->advice);
	y = field(p, y, "its rows", STYLE_TEXT, of->filter);
	y = draw_about(v, p, y);
	if (column_spark(table_find(&finding_table, "trend"), v->view.app->findings, of,
			 (size_t)CLAMP(p->w - 18, 8, 60), v->view.app->charset, text, sizeof(text)))
		y = field(p, y, of->check->value, STYLE_GRAPH, text);
	y = draw_rule(v, p, y + 1);
	return y + v->scroll;
}

static void draw(struct view *view, const struct pane *p)
{
	struct finding_view *v = finding_of(view);

	v->lines = draw_page(v, p);
	view_draw_more(p, v->lines - v->scroll - p->h);
}

static void scroll(struct finding_view *v, int by)
{
	v->scroll = CLAMP(v->scroll + by, 0, MAX(v->lines - v->view.pane.h, 0));
}

static bool action(struct view *view, enum action a)
{
	struct finding_view *v = finding_of(view);
	int page = MAX(view->pane.h - 1, 1);

	switch (a) {
	case ACTION_UP: scroll(v, -1); return true;
	case ACTION_DOWN: scroll(v, 1); return true;
	case ACTION_PAGE_UP: scroll(v, -page); return true;
	case ACTION_PAGE_DOWN: scroll(v, page); return true;
	case ACTION_HOME: scroll(v, -v->lines); return true;
	case ACTION_END: scroll(v, v->lines); return true;
	case ACTION_OPEN: finding_lead(view->app, &v->of); return true;
	default: return false;
	}
}

static void mouse(struct view *view, const struct mouse *m)
{
	if (m->kind != MOUSE_PRESS)
		scroll(finding_of(view), m->kind == MOUSE_WHEEL_UP ? -3 : 3);
}

const struct view_class view_finding_class = {
    .name = "finding",
    .title = "Finding",
    .help = "what a finding stands on: its numbers, its rule, and the reason for the thresholds",
    .scope = SCOPE_EVENTS,
    .open = open_view,
    .close = close_view,
    .draw = draw,
    .action = action,
    .mouse = mouse,
    .tick = tick,
};
