/* What is wrong, above the list that is on the screen. */
#include "banner.h"

#include <string.h>

#include "app.h"
#include "findings.h"
#include "units.h"

/* Screens with fewer lines have none to spare, or only one. */
#define ROOM_FOR_ALL 20
#define ROOM_FOR_ONE 12
#define USEC_PER_SEC 1000000

static size_t count(const struct app *app)
{
	return app->findings ? findings_count(app->findings, FINDING_WARNING) : 0;
}

static const struct finding *nth(const struct app *app, size_t n)
{
	return findings_worst(app->findings, FINDING_WARNING, n);
}

/* Lists alone have them above: a page of one socket says itself what is wrong with it. */
static bool wanted(const struct app *app)
{
	const struct view_class *class = app_view(app)->class;

	return class->table && !class->says_findings;
}

int banner_lines(const struct app *app, int screen_lines)
{
	/* They are about now. */
	bool past = app->model != app->now;
	size_t n = !past && wanted(app) && screen_lines >= ROOM_FOR_ONE ? count(app) : 0;
	size_t most = app->banner.folded || screen_lines < ROOM_FOR_ALL ? 1 : BANNER_LINES;

	return (int)MIN(n, most);
}

enum style finding_style(const struct finding *of)
{
	return of->severity == FINDING_CRITICAL  ? STYLE_ALARM
	       : of->severity == FINDING_WARNING ? STYLE_WARN
						 : STYLE_TEXT;
}

/* -- drawing ------------------------------------------------------------------------------------------------- */

static void draw_count(const struct app *app, const struct pane *p)
{
	u32 critical = findings_count(app->findings, FINDING_CRITICAL), all = (u32)count(app);
	char key[32];

	keymap_text(&app->keymap, ACTION_BANNER, " ", key, sizeof(key));
	pane_printf(p, 0, 1, critical ? STYLE_ALARM : STYLE_WARN, "! %u %s wrong, %u critical", all,
		    all == 1 ? "thing is" : "things are", critical);
	if (p->w > 60)
		pane_printf(p, 0, p->w - 12, STYLE_LABEL, "%s shows them", key);
}

/* The sentence, and at the right for how long it has been so; the last line says how many more there are. */
static void draw_line(const struct app *app, const struct pane *p, int y, const struct finding *n, size_t more)
{
	bool focused = app->banner.focus == (size_t)y + 1;
	char since[UNITS_MAX], right[64];
	int room;

	units_usec(since, finding_since_us(app->findings, n));
	if (finding_since_us(app->findings, n) < USEC_PER_SEC)
		strcpy(since, "now");
	if (more)
		snprintf(right, sizeof(right), "and %zu more  %6s", more, since);
	else
		snprintf(right, sizeof(right), "%6s", since);
	room = p->w - (int)strlen(right) - 5;
	pane_put(p, y, 1, 1, finding_style(n), "!");
	pane_cell(p, y, 3, MAX(room, 0), false, finding_style(n), n->text);
	pane_put(p, y, p->w - (int)strlen(right) - 1, -1, STYLE_LABEL, right);
	if (focused)
		pane_ground(p, y, 0, p->w, STYLE_SELECTED);
}

/* The worst ones come and go: the cursor stays on its finding while it is among them. */
static void settle_focus(struct app *app, int lines)
{
	struct banner *b = &app->banner;

	if (!b->focus)
		return;
	for (size_t i = 0; i < (size_t)lines; i++)
		if (nth(app, i)->id == b->id) {
			b->focus = i + 1;
			return;
		}
	b->focus = MIN(b->focus, (size_t)lines);
	b->id = b->focus ? nth(app, b->focus - 1)->id : 0;
}

void banner_draw(struct app *app, const struct pane *p)
{
	settle_focus(app, p->h);
	if (p->h && app->banner.folded) {
		draw_count(app, p);
		return;
	}
	for (int y = 0; y < p->h; y++)
		draw_line(app, p, y, nth(app, (size_t)y), y + 1 == p->h ? count(app) - (size_t)p->h : 0);
}

/* -- keys ---------------------------------------------------------------------------------------------------- */

static void lead(struct app *app, size_t n)
{
	const struct finding *of = n < count(app) ? nth(app, n) : NULL;

	app->banner.focus = 0;
	if (of && app->lead)
		app->lead(app, of);
}

static void next_line(struct app *app)
{
	struct banner *b = &app->banner;
	int lines = banner_lines(app, app->canvas.lines);

	if (!lines) {
		app_say(app, STYLE_TEXT,
			count(app) ? "there is no room here for what is wrong"
				   : "nothing is wrong, as far as skbtop can see");
		return;
	}
	b->folded = false;
	b->focus = b->focus < (size_t)lines ? b->focus + 1 : 1;
	b->id = nth(app, b->focus - 1)->id;
}

bool banner_action(struct app *app, enum action a)
{
	struct banner *b = &app->banner;
	size_t focus = b->focus;

	switch (a) {
	case ACTION_FINDINGS: next_line(app); return true;
	case ACTION_BANNER: b->folded = !b->folded; return true;
	case ACTION_OPEN: lead(app, focus - 1); return focus;
	case ACTION_BACK: b->focus = 0; return focus;
	case ACTION_UP:
	case ACTION_DOWN:
		if (!focus)
			return false;
		b->focus = a == ACTION_UP ? focus - 1 : focus + 1;
		if (b->focus > (size_t)banner_lines(app, app->canvas.lines))
			b->focus = 0;
		b->id = b->focus ? nth(app, b->focus - 1)->id : 0;
		return true;
	default: return false;
	}
}

void banner_click(struct app *app, int line)
{
	if (app->banner.folded)
		app->banner.folded = false;
	else
		lead(app, (size_t)line);
}
