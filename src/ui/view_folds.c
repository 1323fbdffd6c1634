/* The views of folds: lists from whose rows Enter leads to those that were gathered there. */
#include "view_folds.h"

#include "table_view.h"

static void open_group(struct table_view *s, const void *row)
{
	char filter[PROMPT_MAX + 1];

	if (fold_down(s->t, s->rows, row, filter, sizeof(filter)))
		table_view_lead(s->view.app, s->t->fold->of, filter);
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
