/* The views look at a model of their own while they show what was: app->model; app->now is the feed's, which goes on.
 * That of another moment is made in slices, and shown once it is whole. */
#include "rewind.h"

#include <errno.h>

#include "clock.h"
#include "past.h"
#include "units.h"

bool rewind_is_past(const struct app *app)
{
	return app->model != app->now;
}

/* The moment that is shown, or is to be. */
static u64 moment_of(const struct app *app)
{
	const struct rewind *r = &app->rewind;

	if (r->next)
		return past_view_moment(r->next);
	return r->shown ? past_view_moment(r->shown) : past_last(feed_past(app->feed));
}

/* The views let go of the model before, and of the rows that they have seen in it. */
static void show(struct app *app, struct model *m)
{
	const struct model *before = app->model;

	app->model = m;
	for (size_t i = app->depth; i-- > 1;)
		if (app->stack[i]->class->of_moment)
			app_pop_to(app, i);
	for (size_t i = 0; i < app->depth; i++)
		if (app->stack[i]->class->look_at && app->stack[i]->class->look_at(app->stack[i], before, m) < 0)
			app_say(app, STYLE_ERROR, "out of memory");
	app_rows(app);
}

/* What is not marked, nor is it to be, is not compared with. */
static void compare_with(struct app *app, const struct model *m)
{
	app->marked = m;
	for (size_t i = 0; i < app->depth; i++)
		if (app->stack[i]->class->marked && app->stack[i]->class->marked(app->stack[i]) < 0)
			app_say(app, STYLE_ERROR, "out of memory");
	app_rows(app);
}

void rewind_deinit(struct rewind *r)
{
	past_view_free(take(r->mark));
	past_view_free(take(r->next));
	past_view_free(take(r->shown));
}

void rewind_leave(struct app *app)
{
	if (rewind_is_past(app))
		show(app, app->now);
	past_view_free(take(app->rewind.next));
	past_view_free(take(app->rewind.shown));
	app->dirty = true;
}

/* -- going there --------------------------------------------------------------------------------------------------- */

static void fail(struct app *app, int code, const char *why)
{
	app_say(app, STYLE_ERROR, "%s", code == -ENOMEM ? "out of memory" : why);
	rewind_leave(app);
}

static void go_to(struct app *app, u64 moment)
{
	struct rewind *r = &app->rewind;
	struct past *p = feed_past(app->feed);
	int code;

	past_view_free(take(r->next));
	if (moment >= past_last(p)) {
		rewind_leave(app);
		return;
	}
	/* What is shown goes on to a later moment. */
	if (r->shown && past_view_is_whole(r->shown) && past_view_go_on(r->shown, moment))
		return;
	code = past_view_new(&r->next, p, app->now, moment);
	if (code < 0)
		fail(app, code, "this moment is not kept any more");
}

/* Of the moment that is shown, the one so long before or after it; at least the next. */
static u64 moment_at(const struct app *app, u64 span_ns, bool back)
{
	const struct past *p = feed_past(app->feed);
	u64 at = moment_of(app), time = past_time(p, at), to;

	if (!span_ns)
		return back ? at - 1 : at + 1;
	to = past_find(p, back ? time - MIN(span_ns, time) : time + span_ns);
	return back ? MIN(to, at - 1) : MAX(to, at + 1);
}

void rewind_back(struct app *app, u64 span_ns)
{
	const struct past *p = feed_past(app->feed);
	u64 at, first = p ? past_first(p) : 0;

	if (!first) {
		app_say(app, STYLE_TEXT, p ? "nothing is kept yet" : "nothing is kept: --history-mb 0 was said");
		return;
	}
	at = moment_of(app);
	if (at <= first) {
		app_say(app, STYLE_TEXT, "what was before this is not kept");
		return;
	}
	go_to(app, MAX(moment_at(app, span_ns, true), first));
}

void rewind_forward(struct app *app, u64 span_ns)
{
	go_to(app, moment_at(app, span_ns, false));
}

void rewind_mark(struct app *app)
{
	struct rewind *r = &app->rewind;
	struct past *p = feed_past(app->feed);
	int code;

	if (r->mark) {
		compare_with(app, NULL);
		past_view_free(take(r->mark));
		app_say(app, STYLE_TEXT, "numbers are what they are again");
		return;
	}
	code = p ? past_view_new(&r->mark, p, app->now, moment_of(app)) : -ENOENT;
	if (code < 0)
		app_say(app, STYLE_ERROR, code == -ENOMEM ? "out of memory" : "this moment is not kept");
}

/* true: there is nothing to do. */
static bool work_on_mark(struct app *app, u64 deadline_ns)
{
	struct rewind *r = &app->rewind;
	struct error err;
	int code;

	if (!r->mark || past_view_is_whole(r->mark))
		return true;
	code = past_view_work(r->mark, deadline_ns, &err);
	app->dirty = true;
	if (code == 0)
		return false;
	if (code == 1) {
		compare_with(app, past_view_model(r->mark));
		return true;
	}
	past_view_free(take(r->mark));
	app_say(app, STYLE_ERROR, "%s", err.text);
	return true;
}

bool rewind_work(struct app *app, u64 budget_ns)
{
	struct rewind *r = &app->rewind;
	struct past_view *v = r->next ? r->next : r->shown;
	struct error err;
	int code;

	if (!v || past_view_is_whole(v))
		return work_on_mark(app, now_ns() + budget_ns);
	code = past_view_work(v, now_ns() + budget_ns, &err);
	app->dirty = true;
	if (code < 0)
		fail(app, code, err.text);
	if (code != 1)
		return code != 0;
	if (v == r->shown) {
		app_rows(app);
		return true;
	}
	show(app, past_view_model(v));
	past_view_free(r->shown);
	r->shown = take(r->next);
	return true;
}

u64 rewind_sought(const struct app *app, double *done)
{
	const struct past_view *v = app->rewind.next ? app->rewind.next : app->rewind.shown;

	if (!v || past_view_is_whole(v))
		return 0;
	*done = past_view_done(v);
	return past_realtime(feed_past(app->feed), past_view_moment(v));
}
