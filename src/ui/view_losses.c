/* The views of retransmits, drops and resets: live, the newest first, or grouped by reason or by socket. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "losses_view.h"
#include "socket_table.h"

static int open_view(struct view **view, struct app *app, unsigned kinds, bool errors, struct error *err)
{
	struct losses_view *v = calloc(1, sizeof(*v));
	struct query_error where;

	if (!v)
		return error_set(err, -ENOMEM, "out of memory");
	v->view.app = app;
	v->kinds = kinds;
	v->errors = errors;
	v->height = 1;
	/* It was checked with the command line. */
	if (app->o->filter && query_parse(&socket_table, app->o->filter, &v->query, &where) < 0)
		v->query = NULL;
	if (losses_make(v) < 0) {
		losses_free(v);
		return error_set(err, -ENOMEM, "out of memory");
	}
	*view = &v->view;
	return 0;
}

static int open_retransmits(struct view **v, struct app *app, u64 arg, struct error *err)
{
	(void)arg;
	return open_view(v, app, LOSS_BIT(LOSS_RETRANSMIT), false, err);
}

static int open_drops(struct view **v, struct app *app, u64 arg, struct error *err)
{
	(void)arg;
	return open_view(v, app, LOSS_BIT(LOSS_DROP), app->o->errors, err);
}

static int open_resets(struct view **v, struct app *app, u64 arg, struct error *err)
{
	(void)arg;
	return open_view(v, app, LOSS_RESETS, false, err);
}

static void close_view(struct view *v)
{
	losses_free(losses_of(v));
}

static void make(struct losses_view *v)
{
	if (losses_make(v) < 0)
		app_say(v->view.app, STYLE_ERROR, "out of memory");
	v->view.app->dirty = true;
}

static void tick(struct view *v)
{
	make(losses_of(v));
}

static unsigned needs(struct view *v)
{
	return query_needs(losses_of(v)->query);
}

/* The group that the cursor is in, or on; NULL: none. */
static struct losses_group *here(struct losses_view *v)
{
	if (v->by == LOSSES_FLAT || v->cursor >= v->line_count)
		return NULL;
	return &v->groups[v->lines[v->cursor].group];
}

static void fold(struct losses_view *v, bool folded)
{
	struct losses_group *g = here(v);

	if (!g)
		return;
	v->pinned = true;
	v->on_head |= folded;
	v->key = v->on_head ? g->key : v->key;
	losses_fold(v, g->key, folded);
	make(v);
}

static void open_line(struct losses_view *v)
{
	struct losses_group *g = here(v);
	struct error err = {};

	if (v->cursor >= v->line_count)
		return;
	if (v->lines[v->cursor].head) {
		fold(v, g->unfolded);
		return;
	}
	v->pinned = true;
	v->on_head = false;
	v->key = v->lines[v->cursor].number;
	if (app_push(v->view.app, &view_loss_class, v->lines[v->cursor].number, &err) < 0)
		app_say(v->view.app, STYLE_ERROR, "%s", err.text);
}

static void next_grouping(struct losses_view *v)
{
	v->by = (enum losses_by)((v->by + 1) % LOSSES_BY_COUNT);
	v->unfolded_count = 0;
	losses_home(v);
	make(v);
}

static bool action(struct view *view, enum action a)
{
	struct losses_view *v = losses_of(view);
	s64 page = MAX((s64)v->height - 1, 1), at = v->cursor;

	switch (a) {
	case ACTION_UP: losses_move(v, at - 1); return true;
	case ACTION_DOWN: losses_move(v, at + 1); return true;
	case ACTION_PAGE_UP: losses_move(v, at - page); return true;
	case ACTION_PAGE_DOWN: losses_move(v, at + page); return true;
	case ACTION_HOME: losses_home(v); return true;
	case ACTION_END: losses_move(v, (s64)v->line_count - 1); return true;
	case ACTION_OPEN: open_line(v); return true;
	case ACTION_TREE: next_grouping(v); return true;
	case ACTION_UNFOLD: fold(v, false); return true;
	case ACTION_FOLD: fold(v, true); return true;
	case ACTION_FOLD_ALL:
		losses_fold_all(v);
		make(v);
		return true;
	default: return false;
	}
}

static void mouse(struct view *view, const struct mouse *m)
{
	struct losses_view *v = losses_of(view);
	int first = view->pane.h - (int)v->height;
	u32 line = v->top + (u32)(m->y - first);

	if (m->kind != MOUSE_PRESS) {
		losses_move(v, (s64)v->cursor + (m->kind == MOUSE_WHEEL_UP ? -3 : 3));
		return;
	}
	if (m->y < first || line >= v->line_count)
		return;
	if (line == v->cursor && v->pinned)
		open_line(v);
	else
		losses_move(v, line);
}

#define LOSSES_VIEW(id, title_, help_)                                                                                 \
	const struct view_class view_##id##_class = {                                                                  \
	    .name = #id,                                                                                               \
	    .title = title_,                                                                                           \
	    .help = help_,                                                                                             \
	    .scope = SCOPE_EVENTS,                                                                                     \
	    .top = true,                                                                                               \
	    .open = open_##id,                                                                                         \
	    .close = close_view,                                                                                       \
	    .draw = losses_draw,                                                                                       \
	    .action = action,                                                                                          \
	    .mouse = mouse,                                                                                            \
	    .tick = tick,                                                                                              \
	    .needs = needs,                                                                                            \
	}

LOSSES_VIEW(retransmits, "Retransmits", "each retransmitted segment: why, and whether it was lost on this machine");
LOSSES_VIEW(drops, "Drops", "each packet that the kernel dropped: its reason, where, and whom it hit");
LOSSES_VIEW(resets, "Resets", "each reset sent or received, with the kernel's reason");
