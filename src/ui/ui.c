/* The screen from outside: the loop that never lets a key wait, a single picture without a terminal, and the tables for
 * other libraries. */
#include "ui.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <string.h>

#include "app.h"
#include "clock.h"
#include "own_checks.h"
#include "rewind.h"
#include "text.h"
#include "view_findings.h"
#include "views.h"

/* -- the loop ----------------------------------------------------------------------------------------------- */

struct loop {
	struct app app;
	struct term *term;
	unsigned deaf; /* wake-ups by the terminal without a key: it is gone */
	bool feed_more, work_left;
	u64 early_generation, early_at; /* what was shown of the first tick while it came in, and when */
};

#define EARLY_NS (100 * NSEC_PER_MSEC) /* while the first rows come in they are shown this often */

static void resize(struct app *app)
{
	int columns, lines;

	term_size(app->term, &columns, &lines);
	if (canvas_resize(&app->canvas, MAX(columns, 1), MAX(lines, 1)) < 0)
		app->quit = true;
	app->dirty = true;
}

static void take_signals(struct app *app)
{
	enum term_event e;

	while ((e = term_event(app->term)) != TERM_NOTHING) {
		if (e == TERM_QUIT)
			app->quit = true;
		else
			resize(app);
	}
}

static void draw(struct app *app)
{
	/* A terminal that is behind gets the newest picture once it has taken the last one. */
	if (!app->dirty || term_busy(app->term))
		return;
	app->dirty = false;
	app_draw(app);
	term_show(app->term, &app->canvas);
}

/* Every key is answered with a picture before the next piece of work. */
static void take_keys(struct loop *l, bool readable)
{
	u64 until = now_ns() + APP_ANSWER_NS, now;
	struct mouse m = {};
	uint32_t key = K_NONE;
	bool any = false;

	while (!l->app.quit && term_key(l->app.term, &key, &m)) {
		struct view *v;

		any = true;
		app_key(&l->app, key, &m);
		/* What the key asked for is done at once, so that the next picture shows it. */
		v = app_view(&l->app);
		now = now_ns();
		if (now < until && !rewind_work(&l->app, until - now))
			continue;
		v = app_view(&l->app);
		now = now_ns();
		if (v->class->answer && now < until)
			v->class->answer(v, until - now);
	}
	l->deaf = readable && !any ? l->deaf + 1 : 0;
	if (l->deaf > 1000)
		l->app.quit = true;
	if (!any)
		return;
	/* What it asked for may not be done yet, and no tick need come that would go on with it. */
	l->work_left = true;
	draw(&l->app);
}

/* With very many sockets the first tick takes a while: its rows appear at once. */
static void show_early(struct loop *l)
{
	u64 generation = model_generation(l->app.now), now = now_ns();

	if (l->app.whole_once || generation == l->early_generation || now - l->early_at < EARLY_NS)
		return;
	l->early_generation = generation;
	l->early_at = now;
	app_rows(&l->app);
}

/* Returns 1 if the collector has ended. */
static int take_feed(struct loop *l, struct error *err)
{
	const struct record_bye *bye;
	char why[300];
	int r;

	l->feed_more = false;
	if (l->app.ended)
		return 0;
	r = feed_step(l->app.feed, APP_SLICE_NS, err);
	if (r < 0)
		return r;
	l->feed_more = r == FEED_MORE || r == FEED_TICK;
	if (r == FEED_TICK && feed_is_early(l->app.feed))
		app_pass(&l->app);
	else if (r == FEED_TICK)
		app_tick(&l->app);
	show_early(l);
	if (r != FEED_END)
		return 0;
	l->app.ended = true;
	l->app.dirty = true;
	/* A recording stays on the screen. */
	if (!l->app.live && l->app.frozen)
		app_say_over(&l->app);
	if (!l->app.live)
		return 0;
	bye = model_bye(l->app.now);
	if (bye) {
		text_clean(why, sizeof(why), (const char *)bye->text, MIN(sizeof(why) - 1, sizeof(bye->text)));
		error_set(err, -EPIPE, "%s", *why ? why : "the collector ended");
	} else {
		error_set(err, -EPIPE, "the collector ended without a word");
	}
	return 1;
}

static void work(struct loop *l)
{
	bool sought = rewind_work(&l->app, APP_SLICE_NS);
	struct view *v = app_view(&l->app);

	if (!sought) {
		l->work_left = true;
		return;
	}
	l->work_left = v->class->work && !v->class->work(v, APP_SLICE_NS);
	if (!l->work_left)
		l->work_left = !app_look(&l->app, APP_SLICE_NS);
}

/* How long there is nothing to do: -1 for ever. */
static int idle_ms(const struct loop *l, bool busy)
{
	const struct app *app = &l->app;
	int ms = app->ended ? -1 : feed_timeout_ms(app->feed), esc = term_wait_ms(app->term);
	u64 now = now_ns();

	if (l->feed_more || l->work_left || (app->dirty && !busy))
		return 0;
	/* The age of a frozen or silent picture is shown in seconds. */
	if ((app->frozen || app->live) && (ms < 0 || ms > 1000))
		ms = 1000;
	if (esc >= 0)
		ms = ms < 0 ? esc : MIN(ms, esc);
	if (app->message_until > now && app->message_until != UINT64_MAX) {
		int left = (int)((app->message_until - now) / NSEC_PER_MSEC) + 1;

		ms = ms < 0 ? left : MIN(ms, left);
	}
	return ms;
}

/* Updates what depends on time alone: ages and messages. */
static void notice_time(struct app *app)
{
	unsigned age = app->frozen || app_silent(app) ? app_age(app) + 1 : 0;

	if (age != app->shown_age) {
		app->shown_age = age;
		app->dirty = true;
	}
	if (app->message_until && app->message_until <= now_ns()) {
		app->message_until = 0;
		app->dirty = true;
	}
}

/* Sleeps until there is something to do. *readable: the terminal has sent something. */
static int idle(struct loop *l, bool *readable, struct error *err)
{
	struct app *app = &l->app;
	bool busy = term_busy(app->term);
	struct pollfd fds[] = {{.fd = term_fd(app->term), .events = POLLIN},
			       {.fd = term_signal_fd(app->term), .events = POLLIN},
			       {.fd = app->ended ? -1 : feed_fd(app->feed), .events = POLLIN},
			       {.fd = busy ? term_out_fd(app->term) : -1, .events = POLLOUT}};

	if (poll(fds, ARRAY_SIZE(fds), idle_ms(l, busy)) < 0 && errno != EINTR)
		return error_set(err, -errno, "poll: %s", strerror(errno));
	*readable = fds[0].revents & POLLIN;
	if ((fds[0].revents | fds[3].revents) & (POLLHUP | POLLERR | POLLNVAL))
		app->quit = true;
	return 0;
}

static int run(struct loop *l, struct error *err)
{
	struct app *app = &l->app;
	bool readable = true;
	int r;

	while (!app->quit) {
		/* A key waits for one piece of work at most. */
		take_keys(l, readable);
		r = app->quit ? 0 : take_feed(l, err);
		if (r != 0)
			return r;
		take_keys(l, false);
		work(l);
		take_keys(l, false);
		notice_time(app);
		if (app->quit)
			break;
		draw(app);
		r = idle(l, &readable, err);
		if (r < 0)
			return r;
		take_signals(app);
	}
	return 0;
}

static int confine(const struct app *app, struct error *err)
{
	const struct ui_files files = {app->config.path, {app->config.themes, theme_folder()}, app->theme_name};

	return app->o->confine ? app->o->confine(app->o->confine_context, &files, err) : 0;
}

int ui_run(const struct ui_options *o, struct feed *f, struct model *m, struct error *err)
{
	struct loop *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return error_set(err, -ENOMEM, "out of memory");
	r = term_new(&l->term, err);
	if (r == 0) {
		l->app.term = l->term;
		r = app_init(&l->app, o, ui_views, f, m, term_utf8(l->term), err);
		l->app.lead = finding_lead;
	}
	if (r == 0) {
		/* Nothing can be made in it later. Without the folder settings are not saved, which is reported
		 * then. */
		(void)!config_make_folder(&l->app.config, &(struct error){});
		r = confine(&l->app, err);
	}
	if (r == 0) {
		term_set_mouse(l->term, l->app.mouse);
		resize(&l->app);
		r = run(l, err);
		app_store_history(&l->app);
	}
	app_deinit(&l->app);
	term_free(l->term);
	free(l);
	return r;
}

/* -- one picture -------------------------------------------------------------------------------------------- */

/* Reads the feed until rates are known and the view has what it asked for, or to its end. */
static int feed_until_shown(struct app *app, struct error *err)
{
	const unsigned needed = 2U + app_view(app)->class->warm_up;

	for (unsigned ticks = 0; ticks < needed;) {
		struct pollfd fd = {.fd = feed_fd(app->feed), .events = POLLIN};
		int r = feed_step(app->feed, 0, err);

		if (r < 0)
			return r;
		if (r == FEED_TICK && feed_is_early(app->feed)) {
			app_pass(app);
			ticks = MIN(ticks + 1, needed - 1);
		} else if (r == FEED_TICK) {
			app_tick(app);
			app_look(app, 0);
			ticks++;
		} else if (r == FEED_END) {
			if (ticks || !model_bye(app->model))
				return ticks ? 0 : error_set(err, -EPIPE, "the stream ended before its first tick");
			return error_set(err, -EPIPE, "%.300s", (const char *)model_bye(app->model)->text);
		} else if (r == FEED_IDLE) {
			poll(&fd, 1, feed_timeout_ms(app->feed));
		}
	}
	return 0;
}

int ui_snapshot(const struct ui_options *o, struct feed *f, struct model *m, int columns, int lines, struct cells *out,
		struct error *err)
{
	struct app *app = calloc(1, sizeof(*app));
	struct view *v;
	int r;

	if (!app)
		return error_set(err, -ENOMEM, "out of memory");
	r = app_init(app, o, ui_views, f, m, true, err);
	if (r == 0)
		r = confine(app, err);
	if (r == 0 && canvas_resize(&app->canvas, columns, lines) < 0)
		r = error_set(err, -ENOMEM, "out of memory");
	if (r == 0)
		r = feed_until_shown(app, err);
	if (r == 0) {
		/* Twice: the first drawing tells the list how many rows are visible. */
		app_draw(app);
		v = app_view(app);
		if (v->class->work)
			v->class->work(v, 0);
		app_draw(app);
		r = canvas_cells(&app->canvas, &app->theme, out);
	}
	app_deinit(app);
	free(app);
	return r;
}

/* -- tables ------------------------------------------------------------------------------------------------- */

int ui_check_theme(const char *name_or_file, struct error *err)
{
	struct config config = {};
	struct theme theme;
	int r = config_load(&config, NULL, NULL);

	if (r == 0)
		r = theme_load(&theme, name_or_file, config.themes, NULL, err);
	config_deinit(&config);
	return r < 0 ? -EINVAL : 0;
}

int ui_own_checks(const char *path, struct findings *f, struct error *err)
{
	struct config config = {};
	struct notes notes = {};
	int r = config_load(&config, path, &notes);

	if (r == 0)
		r = own_checks_load(f, &config, &notes);
	if (r < 0)
		error_set(err, r, "out of memory");
	else if (notes.count)
		r = error_set(err, -EINVAL, "%s", notes.text[0]);
	config_deinit(&config);
	return r;
}

bool ui_action_doc(size_t i, struct ui_action_doc *out)
{
	if (i >= ACTION_COUNT)
		return false;
	*out = (struct ui_action_doc){action_info((enum action)i)->name, action_info((enum action)i)->keys,
				      action_info((enum action)i)->help, ""};
	action_where((enum action)i, out->where, sizeof(out->where));
	return true;
}

_Static_assert(UI_ACTION_ROW_MAX >= ACTION_ROW_MAX, "there is room for a row");

bool ui_action_row(size_t i, char dst[UI_ACTION_ROW_MAX])
{
	if (i >= ACTION_COUNT)
		return false;
	action_row((enum action)i, dst);
	return true;
}

const char *ui_theme_name(size_t i)
{
	return theme_builtin(i);
}
