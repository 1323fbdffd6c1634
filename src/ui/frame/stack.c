/* Which views there are, and those that are open, one above the other. */
#include <errno.h>
#include <string.h>

#include "app.h"
#include "table.h"

/* -- the views that there are --------------------------------------------------------------------------------- */

const struct view_class *app_class_at(const struct app *app, size_t i)
{
	size_t n = 0;

	while (n < i && app->views[n])
		n++;
	return app->views[n];
}

const struct view_class *view_class_find(const struct view_class *const *views, const char *name)
{
	const struct view_class *const *v = views;

	while (*v && strcmp((*v)->name, name) != 0)
		v++;
	return *v;
}

const struct view_class *app_class_numbered(const struct app *app, size_t n)
{
	const struct view_class *const *v = app->views;

	while (*v && (!(*v)->top || app_class_first(app, *v) != *v || n-- > 0))
		v++;
	return *v;
}

const struct view_class *app_class_of(const struct app *app, const struct table *t)
{
	const struct view_class *const *v = app->views;

	while (*v && (*v)->table != t)
		v++;
	return *v;
}

const struct view_class *app_class_first(const struct app *app, const struct view_class *class)
{
	const struct fold *fold = class->table ? class->table->fold : NULL;

	return fold && fold->way_of ? app_class_of(app, fold->way_of) : class;
}

const struct table_choice *app_choice(const struct app *app, const struct view_class *class)
{
	const char *name = app->o->view;

	return class == (name ? view_class_find(app->views, name) : app_class_at(app, 0)) ? app->o->rows : NULL;
}

/* -- stack -------------------------------------------------------------------------------------------------- */

struct view *app_view(const struct app *app)
{
	return app->stack[app->depth - 1];
}

int app_push(struct app *app, const struct view_class *class, u64 arg, struct error *err)
{
	struct view *v = NULL;
	int r;

	if (app->depth == APP_STACK)
		return error_set(err, -ENOSPC, "too many views are open");
	r = class->open(&v, app, arg, err);
	if (r < 0)
		return r;
	v->class = class;
	v->app = app;
	app->stack[app->depth++] = v;
	app_ask_needs(app);
	app->dirty = true;
	return 0;
}

bool app_open(struct app *app, const struct view_class *class, u64 arg)
{
	struct error err = {};
	int r = app_push(app, class, arg, &err);

	if (r < 0)
		app_say(app, STYLE_ERROR, "%s", err.text);
	return r == 0;
}

void app_pop(struct app *app)
{
	struct view *v = app_view(app);

	if (app->depth <= 1)
		return;
	app->depth--;
	v->class->close(v);
	app_ask_needs(app);
	app->dirty = true;
}

void app_pop_to(struct app *app, size_t depth)
{
	while (app->depth > MAX(depth, (size_t)1))
		app_pop(app);
}

void app_show_view(struct app *app, const struct view_class *class)
{
	for (size_t i = 0; i < app->depth; i++) {
		if (app->stack[i]->class != class)
			continue;
		while (app->depth > i + 1)
			app_pop(app);
		return;
	}
	if (class->top) {
		while (app->depth > 1)
			app_pop(app);
	}
	app_open(app, class, 0);
}
