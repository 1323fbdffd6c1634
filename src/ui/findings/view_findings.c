/* Findings: what is wrong on this machine, the worst first. Enter leads to what it is about. */
#include "view_findings.h"

#include "finding_table.h"
#include "table_view.h"
#include "units.h"

/* The table that the check looks at has a view of its own; where only some rows took part, they are shown themselves.
 */
void finding_lead(struct app *app, const struct finding *of)
{
	const struct table *t = of->check->of;
	bool gathered = t->fold && (of->check->each || !app_class_of(app, t));

	if (table_view_lead(app, of->check->leads ? of->check->leads : gathered ? t->fold->of : t, of->filter))
		return;
	app_say(app, STYLE_TEXT, "this has no rows of its own");
}

static void open_finding(struct table_view *s, const void *row)
{
	finding_lead(s->view.app, row);
}

static bool action(struct table_view *s, enum action a)
{
	const struct finding *of = table_view_selected(s);
	struct app *app = s->view.app;

	if (a != ACTION_MUTE && a != ACTION_EVIDENCE)
		return false;
	if (of && a == ACTION_MUTE) {
		findings_mute(app->findings, of->id, !of->muted);
		table_view_tick(&s->view);
	} else if (of) {
		app_open(app, &view_finding_class, of->id);
	}
	return true;
}

static void counts(const struct table_view *s, char *text, size_t size)
{
	u32 said = finding_table.rows(s->rows, false);

	snprintf(text, size, "%u of %zu checks speak", said, findings_checks(s->rows));
}

/* All is well only where all was looked at. */
static bool nothing(const struct table_view *s, const struct pane *p, int y)
{
	if (s->query || !s->view.app->whole_once)
		return false;
	pane_printf(p, y, p->w >= 40 ? 2 : 0, STYLE_RX, "nothing is wrong: %zu checks, none speaks",
		    findings_checks(s->rows));
	return true;
}

static enum style style_of(const struct table_view *s, const struct column *c, const void *row, enum style style)
{
	const struct finding *of = row;

	(void)s;
	if (c->unit != UNIT_TEXT || !c->tells || !finding_speaks(of))
		return style;
	return of->severity == FINDING_INFO ? style : finding_style(of);
}

int findings_view_open(struct view **v, struct app *app, const struct view_class *class, size_t size, struct error *err)
{
	/* The size is only looked at while a view is opened. */
	static struct table_view_ops ops = {
	    .open = open_finding,
	    .counts = counts,
	    .nothing = nothing,
	    .style = style_of,
	    .action = action,
	};

	ops.size = size;
	return table_view_open(v, app, class, &finding_table, app->findings, &ops, err);
}

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	(void)arg;
	return findings_view_open(v, app, &view_findings_class, 0, err);
}

const struct view_class view_findings_class = {
    .name = "findings",
    .title = "Findings",
    .help = "what is wrong: who, since when, and what can be done",
    .scope = SCOPE_LIST | SCOPE_FINDINGS,
    .top = true,
    .says_findings = true,
    .table = &finding_table,
    .warm_up = 8,
    .open = open_view,
    TABLE_VIEW_CLASS,
};
