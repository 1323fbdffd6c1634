/* One retransmit, drop or reset: everything that is known about it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "loss_table.h"
#include "page.h"
#include "text.h"
#include "view_losses.h"
#include "view_sockets.h"

struct loss_view {
	struct page_view page;
	struct loss loss; /* a copy: the event may be dropped while it is shown */
};

static struct loss_view *loss_of(struct view *v)
{
	return (struct loss_view *)v;
}

static int open_view(struct view **view, struct app *app, u64 arg, struct error *err)
{
	const struct loss *l = model_loss(app->model, arg);
	struct loss_view *v;

	if (!l)
		return error_set(err, -ENOENT, "this event is not kept any more");
	v = calloc(1, sizeof(*v));
	if (!v)
		return error_set(err, -ENOMEM, "out of memory");
	v->page.view.app = app;
	v->loss = *l;
	*view = &v->page.view;
	return 0;
}

/* What was found out since. */
static void tick(struct view *view)
{
	struct loss_view *v = loss_of(view);
	const struct loss *l = model_loss(view->app->model, v->loss.number);

	if (l)
		v->loss = *l;
	view->app->dirty = true;
}

static const struct table *table_of(const struct loss *l)
{
	return l->r.kind == LOSS_RETRANSMIT ? &retransmit_table : l->r.kind == LOSS_DROP ? &drop_table : &reset_table;
}

static int draw_fields(const struct loss_view *v, const struct pane *p, int y)
{
	const struct model *m = v->page.view.app->model;
	char text[512];
	size_t n;

	table_each (table_of(&v->loss), c) {
		/* Columns that the list combines are shown separately here; the stack follows. */
		if (c->extra || c->unit == UNIT_LIST)
			continue;
		n = c->unit == UNIT_TIME ? column_format(c, m, &v->loss, RATE_BYTES, text, sizeof(text))
					 : column_print(c, m, &v->loss, text, sizeof(text));
		if (!n)
			continue;
		pane_put(p, y, 2, 14, STYLE_LABEL, c->name);
		pane_cell(p, y, 17, MAX(MIN(p->w - 18, 42), 1), false, STYLE_TEXT, text);
		/* A clock here, seconds elsewhere. */
		if (p->w >= 100 && c->unit != UNIT_TIME)
			pane_cell(p, y, 60, MAX(p->w - 61, 1), false, STYLE_DIM, c->help);
		y++;
	}
	return y;
}

static int draw_stack(const struct loss_view *v, const struct pane *p, int y)
{
	char text[RECORD_NAME_LEN * 3];
	bool named = false;

	if (!v->loss.r.stack[0])
		return y;
	pane_put(p, y++, 1, -1, STYLE_TITLE, "stack");
	for (size_t i = 0; i < LOSS_STACK && v->loss.r.stack[i]; i++) {
		loss_function(v->page.view.app->model, v->loss.r.stack[i], true, text, sizeof(text));
		named |= *text;
		pane_put(p, y++, 2, -1, *text ? STYLE_TEXT : STYLE_DIM, *text ? text : "?");
	}
	if (!named)
		pane_put(p, y++, 2, -1, STYLE_DIM, "names of functions need CAP_SYSLOG (see skbtop --doctor)");
	return y;
}

static int draw_page(struct page_view *page, const struct pane *p, int y)
{
	const struct loss_view *v = loss_of(&page->view);
	const struct row *r = loss_row(v->page.view.app->model, &v->loss);
	char reason[RECORD_NAME_LEN], key[32];
	int x;

	loss_reason(v->page.view.app->model, &v->loss.r, reason, sizeof(reason));
	x = 1 + pane_put(p, y, 1, -1, STYLE_TITLE, loss_kind_name(v->loss.r.kind)) + 2;
	/* Who resets gives no reason. */
	if (!*reason)
		text_copy(reason, sizeof(reason),
			  v->loss.r.kind == LOSS_RESET_RECEIVED ? "received" : "reason unknown");
	x += pane_put(p, y, x, -1, STYLE_WARN, reason) + 2;
	if (r) {
		keymap_text(&v->page.view.app->keymap, ACTION_OPEN, " ", key, sizeof(key));
		pane_printf(p, y, x, STYLE_LABEL, "%s opens the socket", key);
	} else if (v->loss.r.id) {
		pane_put(p, y, x, -1, STYLE_LABEL, "the socket is not kept any more");
	} else {
		pane_put(p, y, x, -1, STYLE_LABEL, "no socket of this machine was found for it");
	}
	y = draw_fields(v, p, y + 2);
	return draw_stack(v, p, y + 1);
}

static void draw(struct view *view, const struct pane *p)
{
	page_draw(&loss_of(view)->page, p, draw_page);
}

static void open_socket(const struct loss_view *v)
{
	struct app *app = v->page.view.app;

	if (loss_row(app->model, &v->loss))
		app_open(app, &view_socket_class, v->loss.r.id);
	else
		app_say(app, STYLE_WARN, "there is no socket to open");
}

static bool action(struct view *view, enum action a)
{
	if (a != ACTION_OPEN)
		return page_action(view, a);
	open_socket(loss_of(view));
	return true;
}

const struct view_class view_loss_class = {
    .name = "loss",
    .title = "Loss",
    .help = "one retransmit, drop or reset: everything that is known of it",
    .scope = SCOPE_EVENTS,
    .open = open_view,
    .close = page_close,
    .of_moment = true,
    .draw = draw,
    .action = action,
    .mouse = page_mouse,
    .tick = tick,
};
