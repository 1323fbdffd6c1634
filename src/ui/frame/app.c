/* What the views share: the stack of views, the frame around them, keys that apply everywhere, messages, settings. */
#include "app.h"

#include <errno.h>
#include <math.h>

#include "arm.h"
#include "clock.h"
#include "findings.h"
#include "header.h"
#include "history.h"
#include "layers.h"
#include "own_checks.h"
#include "request_table.h"
#include "rewind.h"
#include "text.h"

#define MESSAGE_NS (6 * NSEC_PER_SEC)

void view_draw_more(const struct pane *p, int below)
{
	char text[32];

	if (below <= 0 || p->h < 3)
		return;
	snprintf(text, sizeof(text), " %d more ↓ ", below);
	pane_put(p, p->h - 1, MAX(p->w - (int)text_width(text), 0), -1, STYLE_LABEL, text);
}

void view_draw_doctor(const struct pane *p, int y, int x)
{
	pane_put(p, y, x, -1, STYLE_LABEL, "skbtop --doctor says which hooks were tried");
}

/* -- set-up ------------------------------------------------------------------------------------------------- */

static void say_notes(struct app *app)
{
	if (app->notes.count > 1)
		app_say(app, STYLE_WARN, "%s (and %u more)", app->notes.text[0], app->notes.count - 1);
	else if (app->notes.count)
		app_say(app, STYLE_WARN, "%s", app->notes.text[0]);
	else if (app->o->warning)
		app_say(app, STYLE_WARN, "%s", app->o->warning);
	else
		return;
	/* Until a key says that it was read. */
	app->message_until = UINT64_MAX;
}

static int first_view(struct app *app, struct error *err)
{
	size_t line = 0;
	const char *name = app->o->view ? app->o->view : config_get(&app->config, "view", &line);
	const struct view_class *class = name ? view_class_find(app->views, name) : NULL;
	int r = app_push(app, app_class_at(app, 0), 0, err);

	if (r == 0 && class)
		app_show_view(app, class);
	else if (r == 0 && name && *name)
		notes_add(&app->notes, "%s:%zu: no view '%s'", line ? notes_file(app->config.path) : "--view", line,
			  name);
	return r;
}

#define HISTORY_FILES 2
#define HISTORIES(app) ((struct history_file[HISTORY_FILES]){{"filter", &(app)->filters}, {"search", &(app)->searches}})

void app_store_history(struct app *app)
{
	(void)!history_store(app->config.history, HISTORIES(app), HISTORY_FILES, &(struct error){});
}

int app_init(struct app *app, const struct ui_options *o, const struct view_class *const *views, struct feed *f,
	     struct model *m, bool utf8, struct error *err)
{
	int r;

	app->o = o;
	app->views = views;
	app->feed = f;
	app->model = app->now = m;
	app->live = feed_fd(f) >= 0;
	app->canvas.ascii = !utf8;
	app->cpu = NAN;
	app->dirty = true;
	app->tick_at = now_ns();
	if (config_load(&app->config, o->config, &app->notes) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	history_load(app->config.history, HISTORIES(app), HISTORY_FILES, &app->notes);
	keymap_init(&app->keymap);
	keymap_configure(&app->keymap, &app->config.ini, notes_file(app->config.path), &app->notes);
	settings_begin(app);
	model_layers_set_alarm(m, o->layer_alarm);
	if (o->arm && arm_new(&app->arm, o->arm, NULL) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	r = findings_new(&app->findings, m, err);
	if (r == 0 && own_checks_load(app->findings, &app->config, &app->notes) < 0)
		r = error_set(err, -ENOMEM, "out of memory");
	if (r < 0)
		return r;
	/* A recording is looked at in each of its ticks, so that it says the same every time. */
	findings_pace(app->findings, app->live ? FINDINGS_SHARE : 0);
	r = first_view(app, err);
	say_notes(app);
	return r;
}

void app_deinit(struct app *app)
{
	while (app->depth) {
		struct view *v = app->stack[--app->depth];

		v->class->close(v);
	}
	rewind_deinit(&app->rewind);
	chooser_close(&app->chooser);
	arm_free(app->arm);
	findings_free(app->findings);
	prompt_history_deinit(&app->intervals);
	prompt_history_deinit(&app->files);
	prompt_history_deinit(&app->filters);
	prompt_history_deinit(&app->searches);
	canvas_deinit(&app->canvas);
	config_deinit(&app->config);
}

/* -- what is told and asked --------------------------------------------------------------------------------- */

void app_say(struct app *app, enum style style, const char *fmt, ...)
{
	char raw[sizeof(app->message)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	text_clean(app->message, sizeof(app->message), raw, sizeof(raw));
	app->message_style = style;
	app->message_until = now_ns() + MESSAGE_NS;
	app->dirty = true;
}

void app_store(struct app *app, const char *key, const char *value)
{
	struct error err = {};

	if (config_store(&app->config, CONFIG_SCREEN, key, value, &err) < 0)
		app_say(app, STYLE_WARN, "not saved: %s", err.text);
}

void app_command(struct app *app, enum command_kind kind, u64 value)
{
	if (feed_command(app->feed, kind, value) == -EAGAIN && app->unsent_count < ARRAY_SIZE(app->unsent))
		app->unsent[app->unsent_count++] = (struct record_command){.kind = kind, .value = value};
}

/* What is seen, and the view from which it was opened. */
static unsigned needs(const struct app *app)
{
	unsigned bits = app->o->layers || app->o->layer_alarm ? NEEDS_LAYERS : 0;

	bits |= (app->arm ? arm_needs(app->arm) : 0) | findings_asks(app->findings);
	for (size_t i = app->depth; i-- > 0;) {
		const struct view_class *class = app->stack[i]->class;

		bits |= class->needs ? class->needs(app->stack[i]) : 0;
		bits |= class->traces ? query_needs(app->o->whose) : 0;
		if (class->top)
			break;
	}
	return bits;
}

static void ask(struct app *app, enum command_kind kind, u64 wanted, u64 *asked)
{
	if (wanted != *asked)
		app_command(app, kind, wanted);
	*asked = wanted;
}

void app_ask_needs(struct app *app)
{
	unsigned bits = needs(app);

	ask(app, COMMAND_LAYERS, bits & NEEDS_LAYERS ? MAX(app->o->sample, (u64)1) : 0, &app->layers_asked);
	ask(app, COMMAND_EXCHANGES, bits & NEEDS_EXCHANGES ? 1 : 0, &app->exchanges_asked);
	ask(app, COMMAND_REQUESTS, requests_asked(bits), &app->requests_asked);
	ask(app, COMMAND_NAT, bits & NEEDS_NAT || app->nat_wanted, &app->nat_asked);
	ask(app, COMMAND_REDIRECTS, bits & NEEDS_REDIRECTS ? 1 : 0, &app->redirects_asked);
	ask(app, COMMAND_NAMES, bits & NEEDS_NAMES ? 1 : 0, &app->names_asked);
}

static void resend(struct app *app)
{
	size_t n = app->unsent_count;

	app->unsent_count = 0;
	for (size_t i = 0; i < n; i++)
		app_command(app, (enum command_kind)app->unsent[i].kind, app->unsent[i].value);
}

void app_trace(struct app *app, u64 id)
{
	u64 ask;

	app->trace_wanted = id;
	ask = id ? id : app->arm ? arm_id(app->arm) : 0;
	if (ask == app->trace_asked)
		return;
	app->trace_asked = ask;
	app_command(app, COMMAND_TRACE, ask);
}

unsigned app_age(const struct app *app)
{
	return (unsigned)((now_ns() - app->tick_at) / NSEC_PER_SEC);
}

bool app_silent(const struct app *app)
{
	return app->whole_once && !app->frozen && app->live && (double)app_age(app) > 3 * app->interval + 2;
}

/* The header keeps saying it; why is told once. */
static void notice_recording(struct app *app)
{
	const char *why = feed_record_error(app->feed);

	if (!why || app->unrecorded)
		return;
	app->unrecorded = true;
	app_say(app, STYLE_ERROR, "%s", why);
	/* Until a key says that it was read. */
	app->message_until = UINT64_MAX;
}

/* After a pause ticks come upon each other: what share of so short a time was used says nothing. */
static void measure(struct app *app)
{
	u64 now = now_ns(), used = cpu_ns();

	if (app->cpu_at && now - app->cpu_at < APP_MEASURE_NS)
		return;
	if (app->cpu_at)
		app->cpu = (double)(used - app->cpu_used) / (double)(now - app->cpu_at);
	app->cpu_at = now;
	app->cpu_used = used;
}

void app_pass(struct app *app)
{
	findings_units(app->findings, app->units);
	findings_tick(app->findings);
	/* What is said of a recording is the same every time: each of its ticks has a round of its own. */
	if (!app->live)
		app_look(app, 0);
}

void app_tick(struct app *app)
{
	app->tick_at = now_ns();
	app->whole_once = true;
	measure(app);
	notice_recording(app);
	resend(app);
	app_pass(app);
	if (app->arm && !app->trace_wanted) {
		arm_tick(app->arm, app->now);
		app_trace(app, 0);
	}
	app->dirty = true;
	if (!rewind_is_past(app))
		app_rows(app);
}

bool app_look(struct app *app, u64 budget_ns)
{
	u64 before = findings_generation(app->findings);
	int r = findings_work(app->findings, budget_ns);

	if (r < 0)
		app_say(app, STYLE_ERROR, "out of memory");
	if (findings_generation(app->findings) == before)
		return r != 0;
	app->dirty = true;
	for (size_t i = 0; i < app->depth; i++)
		if (app->stack[i]->class->says_findings)
			app->stack[i]->class->tick(app->stack[i]);
	return true;
}

void app_rows(struct app *app)
{
	app->dirty = true;
	for (size_t i = 0; i < app->depth; i++)
		if (app->stack[i]->class->tick)
			app->stack[i]->class->tick(app->stack[i]);
}

/* -- drawing ------------------------------------------------------------------------------------------------ */

static void draw_last_line(struct app *app, const struct pane *line)
{
	if (now_ns() < app->message_until && app->message[0]) {
		pane_fill(line, 0, 0, line->w, STYLE_BAR);
		pane_cell(line, 0, 1, line->w - 2, false, app->message_style, app->message);
		app->keybar.count = 0;
		return;
	}
	keybar_draw(&app->keybar, line, &app->keymap, app_view(app)->class->scope);
}

void app_draw(struct app *app)
{
	struct canvas *c = &app->canvas;
	struct view *v = app_view(app);
	struct pane screen, head, line;
	int top = header_lines(c->columns, c->lines), bar = c->lines >= 8, wrong = banner_lines(app, c->lines);

	canvas_clear(c);
	screen = pane_of(c);
	head = pane_part(&screen, 0, 0, screen.w, top);
	header_draw(app, &head);
	line = pane_part(&screen, 0, top, screen.w, wrong);
	banner_draw(app, &line);
	top += wrong;
	v->pane = pane_part(&screen, 0, top, screen.w, screen.h - top - bar);
	v->class->draw(v, &v->pane);
	line = pane_part(&screen, 0, screen.h - 1, screen.w, 1);
	/* Where there is no room for a bar, a message still has to be read. */
	if (bar || (now_ns() < app->message_until && app->message[0]))
		draw_last_line(app, &line);
	if (app->chooser.open)
		chooser_draw(&app->chooser, &v->pane);
	if (app->prompt.open)
		prompt_draw(&app->prompt, &screen);
}

/* -- keys --------------------------------------------------------------------------------------------------- */

static void freeze(struct app *app)
{
	bool past = rewind_is_past(app);

	/* What was stands still, too: it goes on from now. */
	rewind_leave(app);
	if (past && !app->frozen)
		return;
	app->frozen = !app->frozen;
	feed_pause(app->feed, app->frozen);
}

void app_say_over(struct app *app)
{
	app_say(app, STYLE_TEXT, "this is the last tick of the recording");
}

static void advance(struct app *app, u64 span_ns)
{
	if (rewind_is_past(app)) {
		rewind_forward(app, span_ns);
		return;
	}
	if (!app->frozen)
		freeze(app);
	if (app->ended)
		app_say_over(app);
	feed_advance(app->feed, span_ns);
}

/* A recording waits meanwhile. */
static void back(struct app *app, u64 span_ns)
{
	if (!app->live && !app->frozen)
		freeze(app);
	rewind_back(app, span_ns);
}

static void next_view(struct app *app, int step)
{
	const struct view_class *now = app_class_first(app, app->stack[0]->class);
	size_t tops = 0, at = 0;

	/* The one from which the others on the stack were opened. */
	for (size_t i = 1; i < app->depth; i++)
		if (app->stack[i]->class->top)
			now = app_class_first(app, app->stack[i]->class);
	for (; app_class_numbered(app, tops); tops++)
		if (app_class_numbered(app, tops) == now)
			at = tops;
	app_action(app, ACTION_VIEW_NUMBER, (unsigned)((at + tops + (size_t)step) % tops));
}

/* false: there are not so many. */
static bool view_number(struct app *app, unsigned n)
{
	const struct view_class *class = app_class_numbered(app, n);

	if (class)
		app_show_view(app, class);
	return class;
}

static void toggle_mouse(struct app *app)
{
	app->mouse = !app->mouse;
	if (app->term)
		term_set_mouse(app->term, app->mouse);
	app_say(app, STYLE_TEXT, app->mouse ? "mouse on" : "mouse off: the terminal selects text");
}

static void help(struct app *app)
{
	if (app_view(app)->class == &view_help_class)
		app_pop(app);
	else
		app_show_view(app, &view_help_class);
}

static bool view_action(struct app *app, enum action a)
{
	struct view *v = app_view(app);

	if (a == ACTION_NONE)
		return false;
	if (banner_action(app, a))
		return true;
	if (v->class->action(v, a))
		return true;
	if (a == ACTION_BACK)
		app_pop(app);
	/* Where there is no way back, nobody needs to be told. */
	return a == ACTION_BACK;
}

/* A view that has a key of its own. */
static bool show_by_key(struct app *app, enum action a)
{
	const struct view_class *const *v = app->views;

	while (*v && (*v)->key != a)
		v++;
	if (*v)
		app_show_view(app, *v);
	return *v;
}

bool app_action(struct app *app, enum action a, unsigned which)
{
	app->dirty = true;
	switch (a) {
	case ACTION_QUIT: app->quit = true; return true;
	case ACTION_HELP: help(app); return true;
	case ACTION_FREEZE: freeze(app); return true;
	case ACTION_STEP: advance(app, 0); return true;
	case ACTION_LEAP: advance(app, 60 * NSEC_PER_SEC); return true;
	case ACTION_STEP_BACK: back(app, 0); return true;
	case ACTION_LEAP_BACK: back(app, 60 * NSEC_PER_SEC); return true;
	case ACTION_MARK: rewind_mark(app); return true;
	case ACTION_INTERVAL: setup_ask_interval(app); return true;
	case ACTION_WRITE: setup_ask_file(app); return true;
	case ACTION_THEME: setup_choose_theme(app); return true;
	case ACTION_SETUP: setup_open(app); return true;
	case ACTION_MOUSE: toggle_mouse(app); return true;
	case ACTION_OVERVIEW: return show_by_key(app, a);
	case ACTION_VIEWS: setup_choose_view(app); return true;
	case ACTION_NEXT_VIEW: next_view(app, 1); return true;
	case ACTION_PREV_VIEW: next_view(app, -1); return true;
	case ACTION_VIEW_NUMBER: return view_number(app, which);
	case ACTION_KILL: app_say(app, STYLE_TEXT, "skbtop only looks: it ends no program"); return true;
	case ACTION_REDRAW:
		if (app->term)
			term_redraw(app->term);
		return true;
	case ACTION_SUSPEND:
		if (app->term)
			term_suspend(app->term);
		return true;
	default: return view_action(app, a);
	}
}

static void say_nothing_done(struct app *app, uint32_t key)
{
	char name[KEY_NAME_MAX], keys[96];

	key_text(name, key);
	keymap_text(&app->keymap, ACTION_HELP, " or ", keys, sizeof(keys));
	app_say(app, STYLE_TEXT, *keys ? "%s does nothing here; %s shows the keys" : "%s does nothing here", name,
		keys);
}

static void click(struct app *app, const struct mouse *m)
{
	struct view *v = app_view(app);
	struct mouse inside = {m->kind, m->x - v->pane.x, m->y - v->pane.y};

	if (app->chooser.open)
		chooser_mouse(&app->chooser, m);
	else if (app->prompt.open)
		return;
	else if (m->kind == MOUSE_PRESS && m->y == app->canvas.lines - 1 && app->keybar.count)
		app_action(app, keybar_at(&app->keybar, m->x), 0);
	else if (m->kind == MOUSE_PRESS && inside.y < 0 && inside.y >= -banner_lines(app, app->canvas.lines))
		banner_click(app, inside.y + banner_lines(app, app->canvas.lines));
	else if (v->class->mouse && inside.y >= 0 && inside.y < v->pane.h)
		v->class->mouse(v, &inside);
}

void app_key(struct app *app, uint32_t key, const struct mouse *m)
{
	unsigned which = 0;

	if (key == K_NONE)
		return;
	app->dirty = true;
	app->message_until = 0;
	if (key == K_MOUSE) {
		click(app, m);
	} else if (app->chooser.open) {
		chooser_key(&app->chooser, key);
	} else if (app->prompt.open) {
		prompt_key(&app->prompt, key);
	} else {
		enum action a = keymap_find(&app->keymap, key, app_view(app)->class->scope, &which);

		if (!app_action(app, a, which))
			say_nothing_done(app, key);
	}
}
