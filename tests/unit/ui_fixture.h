/* For tests of the running screen without a terminal: a made-up recording, keys, and the picture that comes of them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "app.h"
#include "buf.h"
#include "file.h"
#include "fixture.h"
#include "rows.h"
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
	/* Where the test is the collector. */
	int peer; /* its end; 0: it is none */
	struct stream_decoder *decoder;
	struct buf in;
	u64 ticks;
};

static inline struct world *world_new(struct ui_options o)
{
	struct world *w = calloc(1, sizeof(*w));

	strcpy(w->dir, "/tmp/skbtop-ui-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->path, sizeof(w->path), "%s/r.skbtop", w->dir);
	snprintf(w->config, sizeof(w->config), "%s/config.ini", w->dir);
	w->o = o;
	w->o.config = w->config;
	w->app = calloc(1, sizeof(*w->app));
	w->model = fixture_new();
	return w;
}

static inline void world_begin(struct world *w, int columns, int lines)
{
	struct error err = {};

	assert_int_equal(app_init(w->app, &w->o, ui_views, w->feed, w->model, true, &err), 0);
	assert_int_equal(canvas_resize(&w->app->canvas, columns, lines), 0);
}

/* A recording that make() writes, and the screen that looks at it. */
static inline struct world *world_open(void (*make)(const char *path), struct ui_options o)
{
	struct world *w = world_new(o);
	struct error err = {};

	make(w->path);
	assert_int_equal(feed_replay(&w->feed, w->model, w->path, 0, &err), 0);
	world_begin(w, 100, 30);
	return w;
}

/* A screen that looks at what the test puts into the model; for setup. The test begins it, when it has set w->o. */
static inline int world_live(void **state)
{
	struct world *w = *state = world_new((struct ui_options){});
	struct error err = {};
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	w->peer = fds[1];
	assert_int_equal(feed_open(&w->feed, w->model, fds[0], &err), 0);
	assert_int_equal(stream_decoder_new(&w->decoder), 0);
	return 0;
}

static inline int teardown(void **state)
{
	struct world *w = *state;

	app_deinit(w->app);
	feed_free(w->feed);
	fixture_free(w->model);
	if (w->peer)
		close(w->peer);
	stream_decoder_free(w->decoder);
	buf_deinit(&w->in);
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

static inline void live_tick(struct world *w)
{
	rows_tick(w->model, ++w->ticks);
	app_tick(w->app);
	show(w);
}

static inline void key(struct world *w, uint32_t k)
{
	app_key(w->app, k, NULL);
	show(w);
}

static inline void press(struct world *w, const char *keys)
{
	for (; *keys; keys++)
		key(w, *keys == '\n' ? K_ENTER : (unsigned char)*keys);
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
