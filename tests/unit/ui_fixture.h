/* For tests of the running screen without a terminal: a made-up recording, keys, and the picture that comes of them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app.h"
#include "buf.h"
#include "file.h"
#include "fixture.h"
#include "stream.h"
#include "table_view.h"
#include "views.h"

#define SECOND 1000000000ULL

struct world {
	char dir[40], path[64], config[64];
	struct model *model;
	struct feed *feed;
	struct app *app;
	struct ui_options o;
};

/* A recording that make() writes, and the screen that looks at it. */
static inline struct world *world_open(void (*make)(const char *path), struct ui_options o)
{
	struct world *w = calloc(1, sizeof(*w));
	struct error err = {};

	strcpy(w->dir, "/tmp/skbtop-ui-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->path, sizeof(w->path), "%s/r.skbtop", w->dir);
	snprintf(w->config, sizeof(w->config), "%s/config.ini", w->dir);
	make(w->path);
	w->o = o;
	w->o.config = w->config;
	w->app = calloc(1, sizeof(*w->app));
	w->model = fixture_new();
	assert_int_equal(feed_replay(&w->feed, w->model, w->path, 0, &err), 0);
	assert_int_equal(app_init(w->app, &w->o, ui_views, w->feed, w->model, true, &err), 0);
	assert_int_equal(canvas_resize(&w->app->canvas, 100, 30), 0);
	return w;
}

static inline int teardown(void **state)
{
	struct world *w = *state;

	app_deinit(w->app);
	feed_free(w->feed);
	fixture_free(w->model);
	unlink(w->path);
	unlink(w->config);
	rmdir(w->dir);
	free(w->app);
	free(w);
	return 0;
}

static inline void show(struct world *w)
{
	struct view *v = app_view(w->app);

	app_draw(w->app);
	if (v->class->work)
		while (!v->class->work(v, 0))
			;
	app_draw(w->app);
}

static inline void tick(struct world *w)
{
	struct error err = {};
	int r;

	do {
		r = feed_step(w->feed, 0, &err);
		assert_true(r >= 0 && r != FEED_END);
	} while (r != FEED_TICK);
	app_tick(w->app);
	show(w);
}

static inline void press(struct world *w, const char *keys)
{
	for (; *keys; keys++) {
		app_key(w->app, *keys == '\n' ? K_ENTER : (unsigned char)*keys, NULL);
		show(w);
	}
}

static inline char *line_at(struct world *w, int y, char *dst)
{
	struct cells cells;

	assert_int_equal(canvas_cells(&w->app->canvas, &w->app->theme, &cells), 0);
	*dst = '\0';
	for (int x = 0; x < cells.columns; x++)
		strcat(dst, cells.cell[y * cells.columns + x].text);
	free(cells.cell);
	return dst;
}

/* Is text anywhere on the screen? */
static inline bool seen(struct world *w, const char *text)
{
	char line[2048];

	for (int y = 0; y < w->app->canvas.lines; y++)
		if (strstr(line_at(w, y, line), text))
			return true;
	return false;
}
