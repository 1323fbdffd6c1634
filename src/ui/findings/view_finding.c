/* What a finding stands on: its sentence, the numbers, the rule and the reason for its thresholds. */
#include <errno.h>
#include <stdlib.h>

#include "app.h"
#include "finding_table.h"
#include "page.h"
#include "units.h"
#include "view_findings.h"
#include "wall.h"

struct finding_view {
	struct page_view page;
	struct finding of; /* a copy: it may go while it is shown */
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
	v->page.view.app = app;
	v->of = *of;
	*view = &v->page.view;
	return 0;
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

/* With a column left free at the right. */
static int paragraph(const struct pane *p, int y, int x, enum style style, const char *text)
{
	struct pane page = pane_part(p, 0, 0, p->w - 1, p->h);

	return pane_wrap(&page, y, x, style, text);
}

static int field(const struct pane *p, int y, const char *label, enum style style, const char *text)
{
	if (!text || !*text)
		return y;
	pane_put(p, y, 2, 13, STYLE_LABEL, label);
	return y + paragraph(p, y, 16, style, text);
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
		if (column_print(table_find(&finding_table, names[i]), v->page.view.app->findings, &v->of, text,
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

static int draw_page(struct page_view *page, const struct pane *p, int y)
{
	const struct finding_view *v = finding_of(&page->view);
	const struct finding *of = &v->of;
	char since[UNITS_MAX], clock[WALL_MAX], text[160];

	y += paragraph(p, y, 1, finding_style(of), of->text) + 1;
	units_usec(since, finding_since_us(v->page.view.app->findings, of));
	wall_clock(clock, sizeof(clock), finding_realtime(v->page.view.app->findings, of), 0);
	snprintf(text, sizeof(text), of->ended_ns ? "from %s, for %s; it is over" : "since %s, for %s", clock, since);
	y = field(p, y, finding_severity_name(of->severity), STYLE_TEXT, text);
	y = field(p, y, "advice", STYLE_TEXT, of->advice);
	y = field(p, y, "its rows", STYLE_TEXT, of->filter);
	y = draw_about(v, p, y);
	if (column_spark(table_find(&finding_table, "trend"), v->page.view.app->findings, of,
			 (size_t)CLAMP(p->w - 18, 8, 60), v->page.view.app->charset, text, sizeof(text)))
		y = field(p, y, of->check->value, STYLE_GRAPH, text);
	return draw_rule(v, p, y + 1);
}

static void draw(struct view *view, const struct pane *p)
{
	page_draw(&finding_of(view)->page, p, draw_page);
}

static bool action(struct view *view, enum action a)
{
	if (a != ACTION_OPEN)
		return page_action(view, a);
	finding_lead(view->app, &finding_of(view)->of);
	return true;
}

const struct view_class view_finding_class = {
    .name = "finding",
    .title = "Finding",
    .help = "what a finding stands on: its numbers, its rule, and the reason for the thresholds",
    .scope = SCOPE_EVENTS,
    .open = open_view,
    .close = page_close,
    .draw = draw,
    .action = action,
    .mouse = page_mouse,
    .tick = tick,
};
