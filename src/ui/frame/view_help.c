/* The help: the current keys, from the table of actions, and what every column means. */
#include <errno.h>
#include <string.h>

#include "app.h"
#include "page.h"
#include "socket_table.h"
#include "text.h"

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	struct page_view *h = calloc(1, sizeof(*h));

	(void)arg;
	if (!h)
		return error_set(err, -ENOMEM, "out of memory");
	h->view.app = app;
	*v = &h->view;
	return 0;
}

static int title(const struct pane *p, int y, const char *text)
{
	pane_put(p, y, 1, -1, STYLE_TITLE, text);
	return y + 1;
}

static int draw_words(const struct pane *p, int y, const char *where, const struct view_word *words)
{
	pane_printf(p, y++, 1, STYLE_TITLE, "words %s", where);
	for (; words->word; words++) {
		pane_cell(p, y, 2, WORD_WIDTH, false, STYLE_KEY, words->word);
		y += pane_wrap(p, y, 2 + WORD_WIDTH + 1, STYLE_TEXT, words->help);
	}
	return y + 1;
}

/* That of the view from which the help was asked for. */
static const struct view_class *asked_from(const struct app *app)
{
	return app->depth > 1 ? app->stack[app->depth - 2]->class : app_class_at(app, 0);
}

static int draw_view_words(const struct app *app, const struct pane *p, int y)
{
	const struct view_class *class = asked_from(app);
	char where[64];

	if (!class->words)
		return y;
	snprintf(where, sizeof(where), "in %s", class->title);
	return draw_words(p, y, where, class->words);
}

static int draw_limited(const struct pane *p, int y)
{
	y = title(p, y, "LIMITED: what held a connection back in the last tick; empty: not known");
	for (unsigned v = LIMITED_UNKNOWN + 1; v < LIMITED_COUNT; v++) {
		char word[16];

		text_copy(word, sizeof(word), limited_name(v));
		text_blanks(word);
		pane_cell(p, y, 2, 11, false, STYLE_KEY, word);
		y += pane_wrap(p, y, 14, STYLE_TEXT, limited_help(v));
	}
	return y + 1;
}

static int draw_keys(const struct app *app, const struct pane *p, int y)
{
	int wide = p->w >= 60 ? 18 : 10;

	y = title(p, y, "keys");
	for (size_t a = 0; a < ACTION_COUNT; a++) {
		char keys[96];

		keymap_text(&app->keymap, (enum action)a, " ", keys, sizeof(keys));
		if (*keys) {
			pane_cell(p, y, 2, wide, false, STYLE_KEY, keys);
			y += pane_wrap(p, y, 2 + wide + 1, STYLE_TEXT, action_info((enum action)a)->help);
		}
	}
	return y + 1;
}

static int draw_columns(const struct table *t, const struct pane *p, int y)
{
	bool wide = p->w >= 60;

	pane_printf(p, y++, 1, STYLE_TITLE, "columns of %s", t->many);
	table_each (t, c) {
		pane_cell(p, y, 2, 9, false, STYLE_KEY, c->title);
		if (wide)
			pane_cell(p, y, 12, 18, false, STYLE_LABEL, c->name);
		y += pane_wrap(p, y, wide ? 31 : 12, STYLE_TEXT, c->help);
	}
	return y;
}

static int draw_page(struct page_view *s, const struct pane *p, int y)
{
	const struct app *app = s->view.app;
	const struct table *t = asked_from(app)->table;

	y = title(p, y, "skbtop " SKBTOP_VERSION ": top for the Linux network stack") + 1;
	y = draw_view_words(app, p, y);
	y = draw_keys(app, p, y);
	y = draw_words(p, y, "in the header", words_header);
	/* The page of a socket has its table's columns, too. */
	if (!t || t == &socket_table)
		y = draw_limited(p, y);
	return draw_columns(t ? t : &socket_table, p, y);
}

static void draw(struct view *v, const struct pane *p)
{
	page_draw((struct page_view *)v, p, draw_page);
}

const struct view_class view_help_class = {
    .name = "help",
    .title = "Help",
    .help = "the keys, and what the columns mean",
    .scope = SCOPE_HELP,
    .open = open_view,
    .close = page_close,
    .draw = draw,
    .action = page_action,
    .mouse = page_mouse,
};
