/* The views of folds: lists from whose rows Enter leads to those that were gathered there. */
#include "view_folds.h"

#include "table_view.h"
#include "text.h"

/* The rows of a group, as a filter. false: what they have in common is not known. */
static bool filter_of(const struct table_view *s, const void *row, char *dst, size_t size)
{
	*dst = '\0';
	for (const char *const *name = s->t->fold->down; name && *name; name++) {
		char text[64];

		if (!column_print(table_find(s->t, *name), s->rows, row, text, sizeof(text)))
			return false;
		text_join(dst, size, " and ", "%s = %s", *name, text);
	}
	return *dst;
}

static void open_group(struct table_view *s, const void *row)
{
	const struct view_class *class;
	struct app *app = s->view.app;
	char filter[PROMPT_MAX + 1];
	struct table_view *below;
	struct query_error where;
	struct error err = {};

	for (size_t i = 0; (class = app_class_at(app, i)) && class->table != s->t->fold->of; i++)
		;
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

const struct table_view_ops view_folds_ops = {.open = open_group};

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
