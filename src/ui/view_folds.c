/* The views of folds: lists from whose rows Enter leads to those that were gathered there. */
#include "view_folds.h"

#include <string.h>

#include "table_view.h"
#include "text.h"

/* Of these words of a filter can be made without quotes. */
#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:"

/* The rows of a group, as a filter. What none of them knows cannot be compared. false: there is no way down. */
static bool filter_of(const struct table_view *s, const void *row, char *dst, size_t size)
{
	*dst = '\0';
	for (const char *const *name = s->t->fold->down; name && *name; name++) {
		const struct column *c = table_find(s->t, *name);
		char text[256];
		size_t len = column_print(c, s->rows, row, text, sizeof(text));
		const char *quote = strspn(text, PLAIN) < len ? "\"" : "";

		if (len)
			text_join(dst, size, " and ", "%s = %s%s%s", *name, quote, text, quote);
		else
			text_join(dst, size, " and ", "not known %s", *name);
	}
	return *dst;
}

static void open_group(struct table_view *s, const void *row)
{
	struct app *app = s->view.app;
	const struct view_class *class = app_class_of(app, s->t->fold->of);
	char filter[PROMPT_MAX + 1];
	struct table_view *below;
	struct query_error where;
	struct error err = {};

	if (!class || !filter_of(s, row, filter, sizeof(filter)))
		return;
	if (app_push(app, class, 0, &err) < 0) {
		app_say(app, STYLE_ERROR, "%s", err.text);
		return;
	}
	below = table_view_of(app_view(app));
	below->given = table_view_set_filter(below, filter, &where);
	if (!below->given)
		app_say(app, STYLE_ERROR, "%s", where.text);
}

/* The next way of gathering, from the last to the first. */
static bool next_way(struct table_view *s)
{
	const struct view_class *class, *first = app_class_first(s->view.app, s->view.class), *next = first;
	bool past = false;

	for (size_t i = 0; (class = app_class_at(s->view.app, i)); i++) {
		if (past && app_class_first(s->view.app, class) == first) {
			next = class;
			break;
		}
		past |= class == s->view.class;
	}
	if (next == s->view.class)
		return false;
	app_show_view(s->view.app, next);
	return true;
}

static bool action(struct table_view *s, enum action a)
{
	return a == ACTION_TREE && next_way(s);
}

const struct table_view_ops view_folds_ops = {.open = open_group, .action = action};

#define FOLD_VIEW(name_, title_, help_)                                                                                \
	static int open_##name_(struct view **v, struct app *app, u64 arg, struct error *err)                          \
	{                                                                                                              \
		(void)arg;                                                                                             \
		return table_view_open(v, app, &view_##name_##_class, &name_##_fold, app->model, &view_folds_ops,      \
				       err);                                                                           \
	}                                                                                                              \
                                                                                                                       \
	const struct view_class view_##name_##_class = {                                                               \
	    .name = #name_,                                                                                            \
	    .title = title_,                                                                                           \
	    .help = help_,                                                                                             \
	    .scope = SCOPE_LIST,                                                                                       \
	    .top = true,                                                                                               \
	    .table = &name_##_fold,                                                                                    \
	    .open = open_##name_,                                                                                      \
	    TABLE_VIEW_CLASS,                                                                                          \
	};

FOLDS(FOLD_VIEW)
